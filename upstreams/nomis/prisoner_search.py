"""The route `prisoner-search`: NOMIS by its search index (hmpps-prisoner-search; contract a.3)."""

import asyncio
from collections.abc import Callable, Collection, Sequence
from datetime import datetime

import msgspec

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

    def __init__(self, upstream: Upstream, *, now: Callable[[], datetime]) -> None:
        self._upstream = upstream
        self._now = now

    async def prisoners_by_noms_number(
        self, numbers: Sequence[str], parts: Collection[str], deadline: Deadline
    ) -> PrisonerAnswers:
        """Return a record or a failure by number; a number that is missing is known to nobody.

        Chunks of at most 1,000, side by side. A chunk that fails fails its own people alone.
        """
        chunks = [numbers[start : start + MAX_NUMBERS] for start in range(0, len(numbers), MAX_NUMBERS)]
        answers = await asyncio.gather(*(self._chunk(chunk, parts, deadline) for chunk in chunks))
        return {number: answer for chunk in answers for number, answer in chunk.items()}

    async def _chunk(
        self, numbers: Sequence[str], parts: Collection[str], deadline: Deadline
    ) -> PrisonerAnswers:
        try:
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
                return {}
            if answer.status != OK:
                raise BadAnswer(System.NOMIS, self.route)
            answers, nameless = self._by_number(answer.body, parts)
        except UpstreamError as error:
            return dict.fromkeys(numbers, error.failure())
        if nameless:
            # Somebody was answered in a row that names nobody. Whoever is missing may be that one, so nobody
            # who is missing can be said to be unknown.
            answers = {number: answers.get(number, prisoner.FAILURE) for number in numbers}
        asked = frozenset(numbers)
        return {number: answer for number, answer in answers.items() if number in asked}

    async def population(
        self, prison_id: str, parts: Collection[str], deadline: Deadline, *, at_most: int
    ) -> Population:
        """Return everybody whom this prison holds or, as restricted patients, supports.

        Raises an `UpstreamError`, and `TooManyPeople` for a prison of more than `at_most` people.
        """
        needed = {*parts, "agency_id", "supporting_prison_id", "restricted_patient"}
        people: dict[str, PrisonerRecord | Failure] = {}
        number, total = 0, 1
        for call in range(MAX_PAGES):
            # One large page, because the order is not stable across pages. Where the service cuts it all the
            # same, people move between pages, so that it may take more than one walk to have met everybody.
            try:
                page = self._page(await self._ask_page(prison_id, needed, deadline, number, at_most))
                if page.total_elements > at_most:
                    raise TooManyPeople
                found, _ = self._by_number(page.content, needed)
            except UpstreamError:
                if call == 0:
                    raise
                break
            total = page.total_elements
            for person, record in found.items():
                people[person] = _one_of(people.get(person), record)
            if len(people) >= total or page.total_pages <= 1:
                break
            number = (number + 1) % page.total_pages
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

    def _by_number(
        self, body: bytes | msgspec.Raw, parts: Collection[str]
    ) -> tuple[dict[str, PrisonerRecord | Failure], int]:
        """Return records by the numbers that their rows carry, and how many rows carry none."""
        try:
            found = rows(body, prisoner.Row)
        except Unreadable as error:
            raise BadAnswer(System.NOMIS, self.route) from error
        now, nameless = self._now(), 0
        answers: dict[str, PrisonerRecord | Failure] = {}
        for row in found:
            number = None if row is None else prisoner.number_of(row)
            if row is None or number is None:
                nameless += 1
            else:
                answers[number] = _one_of(answers.get(number), prisoner.record(row, number, parts, now))
        return answers, nameless


def _one_of(
    earlier: PrisonerRecord | Failure | None, record: PrisonerRecord | Failure
) -> PrisonerRecord | Failure:
    """Return the record, or a failure if another row of the same number says otherwise: we do not guess."""
    if earlier is None or _same(earlier, record):
        return record
    return prisoner.FAILURE


def _same(one: PrisonerRecord | Failure, other: PrisonerRecord | Failure) -> bool:
    if isinstance(one, Failure) or isinstance(other, Failure):
        return False
    return msgspec.structs.replace(one, retrieved_at=other.retrieved_at) == other


def _belongs(record: PrisonerRecord | Failure, prison_id: str) -> bool:
    """Tell whether an answered row is this prison's: one that names another prison is somebody else's.

    A row that does not say, or not readably, is taken at the service's word: nobody drops out unseen.
    """
    if isinstance(record, Failure) or not isinstance(record.agency_id, str):
        return True
    supported = record.restricted_patient is not False and record.supporting_prison_id == prison_id
    return supported or record.agency_id == prison_id
