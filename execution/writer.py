"""The writer of one root field's answer: generated code for exactly what is selected below it.

It follows the specification's completion of values (sections 6.4.3 and 6.4.4): a null, or a failure, in the
place of a non-null value goes up to the nearest place that may be null, and each error stands at its own
path. What it makes are the rows of the answer, of generated types with one attribute for each response key,
which msgspec writes as JSON.
"""

from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, TypeAlias

import msgspec
from graphql import (
    GraphQLEnumType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLOutputType,
    GraphQLScalarType,
)

from execution.answer import FieldError, Path
from execution.selection import Selected
from resolvers.declarations import Declaration, Source
from schema.build import FIELDS, FieldSource
from upstreams.generated import function
from upstreams.records import Failure, FieldFailure, System

SLICE = 200
"""People that are written in one turn of the event loop."""
PERSON, OF_A_PERSON = "Offender", frozenset({"Offender", "OffenderEdge"})
"""The type of a person, and the types that lists of people are of."""
UNCHANGED = frozenset({"String", "ID", "Boolean", "Date"})
"""Scalars whose values msgspec writes as the schema does; so it does those that are serialised by `str`."""
ODD, ODD_OF_A_RULE = "{0}.__class__ is FieldFailure", "isinstance({0}, Exception)"
"""How a failure is told from a value: records hold one class of failures, rules may raise more."""

Write: TypeAlias = Callable[[Any, list[FieldError]], Generator[None, None, Any]]
"""Writes a root field's value. It stops after each slice, and returns what stands in the answer, or raises
`Null`."""
AtOnce: TypeAlias = Callable[[Any], Any]
"""Writes a person who is whole, or raises."""
WithCare: TypeAlias = Callable[[Any, Path, list[FieldError]], Any]
"""Writes any person."""
People: TypeAlias = dict[Any, tuple[AtOnce, WithCare]]
"""What writes a person, by what is selected of them."""
Fields: TypeAlias = Mapping[tuple[str, str], FieldSource]
"""How each field of each type is had, by the names of both."""


class Null(Exception):
    """A null where none may be: the parent is null too."""


class NullInNonNull(TypeError):
    """A value is null that may not be: a bug of ours."""


class Unexpected(Exception):
    """Something failed of a person of whom nothing was said to have: they are written with care."""


def writer(root: Selected, people: People, fields: Fields = FIELDS) -> Write:
    """Return the writer of a root field; `fields` says how each field below it is had.

    `people` has what writes a person, for all root fields of an operation: a fragment that many of them
    spread is compiled once.
    """
    assert root.field is not None
    emitter = _Emitter(people, fields)
    emitter.line("if False: yield")
    path = f"({emitter.constant(root.key)},)"
    emitter.line(f"return {emitter.completed(root, root.field.type, 'value', path, odd=ODD_OF_A_RULE)}")
    return emitter.function("def write(value, errors):")


class _Emitter:
    """Emits a function's lines. Names of ours alone stand in them: what a document says is in the scope.

    With `at_once` they write a person of whom nothing failed: they look for a failure where a rule may have
    met one, and nowhere else, and whatever is not as it has to be raises.
    """

    def __init__(self, people: People, fields: Fields, *, at_once: bool = False) -> None:
        self._people = people
        self._fields = fields
        self._at_once = at_once
        self._indent = 1
        self._lines: list[str] = []
        self._scope: dict[str, Any] = {
            "Null": Null,
            "FieldFailure": FieldFailure,
            "FieldError": FieldError,
            "Failure": Failure,
            "Exception": Exception,
            "Unexpected": Unexpected,
        }
        self._names = 0

    def function(self, head: str) -> Callable[..., Any]:
        """Return the function that the lines are the body of."""
        name = head.removeprefix("def ").partition("(")[0]
        return function(name, [head, *self._lines], self._scope)

    def line(self, line: str) -> None:
        """Emit a line."""
        self._lines.append("    " * self._indent + line)

    @contextmanager
    def _block(self, head: str) -> Iterator[None]:
        self.line(head)
        self._indent += 1
        yield
        self._indent -= 1

    def _name(self, kind: str) -> str:
        self._names += 1
        return f"{kind}{self._names}"

    def constant(self, value: Any) -> str:
        """Return the name by which a value stands in the lines."""
        name = self._name("c")
        self._scope[name] = value
        return name

    def completed(
        self, selected: Selected, kind: GraphQLOutputType, value: str, path: str, *, odd: str = ODD
    ) -> str:
        """Emit the completion of a value, which ends in its own name. What may not be null raises."""
        if self._at_once:
            return self._completed_at_once(selected, kind, value, is_of_a_rule=odd is ODD_OF_A_RULE)
        failed = odd.format(value)
        if isinstance(kind, GraphQLNonNull):
            with self._block(f"if {value} is None or {failed}:"):
                self._fail(selected, f"{value} or {self.constant(NullInNonNull)}()", path)
                self.line("raise Null")
            self._fill(selected, kind.of_type, value, path)
        elif _is_unchanged(kind):
            with self._block(f"if {failed}:"):
                self._fail(selected, value, path)
                self.line(f"{value} = None")
        else:
            with self._block(f"if {value} is not None:"):
                with self._block(f"if {failed}:"):
                    self._fail(selected, value, path)
                    self.line(f"{value} = None")
                with self._block("else:"):
                    with self._block("try:"):
                        self._fill(selected, kind, value, path)
                    with self._block("except Null:"):
                        self.line(f"{value} = None")
        return value

    def _completed_at_once(
        self, selected: Selected, kind: GraphQLOutputType, value: str, *, is_of_a_rule: bool
    ) -> str:
        if is_of_a_rule:
            self.line(f"if {ODD.format(value)}: raise Unexpected")
        if isinstance(kind, GraphQLNonNull):
            self.line(f"if {value} is None: raise Unexpected")
            self._fill(selected, kind.of_type, value, "")
        elif not _is_unchanged(kind):
            with self._block(f"if {value} is not None:"):
                self._fill(selected, kind, value, "")
        return value

    def _fill(self, selected: Selected, kind: GraphQLOutputType, value: str, path: str) -> None:
        """Emit what a value that is there becomes."""
        if isinstance(kind, GraphQLList):
            self._list(selected, kind.of_type, value, path)
        elif isinstance(kind, GraphQLObjectType):
            self._object(selected.below, kind, value, path)
        elif _is_written_by_name(kind):
            self.line(f"{value} = {value}._name_")
        elif not _is_unchanged(kind):
            assert isinstance(kind, GraphQLScalarType | GraphQLEnumType)
            serialised = f"{value} = {self.constant(kind.serialize)}({value})"
            if self._at_once:
                self.line(serialised)
                return
            with self._block("try:"):
                self.line(serialised)
            with self._block("except Exception as error:"):
                self._fail(selected, "error", path)
                self.line("raise Null from error")

    def _list(self, selected: Selected, kind: GraphQLOutputType, value: str, path: str) -> None:
        rows, place, one = self._name("rows"), self._name("i"), self._name("x")
        self.line(f"{rows} = []")
        with self._block(f"for {place}, {one} in enumerate({value}):"):
            if _named(kind) in OF_A_PERSON:
                self.line(f"if {place} % {SLICE} == {SLICE - 1}: yield")
            self.line(f"{rows}.append({self.completed(selected, kind, one, f'(*{path}, {place})')})")
        self.line(f"{value} = {rows}")

    def _object(self, below: Sequence[Selected], kind: GraphQLObjectType, value: str, path: str) -> None:
        if kind.name == PERSON:
            at_once, with_care = map(self.constant, self._person(below, kind))
            with self._block("try:"):
                self.line(f"{value} = {at_once}({value})")
            # What is wrong, if it is more than that somebody is not whole, shows where it is done with care.
            with self._block("except Exception:"):
                self.line(f"{value} = {with_care}({value}, {path}, errors)")
        else:
            self.row_of(below, kind, value, path)

    def _person(self, below: Sequence[Selected], kind: GraphQLObjectType) -> tuple[AtOnce, WithCare]:
        """Return what writes a person of whom nothing failed, and what writes anybody."""
        shape = _shape(below)
        if shape not in self._people:
            at_once = _Emitter(self._people, self._fields, at_once=True)
            with_care = _Emitter(self._people, self._fields)
            at_once.line("if not person.is_whole: raise Unexpected")
            for emitter in (at_once, with_care):
                emitter.row_of(below, kind, "person", "path")
                emitter.line("return person")
            self._people[shape] = (
                at_once.function("def at_once(person):"),
                with_care.function("def with_care(person, path, errors):"),
            )
        return self._people[shape]

    def row_of(self, below: Sequence[Selected], kind: GraphQLObjectType, value: str, path: str) -> None:
        sources = self._sources(below, kind, value)
        read = [self._field(one, value, sources, path) for one in below]
        row = self.constant(_row(tuple(one.key for one in below)))
        self.line(f"{value} = {row}({', '.join(read)})")

    def _field(self, selected: Selected, value: str, sources: dict[Source, str], path: str) -> str:
        if selected.field is None:
            return self.constant(selected.parent.name)
        source = self._fields[selected.parent.name, selected.name]
        read = self._name("v")
        declaration = source.origin.declared(selected.arguments)
        if declaration is None:
            self.line(f"{read} = {self._attribute(selected, source, value)}")
        else:
            self._declared(read, declaration, sources)
        is_rule = declaration is not None and declaration.attribute is None
        path = f"(*{path}, {self.constant(selected.key)})"
        return self.completed(
            selected, selected.field.type, read, path, odd=ODD_OF_A_RULE if is_rule else ODD
        )

    def _attribute(self, selected: Selected, source: FieldSource, value: str) -> str:
        attribute = f"{value}.{source.attribute}"
        return f"{attribute}[{self.constant(selected.key)}]" if source.origin.by_response_key else attribute

    def _sources(self, below: Sequence[Selected], kind: GraphQLObjectType, value: str) -> dict[Source, str]:
        """Emit what the declared fields of one person are read from, and what failed as a whole."""
        declarations = [
            declaration
            for one in below
            if one.field is not None
            and (declaration := self._fields[kind.name, one.name].origin.declared(one.arguments))
        ]
        sources = {Source.JOINED: value}
        if any(one.fails_with is System.NOMIS for one in declarations):
            sources[Source.PRISONER] = prisoner = self._name("p")
            self.line(f"{prisoner} = {value}.prisoner")
            self._failed(prisoner, f"FieldFailure({prisoner}) if {prisoner}.__class__ is Failure else None")
        if any(one.source is Source.PROBATION for one in declarations):
            sources[Source.PROBATION] = half = self._name("h")
            self.line(f"{half} = {value}.half")
            self._failed(half, f"None if {half}.failure is None else FieldFailure({half}.failure)")
        return sources

    def _failed(self, source: str, failure: str) -> None:
        if not self._at_once:
            self.line(f"{source}_failed = {failure}")

    def _declared(self, read: str, declaration: Declaration, sources: dict[Source, str]) -> None:
        value = self._read(declaration, sources)
        if self._at_once:
            self.line(f"{read} = {value}")
            return
        if declaration.fails_with is not None:
            whole = sources[Source.PRISONER if declaration.fails_with is System.NOMIS else Source.PROBATION]
            value = f"{value} if {whole}_failed is None else {whole}_failed"
        if declaration.attribute is not None:
            self.line(f"{read} = {value}")
            return
        with self._block("try:"):
            self.line(f"{read} = {value}")
        with self._block("except Exception as error:"):
            self.line(f"{read} = error")

    def _read(self, declaration: Declaration, sources: dict[Source, str]) -> str:
        source = sources[declaration.source]
        if declaration.attribute is not None:
            return f"{source}.{declaration.attribute}"
        return f"{self.constant(declaration.read)}({source})"

    def _fail(self, selected: Selected, error: str, path: str) -> None:
        locations = self.constant(
            [
                {"line": node.loc.start_token.line, "column": node.loc.start_token.column}
                for node in selected.nodes
                if node.loc is not None
            ]
        )
        self.line(f"errors.append(FieldError({path}, {error}, {locations}))")


def _shape(below: Sequence[Selected]) -> tuple[Any, ...]:
    """Return what tells a selection from another: its keys, and the places in the document they are of."""
    return tuple((one.key, tuple(map(id, one.nodes)), _shape(one.below)) for one in below)


def _is_unchanged(kind: GraphQLOutputType) -> bool:
    if not isinstance(kind, GraphQLScalarType):
        return False
    return kind.name in UNCHANGED or kind.serialize is str


def _is_written_by_name(kind: GraphQLOutputType) -> bool:
    """Tell an enum of which each member is written as its own name."""
    if not isinstance(kind, GraphQLEnumType):
        return False
    definition = kind.extensions.get("strawberry-definition")
    members = () if definition is None else definition.wrapped_cls
    return bool(members) and all(kind.serialize(member) == member.name for member in members)


def _named(kind: GraphQLOutputType) -> str | None:
    while isinstance(kind, GraphQLNonNull):
        kind = kind.of_type
    return kind.name if isinstance(kind, GraphQLObjectType) else None


def _row(keys: tuple[str, ...]) -> type[msgspec.Struct]:
    """Return the type of the answer's objects that have these response keys, in their order."""
    attributes = {f"f{place}": key for place, key in enumerate(keys)}
    return msgspec.defstruct(
        "Row", [(name, Any) for name in attributes], rename=attributes, gc=False, frozen=True
    )
