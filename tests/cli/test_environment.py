"""The set-up says in plain words what is missing, before it has made anything."""

import asyncio
from pathlib import Path

SCRIPT = Path(__file__).parents[2] / "scripts" / "environment"


async def set_up(folder, **environment):
    process = await asyncio.create_subprocess_exec(
        *("/bin/bash", str(SCRIPT), str(folder / "venv"), "requirements/dev.txt"),
        env=environment,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    printed = (await process.communicate())[0].decode()
    return process.returncode, printed


async def test_a_machine_without_python_is_told_so(tmp_path):
    status, printed = await set_up(tmp_path, PATH=str(tmp_path))

    assert status == 1
    assert printed.startswith("Missing: Python 3.11 or later.")
    assert list(tmp_path.iterdir()) == []


async def test_a_python_without_venv_is_told_so(tmp_path):
    python = tmp_path / "python3"
    python.write_text('#!/bin/bash\ncase "$2" in *venv*) exit 1 ;; esac\n')
    python.chmod(0o755)

    status, printed = await set_up(tmp_path, PATH=str(tmp_path), PYTHON="python3")

    assert status == 1
    assert printed.startswith("Missing: Python's venv with pip.")
