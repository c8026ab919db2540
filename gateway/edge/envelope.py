"""What every answer has, whatever its path: a correlation id, no caching, and its place in the metrics."""

import re
import time
import uuid

import structlog
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from gateway.telemetry import Metrics

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
        correlation_id = _correlation_id(Headers(scope=scope))
        scope.setdefault("state", {})["correlation_id"] = correlation_id
        path = scope["path"] if scope["path"] in self._paths else "other"
        started = time.perf_counter()

        async def send_in_envelope(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers.setdefault("Cache-Control", "no-store")
                headers["X-Correlation-Id"] = correlation_id
                headers["X-Content-Type-Options"] = "nosniff"
                self._metrics.request(
                    path=path, status=message["status"], seconds=time.perf_counter() - started
                )
            await send(message)

        with structlog.contextvars.bound_contextvars(correlation_id=correlation_id):
            await self._app(scope, receive, send_in_envelope)


def _correlation_id(headers: Headers) -> str:
    """Return the caller's id where it is well formed, so that it can stand in a log line, else a new one."""
    written = headers.get("x-correlation-id", "")
    return written if WELL_FORMED.fullmatch(written) else str(uuid.uuid4())
