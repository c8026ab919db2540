"""What every answer has, whatever its path: a correlation id, no caching, and its place in the metrics."""

import re
import secrets
import time
from itertools import count

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from gateway.edge.message import headers_of
from gateway.telemetry import CORRELATION_ID, Metrics

OURS, COUNT = secrets.token_hex(8), count(1)
"""What makes the ids of this process, without a system call for each."""
WELL_FORMED = re.compile(r"[A-Za-z0-9._-]{8,64}")


class Envelope:
    """Wraps the whole application. `paths` are those that metrics may name."""

    def __init__(self, app: ASGIApp, *, metrics: Metrics, paths: frozenset[str]) -> None:
        self._app = app
        self._metrics = metrics
        self._paths = paths

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = headers_of(scope)
        correlation_id = _correlation_id(headers.get(b"x-correlation-id", ""))
        state = scope.setdefault("state", {})
        state["headers"], state["correlation_id"] = headers, correlation_id
        path = scope["path"] if scope["path"] in self._paths else "other"
        started = time.perf_counter()

        async def send_in_envelope(message: Message) -> None:
            if message["type"] == "http.response.start":
                _add_headers(message, correlation_id)
                self._metrics.request(
                    path=path, status=message["status"], seconds=time.perf_counter() - started
                )
            await send(message)

        # Each request is a task of its own, so that what is set here ends with it.
        CORRELATION_ID.set(correlation_id)
        await self._app(scope, receive, send_in_envelope)


def _add_headers(message: Message, correlation_id: str) -> None:
    headers = [*message.get("headers", ())]
    if all(name != b"cache-control" for name, _ in headers):
        headers.append((b"cache-control", b"no-store"))
    headers += (
        (b"x-correlation-id", correlation_id.encode()),
        (b"x-content-type-options", b"nosniff"),
    )
    message["headers"] = headers


def _correlation_id(told: str) -> str:
    """Return the caller's id where it is well formed, so that it can stand in a log line, else a new one."""
    return told if WELL_FORMED.fullmatch(told) else f"{OURS}-{next(COUNT):x}"
