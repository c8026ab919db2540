"""Turns: a number of them, in the order of asking, and never waited for longer than there is time."""

import asyncio
import math
from collections import OrderedDict

from upstreams.alarm import Alarm


class Turns:
    """So many turns. One that is given back goes straight to whoever has waited longest.

    `asyncio.Semaphore` under `asyncio.timeout_at` does the same, at a tenth of the time of a gateway whose
    calls all wait.
    """

    def __init__(self, count: int) -> None:
        self._loop = asyncio.get_running_loop()
        self._free = count
        self._waiting: OrderedDict[asyncio.Future[None], float] = OrderedDict()
        self._alarm = Alarm(self._end)

    def take_now(self) -> bool:
        """Take a turn if one is free; whoever took it gives it back."""
        if not self._free:
            return False
        self._free -= 1
        return True

    async def take(self, until: float) -> None:
        """Take a turn as soon as there is one. Raises `TimeoutError`."""
        if self.take_now():
            return
        handed = self._loop.create_future()
        self._waiting[handed] = until
        self._alarm.by(until)
        try:
            await handed
        except asyncio.CancelledError:
            self._waiting.pop(handed, None)
            if not handed.cancelled() and handed.exception() is None:
                # It was handed over already, and this one does not need it any more.
                self.give_back()
            raise
        finally:
            # What it may have failed with holds this frame.
            del handed

    def give_back(self) -> None:
        """Give a turn back, for the next."""
        while self._waiting:
            handed, _ = self._waiting.popitem(last=False)
            if not handed.done():
                handed.set_result(None)
                return
        self._free += 1

    def _end(self, now: float) -> None:
        for handed in [one for one, until in self._waiting.items() if until <= now]:
            del self._waiting[handed]
            if not handed.done():
                handed.set_exception(TimeoutError())
        self._alarm.by(min(self._waiting.values(), default=math.inf))
