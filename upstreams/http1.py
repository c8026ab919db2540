"""HTTP/1.1 in bytes, as far as a caller of JSON services needs it (ADR 14)."""

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any, overload
from urllib.parse import SplitResult, quote

import msgspec
from httptools import HttpParserError, HttpParserUpgrade, HttpResponseParser

MAX_REFUSAL_BYTES = 64 * 1024
"""What is read of any answer but a 200, to hear what it says or so that its connection can be used again."""
MAX_HEAD_BYTES = 64 * 1024
SCRATCH_BYTES = 64 * 1024
"""What is read at once, but for the body of an answer that says that it is longer."""
FRAMING_PER_BYTE = 8
"""Bytes of chunk sizes that a byte of a body may take; a chunk of one byte takes five."""
IN_A_PATH, IN_A_QUERY = "/:@!$&'()*+,;=~", "/:@!$'()*,;~?"
"""What stands as it is beside letters and digits (RFC 3986); anything else is percent-encoded."""
PLAIN = re.compile(r"[A-Za-z0-9/_-]+")
"""A path that needs no encoding: most are."""
FIRST_STATUS, OK, NO_CONTENT, NOT_MODIFIED = 100, 200, 204, 304


class ConnectionFailed(Exception):
    """No connection, one that broke, or an answer that is no HTTP. Nothing of an answer stands in it."""


class Headers(msgspec.Struct, frozen=True):
    """An answer's headers by name in any case; of several with one name the last."""

    _fields: Mapping[bytes, bytes]

    @overload
    def get(self, name: str) -> str | None: ...
    @overload
    def get(self, name: str, default: str) -> str: ...
    def get(self, name: str, default: str | None = None) -> str | None:
        """Return the header of this name."""
        value = self._fields.get(name.lower().encode())
        return default if value is None else value.decode("latin-1")

    def say_json(self) -> bool:
        """Tell a body in JSON."""
        return _is_json(self._fields.get(b"content-type", b""))

    def say_plain_json(self) -> bool:
        """Tell a body in JSON that is not compressed."""
        return self.say_json() and self._fields.get(b"content-encoding", b"identity") == b"identity"


@lru_cache(maxsize=64)
def _is_json(content_type: bytes) -> bool:
    """Remembered, because a service always writes the same."""
    media_type = content_type.partition(b";")[0].strip().lower()
    return media_type == b"application/json" or (
        media_type.startswith(b"application/") and media_type.endswith(b"+json")
    )


class Reply(msgspec.Struct, frozen=True):
    """A whole answer; its body is None where it was longer than allowed, and a long one is a `bytearray`."""

    status: int
    headers: Headers
    body: bytes | None


class Request(msgspec.Struct, frozen=True):
    """A request, but for the token that it goes by."""

    head: str
    body: bytes

    def written(self, bearer: str | None) -> bytes:
        """Return it in one piece. Raises `ValueError` for a token that is no header's value."""
        authorization = "" if bearer is None else _authorization(bearer)
        return f"{self.head}{authorization}\r\n".encode("ascii") + self.body


class RequestWriter:
    """Writes requests to one service."""

    def __init__(self, url: SplitResult) -> None:
        self._path = quote(url.path.rstrip("/"), safe=f"{IN_A_PATH}%") + "/"
        self._for_all = " HTTP/1.1\r\n" + lines(
            {
                "Host": url.netloc,
                "User-Agent": "offender-gateway",
                "Accept": "application/json",
                "Accept-Encoding": "identity",
            }
        )

    def request(
        self,
        method: str,
        path: str,
        *,
        headers: str = "",
        query: Mapping[str, str | int] | None = None,
        body: bytes | None = None,
    ) -> Request:
        """Return a request whose further headers are these `lines`."""
        target = self._path + (path if PLAIN.fullmatch(path) else quote(path, safe=IN_A_PATH))
        if query:
            target += _query_string(tuple(query.items()))
        if body is not None or method != "GET":
            body = body or b""
            headers += f"Content-Length: {len(body)}\r\n"
        return Request(f"{method} {target}{self._for_all}{headers}", body or b"")


@lru_cache(maxsize=256)
def _query_string(query: tuple[tuple[str, str | int], ...]) -> str:
    return "?" + "&".join([f"{name}={quote(str(value), safe=IN_A_QUERY)}" for name, value in query])


@lru_cache(maxsize=16)
def _authorization(bearer: str) -> str:
    return lines({"Authorization": f"Bearer {bearer}"})


def lines(headers: Mapping[str, str]) -> str:
    """Return headers as they are written. Raises `ValueError` for one that would be more than one line."""
    written = "".join([f"{name}: {value}\r\n" for name, value in headers.items()])
    ends = written.count("\r") + written.count("\n")
    if ends != 2 * len(headers) or "\0" in written or not written.isascii():
        raise ValueError("a header that is not one line of ASCII")
    return written


class AnswerReader:
    """Reads answers out of what arrives, one after the other, and says when there is one.

    A long body whose length is known goes where it stays: to pass megabytes through the parser, which copies,
    costs several times what reading them does.
    """

    def __init__(self) -> None:
        self._scratch = memoryview(bytearray(SCRATCH_BYTES))
        self._parser = HttpResponseParser(self)
        self.begin(0)

    def begin(self, at_most: int) -> None:
        """Expect an answer with a body of so many bytes at most, if it is a 200."""
        self._at_most = at_most
        self._fields: dict[bytes, bytes] = {}
        self._headers: Headers | None = None
        self._status = 0
        self._length: int | None = None
        self._ends_with_connection = False
        self._chunks: list[bytes] = []
        self._body_bytes = 0
        self._other_bytes = 0
        self._long_body: memoryview | None = None
        self._reply: Reply | None = None
        self.reusable = False
        """Whether another answer may come on this connection, once there is a reply."""

    def space(self) -> memoryview:
        """Return where what arrives next has to be put."""
        if self._long_body is not None and self._body_bytes < len(self._long_body) - 1:
            # The last byte comes by itself: there is room for more, so that what stands behind it shows.
            return self._long_body[self._body_bytes : -1]
        return self._scratch

    def read(self, count: int) -> Reply | None:
        """Read what arrived there, and return the answer that it ends. Raises `ConnectionFailed`."""
        if self._long_body is not None:
            return self._read_long(self._long_body, count)
        before = self._body_bytes
        try:
            self._parser.feed_data(self._scratch[:count])
        except (HttpParserError, HttpParserUpgrade) as error:
            # What stands behind a whole answer is nobody's, and costs the connection alone.
            self.reusable = False
            if self._reply is None:
                raise ConnectionFailed("no well-formed answer") from error
        if self._reply is None:
            self._go_on(count - (self._body_bytes - before))
        return self._reply

    def end(self) -> Reply:
        """Return the answer that the end of the connection ends. Raises `ConnectionFailed`."""
        if not self._ends_with_connection:
            raise ConnectionFailed("closed before the end of an answer")
        return self._made(b"".join(self._chunks))

    def _go_on(self, other_bytes: int) -> None:
        """Judge what is there of an answer that is not whole."""
        if max(self._body_bytes, self._length or 0) > self._at_most:
            self._made(None)
        # A head, interim answers, chunk sizes and trailers without end would fill the memory too.
        self._other_bytes += other_bytes
        if self._other_bytes > MAX_HEAD_BYTES + FRAMING_PER_BYTE * self._body_bytes:
            raise ConnectionFailed("too much around a body")
        if self._reply is None and self._length is not None and self._length > SCRATCH_BYTES:
            self.reusable = self._parser.should_keep_alive()
            # This parser hears no more of its answer.
            self._parser = HttpResponseParser(self)
            self._long_body = memoryview(bytearray(self._length))
            self._long_body[: self._body_bytes] = b"".join(self._chunks)

    def _read_long(self, body: memoryview, count: int) -> Reply | None:
        if self._body_bytes < len(body) - 1:
            self._body_bytes += count
            return None
        body[-1] = self._scratch[0]
        self.reusable = self.reusable and count == 1
        return self._made(body.obj)

    def _made(self, body: Any) -> Reply:
        assert self._headers is not None
        self._chunks = []
        self._reply = Reply(self._status, self._headers, body)
        return self._reply

    # What the parser says.

    def on_message_begin(self) -> None:
        """An answer begins: it may not be a second one."""
        if self._reply is not None:
            raise ConnectionFailed

    def on_header(self, name: bytes, value: bytes) -> None:
        """A header, or a trailer."""
        self._fields[name.lower()] = value

    def on_headers_complete(self) -> None:
        """The headers are there."""
        status, fields = self._parser.get_status_code(), self._fields
        # What trailers say is no header.
        self._fields = {}
        if status < FIRST_STATUS or self._parser.get_http_version() not in ("1.1", "1.0"):
            raise ConnectionFailed
        if status < OK:
            return
        self._status, self._headers = status, Headers(fields)
        if status != OK:
            self._at_most = min(self._at_most, MAX_REFUSAL_BYTES)
        if (coding := fields.get(b"transfer-encoding")) is not None:
            if coding.strip().lower() != b"chunked":
                raise ConnectionFailed
        elif status not in (NO_CONTENT, NOT_MODIFIED):
            length = fields.get(b"content-length")
            self._length = None if length is None else int(length)
            self._ends_with_connection = length is None

    def on_body(self, data: bytes) -> None:
        """Some bytes of the body."""
        self._body_bytes += len(data)
        self._chunks.append(data)

    def on_message_complete(self) -> None:
        """An answer is whole; an interim one says nothing."""
        if self._headers is not None:
            self.reusable = self._parser.should_keep_alive()
            self._made(None if self._body_bytes > self._at_most else b"".join(self._chunks))
