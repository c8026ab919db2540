"""`POST /graphql`: from the bytes of a request to the bytes of its answer."""

import msgspec
import structlog
from starlette.requests import Request
from starlette.responses import Response

from gateway.edge import negotiation
from gateway.edge.body import Malformed, NotJson, TooLarge, read_request
from gateway.edge.caller import Callers
from gateway.edge.errors import MASKED, request_errors
from gateway.edge.operation import Operations
from upstreams.errors import CallerError, KeysUnavailable, Unauthenticated

log = structlog.get_logger("gateway")

WHATEVER_THE_TYPE = (Malformed, NotJson, TooLarge, Unauthenticated, KeysUnavailable)
"""Errors whose status does not depend on the media type: the request never was a GraphQL one, or nobody's."""


class GraphQLEndpoint:
    """Answers GraphQL requests."""

    def __init__(self, callers: Callers, operations: Operations, *, max_body_bytes: int) -> None:
        self._callers = callers
        self._operations = operations
        self._max_body_bytes = max_body_bytes

    async def post(self, request: Request) -> Response:
        """Answer one request. Whatever goes wrong is an answer with a code, never a stack."""
        media_type = negotiation.answer_type(request.headers.get("accept"))
        correlation_id: str = request.state.correlation_id
        try:
            caller = await self._callers.caller_of(request)
            graphql = await read_request(request, max_bytes=self._max_body_bytes)
            answer = await self._operations.run(graphql, caller, correlation_id)
            return _response(answer, 200, media_type)
        except CallerError as error:
            status = error.status
            if media_type == negotiation.JSON and not isinstance(error, WHATEVER_THE_TYPE):
                status = 200
            return _refusal(error, status, media_type, correlation_id)
        except Exception as error:
            log.error("request_failed", error=type(error).__name__, exc_info=error)
            extensions = {"code": MASKED.code.value, "correlationId": correlation_id}
            return _response(
                {"errors": [{"message": MASKED.message, "extensions": extensions}]}, 500, media_type
            )


def _refusal(error: CallerError, status: int, media_type: str, correlation_id: str) -> Response:
    response = _response({"errors": request_errors(error, correlation_id)}, status, media_type)
    if isinstance(error, Unauthenticated):
        response.headers["WWW-Authenticate"] = "Bearer"
    if isinstance(error, KeysUnavailable):
        response.headers["Retry-After"] = "5"
    return response


def _response(answer: object, status: int, media_type: str) -> Response:
    return Response(msgspec.json.encode(answer), status, media_type=f"{media_type}; charset=utf-8")
