"""The caller: who they are by their token (a JWT of HMPPS Auth), and what that lets them read."""

import hashlib
import time
from typing import Any, Protocol

import jwt

from gateway.edge.message import Headers
from gateway.settings import Settings
from resolvers.context import Caller
from resolvers.limited_access import DELIUS_SOURCE
from upstreams.errors import AuthUnavailable, KeysUnavailable, Unauthenticated
from upstreams.records import User

LEEWAY_SECONDS = 30
UNNAMED = User("", "")
REMEMBERED_TOKENS = 10_000


class Keys(Protocol):
    """Where signing keys come from."""

    async def key(self, kid: str) -> jwt.PyJWK | None:
        """Return the key of an id."""


class Callers:
    """Checks tokens, and remembers the headers of those that held, by their digests, until they end."""

    def __init__(self, settings: Settings, keys: Keys) -> None:
        self._settings = settings
        self._keys = keys
        self._remembered: dict[bytes, tuple[Caller, float]] = {}

    async def caller_of(self, headers: Headers) -> Caller:
        """Return who asks. Raises `Unauthenticated`, or `KeysUnavailable` where no token can be judged."""
        if not self._settings.caller_auth:
            return Caller(reads_nomis=True, reads_delius=True, is_developer=True)
        told = headers.get(b"authorization", b"")
        known = self._known(told)
        if known is None:
            token = _bearer(told)
            # However the header spells it, it is remembered once.
            spelt = b"Bearer " + token
            known = self._known(spelt)
            if known is None:
                claims = await self._claims(token)
                known = self._caller(claims)
                self._remember(spelt, known, float(claims["exp"]))
        return known

    def _known(self, header: bytes) -> Caller | None:
        known = self._remembered.get(_digest(header))
        return None if known is None or known[1] <= time.time() else known[0]

    def _remember(self, header: bytes, caller: Caller, until: float) -> None:
        if len(self._remembered) >= REMEMBERED_TOKENS:
            # The one that came first makes room.
            del self._remembered[next(iter(self._remembered))]
        self._remembered[_digest(header)] = caller, until

    async def _claims(self, token: bytes) -> dict[str, Any]:
        try:
            header = jwt.get_unverified_header(token)
        except jwt.PyJWTError as error:
            raise Unauthenticated("The token is no JWT of HMPPS Auth. Send a fresh one.") from error
        kid = header.get("kid")
        # Only the algorithm and the key's id are read of the header: `jku`, `x5u` and `jwk` are nobody's
        # to choose.
        if header.get("alg") != "RS256" or not isinstance(kid, str):
            raise Unauthenticated("The token is not signed as HMPPS Auth signs. Send one of HMPPS Auth.")
        try:
            key = await self._keys.key(kid)
        except AuthUnavailable as error:
            raise KeysUnavailable(
                "Tokens cannot be checked now, because HMPPS Auth does not answer. Try again."
            ) from error
        if key is None:
            raise Unauthenticated("The token's key is none of HMPPS Auth's. Send a fresh token.")
        try:
            claims: dict[str, Any] = jwt.decode(
                token,
                key,
                algorithms=["RS256"],
                issuer=self._settings.issuer,
                leeway=LEEWAY_SECONDS,
                options={"require": ["exp", "iss"], "verify_aud": False},
            )
        except jwt.ExpiredSignatureError as error:
            raise Unauthenticated("The token has expired. Send a fresh one.") from error
        except jwt.PyJWTError as error:
            raise Unauthenticated("The token does not hold. Send one of HMPPS Auth.") from error
        return claims

    def _caller(self, claims: dict[str, Any]) -> Caller:
        told = claims.get("authorities")
        roles = (
            frozenset(role for role in told if isinstance(role, str))
            if isinstance(told, list)
            else frozenset()
        )
        return Caller(
            reads_nomis=not roles.isdisjoint(self._settings.caller_roles_nomis),
            reads_delius=not roles.isdisjoint(self._settings.caller_roles_delius),
            is_developer=not roles.isdisjoint(self._settings.caller_roles_developer),
            user=_user(claims),
        )


def _digest(header: bytes) -> bytes:
    return hashlib.sha256(header).digest()


def _user(claims: dict[str, Any]) -> User | None:
    """Return the user of the token. `sub` names none: it is the client where there is no user.

    A token that speaks of a user whom it does not name well has one who is nobody known.
    """
    name, source = claims.get("user_name"), claims.get("auth_source")
    if name is None and source != DELIUS_SOURCE:
        return None
    if not isinstance(name, str) or not name.strip():
        return UNNAMED
    return User(name.strip(), source if isinstance(source, str) else "")


def _bearer(told: bytes) -> bytes:
    if b"," in told:
        raise Unauthenticated("Send one header `Authorization: Bearer` with a token of HMPPS Auth.")
    scheme, _, token = told.partition(b" ")
    token = token.strip()
    if scheme.lower() != b"bearer" or not token:
        raise Unauthenticated("Send a header `Authorization: Bearer` with a token of HMPPS Auth.")
    return token
