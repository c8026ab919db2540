"""The route `prison-api`: NOMIS by its own service, once Elite2 (prison-api; contract a.1).

Only what is asked for is called for: bulk lists where they carry it all, else one call a person.
"""

import asyncio
import re
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any, TypeVar

from upstreams.bulk import Found, LookUp, by_number
from upstreams.client import Answer, Upstream
from upstreams.deadline import Deadline
from upstreams.errors import BadAnswer, NeedsUser, TooManyPeople, UpstreamError
from upstreams.identifiers import read_noms_number
from upstreams.nomis import inmate
from upstreams.nomis.parts import prisoner_record, read_parts
from upstreams.one_by_one import one_by_one
from upstreams.reading import Unreadable, document, rows
from upstreams.records import (
    Failure,
    FieldFailure,
    NomisRoute,
    Population,
    PrisonerAnswers,
    PrisonerRecord,
    System,
    User,
)

MAX_NUMBERS = 1000
"""The service works through lists in batches of so many (prison-api `batch.max.size`)."""
PAGE = 1000
MAX_PAGES = 40
"""Calls for one list before it is called incomplete."""
TOTAL = re.compile(r"[0-9]{1,9}")
NO_CONTENT, NOT_FOUND = 204, 404

Values = dict[str, Any]
Row = TypeVar("Row", bound=inmate.Row)


@dataclass(frozen=True, slots=True)
class _Side:
    """A part that has a bulk call of its own."""

    path: str
    operation: str
    row: type[inmate.Row]
    readers: inmate.Readers
    query: Mapping[str, str] | None = None


SIDES = {
    "sentence": _Side(
        "api/offender-sentences", "offender-sentences", inmate.OffenderSentence, inmate.SENTENCES
    ),
    "category": _Side(
        # The path minds its case: `category` is another endpoint.
        "api/offender-assessments/CATEGORY",
        "categories",
        inmate.CategoryAssessment,
        inmate.CATEGORIES,
        {"latestOnly": "true", "activeOnly": "true", "mostRecentOnly": "true"},
    ),
}


class PrisonApi:
    """NOMIS by the Prison API."""

    route = NomisRoute.PRISON_API
    population_parts = frozenset(inmate.IN_PRISON)
    old_numbers = None

    def __init__(self, upstream: Upstream, *, concurrency: int, now: Callable[[], datetime]) -> None:
        self._upstream = upstream
        self._concurrency = concurrency
        self._now = now

    async def prisoners_by_noms_number(
        self, numbers: Sequence[str], parts: Collection[str], deadline: Deadline
    ) -> PrisonerAnswers:
        """Return a record or a failure by number; a number that is missing is known to nobody."""
        told = frozenset(parts) - inmate.NEVER_TOLD
        if not told <= inmate.IN_BULK.keys() | SIDES.keys():
            return await self._whole(numbers, told, deadline)
        distinct = list(dict.fromkeys(numbers))
        chunks = [distinct[start : start + MAX_NUMBERS] for start in range(0, len(distinct), MAX_NUMBERS)]
        answers = await asyncio.gather(*(self._chunk(chunk, told, deadline) for chunk in chunks))
        return {number: answer for chunk in answers for number, answer in chunk.items()}

    async def population(
        self,
        prison_id: str,
        parts: Collection[str],
        deadline: Deadline,
        *,
        at_most: int,
        user: User | None,
    ) -> Population:
        """Return everybody whom this prison holds, with those of the parts that its list carries.

        Restricted patients are not among them. Raises an `UpstreamError`, and `TooManyPeople` for a prison
        of more than `at_most` people.
        """
        if user is None or not user.name:
            raise NeedsUser(System.NOMIS, self.route)
        readers = _readers(inmate.IN_PRISON, {*parts, "agency_id"})
        people: dict[str, list[inmate.OffenderBooking]] = {}
        offset, total, met = 0, 0, 0
        for call in range(MAX_PAGES):
            try:
                answer = await self._ask_inmates(prison_id, offset, user, deadline)
                page, total = self._page(answer, inmate.OffenderBooking)
                if total > at_most:
                    raise TooManyPeople
            except UpstreamError:
                if call == 0:
                    raise
                break
            listed = by_number(page, _number_of)
            for number in listed:
                people.setdefault(number, []).extend(listed.rows_of(number))
            offset += len(page)
            if len(people) >= total:
                break
            if offset >= total or not page:
                # People move between pages while they are read, so that it may take more than one walk to
                # have met everybody. A walk on which nobody new was met is the last.
                if len(people) == met:
                    break
                offset, met = 0, len(people)
        return Population(
            people=self._records(
                (number, values)
                for number, theirs in people.items()
                if _belongs(values := _one_of(theirs, readers), prison_id)
            ),
            # More people than it says is as odd as fewer.
            complete=len(people) == total,
        )

    async def _chunk(
        self, numbers: Sequence[str], parts: frozenset[str], deadline: Deadline
    ) -> PrisonerAnswers:
        asked_for = [part for part in SIDES if part in parts]
        people, *sides = await asyncio.gather(
            self._in_bulk(numbers, parts, deadline),
            *(self._side(part, numbers, deadline) for part in asked_for),
        )
        besides = dict(zip(asked_for, sides, strict=True))
        found = self._records(
            (
                number,
                answer
                if isinstance(answer, Failure)
                else {**answer, **{part: side.get(number) for part, side in besides.items()}},
            )
            for number, answer in people.items()
        )
        # Whoever was never booked is in no bulk list, and somebody may stand in a row that names nobody: only
        # what is answered about the one person says whether there is such a person.
        missing = [number for number in numbers if number not in found]
        return {**found, **await self._whole(missing, parts, deadline)}

    async def _in_bulk(
        self, numbers: Sequence[str], parts: frozenset[str], deadline: Deadline
    ) -> dict[str, Values | Failure]:
        """Return what the bulk search has of these people; one that fails fails all of them."""
        asked = frozenset(numbers)
        found: list[inmate.PrisonerDetail | None] = []
        try:
            for _ in range(MAX_PAGES):
                answer = await self._upstream.ask(
                    "POST",
                    "api/prisoners",
                    operation="prisoners",
                    deadline=deadline,
                    body={"offenderNos": numbers},
                    headers=_page_headers(len(found)),
                )
                page, total = self._page(answer, inmate.PrisonerDetail)
                found += page
                if len(found) >= total or not page:
                    break
        except UpstreamError as error:
            return dict.fromkeys(numbers, error.failure())
        listed, readers = by_number(found, _number_of), _readers(inmate.IN_BULK, parts)
        return {number: _one_of(listed.rows_of(number), readers) for number in listed if number in asked}

    async def _side(self, part: str, numbers: Sequence[str], deadline: Deadline) -> dict[str, Any]:
        """Return one part by number. Whoever has no row has none; what fails, fails this part alone."""
        side = SIDES[part]

        async def ask(some: Sequence[str], deadline: Deadline) -> Found[inmate.Row]:
            answer = await self._upstream.ask(
                "POST",
                side.path,
                operation=side.operation,
                deadline=deadline,
                query=side.query,
                body=some,
            )
            if answer.status == NO_CONTENT:
                return Found({})
            return by_number(self._rows(answer, side.row), _number_of)

        def told(numbers: Sequence[str], found: Found[inmate.Row], _now: datetime) -> dict[str, Any]:
            return {number: _part_of(part, found.rows_of(number), side.readers) for number in numbers}

        look_up: LookUp[inmate.Row, Any] = LookUp(
            ask, told, at_most=MAX_NUMBERS, doubt=inmate.FAILURE, now=self._now
        )
        answers = await look_up.answers_by_number(numbers, deadline)
        return {
            number: FieldFailure(value) if isinstance(value, Failure) else value
            for number, value in answers.items()
        }

    async def _whole(
        self, numbers: Sequence[str], parts: Collection[str], deadline: Deadline
    ) -> PrisonerAnswers:
        """Ask for each person; one that fails or is refused leaves the others whole."""
        answers = await one_by_one(
            numbers, lambda number: self._person(number, parts, deadline), concurrency=self._concurrency
        )
        return {number: answer for number, answer in answers.items() if answer is not None}

    async def _person(self, number: str, parts: Collection[str], deadline: Deadline) -> PrisonerRecord | None:
        answer = await self._upstream.ask(
            "GET", f"api/offenders/{number}", operation="offender", deadline=deadline
        )
        if answer.status in (NOT_FOUND, NO_CONTENT) and answer.may_be_the_service_s:
            return None
        detail = self._upstream.read(answer, partial(_read_person, number))
        return self._record(number, read_parts(_readers(inmate.WHOLE, parts), detail, inmate.FAILURE))

    async def _ask_inmates(self, prison_id: str, offset: int, user: User, deadline: Deadline) -> Answer:
        return await self._upstream.ask(
            "GET",
            f"api/locations/description/{prison_id}/inmates",
            operation="inmates",
            deadline=deadline,
            headers=_page_headers(offset),
            user=user,
        )

    def _page(self, answer: Answer, row: type[Row]) -> tuple[list[Row | None], int]:
        """Return one page and how many rows there are in all; no content is nobody."""
        if answer.status == NO_CONTENT:
            return [], 0
        total = answer.headers.get("Total-Records", "")
        if not TOTAL.fullmatch(total):
            raise BadAnswer(System.NOMIS, self.route)
        return self._rows(answer, row), int(total)

    def _rows(self, answer: Answer, row: type[Row]) -> list[Row | None]:
        return self._upstream.read(answer, lambda body: rows(body, row))

    def _records(self, people: Iterable[tuple[str, Values | Failure]]) -> dict[str, PrisonerRecord | Failure]:
        return {
            number: values if isinstance(values, Failure) else self._record(number, values)
            for number, values in people
        }

    def _record(self, number: str, values: Values) -> PrisonerRecord:
        return prisoner_record(number, self._now(), values)


def _number_of(row: inmate.Row) -> object:
    return row.offender_no


def _read_person(number: str, body: bytes) -> inmate.InmateDetail:
    detail = document(body, inmate.InmateDetail)
    if read_noms_number(detail.offender_no) != number:
        raise Unreadable
    return detail


def _part_of(part: str, found: Sequence[inmate.Row], readers: inmate.Readers) -> Any:
    values = _one_of(found, readers) if found else {part: None}
    return values if isinstance(values, Failure) else values[part]


def _one_of(found: Sequence[inmate.Row], readers: inmate.Readers) -> Values | Failure:
    """Return what the rows of one number say, or a failure where they differ: we do not guess."""
    first, *others = (read_parts(readers, row, inmate.FAILURE) for row in found)
    return first if all(other == first for other in others) else inmate.FAILURE


def _readers(readers: inmate.Readers, parts: Collection[str]) -> inmate.Readers:
    return {part: read for part, read in readers.items() if part in parts}


def _page_headers(offset: int) -> dict[str, str]:
    # Whoever forgets the limit gets ten rows.
    return {"Page-Offset": str(offset), "Page-Limit": str(PAGE)}


def _belongs(values: Values | Failure, prison_id: str) -> bool:
    """Tell whether a listed row is this prison's; one that does not say is taken at the service's word."""
    agency = None if isinstance(values, Failure) else values["agency_id"]
    return not isinstance(agency, str) or agency == prison_id
