"""A Dockerfile read, and its stages' steps run in folders, for want of an engine.

A stage's root is a folder, and its absolute paths are in it; what its base image has is this machine's.
"""

import json
import os
import re
import shutil
import subprocess
from dataclasses import dataclass, field
from pathlib import Path

SECONDS = 300


@dataclass
class Stage:
    """One stage: its instructions in order, and, once they were run, its root and its environment."""

    name: str
    image: str
    steps: list[tuple[str, str]] = field(default_factory=list)
    root: Path = Path()
    environment: dict[str, str] = field(default_factory=dict)

    def last(self, instruction: str) -> str:
        """Return the arguments of the last instruction of this name."""
        return [arguments for name, arguments in self.steps if name == instruction][-1]

    def command(self, instruction: str) -> list[str]:
        """Return the command that ENTRYPOINT, CMD or HEALTHCHECK has in its list form."""
        arguments = self.last(instruction)
        written: list[str] = json.loads(arguments[arguments.index("[") :])
        return written


def stages_of(dockerfile: Path) -> dict[str, Stage]:
    """Return the stages by name, in order."""
    stages: dict[str, Stage] = {}
    whole = re.sub(r"\\\n\s*", "", re.sub(r"^#.*\n", "", dockerfile.read_text("utf-8"), flags=re.MULTILINE))
    for line in filter(None, whole.splitlines()):
        instruction, _, arguments = line.partition(" ")
        if instruction == "FROM":
            image, _, name = arguments.partition(" AS ")
            stages[name] = Stage(name, image)
        else:
            list(stages.values())[-1].steps.append((instruction, arguments.strip()))
    return stages


def run_steps(stages: dict[str, Stage], context: Path, folder: Path, *, runs: set[str]) -> None:
    """Run the stages' steps in folders; RUN only in the stages that `runs` names."""
    for stage in stages.values():
        stage.root = folder / stage.name
        stage.root.mkdir()
        stage.environment = {"PATH": os.environ["PATH"], "HOME": str(folder)}
        here = stage.root
        for instruction, arguments in stage.steps:
            if instruction == "WORKDIR":
                here = _inside(stage, arguments)
                here.mkdir(parents=True, exist_ok=True)
            elif instruction == "ENV":
                name, _, value = arguments.partition("=")
                value = value.replace("$PATH", stage.environment["PATH"])
                stage.environment[name] = re.sub(r"(^|:)(?=/opt/)", rf"\1{stage.root}", value)
            elif instruction == "COPY":
                _copy(stages, stage, context, here, arguments.split())
            elif instruction == "RUN" and stage.name in runs:
                _run(arguments, here, stage.environment)


def _inside(stage: Stage, path: str, here: Path | None = None) -> Path:
    return stage.root / path.lstrip("/") if path.startswith("/") else (here or stage.root) / path


def _copy(stages: dict[str, Stage], stage: Stage, context: Path, here: Path, arguments: list[str]) -> None:
    source = context
    if arguments[0].startswith("--from="):
        source = stages[arguments.pop(0).removeprefix("--from=")].root
    *names, target = arguments
    into = _inside(stage, target, here)
    for name in names:
        found = source / name.lstrip("/")
        if found.is_dir():
            shutil.copytree(found, into, symlinks=True, dirs_exist_ok=True)
        else:
            place = into / found.name if target.endswith("/") else into
            place.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(found, place)


def _run(command: str, here: Path, environment: dict[str, str]) -> None:
    # Package registries are set up by variables and files of the machine's own.
    ended = subprocess.run(
        ["/bin/sh", "-ec", command],
        cwd=here,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )
    assert ended.returncode == 0, f"{command}\n{ended.stdout}{ended.stderr}"
