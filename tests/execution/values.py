"""Values for arguments and variables of any input type, made of choices: valid wherever they stand.

Only what there is to ask for has to be known, by the scalar or the name of the argument.
"""

import json
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from graphql import GraphQLEnumType, GraphQLInputObjectType, GraphQLList, GraphQLNonNull, Undefined

from tests.execution.choices import Choices

OMITTED = object()
OF_A_LIST = frozenset({"filter", "orderBy"})
"""Arguments that a cursor belongs to."""


@dataclass(frozen=True, slots=True)
class KnownList:
    """A filter and an order as they are written, and cursors of that list by the prison that they are of."""

    arguments: Mapping[str, str]
    cursors: Mapping[str, Sequence[str]]


@dataclass(frozen=True, slots=True)
class Known:
    """What arguments can ask for."""

    numbers: Sequence[str]
    crns: Sequence[str]
    prisons: Sequence[str]
    lists: Sequence[KnownList]


class Name(str):
    """An enum's value: a name where it is written, a text as a variable's value."""

    __slots__ = ()


@dataclass(slots=True)
class _Variable:
    """A variable's definition, and what chooses the value that is sent for it, OMITTED where none is."""

    definition: str
    value: Callable[[], Any]


@dataclass(slots=True)
class Values:
    """One document's values and variables.

    A cursor is of one list of one prison, so that a document either asks for that list alone, or hands in no
    cursor.
    """

    choices: Choices
    known: Known
    prison: str | None
    listed: KnownList | None
    used: Counter[str] = field(default_factory=Counter)
    """How often each value of an enum was written or sent."""
    _variables: dict[str, _Variable] = field(default_factory=dict)
    _by_purpose: dict[tuple[str, str], list[str]] = field(default_factory=dict)

    def argument(self, definition: Any, purpose: str) -> tuple[str | None, frozenset[str]]:
        """Return a value for an argument, and the variables in it; None leaves the argument out."""
        if self.listed is not None and purpose in OF_A_LIST:
            return self.listed.arguments.get(purpose), frozenset()
        is_cursor_of_many = purpose == "after" and self.listed is None
        if may_be_left_out(definition) and (self.choices.chance(30) or is_cursor_of_many):
            return None, frozenset()
        return self.value(definition.type, purpose, has_default=_has_default(definition))

    def value(self, kind: Any, purpose: str, *, has_default: bool = False) -> tuple[str, frozenset[str]]:
        """Return a literal or a variable for a place of this type, and the variables in it."""
        choices = self.choices
        if choices.chance(35):
            name = self._variable(kind, purpose, has_default=has_default)
            return f"${name}", frozenset({name})
        bare = kind.of_type if isinstance(kind, GraphQLNonNull) else kind
        if not isinstance(bare, GraphQLList) or choices.chance(20):
            return _literal(self._plain(kind, purpose)), frozenset()
        written = [self.value(bare.of_type, purpose) for _ in range(choices.below(6))]
        inner = frozenset[str]().union(*(variables for _, variables in written))
        return f"[{', '.join(one for one, _ in written)}]", inner

    def definitions(self, names: set[str]) -> str:
        """Return the definitions of these variables."""
        return ", ".join(self._variables[name].definition for name in sorted(names))

    def sent(self) -> dict[str, Any]:
        """Return the variables as they are sent with one request."""
        values = {name: one.value() for name, one in self._variables.items()}
        return {name: value for name, value in values.items() if value is not OMITTED}

    def _variable(self, kind: Any, purpose: str, *, has_default: bool) -> str:
        choices = self.choices
        bare = kind.of_type if isinstance(kind, GraphQLNonNull) else kind
        declared, default = kind, OMITTED
        if choices.chance(50):
            # What may be null is taken where nothing may be, if it has a default of its own or there.
            default = OMITTED if has_default and choices.chance(50) else self._plain(_required(bare), purpose)
            declared = bare
        elif choices.chance(30):
            declared = _required(bare)
        there = self._by_purpose.setdefault((str(declared), purpose), [])
        if there and default is OMITTED and choices.chance(50):
            return choices.pick(there)
        is_required = isinstance(declared, GraphQLNonNull)
        may_be_omitted = default is not OMITTED or not is_required
        may_be_null = not is_required and bare is kind

        def value() -> Any:
            if may_be_omitted and choices.chance(30):
                return OMITTED
            if may_be_null and choices.chance(20):
                return None
            return self._plain(_required(bare), purpose)

        name = f"v{len(self._variables):03d}"
        written = "" if default is OMITTED else f" = {_literal(default)}"
        self._variables[name] = _Variable(f"${name}: {declared}{written}", value)
        there.append(name)
        return name

    def _plain(self, kind: Any, purpose: str) -> Any:
        """Return a value without variables; a list of one may stand as that one."""
        choices = self.choices
        if not isinstance(kind, GraphQLNonNull):
            return None if choices.chance(20) else self._plain(GraphQLNonNull(kind), purpose)
        match kind.of_type:
            case GraphQLList(of_type=inner):
                if choices.chance(20):
                    return self._plain(_required(inner), purpose)
                return [self._plain(inner, purpose) for _ in range(choices.below(6))]
            case GraphQLEnumType(name=name, values=values):
                value = Name(choices.pick([*values]))
                self.used[f"{name}.{value}"] += 1
                return value
            case GraphQLInputObjectType(fields=fields):
                return {
                    name: self._plain(one.type, name)
                    for name, one in fields.items()
                    if not may_be_left_out(one) or choices.chance(25)
                }
            case scalar:
                return self._scalar(scalar.name, purpose)

    def _scalar(self, name: str, purpose: str) -> Any:
        choices, known = self.choices, self.known
        match name:
            case "NomsNumber" | "Crn":
                number = choices.pick(known.numbers if name == "NomsNumber" else known.crns)
                return choices.pick((number, number, number.lower(), f" {number} "))
            case "ID":
                prison = self.prison or choices.pick(known.prisons)
                if prison.isdigit():
                    return choices.pick((int(prison), prison))
                return choices.pick((prison, prison, prison.lower(), f" {prison}"))
            case "Int":
                return 1 + choices.below(5)
            case "Boolean":
                return choices.chance(30) if purpose == "@skip" else not choices.chance(30)
            case "String" if purpose == "after":
                assert self.listed is not None
                assert self.prison is not None
                return choices.pick(self.listed.cursors[self.prison])
        raise AssertionError(f"Say here what a {name} for `{purpose}` may be.")


def may_be_left_out(definition: Any) -> bool:
    """Tell whether an argument or an input field needs no value."""
    return not isinstance(definition.type, GraphQLNonNull) or _has_default(definition)


def _has_default(definition: Any) -> bool:
    return definition.default_value is not Undefined


def _required(kind: Any) -> GraphQLNonNull[Any]:
    return kind if isinstance(kind, GraphQLNonNull) else GraphQLNonNull(kind)


def _literal(value: Any) -> str:
    match value:
        case Name():
            return str(value)
        case list():
            return f"[{', '.join(map(_literal, value))}]"
        case dict():
            return f"{{{', '.join(f'{name}: {_literal(one)}' for name, one in value.items())}}}"
    return json.dumps(value)
