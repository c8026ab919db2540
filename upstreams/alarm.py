"""One timer for many ends, because to set one for each costs a tenth of a whole call."""

import asyncio
import math
from collections.abc import Callable


class Alarm:
    """Rings at the earliest of the times that it was set to; whoever hears it says which is the next."""

    def __init__(self, ring: Callable[[float], None]) -> None:
        self._loop = asyncio.get_running_loop()
        self._ring = ring
        self._timer: asyncio.TimerHandle | None = None
        self._at = math.inf

    def by(self, at: float) -> None:
        """See to it that it rings then, or before; `at` is on the event loop's clock."""
        if at < self._at:
            self.off()
            self._timer, self._at = self._loop.call_at(at, self._rung), at

    def off(self) -> None:
        """Let it not ring."""
        if self._timer is not None:
            self._timer.cancel()
        self._timer, self._at = None, math.inf

    def _rung(self) -> None:
        self._timer, self._at = None, math.inf
        self._ring(self._loop.time())
