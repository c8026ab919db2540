"""The twin of the Prison API (once Elite2): people one by one, in bulk and by prison, and the agencies."""

import json
import re
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from twins.agencies import AGENCIES, OUTSIDE, PRISONS, Agency
from twins.bearer import refusal
from twins.faults import FaultyApp
from twins.health import ping
from twins.hmpps_auth import HmppsAuthTwin
from twins.people import InNomis, NomisRow, Person
from twins.population import Population
from twins.prison_api_rows import (
    Row,
    category_assessment,
    inmate_detail,
    is_active,
    offender_booking,
    offender_sentence,
    prisoner_detail,
    told,
)
from twins.spoilt_rows import spoil

ANYBODY = frozenset({"GLOBAL_SEARCH", "VIEW_PRISONER_DATA"})
SEARCH = frozenset({"GLOBAL_SEARCH"})
LISTING = frozenset({"VIEW_PRISONER_DATA"})

OFFENDER_NUMBER = re.compile(r"[A-Z][0-9]{4}[A-Z]{2}")
DEFAULT_PAGE_LIMIT = "10"
FIRST_OFFENDER_ID = 1_000_001


class PrisonApiTwin:
    """The Prison API over one population. `refused` are people whom the gateway's client may not see."""

    def __init__(self, population: Population, auth: HmppsAuthTwin) -> None:
        self.refused: set[str] = set()
        self._auth = auth
        self._people = population
        self._ids = {person.noms_number: FIRST_OFFENDER_ID + place for place, person in enumerate(population)}
        routes = [
            Route("/api/offenders/{offender_no}", self._offender),
            Route("/api/prisoners", self._prisoners, methods=["POST"]),
            Route("/api/offender-sentences", self._sentences, methods=["POST"]),
            Route("/api/offender-assessments/CATEGORY", self._categories, methods=["POST"]),
            Route("/api/locations/description/{agency_id}/inmates", self._inmates),
            Route("/api/agencies/type/INST", self._prisons),
            Route("/api/agencies/{agency_id}", self._agency),
            Route("/health/ping", ping),
        ]
        self.app = FaultyApp(Starlette(routes=routes), routes)
        self.faults = self.app.faults
        self.calls = self.app.calls

    async def _offender(self, request: Request) -> Response:
        if refused := refusal(request, self._auth, None):
            return refused
        number = request.path_params["offender_no"]
        if not OFFENDER_NUMBER.fullmatch(number):
            return _bad_request("getOffenderDetail.offenderNo: Offender Number format incorrect")
        person = self._people.get(number)
        if person is None or person.nomis is None:
            return _not_found(number)
        # A client without a role is told of a known number, too, that somebody has it.
        if number in self.refused or refusal(request, self._auth, ANYBODY):
            message = f"Unauthorised access to booking with id {person.nomis.booking_id}."
            return JSONResponse({"status": 403, "userMessage": message}, status_code=403)
        return JSONResponse(inmate_detail(person, person.nomis, self._ids[number]))

    async def _prisoners(self, request: Request) -> Response:
        if refused := refusal(request, self._auth, SEARCH):
            return refused
        asked = await _json(request)
        numbers = asked.get("offenderNos") if isinstance(asked, dict) else None
        if not isinstance(numbers, list) or not numbers:
            return _bad_request("offenderNos: a list of offender numbers is required")
        # Upstream joins people with their bookings, so that whoever was never booked is not found here.
        booked = ((one, nomis) for one, nomis in self._found(numbers) if nomis.booking_id is not None)
        rows = [row for person, nomis in booked for row in _as_listed(prisoner_detail(person, nomis), nomis)]
        rows.sort(key=lambda row: (row["lastName"], row["firstName"], row["offenderNo"]))
        return _page(request, rows)

    async def _sentences(self, request: Request) -> Response:
        return await self._by_numbers(
            request, lambda found: [offender_sentence(person, nomis) for person, nomis in found]
        )

    async def _categories(self, request: Request) -> Response:
        return await self._by_numbers(
            request,
            lambda found: [
                category_assessment(person, nomis) for person, nomis in found if nomis.category is not None
            ],
        )

    async def _by_numbers(
        self, request: Request, written: Callable[[Iterable[tuple[Person, InNomis]]], list[Row]]
    ) -> Response:
        if refused := refusal(request, self._auth, None):
            return refused
        numbers = await _json(request)
        if not isinstance(numbers, list) or not numbers:
            return _bad_request("A list of at least one offender number is required")
        # Outside the caller's caseloads means left out. A client has none: its roles alone lift that.
        seen = [] if refusal(request, self._auth, ANYBODY) else self._found(numbers)
        rows = written((one, nomis) for one, nomis in seen if nomis.booking_id is not None)
        return JSONResponse(spoil(rows, request.scope["rows_fault"], "offenderNo"))

    async def _inmates(self, request: Request) -> Response:
        if refused := refusal(request, self._auth, LISTING) or self._nobody_s(request):
            return refused
        wanted = request.query_params.get("convictedStatus", "All")
        held = [
            (person, nomis)
            for person, nomis in self._known(self._people)
            if nomis.prison_id == request.path_params["agency_id"]
            and is_active(nomis)
            and wanted in ("All", nomis.convicted_status)
        ]
        held.sort(key=lambda one: (one[1].last_name, one[1].first_name, one[1].booking_id or 0))
        alerts, category = _asked_for(request, "returnAlerts"), _asked_for(request, "returnCategory")
        return _page(
            request,
            [offender_booking(person, nomis, alerts=alerts, category=category) for person, nomis in held],
        )

    async def _agency(self, request: Request) -> Response:
        if refused := refusal(request, self._auth, None):
            return refused
        agency_id = request.path_params["agency_id"]
        agency = AGENCIES.get(agency_id)
        if agency is None or not (agency.active or _inactive_too(request)):
            return _not_found(agency_id)
        return JSONResponse(_agency_row(agency, agency.description))

    async def _prisons(self, request: Request) -> Response:
        if refused := refusal(request, self._auth, None):
            return refused
        listed = [agency for agency in (*PRISONS, OUTSIDE) if agency.active or _inactive_too(request)]
        # The list writes names in capitals, the single answer does not.
        return JSONResponse([_agency_row(agency, agency.description.upper()) for agency in listed])

    def _nobody_s(self, request: Request) -> Response | None:
        """Return the 403 of a token that names no user."""
        claims = self._auth.verify(request.headers["authorization"].partition(" ")[2])
        return None if claims and claims.get("user_name") else JSONResponse({"status": 403}, status_code=403)

    def _found(self, numbers: Iterable[Any]) -> list[tuple[Person, InNomis]]:
        people = (self._people.get(str(number)) for number in dict.fromkeys(map(str, numbers)))
        return list(self._known(person for person in people if person is not None))

    def _known(self, people: Iterable[Person]) -> Iterator[tuple[Person, InNomis]]:
        for person in people:
            if person.nomis is not None and person.noms_number not in self.refused:
                yield person, person.nomis


def _as_listed(row: Row, nomis: InNomis) -> list[Row]:
    """Return the rows by which the bulk search shows a person: once, or twice where a join doubles them."""
    match nomis.row:
        case NomisRow.DOUBLED:
            return [row, row]
        case NomisRow.DOUBLED_DIFFERENTLY:
            return [row, {**row, "lastName": "OTHERWISE", "dateOfBirth": "1950-01-01"}]
    return [row]


def _page(request: Request, rows: list[Row]) -> Response:
    """Return the page that the headers ask for; whoever forgets Page-Limit gets ten rows."""
    offset, limit = (
        request.headers.get("page-offset", "0"),
        request.headers.get("page-limit", DEFAULT_PAGE_LIMIT),
    )
    if not (offset.isdigit() and limit.isdigit()):
        return _bad_request("Page-Offset and Page-Limit are numbers")
    shown = rows[int(offset) : int(offset) + int(limit)]
    return JSONResponse(
        spoil(shown, request.scope["rows_fault"], "offenderNo"),
        headers={"Total-Records": str(len(rows)), "Page-Offset": offset, "Page-Limit": limit},
    )


async def _json(request: Request) -> Any:
    try:
        return json.loads(await request.body())
    except ValueError:
        return None


def _bad_request(message: str) -> Response:
    return JSONResponse({"status": 400, "userMessage": message, "developerMessage": message}, status_code=400)


def _not_found(wanted: str) -> Response:
    message = f"Resource with id [{wanted}] not found."
    return JSONResponse({"status": 404, "userMessage": message, "developerMessage": message}, status_code=404)


def _asked_for(request: Request, name: str) -> bool:
    return request.query_params.get(name, "false") == "true"


def _inactive_too(request: Request) -> bool:
    return request.query_params.get("activeOnly", "true") == "false"


def _agency_row(agency: Agency, description: str) -> Row:
    return told(
        {
            "agencyId": agency.agency_id,
            "description": description,
            "longDescription": agency.long_description,
            "agencyType": "INST",
            "active": agency.active,
        }
    )
