"""What a request asks: bounded, JSON, of the shape that GraphQL over HTTP wants, in a body or in a URL."""

import json
from typing import Any
from urllib.parse import parse_qsl

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
    """This is no GraphQL request: 400 whatever type was accepted."""


class NotPersisted(CallerError):
    """The document is named and not sent, and the gateway keeps none under that name."""

    code = "PERSISTED_DOCUMENT_NOT_FOUND"


class GraphQLRequest(msgspec.Struct, rename="camel"):
    """What a caller sends. `extensions` is read by nobody yet, and has to be a map all the same."""

    query: str | None = None
    operation_name: str | None = None
    variables: dict[str, Any] | None = None
    extensions: dict[str, Any] | None = None
    document_id: str | None = None


class _Repeated(ValueError):
    """An object of the JSON has a key twice, so that two readers of it could see two requests."""


async def read_body(request: Request, *, max_bytes: int) -> GraphQLRequest:
    """Read the request of a POST. Raises `NotJson`, `TooLarge` or `Malformed`."""
    content_type, *parameters = (
        part.strip().lower() for part in request.headers.get("content-type", "").split(";")
    )
    charsets = [one.partition("=")[2].strip('"') for one in parameters if one.startswith("charset=")]
    if content_type != "application/json" or not set(charsets) <= {"utf-8", "utf8"}:
        raise NotJson("Send the request as JSON in UTF-8, with Content-Type: application/json.")
    if request.headers.get("content-encoding", "identity").strip().lower() != "identity":
        raise NotJson("Send the request uncompressed, without Content-Encoding.")
    return _whole(_decoded(await _body(request, max_bytes), GraphQLRequest))


def read_query_string(request: Request) -> GraphQLRequest:
    """Read the request of a GET, in whose URL the maps are JSON. Raises `Malformed`."""
    try:
        written = parse_qsl(request.url.query, keep_blank_values=True, errors="strict")
    except UnicodeDecodeError as error:
        raise Malformed("Send the URL's parameters in UTF-8.") from error
    parameters = dict(written)
    if len(parameters) < len(written):
        raise Malformed("Send each parameter of the URL once.")
    return _whole(
        GraphQLRequest(
            query=parameters.get("query"),
            operation_name=parameters.get("operationName"),
            variables=_decoded(parameters.get("variables", "null"), dict[str, Any] | None),
            extensions=_decoded(parameters.get("extensions", "null"), dict[str, Any] | None),
            document_id=parameters.get("documentId"),
        )
    )


def _whole(graphql: GraphQLRequest) -> GraphQLRequest:
    if graphql.document_id is not None:
        if graphql.query is not None:
            raise Malformed("Send `query` or `documentId`, not both.")
        raise NotPersisted("No document is kept under this `documentId`. Send it as `query`.")
    if graphql.query is None:
        raise Malformed("Send the document as `query`.")
    # The draft takes an empty name for none.
    graphql.operation_name = graphql.operation_name or None
    return graphql


def _decoded(written: bytes | str, shape: Any) -> Any:
    try:
        decoded = msgspec.json.decode(written, type=shape)
        # msgspec is strict about all but repeated keys, of which it takes the last.
        json.loads(written, object_pairs_hook=_distinct)
    except _Repeated as error:
        raise Malformed("Send each key of a JSON object once.") from error
    except msgspec.ValidationError as error:
        raise Malformed(
            "Send a JSON object, without numbers out of range: `query`, `operationName` and `documentId` are "
            "texts, `variables` and `extensions` objects."
        ) from error
    except (msgspec.MsgspecError, ValueError, RecursionError) as error:
        raise Malformed('Send JSON in UTF-8, such as {"query": "{ ... }", "variables": {}}.') from error
    return decoded


def _distinct(pairs: list[tuple[str, Any]]) -> None:
    if len({key for key, _ in pairs}) < len(pairs):
        raise _Repeated


async def _body(request: Request, max_bytes: int) -> bytes:
    chunks = bytearray()
    async for chunk in request.stream():
        chunks += chunk
        if len(chunks) > max_bytes:
            raise TooLarge(f"The request's body is larger than MAX_BODY_BYTES ({max_bytes}). Send less.")
    return bytes(chunks)
