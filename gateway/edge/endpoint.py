"""`POST /graphql`: from the bytes of a request to the bytes of its answer."""

import asyncio
from typing import Any

import msgspec
import structlog
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from gateway.edge import negotiation
from gateway.edge.body import Malformed, NotJson, TooLarge, TooSlow, read_request
from gateway.edge.caller import Callers
from gateway.edge.errors import MASKED, request_errors
from gateway.edge.operation import Operations
from upstreams.deadline import Deadline
from upstreams.errors import CallerError, KeysUnavailable, Unauthenticated

log = structlog.get_logger("gateway")

WHATEVER_THE_TYPE = (Malformed, NotJson, TooLarge, TooSlow, Unauthenticated, KeysUnavailable)
"""Errors whose status does not depend on the media type: the request never was a GraphQL one, or nobody's."""


class GraphQLEndpoint:
    """Answers GraphQL requests."""

    def __init__(
        self, callers: Callers, operations: Operations, *, max_body_bytes: int, timeout: float
    ) -> None:
        self._callers = callers
        self._operations = operations
        self._timeout = timeout
        self._max_body_bytes = max_body_bytes

    async def post(self, request: Request) -> Response:
        """Answer one request. Whatever goes wrong is an answer with a code, never a stack."""
        media_type = negotiation.answer_type(request.headers.get("accept"))
        correlation_id: str = request.state.correlation_id
        try:
            answer = await self._answer(request, correlation_id)
            return _response(answer, 200, media_type)
        except CallerError as error:
            status = error.status
            if media_type == negotiation.JSON and not isinstance(error, WHATEVER_THE_TYPE):
                status = 200
            return _refusal(error, status, media_type, correlation_id)
        except ClientDisconnect:
            # Nobody reads this: the caller hung up before the request was whole.
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
                graphql = await read_request(request, max_bytes=self._max_body_bytes)
        except TimeoutError as error:
            raise TooSlow(
                f"The request was not whole within REQUEST_TIMEOUT_SECONDS ({self._timeout:g}). Try again."
            ) from error
        return await self._operations.run(graphql, caller, deadline, correlation_id)


def _refusal(error: CallerError, status: int, media_type: str, correlation_id: str) -> Response:
    response = _response({"errors": request_errors(error, correlation_id)}, status, media_type)
    if isinstance(error, Unauthenticated):
        response.headers["WWW-Authenticate"] = "Bearer"
    if isinstance(error, KeysUnavailable):
        response.headers["Retry-After"] = "5"
    return response


def _response(answer: object, status: int, media_type: str) -> Response:
    return Response(msgspec.json.encode(answer), status, media_type=f"{media_type}; charset=utf-8")
