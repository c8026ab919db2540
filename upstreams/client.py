"""One upstream over HTTP: bounded in time, in calls in flight and in bytes, with one retry where it is safe.

Every call here is a read, also the POSTs, so that a call may be sent again.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Collection, Mapping
from typing import Any, Protocol, TypeVar

import msgspec

from upstreams.connections import Connections
from upstreams.deadline import Deadline
from upstreams.errors import (
    AuthRefused,
    AuthUnavailable,
    BadAnswer,
    OutOfTime,
    Refused,
    TimedOut,
    Unreachable,
    UpstreamError,
)
from upstreams.http1 import OK, ConnectionFailed, Headers, Reply, Request, lines
from upstreams.reading import Unreadable
from upstreams.records import Route, System, User
from upstreams.turns import Turns

T = TypeVar("T")

MAX_ANSWER_BYTES = 32 * 1024 * 1024
HEADERS = lines({"Content-Type": "application/json"})
"""Prisoner Search demands the content type on its GETs too (contract a.3)."""
UNAUTHORIZED, FORBIDDEN = 401, 403


class Tokens(Protocol):
    """Where a bearer token comes from."""

    def held(self, user: User | None = None) -> str | None:
        """Return a token that is still good, in the name of this user where one is given, if there is one."""

    async def bearer(self, user: User | None = None) -> str:
        """Return the same, however long it takes to get it."""

    def discard(self, token: str, user: User | None = None) -> None:
        """Forget a token that an upstream did not take."""


class Observer(Protocol):
    """Who counts the calls. Operation names are ours; nothing of a person reaches an observer."""

    def upstream_call(self, *, route: str, operation: str, outcome: str, seconds: float) -> None:
        """One call ended: `outcome` is the status, or the name of the error."""


class Answer(msgspec.Struct, frozen=True):
    """What came back; the body is empty where the status is neither 200 nor one whose body was asked for."""

    status: int
    body: bytes
    headers: Headers

    @property
    def may_be_the_service_s(self) -> bool:
        """Tell an answer of the service, JSON or nothing, from the page of something in front of it."""
        return self.headers.get("Content-Type") is None or self.headers.say_json()


class Upstream:
    """One service: its connections, its token, its time and its turn."""

    def __init__(  # noqa: PLR0913 - all by keyword, from the composition root alone
        self,
        connections: Connections,
        *,
        system: System,
        route: Route,
        turns: Turns,
        timeout: float,
        observer: Observer,
        tokens: Tokens | None,
    ) -> None:
        self.system = system
        self.route = route
        self._label = route.value
        self._loop = asyncio.get_running_loop()
        self._connections = connections
        self._turns = turns
        self._timeout = timeout
        self._observer = observer
        self._tokens = tokens

    async def ask(  # noqa: PLR0913 - one read, and all by keyword that not every read needs
        self,
        method: str,
        path: str,
        *,
        operation: str,
        deadline: Deadline,
        query: Mapping[str, str | int] | None = None,
        body: Any = None,
        headers: Mapping[str, str] | None = None,
        user: User | None = None,
        telling: Collection[int] = (),
    ) -> Answer:
        """Send one read and return its answer; `operation` is its name in metrics.

        With `user` it goes by a token in that user's name. `telling` are the statuses beside 200 whose bodies
        say something. Raises an `UpstreamError`; a refused token is one unless the status is telling. The
        wait for a turn counts against the request's deadline alone, the call from when it is sent against
        both.
        """
        if deadline.at <= self._loop.time():
            raise OutOfTime(self.system, self.route)
        content = None if body is None else msgspec.json.encode(body)
        request = self._connections.writer.request(
            method, path, query=query, headers=HEADERS + lines(headers) if headers else HEADERS, body=content
        )
        if not self._turns.take_now():
            await self._turn(deadline)
        started = time.perf_counter()
        outcome = "cancelled"
        try:
            answer = self._told(await self._reply(request, user, deadline), telling)
            outcome = str(answer.status)
        except UpstreamError as error:
            outcome = type(error).__name__
            raise
        finally:
            self._turns.give_back()
            seconds = time.perf_counter() - started
            self._observer.upstream_call(
                route=self._label, operation=operation, outcome=outcome, seconds=seconds
            )
        if self._refuses(answer) and answer.status not in telling:
            raise Refused(self.system, self.route)
        return answer

    def read(self, answer: Answer, read: Callable[[bytes], T]) -> T:
        """Return what the body of a 200 says.

        Raises `Refused` for a token that was not taken, and `BadAnswer` for any other status and body.
        """
        if self._refuses(answer):
            raise Refused(self.system, self.route)
        try:
            if answer.status != OK:
                raise Unreadable
            return read(answer.body)
        except Unreadable as error:
            raise BadAnswer(self.system, self.route) from error

    async def _turn(self, deadline: Deadline) -> None:
        try:
            await self._turns.take(deadline.at)
        except TimeoutError as error:
            raise OutOfTime(self.system, self.route) from error

    async def _reply(self, request: Request, user: User | None, deadline: Deadline) -> Reply:
        """Return what came back within the time of a call."""
        until = min(deadline.at, self._loop.time() + self._timeout)
        try:
            if self._tokens is None:
                return await self._exchange(request, until)
            token = self._tokens.held(user) or await self._new_token(self._tokens, user, until)
            reply = await self._exchange(request, until, token)
            if reply.status != UNAUTHORIZED:
                return reply
            # It was not taken: once more, with a new one.
            self._tokens.discard(token, user)
            token = await self._new_token(self._tokens, user, until)
            return await self._exchange(request, until, token)
        except TimeoutError as error:
            late = OutOfTime if until == deadline.at else TimedOut
            raise late(self.system, self.route) from error
        except (ConnectionFailed, AuthUnavailable) as error:
            raise Unreachable(self.system, self.route) from error
        except AuthRefused as error:
            raise Refused(self.system, self.route) from error

    async def _new_token(self, tokens: Tokens, user: User | None, until: float) -> str:
        async with asyncio.timeout_at(until):
            return await tokens.bearer(user)

    def _exchange(self, request: Request, until: float, token: str | None = None) -> Awaitable[Reply]:
        return self._connections.exchange(request, bearer=token, at_most=MAX_ANSWER_BYTES, until=until)

    def _refuses(self, answer: Answer) -> bool:
        """Tell whether the gateway's token was refused; without one such a status is as odd as any other."""
        return self._tokens is not None and answer.status in (UNAUTHORIZED, FORBIDDEN)

    def _told(self, reply: Reply, telling: Collection[int]) -> Answer:
        """Return an answer with its body if that says something: of any other it is not ours to repeat."""
        if reply.status == OK or reply.status in telling:
            # We ask for no compression, so a compressed answer is not one that was agreed, and may be a bomb.
            if reply.body is not None and reply.headers.say_plain_json():
                return Answer(reply.status, reply.body, reply.headers)
            if reply.status == OK:
                raise BadAnswer(self.system, self.route)
        # What is not said as agreed is not said; the status stands all the same.
        return Answer(reply.status, b"", reply.headers)
