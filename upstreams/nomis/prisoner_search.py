"""The route `prisoner-search`: NOMIS by its search index (hmpps-prisoner-search; contract a.3)."""

from collections.abc import Callable, Collection, Sequence
from datetime import datetime
from functools import partial

import msgspec

from upstreams.bulk import Found, LookUp
from upstreams.client import OK, Answer, Upstream
from upstreams.deadline import Deadline
from upstreams.errors import BadAnswer, TooManyPeople, UpstreamError
from upstreams.nomis import prisoner
from upstreams.reading import Unreadable, document, rows
from upstreams.records import (
    Failure,
    NomisRoute,
    Population,
    PrisonerAnswers,
    PrisonerRecord,
    System,
    User,
)

MAX_NUMBERS = 1000
"""The service's own limit of one look-up by numbers; more is a 400."""
MAX_PAGES = 40
"""Calls for one population whose pages are cut and shift, before it is called incomplete."""
NO_CONTENT = 204


class _Page(msgspec.Struct, rename="camel"):
    content: msgspec.Raw
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
        return {number: _one_of(answer) for number, answer in found.items() if answer}

    async def _ask(
        self, parts: Collection[str], deadline: Deadline, numbers: Sequence[str]
    ) -> Found[PrisonerRecord]:
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
        if answer.status != OK:
            raise BadAnswer(System.NOMIS, self.route)
        return self._by_number(answer.body, parts)

    async def population(
        self, prison_id: str, parts: Collection[str], deadline: Deadline, *, at_most: int, user: User | None
    ) -> Population:
        """Return everybody whom this prison holds or, as restricted patients, supports; whoever asks.

        Raises an `UpstreamError`, and `TooManyPeople` for a prison of more than `at_most` people.
        """
        del user
        needed = {*parts, "agency_id", "supporting_prison_id", "restricted_patient"}
        met: dict[str, list[PrisonerRecord]] = {}
        number, total = 0, 1
        for call in range(MAX_PAGES):
            # One large page, because the order is not stable across pages. Where the service cuts it all the
            # same, people move between pages, so that it may take more than one walk to have met everybody.
            try:
                page = self._page(await self._ask_page(prison_id, needed, deadline, number, at_most))
                if page.total_elements > at_most:
                    raise TooManyPeople
                found = self._by_number(page.content, needed)
            except UpstreamError:
                if call == 0:
                    raise
                break
            total = page.total_elements
            for person, records in found.rows.items():
                met.setdefault(person, []).extend(records)
            if len(met) >= total or page.total_pages <= 1:
                break
            number = (number + 1) % page.total_pages
        people = {person: _one_of(records) for person, records in met.items()}
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

    def _page(self, answer: Answer) -> _Page:
        try:
            if answer.status != OK:
                raise Unreadable
            return document(answer.body, _Page)
        except Unreadable as error:
            raise BadAnswer(System.NOMIS, self.route) from error

    def _by_number(self, body: bytes | msgspec.Raw, parts: Collection[str]) -> Found[PrisonerRecord]:
        """Return records by the numbers that their rows carry."""
        try:
            found = rows(body, prisoner.Row)
        except Unreadable as error:
            raise BadAnswer(System.NOMIS, self.route) from error
        now, nameless = self._now(), 0
        records: dict[str, list[PrisonerRecord]] = {}
        for row in found:
            number = None if row is None else prisoner.number_of(row)
            if row is None or number is None:
                nameless += 1
            else:
                records.setdefault(number, []).append(prisoner.record(row, number, parts, now))
        return Found(records, nameless)


def _one_of(records: Sequence[PrisonerRecord] | Failure) -> PrisonerRecord | Failure:
    """Return the record, or a failure where another row of one number says otherwise: we do not guess."""
    if isinstance(records, Failure):
        return records
    first, *others = records
    return first if all(_same(first, other) for other in others) else prisoner.FAILURE


def _same(one: PrisonerRecord, other: PrisonerRecord) -> bool:
    return msgspec.structs.replace(one, retrieved_at=other.retrieved_at) == other


def _belongs(record: PrisonerRecord | Failure, prison_id: str) -> bool:
    """Tell whether an answered row is this prison's: one that names another prison is somebody else's.

    A row that does not say, or not readably, is taken at the service's word: nobody drops out unseen.
    """
    if isinstance(record, Failure) or not isinstance(record.agency_id, str):
        return True
    supported = record.restricted_patient is not False and record.supporting_prison_id == prison_id
    return supported or record.agency_id == prison_id
