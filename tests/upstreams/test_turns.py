"""Turns are taken in the order of asking, by no more than there are, and none is ever lost."""

import asyncio

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from waiting import until

from upstreams.turns import Turns


def seconds(count):
    return asyncio.get_running_loop().time() + count


async def begun(*coroutines):
    """Return tasks that have run until they wait."""
    tasks = [asyncio.create_task(one) for one in coroutines]

    async def nothing():
        pass

    # Tasks begin in the order in which they are made.
    await asyncio.create_task(nothing())
    return tasks


async def test_a_turn_that_is_free_is_taken_without_waiting():
    turns = Turns(2)

    assert [turns.take_now() for _ in range(3)] == [True, True, False]

    turns.give_back()

    assert [turns.take_now() for _ in range(2)] == [True, False]


async def test_turns_are_handed_over_in_the_order_of_asking():
    turns, order = Turns(2), []
    assert turns.take_now()
    assert turns.take_now()

    async def walk(number):
        await turns.take(seconds(10))
        order.append(number)
        turns.give_back()

    walkers = await begun(*map(walk, range(20)))
    turns.give_back()
    turns.give_back()
    async with asyncio.timeout(10):
        await asyncio.gather(*walkers)

    assert order == list(range(20))


async def test_a_turn_given_back_is_the_longest_waiter_s_and_not_that_of_who_asks_first_afterwards():
    turns = Turns(1)
    turns.take_now()
    (longest,) = await begun(turns.take(seconds(10)))

    turns.give_back()

    assert not turns.take_now()
    await longest


@pytest.mark.parametrize("leaves_first", [True, False])
async def test_a_turn_goes_past_somebody_who_leaves_as_it_is_given_back(leaves_first):
    turns = Turns(1)
    turns.take_now()
    leaving, staying = await begun(turns.take(seconds(10)), turns.take(seconds(10)))

    for step in (leaving.cancel, turns.give_back) if leaves_first else (turns.give_back, leaving.cancel):
        step()
    async with asyncio.timeout(10):
        await staying

    assert leaving.cancelled()
    assert not turns.take_now()


async def test_waiting_takes_no_longer_than_there_is_time_whatever_the_others_have():
    turns = Turns(1)
    turns.take_now()
    long, short, middling = (asyncio.create_task(turns.take(seconds(count))) for count in (60, 0.01, 0.02))

    async with asyncio.timeout(10):
        ended = await asyncio.gather(short, middling, return_exceptions=True)
    turns.give_back()
    async with asyncio.timeout(10):
        await long

    assert [type(error) for error in ended] == [TimeoutError, TimeoutError]
    assert not turns.take_now()


async def test_no_time_that_passes_ends_somebody_who_was_handed_a_turn_before():
    turns = Turns(1)
    turns.take_now()
    soon = seconds(0.02)
    one, other = await begun(turns.take(soon), turns.take(soon))

    turns.give_back()
    with pytest.raises(TimeoutError):
        await other
    await one


class Walkers:
    """Some who ask for turns, keep them for a while, and leave now or then."""

    def __init__(self, count):
        self.count = count
        self.turns = Turns(count)
        self.holding = []
        self.ready = []
        self.tasks = []

    async def ask(self, _):
        self.ready.append(asyncio.Event())
        self.tasks.append(asyncio.create_task(self._walk(self.ready[-1])))

    async def leave(self, which):
        self.tasks[which % len(self.tasks)].cancel()

    async def end(self, which):
        self.ready[which % len(self.ready)].set()

    async def wait(self, _):
        """Give the others one turn of the event loop, so that a step may come in between."""
        await asyncio.sleep(0)

    def have_settled(self):
        """Tell whether all who were to leave or to end have, and the others hold all turns that they can."""
        left = [task for task in self.tasks if not task.done()]
        under_way = any(task.cancelling() for task in left) or any(ready.is_set() for ready in self.holding)
        return not under_way and len(self.holding) == min(self.count, len(left))

    async def _walk(self, ready):
        await self.turns.take(seconds(3600))
        self.holding.append(ready)
        try:
            await ready.wait()
        finally:
            self.holding.remove(ready)
            self.turns.give_back()


STEPS = st.tuples(st.sampled_from(["ask", "leave", "end", "wait"]), st.integers(0, 3))


@settings(max_examples=500, deadline=None)
@given(count=st.integers(1, 3), steps=st.lists(STEPS, max_size=40))
def test_no_turn_is_lost_or_doubled_whoever_leaves_and_when(count, steps):
    async def play():
        walkers = Walkers(count)
        for step, which in [("ask", 0), *steps]:
            await getattr(walkers, step)(which)
            assert len(walkers.holding) <= count
        await until(walkers.have_settled, seconds=2)
        for ready in walkers.ready:
            ready.set()
        async with asyncio.timeout(2):
            await asyncio.gather(*walkers.tasks, return_exceptions=True)

        assert [walkers.turns.take_now() for _ in range(count + 1)] == [True] * count + [False]

    asyncio.run(play())
