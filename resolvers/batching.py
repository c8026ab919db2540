"""Batches: whole lists of keys, loaded together where they are asked for in one turn of the event loop.

aiodataloader makes a future for each key, which for a thousand people costs more than all the rest of their
request; here a list has one (ADR 0015).
"""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Generator, Mapping, Sequence
from typing import Any, Generic, TypeVar

Key = TypeVar("Key")
Answer = TypeVar("Answer")


class Batches(Generic[Key, Answer]):
    """The batches of one request for one kind of key: each key is asked for once.

    `load` returns an answer for every key, failures included. It never raises, and answers also when it is
    cancelled: whoever waits for a key would go without.
    """

    def __init__(self, load: Callable[[Sequence[Key]], Awaitable[Mapping[Key, Answer]]]) -> None:
        self._load = load
        self._batch_of: dict[Key, asyncio.Task[Mapping[Key, Answer]]] = {}
        self._gathering: dict[Key, None] = {}
        self._next: asyncio.Task[Mapping[Key, Answer]] | None = None

    def many(self, keys: Collection[Key]) -> Awaitable[Mapping[Key, Answer]]:
        """Ask for these keys now; what is returned waits for their answers, perhaps among others."""
        new = [key for key in keys if key not in self._batch_of]
        if new:
            if self._next is None:
                # It starts in the loop's next turn, and takes along what is asked for until then.
                self._next = asyncio.get_running_loop().create_task(self._run())
            self._gathering.update(dict.fromkeys(new))
            self._batch_of.update(dict.fromkeys(new, self._next))
        return _Answers({self._batch_of[key] for key in keys})

    def close(self) -> None:
        """Give up what is still under way."""
        for batch in set(self._batch_of.values()):
            batch.cancel()

    async def _run(self) -> Mapping[Key, Answer]:
        keys, self._gathering, self._next = list(self._gathering), {}, None
        return await self._load(keys)


class _Answers(Awaitable[Mapping[Key, Answer]]):
    """What the batches answer; nobody has to wait for it, as they would for a coroutine."""

    def __init__(self, batches: set[asyncio.Task[Mapping[Key, Answer]]]) -> None:
        self._batches = batches

    def __await__(self) -> Generator[Any, None, Mapping[Key, Answer]]:
        # Shielded: one waiter's cancellation would cancel the batch, and with it every other waiter.
        if len(self._batches) == 1:
            (only,) = self._batches
            return (yield from asyncio.shield(only).__await__())
        answers: dict[Key, Answer] = {}
        for batch in self._batches:
            answers |= yield from asyncio.shield(batch).__await__()
        return answers
