"""The twin of probation-offender-search: many people a call, and no more rows than numbers were sent."""

import hashlib
import json
from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

import msgspec
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from twins.bearer import refusal
from twins.delius_bodies import indexed_detail
from twins.faults import FaultyApp
from twins.health import ping
from twins.hmpps_auth import HmppsAuthTwin
from twins.population import Population
from twins.serialising import non_empty
from twins.spoilt_rows import Row, spoil

ROLES = frozenset({"COMMUNITY", "PROBATION__SEARCH_PERSON"})
MOST_NUMBERS, MOST_CRNS = 1024, 512
# Under this salt two records of one person push another out, or come without their second, as the tests say.
SALT = "offenders"


class ProbationSearchTwin:
    """The search index over one population: every live record, found by what it carries itself.

    That is its NOMS number, its CRN, and the CRN that it had before.
    """

    def __init__(self, population: Population, auth: HmppsAuthTwin) -> None:
        self._auth = auth
        self._rows: defaultdict[str, list[Row]] = defaultdict(list)
        self._by_crn: defaultdict[str, list[Row]] = defaultdict(list)
        for record in (record for person in population for record in person.delius):
            if record.soft_deleted:
                continue
            row = non_empty(indexed_detail(record))
            if record.noms_number is not None:
                self._rows[record.noms_number].append(row)
            for crn in filter(None, (record.crn, record.previous_crn)):
                self._by_crn[crn].append(row)
        self._encoder = msgspec.json.Encoder()
        routes = [
            Route("/nomsNumbers", self._by_numbers, methods=["POST"]),
            Route("/crns", self._by_crns, methods=["POST"]),
            Route("/health/ping", ping),
        ]
        self.app = FaultyApp(Starlette(routes=routes), routes)
        self.faults = self.app.faults
        self.calls = self.app.calls

    async def _by_numbers(self, request: Request) -> Response:
        return await self._found(request, self._rows, MOST_NUMBERS)

    async def _by_crns(self, request: Request) -> Response:
        return await self._found(request, self._by_crn, MOST_CRNS)

    async def _found(self, request: Request, rows: Mapping[str, list[Row]], most: int) -> Response:
        if refused := refusal(request, self._auth, ROLES):
            return refused
        numbers = await _numbers(request)
        if isinstance(numbers, Response):
            return numbers
        if len(numbers) > most:
            # Of numbers and CRNs, each makes one clause or two.
            return _error(
                500, "Elasticsearch exception [type=too_many_clauses, maxClauseCount is set to 1024]"
            )
        hits = [row for number in dict.fromkeys(numbers) for row in rows.get(number, ())]
        page = _by_score(hits)[: len(numbers)]
        spoilt = spoil(page, request.scope["rows_fault"], "otherIds.nomsNumber")
        return Response(self._encoder.encode(spoilt), media_type="application/json")


def _by_score(rows: Iterable[Row]) -> list[Row]:
    """Return the rows in an order that is nobody's, and the same each time."""
    return sorted(rows, key=lambda row: hashlib.sha256(f"{SALT}{row['otherIds']['crn']}".encode()).digest())


async def _numbers(request: Request) -> list[str] | Response:
    try:
        numbers: Any = json.loads(await request.body())
    except ValueError:
        return _error(400, "JSON parse error")
    if not isinstance(numbers, list):
        return _error(400, "JSON parse error: Cannot deserialize value of type `java.util.ArrayList`")
    if not numbers:
        return _error(400, "Should contain at least one NOMS number")
    return [str(number) for number in numbers]


def _error(status: int, message: str) -> Response:
    return JSONResponse({"status": status, "developerMessage": message}, status_code=status)
