"""The set-up of a folder's npm packages says in plain words what is missing, and does nothing twice."""

import asyncio
import os
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[2] / "scripts" / "node_packages"
INSTALLS = 'case "$1" in --version) echo 11.0.0 ;; ci) mkdir -p "$3/node_modules"; echo "$@" >&2 ;; esac'
FAILS = 'case "$1" in --version) echo 11.0.0 ;; *) echo ECONNREFUSED >&2; exit 7 ;; esac'


@pytest.fixture
def folder(tmp_path):
    locked = tmp_path / "locked"
    locked.mkdir()
    (locked / "package-lock.json").write_text("{}")
    return locked


@pytest.fixture
def path(tmp_path):
    """Return a folder of commands, and of nothing else but what touches and makes files."""
    commands = tmp_path / "bin"
    commands.mkdir()
    for name in ("touch", "mkdir"):
        (commands / name).symlink_to(f"/bin/{name}")
    return commands


def command(path, name, script):
    (path / name).write_text(f"#!/bin/bash\n{script}\n")
    (path / name).chmod(0o755)


async def set_up(path, folder):
    process = await asyncio.create_subprocess_exec(
        *("/bin/bash", str(SCRIPT), str(folder)),
        env={"PATH": str(path)},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    async with asyncio.timeout(30):
        printed, _ = await process.communicate()
    return process.returncode, printed.decode()


@pytest.mark.parametrize("node", [None, "exit 127", "echo v18.20.4", "echo v20.18.3", "echo of no number"])
async def test_a_machine_without_a_node_of_today_is_told_so(path, folder, node):
    command(path, "npm", INSTALLS)
    if node:
        command(path, "node", node)

    status, printed = await set_up(path, folder)

    assert status == 3
    assert printed.startswith("Missing: Node 20.19 or later.")
    assert not (folder / "node_modules").exists()


@pytest.mark.parametrize("npm", [None, "echo 8.19.4"])
async def test_a_node_without_an_npm_of_today_is_told_so(path, folder, npm):
    command(path, "node", "echo v20.19.0")
    if npm:
        command(path, "npm", npm)

    status, printed = await set_up(path, folder)

    assert status == 3
    assert printed.startswith("Missing: npm 9 or later")


async def test_the_lock_s_packages_are_installed_once_and_again_when_the_lock_is_newer(path, folder):
    command(path, "node", "echo v22.1.0")
    command(path, "npm", INSTALLS)

    first = await set_up(path, folder)
    second = await set_up(path, folder)
    os.utime(folder / "package-lock.json")
    third = await set_up(path, folder)

    assert [status for status, _ in (first, second, third)] == [0, 0, 0]
    assert f"ci --prefix {folder} --ignore-scripts" in first[1]
    assert second[1] == ""
    assert third[1] == first[1]


async def test_an_installation_that_failed_is_said_so_and_tried_anew(path, folder):
    command(path, "node", "echo v20.19.0")
    command(path, "npm", FAILS)

    status, printed = await set_up(path, folder)
    command(path, "npm", INSTALLS)
    again = await set_up(path, folder)

    assert status == 1
    assert "ECONNREFUSED" in printed
    assert "It needs an npm registry that it can reach." in printed
    assert again[0] == 0
    assert "ci --prefix" in again[1]
