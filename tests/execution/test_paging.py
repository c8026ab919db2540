"""Paging through a population that changes: whoever stays as they were is shown once."""

import asyncio
import json
from collections import Counter
from dataclasses import dataclass, replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.execution.answers import Sides
from tests.execution.choices import Choices
from tests.execution.operations import Asked
from tests.execution.people import Written
from tests.execution.scenarios import scenario
from upstreams.errors import GatewayError
from upstreams.records import DeliusRoute, NomisRoute

NUMBERS = [f"A{n:04d}AA" for n in range(14)]
PAGE = """
query ($first: Int!, $after: String, $filter: PopulationFilter, $orderBy: PopulationOrder) {
  prison(id: "LEI") {
    population(first: $first, after: $after, filter: $filter, orderBy: $orderBy) {
      totalCount
      pageInfo { hasNextPage endCursor }
      edges { cursor node { nomsNumber } }
    }
  }
}
"""
MOVES = {"IN_PRISON": "ACTIVE IN", "OUT_TEMPORARILY": "ACTIVE OUT", "UNKNOWN": "ELSEWHERE"}


@dataclass(frozen=True, slots=True)
class Facts:
    """What the upstreams have of one person; `is_known` is whether Delius's answer can be read."""

    name: str | None
    release: str | None
    custody: str
    tier: str | None
    area: str
    is_recorded: bool
    is_known: bool

    def passes(self, given):
        """Tell whether the person passes a filter, None where that cannot be told."""
        told = {
            "custodyStatus": self.custody,
            "probationRecordStatus": "FOUND" if self.is_recorded else "NOT_FOUND",
            "tier": self.tier if self.is_recorded else None,
            "caseHandler": {"N": "NPS", "C": "CRC"}[self.area] if self.is_recorded else None,
        }
        return all(told[name] in values for name, values in given.items())

    def written(self, number):
        """Return the rows that both systems have of the person."""
        crn = f"X{number[1:5]}00"
        row = {
            "prisonerNumber": number,
            "bookingId": "1",
            "prisonId": "LEI",
            "status": MOVES[self.custody],
            "lastName": self.name,
            "releaseDate": self.release,
            "dateOfBirth": "1980-01-01",
        }
        detail = {
            "otherIds": {"crn": crn, "nomsNumber": number},
            "dateOfBirth": "1980-01-01",
            "currentExclusion": False,
            "currentRestriction": False,
            "currentTier": self.tier if self.is_known else {"no": "text"},
            "offenderManagers": [{"active": True, "probationArea": {"code": f"{self.area}07"}}]
            if self.is_known
            else "no list",
        }
        return Written(number, crn, prisoner_rows=[row], details=[detail] if self.is_recorded else [])


FACTS = st.builds(
    Facts,
    name=st.sampled_from(["ASH", "BIRCH", "CEDAR", None]),
    release=st.sampled_from(["2030-01-01", "2031-01-01", None]),
    custody=st.sampled_from(sorted(MOVES)),
    tier=st.sampled_from(["A", "B", "C", None]),
    area=st.sampled_from("NC"),
    is_recorded=st.booleans(),
    is_known=st.sampled_from([True] * 9 + [False]),
)
FILTERS = st.fixed_dictionaries(
    {},
    optional={
        "tier": st.lists(st.sampled_from("ABCD"), max_size=3),
        "caseHandler": st.lists(st.sampled_from(["NPS", "CRC", "UNKNOWN"]), max_size=2),
        "probationRecordStatus": st.lists(st.sampled_from(["FOUND", "NOT_FOUND", "RESTRICTED"]), max_size=2),
        "custodyStatus": st.lists(st.sampled_from(sorted(MOVES)), max_size=2),
    },
)
ORDERS = st.fixed_dictionaries(
    {},
    optional={
        "field": st.sampled_from(["NOMS_NUMBER", "LAST_NAME", "RELEASE_DATE", "TIER"]),
        "direction": st.sampled_from(["ASC", "DESC"]),
    },
)
SORTED_BY = {"LAST_NAME": "name", "RELEASE_DATE": "release", "TIER": "tier"}


@st.composite
def worlds(draw):
    """Draw what there is at each page: most people stay as they were, others come, go and change."""
    world = {number: draw(st.none() | FACTS) for number in NUMBERS}
    told = [world]
    for _ in range(len(NUMBERS)):
        changing = draw(st.sets(st.sampled_from(NUMBERS), max_size=3))
        world = {**world, **{number: draw(st.none() | FACTS) for number in changing}}
        told.append(world)
    return told


@pytest.fixture(scope="module")
def runner():
    with asyncio.Runner(loop_factory=asyncio.new_event_loop) as running:
        yield running


@pytest.fixture(scope="module")
def page():
    """Ask for a page of a world, by the compiled execution."""
    plain = replace(
        scenario(Choices(b"")),
        nomis=NomisRoute.PRISONER_SEARCH,
        delius=DeliusRoute.PROBATION_SEARCH,
        has_agencies=False,
        checks_access=False,
    )
    sides = Sides()

    async def ask(world, **variables):
        people = {number: facts.written(number) for number, facts in world.items() if facts is not None}
        met = replace(plain, people=people)
        answered = await sides.answered(Asked(PAGE, None, [variables], [], Counter()), met, compiled=True)
        return json.loads(answered.body)["data"]["prison"]["population"]

    return ask


async def walked(page, told, **variables):
    """Return everybody who was shown, page by page, and the worlds that were met."""
    shown, after = [], None
    for place, world in enumerate(told, 1):
        one = await page(world, after=after, **variables)
        shown += [edge["node"]["nomsNumber"] for edge in one["edges"]]
        after = one["pageInfo"]["endCursor"] or after
        if not one["pageInfo"]["hasNextPage"]:
            return shown, told[:place]
    raise AssertionError("There are more pages than people.")


def stayed(number, met, given, order):
    """Tell whether somebody was there throughout, known, and with what the list goes by unchanged."""
    facts = [world[number] for world in met]
    if None in facts or not all(one.is_known or not one.is_recorded for one in facts):
        return False
    by = SORTED_BY.get(order.get("field"))
    values = {getattr(one, by) if by and (by != "tier" or one.is_recorded) else None for one in facts}
    return len(values) == 1 and len({one.passes(given) for one in facts}) == 1


@settings(max_examples=150, deadline=None, derandomize=True)
@given(told=worlds(), given=FILTERS, order=ORDERS, first=st.integers(1, 5))
def test_whoever_stays_as_they_were_is_shown_once_and_nobody_who_does_not_pass(
    runner, page, told, given, order, first
):
    shown, met = runner.run(walked(page, told, first=first, filter=given, orderBy=order))

    for number in NUMBERS:
        if stayed(number, met, given, order):
            assert shown.count(number) == met[0][number].passes(given)
        elif all(world[number] is None for world in met):
            assert number not in shown


@settings(max_examples=100, deadline=None, derandomize=True)
@given(world=worlds().map(lambda told: told[0]), given=FILTERS, order=ORDERS, first=st.integers(1, 5))
def test_the_pages_of_a_population_that_stays_are_one_list_in_the_order_asked_for(
    runner, page, world, given, order, first
):
    shown, _ = runner.run(
        walked(page, [world] * (len(NUMBERS) + 1), first=first, filter=given, orderBy=order)
    )
    whole = runner.run(page(world, first=1000, filter=given, orderBy=order))

    assert shown == [edge["node"]["nomsNumber"] for edge in whole["edges"]]
    assert whole["totalCount"] in (len(shown), None)
    by = SORTED_BY.get(order.get("field"))
    is_downwards = order.get("direction") == "DESC"
    values = [getattr(world[number], by) if by else number for number in shown]
    if by == "tier":
        known = (world[number].is_recorded and world[number].is_known for number in shown)
        values = [value if is_known else None for value, is_known in zip(values, known, strict=True)]
    there = [value for value in values if value is not None]
    assert values == [*sorted(there, reverse=is_downwards), *[None] * (len(values) - len(there))]
    for (number, value), (other, same) in zip(
        zip(shown, values, strict=True), zip(shown[1:], values[1:], strict=True), strict=False
    ):
        assert value != same or number < other


@settings(max_examples=60, deadline=None, derandomize=True)
@given(world=worlds().map(lambda told: told[0]), order=ORDERS, place=st.integers(0), flip=st.integers(1, 63))
def test_a_cursor_that_was_tampered_with_is_refused(runner, page, world, order, place, flip):
    whole = runner.run(page(world, first=1, orderBy=order))
    cursor = whole["pageInfo"]["endCursor"]
    if cursor is None:
        return
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    # The last character may hold bits that say nothing.
    at = place % (len(cursor) - 1)
    other = alphabet[(alphabet.index(cursor[at]) + flip) % 64]

    with pytest.raises(GatewayError, match="not a cursor of this gateway"):
        runner.run(page(world, first=1, orderBy=order, after=cursor[:at] + other + cursor[at + 1 :]))


LISTS = st.tuples(FILTERS, ORDERS)


@st.composite
def pairs_of_lists(draw):
    """Draw two lists that differ in the filter, the field, the direction, or not at all."""
    given, order = one = draw(LISTS)
    other = draw(LISTS)
    turned = {**order, "direction": "ASC" if order.get("direction") == "DESC" else "DESC"}
    return one, draw(st.sampled_from([other, (other[0], order), (given, other[1]), (given, turned), one]))


@settings(max_examples=100, deadline=None, derandomize=True)
@given(world=worlds().map(lambda told: told[0]), lists=pairs_of_lists())
def test_a_cursor_of_another_filter_or_order_is_refused(runner, page, world, lists):
    def meant(given, order):
        order = (order.get("field", "NOMS_NUMBER"), order.get("direction", "ASC"))
        return {name: set(values) for name, values in given.items()}, order

    one, other = lists
    cursor = runner.run(page(world, first=1, filter=one[0], orderBy=one[1]))["pageInfo"]["endCursor"]
    again = page(world, first=1, filter=other[0], orderBy=other[1], after=cursor)
    if cursor is None or meant(*one) == meant(*other):
        runner.run(again)
    else:
        with pytest.raises(GatewayError, match="another filter or order"):
            runner.run(again)
