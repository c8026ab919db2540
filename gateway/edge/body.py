"""The body of a request: bounded, JSON, and of the shape that GraphQL over HTTP asks for."""

from typing import Any

import msgspec
from starlette.requests import Request

from upstreams.errors import BadInput, CallerError


class TooLarge(CallerError):
    """The body has more bytes than the limit."""

    code = "OPERATION_TOO_COMPLEX"
    status = 413


class TooSlow(CallerError):
    """The request was not whole within its time."""

    code = "BAD_USER_INPUT"
    status = 408


class NotJson(CallerError):
    """The body is of another media type, or compressed."""

    code = "BAD_USER_INPUT"
    status = 415


class Malformed(BadInput):
    """The body is no GraphQL request: 400 whatever type was accepted."""


class GraphQLRequest(msgspec.Struct, rename="camel"):
    """What a caller sends."""

    query: str | None = None
    operation_name: str | None = None
    variables: dict[str, Any] | None = None


async def read_request(request: Request, *, max_bytes: int) -> GraphQLRequest:
    """Read a request. Raises `NotJson`, `TooLarge` or `Malformed`."""
    content_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if content_type != "application/json":
        raise NotJson("Send the request as JSON, with Content-Type: application/json.")
    if request.headers.get("content-encoding", "identity").strip().lower() != "identity":
        raise NotJson("Send the request uncompressed, without Content-Encoding.")
    body = await _body(request, max_bytes)
    try:
        graphql = msgspec.json.decode(body, type=GraphQLRequest)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise Malformed(
            'Send a JSON object such as {"query": "{ ... }", "variables": {}, "operationName": null}.'
        ) from error
    if graphql.query is None:
        raise Malformed("Send the document as `query`.")
    return graphql


async def _body(request: Request, max_bytes: int) -> bytes:
    chunks = bytearray()
    async for chunk in request.stream():
        chunks += chunk
        if len(chunks) > max_bytes:
            raise TooLarge(f"The request's body is larger than MAX_BODY_BYTES ({max_bytes}). Send less.")
    return bytes(chunks)
