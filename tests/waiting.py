"""Waiting for something of another process, or of a twin: a look now and then, and never for ever."""

import asyncio
from collections.abc import Callable


async def until(condition: Callable[[], object], *, seconds: float = 15) -> None:
    """Wait until the condition holds. Raises `TimeoutError`."""
    async with asyncio.timeout(seconds):
        while not condition():
            await asyncio.sleep(0.005)
