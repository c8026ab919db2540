"""`/graphql`: from the bytes of a request to the bytes of its answer."""

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

import msgspec
import structlog
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from gateway.edge.body import (
    GraphQLRequest,
    Malformed,
    NotJson,
    TooLarge,
    TooSlow,
    read_body,
    read_query_string,
)
from gateway.edge.caller import Callers
from gateway.edge.errors import MASKED, request_errors
from gateway.edge.negotiation import JSON, NotAcceptable, answer_type
from gateway.edge.operation import Operations
from upstreams.deadline import Deadline
from upstreams.errors import CallerError, KeysUnavailable, Unauthenticated

T = TypeVar("T")

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

    async def answer(self, request: Request) -> Response:
        """Answer one request. Whatever goes wrong is an answer with a code, never a stack."""
        media_type = JSON
        correlation_id: str = request.state.correlation_id
        try:
            if request.method not in self._methods:
                raise WrongMethod(", ".join(self._methods))
            media_type = answer_type(", ".join(request.headers.getlist("accept")))
            answer = await self._answer(request, correlation_id)
            return _response(answer, 200, media_type)
        except CallerError as error:
            status = error.status
            if media_type == JSON and not isinstance(error, WHATEVER_THE_TYPE):
                status = 200
            return _refusal(error, status, media_type, correlation_id)
        except ClientDisconnect:
            # Nobody reads this: the caller has hung up.
            return Response(status_code=400)
        except Exception as error:
            log.error("request_failed", error=type(error).__name__, exc_info=error)
            extensions = {"code": MASKED.code.value, "correlationId": correlation_id}
            return _response(
                {"errors": [{"message": MASKED.message, "extensions": extensions}]}, 500, media_type
            )

    async def _answer(self, request: Request, correlation_id: str) -> dict[str, Any]:
        deadline = Deadline.in_seconds(self._timeout)
        try:
            async with asyncio.timeout_at(deadline.at):
                caller = await self._callers.caller_of(request)
                graphql = await self._read(request)
        except TimeoutError as error:
            raise TooSlow(
                f"The request was not whole within REQUEST_TIMEOUT_SECONDS ({self._timeout:g}). Try again."
            ) from error
        return await _unless_gone(request, self._operations.run(graphql, caller, deadline, correlation_id))

    async def _read(self, request: Request) -> GraphQLRequest:
        if request.method == "POST":
            return await read_body(request, max_bytes=self._max_body_bytes)
        return read_query_string(request)


async def _unless_gone(request: Request, work: Coroutine[Any, Any, T]) -> T:
    """Do the work, or give it up when the caller hangs up: nobody is asked for what nobody reads."""
    working, gone = asyncio.create_task(work), asyncio.create_task(_hung_up(request))
    try:
        await asyncio.wait((working, gone), return_when=asyncio.FIRST_COMPLETED)
        if not working.done():
            raise ClientDisconnect
        return working.result()
    finally:
        for task in (working, gone):
            task.cancel()
        await asyncio.gather(working, gone, return_exceptions=True)


async def _hung_up(request: Request) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass


def _refusal(error: CallerError, status: int, media_type: str, correlation_id: str) -> Response:
    response = _response({"errors": request_errors(error, correlation_id)}, status, media_type)
    if isinstance(error, WrongMethod):
        response.headers["Allow"] = error.allowed
    if isinstance(error, Unauthenticated):
        response.headers["WWW-Authenticate"] = "Bearer"
    if isinstance(error, KeysUnavailable):
        response.headers["Retry-After"] = "5"
    return response


def _response(answer: object, status: int, media_type: str) -> Response:
    return Response(msgspec.json.encode(answer), status, media_type=f"{media_type}; charset=utf-8")
