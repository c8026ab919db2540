"""Operations over the whole schema, made of choices: all are valid, and none knows a field by its name."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

from graphql import (
    GraphQLEnumType,
    GraphQLField,
    GraphQLNonNull,
    GraphQLObjectType,
    get_named_type,
    is_leaf_type,
)

from schema.build import SCHEMA
from tests.execution.choices import Choices
from tests.execution.values import Known, Values

SIZES = (10, 30, 45, 60, 80)
"""Selections that an operation has, or little more."""
KINDS = ("field",) * 15 + ("__typename", "inline", "bare", "spread", "spread")
BOOLEAN = GraphQLNonNull(SCHEMA.type_map["Boolean"])


@dataclass(frozen=True, slots=True)
class Field:
    """A field as it is selected; `below` is None at a leaf."""

    parent: str
    name: str
    key: str
    arguments: str
    variables: frozenset[str]
    directives: str
    below: "list[Selection] | None"


@dataclass(frozen=True, slots=True)
class Group:
    """An inline fragment with or without its type, or the spread of a named one."""

    written: str
    is_spread: bool
    variables: frozenset[str]
    below: "list[Selection]"


Selection = Field | Group


@dataclass(frozen=True, slots=True)
class Asked:
    """A document, which of its operations runs, and with which variables each time that it runs."""

    document: str
    operation_name: str | None
    variables: list[dict[str, Any]]
    selections: list[Selection]
    used: Counter[str]
    """How often each argument, how it is written, each directive and each value of an enum is asked with."""


class OperationWriter:
    """Writes one document."""

    def __init__(self, choices: Choices, known: Known) -> None:
        self._choices = choices
        one_list = (
            (choices.pick(known.prisons), choices.pick(known.lists)) if choices.chance(50) else (None, None)
        )
        self._values = Values(choices, known, *one_list)
        self._left = 0
        self._keys: dict[tuple[str, str], tuple[str, str, frozenset[str]]] = {}
        self._fragments: dict[str, tuple[str, list[Selection]]] = {}
        self._used = Counter[str]()

    def write(self, *, times: int = 1) -> Asked:
        """Return the document, which of its operations to run, and the variables for so many times."""
        choices = self._choices
        query = SCHEMA.query_type
        assert query is not None
        operations = [self._whole(query) for _ in range(choices.pick((1, 1, 1, 1, 2, 3)))]
        run = choices.below(len(operations))
        is_alone = len(operations) == 1
        names = (
            [None] if is_alone and choices.chance(50) else [f"Q{place}" for place in range(len(operations))]
        )
        name = None if is_alone and choices.chance(50) else names[run]
        written = [
            *(self._operation(*one) for one in zip(names, operations, strict=True)),
            *(f"fragment {name} on {on} {_block(below)}" for name, (on, below) in self._fragments.items()),
        ]
        sent = [self._values.sent() for _ in range(times)]
        return Asked("\n".join(written), name, sent, operations[run], self._used + self._values.used)

    def _operation(self, name: str | None, selections: list[Selection]) -> str:
        definitions = self._values.definitions(set(_variables_of(selections)))
        if name is None and not definitions:
            return _block(selections)
        return f"query {name or ''}{f'({definitions})' if definitions else ''} {_block(selections)}"

    def _whole(self, query: GraphQLObjectType) -> list[Selection]:
        self._left = self._choices.pick(SIZES)
        return self._selections(query)

    def _selections(self, on: GraphQLObjectType) -> list[Selection]:
        selections = [self._selection(on)]
        more = self._choices.below(2 + min(len(on.fields), 14))
        selections += (self._selection(on) for _ in range(more) if self._left > 0)
        return selections

    def _selection(self, on: GraphQLObjectType) -> Selection:
        self._left -= 1
        if self._left < 0:
            return self._field(on, self._choices.pick([*_leaves(on), "__typename"]))
        match self._choices.pick(KINDS):
            case "field":
                deeper = self._choices.chance(50) and _inner(on)
                return self._field(on, self._choices.pick(deeper or _all(on)))
            case "__typename":
                return self._field(on, "__typename")
            case "inline":
                return self._group(f"... on {on.name}", self._selections(on))
            case "bare":
                return self._group("...", self._selections(on))
        return self._spread(on)

    def _spread(self, on: GraphQLObjectType) -> Group:
        there = [name for name, (of, _) in self._fragments.items() if of == on.name]
        if there and self._choices.chance(60):
            name = self._choices.pick(there)
        else:
            # It is known by its name once it is whole, so that none spreads itself.
            below = self._selections(on)
            name = f"F{len(self._fragments)}"
            self._fragments[name] = on.name, below
        return self._group(f"...{name}", self._fragments[name][1], is_spread=True)

    def _group(self, written: str, below: list[Selection], *, is_spread: bool = False) -> Group:
        directives, variables = self._directives("spread" if is_spread else "inline fragment")
        return Group(f"{written}{directives}", is_spread, variables, below)

    def _field(self, on: GraphQLObjectType, name: str) -> Field:
        another = self._choices.pick([*on.fields])
        key = self._choices.pick((name, name, name, f"{name}1", f"{name}2", another))
        if (on.name, key) not in self._keys:
            self._keys[on.name, key] = name, *self._arguments(on, name)
        # Whatever a key stands for once in a document, it stands for everywhere: so nothing conflicts.
        name, arguments, variables = self._keys[on.name, key]
        directives, more = self._directives("field")
        kind = get_named_type(on.fields[name].type) if name in on.fields else None
        below = self._selections(kind) if isinstance(kind, GraphQLObjectType) else None
        return Field(on.name, name, key, arguments, variables | more, directives, below)

    def _arguments(self, on: GraphQLObjectType, name: str) -> tuple[str, frozenset[str]]:
        written, variables = [], frozenset[str]()
        for argument, definition in on.fields[name].args.items() if name in on.fields else ():
            value, inner = self._values.argument(definition, argument)
            self._used[f"{on.name}.{name}({argument}:) {_how(value)}"] += 1
            if value is not None:
                written.append(f"{argument}: {value}")
                variables |= inner
        return f"({', '.join(written)})" if written else "", variables

    def _directives(self, where: str) -> tuple[str, frozenset[str]]:
        if not self._choices.chance(14):
            return "", frozenset()
        written, variables = "", frozenset[str]()
        for name in self._choices.pick((("include",), ("skip",), ("include", "skip"), ("skip", "include"))):
            value, inner = self._values.value(BOOLEAN, f"@{name}")
            self._used[f"@{name} on a {where}, {'variable' if inner else value}"] += 1
            written += f" @{name}(if: {value})"
            variables |= inner
        return written, variables


def _how(value: str | None) -> str:
    match value:
        case None:
            return "left out"
        case "null":
            return "null"
    return "variable" if value.startswith("$") else "literal"


@cache
def _all(on: GraphQLObjectType) -> list[str]:
    """Return all fields, an enum's the more often, so that each of its values has its turn."""
    return [
        name
        for name, one in on.fields.items()
        for _ in range(3 if isinstance(get_named_type(one.type), GraphQLEnumType) else 1)
    ]


@cache
def _leaves(on: GraphQLObjectType) -> list[str]:
    return [
        name for name, one in on.fields.items() if is_leaf_type(get_named_type(one.type)) and not one.args
    ]


@cache
def _inner(on: GraphQLObjectType) -> list[str]:
    """Return the fields with fields below them, each the more often the more there are."""
    return [
        name
        for name, one in on.fields.items()
        if isinstance(below := get_named_type(one.type), GraphQLObjectType)
        for _ in range(min(4 + sum(map(_size, below.fields.values())) // 2, 12))
    ]


def _size(one: GraphQLField) -> int:
    below = get_named_type(one.type)
    return 1 + (len(below.fields) if isinstance(below, GraphQLObjectType) else 0)


def _block(selections: list[Selection]) -> str:
    return f"{{ {' '.join(map(_written, selections))} }}"


def _written(one: Selection) -> str:
    if isinstance(one, Group):
        return one.written if one.is_spread else f"{one.written} {_block(one.below)}"
    name = one.name if one.key == one.name else f"{one.key}: {one.name}"
    below = "" if one.below is None else f" {_block(one.below)}"
    return f"{name}{one.arguments}{one.directives}{below}"


def _variables_of(selections: list[Selection]) -> Iterator[str]:
    for one in selections:
        yield from one.variables
        yield from _variables_of(one.below or [])
