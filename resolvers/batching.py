"""Batches: whole lists of keys, loaded together where they are asked for in one turn of the event loop.

aiodataloader makes a future for each key, which for a thousand people costs more than all the rest of their
request; here each who waits for a list has one (ADR 15).
"""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Generator, Iterable, Mapping, Sequence
from contextlib import suppress
from typing import Any, Generic, TypeAlias, TypeVar

Key = TypeVar("Key")
Answer = TypeVar("Answer")


class _Batch(Awaitable[Mapping[Key, Answer]]):
    """Keys that are loaded together, and who waits for their answers."""

    __slots__ = ("_loop", "answers", "keys", "task", "waiting")

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self.keys: dict[Key, None] = {}
        self.answers: Mapping[Key, Answer] | None = None
        self.waiting: list[asyncio.Future[None]] = []
        self.task: asyncio.Task[None] | None = None

    def __await__(self) -> Generator[Any, None, Mapping[Key, Answer]]:
        """Wait, each by a future of their own: who is cancelled cancels nobody else, and no batch."""
        if self.answers is None:
            assert self.task is not None
            if not self.task.done():
                waiter = self._loop.create_future()
                self.waiting.append(waiter)
                yield from waiter
            if self.answers is None:
                raise asyncio.CancelledError
        return self.answers


class _Several(Awaitable[Mapping[Key, Answer]]):
    """The answers of several batches."""

    def __init__(self, batches: Iterable[_Batch[Key, Answer]]) -> None:
        self._batches = batches

    def __await__(self) -> Generator[Any, None, Mapping[Key, Answer]]:
        answers: dict[Key, Answer] = {}
        for batch in self._batches:
            answers |= yield from batch.__await__()
        return answers


Load: TypeAlias = Callable[[Sequence[Key]], Awaitable[Mapping[Key, Answer]]]
"""Returns an answer for every key, failures included. It never raises."""


class Batches(Generic[Key, Answer]):
    """The batches of one request for one kind of key: each key is asked for once.

    Who loads is told with the keys, and not kept: a circle of loaders and batches would keep every answer
    until the garbage collector comes.
    """

    __slots__ = ("_batch_of", "_loop", "_next")

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._batch_of: dict[Key, _Batch[Key, Answer]] = {}
        self._next: _Batch[Key, Answer] | None = None

    def many(self, keys: Collection[Key], load: Load[Key, Answer]) -> Awaitable[Mapping[Key, Answer]]:
        """Ask for these keys now; what is returned waits for their answers, perhaps among others."""
        batch_of = self._batch_of
        new = dict.fromkeys(keys if not batch_of else [key for key in keys if key not in batch_of])
        if new:
            batch = self._next
            if batch is None:
                # It starts in the loop's next turn, and takes along what is asked for until then.
                batch = self._next = _Batch(self._loop)
                batch.task = self._loop.create_task(self._run(batch, load))
            batch.keys |= new
            batch_of.update(dict.fromkeys(new, batch))
            if len(new) == len(batch_of):
                return batch
        return _Several({batch_of[key] for key in keys})

    def cancel(self) -> None:
        """Give up what is still under way."""
        if not self._batch_of:
            return
        for batch in set(self._batch_of.values()):
            assert batch.task is not None
            batch.task.cancel()
            if batch is self._next:
                # It never starts, and tells nobody.
                for waiter in batch.waiting:
                    waiter.cancel()

    async def _run(self, batch: _Batch[Key, Answer], load: Load[Key, Answer]) -> None:
        self._next = None
        # Who waits sees by the missing answers that it was cancelled. An error in the task would hold this
        # frame, and so the batch, which holds the task: a circle.
        with suppress(asyncio.CancelledError):
            batch.answers = await load(list(batch.keys))
        for waiter in batch.waiting:
            if not waiter.done():
                waiter.set_result(None)
