"""Child processes of the stage and of the demo: none outlives us."""

import asyncio
import ctypes
import signal
import sys
from collections.abc import Callable

STOP_SECONDS = 10.0

_PR_SET_PDEATHSIG = 1


def dies_with_us() -> Callable[[], object] | None:
    """Return what makes a child end with us even if we are killed; nothing where there is no Linux."""
    if sys.platform != "linux":
        return None
    prctl = ctypes.CDLL(None).prctl
    return lambda: prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


async def end(process: asyncio.subprocess.Process) -> None:
    """Tell a child to stop, and wait until it has; one that does not is killed."""
    if process.returncode is not None:
        return
    process.terminate()
    try:
        async with asyncio.timeout(STOP_SECONDS):
            await process.wait()
    except TimeoutError:
        process.kill()
        await process.wait()
