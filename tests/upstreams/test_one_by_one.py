"""Look-ups by one call a key: each key once, so many side by side, and all ended with who asked."""

import asyncio

import pytest
from waiting import until

from upstreams.errors import TimedOut
from upstreams.one_by_one import one_by_one
from upstreams.records import System


class Service:
    """Answers each key after a turn of the event loop, and counts who asks side by side."""

    def __init__(self):
        self.asked = []
        self.at_once = self.most_at_once = 0

    async def answer(self, key):
        self.asked.append(key)
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        try:
            await self._say(key)
        finally:
            self.at_once -= 1
        return f"answer to {key}"

    async def _say(self, key):
        await asyncio.sleep(0)
        if key == "late":
            raise TimedOut(System.DELIUS, None)
        if key == "never":
            await asyncio.Event().wait()


@pytest.mark.parametrize(("keys", "concurrency"), [([], 3), (["a"], 3), (["a", "b"], 3), ([*"abcdefgh"], 3)])
async def test_every_key_has_its_answer_by_as_many_calls_side_by_side_as_allowed(keys, concurrency):
    service = Service()

    answers = await one_by_one([*keys, *keys], service.answer, concurrency=concurrency)

    assert answers == {key: f"answer to {key}" for key in keys}
    assert sorted(service.asked) == keys
    assert service.most_at_once == min(len(keys), concurrency)


@pytest.mark.parametrize("keys", [["late"], ["a", "late", "b"]])
async def test_a_call_that_fails_is_the_failure_of_its_own_key(keys):
    answers = await one_by_one(keys, Service().answer, concurrency=2)

    assert answers.pop("late") == TimedOut(System.DELIUS, None).failure()
    assert answers == {key: f"answer to {key}" for key in keys if key != "late"}


@pytest.mark.parametrize("keys", [["never"], ["never", "a", "b"], ["a", "b", "never"]])
async def test_whoever_leaves_ends_the_calls_that_are_under_way(keys):
    service = Service()
    asking = asyncio.create_task(one_by_one(keys, service.answer, concurrency=2))
    await until(lambda: "never" in service.asked and service.at_once == 1)

    asking.cancel()
    await asyncio.gather(asking, return_exceptions=True)

    assert asking.cancelled()
    assert service.at_once == 0
