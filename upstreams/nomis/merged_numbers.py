"""Who took over a number that NOMIS does not know: Prisoner Search by attributes (contract a.3).

The survivor of a merge has the old number among its identifiers; the Prison API has no way from the one to
the other, so that this look-up is the same whichever route NOMIS is asked by.
"""

from collections.abc import Callable, Collection, Sequence
from datetime import datetime
from functools import lru_cache, partial
from typing import Any

from upstreams.bulk import Found, LookUp, by_number
from upstreams.client import Upstream
from upstreams.deadline import Deadline
from upstreams.nomis import prisoner
from upstreams.nomis.parts import MERGED
from upstreams.nomis.prisoner_search import NO_CONTENT, read_page
from upstreams.reading import REMEMBERED_SELECTIONS
from upstreams.records import Failure, NomisRoute, PrisonerAnswer, PrisonerAnswers, PrisonerRecord

MAX_NUMBERS = 500
"""Old numbers of one look-up: each is a clause of the index's query, of which 1,024 are usual at most."""
ROOM = 24
"""Rows that a page has room for beyond one for each number."""


class MergedNumbers:
    """Survivors by the numbers that were merged into theirs."""

    route = NomisRoute.PRISONER_SEARCH

    def __init__(self, upstream: Upstream, *, now: Callable[[], datetime]) -> None:
        self._upstream = upstream
        self._now = now
        self._look_up = lru_cache(REMEMBERED_SELECTIONS)(self._new_look_up)

    async def survivors_by_merged_number(
        self, numbers: Sequence[str], parts: Collection[str], deadline: Deadline
    ) -> PrisonerAnswers:
        """Return for each old number the survivor's record, under its own number, or None: there is none.

        Who the survivor is may be in doubt: then it is a failure, and never a guess.
        """
        return await self._look_up(frozenset({*parts, "merged_from"})).answers_by_number(numbers, deadline)

    def _new_look_up(self, parts: frozenset[str]) -> LookUp[Any, PrisonerAnswer]:
        ask = partial(self._ask, prisoner.selected(parts))
        return LookUp(ask, _survivors, at_most=MAX_NUMBERS, doubt=prisoner.FAILURE, now=self._now)

    async def _ask(
        self, selected: prisoner.Selected, numbers: Sequence[str], deadline: Deadline
    ) -> Found[PrisonerRecord]:
        size = len(numbers) + ROOM
        answer = await self._upstream.ask(
            "POST",
            "attribute-search",
            operation="attribute-search",
            deadline=deadline,
            query={"page": 0, "size": size, "responseFields": selected.response_fields},
            body=_search(numbers, size),
        )
        if answer.status == NO_CONTENT:
            return Found({})
        page = self._upstream.read(answer, partial(read_page, selected))
        rows = by_number(page.content, prisoner.number_of)
        people = selected.records(rows, rows, self._now())
        return _by_merged_number(
            numbers, people, rows.nameless, may_be_cut=len(page.content) != page.total_elements
        )


def _search(numbers: Sequence[str], size: int) -> dict[str, Any]:
    """Return the search for identifiers that are of a merge and one of these numbers, both at once."""
    matchers = [
        {"type": "String", "attribute": f"identifiers.{name}", "condition": condition, "searchTerm": term}
        for name, condition, term in (("type", "IS", MERGED), ("value", "IN", ",".join(numbers)))
    ]
    return {
        "joinType": "AND",
        "queries": [{"joinType": "AND", "matchers": matchers}],
        "pagination": {"page": 0, "size": size},
    }


def _by_merged_number(
    numbers: Sequence[str], people: PrisonerAnswers, nameless: int, *, may_be_cut: bool
) -> Found[PrisonerRecord]:
    """Sort survivors by the old numbers they were asked for by.

    One of whom no such number can be read, or who says two things, may be the survivor of any of them.
    """
    asked = frozenset(numbers)
    found: dict[str, tuple[PrisonerRecord, ...]] = {}
    for person in people.values():
        merged = () if person is None or isinstance(person, Failure) else person.merged_from
        theirs = asked.intersection(merged) if isinstance(merged, tuple) else ()
        nameless += not theirs
        for number in theirs:
            found[number] = (*found.get(number, ()), person)  # type: ignore[arg-type]
    one = {number: listed[0] for number, listed in found.items() if len(listed) == 1}
    several = {number: listed for number, listed in found.items() if len(listed) > 1}
    return Found(one, several, nameless, may_be_cut)


def _survivors(
    numbers: Sequence[str], found: Found[PrisonerRecord], _now: datetime
) -> dict[str, PrisonerAnswer]:
    return {
        number: prisoner.FAILURE if number in found.several else found.one.get(number) for number in numbers
    }
