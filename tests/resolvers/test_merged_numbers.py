"""Whom Delius has under a number that was merged away: for any merges, records and questions."""

from collections import Counter
from datetime import UTC, date, datetime

from hypothesis import example, given, settings
from hypothesis import strategies as st

from resolvers.context import Caller, RequestContext
from resolvers.cursors import Cursors
from resolvers.loaders import Loaders, Routes
from resolvers.offenders import offenders_by_noms_number
from resolvers.plan import OffenderAsk, Plan
from upstreams.deadline import Deadline
from upstreams.errors import BadAnswer, Refused
from upstreams.records import (
    DeliusRoute,
    Failure,
    NomisRoute,
    NoRecord,
    PrisonerRecord,
    ProbationRecord,
    System,
)

NUMBERS = [f"A{place:04d}BC" for place in range(6)]
NOW, BORN = datetime(2026, 1, 1, tzinfo=UTC), date(1980, 1, 2)
NOMIS_FAILED = BadAnswer(System.NOMIS, NomisRoute.PRISONER_SEARCH).failure()
FAILED, FORBIDDEN = [error(System.DELIUS, DeliusRoute.NDH).failure() for error in (BadAnswer, Refused)]
OTHERS = (NoRecord.NOT_FOUND, NoRecord.NOT_FOUND, NoRecord.AMBIGUOUS, NoRecord.RESTRICTED, FAILED, FORBIDDEN)
ASK = OffenderAsk(
    asks_probation=True,
    parts=frozenset({"date_of_birth"}),
    probation_parts=frozenset({"date_of_birth", "crn"}),
)


def prisoner(number, merged):
    return PrisonerRecord(number, NOW, date_of_birth=BORN, merged_from=tuple(sorted(merged)))


def record(number, crn):
    return ProbationRecord(
        noms_number=number,
        crn=crn,
        date_of_birth=BORN,
        excluded=False,
        restricted=False,
        tier=None,
        managers=(),
        retrieved_at=NOW,
    )


numbers = st.sampled_from(NUMBERS)
crns = st.sampled_from(["X100001", "X100002", None])
owners = st.sampled_from([..., ..., ..., *NUMBERS, None])
"""Which number a record carries: most often the one that it is answered for."""
nomis = st.dictionaries(numbers, st.sets(numbers, max_size=4) | st.none(), min_size=1, max_size=3)
delius = st.dictionaries(numbers, st.tuples(owners, crns) | st.sampled_from(OTHERS), min_size=2).map(
    lambda answers: {
        number: record(number if answer[0] is ... else answer[0], answer[1])
        if isinstance(answer, tuple)
        else answer
        for number, answer in answers.items()
    }
)
"""What Delius answers about a number: a record, under this number or another, or that there is none."""


class World:
    """Both systems: NOMIS's people by number, with the numbers merged into theirs, None for a failure."""

    route = NomisRoute.PRISONER_SEARCH
    population_parts = frozenset()

    def __init__(self, people, records, *, tells_merged_numbers):
        self.old_numbers = (lambda person: person.merged_from) if tells_merged_numbers else None
        self.people = {
            number: NOMIS_FAILED if merged is None else prisoner(number, merged - {number})
            for number, merged in people.items()
        }
        self.asked, self.looked_for = Counter(), Counter()
        self.delius = Delius(records, self.asked)

    async def prisoners_by_noms_number(self, numbers, _parts, _deadline):
        return {number: self.people[number] for number in numbers if number in self.people}

    async def survivors_by_merged_number(self, numbers, _parts, _deadline):
        self.looked_for.update(numbers)
        return {number: self.survivor_of(number) for number in numbers}

    def survivor_of(self, number):
        theirs = [one for one in self.people.values() if number in getattr(one, "merged_from", ())]
        return theirs[0] if len(theirs) == 1 else NOMIS_FAILED if theirs else None


class Delius:
    route = DeliusRoute.NDH
    has_access_flags = True

    def __init__(self, records, asked):
        self.records, self.asked = records, asked

    def answer(self, number):
        return self.records.get(number, NoRecord.NOT_FOUND)

    async def probation_by_noms_number(self, numbers, _parts, _deadline):
        self.asked.update(numbers)
        return {number: self.answer(number) for number in numbers}


def context_of(world, *, shares, selects):
    parts = ASK.parts | {"merged_from"} if selects else ASK.parts
    plan = Plan(parts=parts, asks_probation=True, shares=shares)
    routes = Routes(nomis=world, delius=world.delius, prisons=None, access=None, further={}, merges=world)
    return RequestContext(
        caller=Caller(reads_nomis=True, reads_delius=True, is_developer=False),
        plan=plan,
        loaders=Loaders(routes, plan=plan, user=None, deadline=Deadline.in_seconds(10), max_population=10),
        cursors=Cursors("a key of sixteen or more"),
    )


def status_of(answer, number):
    """Return the state of one answer by the contract's words, save for limited access, which is not here."""
    match answer:
        case Failure():
            return "FORBIDDEN" if answer is FORBIDDEN else "UNAVAILABLE"
        case NoRecord():
            return answer.name
    return "FOUND" if answer.noms_number == number else "MISMATCH"


def expected(world, number, merged):
    """Return a person's state: under their own number, else the first that fits under the old ones."""
    own = status_of(world.delius.answer(number), number)
    if own != "NOT_FOUND" or not merged:
        return own
    states = [status_of(world.delius.answer(old), old) for old in merged]
    for state in ("FORBIDDEN", "UNAVAILABLE", "AMBIGUOUS"):
        if state in states:
            return state
    there = [old for old, state in zip(merged, states, strict=True) if state in ("FOUND", "RESTRICTED")]
    told = {getattr(world.delius.answer(old), "crn", None) for old in there}
    if len(there) > 1 and (len(told) > 1 or None in told):
        return "AMBIGUOUS"
    return next((state for state in ("MISMATCH", "RESTRICTED", "FOUND") if state in states), "NOT_FOUND")


@given(
    people=nomis,
    records=delius,
    asked=st.lists(numbers, min_size=1, max_size=8),
    tells=st.booleans(),
    shares=st.booleans(),
    selects=st.booleans(),
)
@example(
    people={NUMBERS[0]: set(NUMBERS[1:3])},
    records={NUMBERS[1]: FAILED, NUMBERS[2]: FORBIDDEN},
    asked=NUMBERS[:1],
    tells=True,
    shares=False,
    selects=False,
)
@settings(max_examples=600, deadline=None)
async def test_a_record_is_joined_under_the_person_s_number_or_one_that_was_merged_into_it(
    people, records, asked, tells, shares, selects
):
    world = World(people, records, tells_merged_numbers=tells)

    answered = await offenders_by_noms_number(context_of(world, shares=shares, selects=selects), asked, ASK)

    due = set(asked)
    survivors = {world.survivor_of(number) for number in asked if number not in world.people}
    for number, person in zip(asked, answered, strict=True):
        theirs = world.people[number] if number in world.people else world.survivor_of(number)
        if theirs is None:
            assert person is None
            continue
        own = number if theirs is NOMIS_FAILED else theirs.noms_number
        assert (person.noms_number, person.prisoner) == (own, theirs)
        knows = theirs is not NOMIS_FAILED and (tells or theirs in survivors)
        merged = theirs.merged_from if knows else ()
        due |= {own}
        if world.delius.answer(own) is NoRecord.NOT_FOUND:
            living = {one for one in asked if world.people.get(one, NOMIS_FAILED) is not NOMIS_FAILED}
            if living.intersection(merged):
                # It is somebody else's own, so that nothing under it is theirs.
                assert (person.half.status.name, person.half.crn) == ("MISMATCH", None)
                continue
            due |= {*merged}
        assert person.half.status.name == expected(world, own, merged)
        if person.half.status.name == "FOUND":
            found = [one for one in (own, *merged) if status_of(world.delius.answer(one), one) == "FOUND"]
            assert person.half.crn in {world.delius.answer(one).crn for one in found}
            by_merged = [one.value for one in person.half.warnings] == ["FOUND_BY_MERGED_NUMBER"]
            assert by_merged == (own not in found)
        else:
            assert (person.half.crn, person.half.warnings) == (None, ())
    assert set(world.looked_for) == {number for number in asked if number not in world.people}
    assert set(world.asked) == due
    assert {*world.looked_for.values(), *world.asked.values()} == {1}
