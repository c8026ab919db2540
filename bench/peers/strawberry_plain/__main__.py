"""The service: Strawberry's own view on Starlette, by uvicorn."""

import asyncio
import os
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import jwt
import uvicorn
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.websockets import WebSocket
from strawberry.asgi import GraphQL

from bench.peers.strawberry_plain.schema import Context, schema
from bench.peers.strawberry_plain.upstreams import AUTH_URL, Upstreams

ROLES = {"ROLE_OFFENDER_GATEWAY__PRISON__RO", "ROLE_OFFENDER_GATEWAY__PROBATION__RO"}


@dataclass
class Callers:
    """Verifies callers' tokens, and remembers each until it ends."""

    keys: jwt.PyJWKClient = field(
        default_factory=lambda: jwt.PyJWKClient(f"{AUTH_URL}/.well-known/jwks.json")
    )
    remembered: dict[str, dict[str, Any]] = field(default_factory=dict)

    async def claims(self, authorization: str) -> dict[str, Any]:
        claims = self.remembered.get(authorization)
        if claims is None or claims["exp"] <= time.time():
            claims = await asyncio.to_thread(self._verified, authorization)
            self.remembered[authorization] = claims
        return claims

    def _verified(self, authorization: str) -> dict[str, Any]:
        token = authorization.partition(" ")[2]
        try:
            key = self.keys.get_signing_key_from_jwt(token)
            claims: dict[str, Any] = jwt.decode(token, key, ["RS256"], issuer=f"{AUTH_URL}/issuer")
        except jwt.PyJWTError as error:
            raise HTTPException(401) from error
        if not set(claims.get("authorities", ())) >= ROLES:
            raise HTTPException(403)
        return claims


class View(GraphQL[Context, None]):
    """Strawberry's own view, with the request's context."""

    async def get_context(self, request: Request | WebSocket, response: Response | WebSocket) -> Context:
        del response
        claims = await request.app.state.callers.claims(request.headers.get("authorization", ""))
        user = claims.get("user_name") if claims.get("auth_source") == "delius" else None
        return Context(request.app.state.upstreams, user)


@asynccontextmanager
async def lifespan(app: Starlette) -> AsyncIterator[None]:
    """Keep one set of clients for the process."""
    app.state.upstreams = Upstreams()
    app.state.callers = Callers()
    yield
    await app.state.upstreams.close()


app = Starlette(routes=[Route("/graphql", View(schema, graphql_ide=None))], lifespan=lifespan)

if __name__ == "__main__":
    uvicorn.run(
        app,
        host="127.0.0.1",
        port=int(os.environ["GATEWAY_PORT"]),
        loop="uvloop",
        http="httptools",
        access_log=False,
        log_level="warning",
    )
