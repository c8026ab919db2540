"""One upstream over HTTP: bounded in time, in calls in flight and in bytes, with one retry where it is safe.

Every call here is a read, also the POSTs, so that a call may be sent again.
"""

import asyncio
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Protocol

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
from upstreams.records import Route, System

MAX_ANSWER_BYTES = 32 * 1024 * 1024
HEADERS = {"Content-Type": "application/json"}
"""Prisoner Search demands the content type on its GETs too (contract a.3)."""
MAX_READ_AWAY_BYTES = 64 * 1024
UNAUTHORIZED, FORBIDDEN, OK = 401, 403, 200


class Tokens(Protocol):
    """Where a bearer token comes from."""

    async def bearer(self) -> str:
        """Return a token that is still good."""

    def discard(self, token: str) -> None:
        """Forget a token that an upstream did not take."""


class Observer(Protocol):
    """Who counts the calls. Operation names are ours; nothing of a person reaches an observer."""

    def upstream_call(self, *, route: str, operation: str, outcome: str, seconds: float) -> None:
        """One call ended: `outcome` is the status, or the name of the error."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back: the status, and the whole body where the status is 200."""

    status: int
    body: bytes


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

    async def ask(
        self,
        method: str,
        path: str,
        *,
        operation: str,
        deadline: Deadline,
        query: Mapping[str, str | int] | None = None,
        body: Any = None,
    ) -> Answer:
        """Send one read and return its answer; `operation` is its name in metrics.

        Raises an `UpstreamError`. The wait for a turn counts against the request's deadline alone, the call
        from when it is sent against both.
        """
        if deadline.passed():
            raise OutOfTime(self.system, self.route)
        question = _Question(method, path, query, None if body is None else msgspec.json.encode(body))
        try:
            async with asyncio.timeout_at(deadline.at), self._turns:
                return await self._within_its_time(question, operation)
        except TimeoutError as error:
            raise OutOfTime(self.system, self.route) from error

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
        if answer.status in (UNAUTHORIZED, FORBIDDEN):
            raise Refused(self.system, self.route)
        return answer

    async def _with_token(self, question: "_Question") -> Answer:
        """Ask, and once more with a new token where the first was not taken."""
        if self._tokens is None:
            return await self._with_second_connection(question, HEADERS)
        token = await self._tokens.bearer()
        answer = await self._with_second_connection(question, _with_bearer(token))
        if answer.status != UNAUTHORIZED:
            return answer
        self._tokens.discard(token)
        return await self._with_second_connection(question, _with_bearer(await self._tokens.bearer()))

    async def _with_second_connection(self, question: "_Question", headers: Mapping[str, str]) -> Answer:
        """Ask, and once more where a kept-alive connection turned out to be closed."""
        try:
            return await self._send(question, headers)
        except CannotConnect:
            raise
        except ConnectionFailed:
            return await self._send(question, headers)

    async def _send(self, question: "_Question", headers: Mapping[str, str]) -> Answer:
        async with self._connections.request(
            question.method, question.path, headers=headers, query=question.query, body=question.body
        ) as response:
            return Answer(response.status, await self._body(response))

    async def _body(self, response: Response) -> bytes:
        """Read the body of a 200. Any other is read away: it is not ours to understand or to repeat."""
        if response.status != OK:
            # Only so that the connection can be used again; a long one costs it.
            with suppress(TooLarge):
                await read_body(response, at_most=MAX_READ_AWAY_BYTES)
            return b""
        # We ask for no compression, so a compressed answer is not one that was agreed, and may be a bomb.
        if response.headers.get("Content-Encoding", "identity") != "identity":
            raise BadAnswer(self.system, self.route)
        if not _is_json(response.headers.get("Content-Type", "")):
            raise BadAnswer(self.system, self.route)
        try:
            return await read_body(response, at_most=MAX_ANSWER_BYTES)
        except TooLarge as error:
            raise BadAnswer(self.system, self.route) from error


@dataclass(frozen=True, slots=True)
class _Question:
    method: str
    path: str
    query: Mapping[str, str | int] | None
    body: bytes | None


def _with_bearer(token: str) -> dict[str, str]:
    return {**HEADERS, "Authorization": f"Bearer {token}"}


def _is_json(content_type: str) -> bool:
    media_type = content_type.partition(";")[0].strip().lower()
    return media_type == "application/json" or (
        media_type.startswith("application/") and media_type.endswith("+json")
    )
