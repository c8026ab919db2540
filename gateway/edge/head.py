"""The head of a request, its line and headers: refused past a limit, whether it is whole or never ends."""

import msgspec
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

from gateway.edge.errors import request_errors
from gateway.edge.negotiation import JSON
from upstreams.errors import CallerError

MAX_HEAD_BYTES = 16 * 1024
ADVICE = (
    f"The request's line and headers have more than {MAX_HEAD_BYTES} bytes. Send fewer or shorter headers."
)


class HeadTooLarge(CallerError):
    """The line and the headers have more bytes than the limit."""

    code = "OPERATION_TOO_COMPLEX"
    status = 431


class HeadLimit:
    """Refuses requests whose head is whole, and too large."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http" or _size(scope) <= MAX_HEAD_BYTES:
            await self._app(scope, receive, send)
            return
        errors = request_errors(HeadTooLarge(ADVICE), scope["state"]["correlation_id"])
        refusal = Response(msgspec.json.encode({"errors": errors}), HeadTooLarge.status, media_type=JSON)
        await refusal(scope, receive, send)


def _size(scope: Scope) -> int:
    """Return the bytes of the URL and of the headers, each of these with its colon, space and line's end."""
    url = len(scope["raw_path"]) + len(scope["query_string"])
    return url + sum(len(name) + len(value) + 4 for name, value in scope["headers"])


class BoundedHead(HttpToolsProtocol):
    """uvicorn's protocol, which by itself keeps what comes for as long as a head is not whole.

    What comes in one piece with the end of the request before it is not counted: a piece is bounded.
    """

    _received: int | None = None
    """Bytes of a head that is under way; None between heads."""

    def data_received(self, data: bytes) -> None:
        """Take bytes in; where they only make a head longer, up to the limit."""
        under_way = self._received is not None
        super().data_received(data)
        if under_way and self._received is not None:
            self._received += len(data)
            if self._received > MAX_HEAD_BYTES:
                self._refuse()

    def on_message_begin(self) -> None:
        """A head begins."""
        self._received = 0
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        """It is whole, and the application judges it."""
        self._received = None
        super().on_headers_complete()

    def _refuse(self) -> None:
        head = b"content-type: text/plain; charset=utf-8\r\ncontent-length: %d\r\nconnection: close\r\n\r\n"
        self.transport.write(STATUS_LINE[HeadTooLarge.status] + head % len(ADVICE) + ADVICE.encode())
        self.transport.close()
