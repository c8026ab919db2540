"""Look-ups that have no bulk form: each key once, as many side by side as may be in flight."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Sequence
from typing import TypeVar

from upstreams.errors import UpstreamError
from upstreams.records import Failure

Key = TypeVar("Key")
Answer = TypeVar("Answer")


async def one_by_one(
    keys: Sequence[Key], ask: Callable[[Key], Awaitable[Answer]], *, concurrency: int
) -> dict[Key, Answer | Failure]:
    """Return the answer for each key; an `UpstreamError` of one is its failure, and nobody else's.

    As many walkers as calls may be in flight share the list, so that a long one leaves turns to other
    requests.
    """
    answers: dict[Key, Answer | Failure] = {}
    waiting = iter(keys)

    async def walk(waiting: Iterator[Key]) -> None:
        for key in waiting:
            try:
                answers[key] = await ask(key)
            except UpstreamError as error:
                answers[key] = error.failure()

    async with asyncio.TaskGroup() as walkers:
        for _ in range(min(concurrency, len(keys))):
            walkers.create_task(walk(waiting))
    return answers
