"""`offender-gateway check`: tries settings, token and a read on each route, and says what to do next."""

import asyncio
import sys
from collections.abc import Awaitable, Callable

from gateway.reach import Reach, reach
from gateway.settings import Settings, load
from gateway.telemetry import Metrics, configure_logs
from upstreams.deadline import Deadline
from upstreams.errors import AuthRefused, AuthUnavailable, UpstreamError
from upstreams.identifiers import read_noms_number
from upstreams.records import Failure, FailureCode, NoRecord

NOBODY = "A0000AA"
"""Asked for where no number is set: a route that works answers that it knows nobody by it."""

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
        for name, step in STEPS.items():
            try:
                say(
                    "ok",
                    name,
                    await step(upstreams, settings, Deadline.in_seconds(settings.request_timeout_seconds)),
                )
            except NotGood as found:
                bad += 1
                say("FAILED", name, str(found))
    say(
        "ok" if not bad else "FAILED",
        "all",
        "ready to serve" if not bad else f"{bad} to put right, then check again",
    )
    return 1 if bad else 0


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


async def _nomis(upstreams: Reach, settings: Settings, deadline: Deadline) -> str:
    number = _number(settings)
    answer = (await upstreams.routes.nomis.prisoners_by_noms_number([number], frozenset(), deadline)).get(
        number
    )
    if isinstance(answer, Failure):
        raise NotGood(_advice(answer, "PRISONER_SEARCH_URL", "ROLE_PRISONER_SEARCH__PRISONER__RO"))
    return _found(settings, found=answer is not None)


async def _prisons(upstreams: Reach, _settings: Settings, deadline: Deadline) -> str:
    if upstreams.routes.prisons is None:
        return "PRISON_API_URL is not set; prisons' names come from people"
    try:
        await upstreams.routes.prisons.prison("LEI", deadline)
    except UpstreamError as error:
        raise NotGood(_advice(error.failure(), "PRISON_API_URL", "a role of the Prison API")) from error
    return "answered"


async def _delius(upstreams: Reach, settings: Settings, deadline: Deadline) -> str:
    number = _number(settings)
    answer = (await upstreams.routes.delius.probation_by_noms_number([number], deadline))[number]
    if isinstance(answer, Failure):
        raise NotGood(
            "Delius did not answer through NDH: look at DELIUS_NDH_URL with its prefix, whether the sidecar "
            "runs, and whether the certificates are in date and of the right authority"
        )
    return _found(settings, found=not isinstance(answer, NoRecord))


def _number(settings: Settings) -> str:
    if settings.check_noms_number is None:
        return NOBODY
    number = read_noms_number(settings.check_noms_number)
    if number is None:
        raise NotGood("CHECK_NOMS_NUMBER is not a NOMS number: a letter, four digits and two letters")
    return number


def _found(settings: Settings, *, found: bool) -> str:
    if settings.check_noms_number is None:
        return "answered (set CHECK_NOMS_NUMBER to look for somebody)"
    if not found:
        raise NotGood("answered, but has no one record for CHECK_NOMS_NUMBER: is it the right environment?")
    return "answered, and has the person of CHECK_NOMS_NUMBER"


def _advice(failure: Failure, url: str, role: str) -> str:
    if failure.code is FailureCode.NOMIS_FORBIDDEN:
        return f"refused the gateway: its client needs {role}"
    return f"did not answer as agreed: look at {url}, the service's base without a path"


STEPS: dict[str, Step] = {
    "token": _token,
    "signing keys": _keys,
    "NOMIS by prisoner-search": _nomis,
    "prisons by the Prison API": _prisons,
    "Delius by ndh": _delius,
}
