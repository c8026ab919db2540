"""Runs the sidecar of deploy/sidecar: fills in its files, starts Envoy, waits until it is live, stops it."""

import asyncio
import contextlib
import ctypes
import importlib.util
import os
import shutil
import signal
import sys
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from string import Template

import httpx

from twins.serving import LOOPBACK

DEPLOYMENT = Path(__file__).parent.parent / "deploy" / "sidecar"
FILES = ("envoy.yaml", "sds-client-certificate.yaml", "sds-ndh-authority.yaml")
ENVOY_VARIABLE = "OFFENDER_GATEWAY_ENVOY"

START_SECONDS = 20.0
STOP_SECONDS = 5.0
LOOK_SECONDS = 0.05

_PR_SET_PDEATHSIG = 1


class SidecarUnavailable(Exception):
    """There is no Envoy to run, or it did not start."""


@dataclass(frozen=True, slots=True)
class NdhAddress:
    """Where the sidecar finds the NDH side, and the one name it accepts there."""

    host: str
    port: int
    server_name: str


@dataclass(frozen=True, slots=True)
class Sidecar:
    """A running sidecar: where the gateway calls it, and where its metrics are."""

    url: str
    admin_url: str
    pid: int


def find_envoy() -> Path | None:
    """Return Envoy's binary: the one named by OFFENDER_GATEWAY_ENVOY (`none` hides it), or else the one installed."""
    named = os.environ.get(ENVOY_VARIABLE)
    if named is not None:
        return None if named == "none" else _binary(named)
    return _packaged() or _binary(str(Path(sys.executable).parent / "envoy")) or _binary("envoy")


def _packaged() -> Path | None:
    found = importlib.util.find_spec("envoy")
    # The package's own command is a Python script around this binary, which a signal to it would orphan.
    places = found.submodule_search_locations if found else None
    return next((binary for place in places or () if (binary := _binary(f"{place}/_bin/envoy"))), None)


def _binary(name: str) -> Path | None:
    found = shutil.which(name)
    return Path(found) if found else None


def render(folder: Path, values: Mapping[str, str]) -> None:
    """Write the files of deploy/sidecar into a folder with their placeholders filled in."""
    filled = {**values, "SIDECAR_CONFIGURATION": str(folder)}
    for name in FILES:
        text = Template((DEPLOYMENT / name).read_text("utf-8")).substitute(filled)
        (folder / name).write_text(text, "utf-8")


@contextlib.asynccontextmanager
async def running_sidecar(
    folder: Path,
    ndh: NdhAddress,
    certificates: Path,
    *,
    port: int = 0,
    admin_port: int = 0,
    connection_seconds: int = 60,
) -> AsyncIterator[Sidecar]:
    """Run the sidecar with its files in `folder`, until the block ends."""
    binary = find_envoy()
    if binary is None:
        raise SidecarUnavailable(f"no Envoy found: install the demo's requirements, or name one in {ENVOY_VARIABLE}")
    values = {
        "SIDECAR_PORT": str(port),
        "SIDECAR_ADMIN_PORT": str(admin_port),
        "NDH_HOST": ndh.host,
        "NDH_PORT": str(ndh.port),
        "NDH_SERVER_NAME": ndh.server_name,
        "CERTIFICATES": str(certificates),
        "CONNECTION_SECONDS": str(connection_seconds),
    }
    render(folder, values)
    process = await _started(binary, folder)
    try:
        yield await _live(process, folder)
    finally:
        await _stop(process)


async def _started(binary: Path, folder: Path) -> asyncio.subprocess.Process:
    arguments = ["--config-path", str(folder / "envoy.yaml"), "--admin-address-path", str(folder / "admin-address")]
    # Without hot restart several sidecars run side by side on one machine, with no base id to agree upon.
    arguments += ["--disable-hot-restart", "--concurrency", "1", "--log-level", "error"]
    with (folder / "envoy.log").open("wb") as log:
        return await asyncio.create_subprocess_exec(
            binary, *arguments, stdin=asyncio.subprocess.DEVNULL, stdout=log, stderr=log, preexec_fn=_die_with_parent()
        )


def _die_with_parent() -> object:
    """Return what makes the child end with us even if we are killed; nothing where there is no Linux."""
    if sys.platform != "linux":
        return None
    prctl = ctypes.CDLL(None).prctl
    return lambda: prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


async def _live(process: asyncio.subprocess.Process, folder: Path) -> Sidecar:
    try:
        async with asyncio.timeout(START_SECONDS), httpx.AsyncClient(trust_env=False) as client:
            while True:
                if process.returncode is not None:
                    raise SidecarUnavailable(_why(folder))
                if sidecar := await _found(client, process.pid, folder / "admin-address"):
                    return sidecar
                await asyncio.sleep(LOOK_SECONDS)
    except TimeoutError as error:
        raise SidecarUnavailable(_why(folder)) from error


async def _found(client: httpx.AsyncClient, pid: int, address: Path) -> Sidecar | None:
    if not address.exists() or not (admin := address.read_text("utf-8").strip()):
        return None
    admin_url = f"http://{admin}"
    ready = await client.get(f"{admin_url}/ready")
    if ready.text.strip() != "LIVE":
        return None
    listeners = (await client.get(f"{admin_url}/listeners?format=json")).json()["listener_statuses"]
    port = listeners[0]["local_address"]["socket_address"]["port_value"]
    return Sidecar(f"http://{LOOPBACK}:{port}", admin_url, pid)


def _why(folder: Path) -> str:
    return f"Envoy did not start: {(folder / 'envoy.log').read_text('utf-8', 'replace')[-2000:]}"


async def _stop(process: asyncio.subprocess.Process) -> None:
    if process.returncode is not None:
        return
    process.terminate()
    try:
        async with asyncio.timeout(STOP_SECONDS):
            await process.wait()
    except TimeoutError:
        process.kill()
        await process.wait()
