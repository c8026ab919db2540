"""One upstream over HTTP: bounded in time, in calls in flight and in bytes, with one retry where it is safe.

Every call here is a read, also the POSTs, so that a call may be sent again.
"""

import asyncio
import time
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

import msgspec

from upstreams.connections import CannotConnect, Connections
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
from upstreams.http1 import OK, ConnectionFailed, Reply
from upstreams.reading import Unreadable
from upstreams.records import Route, System, User
from upstreams.turns import take_turn

T = TypeVar("T")

MAX_ANSWER_BYTES = 32 * 1024 * 1024
HEADERS = {"Content-Type": "application/json"}
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
    headers: Mapping[str, str]

    @property
    def may_be_the_service_s(self) -> bool:
        """Tell an answer of the service, JSON or nothing, from the page of something in front of it."""
        content_type = self.headers.get("Content-Type")
        return content_type is None or _is_json(content_type)


class Upstream:
    """One service: its connections, its token, its time and its turn."""

    def __init__(  # noqa: PLR0913 - all by keyword, from the composition root alone
        self,
        connections: Connections,
        *,
        system: System,
        route: Route,
        turns: asyncio.Semaphore,
        timeout: float,
        observer: Observer,
        tokens: Tokens | None,
    ) -> None:
        self.system = system
        self.route = route
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
        if deadline.passed():
            raise OutOfTime(self.system, self.route)
        content = None if body is None else msgspec.json.encode(body)
        question = _Question(method, path, query, content, {**HEADERS, **(headers or {})}, user, telling)
        try:
            await take_turn(self._turns, deadline.at)
        except TimeoutError as error:
            raise OutOfTime(self.system, self.route) from error
        try:
            return await self._within_its_time(question, operation, deadline)
        finally:
            self._turns.release()

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

    async def _within_its_time(self, question: "_Question", operation: str, deadline: Deadline) -> Answer:
        started = time.perf_counter()
        until = min(deadline.at, asyncio.get_running_loop().time() + self._timeout)
        outcome = "cancelled"
        try:
            try:
                answer = await self._with_token(question, until)
            except TimeoutError as error:
                late = OutOfTime if until == deadline.at else TimedOut
                raise late(self.system, self.route) from error
            except (ConnectionFailed, AuthUnavailable) as error:
                raise Unreachable(self.system, self.route) from error
            except AuthRefused as error:
                raise Refused(self.system, self.route) from error
            outcome = str(answer.status)
        except UpstreamError as error:
            outcome = type(error).__name__
            raise
        finally:
            seconds = time.perf_counter() - started
            self._observer.upstream_call(
                route=self.route.value, operation=operation, outcome=outcome, seconds=seconds
            )
        if self._refuses(answer) and answer.status not in question.telling:
            raise Refused(self.system, self.route)
        return answer

    def _refuses(self, answer: Answer) -> bool:
        """Tell whether the gateway's token was refused; without one such a status is as odd as any other."""
        return self._tokens is not None and answer.status in (UNAUTHORIZED, FORBIDDEN)

    async def _with_token(self, question: "_Question", until: float) -> Answer:
        """Ask, and once more with a new token where the first was not taken."""
        if self._tokens is None:
            return await self._with_second_connection(question, question.headers, until)
        token = await self._bearer(self._tokens, question.user, until)
        answer = await self._with_second_connection(question, _bearing(token, question), until)
        if answer.status != UNAUTHORIZED:
            return answer
        self._tokens.discard(token, question.user)
        token = await self._bearer(self._tokens, question.user, until)
        return await self._with_second_connection(question, _bearing(token, question), until)

    async def _bearer(self, tokens: Tokens, user: User | None, until: float) -> str:
        if (held := tokens.held(user)) is not None:
            return held
        async with asyncio.timeout_at(until):
            return await tokens.bearer(user)

    async def _with_second_connection(
        self, question: "_Question", headers: Mapping[str, str], until: float
    ) -> Answer:
        """Ask, and once more where a kept-alive connection turned out to be closed."""
        try:
            return await self._send(question, headers, until, anew=False)
        except CannotConnect:
            raise
        except ConnectionFailed:
            return await self._send(question, headers, until, anew=True)

    async def _send(
        self, question: "_Question", headers: Mapping[str, str], until: float, *, anew: bool
    ) -> Answer:
        reply = await self._connections.request(
            question.method,
            question.path,
            headers=headers,
            query=question.query,
            body=question.body,
            at_most=MAX_ANSWER_BYTES,
            until=until,
            anew=anew,
        )
        return self._told(reply, question.telling)

    def _told(self, reply: Reply, telling: Collection[int]) -> Answer:
        """Return an answer with its body if that says something: of any other it is not ours to repeat."""
        if reply.status == OK or reply.status in telling:
            # We ask for no compression, so a compressed answer is not one that was agreed, and may be a bomb.
            plain = reply.headers.get("Content-Encoding", "identity") == "identity"
            if plain and reply.body is not None and _is_json(reply.headers.get("Content-Type", "")):
                return Answer(reply.status, reply.body, reply.headers)
            if reply.status == OK:
                raise BadAnswer(self.system, self.route)
        # What is not said as agreed is not said; the status stands all the same.
        return Answer(reply.status, b"", reply.headers)


@dataclass(frozen=True, slots=True)
class _Question:
    method: str
    path: str
    query: Mapping[str, str | int] | None
    body: bytes | None
    headers: Mapping[str, str]
    user: User | None
    telling: Collection[int]


def _bearing(token: str, question: _Question) -> dict[str, str]:
    return {**question.headers, "Authorization": f"Bearer {token}"}


def _is_json(content_type: str) -> bool:
    media_type = content_type.partition(";")[0].strip().lower()
    return media_type == "application/json" or (
        media_type.startswith("application/") and media_type.endswith("+json")
    )
