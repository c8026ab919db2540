"""Who may see which Delius record, for any mixture of records, callers and answers of the check (ADR 11)."""

import asyncio
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from waiting import until

from resolvers.context import Caller, RequestContext
from resolvers.cursors import Cursors
from resolvers.join import probation_half
from resolvers.loaders import Loaders, Routes
from resolvers.plan import Plan
from resolvers.probation import probation_by_noms_number
from upstreams.deadline import Deadline
from upstreams.errors import BadAnswer, CheckRefused
from upstreams.records import (
    DeliusRoute,
    Failure,
    FieldFailure,
    NomisRoute,
    NoRecord,
    ProbationRecord,
    Resourcing,
    System,
    User,
)

NOBODY_S = "Z9999ZZ"
DELIUS_USER, NOMIS_USER = User("NPS_USER", "delius"), User("NPS_USER", "nomis")
UNCLEAR_USERS = [User("NPS_USER", ""), User("NPS_USER", "DELIUS"), User("NPS_USER", "elsewhere")]
"""Of whom the token does not say whether Delius has them."""
FAILED = BadAnswer(System.DELIUS, DeliusRoute.NDH).failure()
CHECK_FAILED = CheckRefused(System.DELIUS, DeliusRoute.NDH).failure()

flags = st.sampled_from([True, False, None])


def a_record(**changes):
    standard = ProbationRecord(
        noms_number="A1234BC",
        crn="X100001",
        date_of_birth=None,
        excluded=False,
        restricted=False,
        tier="B1",
        managers=(),
        retrieved_at=datetime(2026, 1, 1, tzinfo=UTC),
    )
    return type(standard)(
        **{name: changes.get(name, getattr(standard, name)) for name in standard.__struct_fields__}
    )


@st.composite
def populations(draw):
    """People by number: a record with whatever flags, of another's number, without a CRN, or none."""
    people = {}
    for place in range(draw(st.integers(0, 8))):
        number = f"A{place:04d}BC"
        record = st.builds(
            a_record,
            noms_number=st.sampled_from([number, number, number, NOBODY_S, None]),
            crn=st.sampled_from(
                [f"X{place:06d}", f"X{place:06d}", f"X{place:06d}", None, FieldFailure(FAILED)]
            ),
            excluded=flags,
            restricted=flags,
        )
        people[number] = draw(
            record | st.sampled_from([NoRecord.NOT_FOUND, NoRecord.AMBIGUOUS, NoRecord.RESTRICTED, FAILED])
        )
    return people


class Nomis:
    route = NomisRoute.PRISONER_SEARCH
    population_parts = frozenset()
    old_numbers = None


class Delius:
    route = DeliusRoute.NDH

    def __init__(self, people, *, has_access_flags=True):
        self.people = people
        self.has_access_flags = has_access_flags

    async def probation_by_noms_number(self, numbers, _parts, _deadline):
        return {number: self.people[number] for number in numbers}


class Access:
    """A check that answers as it is told, and remembers what it was asked."""

    def __init__(self, answers):
        self.answers = answers
        self.asked = []
        self.let = None

    async def may_see(self, crns, username, _deadline):
        self.asked.append((list(crns), username))
        if self.let is not None:
            await self.let.wait()
        return {crn: self.answers.get(crn, False) for crn in crns}


class Further:
    parts = frozenset({"mappa_level", "resourcing"})

    def __init__(self, answers=None):
        self.asked = []
        self.answers = answers or {}
        self.let = None

    async def parts_by_crn(self, asked, user, _deadline):
        self.asked.append((list(asked), user))
        if self.let is not None:
            await self.let.wait()
        values = {"mappa_level": 2, "resourcing": Resourcing.ENHANCED}
        return {key: self.answers.get(key) or values[key[0]] for key in asked}


def told_by(further):
    sources = further if isinstance(further, list) else [] if further is None else [further]
    return {part: one for one in sources for part in one.parts}


def context_of(delius, *, access=None, further=None, user=None, reads_delius=True):
    return RequestContext(
        caller=Caller(reads_nomis=True, reads_delius=reads_delius, is_developer=False, user=user),
        plan=Plan(),
        loaders=Loaders(
            Routes(nomis=Nomis(), delius=delius, prisons=None, access=access, further=told_by(further)),
            plan=Plan(),
            user=user,
            deadline=Deadline.in_seconds(10),
            max_population=100,
        ),
        cursors=Cursors("a key of sixteen or more"),
    )


async def halves(context, people, *parts):
    decided = await probation_by_noms_number(context, list(people), parts)
    return {
        number: probation_half(decided[number], None, DeliusRoute.NDH, frozenset(parts)) for number in people
    }


def is_checked(answer, number, *, has_flags, user, has_check):
    """Tell by the contract's words whether the check is due for this person."""
    if not isinstance(answer, ProbationRecord) or answer.noms_number != number:
        return False
    if has_flags and answer.excluded is False and answer.restricted is False:
        return False
    by_name = user is not None and user.source == "delius"
    by_no_name = not has_flags and user not in UNCLEAR_USERS
    return has_check and (by_name or by_no_name) and isinstance(answer.crn, str)


def expected(answer, number, check, **known):
    match answer:
        case Failure():
            return "UNAVAILABLE"
        case NoRecord():
            return answer.name
    if answer.noms_number != number:
        return "MISMATCH"
    if known["has_flags"] and answer.excluded is False and answer.restricted is False:
        return "FOUND"
    if not is_checked(answer, number, **known):
        return "RESTRICTED"
    said = check.get(answer.crn, False)
    return "UNAVAILABLE" if isinstance(said, Failure) else "FOUND" if said else "RESTRICTED"


@given(
    people=populations(),
    check=st.dictionaries(
        st.integers(0, 7).map("X{:06d}".format), st.sampled_from([True, True, False, CHECK_FAILED])
    ),
    user=st.sampled_from([DELIUS_USER, NOMIS_USER, User("NPS_USER", "none"), None, *UNCLEAR_USERS]),
    has_flags=st.booleans(),
    has_check=st.booleans(),
)
@settings(max_examples=600, deadline=None)
async def test_a_record_is_shown_to_whom_the_flags_or_the_check_let_see_it_and_to_nobody_else(
    people, check, user, has_flags, has_check
):
    # The settings refuse to start without flags and without the check; the rule closes all the same.
    if not has_flags:
        people = {
            number: a_record_without_flags(answer) if isinstance(answer, ProbationRecord) else answer
            for number, answer in people.items()
        }
    access = Access(check) if has_check else None
    known = {"has_flags": has_flags, "user": user, "has_check": has_check}

    answered = await halves(
        context_of(Delius(people, has_access_flags=has_flags), access=access, user=user), people
    )

    for number, answer in people.items():
        half = answered[number]
        assert half.status.name == expected(answer, number, check, **known)
        if half.status.name != "FOUND":
            assert (half.crn, half.tier, half.case_handler, half.warnings) == (None, None, None, ())
            assert (half.resourcing, half.mappa_level, half.retrieved_at) == (None, None, None)
    due = [answer.crn for number, answer in people.items() if is_checked(answer, number, **known)]
    username = "NPS_USER" if user is DELIUS_USER else None
    assert (access.asked if access else []) == ([(due, username)] if due else [])


def a_record_without_flags(record):
    return a_record(
        **{name: getattr(record, name) for name in ("noms_number", "crn")}, excluded=None, restricted=None
    )


async def test_one_restricted_person_among_a_thousand_leaves_the_others_whole():
    people = {
        f"A{place:04d}BC": a_record(noms_number=f"A{place:04d}BC", crn=f"X{place:06d}")
        for place in range(1000)
    }
    people["A0500BC"] = a_record(noms_number="A0500BC", crn="X000500", restricted=True)
    access = Access({})

    answered = await halves(context_of(Delius(people), access=access, user=DELIUS_USER), people)

    restricted = [number for number, half in answered.items() if half.status.name != "FOUND"]
    assert restricted == ["A0500BC"]
    assert access.asked == [(["X000500"], "NPS_USER")]
    assert list(answered) == list(people)


async def test_a_caller_without_the_probation_role_has_nobody_checked():
    people = {"A1234BC": a_record(restricted=True)}
    access = Access({"X100001": True})

    context = context_of(Delius(people), access=access, user=DELIUS_USER, reads_delius=False)
    answered = await halves(context, people)

    assert answered["A1234BC"].status.name == "FORBIDDEN"
    assert access.asked == []


async def test_two_parts_of_a_request_share_one_check():
    people = {
        f"A{place:04d}BC": a_record(noms_number=f"A{place:04d}BC", crn=f"X{place:06d}", restricted=True)
        for place in range(4)
    }
    access = Access({"X000001": True})
    context = context_of(Delius(people), access=access, user=DELIUS_USER)

    await asyncio.gather(
        halves(context, dict(list(people.items())[:3])), halves(context, dict(list(people.items())[1:]))
    )

    assert [sorted(crns) for crns, _ in access.asked] == [["X000000", "X000001", "X000002", "X000003"]]


async def test_further_parts_are_asked_for_of_those_alone_whose_record_may_be_seen():
    people = {
        "A0001BC": a_record(noms_number="A0001BC", crn="X000001"),
        "A0002BC": a_record(noms_number="A0002BC", crn="X000002", restricted=True),
        "A0003BC": a_record(noms_number=NOBODY_S, crn="X000003"),
        "A0004BC": NoRecord.NOT_FOUND,
    }
    further = Further()

    answered = await halves(context_of(Delius(people), further=further), people, "mappa_level")

    assert further.asked == [([("mappa_level", "X000001")], None)]
    assert [half.mappa_level for half in answered.values()] == [2, None, None, None]
    assert [half.resourcing for half in answered.values()] == [None] * 4


async def test_further_parts_that_two_services_tell_are_asked_for_side_by_side():
    people = {"A1234BC": a_record()}
    other, one = Further(), Further({("risk", "X100001"): NoRecord.NOT_FOUND})
    one.parts, one.let, other.let = frozenset({"risk"}), asyncio.Event(), asyncio.Event()
    context = context_of(Delius(people), further=[one, other])

    waiting = asyncio.create_task(halves(context, people, "mappa_level", "risk"))
    await until(lambda: one.asked and other.asked)
    one.let.set()
    other.let.set()
    half = (await waiting)["A1234BC"]

    assert (half.status.name, half.risk, half.mappa_level) == ("FOUND", NoRecord.NOT_FOUND, 2)
    assert [keys for keys, _ in one.asked + other.asked] == [
        [("risk", "X100001")],
        [("mappa_level", "X100001")],
    ]


async def test_a_further_part_that_fails_fails_by_itself():
    people = {"A1234BC": a_record()}
    further = Further({("mappa_level", "X100001"): FAILED})

    half = (await halves(context_of(Delius(people), further=further), people, "mappa_level", "resourcing"))[
        "A1234BC"
    ]

    assert half.status.name == "FOUND"
    assert isinstance(half.mappa_level, FieldFailure)
    assert half.resourcing is Resourcing.ENHANCED


@pytest.mark.parametrize("user", [DELIUS_USER, NOMIS_USER, None])
async def test_further_parts_are_asked_for_in_the_name_of_a_delius_user_alone(user):
    people = {"A1234BC": a_record()}
    further = Further()

    await halves(context_of(Delius(people), further=further, user=user), people, "mappa_level")

    assert further.asked[0][1] == (DELIUS_USER if user is DELIUS_USER else None)


@pytest.mark.parametrize("crn", [None, FieldFailure(FAILED)])
async def test_a_further_part_of_a_record_without_a_crn_is_no_answer_either(crn):
    people = {"A1234BC": a_record(crn=crn)}
    further = Further()

    half = (await halves(context_of(Delius(people), further=further), people, "mappa_level"))["A1234BC"]

    assert half.status.name == "FOUND"
    assert isinstance(half.mappa_level, FieldFailure)
    assert further.asked == []


async def test_nobody_whose_record_is_open_waits_for_another_s_check():
    people = {
        "A0001BC": a_record(noms_number="A0001BC", crn="X000001"),
        "A0002BC": a_record(noms_number="A0002BC", crn="X000002", restricted=True),
    }
    access, further = Access({"X000002": True}), Further()
    access.let = asyncio.Event()
    context = context_of(Delius(people), access=access, further=further, user=DELIUS_USER)

    waiting = asyncio.create_task(halves(context, people, "mappa_level"))
    await until(lambda: access.asked and further.asked)
    before = [asked for asked, _ in further.asked]
    access.let.set()
    answered = await waiting

    assert before == [[("mappa_level", "X000001")]]
    assert [half.mappa_level for half in answered.values()] == [2, 2]


async def test_a_further_call_that_finds_access_limited_restricts_the_whole_record():
    people = {"A1234BC": a_record()}
    further = Further({("mappa_level", "X100001"): NoRecord.RESTRICTED})

    half = (await halves(context_of(Delius(people), further=further), people, "mappa_level", "resourcing"))[
        "A1234BC"
    ]

    assert half.status.name == "RESTRICTED"
    assert (half.crn, half.tier, half.resourcing, half.mappa_level) == (None, None, None, None)
