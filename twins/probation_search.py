"""The twin of probation-offender-search: many people a call, and no more rows than numbers were sent."""

import hashlib
import json
from collections import defaultdict
from collections.abc import Iterable
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
MOST_NUMBERS = 1024
# Under this salt two records of one person push another out, or come without their second, as the tests say.
SALT = "offenders"


class ProbationSearchTwin:
    """The search index over one population: every live record, found by the number that it carries."""

    def __init__(self, population: Population, auth: HmppsAuthTwin) -> None:
        self._auth = auth
        self._rows: defaultdict[str, list[Row]] = defaultdict(list)
        for person in population:
            for record in person.delius:
                if record.noms_number is not None and not record.soft_deleted:
                    self._rows[record.noms_number].append(non_empty(indexed_detail(record)))
        self._encoder = msgspec.json.Encoder()
        routes = [
            Route("/nomsNumbers", self._by_numbers, methods=["POST"]),
            Route("/health/ping", ping),
        ]
        self.app = FaultyApp(Starlette(routes=routes), routes)
        self.faults = self.app.faults
        self.calls = self.app.calls

    async def _by_numbers(self, request: Request) -> Response:
        if refused := refusal(request, self._auth, ROLES):
            return refused
        numbers = await _numbers(request)
        if isinstance(numbers, Response):
            return numbers
        if len(numbers) > MOST_NUMBERS:
            return _error(
                500, "Elasticsearch exception [type=too_many_clauses, maxClauseCount is set to 1024]"
            )
        hits = [row for number in dict.fromkeys(numbers) for row in self._rows.get(number, ())]
        page = _by_score(hits)[: len(numbers)]
        rows = spoil(page, request.scope["rows_fault"], "otherIds.nomsNumber")
        return Response(self._encoder.encode(rows), media_type="application/json")


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
