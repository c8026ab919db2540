"""The head of a request, its line and headers: refused past a limit. `wire` cuts off one that never ends."""

from itertools import chain

import msgspec
from starlette.types import ASGIApp, Receive, Scope, Send

from gateway.edge.errors import request_errors
from gateway.edge.message import send_answer
from gateway.edge.negotiation import JSON
from upstreams.errors import CallerError

MAX_HEAD_BYTES = 16 * 1024


class HeadTooLarge(CallerError):
    """The line and the headers have more bytes than the limit."""

    code = "OPERATION_TOO_COMPLEX"
    status = 431

    def __init__(self) -> None:
        super().__init__(
            f"The request's line and headers have more than {MAX_HEAD_BYTES} bytes. "
            "Send fewer or shorter headers."
        )


class HeadLimit:
    """Refuses requests whose head is whole, and too large."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http" or _size(scope) <= MAX_HEAD_BYTES:
            await self._app(scope, receive, send)
            return
        errors = request_errors(HeadTooLarge(), scope["state"]["correlation_id"])
        await send_answer(send, HeadTooLarge.status, msgspec.json.encode({"errors": errors}), JSON)


def _size(scope: Scope) -> int:
    """Return the bytes of the URL and of the headers, each of these with its colon, space and line's end."""
    headers = scope["headers"]
    written = b"".join(chain.from_iterable(headers))
    return len(scope["raw_path"]) + len(scope["query_string"]) + len(written) + 4 * len(headers)
