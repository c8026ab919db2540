"""A service that answers with bytes as they are, on real sockets of this machine."""

import asyncio
import contextlib
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field

from twins.serving import LOOPBACK

STAYS, CLOSES, RESETS = "stays", "closes", "resets"
"""What becomes of a connection after an answer."""

Answer = Callable[[str, asyncio.StreamWriter], Awaitable[str]]


@dataclass
class Service:
    """Where it listens, and what it saw: the targets asked for, each with the number of its connection."""

    url: str = ""
    opened: int = 0
    open: int = 0
    most_open: int = 0
    asked: list[tuple[str, int]] = field(default_factory=list)

    @property
    def targets(self):
        return [target for target, _ in self.asked]


@contextlib.asynccontextmanager
async def serving_bytes(answer: Answer, *, context: ssl.SSLContext | None = None) -> AsyncIterator[Service]:
    """Serve until the block ends: `answer` writes to one request and says what becomes of its connection."""
    service = Service()
    talking: set[asyncio.Task[None]] = set()

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        service.opened += 1
        service.open += 1
        service.most_open = max(service.most_open, service.open)
        number = service.opened
        try:
            after, early = STAYS, b""
            while after == STAYS:
                target = await target_of(reader, early)
                service.asked.append((target, number))
                after, early = await unless_gone(reader, answer(target, writer))
            if after == RESETS:
                writer.transport.abort()
        except (OSError, asyncio.IncompleteReadError):
            pass
        finally:
            service.open -= 1
            writer.close()

    def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.ensure_future(talk(reader, writer))
        talking.add(task)
        task.add_done_callback(talking.discard)

    server = await asyncio.start_server(connected, LOOPBACK, 0, ssl=context)
    service.url = (
        f"{'http' if context is None else 'https'}://{LOOPBACK}:{server.sockets[0].getsockname()[1]}"
    )
    try:
        yield service
    finally:
        server.close()
        for task in list(talking):
            task.cancel()
        await asyncio.gather(*talking, return_exceptions=True)


async def target_of(reader: asyncio.StreamReader, early: bytes) -> str:
    """Read a request to its end."""
    head = (early + await reader.readuntil(b"\r\n\r\n")).decode()
    for line in head.split("\r\n"):
        if line.startswith("Content-Length: "):
            await reader.readexactly(int(line.removeprefix("Content-Length: ")))
    return head.split(" ")[1]


async def unless_gone(reader: asyncio.StreamReader, answer: Awaitable[str]) -> tuple[str, bytes]:
    """Answer unless the other side hangs up; return what becomes of the connection, and what it said."""
    answering, hearing = asyncio.ensure_future(answer), asyncio.ensure_future(reader.read(1))
    try:
        await asyncio.wait({answering, hearing}, return_when=asyncio.FIRST_COMPLETED)
        if not answering.done() and not hearing.result():
            return CLOSES, b""
        after = await answering
        return after, hearing.result() if hearing.done() else b""
    finally:
        answering.cancel()
        hearing.cancel()
        await asyncio.gather(answering, hearing, return_exceptions=True)


def whole(body: bytes, *, status: str = "200 OK", headers: str = "") -> bytes:
    """Return a whole answer."""
    head = (
        f"HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n{headers}\r\n"
    )
    return head.encode() + body
