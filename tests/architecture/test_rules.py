"""Every rule of docs/rules.md names the tests that hold it, and the tests are there."""

import ast
import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
NAMED = re.compile(r"`(tests/[\w/]+\.py)::(test_\w+)`")
BAD_TABLE = """
| rule | held by |
| --- | --- |
| Held by a test that is there. | `tests/architecture/test_rules.py::test_every_rule_is_held_by_a_test_that_is_there` |
| Held by one that is there, and one that is not. | `tests/architecture/test_rules.py::test_every_rule_is_held_by_a_test_that_is_there`, `tests/architecture/test_rules.py::test_gone` |
| Held by a test of a file that is not there. | `tests/architecture/gone.py::test_every_rule` |
| Held by something that is no test. | `tests/architecture/test_rules.py::unheld` |
| Held by a file, or to be held one day. | `tests/architecture/test_rules.py` TODO |
| Held by nothing. | |
| | `tests/architecture/test_rules.py::test_every_rule_is_held_by_a_test_that_is_there` |
| A row of one cell. |
| A row of three. | `tests/architecture/test_rules.py::test_every_rule_is_held_by_a_test_that_is_there` | and more |
"""  # noqa: E501 - rows of a table are lines


def rows_of(text):
    """Return the rows of the tables below their heads, each as its cells."""
    lines = [
        line.strip().removeprefix("|").removesuffix("|") for line in text.splitlines() if line[:1] == "|"
    ]
    cells = [[cell.strip() for cell in line.split("|")] for line in lines]
    return [row for row in cells if row != ["rule", "held by"] and set("".join(row)) != {"-"}]


def is_there(file, name):
    path = ROOT / file
    functions = (ast.FunctionDef, ast.AsyncFunctionDef)
    return path.is_file() and any(
        isinstance(node, functions) and node.name == name for node in ast.parse(path.read_text("utf-8")).body
    )


def is_held(row):
    """Tell whether a row is a rule and the tests that hold it, and nothing else."""
    if len(row) != 2 or not all(row):
        return False
    named = NAMED.findall(row[1])
    only_tests = not NAMED.sub("", row[1]).strip(" ,")
    return bool(named) and only_tests and all(is_there(file, name) for file, name in named)


def unheld(text):
    return [row[0] for row in rows_of(text) if not is_held(row)]


def test_every_rule_is_held_by_a_test_that_is_there():
    written = (ROOT / "docs" / "rules.md").read_text("utf-8")

    assert unheld(written) == []
    assert len(rows_of(written)) > 70


def test_no_rule_stands_there_twice():
    rules = [row[0] for row in rows_of((ROOT / "docs" / "rules.md").read_text("utf-8"))]

    assert sorted(rules) == sorted(set(rules))


def test_a_rule_that_nothing_holds_is_found_out():
    assert unheld(BAD_TABLE) == [
        "Held by one that is there, and one that is not.",
        "Held by a test of a file that is not there.",
        "Held by something that is no test.",
        "Held by a file, or to be held one day.",
        "Held by nothing.",
        "",
        "A row of one cell.",
        "A row of three.",
    ]
