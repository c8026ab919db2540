"""The house rules that a linter cannot hold: who may touch what, and what a commit may hold."""

import ast
import json
import re
import subprocess
from pathlib import Path

import pytest
from graphql import print_schema

from schema.build import SCHEMA

ROOT = Path(__file__).parents[2]
PACKAGES = ("gateway", "schema", "resolvers", "upstreams", "twins", "bench")


def modules(*packages):
    return [path for package in packages for path in (ROOT / package).rglob("*.py")]


def names_of(path):
    """Return the dotted names that a module uses, such as `os.environ`."""
    tree = ast.parse(path.read_text("utf-8"))
    return {ast.unparse(node) for node in ast.walk(tree) if isinstance(node, ast.Attribute)}


def imports_of(path):
    found = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module.partition(".")[0])
    return found


def committed():
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True)
    return [ROOT / name for name in listed.stdout.splitlines() if (ROOT / name).is_file()]


def where(paths, condition):
    return {str(path.relative_to(ROOT)) for path in paths if condition(path)}


def test_only_the_settings_read_the_environment():
    product = modules("gateway", "schema", "resolvers", "upstreams")

    reading = where(product, lambda path: names_of(path) & {"os.environ", "os.getenv", "os.environb"})

    assert reading == {"gateway/settings.py"}


def test_only_the_schema_is_written_in_strawberry_and_one_module_looks_inside_it():
    product = modules(*PACKAGES)

    written = where(product, lambda path: "strawberry" in imports_of(path))
    inside = where(product, lambda path: any(name.endswith("._schema") for name in names_of(path)))

    # The benchmark measures the gateway against a Strawberry that is written plainly.
    assert all(name.startswith(("schema/", "bench/peers/")) for name in written)
    assert inside == {"schema/build.py"}


def test_one_module_alone_reads_what_upstreams_answer_and_one_what_callers_send():
    product = modules("gateway", "schema", "resolvers", "upstreams")

    reading = where(product, lambda path: "httptools" in imports_of(path))

    assert reading == {"upstreams/http1.py", "gateway/edge/wire.py"}


@pytest.mark.parametrize("path", modules(*PACKAGES), ids=lambda path: str(path.relative_to(ROOT)))
def test_a_module_is_one_noun(path):
    assert len(path.read_text("utf-8").splitlines()) <= 400


def test_the_schema_is_the_one_that_was_agreed():
    """Run `make schema` and read the difference: callers rely on these names."""
    assert (ROOT / "schema" / "schema.graphql").read_text("utf-8") == print_schema(SCHEMA) + "\n"


def test_no_commit_holds_a_key_a_registry_or_a_place_on_somebody_s_machine():
    forbidden = re.compile(
        r"BEGIN (RSA |EC |ENCRYPTED )?PRIVATE KEY|https?://[^ \"]*(pypi|npmjs|debian\.org|registry\.)|"
        r"(^|[\s\"'=])/(home|root|Users)/[a-z]",
        re.MULTILINE,
    )

    holding = where(
        [path for path in committed() if path != Path(__file__)],
        lambda path: forbidden.search(path.read_text("utf-8", "replace")),
    )

    assert holding == set()


def test_every_dependency_is_pinned_with_hashes():
    for listed in sorted((ROOT / "requirements").glob("*.txt")):
        text = listed.read_text("utf-8")
        pins = re.findall(r"^[A-Za-z0-9._-]+==", text, re.MULTILINE)
        assert len(pins) == len(re.findall(r"^[A-Za-z0-9]", text, re.MULTILINE))
        assert pins == ["setuptools=="] if listed.stem == "build" else len(pins) > 5
        assert text.count("--hash=sha256:") >= len(pins)


def test_every_npm_lock_holds_a_hash_a_package_no_address_and_one_graphql():
    locks = [path for path in committed() if path.name == "package-lock.json"]

    for lock in locks:
        packages = json.loads(lock.read_text("utf-8"))["packages"]
        installed = {name: package for name, package in packages.items() if name}
        assert len(installed) > 5
        assert {name for name, package in installed.items() if "integrity" not in package} == set()
        assert {name for name, package in installed.items() if "resolved" in package} == set()
        copies = [package for name, package in installed.items() if name.endswith("node_modules/graphql")]
        assert [package["version"].partition(".")[0] for package in copies] == ["16"]

    assert ROOT / "tests" / "clients" / "package-lock.json" in locks


def test_every_npm_package_is_named_with_one_exact_version():
    folders = [path for path in committed() if path.name == "package.json"]

    for folder in folders:
        package = json.loads(folder.read_text("utf-8"))
        named = {**package.get("dependencies", {}), **package.get("devDependencies", {})}
        assert {version for version in named.values() if not re.fullmatch(r"\d+\.\d+\.\d+", version)} == set()

    assert ROOT / "tests" / "clients" / "package.json" in folders


def test_every_command_of_the_readme_is_a_target():
    readme, makefile = (ROOT / "README.md").read_text("utf-8"), (ROOT / "Makefile").read_text("utf-8")

    named = set(re.findall(r"\bmake ([a-z-]+)", readme))

    assert {"demo", "test"} <= named
    assert named <= set(re.findall(r"^([a-z-]+):", makefile, re.MULTILINE))
