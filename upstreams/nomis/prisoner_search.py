"""The route `prisoner-search`: NOMIS by its search index (hmpps-prisoner-search; contract a.3)."""

from collections.abc import Callable, Collection, Sequence
from datetime import datetime
from functools import lru_cache, partial
from typing import Any, Generic, TypeVar, cast

import msgspec

from upstreams.bulk import Found, LookUp, by_number
from upstreams.client import Answer, Upstream
from upstreams.deadline import Deadline
from upstreams.errors import TooManyPeople, UpstreamError
from upstreams.nomis import prisoner
from upstreams.reading import REMEMBERED_SELECTIONS, document
from upstreams.records import (
    Failure,
    NomisRoute,
    Population,
    PrisonerAnswer,
    PrisonerAnswers,
    PrisonerRecord,
    User,
)

MAX_NUMBERS = 1000
"""The service's own limit of one look-up by numbers; more is a 400."""
MAX_PAGES = 40
"""Calls for one population whose pages are cut and shift, before it is called incomplete."""
BELONGING = ("agency_id", "supporting_prison_id", "restricted_patient")
"""The parts that tell whether a listed person is a prison's."""
NO_CONTENT = 204


Content = TypeVar("Content")


class _Page(msgspec.Struct, Generic[Content], rename="camel"):
    content: Content
    total_elements: int
    total_pages: int


class PrisonerSearch:
    """NOMIS by Prisoner Search. Every call asks only for the parts that the operation needs."""

    route = NomisRoute.PRISONER_SEARCH
    population_parts = frozenset(prisoner.PARTS)
    old_numbers = staticmethod(prisoner.old_numbers)

    def __init__(self, upstream: Upstream, *, now: Callable[[], datetime]) -> None:
        self._upstream = upstream
        self._now = now
        self._look_up = lru_cache(REMEMBERED_SELECTIONS)(self._new_look_up)

    async def prisoners_by_noms_number(
        self, numbers: Sequence[str], parts: Collection[str], deadline: Deadline
    ) -> PrisonerAnswers:
        """Return a record or a failure by number; None, or no answer, says that it is known to nobody."""
        return await self._look_up(frozenset(parts)).answers_by_number(numbers, deadline)

    def _new_look_up(self, parts: frozenset[str]) -> LookUp[Any, PrisonerAnswer]:
        selected = prisoner.selected(parts)
        return LookUp(
            partial(self._ask, selected),
            selected.records,
            at_most=MAX_NUMBERS,
            doubt=prisoner.FAILURE,
            now=self._now,
        )

    async def _ask(
        self, selected: prisoner.Selected, numbers: Sequence[str], deadline: Deadline
    ) -> Found[Any]:
        answer = await self._upstream.ask(
            "POST",
            "prisoner-search/prisoner-numbers",
            operation="prisoner-numbers",
            deadline=deadline,
            query={"responseFields": selected.response_fields},
            body={"prisonerNumbers": numbers},
        )
        if answer.status == NO_CONTENT:
            # Says that nobody was found, whatever shape was meant (design: 204 knows nobody).
            return Found({})
        return by_number(self._upstream.read(answer, selected.rows), prisoner.number_of)

    async def population(
        self, prison_id: str, parts: Collection[str], deadline: Deadline, *, at_most: int, user: User | None
    ) -> Population:
        """Return everybody whom this prison holds or, as restricted patients, supports; whoever asks.

        Raises an `UpstreamError`, and `TooManyPeople` for a prison of more than `at_most` people.
        """
        del user
        selected = prisoner.selected(frozenset({*parts, *BELONGING}))
        rows: list[Any] = []
        met: Found[Any] = Found({})
        number, total = 0, 1
        for call in range(MAX_PAGES):
            # One large page, because the order is not stable across pages. Where the service cuts it all the
            # same, people move between pages, so that it may take more than one walk to have met everybody.
            try:
                answer = await self._ask_page(prison_id, selected, deadline, number, at_most)
                page = self._upstream.read(answer, partial(read_page, selected))
                if page.total_elements > at_most:
                    raise TooManyPeople
            except UpstreamError:
                if call == 0:
                    raise
                break
            total = page.total_elements
            rows += page.content
            met = by_number(rows, prisoner.number_of)
            if len(met) >= total or page.total_pages <= 1:
                break
            number = (number + 1) % page.total_pages
        people = selected.records(met, met, self._now())
        return Population(
            people={who: one for who, one in people.items() if one is not None and _belongs(one, prison_id)},
            # More people than it says is as odd as fewer.
            complete=len(people) == total,
        )

    async def _ask_page(
        self, prison_id: str, selected: prisoner.Selected, deadline: Deadline, number: int, size: int
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
                "responseFields": selected.response_fields,
            },
        )


def read_page(selected: prisoner.Selected, body: bytes) -> _Page[list[Any]]:
    """Read a page; one in whose rows anything is odd is read row by row."""
    page: Any = document(body, _Page[list[selected.record_type]], _Page[msgspec.Raw])  # type: ignore[name-defined]
    if isinstance(page.content, msgspec.Raw):
        page.content = selected.rows(page.content)
    return cast("_Page[list[Any]]", page)


def _belongs(record: PrisonerRecord | Failure, prison_id: str) -> bool:
    """Tell whether an answered row is this prison's: one that names another prison is somebody else's.

    A row that does not say, or not readably, is taken at the service's word: nobody drops out unseen.
    """
    if type(record) is Failure or record.agency_id == prison_id or not isinstance(record.agency_id, str):
        return True
    return record.restricted_patient is not False and record.supporting_prison_id == prison_id
