"""Serves an ASGI app on loopback, in the running event loop, for as long as a block lasts."""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Iterator
from typing import Any

import uvicorn

LOOPBACK = "127.0.0.1"


class _Server(uvicorn.Server):
    """A server that leaves signals to its host, and stops within a moment."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


@contextlib.asynccontextmanager
async def serving(app: Any, *, port: int = 0) -> AsyncIterator[str]:
    """Serve the app and yield its base URL; answers still under way at the end are cancelled."""
    # Answers cut on purpose look like faults of the app to uvicorn, which would log each of them as an error.
    config = uvicorn.Config(
        app,
        log_config=None,
        log_level="critical",
        access_log=False,
        lifespan="off",
        ws="none",
        timeout_graceful_shutdown=0,
        timeout_keep_alive=60,
        server_header=False,
    )
    with listening(port) as listener:
        server = _Server(config)
        running = asyncio.create_task(server.serve(sockets=[listener]))
        try:
            yield f"http://{LOOPBACK}:{listener.getsockname()[1]}"
        finally:
            server.should_exit = True
            await running
            await asyncio.gather(*server.server_state.tasks, return_exceptions=True)


@contextlib.contextmanager
def listening(port: int = 0) -> Iterator[socket.socket]:
    """Yield a socket that listens on loopback: on a free port where none is given."""
    # asyncio switches Nagle off only where the protocol is named; with it each answer takes 40 ms more.
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP) as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((LOOPBACK, port))
        listener.listen(512)
        listener.setblocking(False)
        yield listener
