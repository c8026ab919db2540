"""One upstream over HTTP: bounded in time, in calls in flight and in bytes, with one retry where it is safe.

Every call here is a read, also the POSTs, so that a call may be sent again.
"""

import asyncio
import time
from collections.abc import Callable, Collection, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

import msgspec

from upstreams.connections import (
    CannotConnect,
    ConnectionFailed,
    Connections,
    Response,
    TooLarge,
    read_body,
)
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
from upstreams.reading import Unreadable
from upstreams.records import Route, System, User

T = TypeVar("T")

MAX_ANSWER_BYTES = 32 * 1024 * 1024
HEADERS = {"Content-Type": "application/json"}
"""Prisoner Search demands the content type on its GETs too (contract a.3)."""
MAX_REFUSAL_BYTES = 64 * 1024
"""What is read of any answer but a 200, to hear what it says or so that its connection can be used again."""
UNAUTHORIZED, FORBIDDEN, OK = 401, 403, 200


class Tokens(Protocol):
    """Where a bearer token comes from."""

    async def bearer(self, user: User | None = None) -> str:
        """Return a token that is still good, in the name of this user where one is given."""

    def discard(self, token: str, user: User | None = None) -> None:
        """Forget a token that an upstream did not take."""


class Observer(Protocol):
    """Who counts the calls. Operation names are ours; nothing of a person reaches an observer."""

    def upstream_call(self, *, route: str, operation: str, outcome: str, seconds: float) -> None:
        """One call ended: `outcome` is the status, or the name of the error."""


@dataclass(frozen=True, slots=True)
class Answer:
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
            async with asyncio.timeout_at(deadline.at), self._turns:
                return await self._within_its_time(question, operation)
        except TimeoutError as error:
            raise OutOfTime(self.system, self.route) from error

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

    async def _within_its_time(self, question: "_Question", operation: str) -> Answer:
        started = time.perf_counter()
        outcome = "cancelled"
        try:
            try:
                async with asyncio.timeout(self._timeout):
                    answer = await self._with_token(question)
            except TimeoutError as error:
                raise TimedOut(self.system, self.route) from error
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

    async def _with_token(self, question: "_Question") -> Answer:
        """Ask, and once more with a new token where the first was not taken."""
        if self._tokens is None:
            return await self._with_second_connection(question, {})
        token = await self._tokens.bearer(question.user)
        answer = await self._with_second_connection(question, _bearer(token))
        if answer.status != UNAUTHORIZED:
            return answer
        self._tokens.discard(token, question.user)
        return await self._with_second_connection(question, _bearer(await self._tokens.bearer(question.user)))

    async def _with_second_connection(self, question: "_Question", bearer: Mapping[str, str]) -> Answer:
        """Ask, and once more where a kept-alive connection turned out to be closed."""
        try:
            return await self._send(question, bearer)
        except CannotConnect:
            raise
        except ConnectionFailed:
            return await self._send(question, bearer)

    async def _send(self, question: "_Question", bearer: Mapping[str, str]) -> Answer:
        async with self._connections.request(
            question.method,
            question.path,
            headers={**question.headers, **bearer},
            query=question.query,
            body=question.body,
        ) as response:
            return Answer(response.status, await self._body(response, question.telling), response.headers)

    async def _body(self, response: Response, telling: Collection[int]) -> bytes:
        """Read a body that says something. Any other is read away: it is not ours to repeat."""
        if response.status == OK:
            return await self._told(response, at_most=MAX_ANSWER_BYTES)
        if response.status in telling:
            # What is not said as agreed is not said; the status stands all the same.
            with suppress(BadAnswer):
                return await self._told(response, at_most=MAX_REFUSAL_BYTES)
            return b""
        # Only so that the connection can be used again; a long one costs it.
        with suppress(TooLarge):
            await read_body(response, at_most=MAX_REFUSAL_BYTES)
        return b""

    async def _told(self, response: Response, *, at_most: int) -> bytes:
        # We ask for no compression, so a compressed answer is not one that was agreed, and may be a bomb.
        if response.headers.get("Content-Encoding", "identity") != "identity":
            raise BadAnswer(self.system, self.route)
        if not _is_json(response.headers.get("Content-Type", "")):
            raise BadAnswer(self.system, self.route)
        try:
            return await read_body(response, at_most=at_most)
        except TooLarge as error:
            raise BadAnswer(self.system, self.route) from error


@dataclass(frozen=True, slots=True)
class _Question:
    method: str
    path: str
    query: Mapping[str, str | int] | None
    body: bytes | None
    headers: Mapping[str, str]
    user: User | None
    telling: Collection[int]


def _bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def _is_json(content_type: str) -> bool:
    media_type = content_type.partition(";")[0].strip().lower()
    return media_type == "application/json" or (
        media_type.startswith("application/") and media_type.endswith("+json")
    )
