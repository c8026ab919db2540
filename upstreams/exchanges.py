"""One connection, and one exchange at a time on it: a request out, its answer in (ADR 14).

What must never happen is that an answer reaches another request than its own. A connection is free again
only after an answer that was whole, asked to be kept alive and had nothing behind it; whatever else happens
to an exchange (an error, a cancelled waiter, time that is up) ends the connection with it.
"""

import asyncio
import ssl
from typing import Any, Protocol

from upstreams.http1 import AnswerReader, ConnectionFailed, Reply


class Keeper(Protocol):
    """Who keeps connections."""

    def freed(self, connection: "Connection") -> None:
        """Hear of one that can be used again."""

    def dropped(self, connection: "Connection") -> None:
        """Hear of one that cannot."""


class Connection(asyncio.BufferedProtocol):
    """A connection: free, in one exchange, or ended."""

    def __init__(self, keeper: Keeper, context: ssl.SSLContext | None) -> None:
        self.context = context
        self._keeper = keeper
        self._loop = asyncio.get_running_loop()
        self._reader = AnswerReader()
        self._transport: asyncio.Transport | None = None
        self._answer: asyncio.Future[Reply] | None = None
        self.until = 0.0
        """When the exchange under way has to be over."""
        self.free_since = 0.0
        self.gone = self._loop.create_future()

    @property
    def busy(self) -> bool:
        """Tell whether somebody waits for an answer."""
        return self._answer is not None

    def send(self, request: bytes, at_most: int, until: float) -> asyncio.Future[Reply]:
        """Send a request and return its answer, which fails with `ConnectionFailed`, or as it is failed.

        Whoever stops waiting for it leaves it.
        """
        assert self._answer is None
        answer: asyncio.Future[Reply] = self._loop.create_future()
        if self._transport is None:
            answer.set_exception(ConnectionFailed("closed"))
            return answer
        self._answer = answer
        self._reader.begin(at_most)
        self.until = until
        self._transport.write(request)
        return answer

    def leave(self, answer: asyncio.Future[Reply]) -> None:
        """Hear that nobody waits for this answer any more: it must not meet the next request."""
        if self._answer is answer:
            self.fail(ConnectionFailed("nobody waits"))

    def fail(self, error: Exception) -> None:
        """End the connection, and the exchange under way with this error."""
        answer, self._answer = self._answer, None
        if self._transport is not None:
            self._keeper.dropped(self)
            self._transport.abort()
            self._transport = None
        if answer is not None and not answer.done():
            answer.set_exception(error)

    def connection_made(self, transport: Any) -> None:
        """Hear from the event loop that the connection is there, and its TLS with it."""
        self._transport = transport

    def get_buffer(self, sizehint: int) -> memoryview:
        """Tell the event loop where to put what arrives."""
        del sizehint
        return self._reader.space()

    def buffer_updated(self, nbytes: int) -> None:
        """Hear from the event loop of some bytes."""
        if self._answer is None:
            self.fail(ConnectionFailed("an answer to nothing"))
            return
        try:
            reply = self._reader.read(nbytes)
        except ConnectionFailed as error:
            self.fail(error)
        else:
            if reply is not None:
                self._answered(reply)

    def eof_received(self) -> None:
        """Hear from the event loop that no more will come."""
        if self._answer is not None:
            try:
                self._answered(self._reader.end())
            except ConnectionFailed as error:
                self.fail(error)
        else:
            self.fail(ConnectionFailed("closed"))

    def connection_lost(self, exc: Exception | None) -> None:
        """Hear from the event loop that the connection is gone."""
        del exc
        self.fail(ConnectionFailed("lost"))
        if not self.gone.done():
            self.gone.set_result(None)

    def _answered(self, reply: Reply) -> None:
        answer, self._answer = self._answer, None
        assert answer is not None
        if self._reader.reusable:
            # A connection that is free for long must not keep what was answered about somebody.
            self._reader.begin(0)
            self.free_since = self._loop.time()
            self._keeper.freed(self)
        else:
            self.fail(ConnectionFailed("not to be used again"))
        if not answer.done():
            answer.set_result(reply)
