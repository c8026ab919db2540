"""The end of a request's time, handed down to every call that is made for it."""

import asyncio
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Deadline:
    """A point on the event loop's clock, in seconds."""

    at: float

    @classmethod
    def in_seconds(cls, seconds: float) -> "Deadline":
        """Return the deadline so many seconds from now."""
        return cls(asyncio.get_running_loop().time() + seconds)
