"""The sides of the benchmark as processes, the gateway and its peers, by the same settings, and upstreams.

All of them end with the block that runs them.
"""

import asyncio
import json
import os
import shutil
import socket
import sys
import tempfile
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from bench import cores
from twins.children import dies_with_us, end

ROOT = Path(__file__).parent.parent
NODE_PEERS = Path(__file__).parent / "peers" / "node"
START_SECONDS = 60.0
LOOK_SECONDS = 0.02


@dataclass(frozen=True, slots=True)
class Side:
    """A contestant: how it is run, where, and why an expert would write its calls so."""

    name: str
    command: tuple[str, ...]
    why: str
    needs_node: bool = False
    folder: Path = ROOT


def _node(script: str) -> tuple[str, ...]:
    return "node", str(NODE_PEERS / f"{script}.mjs")


_SHARED = (
    "the root resolver looks ahead and asks both systems side by side, in bulk, for the selected columns; "
    "the fields below it are plain"
)

GATEWAY = Side(
    "gateway",
    (sys.executable, "-m", "gateway.cli", "serve"),
    "looks ahead over the operation and asks both systems side by side, in bulk, for the selected columns",
)
SIDES = {
    side.name: side
    for side in (
        GATEWAY,
        Side(
            "bare node",
            _node("bare"),
            "as Mercurius's below, with the columns written by hand",
            needs_node=True,
        ),
        Side("mercurius", _node("mercurius"), _SHARED, needs_node=True),
        Side(
            "yoga",
            _node("yoga"),
            "the same root resolvers as Mercurius's, compiled by graphql-jit",
            needs_node=True,
        ),
        Side("apollo", _node("apollo"), "the same root resolvers as Mercurius's", needs_node=True),
        Side(
            "strawberry",
            (sys.executable, "-m", "bench.peers.strawberry_plain"),
            "a data loader a system, as Strawberry's own guide has it: Delius is asked when the first field "
            "of it runs, after NOMIS; the columns are the schema's, whatever was selected",
        ),
    )
}


def before(folder: Path) -> Side:
    """Return another tree of the gateway as a side, such as the one before a change."""
    return replace(GATEWAY, name="before", why="the gateway of another tree", folder=folder)


@dataclass(frozen=True, slots=True)
class Running:
    """A side that runs."""

    side: Side
    port: int
    pid: int


@dataclass(frozen=True, slots=True)
class Staged:
    """The upstreams that run: where, the caller's token, and the settings by which a side uses them."""

    url: str
    token: str
    environment: Mapping[str, str]
    pid: int


@asynccontextmanager
async def upstreams(*, people: int, full: int, ndh: bool) -> AsyncIterator[Staged]:
    """Run the upstreams."""
    arguments = ["--people", str(people), "--full", str(full), *(["--ndh"] if ndh else [])]
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bench.upstreams", *arguments),
        cwd=ROOT,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        limit=1_000_000,
        preexec_fn=dies_with_us(),
    )
    assert process.stdout is not None
    assert process.stdin is not None
    try:
        async with asyncio.timeout(START_SECONDS):
            line = await process.stdout.readline()
        if not line:
            raise SystemExit(
                "The upstreams do not start, as they say above; W6 needs Envoy, the others do not."
            )
        told: dict[str, Any] = json.loads(line)
        yield Staged(**told, pid=process.pid)
    finally:
        process.stdin.close()
        async with asyncio.timeout(START_SECONDS):
            await process.wait()


@asynccontextmanager
async def running(
    side: Side, staged: Staged, *, route: str = "probation-search", **settings: str
) -> AsyncIterator[Running]:
    """Run a side until the block ends; what it prints is shown where it does not start."""
    port = _free_port()
    environment = {
        "PATH": os.environ["PATH"],
        "NODE_ENV": "production",
        **staged.environment,
        "DELIUS_ROUTE": route,
        "GATEWAY_PORT": str(port),
        **settings,
    }
    if route == "ndh":
        del environment["PROBATION_SEARCH_URL"]
    else:
        del environment["DELIUS_NDH_URL"]
    with tempfile.TemporaryFile() as printed:
        process = await asyncio.create_subprocess_exec(
            *side.command,
            cwd=side.folder,
            env=environment,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=printed,
            stderr=printed,
            preexec_fn=_on_a_core_of_its_own,
        )
        try:
            if not await _listens(process, port):
                printed.seek(0)
                said = printed.read()[-2000:].decode(errors="replace")
                raise SystemExit(f"{side.name} does not start: {said}")
            yield Running(side, port, process.pid)
        finally:
            await end(process)


def _on_a_core_of_its_own() -> None:
    if (ends_with_us := dies_with_us()) is not None:
        ends_with_us()
    os.sched_setaffinity(0, cores.OF_A_SIDE)


async def _listens(process: asyncio.subprocess.Process, port: int) -> bool:
    async with asyncio.timeout(START_SECONDS):
        while process.returncode is None:
            try:
                _, writer = await asyncio.open_connection("127.0.0.1", port)
            except OSError:
                await asyncio.sleep(LOOK_SECONDS)
                continue
            writer.close()
            return True
    return False


async def control(staged: Staged, path: str) -> dict[str, int]:
    """Ask the upstreams what the benchmark alone asks: the calls since the last time, or a switch."""
    host, _, port = staged.url.removeprefix("http://").partition(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    writer.write(f"GET /bench/{path} HTTP/1.1\r\nhost: {host}\r\n\r\n".encode())
    head = (await reader.readuntil(b"\r\n\r\n")).decode()
    body = await reader.readexactly(int(head.partition("content-length: ")[2].split()[0]))
    writer.close()
    calls: dict[str, int] = json.loads(body)
    return calls


def has_node() -> bool:
    """Tell whether the peers of Node's can run: Node is there, and their packages are."""
    return shutil.which("node") is not None and (NODE_PEERS / "node_modules").is_dir()


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])
