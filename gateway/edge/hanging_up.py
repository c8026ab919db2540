"""A caller that hangs up: nobody is asked for what nobody reads."""

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

from starlette.types import Receive

from gateway.edge.body import HungUp

T = TypeVar("T")

PATIENCE_SECONDS = 0.05
"""Work that takes no longer is done whoever still waits: to watch would cost more than it saves."""


async def unless_gone(receive: Receive, work: Coroutine[Any, Any, T]) -> T:
    """Do the work, or give it up when the caller hangs up. Raises `HungUp`."""
    working = asyncio.current_task()
    assert working is not None
    watch = _Watch(receive, working)
    waiting = asyncio.get_running_loop().call_later(PATIENCE_SECONDS, watch.start)
    try:
        return await work
    except asyncio.CancelledError:
        if watch.saw_them_go:
            working.uncancel()
            raise HungUp from None
        raise
    finally:
        waiting.cancel()
        await watch.stop()


class _Watch:
    """Waits for the caller to hang up, and then cancels the work."""

    def __init__(self, receive: Receive, working: asyncio.Task[Any]) -> None:
        self.saw_them_go = False
        self._receive = receive
        self._working = working
        self._watching: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin to watch."""
        self._watching = asyncio.get_running_loop().create_task(self._watch())

    async def stop(self) -> None:
        """Watch no longer."""
        if self._watching is not None:
            self._watching.cancel()
            await asyncio.gather(self._watching, return_exceptions=True)

    async def _watch(self) -> None:
        while (await self._receive())["type"] != "http.disconnect":
            pass
        self.saw_them_go = True
        self._working.cancel()
