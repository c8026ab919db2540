"""The gateway's own commands as processes, with nothing of this process's environment but what they need."""

import asyncio
import os
import socket
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
from waiting import until


def free_port() -> int:
    """Return a port of loopback that nobody listens on now."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


@asynccontextmanager
async def command(
    *arguments: str, environment: Mapping[str, str], folder: Path | None = None
) -> AsyncIterator[asyncio.subprocess.Process]:
    """Run `offender-gateway ARGUMENTS`, of the product in a folder, and end it with the block."""
    async with running(
        *(sys.executable, "-m", "gateway.cli", *arguments), environment=environment, folder=folder
    ) as process:
        yield process


@asynccontextmanager
async def running(
    *program: str | Path, environment: Mapping[str, str], folder: Path | None = None
) -> AsyncIterator[asyncio.subprocess.Process]:
    """Run a program and end it with the block."""
    process = await asyncio.create_subprocess_exec(
        *program,
        cwd=folder,
        env={"PATH": os.environ["PATH"], **environment},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


async def output_of(*arguments: str, environment: Mapping[str, str]) -> tuple[int, str]:
    """Run a command to its end, and return its exit status and what it printed."""
    async with asyncio.timeout(60), command(*arguments, environment=environment) as process:
        printed, _ = await process.communicate()
    assert process.returncode is not None
    return process.returncode, printed.decode()


async def printed_until(process: asyncio.subprocess.Process, words: str) -> str:
    """Return what a process prints, up to the line that has these words."""
    assert process.stdout is not None
    lines = []
    async with asyncio.timeout(60):
        while True:
            line = (await process.stdout.readline()).decode()
            assert line, "".join(lines)
            lines.append(line)
            if words in line:
                return "".join(lines)


async def answering(process: asyncio.subprocess.Process, port: int) -> None:
    """Wait until something answers on the port."""
    async with httpx.AsyncClient(trust_env=False) as http:

        async def answers() -> bool:
            assert process.returncode is None, "it ended before it answered"
            try:
                await http.get(f"http://127.0.0.1:{port}/health/ping")
            except httpx.HTTPError:
                return False
            return True

        await until(answers, seconds=30)
