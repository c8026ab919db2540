"""HTTP/1.1 in bytes, as far as a caller of JSON services needs it (ADR 14)."""

from collections.abc import Iterator, Mapping
from urllib.parse import SplitResult, quote

import msgspec
from httptools import HttpParserError, HttpParserUpgrade, HttpResponseParser

MAX_REFUSAL_BYTES = 64 * 1024
"""What is read of any answer but a 200, to hear what it says or so that its connection can be used again."""
MAX_HEAD_BYTES = 64 * 1024
FRAMING_PER_BYTE = 8
"""Bytes of chunk sizes that a byte of a body may take; a chunk of one byte takes five."""
IN_A_PATH, IN_A_QUERY = "/:@!$&'()*+,;=~", "/:@!$'()*,;~?"
"""What stands as it is beside letters and digits (RFC 3986); anything else is percent-encoded."""
FIRST_STATUS, SWITCHING_PROTOCOLS, OK, NO_CONTENT, NOT_MODIFIED = 100, 101, 200, 204, 304


class ConnectionFailed(Exception):
    """No connection, one that broke, or an answer that is no HTTP. Nothing of an answer stands in it."""


class Headers(Mapping[str, str]):
    """An answer's headers by name in any case; of several with one name the first."""

    __slots__ = ("_fields",)

    def __init__(self, fields: Mapping[bytes, bytes]) -> None:
        self._fields = fields

    def __getitem__(self, name: str) -> str:
        return self._fields[name.lower().encode("latin-1")].decode("latin-1")

    def __iter__(self) -> Iterator[str]:
        return (name.decode("latin-1") for name in self._fields)

    def __len__(self) -> int:
        return len(self._fields)


class Reply(msgspec.Struct, frozen=True):
    """A whole answer; its body is None where it was longer than allowed."""

    status: int
    headers: Headers
    body: bytes | None


class RequestWriter:
    """Writes requests to one service."""

    def __init__(self, url: SplitResult) -> None:
        self._path = quote(url.path.rstrip("/"), safe=f"{IN_A_PATH}%") + "/"
        self._same_for_all = (
            " HTTP/1.1\r\n"
            f"Host: {url.netloc}\r\n"
            "User-Agent: offender-gateway\r\n"
            "Accept: application/json\r\n"
            "Accept-Encoding: identity\r\n"
        )

    def write(
        self,
        method: str,
        path: str,
        *,
        headers: Mapping[str, str],
        query: Mapping[str, str | int] | None,
        body: bytes | None,
    ) -> bytes:
        """Return a request in one piece. Raises `ValueError` for a header of more than one line."""
        target = self._path + quote(path, safe=IN_A_PATH)
        if query:
            target += "?" + "&".join(
                [f"{name}={quote(str(value), safe=IN_A_QUERY)}" for name, value in query.items()]
            )
        lines = "".join([f"{name}: {value}\r\n" for name, value in headers.items()])
        if lines.count("\n") != len(headers) or lines.count("\r") != len(headers) or "\0" in lines:
            raise ValueError("a header of more than one line")
        if body is not None or method != "GET":
            lines += f"Content-Length: {len(body or b'')}\r\n"
        head = f"{method} {target}{self._same_for_all}{lines}\r\n".encode("ascii")
        return head if body is None else head + body


class AnswerReader:
    """Reads answers out of what arrives, one after the other, and says when there is one."""

    def __init__(self) -> None:
        self._parser = HttpResponseParser(self)
        self.begin(0)

    def begin(self, at_most: int) -> None:
        """Expect an answer with a body of so many bytes at most, if it is a 200."""
        self._at_most = at_most
        self._fields: dict[bytes, bytes] = {}
        self._headers: Headers | None = None
        self._status = 0
        self._ends_with_connection = False
        self._chunks: list[bytes] = []
        self._body_bytes = 0
        self._wire_bytes = 0
        self._reply: Reply | None = None
        self.reusable = False
        """Whether another answer may come on this connection, once there is a reply."""

    def feed(self, data: bytes) -> Reply | None:
        """Read a piece, and return the answer that it ends. Raises `ConnectionFailed`."""
        self._wire_bytes += len(data)
        try:
            self._parser.feed_data(data)
        except (HttpParserError, HttpParserUpgrade) as error:
            # What stands behind a whole answer is nobody's, and costs the connection alone.
            self.reusable = False
            if self._reply is None:
                raise ConnectionFailed("no well-formed answer") from error
        if self._reply is None:
            if self._body_bytes > self._at_most:
                return self._made()
            # A head, interim answers, chunk sizes or trailers without end are held in memory too.
            if self._wire_bytes > MAX_HEAD_BYTES + (1 + FRAMING_PER_BYTE) * self._body_bytes:
                raise ConnectionFailed("too much around a body")
        return self._reply

    def end(self) -> Reply:
        """Return the answer that the end of the connection ends. Raises `ConnectionFailed`."""
        if not self._ends_with_connection:
            raise ConnectionFailed("closed before the end of an answer")
        return self._made()

    def on_message_begin(self) -> None:
        """Hear from the parser that an answer begins: it may not be a second one."""
        if self._reply is not None:
            raise ConnectionFailed

    def on_header(self, name: bytes, value: bytes) -> None:
        """Hear from the parser of a header, or of a trailer."""
        self._fields.setdefault(name.lower(), value)

    def on_headers_complete(self) -> None:
        """Hear from the parser that the headers are there."""
        status, fields = self._parser.get_status_code(), self._fields
        # What trailers say is no header.
        self._fields = {}
        if (
            status < FIRST_STATUS
            or status == SWITCHING_PROTOCOLS
            or self._parser.get_http_version() not in ("1.1", "1.0")
        ):
            raise ConnectionFailed
        if status < OK:
            return
        self._status, self._headers = status, Headers(fields)
        if status != OK:
            self._at_most = min(self._at_most, MAX_REFUSAL_BYTES)
        if (coding := fields.get(b"transfer-encoding")) is not None:
            if coding.strip().lower() != b"chunked":
                raise ConnectionFailed
        elif b"content-length" not in fields and status not in (NO_CONTENT, NOT_MODIFIED):
            self._ends_with_connection = True

    def on_body(self, data: bytes) -> None:
        """Hear from the parser of some bytes of the body."""
        self._body_bytes += len(data)
        self._chunks.append(data)

    def on_message_complete(self) -> None:
        """Hear from the parser that an answer is whole; an interim one says nothing."""
        if self._headers is not None:
            self.reusable = self._parser.should_keep_alive()
            self._made()

    def _made(self) -> Reply:
        assert self._headers is not None
        body = None if self._body_bytes > self._at_most else b"".join(self._chunks)
        self._chunks = []
        self._reply = Reply(self._status, self._headers, body)
        return self._reply
