"""Turns are taken in the order of asking, by no more than there are, and none is ever lost."""

import asyncio

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from upstreams.turns import Turns


def seconds(count):
    return asyncio.get_running_loop().time() + count


async def settled():
    for _ in range(5):
        await asyncio.sleep(0)


async def test_a_turn_that_is_free_is_taken_without_waiting():
    turns = Turns(2)

    assert [turns.take_now() for _ in range(3)] == [True, True, False]

    turns.give_back()

    assert [turns.take_now() for _ in range(2)] == [True, False]


async def test_turns_are_handed_over_in_the_order_of_asking():
    turns, order = Turns(2), []

    async def walk(number):
        await turns.take(seconds(10))
        order.append(number)
        await asyncio.sleep(0)
        turns.give_back()

    async with asyncio.timeout(10), asyncio.TaskGroup() as walkers:
        for number in range(20):
            walkers.create_task(walk(number))

    assert order == list(range(20))


async def test_a_turn_given_back_is_the_longest_waiter_s_and_not_that_of_who_asks_first_afterwards():
    turns = Turns(1)
    turns.take_now()
    waiting = asyncio.create_task(turns.take(seconds(10)))
    await settled()

    turns.give_back()

    assert not turns.take_now()
    await waiting


async def test_a_turn_handed_to_somebody_who_leaves_at_that_moment_goes_on_to_the_next():
    turns = Turns(1)
    turns.take_now()
    leaving, staying = (asyncio.create_task(turns.take(seconds(10))) for _ in range(2))
    await settled()

    turns.give_back()
    leaving.cancel()
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
    until = seconds(0.02)
    one, other = (asyncio.create_task(turns.take(until)) for _ in range(2))
    await settled()

    turns.give_back()
    with pytest.raises(TimeoutError):
        await other
    await one


async def test_a_turn_given_back_goes_past_somebody_who_has_just_left():
    turns = Turns(1)
    turns.take_now()
    leaving, staying = (asyncio.create_task(turns.take(seconds(10))) for _ in range(2))
    await settled()

    leaving.cancel()
    turns.give_back()
    async with asyncio.timeout(10):
        await staying

    assert leaving.cancelled()
    assert not turns.take_now()


class Walkers:
    """Some who ask for turns, keep them for a while, and leave now or then."""

    def __init__(self, count):
        self.turns = Turns(count)
        self.holding = 0
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
        await asyncio.sleep(0)

    async def _walk(self, ready):
        await self.turns.take(seconds(3600))
        self.holding += 1
        try:
            await ready.wait()
        finally:
            self.holding -= 1
            self.turns.give_back()


STEPS = st.tuples(st.sampled_from(["ask", "leave", "end", "wait"]), st.integers(0, 3))


@settings(max_examples=500, deadline=None)
@given(count=st.integers(1, 3), steps=st.lists(STEPS, max_size=40))
def test_no_turn_is_lost_or_doubled_whoever_leaves_and_when(count, steps):
    async def play():
        walkers = Walkers(count)
        for step, which in [("ask", 0), *steps]:
            await getattr(walkers, step)(which)
            assert walkers.holding <= count
        for _ in walkers.tasks:
            await settled()
        left = [task for task in walkers.tasks if not task.done()]
        held = walkers.holding
        for ready in walkers.ready:
            ready.set()
        async with asyncio.timeout(2):
            await asyncio.gather(*walkers.tasks, return_exceptions=True)

        assert held == min(count, len(left))
        assert [walkers.turns.take_now() for _ in range(count + 1)] == [True] * count + [False]

    asyncio.run(play())
