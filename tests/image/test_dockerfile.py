"""The image: its Dockerfile linted, its stages' steps run in folders, and its command started."""

import asyncio
import re
import shutil
import subprocess
import sys
from pathlib import Path

import httpx
import pytest
from dockerfile import run_steps, stages_of
from gateways import PRISON, PROBATION
from processes import answering, free_port, running

ROOT = Path(__file__).parents[2]
DOCKERFILE = ROOT / "Dockerfile"
LEFT_OUT = {"gateway"}
"""The last stage's RUN changes the base image: it takes pip away and makes the user."""


@pytest.fixture(scope="module")
def stages():
    return stages_of(DOCKERFILE)


@pytest.fixture(scope="module")
def image(stages, node_packages, tmp_path_factory):  # noqa: ARG001 - the page's stage needs Node
    """Run the steps on what is committed, and return the last stage."""
    context, folder = tmp_path_factory.mktemp("context"), tmp_path_factory.mktemp("stages")
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True)
    for name in filter(lambda name: (ROOT / name).is_file(), listed.stdout.splitlines()):
        (context / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(ROOT / name, context / name)
    run_steps(stages, context, folder, runs=stages.keys() - LEFT_OUT)
    return stages["gateway"]


def test_the_dockerfile_is_lint_free():
    hadolint = Path(sys.executable).with_name("hadolint")

    ended = subprocess.run([hadolint, DOCKERFILE], capture_output=True, text=True, check=False)

    assert (ended.returncode, ended.stdout) == (0, "")


def test_base_images_have_versions_and_the_service_is_nobody_s_but_its_own(stages):
    assert list(stages) == ["page", "packages", "gateway"]
    assert all(re.fullmatch(r"[a-z]+:\d+(\.\d+)?-[a-z-]+", stage.image) for stage in stages.values())
    assert stages["gateway"].last("USER") == "10001"
    assert "pip uninstall --yes pip" in stages["gateway"].last("RUN")


def test_packages_are_wheels_checked_against_their_hashes(stages):
    runs = " && ".join(run for step, run in stages["packages"].steps if step == "RUN")
    installs = re.findall(r"pip\b[^&]* install [^&]*", runs)

    assert len(installs) == 3
    for install in installs:
        pinned = "--require-hashes" in install and "--only-binary :all:" in install
        assert pinned or "--no-index --no-deps" in install
    assert "npm ci --ignore-scripts" in " ".join(run for _, run in stages["page"].steps)


def test_only_what_the_dockerfile_copies_is_in_its_context(stages):
    copied = {
        name.partition("/")[0]
        for stage in stages.values()
        for step, arguments in stage.steps
        if step == "COPY" and not arguments.startswith("--from=")
        for name in arguments.split()[:-1]
    }
    let_in = re.findall(r"^!(\S+?)/?$", (ROOT / ".dockerignore").read_text("utf-8"), re.MULTILINE)

    assert set(let_in) == copied


def test_the_last_stage_has_what_the_service_needs_and_nothing_that_builds_or_tests(image):
    names = {path.name for path in (image.root / "opt" / "gateway").glob("lib/python*/site-packages/*")}
    distributions = {name.partition("-")[0] for name in names if name.endswith(".dist-info")}
    listed = (ROOT / "requirements" / "app.txt").read_text("utf-8")
    pinned = re.findall(r"^([A-Za-z0-9._-]+)==", listed, re.MULTILINE)

    def same(some):
        return {name.lower().replace("-", "_").replace(".", "_") for name in some}

    assert same(distributions) - same(pinned) == {"offender_gateway"}
    assert names.isdisjoint({"pip", "setuptools", "twins", "tests", "pytest", "node_modules"})
    assert {path.name for path in image.root.iterdir()} == {"opt"}


async def test_the_image_s_command_serves_the_gateway_with_its_page_and_is_healthy(image, stage):
    port = free_port()
    python = image.root / "opt" / "gateway" / "bin" / "python"
    program, *arguments = [*image.command("ENTRYPOINT"), *image.command("CMD")]
    settings = stage.environment(
        GATEWAY_HOST="127.0.0.1", GATEWAY_PORT=str(port), GRAPHIQL="on", INTROSPECTION="on"
    )
    environment = {**image.environment, **settings}
    token = stage.auth.caller_token(roles=[PRISON, PROBATION])

    async with (
        # A virtual environment's script names the folder that it was made in: here its Python is named.
        running(python, python.with_name(program), *arguments, environment=environment) as process,
        httpx.AsyncClient(trust_env=False, base_url=f"http://127.0.0.1:{port}") as http,
    ):
        await answering(process, port)
        page = await http.get("/graphiql/")
        answer = await http.post(
            "/graphql",
            json={"query": '{ offender(nomsNumber: "G4273GI") { tier { code } } }'},
            headers={"Authorization": f"Bearer {token}"},
        )
        health = await asyncio.create_subprocess_exec(*image.command("HEALTHCHECK"), env=environment)
        healthy = await health.wait()
    health = await asyncio.create_subprocess_exec(
        *image.command("HEALTHCHECK"), env=environment, stderr=asyncio.subprocess.DEVNULL
    )

    assert (page.status_code, answer.json()) == (200, {"data": {"offender": {"tier": {"code": "B1"}}}})
    assert "assets/" in page.text
    assert (healthy, await health.wait()) == (0, 1)
