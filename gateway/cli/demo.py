"""`offender-gateway demo`: the gateway as it is, on constructed upstreams and people, on this machine.

HMPPS Auth, NOMIS and Delius, the NDH side of the mutual TLS and the sidecar are the twins that the tests
use too.
"""

import asyncio
import json
import os
import signal
import socket
import sys
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager

import httpx
import msgspec

from gateway.edge.explorer import BUILT, TO_BUILD, DemoToken
from gateway.settings import Settings
from twins.children import dies_with_us, end
from twins.hard_cases import TOBIAS_FENHALE
from twins.sidecar import find_envoy
from twins.staging import Stage, staging

HOST = "127.0.0.1"
START_SECONDS = 30.0
TOKEN_SECONDS = 12 * 60 * 60
PRISON_ROLE = next(iter(Settings.model_fields["caller_roles_nomis"].default))
PROBATION_ROLE = next(iter(Settings.model_fields["caller_roles_delius"].default))

QUERY = (
    f'{{ offender(nomsNumber: "{TOBIAS_FENHALE}") {{ firstName lastName prison {{ name }} tier {{ code }} '
    "caseHandler { organisation officer { surname } } probationRecord { status } } }"
)


class NotStarted(Exception):
    """Something of the demo could not be started; the message says what and what to do."""


def demo(port: int) -> int:
    """Run until Ctrl-C or SIGTERM, and leave nothing behind."""
    try:
        return asyncio.run(_demo(port))
    except NotStarted as error:
        sys.stderr.write(f"offender-gateway demo: {error}\n")
        return 1


async def _demo(port: int) -> int:
    """Run, from the first step on until a signal: it cancels what is under way, which then cleans up."""
    running = asyncio.create_task(_run(port))
    for signal_number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(signal_number, _cancel_once(running))
    try:
        await running
    except asyncio.CancelledError:
        _say("Stopped.")
    return 0


def _cancel_once(running: asyncio.Task[None]) -> Callable[[], None]:
    """Heed the first signal alone: a second one would cut the cleaning up short."""

    def stop() -> None:
        if not running.cancelling():
            running.cancel()

    return stop


async def _run(port: int) -> None:
    _expect_free(port)
    has_envoy = find_envoy() is not None
    _say(
        "[1/3] Constructed people, HMPPS Auth, NOMIS and Delius, certificates, the NDH side of the mutual TLS"
    )
    if has_envoy:
        _say("      and the sidecar (Envoy), by which the gateway reaches Delius")
    else:
        _say(
            "      There is no Envoy for this machine, so no sidecar: the gateway does the mutual TLS itself."
        )
    async with staging(sidecar=has_envoy) as stage:
        _say(f"[2/3] The gateway, on {HOST}:{port}")
        tokens = _tokens(stage)
        async with _gateway(stage, port, tokens) as process:
            _say("[3/3] A first question")
            await _introduce(stage, port, tokens)
            await process.wait()
            raise NotStarted("the gateway ended by itself; the lines above say why")


def _expect_free(port: int) -> None:
    try:
        socket.create_server((HOST, port)).close()
    except OSError as error:
        raise NotStarted(
            f"port {port} is taken; end what uses it, or run: offender-gateway demo --port N"
        ) from error


@asynccontextmanager
async def _gateway(
    stage: Stage, port: int, tokens: list[DemoToken]
) -> AsyncIterator[asyncio.subprocess.Process]:
    """Run the gateway as a process of its own, with nothing but the stage's settings and the tokens."""
    settings = stage.environment(
        GATEWAY_PORT=str(port),
        INTROSPECTION="on",
        GRAPHIQL="on",
        RISK_ASSESSMENT_URL=stage.risks_url,
    )
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "gateway.cli.demo_gateway"),
        env={"PATH": os.defpath, **settings},
        stdin=asyncio.subprocess.PIPE,
        preexec_fn=dies_with_us(),
    )
    try:
        assert process.stdin is not None
        process.stdin.write(msgspec.json.encode(tokens))
        process.stdin.close()
        await _ready(process, port)
        yield process
    finally:
        await end(process)


async def _ready(process: asyncio.subprocess.Process, port: int) -> None:
    try:
        async with asyncio.timeout(START_SECONDS), httpx.AsyncClient(trust_env=False) as http:
            while process.returncode is None:
                try:
                    await http.get(f"http://{HOST}:{port}/health/readiness")
                except httpx.HTTPError:
                    await asyncio.sleep(0.05)
                else:
                    return
    except TimeoutError as error:
        raise NotStarted(f"the gateway did not start within {START_SECONDS:.0f} s") from error
    raise NotStarted("the gateway did not start; the lines above say why")


async def _introduce(stage: Stage, port: int, tokens: list[DemoToken]) -> None:
    """Ask one question; print where everything is, tokens to ask with, and the question with its answer."""
    both, prison_alone, _ = (one.token for one in tokens)
    url = f"http://{HOST}:{port}/graphql"
    async with httpx.AsyncClient(trust_env=False, timeout=START_SECONDS) as http:
        answer = await http.post(url, json={"query": QUERY}, headers={"Authorization": f"Bearer {both}"})
    way = (
        f"sidecar {stage.sidecar.url}, metrics {stage.sidecar.admin_url}"
        if stage.sidecar
        else "direct mutual TLS"
    )
    _say(
        f"""
Ready. Stop with Ctrl-C.

  GraphQL          {url}
  GraphiQL         {_page(port)}
  health, metrics  http://{HOST}:{port}/health  http://{HOST}:{port}/metrics
  HMPPS Auth       {stage.auth.url}
  NOMIS            {stage.prisoner_search_url} (Prisoner Search)  {stage.prison_api_url} (Prison API)
  Delius           {stage.delius_url} behind NDH on 127.0.0.1:{stage.ndh.port}, by {way}

Everybody is constructed. Two tokens, good for twelve hours:

export TOKEN={both}   # prison and probation roles

export PRISON_TOKEN={prison_alone}   # prison role alone

Paste this:

curl -s {url} -H "Authorization: Bearer $TOKEN" -H 'Content-Type: application/json' \\
  -d '{json.dumps({"query": QUERY})}'

It answers:

{answer.text}
"""
    )


def _page(port: int) -> str:
    if (BUILT / "index.html").is_file():
        return f"http://{HOST}:{port}/graphiql/"
    return f"is not built. {TO_BUILD}"


def _tokens(stage: Stage) -> list[DemoToken]:
    """Return the tokens by what they may read; the first is the one to begin with."""
    roles = {
        "prison and probation roles": (PRISON_ROLE, PROBATION_ROLE),
        "prison role alone": (PRISON_ROLE,),
        "probation role alone": (PROBATION_ROLE,),
    }
    return [DemoToken(name, _token(stage, some)) for name, some in roles.items()]


def _token(stage: Stage, roles: Sequence[str]) -> str:
    return stage.auth.caller_token(roles=roles, username="LEI_POM1", expires_in=TOKEN_SECONDS)


def _say(words: str) -> None:
    sys.stdout.write(f"{words}\n")
    sys.stdout.flush()
