"""The load: a closed loop of so many connections, each of which asks again once it has its answer.

At the end it waits for what is in flight. Every answer is compared with the one expected.
"""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from time import perf_counter
from typing import cast

import httptools

HOST = "127.0.0.1"
PATIENCE_SECONDS = 60.0


class Wrong(Exception):
    """A side failed, or answered something else than the others: the run is void."""


@dataclass(slots=True)
class Window:
    """What one window of load gave: every request's seconds, and how long the window was."""

    latencies: list[float] = field(default_factory=list)
    seconds: float = 0.0


class _Connection(asyncio.Protocol):
    """Sends one request after the other, for as long as there is a next one."""

    def __init__(self, next_request: Callable[[], int | None], load: "_Load") -> None:
        self._next = next_request
        self._load = load
        self.ended: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        self._ask()

    def data_received(self, data: bytes) -> None:
        try:
            self._parser.feed_data(data)
        except Exception as error:  # noqa: BLE001 - whatever it is, the window ends by it
            self._fail(error)

    def on_body(self, body: bytes) -> None:
        self._pieces.append(body)

    def on_message_complete(self) -> None:
        answer = self._pieces[0] if len(self._pieces) == 1 else b"".join(self._pieces)
        seconds = perf_counter() - self._sent
        error = self._load.take(self._place, self._parser.get_status_code(), answer, seconds)
        if error is not None:
            self._fail(Wrong(error))
        else:
            self._ask()

    def connection_lost(self, exc: Exception | None) -> None:
        self._fail(Wrong(f"the connection was closed ({exc})"))

    def _ask(self) -> None:
        place = self._next()
        if place is None:
            if not self.ended.done():
                self.ended.set_result(None)
            self._transport.close()
            return
        self._place = place
        self._pieces: list[bytes] = []
        # A parser for each answer: a connection is free as soon as its answer is whole.
        self._parser = httptools.HttpResponseParser(self)
        self._sent = perf_counter()
        self._transport.write(self._load.requests[place])

    def _fail(self, error: BaseException) -> None:
        if not self.ended.done():
            self.ended.set_exception(error)
            self._transport.abort()


class _Load:
    def __init__(
        self, requests: Sequence[bytes], take: Callable[[int, int, bytes, float], str | None]
    ) -> None:
        self.requests = requests
        self.take = take

    async def run(self, port: int, next_request: Callable[[], int | None], concurrency: int) -> None:
        loop = asyncio.get_running_loop()
        made = [
            loop.create_connection(lambda: _Connection(next_request, self), HOST, port)
            for _ in range(concurrency)
        ]
        connections = [protocol for _, protocol in await asyncio.gather(*made)]
        async with asyncio.timeout(PATIENCE_SECONDS):
            await asyncio.gather(*(connection.ended for connection in connections))


def wired(bodies: Sequence[bytes], token: str) -> list[bytes]:
    """Return the requests as they go over the wire."""
    head = (
        f"POST /graphql HTTP/1.1\r\nhost: {HOST}\r\nauthorization: Bearer {token}\r\n"
        "accept: application/json\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n"
    ).encode()
    return [head % len(body) + body for body in bodies]


async def each_once(port: int, requests: Sequence[bytes], concurrency: int) -> list[bytes]:
    """Send each request once and return the answers."""
    answers = [b""] * len(requests)

    def take(place: int, status: int, answer: bytes, _: float) -> str | None:
        answers[place] = answer
        return _fault(status, answer)

    places = iter(range(len(requests)))
    await _Load(requests, take).run(port, lambda: next(places, None), min(concurrency, len(requests)))
    return answers


async def window(
    port: int, requests: Sequence[bytes], concurrency: int, seconds: float, expected: Sequence[bytes]
) -> Window:
    """Load a side for a while. Raises `Wrong` for an answer that is not byte for byte the one expected."""
    result = Window()
    latencies = result.latencies

    def take(place: int, status: int, answer: bytes, took: float) -> str | None:
        latencies.append(took)
        return None if answer == expected[place] else _fault(status, answer) or "another answer than before"

    sent = 0
    started = perf_counter()

    def next_request() -> int | None:
        nonlocal sent
        if perf_counter() - started >= seconds:
            return None
        sent += 1
        return (sent - 1) % len(requests)

    await _Load(requests, take).run(port, next_request, concurrency)
    result.seconds = perf_counter() - started
    return result


def _fault(status: int, answer: bytes) -> str | None:
    if status != 200 or b'"errors"' in answer:  # noqa: PLR2004
        return f"HTTP {status}: {answer[:400].decode(errors='replace')}"
    return None
