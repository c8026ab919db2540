"""The twin of manage-pom-cases-and-delius: one case record a call, with neither a birth nor access flags."""

import re
from collections.abc import Callable
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from twins.bearer import refusal
from twins.delius_bodies import coded
from twins.faults import FaultyApp
from twins.health import ping
from twins.hmpps_auth import HmppsAuthTwin
from twins.one_by_one import SLOW_SECONDS, answer_for
from twins.people import InDelius, OffenderManager, Person
from twins.population import Population
from twins.registration_bodies import mappa_detail, rosh_detail
from twins.serialising import non_null

ROLES = frozenset({"PROBATION_API__MANAGE_POM_CASES__CASE_DETAIL"})
CRN = re.compile(r"[A-Z]\d{6}")
NOMS_NUMBER = re.compile(r"[A-Z]\d{4}[A-Z]{2}")
_RESOURCING = {True: "ENHANCED", False: "NORMAL", None: None}

Found = tuple[Person, InDelius] | Response


class CaseRecordsTwin:
    """The case records over one population; soft-deleted records are none."""

    def __init__(self, population: Population, auth: HmppsAuthTwin) -> None:
        self.slow_seconds = SLOW_SECONDS
        self._people = population
        self._auth = auth
        routes = [
            Route("/case-records/{crn_or_noms_id}", self._case_record),
            Route("/case-records/{crn}/risks/mappa", self._mappa),
            Route("/case-records/{crn}/risks/rosh", self._rosh),
            Route("/health/ping", ping),
        ]
        self.app = FaultyApp(Starlette(routes=routes), routes)
        self.faults = self.app.faults
        self.calls = self.app.calls

    async def _case_record(self, request: Request) -> Response:
        if refused := refusal(request, self._auth, ROLES):
            return refused
        found = self._found(request.path_params["crn_or_noms_id"])
        if isinstance(found, Response):
            return found
        person, record = found
        managers = [manager for manager in record.managers if manager.active]
        if not managers:
            return _error(500, "List is empty.")
        return await self._answer(person, _case_record(record, managers[0]), request)

    async def _mappa(self, request: Request) -> Response:
        return await self._risk(request, "MAPPA", mappa_detail)

    async def _rosh(self, request: Request) -> Response:
        return await self._risk(request, "RoSH", rosh_detail)

    async def _risk(self, request: Request, kind: str, write: Callable[[InDelius], Any]) -> Response:
        if refused := refusal(request, self._auth, ROLES):
            return refused
        found = self._by_crn(request.path_params["crn"])
        if isinstance(found, Response):
            return found
        person, record = found
        body = write(record)
        if body is None:
            return _error(404, f"{kind} with crn of {record.crn} not found")
        return await self._answer(person, body, request)

    def _found(self, crn_or_noms_id: str) -> Found:
        if CRN.fullmatch(crn_or_noms_id):
            return self._by_crn(crn_or_noms_id)
        if NOMS_NUMBER.fullmatch(crn_or_noms_id):
            return self._by_noms_number(crn_or_noms_id)
        return _error(400, "UnrecognisedIdentifierType")

    def _by_crn(self, crn: str) -> Found:
        found = self._people.by_crn(crn)
        if found is None or found[1].soft_deleted:
            return _error(404, f"Person with crn of {crn} not found")
        return found

    def _by_noms_number(self, number: str) -> Found:
        person = self._people.get(number)
        live = [record for record in person.delius if not record.soft_deleted] if person else []
        if person is None or not live:
            return _error(404, f"Person with nomsId of {number} not found")
        if len(live) > 1:
            return _error(409, f"Query did not return a unique result: {len(live)} results were returned")
        return person, live[0]

    async def _answer(self, person: Person, body: Any, request: Request) -> Response:
        return await answer_for(person, non_null(body), request, slow_seconds=self.slow_seconds)


def _case_record(record: InDelius, manager: OffenderManager) -> dict[str, Any]:
    return {
        "crn": record.crn,
        "nomsId": record.noms_number,
        "currentTier": record.tier,
        "resourcing": _RESOURCING[record.resourcing],
        "manager": {
            "team": {
                "code": manager.team.code,
                "description": manager.team.description,
                "localDeliveryUnit": coded(manager.district),
            },
            **({} if manager.unallocated else _officer(manager)),
        },
        "mappaLevel": record.mappa_level or 0,
        "rosh": rosh_detail(record),
        "vloAssigned": record.vlo,
    }


def _officer(manager: OffenderManager) -> dict[str, Any]:
    return {
        "code": manager.staff_code,
        "name": {"forename": manager.forenames, "surname": manager.surname},
        "email": manager.email,
    }


def _error(status: int, message: str) -> Response:
    # This service alone writes `message`, and no developerMessage.
    return JSONResponse({"status": status, "message": message}, status_code=status)
