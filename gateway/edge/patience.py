"""How long a request is read, and worked on for a caller who may have gone.

Most requests are whole at once, and answered in a few milliseconds. One timer looks after one that is not: to
set a limit for the reading and to watch for a hang-up would cost more than it saves.
"""

import asyncio
from types import TracebackType
from typing import Self

from starlette.types import Receive

from gateway.edge.body import HungUp
from upstreams.deadline import Deadline

AT_ONCE_SECONDS = 0.05
"""Reading and work that take no longer are done whoever still waits."""


class NotWhole(Exception):
    """The request is not whole by its deadline."""


class Patience:
    """Looks after one request, from its head to its answer, in the task that answers it.

    Raises `NotWhole`, and `HungUp` where the caller hangs up while it is worked on: nobody is asked for what
    nobody reads.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop, receive: Receive, deadline: Deadline) -> None:
        self._loop = loop
        self._receive = receive
        self._deadline = deadline
        self._is_whole = False
        self._gave_up: type[BaseException] | None = None
        self._watching: asyncio.Task[None] | None = None
        self._working = asyncio.current_task(loop)
        self._timer: asyncio.TimerHandle = loop.call_later(AT_ONCE_SECONDS, self._look)

    def is_whole(self) -> None:
        """Hear that the request has been read."""
        self._is_whole = True

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        self._timer.cancel()
        if self._watching is not None:
            self._watching.cancel()
        if self._gave_up is not None:
            # What cancelled the task came from here, and ends here.
            assert self._working is not None
            self._working.uncancel()
            if kind is asyncio.CancelledError:
                raise self._gave_up from error

    def _look(self) -> None:
        if self._is_whole:
            self._watching = self._loop.create_task(self._watch())
        elif self._loop.time() >= self._deadline.at:
            self._give_up(NotWhole)
        else:
            self._timer = self._loop.call_at(
                min(self._deadline.at, self._loop.time() + AT_ONCE_SECONDS), self._look
            )

    async def _watch(self) -> None:
        while (await self._receive())["type"] != "http.disconnect":
            pass
        self._give_up(HungUp)

    def _give_up(self, reason: type[BaseException]) -> None:
        assert self._working is not None
        self._gave_up = reason
        self._working.cancel()
