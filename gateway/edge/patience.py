"""How long a request is read, and worked on for a caller who may have gone.

Most requests are whole at once, and answered in a few milliseconds. One timer looks now and then after those
that are not: to set one for each, and to watch each for a hang-up, would cost more than it saves.
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


class Watch:
    """The requests under way, and the one timer that looks after all of them."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.loop = loop
        self._under_way: set[Patience] = set()
        self._is_set = False

    def begin(self, patience: "Patience") -> None:
        """Look after a request."""
        self._under_way.add(patience)
        if not self._is_set:
            self._set()

    def end(self, patience: "Patience") -> None:
        """Look after it no longer."""
        self._under_way.discard(patience)

    def _set(self) -> None:
        self._is_set = True
        self.loop.call_later(AT_ONCE_SECONDS, self._look)

    def _look(self) -> None:
        self._is_set = False
        now = self.loop.time()
        for patience in [one for one in self._under_way if one.since <= now - AT_ONCE_SECONDS]:
            patience.look(now)
        if self._under_way:
            self._set()


class Patience:
    """Looks after one request, from its head to its answer, in the task that answers it.

    Raises `NotWhole`, and `HungUp` where the caller hangs up while it is worked on: nobody is asked for what
    nobody reads.
    """

    def __init__(self, watch: Watch, receive: Receive, deadline: Deadline) -> None:
        self._watch = watch
        self._receive = receive
        self._deadline = deadline
        self._is_whole = False
        self._gave_up: type[BaseException] | None = None
        self._watching: asyncio.Task[None] | None = None
        self._working = asyncio.current_task(watch.loop)
        self.since = watch.loop.time()
        watch.begin(self)

    def is_whole(self) -> None:
        """Hear that the request has been read."""
        self._is_whole = True

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        self._watch.end(self)
        if self._watching is not None:
            self._watching.cancel()
        if self._gave_up is not None:
            # What cancelled the task came from here, and ends here.
            assert self._working is not None
            self._working.uncancel()
            if kind is asyncio.CancelledError:
                raise self._gave_up from error

    def look(self, now: float) -> None:
        """Look whether it goes on for too long, or for nobody."""
        if self._watching is not None:
            return
        if self._is_whole:
            self._watching = self._watch.loop.create_task(self._hang_up())
        elif now >= self._deadline.at:
            self._give_up(NotWhole)

    async def _hang_up(self) -> None:
        while (await self._receive())["type"] != "http.disconnect":
            pass
        self._give_up(HungUp)

    def _give_up(self, reason: type[BaseException]) -> None:
        assert self._working is not None
        if self._gave_up is None:
            self._gave_up = reason
            self._working.cancel()
