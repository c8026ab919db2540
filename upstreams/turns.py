"""Waiting for a turn: never longer than there is time."""

import asyncio


async def take_turn(turns: asyncio.Semaphore, until: float) -> None:
    """Take a turn; whoever took it releases it. Raises `TimeoutError`."""
    if turns.locked():
        async with asyncio.timeout_at(until):
            await turns.acquire()
    else:
        # This does not wait, and needs no timer.
        await turns.acquire()
