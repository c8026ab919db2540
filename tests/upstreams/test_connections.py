"""What a connection is used for and what never, whatever a service does with it."""

import asyncio
import gc
import ssl
import sys

import pytest
import trustme
from services import CLOSES, RESETS, STAYS, serving_bytes, whole
from starlette.applications import Starlette
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route
from waiting import until

from twins.serving import listening, serving
from upstreams.connections import CannotConnect, Connections
from upstreams.http1 import ConnectionFailed


def ask(connections, path="", *, seconds=10.0, method="GET", **options):
    request = connections.writer.request(method, path, body=options.pop("body", None))
    at = asyncio.get_running_loop().time() + seconds
    return connections.exchange(request, until=at, **{"at_most": 1024, **options})


def answering(*answers, after=STAYS):
    """Answer with these in their order, and with the last of them for ever."""
    left = list(answers)

    async def answer(_, writer):
        said = left.pop(0) if len(left) > 1 else left[0]
        said, then = said if isinstance(said, tuple) else (said, after)
        writer.write(said)
        await writer.drain()
        return then

    return answer


OK = whole(b"{}")


async def never(_, writer):
    """Begin an answer that does not end."""
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{")
    await asyncio.Event().wait()
    return STAYS


async def test_a_redirect_is_not_followed_so_that_a_token_reaches_nobody_else():
    heard = []

    async def elsewhere(request):
        heard.append(request.headers.get("authorization"))
        return Response()

    async with serving(Starlette(routes=[Route("/{path:path}", elsewhere)])) as other:

        async def redirect(_):
            return RedirectResponse(f"{other}/elsewhere")

        async with (
            serving(Starlette(routes=[Route("/{path:path}", redirect)])) as url,
            Connections(url, limit=1) as connections,
        ):
            reply = await ask(connections, "here", bearer="constructed")

    assert reply.status == 307
    assert heard == []


async def test_nothing_compressed_is_asked_for_and_no_cookie_is_kept():
    heard = []

    async def service(request):
        heard.append((request.headers["accept-encoding"], request.headers.get("cookie")))
        return Response(headers={"Set-Cookie": "session=constructed"})

    async with (
        serving(Starlette(routes=[Route("/", service)])) as url,
        Connections(url, limit=1) as connections,
    ):
        for _ in range(2):
            await ask(connections)

    assert heard == [("identity", None)] * 2


async def test_the_environment_s_proxy_is_not_asked(monkeypatch):
    async with serving_bytes(answering(OK)) as proxy, serving_bytes(answering(OK)) as service:
        for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
            monkeypatch.setenv(name, proxy.url)
        async with Connections(service.url, limit=1) as connections:
            await ask(connections)

    assert (proxy.opened, service.opened) == (0, 1)


async def test_one_connection_serves_one_request_after_the_other():
    async with serving_bytes(answering(OK)) as service, Connections(service.url, limit=3) as connections:
        for number in range(5):
            assert (await ask(connections, f"{number}")).body == b"{}"

    assert service.asked == [(f"/{number}", 1) for number in range(5)]


@pytest.mark.parametrize("size", [2, 200_000], ids=["short", "long"])
async def test_a_free_connection_does_not_keep_the_answer(size):
    answer = answering(whole(b" " * size))
    async with serving_bytes(answer) as service, Connections(service.url, limit=1) as connections:
        reply = await ask(connections, at_most=2**21)
        # The event loop itself lets go of it a turn later.
        await until(lambda: sys.getrefcount(reply) - sys.getrefcount(object()) == 1)

    assert len(reply.body) == size


async def test_no_more_connections_are_open_than_allowed_and_everybody_is_answered():
    async def slowly(_, writer):
        await asyncio.sleep(0)
        return await answering(OK)(_, writer)

    async with serving_bytes(slowly) as service, Connections(service.url, limit=3) as connections:
        replies = await asyncio.gather(*(ask(connections, f"{number}") for number in range(40)))

    assert [reply.body for reply in replies] == [b"{}"] * 40
    assert service.most_open <= 3
    assert sorted(service.targets) == sorted(f"/{number}" for number in range(40))


@pytest.mark.parametrize(
    "answer",
    [
        (whole(b"{}", headers="Connection: close\r\n"), CLOSES),
        (whole(b"{}", headers="Connection: close\r\n"), STAYS),
        (b"HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\n{}", STAYS),
        (b"HTTP/1.1 200 OK\r\n\r\n{}", CLOSES),
        (OK + b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nothers", STAYS),
        (OK + b"\x00", STAYS),
        (whole(b" " * 200_000), STAYS),
    ],
    ids=["close", "close said", "HTTP/1.0", "until the end", "a second answer", "a byte", "too much"],
)
async def test_an_answer_after_which_no_other_can_come_costs_its_connection(answer):
    async with (
        serving_bytes(answering(answer, OK)) as service,
        Connections(service.url, limit=1) as connections,
    ):
        first, second = await ask(connections, "first"), await ask(connections, "second")

    assert first.body == (None if len(answer[0]) > 1024 else b"{}")
    assert second.body == b"{}"
    assert service.asked == [("/first", 1), ("/second", 2)]


async def test_what_arrives_while_nothing_is_asked_ends_the_connection():
    said = asyncio.Event()

    async def answer(_, writer):
        writer.write(OK)
        await said.wait()
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nothers")
        return STAYS

    async with serving_bytes(answer) as service, Connections(service.url, limit=1) as connections:
        await ask(connections, "first")
        said.set()
        await until(lambda: service.open == 0)
        reply = await ask(connections, "second")

    assert reply.body == b"{}"
    assert service.asked == [("/first", 1), ("/second", 2)]


async def test_a_connection_that_was_free_for_too_long_is_not_used():
    async with (
        serving_bytes(answering(OK)) as service,
        Connections(service.url, limit=1, kept_seconds=0) as connections,
    ):
        for _ in range(2):
            await ask(connections)

    assert service.asked == [("/", 1), ("/", 2)]


@pytest.mark.parametrize("how", [CLOSES, RESETS])
async def test_a_connection_that_the_service_ended_meanwhile_is_not_used(how):
    async with (
        serving_bytes(answering((OK, how), OK)) as service,
        Connections(service.url, limit=1) as connections,
    ):
        await ask(connections, "first")
        await until(lambda: service.open == 0)
        reply = await ask(connections, "second")

    assert reply.body == b"{}"
    assert service.asked == [("/first", 1), ("/second", 2)]


@pytest.mark.parametrize("how", [CLOSES, RESETS])
@pytest.mark.parametrize(
    "said",
    [b"", b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{}", b"no HTTP"],
    ids=["nothing", "half", "no HTTP"],
)
async def test_a_request_whose_connection_breaks_is_sent_once_more_on_a_new_one(how, said):
    async with (
        serving_bytes(answering(OK, (said, how), OK)) as service,
        Connections(service.url, limit=1) as connections,
    ):
        await ask(connections, "first")
        reply = await ask(connections, "second")

    assert reply.body == b"{}"
    assert service.asked == [("/first", 1), ("/second", 1), ("/second", 2)]


async def test_a_request_is_not_sent_a_third_time():
    async with (
        serving_bytes(answering((b"", CLOSES))) as service,
        Connections(service.url, limit=1) as connections,
    ):
        with pytest.raises(ConnectionFailed):
            await ask(connections)

    assert len(service.asked) == 2


async def test_a_service_that_is_not_there_is_told_from_one_that_hangs_up():
    with listening() as listener:
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
    async with Connections(url, limit=1) as connections:
        for _ in range(3):
            with pytest.raises(CannotConnect):
                await ask(connections)


async def test_time_that_is_up_ends_the_exchange_and_its_connection():
    async with serving_bytes(never) as service, Connections(service.url, limit=2) as connections:
        asking = [asyncio.create_task(ask(connections, seconds=seconds)) for seconds in (0.3, 0.1, 60)]
        await until(lambda: service.open == 2)
        async with asyncio.timeout(10):
            done = await asyncio.gather(*asking[:2], return_exceptions=True)
        still = not asking[2].done()
        asking[2].cancel()
        await asyncio.gather(asking[2], return_exceptions=True)
        await until(lambda: service.open == 0)

    assert [type(error) for error in done] == [TimeoutError, TimeoutError]
    assert still


async def test_waiting_for_a_connection_takes_no_longer_than_there_is_time():
    async with serving_bytes(never) as service, Connections(service.url, limit=1) as connections:
        first = asyncio.create_task(ask(connections, "first"))
        await until(lambda: service.asked)
        with pytest.raises(TimeoutError):
            await ask(connections, "second", seconds=0.05)
        first.cancel()
        await asyncio.gather(first, return_exceptions=True)

    assert service.targets == ["/first"]


async def test_an_answer_to_somebody_who_has_left_reaches_nobody():
    go_on = asyncio.Event()

    async def answer(target, writer):
        if target == "/left":
            await go_on.wait()
        writer.write(whole(target.encode()))
        return STAYS

    async with serving_bytes(answer) as service, Connections(service.url, limit=1) as connections:
        leaving = asyncio.create_task(ask(connections, "left"))
        await until(lambda: service.asked)
        leaving.cancel()
        await asyncio.gather(leaving, return_exceptions=True)
        staying = asyncio.create_task(ask(connections, "stayed"))
        go_on.set()
        reply = await staying

    assert reply.body == b"/stayed"
    assert service.asked == [("/left", 1), ("/stayed", 2)]


def contexts():
    authority = trustme.CA()
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(server)

    def client():
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        authority.configure_trust(context)
        return context

    return server, client


class Certificate:
    """A certificate of ours whose context the test replaces."""

    def __init__(self, context):
        self.context = context


async def test_connections_of_an_old_certificate_end_with_what_they_have_in_flight():
    server, client = contexts()
    go_on = asyncio.Event()

    async def answer(target, writer):
        if target == "/slow":
            await go_on.wait()
        writer.write(whole(target.encode()))
        return STAYS

    certificate = Certificate(client())
    async with (
        serving_bytes(answer, context=server) as service,
        Connections(service.url, limit=3, certificate=certificate) as connections,
    ):
        slow = asyncio.create_task(ask(connections, "slow"))
        await until(lambda: service.asked)
        await ask(connections, "old")
        certificate.context = client()
        await ask(connections, "new")
        go_on.set()
        in_flight = await slow
        await ask(connections, "new again")

    assert in_flight.body == b"/slow"
    assert service.asked == [("/slow", 1), ("/old", 2), ("/new", 3), ("/new%20again", 3)]


@pytest.mark.parametrize("long", [False, True], ids=["short", "long"])
async def test_an_answer_over_tls_is_read_to_its_end_however_it_ends(long):
    server, client = contexts()
    body = b"constructed" * (100_000 if long else 1)
    answers = [whole(body), (b"HTTP/1.1 200 OK\r\n\r\n" + body, CLOSES), whole(body)]

    async with (
        serving_bytes(answering(*answers), context=server) as service,
        Connections(service.url, limit=1, certificate=Certificate(client())) as connections,
    ):
        bodies = [(await ask(connections, at_most=2**21)).body for _ in range(3)]

    assert bodies == [body] * 3
    assert [number for _, number in service.asked] == [1, 1, 2]


async def test_a_service_of_another_authority_is_not_spoken_to():
    (server, _), (_, other) = contexts(), contexts()

    async with (
        serving_bytes(answering(OK), context=server) as service,
        Connections(service.url, limit=1, certificate=Certificate(other())) as connections,
    ):
        with pytest.raises(CannotConnect):
            await ask(connections)
    async with Connections(service.url, limit=1) as connections:
        with pytest.raises(CannotConnect):
            await ask(connections)

    assert service.asked == []


async def test_in_the_end_nothing_is_left_open():
    async with serving_bytes(never) as service:
        async with Connections(service.url, limit=3) as connections:
            asking = [asyncio.create_task(ask(connections)) for _ in range(3)]
            await until(lambda: len(service.asked) == 3)
        async with asyncio.timeout(10):
            failed = await asyncio.gather(*asking, return_exceptions=True)
        await until(lambda: service.open == 0)
        with pytest.raises(ConnectionFailed):
            await ask(connections)
    # A socket that nobody closed would be told of here.
    gc.collect()

    assert [type(error) for error in failed] == [ConnectionFailed] * 3
