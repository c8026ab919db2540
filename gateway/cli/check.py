"""`offender-gateway check`: tries settings, token and a read on each route, and says what to do next."""

import asyncio
import sys
from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from gateway.reach import Reach, reach
from gateway.settings import ROUTE_URLS, Settings, load
from gateway.telemetry import configure_logs
from resolvers.limited_access import is_open
from resolvers.match import is_record_of
from upstreams.deadline import Deadline
from upstreams.delius.extract.report import Broken, Report
from upstreams.errors import AuthRefused, AuthUnavailable, TooManyPeople, UpstreamError
from upstreams.records import DeliusRoute, Failure, NomisRoute, NoRecord, ProbationRecord

NOBODY = "A0000AA"
"""Asked for where no number is set: a route that works answers that it knows nobody by it."""
NO_CRN, SOME_PRISON = "X000000", "LEI"
RISK = "risk"
"""The further part that is told beside whatever route there is."""
ANSWERS = frozenset({"200", "204", "404", "409"})
"""How a call to a service that is well can end."""
REFUSALS = frozenset({"401", "403"})
UNSENT = "Refused"
"""How a call ends for which HMPPS Auth gave no token."""
ROLES = {
    DeliusRoute.COMMUNITY_API: "ROLE_COMMUNITY",
    DeliusRoute.PROBATION_SEARCH: "ROLE_PROBATION__SEARCH_PERSON",
    DeliusRoute.CASE_RECORDS: "ROLE_PROBATION_API__MANAGE_POM_CASES__CASE_DETAIL",
}
ACCESS_ROLE = "ROLE_PROBATION_API__HMPPS_API__CASE_DETAIL"
RISK_ROLE = "ROLE_PROBATION"


BROKEN = {
    Broken.UNREADABLE: "cannot be read: is it there, and may the gateway read it?",
    Broken.NO_SPREADSHEET: "is no spreadsheet: it has to be an .xlsx without a password, or a .csv",
    Broken.HEADERS: "has not once each of the columns",
    Broken.NO_ROWS: "has no row with a NOMS number: is it the right sheet, and whole?",
    Broken.CHANGED: "changed while it was read: write a new file beside it, and rename that",
    Broken.TOO_LARGE: "takes too much memory: it may hold more than the extract",
    Broken.TOO_SLOW: "takes too long to be read: it may hold more than the extract",
    Broken.CRASHED: "could not be read, because its reader ended: is there memory for another process?",
}
"""What is wrong with a file, and what to do."""


class NotGood(Exception):
    """A step found something to put right."""


@dataclass(frozen=True, slots=True)
class Tried:
    """What the steps try: the upstreams, for the person of the settings, until a deadline.

    `records` has the person's own Delius record, once it was found.
    """

    upstreams: Reach
    settings: Settings
    deadline: Deadline
    records: list[ProbationRecord]

    @property
    def number(self) -> str:
        """Return whom to look for."""
        return self.settings.check_noms_number or NOBODY


@dataclass(frozen=True, slots=True)
class Step:
    """A read of one kind: which setting has its service's base, and which role it takes, if any.

    `read` returns what to say of it, or why it failed.
    """

    name: str
    read: Callable[[Tried], Awaitable[str | Failure]]
    setting: str
    role: str | None = None


@dataclass(slots=True)
class Outcomes:
    """Hears how every call ended, that of a read too which would go on without it."""

    heard: list[str] = field(default_factory=list)

    def upstream_call(self, *, route: str, operation: str, outcome: str, seconds: float) -> None:
        """One call ended."""
        del route, operation, seconds
        self.heard.append(outcome)

    def extract_load(self, report: Report) -> None:
        """A file was read; the step that is about it asks by itself."""


def check() -> int:
    """Print a line a step; 0 where all are good, 1 where one is not."""
    settings = load()
    configure_logs("error")
    say("ok", "settings", "read")
    return asyncio.run(try_everything(settings))


async def try_everything(settings: Settings) -> int:
    """Try each step and print its line; 0 where all are good."""
    bad = 0
    outcomes, records = Outcomes(), list[ProbationRecord]()
    async with reach(settings, outcomes) as upstreams:
        for step in _steps(settings):
            deadline = Deadline.in_seconds(settings.request_timeout_seconds)
            try:
                say(
                    "ok", step.name, await _try(step, Tried(upstreams, settings, deadline, records), outcomes)
                )
            except NotGood as found:
                bad += 1
                say("FAILED", step.name, str(found))
    say(
        "ok" if not bad else "FAILED",
        "all",
        "ready to serve" if not bad else f"{bad} to put right, then check again",
    )
    return 1 if bad else 0


async def _try(step: Step, tried: Tried, outcomes: Outcomes) -> str:
    """Return what to say of a step that went well. Raises `NotGood`."""
    outcomes.heard.clear()
    words = await step.read(tried)
    odd = [outcome for outcome in outcomes.heard if outcome not in ANSWERS]
    if UNSENT in odd:
        raise NotGood("not asked, because HMPPS Auth gave no token for it")
    if step.role and REFUSALS.intersection(odd):
        raise NotGood(f"refused the gateway: its client in HMPPS Auth needs {step.role}")
    if odd or isinstance(words, Failure):
        raise NotGood(_advice(step))
    return words


def _advice(step: Step) -> str:
    if step.setting == "delius_ndh_url":
        return (
            "Delius did not answer through NDH: look at DELIUS_NDH_URL with its prefix, whether the sidecar "
            "runs, and whether the certificates are in date and of the right authority"
        )
    if step.setting == "delius_extract_file":
        return "could not be asked: put the file of DELIUS_EXTRACT_FILE right first"
    return f"did not answer as agreed: look at {step.setting.upper()}, the service's base without a path"


def say(outcome: str, step: str, words: str) -> None:
    """Print one line."""
    sys.stdout.write(f"{outcome:<7} {step}: {words}\n")


def _steps(settings: Settings) -> Iterator[Step]:
    """Return a read of each kind that the chosen routes make."""
    yield Step("token", _token, "hmpps_auth_url")
    yield Step("signing keys", _keys, "hmpps_auth_url")
    yield from _nomis_steps(settings)
    yield Step("merged numbers", _merges, "prisoner_search_url", "ROLE_PRISONER_SEARCH or ROLE_GLOBAL_SEARCH")
    yield Step("prisons by the Prison API", _prisons, "prison_api_url", "a role of the Prison API")
    if settings.delius is DeliusRoute.EXTRACT:
        yield Step("extract", _extract, "delius_extract_file")
    delius, role = ROUTE_URLS[settings.delius_route], ROLES.get(settings.delius)
    yield Step(f"Delius by {settings.delius_route}", _delius, delius, role)
    yield Step(f"further parts by {settings.delius_route}", _further, delius, role)
    yield Step("limited access", _access, "probation_access_url", ACCESS_ROLE)
    yield Step("risk of serious harm", _risk, "risk_assessment_url", RISK_ROLE)


def _nomis_steps(settings: Settings) -> Iterator[Step]:
    name, setting = f"NOMIS by {settings.nomis_route}", ROUTE_URLS[settings.nomis_route]
    if settings.nomis is NomisRoute.PRISON_API:
        role = "ROLE_VIEW_PRISONER_DATA"
        yield Step(name, _prisoner(), setting, "ROLE_GLOBAL_SEARCH")
        yield Step(f"{name}, details", _prisoner("csra"), setting, role)
        yield Step(f"{name}, sentences", _prisoner("sentence"), setting, role)
        yield Step(f"{name}, categories", _prisoner("category"), setting, role)
        yield Step(f"{name}, a prison's people", _in_a_user_s_name, setting, role)
    else:
        role = "ROLE_PRISONER_SEARCH__PRISONER__RO"
        yield Step(name, _prisoner(), setting, role)
        yield Step(f"{name}, a prison's people", _population, setting, role)


async def _token(tried: Tried) -> str:
    try:
        await tried.upstreams.tokens.bearer()
    except AuthRefused as error:
        raise NotGood(
            "HMPPS Auth refused the client: look at HMPPS_AUTH_CLIENT_ID and HMPPS_AUTH_CLIENT_SECRET"
        ) from error
    except AuthUnavailable as error:
        raise NotGood("HMPPS Auth did not answer: look at HMPPS_AUTH_URL, which ends in /auth") from error
    return "HMPPS Auth gave one"


async def _keys(tried: Tried) -> str:
    try:
        await tried.upstreams.keys.key("no-such-key")
    except AuthUnavailable as error:
        raise NotGood(
            "HMPPS Auth did not give its signing keys: look at HMPPS_AUTH_URL, which ends in /auth"
        ) from error
    return "HMPPS Auth gave them"


def _prisoner(*parts: str) -> Callable[[Tried], Awaitable[str | Failure]]:
    """Return a look-up of the person by NOMS number that needs these parts."""

    async def read(tried: Tried) -> str | Failure:
        answers = await tried.upstreams.routes.nomis.prisoners_by_noms_number(
            [tried.number], frozenset(parts), tried.deadline
        )
        answer = answers.get(tried.number)
        if answer is not None and not isinstance(answer, Failure):
            return answer.unreadable or _found(tried, ROUTE_URLS[tried.settings.nomis_route], found=True)
        return answer or _found(tried, ROUTE_URLS[tried.settings.nomis_route], found=False)

    return read


async def _population(tried: Tried) -> str | Failure:
    try:
        await tried.upstreams.routes.nomis.population(
            SOME_PRISON, frozenset(), tried.deadline, at_most=1, user=None
        )
    except TooManyPeople:
        return "answered"
    except UpstreamError as error:
        return error.failure()
    return "answered"


async def _in_a_user_s_name(_tried: Tried) -> str:
    return "not tried: they are told in the name of a user who asks, with ROLE_VIEW_PRISONER_DATA"


async def _merges(tried: Tried) -> str | Failure:
    merges = tried.upstreams.routes.merges
    if merges is None:
        return "PRISONER_SEARCH_URL is not set; nobody is known by a number that was merged into another"
    answers = await merges.survivors_by_merged_number([NOBODY], frozenset(), tried.deadline)
    answer = answers.get(NOBODY)
    return answer if isinstance(answer, Failure) else "answered"


async def _prisons(tried: Tried) -> str | Failure:
    if tried.upstreams.routes.prisons is None:
        return "PRISON_API_URL is not set; prisons' names come from people"
    try:
        prison = await tried.upstreams.routes.prisons.prison(SOME_PRISON, tried.deadline)
    except UpstreamError as error:
        return error.failure()
    if prison is None:
        raise NotGood(
            f"knows no prison {SOME_PRISON}: look at PRISON_API_URL, the service's base without a path"
        )
    return "answered"


async def _extract(tried: Tried) -> str:
    assert tried.upstreams.extract is not None
    report = await tried.upstreams.extract.report()
    if report.broken is not None:
        advice = " ".join([BROKEN[report.broken], ", ".join(report.missing)]).strip()
        raise NotGood(f"the file of DELIUS_EXTRACT_FILE {advice}")
    told = ", ".join(f"{count} {kind.replace('_', ' ')}" for kind, count in report.counts.items())
    return f"the file of {report.modified:%Y-%m-%d %H:%M:%SZ} can be read; rows: {told}"


async def _delius(tried: Tried) -> str | Failure:
    answers = await tried.upstreams.routes.delius.probation_by_noms_number(
        [tried.number], frozenset({"crn"}), tried.deadline
    )
    answer = answers[tried.number]
    if isinstance(answer, Failure):
        return answer
    if not isinstance(answer, NoRecord) and is_record_of(answer, tried.number):
        tried.records.append(answer)
    return _found(tried, ROUTE_URLS[tried.settings.delius_route], found=bool(tried.records))


async def _further(tried: Tried) -> str | Failure:
    sources = tried.upstreams.routes.further
    further = next((one for part, one in sources.items() if part != RISK), None)
    if further is None:
        return "this route has none"
    crns = [record.crn for record in tried.records if is_open(record) and isinstance(record.crn, str)]
    if not crns:
        return "not tried: they take a person whose record Delius has, and is open (set CHECK_NOMS_NUMBER)"
    asked = [(part, crn) for crn in crns for part in sorted(further.parts)]
    return _answered(await further.parts_by_crn(asked, None, tried.deadline))


async def _access(tried: Tried) -> str | Failure:
    access = tried.upstreams.routes.access
    if access is None:
        return "PROBATION_ACCESS_URL is not set; a record of limited access is shown to nobody"
    answer = (await access.may_see([NO_CRN], None, tried.deadline))[NO_CRN]
    return answer if isinstance(answer, Failure) else "answered"


async def _risk(tried: Tried) -> str | Failure:
    if tried.settings.risk_assessment_url is None:
        return "RISK_ASSESSMENT_URL is not set; the case records alone tell a risk of serious harm"
    asked = [(RISK, NO_CRN)]
    told = await tried.upstreams.routes.further[RISK].parts_by_crn(asked, None, tried.deadline)
    return _answered(told)


def _answered(told: Mapping[Any, Any]) -> str | Failure:
    return next((one for one in told.values() if isinstance(one, Failure)), "answered")


def _found(tried: Tried, setting: str, *, found: bool) -> str:
    if tried.settings.check_noms_number is None:
        return "answered (set CHECK_NOMS_NUMBER: only somebody who is found shows that the base is right)"
    if not found:
        is_file = setting == ROUTE_URLS["extract"]
        raise NotGood(
            "answered, but has no one record for CHECK_NOMS_NUMBER: is it the right environment, and is "
            f"{setting.upper()} the right {'file' if is_file else 'base of the service'}?"
        )
    return "answered, and has the person of CHECK_NOMS_NUMBER"
