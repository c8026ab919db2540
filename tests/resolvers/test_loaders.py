"""What the loaders promise whatever a route does: an answer for every key, and nothing left under way."""

import asyncio
import gc
import weakref

import pytest
import structlog
from waiting import until

from resolvers.loaders import Loaders, Routes
from resolvers.plan import Plan
from upstreams.deadline import Deadline
from upstreams.records import DeliusRoute, Failure, FailureCode, NomisRoute, NoRecord


class Nomis:
    """A route with a bug, whose words hold what nobody may read."""

    route = NomisRoute.PRISONER_SEARCH
    population_parts = frozenset()
    old_numbers = None

    async def prisoners_by_noms_number(self, numbers, _parts, _deadline):
        raise KeyError(f"{numbers[0]} FENHALE")

    async def population(self, prison_id, _parts, _deadline, *, at_most, user):
        raise KeyError(f"{prison_id} {at_most} {user} FENHALE")


class PatientNomis(Nomis):
    """A route that answers nobody, and tells who was given up."""

    def __init__(self):
        self.asked = []
        self.given_up = []

    async def prisoners_by_noms_number(self, numbers, _parts, _deadline):
        self.asked.append(numbers)
        try:
            await asyncio.Event().wait()
        finally:
            self.given_up.append(numbers)


class Delius:
    """A route that answers when it is let, and counts who is asked for."""

    route = DeliusRoute.NDH
    has_access_flags = True

    def __init__(self):
        self.asked = []
        self.given_up = []
        self.let = asyncio.Event()

    async def probation_by_noms_number(self, numbers, _parts, _deadline):
        self.asked.append(list(numbers))
        try:
            await self.let.wait()
        except asyncio.CancelledError:
            self.given_up.append(list(numbers))
            raise
        return dict.fromkeys(numbers, NoRecord.NOT_FOUND)


@pytest.fixture
def delius():
    return Delius()


@pytest.fixture
def no_collection():
    gc.disable()
    yield
    gc.enable()


@pytest.fixture
async def loaders(delius):
    return loaders_of(Nomis(), delius, shares=True)


def loaders_of(nomis, delius, *, shares):
    return Loaders(
        Routes(nomis=nomis, delius=delius, prisons=None, access=None, further={}),
        plan=Plan(shares=shares),
        user=None,
        deadline=Deadline.in_seconds(10),
        max_population=100,
    )


async def test_a_bug_in_a_route_is_a_masked_failure_for_every_key(loaders):
    with structlog.testing.capture_logs() as logged:
        answers = await loaders.prisoners_by_noms_number(["A1234BC", "B1234CD"])
        population = await loaders.population_by_prison("LEI")

    assert all(
        isinstance(answer, Failure) and answer.code is FailureCode.INTERNAL
        for answer in [*answers.values(), population]
    )
    assert {entry["event"] for entry in logged} == {"batch_failed"}
    assert all("FENHALE" not in answer.message for answer in answers.values())


async def test_a_key_is_asked_for_once_a_request(loaders, delius):
    delius.let.set()

    await asyncio.gather(
        loaders.probation_by_noms_number(["A1234BC", "B1234CD", "A1234BC"]),
        loaders.probation_by_noms_number(["B1234CD"]),
    )
    await loaders.probation_by_noms_number(["A1234BC"])

    assert delius.asked == [["A1234BC", "B1234CD"]]


async def test_one_who_waits_and_is_cancelled_does_not_cancel_the_others(loaders, delius):
    leaving = asyncio.ensure_future(loaders.probation_by_noms_number(["A1234BC"]))
    staying = asyncio.ensure_future(loaders.probation_by_noms_number(["A1234BC"]))
    await until(lambda: delius.asked)

    leaving.cancel()
    delius.let.set()

    assert await staying == {"A1234BC": NoRecord.NOT_FOUND}


async def test_what_is_under_way_is_given_up_with_the_request(loaders, delius):
    waiting = asyncio.ensure_future(loaders.probation_by_noms_number(["A1234BC"]))
    await until(lambda: delius.asked)

    loaders.close()
    with pytest.raises(asyncio.CancelledError):
        await waiting

    assert delius.given_up == [["A1234BC"]]


async def test_nobody_waits_for_what_was_given_up_before_it_began(loaders, delius):
    waiting = asyncio.ensure_future(loaders.probation_by_noms_number(["A1234BC"]))
    loaders.close()

    with pytest.raises(asyncio.CancelledError):
        await waiting

    assert delius.asked == []


async def asking_both(loaders, nomis, delius):
    """Ask both systems about one person, and return what waits for Delius once both have been asked."""
    loaders.prisoners_by_noms_number(["A1234BC"], beside=True)
    asking = asyncio.ensure_future(loaders.probation_by_noms_number(["A1234BC"]))
    await until(lambda: nomis.asked and delius.asked)
    return asking


async def test_one_who_shares_with_nobody_asks_both_systems_side_by_side(delius):
    nomis = PatientNomis()
    alone = loaders_of(nomis, delius, shares=False)

    asking = await asking_both(alone, nomis, delius)
    delius.let.set()

    assert await asking == {"A1234BC": NoRecord.NOT_FOUND}
    assert nomis.asked == delius.asked == [["A1234BC"]]
    alone.close()


async def test_one_who_shares_with_nobody_is_cancelled_with_what_they_wait_for(delius):
    nomis = PatientNomis()
    alone = loaders_of(nomis, delius, shares=False)
    asking = await asking_both(alone, nomis, delius)

    asking.cancel()
    alone.close()
    await until(lambda: nomis.given_up)

    assert asking.cancelled()
    assert nomis.given_up == delius.given_up == [["A1234BC"]]


async def test_a_bug_in_a_route_is_a_masked_failure_for_one_who_shares_with_nobody(delius):
    alone = loaders_of(Nomis(), delius, shares=False)

    answers = await alone.prisoners_by_noms_number(["A1234BC", "B1234CD"])

    assert [answer.code for answer in answers.values()] == [FailureCode.INTERNAL] * 2


@pytest.mark.usefixtures("no_collection")
@pytest.mark.parametrize("shares", [True, False])
async def test_what_is_given_up_is_not_left_to_the_garbage_collector(delius, shares):
    nomis = PatientNomis()
    loaders = loaders_of(nomis, delius, shares=shares)
    asking = await asking_both(loaders, nomis, delius)

    loaders.close()
    asking.cancel()
    await asyncio.wait([asking])
    await until(lambda: nomis.given_up and delius.given_up)
    left = weakref.ref(loaders)
    del loaders, asking

    await until(lambda: left() is None)
