"""The head of a request, its line and headers: refused past a limit. `wire` cuts off one that never ends."""

from itertools import chain

from starlette.types import Scope

from gateway.edge.errors import request_errors
from gateway.edge.message import Answer, json_answer
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


def refusal(scope: Scope, correlation_id: str) -> Answer | None:
    """Return the answer to a request whose head is whole, and too large; None to all others."""
    if _size(scope) <= MAX_HEAD_BYTES:
        return None
    errors = request_errors(HeadTooLarge(), correlation_id)
    return json_answer(HeadTooLarge.status, {"errors": errors}, JSON)


def _size(scope: Scope) -> int:
    """Return the bytes of the URL and of the headers, each of these with its colon, space and line's end."""
    headers = scope["headers"]
    written = b"".join(chain.from_iterable(headers))
    return len(scope["raw_path"]) + len(scope["query_string"]) + len(written) + 4 * len(headers)
