"""The examples of docs/pom-tooling.md are asked as they stand there, and answered as they stand there."""

import json
import re
from pathlib import Path

import pytest
from gateways import gateway
from graphql import OperationDefinitionNode, parse

from resolvers.states import PrisonRecordStatus, ProbationRecordStatus, ProbationRecordWarning

DOCUMENT = Path(__file__).parents[2] / "docs" / "pom-tooling.md"
WIDTH = 110
EXAMPLE = re.compile(
    r"```graphql\n(?P<query>.*?)```\n+(?:```json\n(?P<variables>.*?)```\n+)?"
    r"It answers:\n+```json\n(?P<answer>.*?)```",
    re.DOTALL,
)


def examples():
    return list(EXAMPLE.finditer(DOCUMENT.read_text("utf-8")))


def name_of(example):
    (operation,) = (
        one for one in parse(example["query"]).definitions if isinstance(one, OperationDefinitionNode)
    )
    return operation.name.value


@pytest.fixture(scope="module")
async def documented(_stage):
    settings = _stage.route("probation-search", access=True, risks=True)
    # The cursors of the docs are the same in every run.
    async with gateway({**settings, "CURSOR_KEY": "the key of the documents"}) as running:
        yield running


@pytest.fixture
def gw(documented, delius_user):
    documented.token = delius_user("NPS_USER")
    return documented


async def asked(gw, example):
    variables = json.loads(example["variables"] or "{}")
    return await gw.ask(example["query"], **variables)


def written(value, indent=0):
    """Write JSON with as much on a line as there is room for."""
    whole = json.dumps(value, ensure_ascii=False)
    if len(whole) + indent <= WIDTH or not isinstance(value, dict | list):
        return whole
    inner = " " * (indent + 2)
    if isinstance(value, list):
        lines = [written(one, indent + 2) for one in value]
    else:
        lines = [f"{json.dumps(key)}: {written(one, indent + 2)}" for key, one in value.items()]
    opening, closing = "[]" if isinstance(value, list) else "{}"
    return f"{opening}\n{inner}{f',{chr(10)}{inner}'.join(lines)}\n{' ' * indent}{closing}"


@pytest.mark.parametrize("example", examples(), ids=name_of)
async def test_an_example_is_answered_as_the_docs_say(gw, pytestconfig, example):
    answer = await asked(gw, example)

    if pytestconfig.getoption("write_docs"):
        text = DOCUMENT.read_text("utf-8")
        DOCUMENT.write_text(text.replace(example["answer"], f"{written(answer)}\n"), "utf-8")
    else:
        assert json.loads(example["answer"]) == answer


def test_every_example_of_the_docs_is_asked():
    text = DOCUMENT.read_text("utf-8")

    assert len(examples()) == text.count("```graphql") >= 4


def test_the_docs_say_what_to_do_with_every_state_and_every_warning():
    text = DOCUMENT.read_text("utf-8")
    rows = {row.split("|")[1].strip() for row in text.splitlines() if row.startswith("| `")}

    for kind in (ProbationRecordStatus, PrisonRecordStatus, ProbationRecordWarning):
        assert {f"`{one.name}`" for one in kind} <= rows
