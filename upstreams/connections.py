"""Kept-alive connections to one service, as many as are allowed, closed in the end (ADR 14)."""

import asyncio
import functools
import math
import ssl
from collections.abc import Mapping
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit

from upstreams.exchanges import Connection
from upstreams.http1 import ConnectionFailed, Reply, RequestWriter
from upstreams.mutual_tls import ClientCertificate
from upstreams.turns import take_turn

KEPT_SECONDS = 15.0
"""How long a free connection is good: what stands between may forget an older one without a word."""


class CannotConnect(ConnectionFailed):
    """No connection could be made."""


class Connections:
    """Connections under a base URL.

    Redirects are not followed and the environment's proxies are ignored, so that no token reaches another
    host; nothing compressed is asked for, and cookies are not kept.
    The connection used last is used first, so that those which are not needed grow old and are dropped.
    """

    def __init__(self, base_url: str, *, limit: int, certificate: ClientCertificate | None = None) -> None:
        url = urlsplit(base_url)
        self._secure = url.scheme == "https"
        self._host = url.hostname or ""
        self._port = url.port or (443 if self._secure else 80)
        self._writer = RequestWriter(url)
        self._certificate = certificate
        self._loop = asyncio.get_running_loop()
        self._closed = False
        self._room = asyncio.Semaphore(limit)
        self._open: set[Connection] = set()
        self._free: list[Connection] = []
        self._alarm: asyncio.TimerHandle | None = None
        self._alarm_at = math.inf

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        self._closed = True
        if self._alarm is not None:
            self._alarm.cancel()
        leaving = list(self._open)
        for connection in leaving:
            connection.fail(ConnectionFailed("closed by us"))
        await asyncio.gather(*(connection.gone for connection in leaving))

    async def request(  # noqa: PLR0913 - one request, all by keyword but where it goes
        self,
        method: str,
        path: str,
        *,
        headers: Mapping[str, str],
        at_most: int,
        until: float,
        query: Mapping[str, str | int] | None = None,
        body: bytes | None = None,
        anew: bool = False,
    ) -> Reply:
        """Send a request and return its answer; `anew` on a connection that nobody used before.

        `until` is on the event loop's clock, and `at_most` bounds the body of a 200.
        Raises `CannotConnect`, `ConnectionFailed` and `TimeoutError`.
        """
        request = self._writer.write(method, path, headers=headers, query=query, body=body)
        await take_turn(self._room, until)
        try:
            connection = (None if anew else self._kept()) or await self._connected(until)
            if until < self._alarm_at:
                self._wake_at(until)
            return await connection.exchange(request, at_most=at_most, until=until)
        finally:
            self._room.release()

    def opened(self, connection: Connection) -> None:
        """Hear of a connection that is there."""
        self._open.add(connection)
        connection.gone.add_done_callback(lambda _: self._open.discard(connection))
        if self._closed:
            connection.fail(ConnectionFailed("closed by us"))

    def freed(self, connection: Connection) -> None:
        """Hear of one that can be used again."""
        self._free.append(connection)

    def dropped(self, connection: Connection) -> None:
        """Hear of one that cannot."""
        if connection in self._free:
            self._free.remove(connection)

    def _kept(self) -> Connection | None:
        """Return the free connection that was used last, if it is still good."""
        if not self._free:
            return None
        context, oldest = self._context(), self._loop.time() - KEPT_SECONDS
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

    async def _connected(self, until: float) -> Connection:
        context = self._context()
        try:
            async with asyncio.timeout_at(until):
                _, connection = await self._loop.create_connection(
                    lambda: Connection(self, context), self._host, self._port, ssl=context
                )
        except TimeoutError:
            raise
        except OSError as error:
            raise CannotConnect("no connection could be made") from error
        return connection

    def _wake_at(self, until: float) -> None:
        """See to it that an exchange which has to be over then will be.

        One timer serves all that are under way, because to set one costs a tenth of a whole call.
        """
        if self._alarm is not None:
            self._alarm.cancel()
        self._alarm, self._alarm_at = self._loop.call_at(until, self._wake), until

    def _wake(self) -> None:
        self._alarm, self._alarm_at = None, math.inf
        now = self._loop.time()
        for connection in [one for one in self._open if one.busy and one.until <= now]:
            connection.fail(TimeoutError())
        left = [connection.until for connection in self._open if connection.busy]
        if left:
            self._wake_at(min(left))


@functools.cache
def _believing_the_usual() -> ssl.SSLContext:
    return ssl.create_default_context()
