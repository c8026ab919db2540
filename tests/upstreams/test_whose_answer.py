"""An answer is its asker's own: many who ask side by side, leave, run out of time and are answered badly."""

import asyncio
import random
import ssl

import pytest
import trustme
import uvloop
from services import CLOSES, RESETS, STAYS, serving_bytes, whole

from upstreams.connections import Connections
from upstreams.http1 import ConnectionFailed

CALLERS, REQUESTS = 16, 2000
LONG = 200_000
OTHERS = whole(b"of somebody else")


def said_to(target):
    """Return what this one is told, and nobody else is: of some length, and a long one now and then."""
    number = int(target.rpartition("/")[2])
    return f"{target} ".encode() * (LONG // len(target) if number % 40 == 0 else 1 + number % 20)


def in_chunks(body):
    middle = len(body) // 2
    pieces = (body[:middle], body[middle:])
    head = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
    return head + b"".join(b"%x\r\n%s\r\n" % (len(piece), piece) for piece in pieces) + b"0\r\n\r\n"


def answering(chance):  # noqa: C901 - one case a way
    """Answer each in its own words, in every way that there is, and often wrongly."""

    async def turns():
        for _ in range(chance.choice([0, 0, 1, 3, 10])):
            await asyncio.sleep(0)

    async def answer(target, writer):  # noqa: C901 - one case a way
        body = said_to(target)
        await turns()
        match chance.randrange(20):
            case 0:
                writer.write(in_chunks(body))
            case 1:
                writer.write(b"HTTP/1.1 200 OK\r\n\r\n" + body)
                return CLOSES
            case 2:
                writer.write(whole(body)[: chance.randrange(len(body))])
                await turns()
                return chance.choice([CLOSES, RESETS])
            case 3:
                writer.write(b"<html>bad gateway</html>")
            case 4 if len(body) < LONG // 2:
                # In one piece with its answer: what comes later cannot be told from the next answer.
                writer.write(whole(body) + OTHERS)
            case 5:
                writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
                await turns()
                writer.write(whole(body))
            case 6:
                content = whole(body)
                place = chance.randrange(len(content))
                writer.write(content[:place])
                await turns()
                writer.write(content[place:])
            case 7:
                writer.write(whole(body, status="503 Down"))
            case 8:
                writer.write(whole(body, headers="Connection: close\r\n"))
                return CLOSES
            case 9:
                writer.write(whole(body))
                return CLOSES
            case 10:
                await asyncio.Event().wait()
            case _:
                writer.write(whole(body))
        return STAYS

    return answer


async def everybody_asks(seed, *, server=None, client=None):
    """Return how many were answered, and every answer that was not its asker's own."""
    chance = random.Random(seed)  # noqa: S311 - the same each time
    answered, strange, numbers = 0, [], iter(range(REQUESTS))
    loop = asyncio.get_running_loop()

    async def ask(number):
        nonlocal answered
        target = f"/{seed}/{number}"
        request = connections.writer.request("GET", target[1:])
        until = loop.time() + chance.choice([0.005, 0.05, 0.2])
        try:
            reply = await connections.exchange(request, at_most=2 * LONG, until=until)
        except (ConnectionFailed, TimeoutError):
            return
        answered += 1
        expected = said_to(target)
        if reply.body != (None if reply.status == 503 and len(expected) > LONG // 2 else expected):
            strange.append((target, reply.status, reply.body and reply.body[:40]))

    async def caller():
        for number in numbers:
            asking = asyncio.create_task(ask(number))
            if chance.random() < 0.2:
                for _ in range(chance.randrange(12)):
                    await asyncio.sleep(0)
                asking.cancel()
            await asyncio.gather(asking, return_exceptions=True)

    async with (
        serving_bytes(answering(chance), context=server) as service,
        Connections(service.url, limit=CALLERS, certificate=client) as connections,
        asyncio.timeout(120),
        asyncio.TaskGroup() as callers,
    ):
        for _ in range(CALLERS):
            callers.create_task(caller())
    return answered, strange, service


class Certificate:
    """Of ours, in the tests' own authority."""

    def __init__(self, authority):
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        authority.configure_trust(self.context)


@pytest.fixture(scope="module")
def authority():
    return trustme.CA()


@pytest.mark.parametrize("loop", [asyncio.new_event_loop, uvloop.new_event_loop], ids=["asyncio", "uvloop"])
@pytest.mark.parametrize("secured", [False, True], ids=["plain", "TLS"])
def test_each_answer_that_arrives_is_its_asker_s_own(loop, secured, authority):
    server = client = None
    if secured:
        server, client = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER), Certificate(authority)
        authority.issue_cert("127.0.0.1").configure_cert(server)

    with asyncio.Runner(loop_factory=loop) as runner:
        answered, strange, service = runner.run(everybody_asks(43, server=server, client=client))

    assert strange == []
    assert answered > REQUESTS / 4
    # Connections are kept, so that an answer could have met another request than its own.
    assert service.opened < len(service.asked) * 0.8
