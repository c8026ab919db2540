"""What every answer has, whatever its path: a correlation id, no caching, and its place in the metrics."""

import re
import secrets
import time
from collections.abc import Iterator, Sequence
from itertools import count

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from gateway.edge.endpoint import GraphQLEndpoint
from gateway.edge.head import refusal
from gateway.edge.message import Header, headers_of
from gateway.telemetry import CORRELATION_ID, Metrics

OURS, COUNT = secrets.token_hex(8), count(1)
"""What makes the ids of this process, without a system call for each."""
WELL_FORMED = re.compile(rb"[A-Za-z0-9._-]{8,64}")


class Envelope:
    """The whole application: the endpoint on the path of GraphQL, and `others` on all other paths.

    `paths` are those that metrics may name.
    """

    def __init__(self, graphql: str, others: ASGIApp, *, metrics: Metrics, paths: frozenset[str]) -> None:
        self._graphql = graphql
        self._others = others
        self._metrics = metrics
        self._paths = paths

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, or start and stop the application."""
        if scope["type"] != "http":
            await self._others(scope, receive, send)
            return
        started = time.perf_counter()
        path = scope["path"]
        headers = headers_of(scope)
        correlation_id = _correlation_id(headers.get(b"x-correlation-id"))
        # Each request is a task of its own, so that what is set here ends with it.
        CORRELATION_ID.set(correlation_id)

        def start(status: int, headers: Sequence[Header]) -> Message:
            told = path if path in self._paths else "other"
            self._metrics.request(path=told, status=status, seconds=time.perf_counter() - started)
            in_envelope = [*headers, *_ours(headers, correlation_id)]
            return {"type": "http.response.start", "status": status, "headers": in_envelope}

        async def send_in_envelope(message: Message) -> None:
            if message["type"] == "http.response.start":
                message = start(message["status"], message.get("headers", ()))
            await send(message)

        answer = refusal(scope, correlation_id)
        if answer is None and path == self._graphql:
            # It is there once the application has started.
            endpoint: GraphQLEndpoint = scope["state"]["endpoint"]
            answer = await endpoint.answer(scope, receive, headers, correlation_id)
        if answer is None:
            await self._others(scope, receive, send_in_envelope)
        else:
            await send(start(answer.status, answer.headers))
            await send({"type": "http.response.body", "body": answer.body})


def _ours(headers: Sequence[Header], correlation_id: str) -> Iterator[Header]:
    if b"cache-control" not in dict(headers):
        yield b"cache-control", b"no-store"
    yield b"x-correlation-id", correlation_id.encode()
    yield b"x-content-type-options", b"nosniff"


def _correlation_id(told: bytes | None) -> str:
    """Return the caller's id where it is well formed, so that it can stand in a log line, else a new one."""
    if told is not None and WELL_FORMED.fullmatch(told):
        return told.decode()
    return f"{OURS}-{next(COUNT):x}"
