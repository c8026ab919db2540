"""The twin of Assess Risks and Needs: the risk of serious harm, by CRN, as OASys has assessed it."""

from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from twins.bearer import claims_of, refusal
from twins.faults import FaultyApp
from twins.health import ping
from twins.hmpps_auth import HmppsAuthTwin
from twins.limits_of_access import limitation
from twins.people import InDelius, InOasys
from twins.population import Population
from twins.serialising import non_null

ROLES = frozenset({"PROBATION", "OFFENDER_RISK_RO"})


class AssessRisksTwin:
    """Risks over one population; whose record Delius has deleted has none, and who is not assessed neither.

    Delius judges the token's user: a token without one is on no list.
    """

    def __init__(self, population: Population, auth: HmppsAuthTwin) -> None:
        self._people = population
        self._auth = auth
        routes = [
            Route("/risks/crn/{crn}/{weeks:int}", self._risks),
            Route("/health/ping", ping),
        ]
        self.app = FaultyApp(Starlette(routes=routes), routes)
        self.faults = self.app.faults
        self.calls = self.app.calls

    async def _risks(self, request: Request) -> Response:
        if refused := refusal(request, self._auth, ROLES):
            return refused
        crn = request.path_params["crn"]
        found = self._people.by_crn(crn)
        record = None if found is None or found[1].soft_deleted else found[1]
        if record is None or record.rosh is None:
            return _error(404, f"No such offender for CRN: {crn}")
        username = (claims_of(request, self._auth) or {}).get("user_name")
        if (limits := limitation(record, username)).holds:
            return JSONResponse(non_null(limits.body()), status_code=403)
        if record.in_oasys is InOasys.TWICE:
            return _error(409, f"Duplicate offender record found for CRN: {crn}")
        return JSONResponse(non_null(_risks_of(record)))


def _risks_of(record: InDelius) -> dict[str, Any]:
    assert record.rosh is not None
    return {
        "riskToSelf": {},
        "otherRisks": {},
        "summary": {
            "whoIsAtRisk": "constructed text",
            "natureOfRisk": "constructed text",
            "riskImminence": "constructed text",
            "riskInCommunity": {record.rosh.value: ["Public"], "LOW": ["Children", "Staff"]},
            "riskInCustody": {"MEDIUM": ["Prisoners"]},
            "assessedOn": record.assessed,
            "overallRiskLevel": "" if record.in_oasys is InOasys.LEVEL_BLANK else record.rosh.value,
        },
        "assessedOn": record.assessed,
    }


def _error(status: int, message: str) -> Response:
    return JSONResponse({"status": status, "developerMessage": message}, status_code=status)
