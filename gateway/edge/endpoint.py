"""`/graphql`: from the bytes of a request to the bytes of its answer."""

import asyncio
from typing import Any

import structlog
from starlette.types import Receive, Scope

from gateway.edge.body import (
    GraphQLRequest,
    HungUp,
    Malformed,
    NotJson,
    TooLarge,
    TooSlow,
    read_body,
    read_query_string,
)
from gateway.edge.caller import Callers
from gateway.edge.errors import MASKED, request_errors
from gateway.edge.message import Answer, Header, Headers, json_answer
from gateway.edge.negotiation import JSON, NotAcceptable, answer_type
from gateway.edge.operation import Operations
from gateway.edge.patience import NotWhole, Patience, Watch
from upstreams.deadline import Deadline
from upstreams.errors import CallerError, KeysUnavailable, Unauthenticated

log = structlog.get_logger("gateway")


class WrongMethod(CallerError):
    """The method is none by which GraphQL is asked here."""

    code = "BAD_USER_INPUT"
    status = 405

    def __init__(self, allowed: str) -> None:
        super().__init__(
            f"Send the request by {allowed}. A client that prefers GET may have to be told to ask by POST."
        )
        self.allowed = allowed


WHATEVER_THE_TYPE = (
    WrongMethod,
    NotAcceptable,
    Unauthenticated,
    KeysUnavailable,
    Malformed,
    NotJson,
    TooLarge,
    TooSlow,
)
"""Errors whose status does not depend on the media type: the request never was a GraphQL one, or nobody's."""


class GraphQLEndpoint:
    """Answers GraphQL requests."""

    def __init__(
        self,
        callers: Callers,
        operations: Operations,
        *,
        takes_get: bool,
        max_body_bytes: int,
        timeout: float,
    ) -> None:
        self._callers = callers
        self._operations = operations
        self._methods = ("GET", "HEAD", "POST") if takes_get else ("POST",)
        self._timeout = timeout
        self._max_body_bytes = max_body_bytes
        self._watch = Watch(asyncio.get_running_loop())

    async def answer(self, scope: Scope, receive: Receive, headers: Headers, correlation_id: str) -> Answer:
        """Answer one request. Whatever goes wrong is an answer with a code, never a stack."""
        media_type = JSON
        extra: list[Header] = []
        try:
            if scope["method"] not in self._methods:
                raise WrongMethod(", ".join(self._methods))
            media_type = answer_type(headers.get(b"accept", b""))
            content = await self._content(scope, receive, headers, correlation_id)
            return json_answer(200, content, media_type)
        except CallerError as error:
            status = error.status
            if media_type == JSON and not isinstance(error, WHATEVER_THE_TYPE):
                status = 200
            content, extra = {"errors": request_errors(error, correlation_id)}, _headers_of(error)
        except HungUp:
            content, status = {}, 400
        except Exception as error:
            log.error("request_failed", error=type(error).__name__, exc_info=error)
            extensions = {"code": MASKED.code.value, "correlationId": correlation_id}
            content, status = {"errors": [{"message": MASKED.message, "extensions": extensions}]}, 500
        return json_answer(status, content, media_type, extra)

    async def _content(
        self, scope: Scope, receive: Receive, headers: Headers, correlation_id: str
    ) -> dict[str, Any]:
        deadline = Deadline(self._watch.loop.time() + self._timeout)
        try:
            with Patience(self._watch, receive, deadline) as patience:
                caller = await self._callers.caller_of(headers)
                graphql = await self._read(scope, receive, headers)
                patience.is_whole()
                return await self._operations.run(graphql, caller, deadline, correlation_id)
        except NotWhole as error:
            raise TooSlow(
                f"The request was not whole within REQUEST_TIMEOUT_SECONDS ({self._timeout:g}). Try again."
            ) from error

    async def _read(self, scope: Scope, receive: Receive, headers: Headers) -> GraphQLRequest:
        if scope["method"] == "POST":
            return await read_body(headers, receive, max_bytes=self._max_body_bytes)
        return read_query_string(scope)


def _headers_of(error: CallerError) -> list[Header]:
    if isinstance(error, WrongMethod):
        return [(b"allow", error.allowed.encode())]
    if isinstance(error, Unauthenticated):
        return [(b"www-authenticate", b"Bearer")]
    if isinstance(error, KeysUnavailable):
        return [(b"retry-after", b"5")]
    return []
