"""HMPPS Auth: the gateway's client-credentials tokens, and the keys callers' tokens are signed with."""

import asyncio
import base64
import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Annotated, Any

import jwt
import msgspec
import structlog
from cachetools import LRUCache

from upstreams.connections import Connections
from upstreams.errors import AuthRefused, AuthUnavailable
from upstreams.http1 import OK, ConnectionFailed, Reply, Request, lines
from upstreams.reading import Unreadable, document
from upstreams.records import User

log = structlog.get_logger("upstreams")

CALL_SECONDS = 5.0
MAX_ANSWER_BYTES = 256 * 1024
RENEW_AT = 0.8
"""Share of a token's life after which it is renewed, while it can still be used."""
DEFAULT_TOKEN_SECONDS = 60.0
"""Life of a token whose answer does not say, or says nonsense."""
REMEMBERED_USERS = 1000
"""Users whose tokens are kept; the one unused longest makes room."""
SOURCES = frozenset({"nomis", "delius", "auth", "azuread"})
"""Where HMPPS Auth may be told that it has a user from (contract c)."""
DEFAULT_KEYS_SECONDS = 300.0
UNKNOWN_KEY_PAUSE_SECONDS = 30.0
"""At most one refetch for unknown key ids in this time: a flood of made-up ones must not reach HMPPS Auth."""

FAILED_PAUSE_SECONDS = 2.0
"""Time that a key endpoint which failed is left alone while there are keys to go on with."""

Clock = Callable[[], float]


class _TokenAnswer(msgspec.Struct):
    access_token: Annotated[str, msgspec.Meta(pattern=r"^[!-~]+\Z")]
    expires_in: Any = None


@dataclass(frozen=True, slots=True)
class _Token:
    value: str
    renew_at: float
    ends_at: float


class ClientTokens:
    """The gateway's tokens: its own, and those in a user's name, of which the ones used last are kept."""

    def __init__(
        self,
        connections: Connections,
        *,
        client_id: str,
        client_secret: str,
        users: int = REMEMBERED_USERS,
        clock: Clock = time.monotonic,
    ) -> None:
        credentials = base64.b64encode(f"{client_id}:{client_secret}".encode()).decode()
        self._token = partial(_ClientToken, connections, credentials, clock=clock)
        self._own = self._token(None)
        self._of_users: LRUCache[User, _ClientToken] = LRUCache(users)

    def held(self, user: User | None = None) -> str | None:
        """Return a token that is still good, if there is one; its renewal may begin meanwhile."""
        return self._of(user).held()

    async def bearer(self, user: User | None = None) -> str:
        """Return a token that is still good. Raises `AuthUnavailable` or `AuthRefused`."""
        return await self._of(user).bearer()

    def discard(self, token: str, user: User | None = None) -> None:
        """Forget this token, unless it has been replaced already: many calls may fail with one token."""
        self._of(user).discard(token)

    def _of(self, user: User | None) -> "_ClientToken":
        if user is None:
            return self._own
        return self._of_users.get(user) or self._of_users.setdefault(user, self._token(user))

    async def close(self) -> None:
        """End the renewals that are under way."""
        await asyncio.gather(*(token.close() for token in (self._own, *self._of_users.values())))


class _ClientToken:
    """One token: renewed ahead of its end, with one renewal in flight whatever the load."""

    def __init__(
        self, connections: Connections, credentials: str, user: User | None, *, clock: Clock
    ) -> None:
        self._connections = connections
        self._request = connections.writer.request(
            "POST",
            "oauth/token",
            query={"grant_type": "client_credentials", **_in_the_name_of(user)},
            headers=lines({"Authorization": f"Basic {credentials}"}),
        )
        self._clock = clock
        self._token: _Token | None = None
        self._renewal: asyncio.Task[str] | None = None

    def held(self) -> str | None:
        """Return a token that is still good, if there is one; its renewal may begin meanwhile."""
        token, now = self._token, self._clock()
        if token is None or now >= token.ends_at:
            return None
        if now >= token.renew_at:
            self._renew()
        return token.value

    async def bearer(self) -> str:
        """Return a token that is still good. Raises `AuthUnavailable` or `AuthRefused`."""
        # Shielded: the first who waits may be cancelled without taking the token from the others.
        held = self.held()
        return await asyncio.shield(self._renew()) if held is None else held

    def discard(self, token: str) -> None:
        """Forget this token, unless it has been replaced already: many calls may fail with one token."""
        if self._token is not None and self._token.value == token:
            self._token = None

    def _renew(self) -> asyncio.Task[str]:
        if self._renewal is None:
            self._renewal = asyncio.create_task(self._fetch())
            self._renewal.add_done_callback(self._renewed)
        return self._renewal

    def _renewed(self, renewal: asyncio.Task[str]) -> None:
        self._renewal = None
        if not renewal.cancelled() and (error := renewal.exception()) is not None:
            log.warning("client_token_not_renewed", error=type(error).__name__)

    async def _fetch(self) -> str:
        asked_at = self._clock()
        reply = await _ask(self._connections, self._request)
        if reply.status in (400, 401, 403):
            raise AuthRefused
        try:
            answer = document(_said(reply), _TokenAnswer)
        except Unreadable as error:
            raise AuthUnavailable from error
        seconds = _positive(answer.expires_in) or DEFAULT_TOKEN_SECONDS
        self._token = _Token(answer.access_token, asked_at + seconds * RENEW_AT, asked_at + seconds)
        return answer.access_token

    async def close(self) -> None:
        """End a renewal that is under way."""
        if self._renewal is not None:
            self._renewal.cancel()
            await asyncio.gather(self._renewal, return_exceptions=True)


def _in_the_name_of(user: User | None) -> dict[str, str]:
    if user is None:
        return {}
    return {"username": user.name, **({"auth_source": user.source} if user.source in SOURCES else {})}


class SigningKeys:
    """The keys of HMPPS Auth: kept as their `Cache-Control` says, and the last good ones while it is down."""

    def __init__(self, connections: Connections, *, clock: Clock = time.monotonic) -> None:
        self._connections = connections
        self._request = connections.writer.request("GET", ".well-known/jwks.json")
        self._clock = clock
        self._keys: Mapping[str, jwt.PyJWK] = {}
        self._fresh_until = float("-inf")
        self._unknown_again_at = float("-inf")
        self._failed_until = float("-inf")
        self._refresh: asyncio.Task[None] | None = None

    async def key(self, kid: str) -> jwt.PyJWK | None:
        """Return the key of this id, or None where HMPPS Auth has none by it.

        Raises `AuthUnavailable` where that cannot be told now: no keys yet, or the endpoint fails.
        """
        now = self._clock()
        if kid in self._keys:
            if now >= self._fresh_until:
                # The old keys go on serving meanwhile; a failed refresh must not lock everybody out.
                self._start_refresh()
            return self._keys[kid]
        if self._keys:
            if now < self._unknown_again_at:
                return None
            if now < self._failed_until:
                raise AuthUnavailable
        await self._refreshed()
        if kid not in self._keys:
            self._unknown_again_at = self._clock() + UNKNOWN_KEY_PAUSE_SECONDS
        return self._keys.get(kid)

    async def _refreshed(self) -> None:
        await asyncio.shield(self._start_refresh())

    def _start_refresh(self) -> asyncio.Task[None]:
        if self._refresh is None:
            self._refresh = asyncio.create_task(self._fetch())
            self._refresh.add_done_callback(self._refresh_done)
        return self._refresh

    def _refresh_done(self, refresh: asyncio.Task[None]) -> None:
        self._refresh = None
        if not refresh.cancelled() and refresh.exception() is not None:
            # Not at every request: a dead endpoint is asked again after a pause.
            self._fresh_until = self._failed_until = self._clock() + FAILED_PAUSE_SECONDS
            log.warning("signing_keys_not_refreshed")

    async def _fetch(self) -> None:
        reply = await _ask(self._connections, self._request)
        self._keys = _read_keys(_said(reply))
        self._fresh_until = self._clock() + _max_age(reply.headers.get("Cache-Control", ""))

    async def close(self) -> None:
        """End a refresh that is under way."""
        if self._refresh is not None:
            self._refresh.cancel()
            await asyncio.gather(self._refresh, return_exceptions=True)


async def _ask(connections: Connections, request: Request) -> Reply:
    """Return the answer. Raises `AuthUnavailable`."""
    until = asyncio.get_running_loop().time() + CALL_SECONDS
    try:
        return await connections.exchange(request, at_most=MAX_ANSWER_BYTES, until=until)
    except (TimeoutError, ConnectionFailed) as error:
        raise AuthUnavailable from error


def _said(reply: Reply) -> bytes:
    """Return the body of a 200. Raises `AuthUnavailable`."""
    if reply.status != OK or reply.body is None:
        raise AuthUnavailable
    return reply.body


def _read_keys(body: bytes) -> Mapping[str, jwt.PyJWK]:
    """Read a key set; one that holds no RSA signing key, or two of one id, is refused whole."""
    try:
        written = document(body, dict[str, list[dict[str, Any]]])["keys"]
        keys = [jwt.PyJWK(key, algorithm="RS256") for key in written if _signs(key)]
    except (Unreadable, KeyError, jwt.PyJWTError, ValueError, TypeError) as error:
        raise AuthUnavailable from error
    by_id = {str(key.key_id): key for key in keys}
    if not by_id or len(by_id) != len(keys):
        raise AuthUnavailable
    return by_id


def _signs(key: dict[str, Any]) -> bool:
    return key.get("kty") == "RSA" and key.get("use", "sig") == "sig" and isinstance(key.get("kid"), str)


def _max_age(cache_control: str) -> float:
    found = re.search(r"max-age=([0-9]{1,9})", cache_control)
    return float(found[1]) if found else DEFAULT_KEYS_SECONDS


def _positive(seconds: Any) -> float | None:
    if isinstance(seconds, bool) or not isinstance(seconds, int | float) or seconds <= 0:
        return None
    return float(seconds)
