"""The configuration reference in the docs is made from the settings' own descriptions."""

from enum import Enum
from pathlib import Path
from typing import Literal, get_args, get_origin

from pydantic_core import PydanticUndefined

from gateway.settings import Settings

REFERENCE = Path(__file__).parents[2] / "docs" / "configuration.md"
INTRODUCTION = """\
# Configuration

Settings come from the environment, and a wrong one stops the start with its name and what to do.
`NAME_FILE` names a file that holds the value of `NAME`, for secrets.
URLs are the bases of the services, without the paths of their contracts, save where said.
`make docs` writes this table from the settings' own descriptions, and a test compares it.
Whole examples, one a route to Delius: [`deploy/environments`](../deploy/environments).

| name | default | values | meaning |
| --- | --- | --- | --- |
"""


def default_of(setting):
    match setting.default:
        case bool(on):
            return "on" if on else "off"
        case frozenset(names):
            return ", ".join(sorted(names))
        case value if value is PydanticUndefined:
            return "must be set"
        case None | "":
            return ""
        case Enum(value=value) | value:
            return f"{value:g}" if isinstance(value, float) else str(value)


def values_of(setting):
    if isinstance(setting.default, bool):
        return "on, off"
    return ", ".join(get_args(setting.annotation)) if get_origin(setting.annotation) is Literal else ""


def row(name, setting):
    return f"| {name.upper()} | {default_of(setting)} | {values_of(setting)} | {setting.description} |\n"


def test_the_reference_is_what_the_settings_say_of_themselves(request):
    table = INTRODUCTION + "".join(row(name, setting) for name, setting in Settings.model_fields.items())
    if request.config.getoption("write_docs"):
        REFERENCE.write_text(table, encoding="utf-8")

    assert REFERENCE.read_text("utf-8") == table


def test_every_setting_says_what_it_is_for():
    assert [name for name, setting in Settings.model_fields.items() if not setting.description] == []
