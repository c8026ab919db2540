"""uvicorn's protocol, with what it leaves out: bounds on heads and trailers, and upgrades ignored."""

import asyncio
import uuid

import httptools
import msgspec
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

from gateway.edge.body import TooSlow
from gateway.edge.errors import request_errors
from gateway.edge.head import MAX_HEAD_BYTES, HeadTooLarge
from gateway.edge.negotiation import JSON
from gateway.edge.whole_answers import WholeAnswers
from upstreams.errors import BadInput, CallerError


class Wire(HttpToolsProtocol):
    """Reads requests off a connection.

    uvicorn keeps a head, or what trails a chunked body, for as long as it is not whole; it takes trailers for
    headers, an `Authorization` among them; and it loses the body of a request that offers an upgrade, as
    Java's HTTP client does with each (RFC 9110, sections 6.5.1 and 7.8).
    """

    HEAD_SECONDS = 10.0
    """Time for a head to be whole, from its first byte, or from the connection's opening."""

    _head_due: asyncio.TimerHandle | None = None
    _between = True
    """Whether no head is whole whose body is still to come."""
    _in_head = False
    _came_on = False
    """Whether the piece at hand brought the request on, and did not only make a head or trailers longer."""
    _without_progress = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Wait for the first head."""
        self._answers = WholeAnswers(transport)  # type: ignore[arg-type]
        super().connection_made(self._answers)  # type: ignore[arg-type]
        self._expect_head()

    def connection_lost(self, exc: Exception | None) -> None:
        """Wait for nothing more."""
        self._head_is_there()
        super().connection_lost(exc)

    def on_response_complete(self) -> None:
        """Write what is left of an answer that has no body."""
        self._answers.flush()
        super().on_response_complete()

    def data_received(self, data: bytes) -> None:
        """Take a piece in."""
        self._unset_keepalive_if_required()
        self._came_on = False
        try:
            self.parser.feed_data(data)
        except httptools.HttpParserUpgrade as upgrade:
            self._ignore_upgrade(data[upgrade.args[0] :])
            return
        except httptools.HttpParserError:
            self._refuse(BadInput("This is no request of HTTP/1.1."))
            return
        if (self._in_head or not self._came_on) and self._between and self._head_due is None:
            # Most heads are whole in one piece, and need no time limit.
            self._expect_head()
        self._without_progress = 0 if self._came_on else self._without_progress + len(data)
        if self._without_progress > MAX_HEAD_BYTES:
            self._refuse(HeadTooLarge())

    def on_message_begin(self) -> None:
        """A head begins."""
        self._came_on = self._in_head = True
        super().on_message_begin()

    def on_header(self, name: bytes, value: bytes) -> None:
        """Take a header; a trailer is none."""
        if self._in_head:
            super().on_header(name, value)

    def on_headers_complete(self) -> None:
        """Start the answer, but not to a request that will be read once more without its upgrade."""
        self._came_on, self._in_head, self._between = True, False, False
        self._head_is_there()
        if not self.parser.should_upgrade():
            super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        """Take a piece of the body."""
        self._came_on = True
        super().on_body(body)

    def on_message_complete(self) -> None:
        """End the body, but not of a request that will be read once more."""
        self._came_on = self._between = True
        if not self.parser.should_upgrade():
            super().on_message_complete()

    def _expect_head(self) -> None:
        self._head_due = self.loop.call_later(self.HEAD_SECONDS, self._head_is_late)

    def _head_is_there(self) -> None:
        if self._head_due is not None:
            self._head_due.cancel()
            self._head_due = None

    def _head_is_late(self) -> None:
        if not self._in_head:
            # An answer to nothing would be taken for that to the next request.
            self.transport.close()
            return
        self._refuse(TooSlow(f"The request's head was not whole within {self.HEAD_SECONDS:g} seconds."))

    def _ignore_upgrade(self, rest: bytes) -> None:
        """Read the head once more without its offer, and then what came behind it, which httptools left."""
        method = self.parser.get_method()
        if method == b"CONNECT":
            self._refuse(BadInput("This is no proxy."))
            return
        headers = [b"%b: %b\r\n" % header for header in self.headers if header[0] != b"upgrade"]
        version = self.parser.get_http_version().encode()
        head = b"%b %b HTTP/%b\r\n%b\r\n" % (method, self.url, version, b"".join(headers))
        self.parser = httptools.HttpRequestParser(self)
        self.data_received(head + rest)

    def _refuse(self, error: CallerError) -> None:
        """Answer in the application's place, and hang up: where the next request begins is not known.

        While an earlier request is being answered, there is no place for this answer.
        """
        if self.transport.is_closing():
            return
        if self.cycle is not None and not self.cycle.response_complete:
            self.transport.close()
            return
        correlation_id = str(uuid.uuid4())
        body = msgspec.json.encode({"errors": request_errors(error, correlation_id)})
        headers = {
            "content-type": f"{JSON}; charset=utf-8",
            "content-length": len(body),
            "cache-control": "no-store",
            "x-correlation-id": correlation_id,
            "x-content-type-options": "nosniff",
            "connection": "close",
        }
        head = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        self.transport.write(STATUS_LINE[error.status] + head.encode() + b"\r\n" + body)
        self.transport.close()
