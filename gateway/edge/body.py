"""What a request asks: bounded, JSON, of the shape that GraphQL over HTTP wants, in a body or in a URL."""

import json
from functools import lru_cache
from typing import Any
from urllib.parse import parse_qsl

import msgspec
from starlette.types import Receive, Scope

from gateway.edge.message import Headers
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


class HungUp(Exception):
    """The caller is gone: nobody reads an answer."""


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


async def read_body(headers: Headers, receive: Receive, *, max_bytes: int) -> GraphQLRequest:
    """Read the request of a POST. Raises `NotJson`, `TooLarge`, `Malformed` or `HungUp`."""
    if not _is_json(headers.get(b"content-type", b"")):
        raise NotJson("Send the request as JSON in UTF-8, with Content-Type: application/json.")
    if headers.get(b"content-encoding", b"identity").strip().lower() != b"identity":
        raise NotJson("Send the request uncompressed, without Content-Encoding.")
    return _whole(_decoded(await _body(receive, max_bytes), GraphQLRequest))


@lru_cache(maxsize=256)
def _is_json(content_type: bytes) -> bool:
    """Tell JSON in UTF-8. Remembered, because a client always sends the same."""
    media_type, *parameters = (part.strip().lower() for part in content_type.decode("latin-1").split(";"))
    charsets = [one.partition("=")[2].strip('"') for one in parameters if one.startswith("charset=")]
    return media_type == "application/json" and set(charsets) <= {"utf-8", "utf8"}


def read_query_string(scope: Scope) -> GraphQLRequest:
    """Read the request of a GET, in whose URL the maps are JSON. Raises `Malformed`."""
    try:
        told = parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True, errors="strict")
    except UnicodeDecodeError as error:
        raise Malformed("Send the URL's parameters in UTF-8.") from error
    parameters = dict(told)
    if len(parameters) < len(told):
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
        DISTINCT.raw_decode((written if isinstance(written, str) else written.decode()).lstrip())
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


DISTINCT = json.JSONDecoder(object_pairs_hook=_distinct)


async def _body(receive: Receive, max_bytes: int) -> bytes:
    pieces: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise HungUp
        piece: bytes = message.get("body", b"")
        pieces.append(piece)
        size += len(piece)
        if size > max_bytes:
            raise TooLarge(f"The request's body is larger than MAX_BODY_BYTES ({max_bytes}). Send less.")
        if not message.get("more_body", False):
            return b"".join(pieces)
