"""Look-ups that have no bulk form: a call a key, a bounded number side by side."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Iterator
from typing import TypeVar

from upstreams.errors import UpstreamError
from upstreams.records import Failure

Key = TypeVar("Key")
Answer = TypeVar("Answer")


async def one_by_one(
    keys: Iterable[Key], ask: Callable[[Key], Awaitable[Answer]], *, concurrency: int
) -> dict[Key, Answer | Failure]:
    """Return one answer for each key, asked for once; an `UpstreamError` of one is its own failure.

    As many walkers as calls may be in flight share the list, so that a long one leaves turns to other
    requests. The caller is one of them, so that a single key takes no task and no further turns of the loop.
    """
    distinct = list(dict.fromkeys(keys))
    waiting = iter(distinct)
    answers: dict[Key, Answer | Failure] = {}
    async with asyncio.TaskGroup() as walkers:
        for _ in range(1, min(concurrency, len(distinct))):
            walkers.create_task(_walk(waiting, ask, answers))
        await _walk(waiting, ask, answers)
    return answers


async def _walk(
    waiting: Iterator[Key],
    ask: Callable[[Key], Awaitable[Answer]],
    answers: dict[Key, Answer | Failure],
) -> None:
    for key in waiting:
        try:
            answers[key] = await ask(key)
        except UpstreamError as error:
            answers[key] = error.failure()
