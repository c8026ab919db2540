"""The property catches what it is for: each kept mutation of the executor, in a copy of the project."""

import asyncio
import os
import shutil
import sys
from asyncio.subprocess import PIPE, STDOUT
from pathlib import Path

import pytest

from tests.execution.mutations import MUTATIONS

ROOT = Path(__file__).parents[2]
COPIED = ("gateway", "execution", "schema", "resolvers", "upstreams", "twins", "tests", "pyproject.toml")
LEFT_OUT = shutil.ignore_patterns("__pycache__", "node_modules", "static", "clients", "journeys", "image")
PROPERTY = "tests/execution/test_equal.py::test_the_compiled_execution_answers_as_the_standard_one"
CASES = 4000
SECONDS = 240


@pytest.fixture
def copied(tmp_path):
    """Return a folder with a copy of the project's packages and of the property."""
    for name in COPIED:
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, tmp_path / name, ignore=LEFT_OUT)
        elif (ROOT / name).exists():
            shutil.copy(ROOT / name, tmp_path)
    return tmp_path


async def compared(root: Path, cases: int) -> tuple[int | None, str]:
    """Run the property in a folder, and return its status and what it said."""
    program = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", PROPERTY),
        *("--as-found", f"--cases={cases}"),
        cwd=root,
        # Nothing of this folder is found from there.
        env={name: value for name, value in os.environ.items() if name != "PYTHONPATH"},
        stdout=PIPE,
        stderr=STDOUT,
    )
    async with asyncio.timeout(SECONDS):
        said, _ = await program.communicate()
    return program.returncode, said.decode()


async def test_the_copy_without_a_mutation_is_equal(copied):
    status, said = await compared(copied, cases=300)

    assert status == 0, said
    assert "300 cases" in said


@pytest.mark.parametrize("mutation", MUTATIONS, ids=lambda mutation: mutation.breaks)
async def test_a_mutation_of_the_executor_is_caught(copied, mutation):
    mutation.apply(copied)

    status, said = await compared(copied, cases=CASES)

    assert status == 1, said
    assert "NotEqual: " in said
