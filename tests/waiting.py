"""Waiting for something of another process, or of a twin: a look now and then, and never for ever."""

import asyncio
import inspect
from collections.abc import Awaitable, Callable
from typing import Any


async def until(condition: Callable[[], Any | Awaitable[Any]], *, seconds: float = 15) -> None:
    """Wait until the condition holds, looked at at once or awaited. Raises `TimeoutError`."""
    async with asyncio.timeout(seconds):
        while True:
            held = condition()
            if await held if inspect.isawaitable(held) else held:
                return
            await asyncio.sleep(0.01)
