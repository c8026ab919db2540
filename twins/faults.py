"""Wraps a twin: counts its calls and spoils its answers, on request of a test or of whoever runs the demo."""

import asyncio
import gzip
from collections.abc import Sequence
from contextlib import suppress
from typing import Any, Literal

import msgspec
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Match, Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from twins.calls import Calls

RowsFault = Literal["doubled", "shuffled", "missing", "stranger", "padded", "malformed", "another's number"]


class Fault(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="camel"):
    """One way to answer wrongly; without `status`, `body`, `hugeBytes` the twin's own goes through.

    `pathContains` narrows it to some paths, `times` heals it after so many calls, `rows` spoils lists.
    """

    status: int | None = None
    body: str | None = None
    content_type: str | None = None
    retry_after: int | None = None
    delay_seconds: float = 0.0
    cut_after_bytes: int | None = None
    trickle_seconds_per_byte: float | None = None
    gzip: bool = False
    huge_bytes: int | None = None
    rows: RowsFault | None = None
    path_contains: str = ""
    times: int | None = None

    def answers_itself(self) -> bool:
        """Return whether the twin behind is not asked at all."""
        return self.status is not None or self.body is not None or self.huge_bytes is not None


class Faults:
    """The faults in force; the first whose path fits is applied."""

    def __init__(self) -> None:
        self._faults: list[Fault] = []
        self._left: dict[int, int] = {}

    def put(self, *faults: Fault) -> None:
        """Replace what is in force by these faults."""
        self._faults = list(faults)
        self._left = {id(fault): fault.times for fault in faults if fault.times is not None}

    def clear(self) -> None:
        """Heal the twin."""
        self.put()

    def take(self, path: str) -> Fault | None:
        """Return the fault for one call to this path, which uses up one of its `times`."""
        for fault in self._faults:
            left = self._left.get(id(fault))
            if fault.path_contains not in path or left == 0:
                continue
            if left is not None:
                self._left[id(fault)] = left - 1
            return fault
        return None


class FaultyApp:
    """An ASGI app in front of a twin's app, with `/twin/faults` and `/twin/calls` of its own."""

    def __init__(self, app: ASGIApp, routes: Sequence[BaseRoute]) -> None:
        self.faults = Faults()
        self.calls = Calls()
        self._app = app
        self._routes = [route for route in routes if isinstance(route, Route)]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request: a control request, a faulty answer, or the twin's own."""
        if scope["type"] != "http":
            return
        if scope["path"].startswith("/twin/"):
            response = await self._control(Request(scope, receive))
            await response(scope, receive, send)
            return
        body = await _body(receive)
        fault = self.faults.take(scope["path"])
        with self.calls.recording(scope, self._template(scope), body) as call:
            answer = _Answer(fault or Fault(), _noting(send, call), receive)
            await answer.give(self._app, {**scope, "rows_fault": fault and fault.rows}, body)

    def _template(self, scope: Scope) -> str:
        for route in self._routes:
            if route.matches(scope)[0] is not Match.NONE:
                return route.path
        return "(no route)"

    async def _control(self, request: Request) -> Response:
        match request.method, request.url.path:
            case "PUT", "/twin/faults":
                return await self._put_faults(request)
            case "DELETE", "/twin/faults":
                self.faults.clear()
                return Response(status_code=204)
            case "GET", "/twin/calls":
                return JSONResponse(self.calls.summary())
            case "DELETE", "/twin/calls":
                self.calls.clear()
                return Response(status_code=204)
        return Response(status_code=404)

    async def _put_faults(self, request: Request) -> Response:
        try:
            wanted = msgspec.json.decode(await request.body(), type=Fault | list[Fault])
        except msgspec.DecodeError as error:
            return JSONResponse({"error": str(error)}, status_code=400)
        self.faults.put(*(wanted if isinstance(wanted, list) else [wanted]))
        return Response(status_code=204)


class _Answer:
    """One answer on its way out, spoilt as the fault says."""

    def __init__(self, fault: Fault, send: Send, receive: Receive) -> None:
        self._fault = fault
        self._send = send
        self._receive = receive

    async def give(self, app: ASGIApp, scope: Scope, body: bytes) -> None:
        if self._fault.delay_seconds and await gone_within(self._fault.delay_seconds, self._receive):
            return
        replay = _replaying(body, self._receive)
        if self._fault.answers_itself():
            await self._written(scope, replay)
        elif self._changes_the_bytes():
            await self._rewritten(app, scope, replay)
        else:
            await app(scope, replay, self._send)

    def _changes_the_bytes(self) -> bool:
        fault = self._fault
        return fault.gzip or fault.cut_after_bytes is not None or fault.trickle_seconds_per_byte is not None

    async def _written(self, scope: Scope, receive: Receive) -> None:
        fault = self._fault
        content = fault.body if fault.huge_bytes is None else '["' + "x" * fault.huge_bytes + '"]'
        headers = {} if fault.retry_after is None else {"Retry-After": str(fault.retry_after)}
        media_type = fault.content_type or ("application/json" if content else None)
        response = Response(content, fault.status or 200, headers, media_type)
        await self._rewritten(response, scope, receive)

    async def _rewritten(self, app: ASGIApp, scope: Scope, receive: Receive) -> None:
        start: Message = {}
        content = b""

        async def collect(message: Message) -> None:
            nonlocal start, content
            if message["type"] == "http.response.start":
                start = message
            else:
                content += message.get("body", b"")

        await app(scope, receive, collect)
        if self._fault.gzip:
            content = gzip.compress(content)
        await self._send({**start, "headers": self._headers(start["headers"], len(content))})
        await self._send_body(content)

    def _headers(self, headers: list[tuple[bytes, bytes]], length: int) -> list[tuple[bytes, bytes]]:
        kept = [(name, value) for name, value in headers if name.lower() != b"content-length"]
        if self._fault.gzip:
            kept.append((b"content-encoding", b"gzip"))
        # The full length is promised, so that an answer cut short is known to be.
        return [*kept, (b"content-length", str(length).encode())]

    async def _send_body(self, content: bytes) -> None:
        cut, pause = self._fault.cut_after_bytes, self._fault.trickle_seconds_per_byte
        if pause is not None:
            for place in range(len(content)):
                await self._send(
                    {"type": "http.response.body", "body": content[place : place + 1], "more_body": True}
                )
                if await gone_within(pause, self._receive):
                    return
        elif cut is not None and cut < len(content):
            # To return before the promised end makes the server close the connection.
            await self._send({"type": "http.response.body", "body": content[:cut], "more_body": True})
            return
        else:
            await self._send({"type": "http.response.body", "body": content, "more_body": True})
        await self._send({"type": "http.response.body", "body": b""})


async def gone_within(seconds: float, receive: Receive) -> bool:
    """Wait so long, or until the caller has hung up; return whether it has."""

    async def hung_up() -> None:
        while (await receive())["type"] != "http.disconnect":
            pass

    with suppress(TimeoutError):
        await asyncio.wait_for(hung_up(), seconds)
        return True
    return False


async def _body(receive: Receive) -> bytes:
    content = b""
    while True:
        message = await receive()
        content += bytes(message.get("body", b""))
        if not message.get("more_body", False):
            return content


def _replaying(body: bytes, receive: Receive) -> Receive:
    left = [{"type": "http.request", "body": body, "more_body": False}]

    async def replay() -> Message:
        return left.pop() if left else await receive()

    return replay


def _noting(send: Send, call: Any) -> Send:
    async def note(message: Message) -> None:
        if message["type"] == "http.response.start":
            call.status = message["status"]
        await send(message)

    return note
