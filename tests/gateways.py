"""The gateway as tests run it: the real application, on a real socket of this machine, with real settings."""

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from typing import Any

import httpx
import uvicorn
from waiting import until

from gateway.app import build
from gateway.edge.wire import Wire
from gateway.settings import load

PRISON = "ROLE_OFFENDER_GATEWAY__PRISON__RO"
PROBATION = "ROLE_OFFENDER_GATEWAY__PROBATION__RO"
RESPONSE_JSON = "application/graphql-response+json"


class _Server(uvicorn.Server):
    @contextmanager
    def capture_signals(self):
        yield


@asynccontextmanager
async def listening(app: Any, *, wire: type[Wire] = Wire) -> AsyncIterator[str]:
    """Serve an application on a free port of loopback, with its lifespan, until the block ends."""
    config = uvicorn.Config(
        app,
        host="127.0.0.1",
        port=0,
        access_log=False,
        log_config=None,
        lifespan="on",
        http=wire,
        timeout_graceful_shutdown=1,
    )
    server = _Server(config)
    running = asyncio.create_task(server.serve())
    try:
        await until(lambda: server.started or running.done())
        assert server.started, "the application did not start"
        (port,) = {socket.getsockname()[1] for one in server.servers for socket in one.sockets}
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        await running


class Gateway:
    """A caller's view of a running gateway."""

    def __init__(self, url: str, http: httpx.AsyncClient, token: str | None) -> None:
        self.url = url
        self.http = http
        self.token = token

    async def post(
        self, body: Any, *, headers: Mapping[str, str] | None = None, token: str | None = ""
    ) -> httpx.Response:
        """Send any body; `token` overrides the usual one, None sends none."""
        token = self.token if token == "" else token
        sent = {"Content-Type": "application/json", "Accept": RESPONSE_JSON}
        if token is not None:
            sent["Authorization"] = f"Bearer {token}"
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        return await self.http.post(
            f"{self.url}/graphql", content=content, headers={**sent, **(headers or {})}
        )

    async def ask(self, query: str, *, token: str | None = "", **variables: Any) -> dict[str, Any]:
        """Send a query that runs, and return its answer."""
        response = await self.post({"query": query, "variables": variables}, token=token)
        assert response.status_code == 200, response.text
        return response.json()


@asynccontextmanager
async def gateway(environment: Mapping[str, str], token: str | None = None) -> AsyncIterator[Gateway]:
    """Run a gateway with these settings."""
    async with (
        listening(build(load(environment))) as url,
        httpx.AsyncClient(timeout=30, trust_env=False) as http,
    ):
        yield Gateway(url, http, token)
