"""How often each field, argument, directive, state and fault occurred in the cases, and which never did."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from graphql import GraphQLEnumType, GraphQLField, GraphQLNonNull, GraphQLObjectType, get_named_type

from schema.build import SCHEMA
from tests.execution.answers import Answered
from tests.execution.operations import Asked, Field, Selection
from tests.execution.scenarios import Fault, Kind, Scenario
from upstreams.records import FailureCode

TYPES = [
    one
    for one in SCHEMA.type_map.values()
    if isinstance(one, GraphQLObjectType | GraphQLEnumType) and not one.name.startswith("__")
]
CANNOT_OCCUR = {
    "code INTERNAL": "it would be a bug, and fails the case",
    "Offender.custodyStatus null": "null only with an error, which is counted by itself",
    "Offender.mergedFrom null": "null only with an error, which is counted by itself",
    "Prison.population null": "null only with an error, which is counted by itself",
}


@dataclass(slots=True)
class Occurrences:
    """Counts what occurred. A field counts by what it was answered: a value, null, or null with an error."""

    cases: int = 0
    counted: Counter[str] = field(default_factory=Counter)

    def count(self, asked: Asked, scenario: Scenario, answered: Answered, answer: dict[str, Any]) -> None:
        """Count one case."""
        self.cases += 1
        self.counted.update(asked.used)
        errors = answer.get("errors", ())
        failed = {tuple(error["path"]) for error in errors if "path" in error}
        self.counted.update(_of_data(asked.selections, answer["data"], (), failed))
        self.counted.update(f"code {error['extensions']['code']}" for error in errors)
        self.counted.update(call for call in answered.calls if answered.calls[call])
        self.counted[f"roles {scenario.caller.reads_nomis} {scenario.caller.reads_delius}"] += 1

    def missing(self) -> list[str]:
        """Return what should have occurred and has not."""
        return [one for one in _expected() if not self.counted[one] and one not in CANNOT_OCCUR]

    def table(self) -> str:
        """Return all counts as text."""
        names = sorted(self.counted.keys() | set(_expected()))
        return "\n".join(f"{self.counted[one]:>9,}  {one}{_reason(one)}" for one in names)

    def __str__(self) -> str:
        told = [one for one in _expected() if one not in CANNOT_OCCUR]
        rarest = min(told, key=self.counted.__getitem__)
        return (
            f"{self.cases:,} cases; of {len(told)} fields, arguments, directives, states and faults the "
            f"rarest is `{rarest}`, {self.counted[rarest]} times"
        )


def _reason(one: str) -> str:
    return f"  ({CANNOT_OCCUR[one]})" if one in CANNOT_OCCUR else ""


def _expected() -> Iterator[str]:
    for one in TYPES:
        if isinstance(one, GraphQLEnumType):
            yield from (f"{one.name}.{value}" for value in one.values)
            continue
        yield f"{one.name}.__typename"
        for name, definition in one.fields.items():
            yield from _expected_of(f"{one.name}.{name}", definition)
    for where in ("field", "spread", "inline fragment"):
        for name in ("skip", "include"):
            yield from (f"@{name} on a {where}, {value}" for value in ("true", "false", "variable"))
    yield from (f"code {code.value}" for code in FailureCode)
    yield from (kind.value for kind in Kind)
    yield from (f"fault {fault.name}" for fault in Fault)
    yield from (f"roles {nomis} {delius}" for nomis in (True, False) for delius in (True, False))


def _expected_of(coordinate: str, definition: GraphQLField) -> Iterator[str]:
    yield coordinate
    if not isinstance(definition.type, GraphQLNonNull):
        yield f"{coordinate} null"
    for name, argument in definition.args.items():
        at = f"{coordinate.partition('(')[0]}({name}:)"
        yield from (f"{at} {how}" for how in ("literal", "variable"))
        if not isinstance(argument.type, GraphQLNonNull):
            yield from (f"{at} {how}" for how in ("null", "left out"))


def _of_data(
    selections: Sequence[Selection],
    data: Any,
    path: tuple[str | int, ...],
    failed: set[tuple[str | int, ...]],
) -> Iterator[str]:
    """Yield the fields that an answer holds. One that is selected twice counts twice."""
    if isinstance(data, list):
        for place, one in enumerate(data):
            yield from _of_data(selections, one, (*path, place), failed)
    elif data is not None:
        for one in selections:
            if not isinstance(one, Field):
                yield from _of_data(one.below, data, path, failed)
            elif one.key in data:
                yield from _of_field(one, data[one.key], (*path, one.key), failed)


def _of_field(
    one: Field, value: Any, path: tuple[str | int, ...], failed: set[tuple[str | int, ...]]
) -> Iterator[str]:
    coordinate = f"{one.parent}.{one.name}"
    if value is None:
        yield f"{coordinate} failed" if path in failed else f"{coordinate} null"
        return
    yield coordinate
    if one.below is not None:
        yield from _of_data(one.below, value, path, failed)
    elif one.name != "__typename":
        named = get_named_type(SCHEMA.type_map[one.parent].fields[one.name].type)
        if isinstance(named, GraphQLEnumType):
            values = value if isinstance(value, list) else [value]
            yield from (f"{named.name}.{each}" for each in values)
