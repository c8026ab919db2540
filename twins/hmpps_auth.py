"""The twin of HMPPS Auth: client credentials, tokens signed with keys kept in memory, the key set."""

import base64
import binascii
import secrets
import time
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa
from jwt.algorithms import RSAAlgorithm
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from twins.faults import FaultyApp
from twins.health import ping

Claims = dict[str, Any]

GATEWAY_ROLES = (
    "ROLE_GLOBAL_SEARCH",
    "ROLE_VIEW_PRISONER_DATA",
    "ROLE_PRISONER_SEARCH",
    "ROLE_PRISONER_SEARCH__PRISONER__RO",
    "ROLE_COMMUNITY",
    "ROLE_PROBATION__SEARCH_PERSON",
    "ROLE_PROBATION_API__MANAGE_POM_CASES__CASE_DETAIL",
    "ROLE_PROBATION_API__HMPPS_API__CASE_DETAIL",
    "ROLE_PROBATION",
)


@dataclass(frozen=True, slots=True)
class _SigningKey:
    kid: str
    key: rsa.RSAPrivateKey

    def public(self) -> dict[str, Any]:
        written = RSAAlgorithm.to_jwk(self.key.public_key(), as_dict=True)
        return {
            "kty": "RSA",
            "e": written["e"],
            "use": "sig",
            "kid": self.kid,
            "alg": "RS256",
            "n": written["n"],
        }


def _new_key() -> _SigningKey:
    return _SigningKey(f"twin-{secrets.token_hex(4)}", rsa.generate_private_key(65537, 2048))


class HmppsAuthTwin:
    """HMPPS Auth with one client, the gateway's. Its settings may be changed while it runs."""

    def __init__(self, *, client_id: str = "offender-gateway", client_secret: str | None = None) -> None:
        self.client_id = client_id
        self.client_secret = client_secret or secrets.token_urlsafe(24)
        self.client_roles: Sequence[str] = GATEWAY_ROLES
        self.expires_in = 1200
        self.jwks_max_age = 43200
        self.base_url = "http://auth.test"
        self._keys = [_new_key()]
        self._client_token_ids: set[str] = set()
        self._revoked: set[str] = set()
        self._verified: dict[str, Claims] = {}
        routes = [
            Route("/auth/oauth/token", self._token, methods=["POST"]),
            Route("/auth/.well-known/jwks.json", self._jwks),
            Route("/auth/issuer/.well-known/openid-configuration", self._openid_configuration),
            Route("/auth/.well-known/openid-configuration", self._openid_configuration),
            Route("/auth/health/ping", ping),
        ]
        self.app = FaultyApp(Starlette(routes=routes), routes)
        self.faults = self.app.faults
        self.calls = self.app.calls

    @property
    def url(self) -> str:
        """The address that the gateway is given, which ends in `/auth`."""
        return f"{self.base_url}/auth"

    @property
    def issuer(self) -> str:
        """The `iss` of every token."""
        return f"{self.url}/issuer"

    def caller_token(
        self,
        *,
        roles: Sequence[str],
        username: str | None = None,
        auth_source: str = "nomis",
        expires_in: int = 3600,
        **claim_overrides: Any,
    ) -> str:
        """Return a token of somebody who calls the gateway; a claim overridden by None is left out."""
        if username is None:
            user: Claims = {"sub": "caller-client", "auth_source": "none", "client_id": "caller-client"}
        else:
            user = {
                "sub": username,
                "user_name": username,
                "user_id": "485926",
                "name": "Jo Saddleworth",
                "auth_source": auth_source,
                "client_id": "offender-management",
            }
        return self._signed(
            {**self._claims(roles, expires_in), "scope": ["read", "write"], **user, **claim_overrides}
        )

    def rotate_key(self, keep_old: bool = True) -> None:
        """Sign with a new key from now on; the old one stays in the key set unless told otherwise."""
        self._keys = [_new_key(), *(self._keys if keep_old else [])]
        self._verified.clear()

    def revoke_client_tokens(self) -> None:
        """Make the other twins answer 401 to the client tokens issued until now."""
        self._revoked |= self._client_token_ids
        self._verified.clear()

    def verify(self, token: str) -> Claims | None:
        """Return the claims of a token that is good now."""
        claims = self._verified.get(token) or self._decoded(token)
        if claims is None or claims["exp"] <= time.time() or claims["jti"] in self._revoked:
            return None
        self._verified[token] = claims
        return claims

    def _decoded(self, token: str) -> Claims | None:
        try:
            kid = jwt.get_unverified_header(token).get("kid")
            key = next(key for key in self._keys if key.kid == kid)
            claims: Claims = jwt.decode(
                token,
                key.key.public_key(),
                ["RS256"],
                issuer=self.issuer,
                options={"require": ["exp", "iss", "jti"], "verify_aud": False},
            )
        except (jwt.PyJWTError, StopIteration):
            return None
        return claims

    def _claims(self, roles: Sequence[str], expires_in: int) -> Claims:
        claims: Claims = {"iss": self.issuer, "exp": int(time.time()) + expires_in, "jti": str(uuid.uuid4())}
        # The public version leaves the claim out where a client has no role at all.
        return {**claims, "authorities": list(roles)} if roles else claims

    def _signed(self, claims: Claims) -> str:
        key = self._keys[0]
        written = {name: value for name, value in claims.items() if value is not None}
        return jwt.encode(written, key.key, "RS256", headers={"kid": key.kid, "typ": "JWT"})

    async def _token(self, request: Request) -> Response:
        if not self._knows(request.headers.get("authorization", "")):
            return _oauth_error(401, "invalid_client", "Bad client credentials")
        asked = dict(parse_qsl((await request.body()).decode("latin-1"))) | dict(request.query_params)
        if "grant_type" not in asked:
            return _oauth_error(400, "invalid_request", "Missing grant type")
        if asked["grant_type"] != "client_credentials":
            return _oauth_error(
                400, "unsupported_grant_type", f"Unsupported grant type: {asked['grant_type']}"
            )
        return JSONResponse(self._issued(asked.get("username", "").upper(), asked.get("auth_source", "none")))

    def _issued(self, username: str, auth_source: str) -> dict[str, Any]:
        claims = self._claims(self.client_roles, self.expires_in)
        self._client_token_ids.add(claims["jti"])
        user = {"sub": username or self.client_id, "auth_source": auth_source}
        named = {"user_name": username or None, "scope": ["read"], "client_id": self.client_id}
        return {
            "access_token": self._signed({**claims, **user, **named}),
            "token_type": "bearer",
            "expires_in": self.expires_in,
            "scope": "read",
            **user,
            "jti": claims["jti"],
            "iss": claims["iss"],
        }

    def _knows(self, authorization: str) -> bool:
        scheme, _, encoded = authorization.partition(" ")
        try:
            given = base64.b64decode(encoded, validate=True)
        except binascii.Error:
            return False
        expected = f"{self.client_id}:{self.client_secret}".encode()
        return scheme.lower() == "basic" and secrets.compare_digest(given, expected)

    async def _jwks(self, _: Request) -> Response:
        headers = {"Cache-Control": f"max-age={self.jwks_max_age}, public"}
        return JSONResponse({"keys": [key.public() for key in self._keys]}, headers=headers)

    async def _openid_configuration(self, _: Request) -> Response:
        return JSONResponse(
            {
                "issuer": self.issuer,
                "authorization_endpoint": f"{self.url}/oauth/authorize",
                "token_endpoint": f"{self.url}/oauth/token",
                "jwks_uri": f"{self.url}/.well-known/jwks.json",
            }
        )


def _oauth_error(status: int, error: str, description: str) -> Response:
    return JSONResponse({"error": error, "error_description": description}, status_code=status)
