"""The twin of Prisoner Search, NOMIS by its search index, as strict as it is."""

import json
from typing import Any

import msgspec
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from twins.attribute_search import Unanswerable, matching_rows
from twins.bearer import refusal
from twins.faults import FaultyApp
from twins.health import ping
from twins.hmpps_auth import HmppsAuthTwin
from twins.population import Population
from twins.prisoner_rows import FIELDS, Row, project, rows_of, shuffled
from twins.spoilt_rows import spoil

ONE_PRISONER = frozenset({"VIEW_PRISONER_DATA", "PRISONER_SEARCH", "PRISONER_SEARCH__PRISONER__RO"})
MANY_PRISONERS = frozenset({"GLOBAL_SEARCH", "PRISONER_SEARCH", "PRISONER_SEARCH__PRISONER__RO"})
ATTRIBUTES = frozenset({"GLOBAL_SEARCH", "PRISONER_SEARCH"})

MOST_NUMBERS = 1000
DEFAULT_PAGE_SIZE = 10


class PrisonerSearchTwin:
    """Prisoner Search over one population.

    `max_page_size` silently caps a page. `drifting_pages` lets the order change between the pages of one
    question, as upstream's does: people come twice and others never, unless everything fits one page.
    """

    def __init__(self, population: Population, auth: HmppsAuthTwin) -> None:
        self.max_page_size: int | None = None
        self.drifting_pages = True
        self._auth = auth
        self._rows = {person.noms_number: rows_of(person) for person in population}
        self._by_any_id = _by_any_id(row for rows in self._rows.values() for row in rows)
        self._encoder = msgspec.json.Encoder()
        routes = [
            Route("/prisoner-search/prisoner-numbers", self._by_numbers, methods=["POST"]),
            Route("/prisoner-search/prison/{prison_id}", self._by_prison),
            Route("/prisoner/{prisoner_id}", self._one),
            Route("/attribute-search", self._by_attributes, methods=["POST"]),
            Route("/health/ping", ping),
        ]
        self.app = FaultyApp(Starlette(routes=routes), routes)
        self.faults = self.app.faults
        self.calls = self.app.calls

    async def _by_numbers(self, request: Request) -> Response:
        if refused := self._refused(request, MANY_PRISONERS):
            return refused
        numbers = await _numbers(request)
        if not isinstance(numbers, list):
            return numbers
        fields = _response_fields(request)
        if isinstance(fields, Response):
            return fields
        found = [row for number in dict.fromkeys(numbers) for row in self._rows.get(number, ())]
        rows = [project(row, fields) for row in shuffled(found)]
        return self._answer(spoil(rows, request.scope["rows_fault"]))

    async def _by_prison(self, request: Request) -> Response:
        if refused := self._refused(request, MANY_PRISONERS):
            return refused
        fields = _response_fields(request)
        if isinstance(fields, Response):
            return fields
        patients = request.query_params.get("include-restricted-patients", "false") == "true"
        rows = self._in_prison(request.path_params["prison_id"], patients)
        page = self._page(rows, _number(request, "page", 0), _number(request, "size", DEFAULT_PAGE_SIZE))
        content = spoil([project(row, fields) for row in page["content"]], request.scope["rows_fault"])
        return self._answer({**page, "content": content})

    async def _one(self, request: Request) -> Response:
        if refused := refusal(request, self._auth, ONE_PRISONER):
            return refused
        wanted = request.path_params["prisoner_id"]
        row = self._by_any_id.get(wanted)
        if row is None:
            return JSONResponse({"status": 404, "developerMessage": f"{wanted} not found"}, status_code=404)
        fields = _response_fields(request)
        return fields if isinstance(fields, Response) else self._answer(project(row, fields))

    async def _by_attributes(self, request: Request) -> Response:
        if refused := self._refused(request, ATTRIBUTES):
            return refused
        fields = _response_fields(request)
        if isinstance(fields, Response):
            return fields
        try:
            asked = json.loads(await request.body())
            found = matching_rows(asked, (row for rows in self._rows.values() for row in rows))
        except (ValueError, Unanswerable) as error:
            return bad_request(str(error))
        paging = asked.get("pagination", {})
        page = self._page(found, paging.get("page", 0), paging.get("size", DEFAULT_PAGE_SIZE))
        content = spoil([project(row, fields) for row in page["content"]], request.scope["rows_fault"])
        return self._answer({**page, "content": content})

    def _refused(self, request: Request, roles: frozenset[str]) -> Response | None:
        if refused := refusal(request, self._auth, roles):
            return refused
        # `consumes` stands on upstream's controller, so a GET without the header is refused too.
        if request.headers.get("content-type", "").split(";")[0].strip() != "application/json":
            return JSONResponse(
                {"status": 415, "developerMessage": "Content-Type is not supported"}, status_code=415
            )
        return None

    def _in_prison(self, prison_id: str, patients: bool) -> list[Row]:
        return [
            row
            for rows in self._rows.values()
            for row in rows
            if (row.get("prisonId") == prison_id and not row["restrictedPatient"])
            or (patients and row.get("supportingPrisonId") == prison_id)
        ]

    def _page(self, rows: list[Row], number: int, size: int) -> dict[str, Any]:
        size = min(size, self.max_page_size or size)
        fits = len(rows) <= size
        ordered = shuffled(rows, salt="" if fits or not self.drifting_pages else f"call {len(self.calls)}")
        content = ordered[number * size : (number + 1) * size]
        pages = -(-len(rows) // size)
        unsorted = {"empty": True, "sorted": False, "unsorted": True}
        return {
            "content": content,
            "pageable": {
                "pageNumber": number,
                "pageSize": size,
                "sort": unsorted,
                "offset": number * size,
                "paged": True,
                "unpaged": False,
            },
            "last": number >= pages - 1,
            "totalElements": len(rows),
            "totalPages": pages,
            "size": size,
            "number": number,
            "sort": unsorted,
            "first": number == 0,
            "numberOfElements": len(content),
            "empty": not content,
        }

    def _answer(self, content: Any) -> Response:
        return Response(self._encoder.encode(content), media_type="application/json")


def bad_request(message: str) -> Response:
    """Return the 400 of Prisoner Search."""
    body = {"status": 400, "userMessage": f"Method argument failure: {message}", "developerMessage": message}
    return JSONResponse(body, status_code=400)


def _by_any_id(rows: Any) -> dict[str, Row]:
    index: dict[str, Row] = {}
    for row in rows:
        for name in ("prisonerNumber", "bookingId", "pncNumber", "croNumber", "bookNumber"):
            if name in row:
                index.setdefault(row[name], row)
    return index


async def _numbers(request: Request) -> list[str] | Response:
    try:
        numbers = json.loads(await request.body())["prisonerNumbers"]
    except (ValueError, KeyError, TypeError):
        return bad_request("Required request body is missing or malformed")
    if not isinstance(numbers, list) or not 1 <= len(numbers) <= MOST_NUMBERS:
        return bad_request("size must be between 1 and 1000")
    return [str(number) for number in numbers]


def _response_fields(request: Request) -> frozenset[str] | Response | None:
    asked = ",".join(request.query_params.getlist("responseFields"))
    if not asked:
        return None
    names = frozenset(asked.split(","))
    if names <= FIELDS:
        return names
    return bad_request(f"Invalid response fields requested: [{', '.join(sorted(names - FIELDS))}]")


def _number(request: Request, name: str, default: int) -> int:
    given = request.query_params.get(name, "")
    return int(given) if given.isdigit() else default
