"""`offender-gateway check`: tries settings, token and a read on each route, and says what to do next."""

import asyncio
import sys
from collections.abc import Awaitable, Callable

from gateway.reach import Reach, reach
from gateway.settings import ROUTE_URLS, Settings, load
from gateway.telemetry import Metrics, configure_logs
from upstreams.deadline import Deadline
from upstreams.errors import AuthRefused, AuthUnavailable, UpstreamError
from upstreams.identifiers import read_noms_number
from upstreams.records import DeliusRoute, Failure, PrisonerRecord, ProbationAnswer, ProbationRecord

NOBODY = "A0000AA"
"""Asked for where no number is set: a route that works answers that it knows nobody by it."""
NO_CRN = "X000000"
ROLES = {
    DeliusRoute.COMMUNITY_API: "ROLE_COMMUNITY",
    DeliusRoute.PROBATION_SEARCH: "ROLE_PROBATION__SEARCH_PERSON",
    DeliusRoute.CASE_RECORDS: "ROLE_PROBATION_API__MANAGE_POM_CASES__CASE_DETAIL",
    DeliusRoute.NDH: "none: Delius asks for no role behind NDH",
}

Step = Callable[[Reach, Settings, Deadline], Awaitable[str]]


class NotGood(Exception):
    """A step found something to put right."""


def check() -> int:
    """Print a line a step; 0 where all are good, 1 where one is not."""
    settings = load()
    configure_logs("error")
    say("ok", "settings", "read")
    return asyncio.run(_check(settings))


async def _check(settings: Settings) -> int:
    bad = 0
    async with reach(settings, Metrics()) as upstreams:
        for name, step in _steps(settings).items():
            try:
                words = await step(upstreams, settings, Deadline.in_seconds(settings.request_timeout_seconds))
                say("ok", name, words)
            except NotGood as found:
                bad += 1
                say("FAILED", name, str(found))
    say(
        "ok" if not bad else "FAILED",
        "all",
        "ready to serve" if not bad else f"{bad} to put right, then check again",
    )
    return 1 if bad else 0


def _steps(settings: Settings) -> dict[str, Step]:
    """Return what to try: a read of each kind that the chosen routes make."""
    return {
        "token": _token,
        "signing keys": _keys,
        **{
            f"NOMIS by {settings.nomis_route}{what}": step
            for what, step in NOMIS_STEPS[settings.nomis_route].items()
        },
        "prisons by the Prison API": _prisons,
        f"Delius by {settings.delius_route}": _delius,
        f"further parts by {settings.delius_route}": _further,
        "limited access": _access,
    }


def say(outcome: str, step: str, words: str) -> None:
    """Print one line."""
    sys.stdout.write(f"{outcome:<7} {step}: {words}\n")


async def _token(upstreams: Reach, _settings: Settings, _deadline: Deadline) -> str:
    try:
        await upstreams.tokens.bearer()
    except AuthRefused as error:
        raise NotGood(
            "HMPPS Auth refused the client: look at HMPPS_AUTH_CLIENT_ID and HMPPS_AUTH_CLIENT_SECRET"
        ) from error
    except AuthUnavailable as error:
        raise NotGood("HMPPS Auth did not answer: look at HMPPS_AUTH_URL, which ends in /auth") from error
    return "HMPPS Auth gave one"


async def _keys(upstreams: Reach, _settings: Settings, _deadline: Deadline) -> str:
    try:
        await upstreams.keys.key("no-such-key")
    except AuthUnavailable as error:
        raise NotGood(
            "HMPPS Auth did not give its signing keys: look at HMPPS_AUTH_URL, which ends in /auth"
        ) from error
    return "HMPPS Auth gave them"


def _nomis(parts: frozenset[str], role: str) -> Step:
    """Return a look-up of one person by NOMS number that needs these parts, and this role."""

    async def step(upstreams: Reach, settings: Settings, deadline: Deadline) -> str:
        number = _number(settings)
        answers = await upstreams.routes.nomis.prisoners_by_noms_number([number], parts, deadline)
        answer = answers.get(number)
        if isinstance(answer, PrisonerRecord):
            answer = answer.unreadable or answer
        if isinstance(answer, Failure):
            raise NotGood(_advice(answer, ROUTE_URLS[settings.nomis_route], role))
        return _found(settings, ROUTE_URLS[settings.nomis_route], found=answer is not None)

    return step


NOMIS_STEPS: dict[str, dict[str, Step]] = {
    "prisoner-search": {"": _nomis(frozenset(), "ROLE_PRISONER_SEARCH__PRISONER__RO")},
    "prison-api": {
        "": _nomis(frozenset(), "ROLE_GLOBAL_SEARCH"),
        ", details": _nomis(frozenset({"csra"}), "ROLE_VIEW_PRISONER_DATA"),
        ", sentences": _nomis(frozenset({"sentence"}), "ROLE_VIEW_PRISONER_DATA"),
        ", categories": _nomis(frozenset({"category"}), "ROLE_VIEW_PRISONER_DATA"),
    },
}
"""The kinds of calls of each route, with the role that lets the gateway make them."""


async def _prisons(upstreams: Reach, _settings: Settings, deadline: Deadline) -> str:
    if upstreams.routes.prisons is None:
        return "PRISON_API_URL is not set; prisons' names come from people"
    try:
        await upstreams.routes.prisons.prison("LEI", deadline)
    except UpstreamError as error:
        raise NotGood(_advice(error.failure(), "prison_api_url", "a role of the Prison API")) from error
    return "answered"


async def _delius(upstreams: Reach, settings: Settings, deadline: Deadline) -> str:
    answer = await _probation(upstreams, settings, deadline)
    if isinstance(answer, Failure):
        raise NotGood(_advice(answer, ROUTE_URLS[settings.delius_route], ROLES[settings.delius]))
    return _found(settings, ROUTE_URLS[settings.delius_route], found=isinstance(answer, ProbationRecord))


async def _further(upstreams: Reach, settings: Settings, deadline: Deadline) -> str:
    further = upstreams.routes.further
    if further is None:
        return "this route has none"
    answer = await _probation(upstreams, settings, deadline)
    if not isinstance(answer, ProbationRecord) or not isinstance(answer.crn, str):
        return "not tried: they take a person whom Delius has (set CHECK_NOMS_NUMBER)"
    asked = [(part, answer.crn) for part in sorted(further.parts)]
    for value in (await further.parts_by_crn(asked, None, deadline)).values():
        if isinstance(value, Failure):
            raise NotGood(_advice(value, ROUTE_URLS[settings.delius_route], ROLES[settings.delius]))
    return "answered"


async def _access(upstreams: Reach, _settings: Settings, deadline: Deadline) -> str:
    access = upstreams.routes.access
    if access is None:
        return "PROBATION_ACCESS_URL is not set; a record of limited access is shown to nobody"
    answer = (await access.may_see([NO_CRN], None, deadline))[NO_CRN]
    if isinstance(answer, Failure):
        role = "ROLE_PROBATION_API__HMPPS_API__CASE_DETAIL"
        raise NotGood(_advice(answer, "probation_access_url", role))
    return "answered"


async def _probation(upstreams: Reach, settings: Settings, deadline: Deadline) -> ProbationAnswer:
    number = _number(settings)
    return (await upstreams.routes.delius.probation_by_noms_number([number], deadline))[number]


def _number(settings: Settings) -> str:
    if settings.check_noms_number is None:
        return NOBODY
    number = read_noms_number(settings.check_noms_number)
    if number is None:
        raise NotGood("CHECK_NOMS_NUMBER is not a NOMS number: a letter, four digits and two letters")
    return number


def _found(settings: Settings, setting: str, *, found: bool) -> str:
    if settings.check_noms_number is None:
        return "answered (set CHECK_NOMS_NUMBER to look for somebody)"
    if not found:
        raise NotGood(
            "answered, but has no one record for CHECK_NOMS_NUMBER: is it the right environment, and is "
            f"{setting.upper()} the right service's base?"
        )
    return "answered, and has the person of CHECK_NOMS_NUMBER"


def _advice(failure: Failure, setting: str, role: str) -> str:
    """Say what to do about a failure. What another try may not heal is a refusal: of the roles."""
    if failure.retryable is False:
        return f"refused the gateway: its client in HMPPS Auth needs {role}"
    if setting == "delius_ndh_url":
        return (
            "Delius did not answer through NDH: look at DELIUS_NDH_URL with its prefix, whether the sidecar "
            "runs, and whether the certificates are in date and of the right authority"
        )
    return f"did not answer as agreed: look at {setting.upper()}, the service's base without a path"
