"""Runs the sidecar of deploy/sidecar: fills in its files, starts Envoy, waits until it is live, stops it."""

import asyncio
import contextlib
import importlib.util
import os
import shutil
import sys
import tempfile
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from string import Template

import httpx

from twins.children import dies_with_us, end
from twins.serving import LOOPBACK

DEPLOYMENT = Path(__file__).parent.parent / "deploy" / "sidecar"
FILES = ("envoy.yaml", "sds-client-certificate.yaml", "sds-ndh-authority.yaml")
ENVOY_VARIABLE = "OFFENDER_GATEWAY_ENVOY"

START_SECONDS = 20.0
LOOK_SECONDS = 0.05


class SidecarUnavailable(Exception):
    """There is no Envoy to run, or it did not start."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What the placeholders of the sidecar's files are filled with; port 0 takes a free one."""

    certificates: Path
    ndh_host: str
    ndh_port: int
    ndh_server_name: str
    port: int = 0
    admin_port: int = 0
    connection_seconds: int = 60
    answer_seconds: int = 10

    def placeholders(self, folder: Path) -> dict[str, str]:
        """Return the value of each placeholder for files that are filled in into this folder."""
        return {
            "SIDECAR_PORT": str(self.port),
            "SIDECAR_ADMIN_PORT": str(self.admin_port),
            "SIDECAR_CONFIGURATION": str(folder),
            "NDH_HOST": self.ndh_host,
            "NDH_PORT": str(self.ndh_port),
            "NDH_SERVER_NAME": self.ndh_server_name,
            "CERTIFICATES": str(self.certificates),
            "CONNECTION_SECONDS": str(self.connection_seconds),
            "ANSWER_SECONDS": str(self.answer_seconds),
        }


@dataclass(frozen=True, slots=True)
class Sidecar:
    """A running sidecar: where the gateway calls it, and where its metrics are."""

    url: str
    admin_url: str
    pid: int
    log: Path


def find_envoy() -> Path | None:
    """Return Envoy's binary: what OFFENDER_GATEWAY_ENVOY names (`none` hides it), or the installed one."""
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


@contextlib.asynccontextmanager
async def running_sidecar(plan: Plan) -> AsyncIterator[Sidecar]:
    """Run the sidecar until the block ends, with its files filled in into a folder that goes with it."""
    binary = find_envoy()
    if binary is None:
        raise SidecarUnavailable(
            f"no Envoy found: install the demo's requirements, or name one in {ENVOY_VARIABLE}"
        )
    with tempfile.TemporaryDirectory(prefix="offender-gateway-sidecar-") as name:
        folder = Path(name)
        render(folder, plan)
        process = await _started(binary, folder)
        try:
            yield await _live(process, folder)
        finally:
            await end(process)


def render(folder: Path, plan: Plan) -> None:
    """Write the files of deploy/sidecar into a folder with their placeholders filled in."""
    for name in FILES:
        text = Template((DEPLOYMENT / name).read_text("utf-8")).substitute(plan.placeholders(folder))
        (folder / name).write_text(text, "utf-8")


async def _started(binary: Path, folder: Path) -> asyncio.subprocess.Process:
    arguments = [
        "--config-path",
        str(folder / "envoy.yaml"),
        "--admin-address-path",
        str(folder / "admin-address"),
    ]
    # Without hot restart several sidecars run side by side on one machine, with no base id to agree upon.
    arguments += ["--disable-hot-restart", "--concurrency", "1", "--log-level", "error"]
    with (folder / "envoy.log").open("wb") as log:
        return await asyncio.create_subprocess_exec(
            binary,
            *arguments,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            preexec_fn=dies_with_us(),
        )


async def _live(process: asyncio.subprocess.Process, folder: Path) -> Sidecar:
    try:
        async with asyncio.timeout(START_SECONDS), httpx.AsyncClient(trust_env=False) as client:
            while process.returncode is None:
                with contextlib.suppress(httpx.TransportError):
                    if sidecar := await _found(client, process.pid, folder):
                        return sidecar
                await asyncio.sleep(LOOK_SECONDS)
    except TimeoutError as error:
        raise SidecarUnavailable(_why(folder)) from error
    raise SidecarUnavailable(_why(folder))


async def _found(client: httpx.AsyncClient, pid: int, folder: Path) -> Sidecar | None:
    admin = _admin_address(folder)
    if not admin or (await client.get(f"http://{admin}/ready")).text.strip() != "LIVE":
        return None
    listeners = (await client.get(f"http://{admin}/listeners?format=json")).json()["listener_statuses"]
    port = listeners[0]["local_address"]["socket_address"]["port_value"]
    return Sidecar(f"http://{LOOPBACK}:{port}", f"http://{admin}", pid, folder / "envoy.log")


def _admin_address(folder: Path) -> str:
    """Return the host and port of the admin page, empty until Envoy has written them down."""
    address = folder / "admin-address"
    return address.read_text("utf-8").strip() if address.exists() else ""


def _why(folder: Path) -> str:
    return f"Envoy did not start: {(folder / 'envoy.log').read_text('utf-8', 'replace')[-2000:]}"
