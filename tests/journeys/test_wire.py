"""What comes by the wire: bounded heads and trailers, upgrades ignored, and where a request ends."""

import json

import pytest
from gateways import listening
from wires import all_said_to, statuses

from gateway.app import build
from gateway.edge.wire import Wire
from gateway.settings import load

LIMIT = 16 * 1024
QUERY = json.dumps({"query": '{ offender(nomsNumber: "G4273GI") { lastName } }'}).encode()
LAST = b"GET /info HTTP/1.1\r\nHost: gateway\r\nConnection: close\r\n\r\n"


def posted(gw, *headers, token=True):
    lines = ["POST /graphql HTTP/1.1", "Host: gateway", "Content-Type: application/json", *headers]
    lines += [f"Authorization: Bearer {gw.token}"] if token else []
    return "\r\n".join([*lines, "", ""]).encode()


@pytest.mark.parametrize("upgrade", ["h2c", "websocket", "something"])
@pytest.mark.parametrize("apart", [False, True])
async def test_an_offered_upgrade_is_ignored_and_the_body_is_the_request_s_own(gw, upgrade, apart):
    """Java's HTTP client offers h2c with every request over plain http."""
    offer = ["Connection: Upgrade, HTTP2-Settings", f"Upgrade: {upgrade}", "HTTP2-Settings: AAEAAEAAAAIAAAAB"]
    head = posted(gw, *offer, f"Content-Length: {len(QUERY)}")

    said = await all_said_to(gw.url, *([head, QUERY] if apart else [head + QUERY]), LAST)

    assert statuses(said) == [200, 200]
    assert '{"data":{"offender":{"lastName":"FENHALE"}}}' in said


async def test_a_body_behind_an_offered_upgrade_is_no_request(gw):
    hidden = b"GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n"
    head = (
        b"GET /health HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: x\r\nContent-Length: %d\r\n\r\n"
    )

    said = await all_said_to(gw.url, head % len(hidden), hidden, LAST)

    assert statuses(said) == [200, 200]
    assert "gateway_requests_total" not in said


async def test_a_chunked_body_behind_an_offered_upgrade_is_read(gw):
    head = posted(gw, "Connection: Upgrade", "Upgrade: h2c", "Transfer-Encoding: chunked")
    chunked = b"%x\r\n%b\r\n0\r\n\r\n" % (len(QUERY), QUERY)

    said = await all_said_to(gw.url, head + chunked + LAST)

    assert statuses(said) == [200, 200]


async def test_a_trailer_is_no_header(gw, stage):
    head = posted(gw, "Transfer-Encoding: chunked", "Connection: close", token=False)
    trailers = f"Authorization: Bearer {gw.token}\r\nX-Correlation-Id: from-a-trailer\r\n".encode()

    said = await all_said_to(gw.url, head + b"%x\r\n%b\r\n0\r\n%b\r\n" % (len(QUERY), QUERY, trailers))

    assert statuses(said) == [401]
    assert "from-a-trailer" not in said
    assert stage.prisoner_search.calls.count() == 0


@pytest.mark.parametrize(
    "endless", [b"X-A: " + b"y" * 1000 + b"\r\n", b"y" * 1000], ids=["trailers", "one trailer"]
)
async def test_trailers_that_never_end_are_cut_off(gw, endless):
    head = posted(gw, "Transfer-Encoding: chunked")
    body = b"%x\r\n%b\r\n0\r\nX: " % (len(QUERY), QUERY)

    said = await all_said_to(gw.url, head + body, *[endless] * 1000)

    assert statuses(said) in ([200, 431], [431], [])


async def test_requests_in_odd_pieces_are_all_answered(gw):
    """A piece that ends one request and begins the next is no part of a head that never ends."""
    padded = json.dumps({**json.loads(QUERY), "extensions": {"padding": "x" * 2 * LIMIT}}).encode()
    request = posted(gw, f"Content-Length: {len(padded)}") + padded

    said = await all_said_to(gw.url, request[:20], request[20:] + request[:30], request[30:] + LAST)

    assert statuses(said) == [200, 200, 200]


@pytest.mark.parametrize(
    "nonsense",
    [b"CONNECT elsewhere.test:443 HTTP/1.1\r\nHost: x\r\n\r\n", b"\x16\x03\x01\x02\x00\x01\r\n\r\n"],
)
async def test_what_is_no_request_is_told_so_and_hung_up_on(gw, nonsense):
    said = await all_said_to(gw.url, nonsense)

    head, _, body = said.partition("\r\n\r\n")
    (error,) = json.loads(body)["errors"]
    assert statuses(said) == [400]
    assert error["extensions"]["code"] == "BAD_USER_INPUT"
    assert f"x-correlation-id: {error['extensions']['correlationId']}" in head
    assert "cache-control: no-store" in head


class Hasty(Wire):
    HEAD_SECONDS = 0.3


@pytest.mark.parametrize(
    ("said", "answered"),
    [
        (b"", []),
        (b"\r\n", []),
        (b"GET /health HTTP/1.1\r\n", [408]),
        (b"GET /info HTTP/1.1\r\nHost: x\r\n\r\nGET /health HTTP/1.1\r\n", [200, 408]),
    ],
    ids=["nothing", "a blank line", "half a head", "half a second head"],
)
async def test_a_head_that_does_not_come_is_not_waited_for(stage, said, answered):
    app = build(load(stage.environment()))

    async with listening(app, wire=Hasty) as url:
        assert statuses(await all_said_to(url, said)) == answered


async def test_a_body_has_the_time_of_the_whole_request(stage, token):
    app = build(load(stage.environment(REQUEST_TIMEOUT_SECONDS="1")))
    head = f"POST /graphql HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token()}\r\nConnection: close\r\n"
    head += "Content-Type: application/json\r\nContent-Length: 100\r\n\r\n"

    async with listening(app, wire=Hasty) as url:
        said = await all_said_to(url, head.encode())

    assert statuses(said) == [408]
    assert "REQUEST_TIMEOUT_SECONDS (1)" in said
