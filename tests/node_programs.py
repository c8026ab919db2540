"""Programs of Node's as tests run them: bounded in time, on a gateway, and answering one JSON document."""

import asyncio
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from gateways import Gateway

CLIENTS = Path(__file__).parent / "clients"
SCRIPTS = CLIENTS.parents[1] / "scripts"
NODE_MISSING = 3
"""What `scripts/node_packages` ends with where Node or npm is missing or too old."""


class Ended(NamedTuple):
    """How a program ended, and what it wrote."""

    status: int
    printed: str
    said: str


async def run(
    *arguments: str | Path, environment: Mapping[str, str] | None = None, seconds: float = 120
) -> Ended:
    """Run a program in the clients' folder to its end. Raises `TimeoutError`."""
    process = await asyncio.create_subprocess_exec(
        *arguments,
        cwd=CLIENTS,
        env={"PATH": os.environ["PATH"], **(environment or {})},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        async with asyncio.timeout(seconds):
            printed, said = await process.communicate()
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()
    assert process.returncode is not None
    return Ended(process.returncode, printed.decode(), said.decode())


async def set_up(script: str, *arguments: str | Path) -> Ended:
    """Run one of the project's scripts, which do nothing twice; npm is set up by its own environment."""
    return await run(SCRIPTS / script, *arguments, environment=os.environ, seconds=300)


async def document_of(script: str, gateway: Gateway | None, **environment: str) -> Any:
    """Run a script of the clients' folder, on a gateway as its usual caller, and return what it prints."""
    caller = {"GATEWAY_URL": gateway.url, "TOKEN": gateway.token or ""} if gateway else {}
    ended = await run("node", script, environment={**caller, **environment})
    assert ended.status == 0, ended.said
    return json.loads(ended.printed)
