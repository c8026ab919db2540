"""Kept-alive connections to one service, as many as are allowed, closed in the end (ADR 14)."""

import asyncio
import math
import ssl
from functools import cache, partial
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit

from upstreams.alarm import Alarm
from upstreams.exchanges import Connection
from upstreams.http1 import ConnectionFailed, Reply, Request, RequestWriter
from upstreams.mutual_tls import ClientCertificate
from upstreams.turns import Turns

KEPT_SECONDS = 15.0
"""How long a free connection is good: what stands between may forget an older one without a word."""
CLOSING_SECONDS = 5.0
"""How long the event loop is waited for to close sockets, in the end."""


class CannotConnect(ConnectionFailed):
    """No connection could be made."""


class Connections:
    """Connections under a base URL.

    Redirects are not followed and the environment's proxies are ignored, so that no token reaches another
    host; nothing compressed is asked for, and cookies are not kept.
    The connection used last is used first, so that those which are not needed grow old and are dropped.
    """

    def __init__(
        self,
        base_url: str,
        *,
        limit: int,
        certificate: ClientCertificate | None = None,
        kept_seconds: float = KEPT_SECONDS,
    ) -> None:
        url = urlsplit(base_url)
        self._secure = url.scheme == "https"
        self._host = url.hostname or ""
        self._port = url.port or (443 if self._secure else 80)
        self.writer = RequestWriter(url)
        self._certificate = certificate
        self._loop = asyncio.get_running_loop()
        self._kept_seconds = kept_seconds
        self._closed = False
        self._places = Turns(limit)
        self._waiting = 0
        self._open: set[Connection] = set()
        self._free: list[Connection] = []
        self._alarm = Alarm(self._end)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        self._closed = True
        self._alarm.off()
        leaving = list(self._open)
        for connection in leaving:
            connection.fail(ConnectionFailed("closed by us"))
        if leaving:
            await asyncio.wait([connection.gone for connection in leaving], timeout=CLOSING_SECONDS)

    async def exchange(
        self, request: Request, *, at_most: int, until: float, bearer: str | None = None
    ) -> Reply:
        """Send a request and return its answer; `until` is on the event loop's clock.

        It is sent once more, on a new connection, where the first one broke: a kept one may have been closed
        meanwhile, and every request here is one that may be sent again. `at_most` bounds the body of a 200.
        Raises `CannotConnect`, `ConnectionFailed` and `TimeoutError`.
        """
        written = request.written(bearer)
        connection = self._kept() or await self._another(until)
        self._alarm.by(until)
        answer = connection.send(written, at_most, until)
        try:
            return await answer
        except ConnectionFailed:
            connection = await self._another(until)
            self._alarm.by(until)
            answer = connection.send(written, at_most, until)
            return await answer
        finally:
            connection.leave(answer)
            # What it may have failed with holds this frame, and the request with it.
            del answer

    def freed(self, connection: Connection) -> None:
        """Hear of one that can be used again."""
        if self._waiting:
            # Whoever waits does so for a connection of their own.
            connection.fail(ConnectionFailed("in the place of another"))
        else:
            self._free.append(connection)

    def dropped(self, connection: Connection) -> None:
        """Hear of one that cannot."""
        if connection in self._free:
            self._free.remove(connection)

    def _ended(self, connection: Connection, _: object) -> None:
        self._open.discard(connection)
        self._places.give_back()

    def _kept(self) -> Connection | None:
        """Return the free connection that was used last, if it is still good."""
        if not self._free:
            return None
        context, oldest = self._context(), self._loop.time() - self._kept_seconds
        while self._free:
            connection = self._free[-1]
            if connection.context is context and connection.free_since > oldest:
                return self._free.pop()
            connection.fail(ConnectionFailed("too old"))
        return None

    def _context(self) -> ssl.SSLContext | None:
        """Return what a connection has to be made with now: a new certificate has a context of its own."""
        if self._certificate is not None:
            return self._certificate.context
        return _believing_the_usual() if self._secure else None

    async def _another(self, until: float) -> Connection:
        """Return a new connection, as soon as one more may be open."""
        self._waiting += 1
        try:
            await self._places.take(until)
        finally:
            self._waiting -= 1
        connection = Connection(self, self._context())
        try:
            await self._connect(connection, until)
        except BaseException:
            # The event loop need not tell a connection of its end that it has not handed over.
            connection.fail(ConnectionFailed("not connected"))
            self._places.give_back()
            raise
        self._open.add(connection)
        connection.gone.add_done_callback(partial(self._ended, connection))
        if self._closed:
            connection.fail(ConnectionFailed("closed by us"))
        return connection

    async def _connect(self, connection: Connection, until: float) -> None:
        try:
            async with asyncio.timeout_at(until):
                await self._loop.create_connection(
                    lambda: connection, self._host, self._port, ssl=connection.context
                )
        except TimeoutError:
            raise
        except OSError as error:
            raise CannotConnect("no connection could be made") from error

    def _end(self, now: float) -> None:
        """End the exchanges that have to be over now."""
        for connection in [one for one in self._open if one.busy and one.until <= now]:
            connection.fail(TimeoutError())
        self._alarm.by(min([one.until for one in self._open if one.busy], default=math.inf))


@cache
def _believing_the_usual() -> ssl.SSLContext:
    return ssl.create_default_context()
