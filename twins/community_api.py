"""The twin of the Community API: Delius over OAuth, one person a call."""

from collections.abc import Callable
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from twins.bearer import claims_of, refusal
from twins.delius_bodies import all_managers, offender_detail, resourcing_detail
from twins.faults import FaultyApp
from twins.health import ping
from twins.hmpps_auth import HmppsAuthTwin
from twins.limits_of_access import limitation
from twins.one_by_one import SLOW_SECONDS, answer_for, sole_record
from twins.people import InDelius, Person
from twins.population import Population
from twins.registration_bodies import registrations
from twins.serialising import non_empty

ROLES = frozenset({"COMMUNITY", "PROBATION_INTEGRATION_ADMIN"})
SEES_RESTRICTED = "ignore_delius_inclusions_always"
SEES_EXCLUDED = "ignore_delius_exclusions_always"

Found = tuple[Person, InDelius] | Response


class CommunityApiTwin:
    """The Community API over one population, under `/secure`.

    `writes_nulls` makes it write nulls and empty lists, as it may since January 2026.
    """

    def __init__(self, population: Population, auth: HmppsAuthTwin) -> None:
        self.slow_seconds = SLOW_SECONDS
        self.writes_nulls = False
        self._people = population
        self._auth = auth
        by_crn, by_number = "/secure/offenders/crn/{crn}", "/secure/offenders/nomsNumber/{noms_number}"
        routes = [
            Route(f"{by_number}/all", self._offender),
            Route(f"{by_number}/risk/resourcing/latest", self._resourcing),
            Route(f"{by_crn}/all", self._offender_by_crn),
            Route(f"{by_crn}/risk/resourcing/latest", self._resourcing_by_crn),
            Route(f"{by_crn}/registrations", self._registrations),
            Route(f"{by_crn}/allOffenderManagers", self._managers),
            Route(f"{by_crn}/user/{{username}}/userAccess", self._user_access),
            Route("/health/ping", ping),
        ]
        self.app = FaultyApp(Starlette(routes=routes), routes)
        self.faults = self.app.faults
        self.calls = self.app.calls

    async def _offender(self, request: Request) -> Response:
        found = self._by_number(request, fail_on_duplicate=_asked(request, "failOnDuplicate"))
        return await self._answer(found, offender_detail, request)

    async def _offender_by_crn(self, request: Request) -> Response:
        return await self._answer(self._shown_by_crn(request), offender_detail, request)

    async def _resourcing(self, request: Request) -> Response:
        return await self._latest_resourcing(self._by_number(request), request)

    async def _resourcing_by_crn(self, request: Request) -> Response:
        return await self._latest_resourcing(self._by_crn(request), request)

    async def _latest_resourcing(self, found: Found, request: Request) -> Response:
        if not isinstance(found, Response) and found[1].resourcing is None:
            found = _error(404, f"Resourcing details for offender {found[1].crn} not found")
        return await self._answer(found, resourcing_detail, request)

    async def _registrations(self, request: Request) -> Response:
        active_only = _asked(request, "activeOnly")
        return await self._answer(
            self._shown_by_crn(request),
            lambda record: registrations(record, active_only=active_only),
            request,
        )

    async def _managers(self, request: Request) -> Response:
        return await self._answer(self._by_crn(request), all_managers, request)

    async def _user_access(self, request: Request) -> Response:
        if refused := refusal(request, self._auth, ROLES):
            return refused
        found = self._people.by_crn(request.path_params["crn"])
        if found is None:
            return Response(status_code=404)
        person, record = found
        limits = limitation(record, request.path_params["username"])
        answer = await answer_for(
            person, self._written(limits.body()), request, slow_seconds=self.slow_seconds
        )
        if limits.holds:
            answer.status_code = 403
        return answer

    def _by_number(self, request: Request, *, fail_on_duplicate: bool = False) -> Found:
        if refused := refusal(request, self._auth, ROLES):
            return refused
        number = request.path_params["noms_number"]
        person = self._people.get(number)
        if person is None or not person.delius:
            return _error(404, f"Offender with nomsNumber {number} not found")
        record = sole_record(person, fail_on_duplicate=fail_on_duplicate)
        return record if isinstance(record, Response) else (person, record)

    def _by_crn(self, request: Request) -> Found:
        if refused := refusal(request, self._auth, ROLES):
            return refused
        crn = request.path_params["crn"]
        return self._people.by_crn(crn) or _error(404, f"Offender with CRN {crn} not found")

    def _shown_by_crn(self, request: Request) -> Found:
        found = self._by_crn(request)
        return found if isinstance(found, Response) else self._kept_from(found[1], request) or found

    def _kept_from(self, record: InDelius, request: Request) -> Response | None:
        """Return the 403 of a limited record: by the token's user, and a token without one is on no list."""
        claims = claims_of(request, self._auth) or {}
        scopes = claims.get("scope", ())
        limits = limitation(record, claims.get("user_name"))
        if limits.excluded and SEES_EXCLUDED not in scopes:
            return _error(403, limits.exclusion_message)
        if limits.restricted and SEES_RESTRICTED not in scopes:
            return _error(403, limits.restriction_message)
        return None

    async def _answer(self, found: Found, write: Callable[[InDelius], Any], request: Request) -> Response:
        if isinstance(found, Response):
            return found
        person, record = found
        return await answer_for(person, self._written(write(record)), request, slow_seconds=self.slow_seconds)

    def _written(self, body: Any) -> Any:
        return body if self.writes_nulls else non_empty(body)


def _asked(request: Request, name: str) -> bool:
    return request.query_params.get(name) == "true"


def _error(status: int, message: str | None) -> Response:
    return JSONResponse({"status": status, "developerMessage": message}, status_code=status)
