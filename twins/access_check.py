"""The twin of the bulk access check of external-api-and-delius: which of these people one user may see."""

import json
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from twins.bearer import refusal
from twins.faults import FaultyApp
from twins.health import ping
from twins.hmpps_auth import HmppsAuthTwin
from twins.limits_of_access import AccessLimitation, limitation
from twins.population import Population
from twins.serialising import non_null

ROLES = frozenset({"PROBATION_API__HMPPS_API__CASE_DETAIL"})
MOST_CRNS = 1000


class AccessCheckTwin:
    """The access check over one population; of a CRN that nobody has it says that nothing limits it."""

    def __init__(self, population: Population, auth: HmppsAuthTwin) -> None:
        self._people = population
        self._auth = auth
        routes = [
            Route("/probation-cases/access", self._access, methods=["GET", "POST"]),
            Route("/health/ping", ping),
        ]
        self.app = FaultyApp(Starlette(routes=routes), routes)
        self.faults = self.app.faults
        self.calls = self.app.calls

    async def _access(self, request: Request) -> Response:
        if refused := refusal(request, self._auth, ROLES):
            return refused
        crns = await _crns(request)
        if isinstance(crns, Response):
            return crns
        username = request.query_params.get("username")
        rows = [{"crn": crn, **self._limitation(crn, username).body()} for crn in crns]
        return JSONResponse({"access": non_null(rows)})

    def _limitation(self, crn: str, username: str | None) -> AccessLimitation:
        found = self._people.by_crn(crn)
        return AccessLimitation() if found is None else limitation(found[1], username)


async def _crns(request: Request) -> list[str] | Response:
    try:
        crns: Any = json.loads(await request.body())["crns"]
    except (ValueError, KeyError, TypeError):
        return _bad_request("Required request body is missing or malformed")
    if not isinstance(crns, list) or not 1 <= len(crns) <= MOST_CRNS:
        return _bad_request("size must be between 1 and 1000")
    return list(dict.fromkeys(str(crn) for crn in crns))


def _bad_request(message: str) -> Response:
    return JSONResponse({"status": 400, "message": message}, status_code=400)
