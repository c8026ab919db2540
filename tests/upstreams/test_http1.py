"""What an answer is read as, however it is cut, spoilt or crowded: the very one that was sent, or none."""

import re
import string
from dataclasses import dataclass
from urllib.parse import urlsplit

import h11
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from upstreams.http1 import (
    MAX_HEAD_BYTES,
    MAX_REFUSAL_BYTES,
    SCRATCH_BYTES,
    AnswerReader,
    ConnectionFailed,
    RequestWriter,
    lines,
)

AT_MOST = 4 * SCRATCH_BYTES
WRITER = RequestWriter(urlsplit("http://service.test/base"))


@dataclass(frozen=True)
class Sent:
    """An answer as a service sends it, and what is to be made of it."""

    head: bytes
    framed: bytes
    status: int
    body: bytes
    kept: bool
    ends_with_connection: bool = False

    @property
    def wire(self):
        return self.head + self.framed


def read(pieces, *, ended, at_most=AT_MOST):
    """Return the reply, if the answer did not fail, whether its connection stays, and what was not read."""
    reader = AnswerReader()
    reader.begin(at_most)
    left = b"".join(pieces)
    try:
        for piece in pieces:
            end = len(left) - len(piece)
            while len(left) > end:
                space = reader.space()
                count = min(len(space), len(left) - end)
                assert count, "no space to read into"
                space[:count] = left[:count]
                left = left[count:]
                reply = reader.read(count)
                if reply is not None:
                    return reply, reader.reusable, left
        return (reader.end(), reader.reusable, left) if ended else (None, False, left)
    except ConnectionFailed:
        return None, False, left


NAMES = st.text(string.ascii_letters + "-", min_size=1, max_size=12).map(lambda name: f"X-{name}")
VALUES = st.text(string.ascii_letters + string.digits + " ;=,/:\"'()", max_size=20).map(str.strip)
FURTHER = st.lists(st.tuples(NAMES, VALUES), max_size=4)
BODIES = st.one_of(
    st.binary(max_size=60),
    st.builds(
        lambda start, count: (start + b"0123456789")[:7] * count, st.binary(max_size=7), st.integers(0, 30)
    ),
    st.integers(SCRATCH_BYTES - 3, 3 * SCRATCH_BYTES).map(lambda count: (b"constructed" * count)[:count]),
)
STATUSES = st.sampled_from([200, 200, 200, 201, 400, 401, 404, 409, 500, 503])
REASONS = st.sampled_from(["OK", "", "Not Found", "Gone fishing"])


def written(start, headers):
    return "".join([f"{start}\r\n", *(f"{name}: {value}\r\n" for name, value in headers), "\r\n"]).encode()


@st.composite
def chunked(draw, body):
    """Write a body in chunks of any size, with extensions and trailers."""
    pieces = []
    while body:
        count = draw(st.integers(1, len(body)))
        extension = draw(st.sampled_from([b"", b"", b";name=value"]))
        pieces.append(b"%x%s\r\n%s\r\n" % (count, extension, body[:count]))
        body = body[count:]
        if len(pieces) == 5:
            pieces.append(b"%X\r\n%s\r\n" % (len(body), body) if body else b"")
            break
    trailers = draw(st.sampled_from([b"", b"", b"X-Trailer: there\r\nContent-Type: text/html\r\n"]))
    return b"".join([*pieces, b"0\r\n", trailers, b"\r\n"])


@st.composite
def answers(draw):
    """Draw a well-formed answer."""
    version = draw(st.sampled_from(["1.1", "1.1", "1.0"]))
    status, body = draw(STATUSES), draw(BODIES)
    if status != 200:
        body = body[:MAX_REFUSAL_BYTES]
    said = draw(st.sampled_from([None, "close", "keep-alive", "Keep-Alive"]))
    headers = draw(FURTHER)
    headers.append(("Content-Type", "application/json"))
    ways = (
        ["length", "until the end", "nothing"] if version == "1.0" else ["length", "chunks", "until the end"]
    )
    way = draw(st.sampled_from(ways))
    framed = body
    if way == "nothing":
        status, body, framed = draw(st.sampled_from([204, 304])), b"", b""
    elif way == "length":
        headers.append((draw(st.sampled_from(["Content-Length", "content-length"])), str(len(body))))
    elif way == "chunks":
        headers.append(("Transfer-Encoding", draw(st.sampled_from(["chunked", "Chunked"]))))
        framed = draw(chunked(body))
    if said is not None:
        headers.append(("Connection", said))
    headers = draw(st.permutations(headers))
    interim = draw(st.lists(st.sampled_from([100, 102, 103]), max_size=2)) if version == "1.1" else []
    head = b"".join(written(f"HTTP/1.1 {one} Wait", draw(FURTHER)) for one in interim)
    head += written(f"HTTP/{version} {status} {draw(REASONS)}", headers)
    kept = said != "close" if version == "1.1" else (said or "").lower() == "keep-alive"
    ends = way == "until the end"
    return Sent(head, framed, status, body, kept and not ends, ends)


@st.composite
def cut(draw, content):
    """Cut bytes at arbitrary places."""
    places = sorted(draw(st.lists(st.integers(0, len(content)), max_size=6)))
    return [content[start:end] for start, end in zip([0, *places], [*places, len(content)], strict=True)]


@settings(max_examples=400, deadline=None)
@given(data=st.data())
def test_a_well_formed_answer_is_read_as_it_was_sent_wherever_it_is_cut(data):
    sent = data.draw(answers())

    reply, kept, left = read(data.draw(cut(sent.wire)), ended=True)

    assert reply is not None
    assert (reply.status, reply.body, kept, left) == (sent.status, sent.body, sent.kept, b"")
    expected = None if sent.status in (204, 304) and b"Content-Type" not in sent.head else "application/json"
    assert reply.headers.get("content-TYPE") == expected


@settings(max_examples=400, deadline=None)
@given(data=st.data())
def test_an_answer_that_is_cut_short_is_none(data):
    sent = data.draw(answers())
    end = len(sent.head) - 1 if sent.ends_with_connection else len(sent.wire) - 1
    short = sent.wire[: data.draw(st.integers(0, end))]

    reply, _, _ = read(data.draw(cut(short)), ended=True)

    assert reply is None


BEHIND = st.one_of(
    st.binary(min_size=1, max_size=30),
    st.just(b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nothers"),
    st.just(b"HTTP/1.1 100 Continue\r\n\r\n"),
).filter(lambda behind: behind.strip(b"\r\n"))


@settings(max_examples=400, deadline=None)
@given(data=st.data())
def test_what_stands_behind_an_answer_is_no_part_of_it_and_costs_the_connection(data):
    sent = data.draw(answers().filter(lambda sent: not sent.ends_with_connection))
    behind = data.draw(BEHIND)
    pieces = data.draw(cut(sent.wire + behind))

    reply, kept, left = read(pieces, ended=True)

    assert reply is not None
    assert (reply.status, reply.body) == (sent.status, sent.body)
    # What has not been read yet meets a connection on which nothing is asked.
    assert not kept or left == behind


OK = b"HTTP/1.1 200 OK\r\n"
CHUNKS = OK + b"Transfer-Encoding: chunked\r\n\r\n"
TWO = b"Content-Length: 2\r\n\r\n{}"
SPOILT = {
    "another protocol": b"SSH-2.0-OpenSSH_9.2\r\n",
    "TLS": b"\x15\x03\x01\x00\x02\x02\x16",
    "a page without a head": b"<html>bad gateway</html>\r\n\r\n",
    "HTTP/0.9": b"HTTP/0.9 200 OK\r\n" + TWO,
    "HTTP/2": b"HTTP/2.0 200 OK\r\nConnection: keep-alive\r\n" + TWO,
    "a status of two digits": b"HTTP/1.1 20 OK\r\n" + TWO,
    "a status of four": b"HTTP/1.1 2000 OK\r\n" + TWO,
    "a status below 100": b"HTTP/1.1 099 OK\r\n" + TWO,
    "another protocol switched to": b"HTTP/1.1 101 Go\r\nConnection: upgrade\r\nUpgrade: h2c\r\n\r\n",
    "a switch without a name": b"HTTP/1.1 101 Go\r\n\r\nHTTP/1.1 200 OK\r\n" + TWO,
    "two lengths": OK + b"Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}",
    "one length twice": OK + b"Content-Length: 2\r\n" + TWO,
    "lengths in a list": OK + b"Content-Length: 2, 2\r\n\r\n{}",
    "a length and chunks": OK
    + b"Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n",
    "chunks and a length": OK
    + b"Transfer-Encoding: chunked\r\nContent-Length: 2\r\n\r\n2\r\n{}\r\n0\r\n\r\n",
    "a length below nothing": OK + b"Content-Length: -2\r\n\r\n{}",
    "a length with a sign": OK + b"Content-Length: +2\r\n\r\n{}",
    "a length in hexadecimal": OK + b"Content-Length: 0x2\r\n\r\n{}",
    "a length beyond all numbers": OK + b"Content-Length: 99999999999999999999\r\n\r\n{}",
    "no length at all": OK + b"Content-Length:\r\n\r\n{}",
    "a coding that was not asked for": OK + b"Transfer-Encoding: gzip, chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n",
    "a coding behind the chunks": OK + b"Transfer-Encoding: chunked\r\nTransfer-Encoding: gzip\r\n\r\n{}",
    "a coding of nothing": OK + b"Transfer-Encoding: identity\r\n\r\n{}",
    "a folded header": OK + b"X-Long: one\r\n two\r\n" + TWO,
    "a space before the colon": OK + b"Content-Length : 2\r\n\r\n{}",
    "a header without a name": OK + b": value\r\n" + TWO,
    "a header without a colon": OK + b"Content-Length 2\r\n\r\n{}",
    "a NUL in a header": OK + b"X-Nul: \x00\r\n" + TWO,
    "a line that ends too early": OK + b"X-Bare: one\r" + TWO,
    "lines without their returns": b"HTTP/1.1 200 OK\nContent-Length: 2\n\n{}",
    "a chunk of no size": CHUNKS + b"\r\n{}\r\n0\r\n\r\n",
    "a chunk of an odd size": CHUNKS + b"0x2\r\n{}\r\n0\r\n\r\n",
    "a chunk longer than it says": CHUNKS + b"1\r\n{}\r\n0\r\n\r\n",
    "a chunk shorter than it says": CHUNKS + b"3\r\n{}\r\n0\r\n\r\n",
    "a chunk beyond all numbers": CHUNKS + b"fffffffffffffffff\r\n{}",
    "a length longer than the body": OK + b"Content-Length: 3\r\n\r\n{}",
}


@pytest.mark.parametrize("wire", SPOILT.values(), ids=SPOILT.keys())
@pytest.mark.parametrize("at_once", [True, False], ids=["at once", "byte by byte"])
def test_what_is_no_well_formed_answer_is_none(wire, at_once):
    pieces = [wire] if at_once else [wire[place : place + 1] for place in range(len(wire))]

    assert read(pieces, ended=True)[0] is None


def by_h11(wire):
    """Return status and body as another reader of HTTP sees them, or None where it sees no whole answer."""
    client = h11.Connection(h11.CLIENT, max_incomplete_event_size=2**20)
    client.send(h11.Request(method="GET", target="/", headers=[("Host", "service.test")]))
    client.send(h11.EndOfMessage())
    client.receive_data(wire)
    status, body, ended = None, b"", False
    try:
        while True:
            event = client.next_event()
            if event is h11.NEED_DATA:
                if ended:
                    return None
                client.receive_data(b"")
                ended = True
            elif isinstance(event, h11.Response):
                status = event.status_code
            elif isinstance(event, h11.Data):
                body += bytes(event.data)
            elif isinstance(event, h11.EndOfMessage):
                return status, body
            elif event is h11.PAUSED or isinstance(event, h11.ConnectionClosed):
                return None
    except h11.RemoteProtocolError:
        return None


@st.composite
def with_a_few_other_bytes(draw, content):
    """Replace, take away and add some bytes, such as matter in HTTP."""
    changed = bytearray(content)
    for _ in range(draw(st.integers(1, 3))):
        place = draw(st.integers(0, max(len(changed) - 1, 0)))
        bytes_put = draw(
            st.sampled_from([b"", b"0", b"1", b"f", b"\r", b"\n", b"\r\n", b":", b" ", b",", b";"])
        )
        changed[place : place + draw(st.integers(0, 2))] = bytes_put
    return bytes(changed)


@settings(max_examples=1500, deadline=None)
@given(data=st.data())
def test_no_answer_however_spoilt_is_read_as_another_reader_would_not(data):
    sent = data.draw(answers().filter(lambda sent: len(sent.body) <= 1000))
    wire = data.draw(with_a_few_other_bytes(sent.wire))

    reply, _, _ = read(data.draw(cut(wire)), ended=True)

    if reply is not None:
        # The other one does not skip empty lines before a head.
        assert (reply.status, reply.body) == by_h11(re.sub(rb"(^|\r\n\r\n)[\r\n]+HTTP", rb"\1HTTP", wire))


TOO_LONG = b"x" * (AT_MOST + 1)


@pytest.mark.parametrize(
    "wire",
    [
        b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(TOO_LONG) + TOO_LONG,
        b"HTTP/1.1 200 OK\r\nContent-Length: 1000000000000000\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n%x\r\n" % len(TOO_LONG) + TOO_LONG,
        b"HTTP/1.1 200 OK\r\n\r\n" + TOO_LONG,
        b"HTTP/1.1 503 No\r\nContent-Length: 65537\r\n\r\n" + TOO_LONG[:65537],
        b"HTTP/1.1 503 No\r\n\r\n" + TOO_LONG[:65537],
    ],
    ids=["said", "said, and far", "in a chunk", "until the end", "of a refusal, said", "of a refusal"],
)
def test_a_body_of_more_bytes_than_allowed_is_not_told_and_costs_the_connection(wire):
    reply, kept, _ = read([wire], ended=False)

    assert reply is not None
    assert (reply.status, reply.body, kept) == (int(wire[9:12]), None, False)


def test_a_body_of_as_many_bytes_as_allowed_is_told():
    reply, kept, _ = read(
        [b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % AT_MOST + TOO_LONG[1:]], ended=False
    )

    assert (reply.body, kept) == (TOO_LONG[1:], True)


ENDLESS = {
    "a head": (b"HTTP/1.1 200 OK\r\n", b"X-More: and more\r\n"),
    "a header": (b"HTTP/1.1 200 OK\r\nX-Long: ", b"and more"),
    "a status line": (b"HTTP/1.1 200 ", b"and more"),
    "interim answers": (b"", b"HTTP/1.1 100 Wait\r\n\r\n"),
    "chunk extensions": (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1;name=", b"andmore"),
    "trailers": (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n", b"X-More: and more\r\n"),
}


@pytest.mark.parametrize(("start", "more"), ENDLESS.values(), ids=ENDLESS.keys())
def test_what_has_no_end_around_a_body_is_not_kept(start, more):
    count = 2 * MAX_HEAD_BYTES // len(more)

    reply, _, left = read([start, *[more] * count], ended=False)

    assert reply is None
    assert len(left) > MAX_HEAD_BYTES // 2


def test_a_body_in_chunks_of_a_byte_each_is_read_all_the_same():
    body = b"constructed" * 3000
    start = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"

    reply, kept, _ = read([start, *(b"1\r\n%c\r\n" % byte for byte in body), b"0\r\n\r\n"], ended=False)

    assert (reply.body, kept) == (body, True)


def head_of(request, *, bearer=None):
    return request.written(bearer).decode().split("\r\n")


def test_a_request_says_what_it_asks_for_and_nothing_else():
    request = WRITER.request(
        "POST",
        "some/path",
        headers=lines({"Page-Limit": "1000"}),
        query={"of": "a,b", "page": 3},
        body=b"[1]",
    )

    assert head_of(request, bearer="constructed") == [
        "POST /base/some/path?of=a,b&page=3 HTTP/1.1",
        "Host: service.test",
        "User-Agent: offender-gateway",
        "Accept: application/json",
        "Accept-Encoding: identity",
        "Page-Limit: 1000",
        "Content-Length: 3",
        "Authorization: Bearer constructed",
        "",
        "[1]",
    ]


@pytest.mark.parametrize(
    ("path", "query", "target"),
    [
        ("a b/c?d#e%f", {}, "/base/a%20b/c%3Fd%23e%25f"),
        ("a\r\nX-Forged: b", {}, "/base/a%0D%0AX-Forged:%20b"),
        ("a", {"name": "b&c=d#e f+g%"}, "/base/a?name=b%26c%3Dd%23e%20f%2Bg%25"),
        ("a", {"name": "b\r\nX-Forged: c"}, "/base/a?name=b%0D%0AX-Forged:%20c"),
        ("Zoë", {"name": "Zoë"}, "/base/Zo%C3%AB?name=Zo%C3%AB"),
    ],
)
def test_nothing_in_a_path_or_a_query_ends_it_before_its_end(path, query, target):
    assert head_of(WRITER.request("GET", path, query=query))[0] == f"GET {target} HTTP/1.1"


@pytest.mark.parametrize(
    "forged", ["a\r\nX-Forged: b", "a\nX-Forged: b", "a\rb", "a\x00b", "a\r\n", "Zoë\u2028"]
)
def test_no_header_is_more_than_its_line(forged):
    with pytest.raises(ValueError, match="one line"):
        WRITER.request("GET", "", headers=lines({"X-Name": forged})).written(None)
    with pytest.raises(ValueError, match="one line"):
        WRITER.request("GET", "").written(forged)
