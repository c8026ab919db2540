"""One upstream over HTTP: bounded in time, in calls in flight and in bytes, with one retry where it is safe.

Every call here is a read, also the POSTs, so that a call may be sent again.
"""

import asyncio
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import httpx
import msgspec

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
    """One service: its address, its token, its time and its turn."""

    def __init__(  # noqa: PLR0913 - all by keyword, from the composition root alone
        self,
        http: httpx.AsyncClient,
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
        self._http = http
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

        Raises an `UpstreamError`: the wait for a turn counts against the request's deadline alone, the call
        from when it is sent against both.
        """
        if deadline.passed():
            raise OutOfTime(self.system, self.route)
        request = self._http.build_request(
            method,
            path,
            params=query,
            # Prisoner Search demands the content type on its GETs too (contract a.3).
            headers={"Content-Type": "application/json"},
            content=None if body is None else msgspec.json.encode(body),
        )
        try:
            async with asyncio.timeout_at(deadline.at), self._turns:
                return await self._within_its_time(request, operation)
        except TimeoutError as error:
            raise OutOfTime(self.system, self.route) from error

    async def _within_its_time(self, request: httpx.Request, operation: str) -> Answer:
        started = time.perf_counter()
        outcome = "cancelled"
        try:
            try:
                async with asyncio.timeout(self._timeout):
                    answer = await self._with_token(request)
            except TimeoutError as error:
                raise TimedOut(self.system, self.route) from error
            except (httpx.HTTPError, AuthUnavailable) as error:
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

    async def _with_token(self, request: httpx.Request) -> Answer:
        """Send the request, and once more with a new token where the first was not taken."""
        if self._tokens is None:
            return await self._with_second_connection(request)
        token = await self._tokens.bearer()
        request.headers["Authorization"] = f"Bearer {token}"
        answer = await self._with_second_connection(request)
        if answer.status != UNAUTHORIZED:
            return answer
        self._tokens.discard(token)
        request.headers["Authorization"] = f"Bearer {await self._tokens.bearer()}"
        return await self._with_second_connection(request)

    async def _with_second_connection(self, request: httpx.Request) -> Answer:
        """Send the request, and once more where a kept-alive connection turned out to be closed."""
        try:
            return await self._send(request)
        except (httpx.ReadError, httpx.WriteError, httpx.RemoteProtocolError):
            return await self._send(request)

    async def _send(self, request: httpx.Request) -> Answer:
        response = await self._http.send(request, stream=True)
        try:
            return Answer(response.status_code, await self._body(response))
        finally:
            await response.aclose()

    async def _body(self, response: httpx.Response) -> bytes:
        """Read the body of a 200. Any other is read away: it is not ours to understand or to repeat."""
        if response.status_code != OK:
            await _read_away(response)
            return b""
        # We ask for no compression, so a compressed answer is not one that was agreed, and may be a bomb.
        if response.headers.get("content-encoding", "identity") != "identity":
            raise BadAnswer(self.system, self.route)
        if not _is_json(response.headers.get("content-type", "")):
            raise BadAnswer(self.system, self.route)
        chunks = bytearray()
        async for chunk in response.aiter_raw():
            chunks += chunk
            if len(chunks) > MAX_ANSWER_BYTES:
                raise BadAnswer(self.system, self.route)
        return bytes(chunks)


async def _read_away(response: httpx.Response) -> None:
    """Read a short body to its end, so that the connection can be used again; a long one costs it."""
    read = 0
    async for chunk in response.aiter_raw():
        read += len(chunk)
        if read > MAX_READ_AWAY_BYTES:
            return


def _is_json(content_type: str) -> bool:
    media_type = content_type.partition(";")[0].strip().lower()
    return media_type == "application/json" or (
        media_type.startswith("application/") and media_type.endswith("+json")
    )


def http_client(
    base_url: str, *, connections: int, transport: httpx.AsyncBaseTransport | None = None
) -> httpx.AsyncClient:
    """Return a client for one service.

    Its own timeouts are off, because they are per read: a body that trickles never meets them. Proxies of the
    environment are ignored, and redirects not followed, so that a token never reaches another host.
    """
    return httpx.AsyncClient(
        base_url=base_url.rstrip("/") + "/",
        headers={"Accept": "application/json", "Accept-Encoding": "identity"},
        timeout=None,  # noqa: S113 - `Upstream.ask` bounds the whole call
        limits=httpx.Limits(max_connections=connections, max_keepalive_connections=connections),
        trust_env=False,
        follow_redirects=False,
        transport=transport,
    )
