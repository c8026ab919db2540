"""uvicorn's protocol, with what it leaves out of HTTP: bounds on heads and trailers; upgrades ignored."""

import uuid

import httptools
import msgspec
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

from gateway.edge.errors import request_errors
from gateway.edge.head import MAX_HEAD_BYTES, HeadTooLarge
from gateway.edge.negotiation import JSON
from upstreams.errors import BadInput, CallerError


class Wire(HttpToolsProtocol):
    """Reads requests off a connection.

    uvicorn keeps a head, or what trails a chunked body, for as long as it is not whole; it takes trailers for
    headers, an `Authorization` among them; and it loses the body of a request that offers an upgrade, as
    Java's HTTP client does with each (RFC 9110, sections 6.5.1 and 7.8).
    """

    _in_head = False
    _came_on = False
    """Whether the piece at hand brought the request on, and did not only make a head or trailers longer."""
    _without_progress = 0

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
        self._came_on, self._in_head = True, False
        if not self.parser.should_upgrade():
            super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        """Take a piece of the body."""
        self._came_on = True
        super().on_body(body)

    def on_message_complete(self) -> None:
        """End the body, but not of a request that will be read once more."""
        self._came_on = True
        if not self.parser.should_upgrade():
            super().on_message_complete()

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
        """Answer in the application's place, and hang up: where the next request begins is not known."""
        if self.transport.is_closing():
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
