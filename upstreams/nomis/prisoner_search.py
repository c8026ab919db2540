"""The route `prisoner-search`: NOMIS by its search index (hmpps-prisoner-search; contract a.3)."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial

import msgspec

from upstreams.bulk import Found, LookUp, by_number
from upstreams.client import Answer, Upstream
from upstreams.deadline import Deadline
from upstreams.errors import TooManyPeople, UpstreamError
from upstreams.nomis import prisoner
from upstreams.reading import document, rows
from upstreams.records import (
    Failure,
    NomisRoute,
    Population,
    PrisonerAnswers,
    PrisonerRecord,
    User,
)

MAX_NUMBERS = 1000
"""The service's own limit of one look-up by numbers; more is a 400."""
MAX_PAGES = 40
"""Calls for one population whose pages are cut and shift, before it is called incomplete."""
NO_CONTENT = 204


class _PageBody(msgspec.Struct, rename="camel"):
    content: msgspec.Raw
    total_elements: int
    total_pages: int


@dataclass(frozen=True, slots=True)
class _Page:
    rows: list[prisoner.Row | None]
    total_elements: int
    total_pages: int


class PrisonerSearch:
    """NOMIS by Prisoner Search. Every call asks only for the parts that the operation needs."""

    route = NomisRoute.PRISONER_SEARCH
    population_parts = frozenset(prisoner.PARTS)

    def __init__(self, upstream: Upstream, *, now: Callable[[], datetime]) -> None:
        self._upstream = upstream
        self._now = now

    async def prisoners_by_noms_number(
        self, numbers: Sequence[str], parts: Collection[str], deadline: Deadline
    ) -> PrisonerAnswers:
        """Return a record or a failure by number; a number that is missing is known to nobody."""
        look_up = LookUp(partial(self._ask, parts, deadline), at_most=MAX_NUMBERS, doubt=prisoner.FAILURE)
        found = await look_up.rows_by_number(numbers)
        return {number: self._one_of(number, rows, parts) for number, rows in found.items() if rows}

    async def _ask(
        self, parts: Collection[str], deadline: Deadline, numbers: Sequence[str]
    ) -> Found[prisoner.Row]:
        answer = await self._upstream.ask(
            "POST",
            "prisoner-search/prisoner-numbers",
            operation="prisoner-numbers",
            deadline=deadline,
            query={"responseFields": prisoner.response_fields(parts)},
            body={"prisonerNumbers": numbers},
        )
        if answer.status == NO_CONTENT:
            # Says that nobody was found, whatever shape was meant (design: 204 knows nobody).
            return Found({})
        return by_number(self._upstream.read(answer, _rows), prisoner.number_of)

    async def population(
        self, prison_id: str, parts: Collection[str], deadline: Deadline, *, at_most: int, user: User | None
    ) -> Population:
        """Return everybody whom this prison holds or, as restricted patients, supports; whoever asks.

        Raises an `UpstreamError`, and `TooManyPeople` for a prison of more than `at_most` people.
        """
        del user
        needed = {*parts, "agency_id", "supporting_prison_id", "restricted_patient"}
        met: dict[str, list[prisoner.Row]] = {}
        number, total = 0, 1
        for call in range(MAX_PAGES):
            # One large page, because the order is not stable across pages. Where the service cuts it all the
            # same, people move between pages, so that it may take more than one walk to have met everybody.
            try:
                answer = await self._ask_page(prison_id, needed, deadline, number, at_most)
                page = self._upstream.read(answer, _read_page)
                if page.total_elements > at_most:
                    raise TooManyPeople
            except UpstreamError:
                if call == 0:
                    raise
                break
            total = page.total_elements
            for person, listed in by_number(page.rows, prisoner.number_of).rows.items():
                met.setdefault(person, []).extend(listed)
            if len(met) >= total or page.total_pages <= 1:
                break
            number = (number + 1) % page.total_pages
        people = {person: self._one_of(person, listed, needed) for person, listed in met.items()}
        return Population(
            people={who: record for who, record in people.items() if _belongs(record, prison_id)},
            # More people than it says is as odd as fewer.
            complete=len(people) == total,
        )

    async def _ask_page(
        self, prison_id: str, parts: Collection[str], deadline: Deadline, number: int, size: int
    ) -> Answer:
        return await self._upstream.ask(
            "GET",
            f"prisoner-search/prison/{prison_id}",
            operation="prison",
            deadline=deadline,
            query={
                "include-restricted-patients": "true",
                "page": number,
                "size": size,
                "responseFields": prisoner.response_fields(parts),
            },
        )

    def _one_of(
        self, number: str, rows_of_one: Sequence[prisoner.Row] | Failure, parts: Collection[str]
    ) -> PrisonerRecord | Failure:
        """Return the record, or a failure where another row of one number says otherwise: we do not guess."""
        if isinstance(rows_of_one, Failure):
            return rows_of_one
        now = self._now()
        first, *others = (prisoner.record(row, number, parts, now) for row in rows_of_one)
        return first if all(other == first for other in others) else prisoner.FAILURE


def _rows(body: bytes | msgspec.Raw) -> list[prisoner.Row | None]:
    return rows(body, prisoner.Row)


def _read_page(body: bytes) -> _Page:
    written = document(body, _PageBody)
    return _Page(_rows(written.content), written.total_elements, written.total_pages)


def _belongs(record: PrisonerRecord | Failure, prison_id: str) -> bool:
    """Tell whether an answered row is this prison's: one that names another prison is somebody else's.

    A row that does not say, or not readably, is taken at the service's word: nobody drops out unseen.
    """
    if isinstance(record, Failure) or not isinstance(record.agency_id, str):
        return True
    supported = record.restricted_patient is not False and record.supporting_prison_id == prison_id
    return supported or record.agency_id == prison_id
