"""The writer of one root field's answer: generated code for exactly what is selected below it.

It follows the specification's completion of values (sections 6.4.3 and 6.4.4): a null, or a failure, in the
place of a non-null value goes up to the nearest place that may be null, and each error stands at its own
path. What it makes are the rows of the answer, of generated types with one attribute for each response key,
which msgspec writes as JSON.
"""

from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import lru_cache
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

from execution.answer import FieldError
from execution.selection import Selected
from resolvers.declarations import Declaration, Source, probation_of
from schema.build import FIELDS, FieldSource
from upstreams.generated import function
from upstreams.records import Failure, FieldFailure, System

SLICE = 200
"""People that are written in one turn of the event loop."""
UNCHANGED = frozenset({"String", "ID", "Boolean", "Date"})
"""Scalars whose values msgspec writes as the schema does; so it does those that are serialised by `str`."""
ODD, ODD_OF_A_RULE = "{0}.__class__ is FieldFailure", "isinstance({0}, Exception)"

Write: TypeAlias = Callable[[Any, list[FieldError]], Generator[None, None, Any]]
"""Writes a root field's value. It stops after each slice, and returns what stands in the answer, or raises
`Null`."""


Fields: TypeAlias = Mapping[tuple[str, str], FieldSource]
"""How each field of each type is had, by the names of both."""


class Null(Exception):
    """A null where none may be: the parent is null too."""


class NullInNonNull(TypeError):
    """A value is null that may not be: a bug of ours."""


def writer(root: Selected, fields: Fields = FIELDS) -> Write:
    """Return the writer of a root field; `fields` says how each field below it is had."""
    return _Writer(root, fields).write()


class _Writer:
    """Emits the function's lines. Names of ours alone stand in them: what a document says is in the scope."""

    def __init__(self, root: Selected, fields: Fields) -> None:
        self._root = root
        self._fields = fields
        self._indent = 1
        self._lines = ["def write(value, errors):", "    if False: yield"]
        self._scope: dict[str, Any] = {
            "Null": Null,
            "FieldFailure": FieldFailure,
            "FieldError": FieldError,
            "Failure": Failure,
            "Exception": Exception,
            "probation_of": probation_of,
        }
        self._names = 0

    def write(self) -> Write:
        root = self._root
        assert root.field is not None
        path = f"({self._constant(root.key)},)"
        self._line(f"return {self._completed(root, root.field.type, 'value', path, odd=ODD_OF_A_RULE)}")
        return function("write", self._lines, self._scope)

    def _line(self, line: str) -> None:
        self._lines.append("    " * self._indent + line)

    @contextmanager
    def _block(self, head: str) -> Iterator[None]:
        self._line(head)
        self._indent += 1
        yield
        self._indent -= 1

    def _name(self, kind: str) -> str:
        self._names += 1
        return f"{kind}{self._names}"

    def _constant(self, value: Any) -> str:
        name = self._name("c")
        self._scope[name] = value
        return name

    def _completed(
        self, selected: Selected, kind: GraphQLOutputType, value: str, path: str, *, odd: str = ODD
    ) -> str:
        """Emit the completion of a value, which ends in its own name. What may not be null raises.

        `odd` is how a failure is told from a value: records hold one class of failures, rules may raise more.
        """
        failed = odd.format(value)
        if isinstance(kind, GraphQLNonNull):
            with self._block(f"if {value} is None or {failed}:"):
                self._fail(selected, f"{value} or {self._constant(NullInNonNull)}()", path)
                self._line("raise Null")
            self._fill(selected, kind.of_type, value, path)
        elif _is_unchanged(kind):
            with self._block(f"if {failed}:"):
                self._fail(selected, value, path)
                self._line(f"{value} = None")
        else:
            with self._block(f"if {value} is not None:"):
                with self._block(f"if {failed}:"):
                    self._fail(selected, value, path)
                    self._line(f"{value} = None")
                with self._block("else:"):
                    with self._block("try:"):
                        self._fill(selected, kind, value, path)
                    with self._block("except Null:"):
                        self._line(f"{value} = None")
        return value

    def _fill(self, selected: Selected, kind: GraphQLOutputType, value: str, path: str) -> None:
        """Emit what a value that is there becomes."""
        if isinstance(kind, GraphQLList):
            self._list(selected, kind.of_type, value, path)
        elif isinstance(kind, GraphQLObjectType):
            self._object(selected.below, kind, value, path)
        elif _is_written_by_name(kind):
            self._line(f"{value} = {value}._name_")
        elif not _is_unchanged(kind):
            assert isinstance(kind, GraphQLScalarType | GraphQLEnumType)
            with self._block("try:"):
                self._line(f"{value} = {self._constant(kind.serialize)}({value})")
            with self._block("except Exception as error:"):
                self._fail(selected, "error", path)
                self._line("raise Null from error")

    def _list(self, selected: Selected, kind: GraphQLOutputType, value: str, path: str) -> None:
        rows, place, one = self._name("rows"), self._name("i"), self._name("x")
        self._line(f"{rows} = []")
        with self._block(f"for {place}, {one} in enumerate({value}):"):
            if _named(kind) == "Offender":
                self._line(f"if {place} % {SLICE} == {SLICE - 1}: yield")
            self._line(f"{rows}.append({self._completed(selected, kind, one, f'(*{path}, {place})')})")
        self._line(f"{value} = {rows}")

    def _object(self, below: Sequence[Selected], kind: GraphQLObjectType, value: str, path: str) -> None:
        sources = self._sources(below, kind, value)
        read = [self._field(one, value, sources, path) for one in below]
        row = self._constant(_row(tuple(one.key for one in below)))
        self._line(f"{value} = {row}({', '.join(read)})")

    def _field(self, selected: Selected, value: str, sources: dict[Source, str], path: str) -> str:
        if selected.field is None:
            return self._constant(selected.parent.name)
        source = self._fields[selected.parent.name, selected.name]
        read = self._name("v")
        declaration = source.origin.declaration
        if declaration is None:
            self._line(f"{read} = {self._attribute(selected, source, value)}")
        else:
            self._declared(read, declaration, sources)
        is_rule = declaration is not None and declaration.attribute is None
        path = f"(*{path}, {self._constant(selected.key)})"
        return self._completed(
            selected, selected.field.type, read, path, odd=ODD_OF_A_RULE if is_rule else ODD
        )

    def _attribute(self, selected: Selected, source: FieldSource, value: str) -> str:
        attribute = f"{value}.{source.attribute}"
        return f"{attribute}[{self._constant(selected.key)}]" if source.origin.by_response_key else attribute

    def _sources(self, below: Sequence[Selected], kind: GraphQLObjectType, value: str) -> dict[Source, str]:
        """Emit what the declared fields of one person are read from, and what failed as a whole."""
        declarations = [
            declaration
            for one in below
            if one.field is not None and (declaration := self._fields[kind.name, one.name].origin.declaration)
        ]
        sources = {Source.JOINED: value}
        if any(one.fails_with is System.NOMIS for one in declarations):
            sources[Source.PRISONER] = prisoner = self._name("p")
            self._line(f"{prisoner} = {value}.prisoner")
            self._line(
                f"{prisoner}_failed = FieldFailure({prisoner}) if {prisoner}.__class__ is Failure else None"
            )
        if any(one.source is Source.PROBATION for one in declarations):
            sources[Source.PROBATION] = half = self._name("h")
            self._line(f"{half} = probation_of({value})")
            self._line(f"{half}_failed = None if {half}.failure is None else FieldFailure({half}.failure)")
        return sources

    def _declared(self, read: str, declaration: Declaration, sources: dict[Source, str]) -> None:
        source = sources[declaration.source]
        if declaration.attribute is not None:
            expression = f"{source}.{declaration.attribute}"
        else:
            expression = f"{self._constant(declaration.read)}({source})"
        if declaration.fails_with is not None:
            whole = sources[Source.PRISONER if declaration.fails_with is System.NOMIS else Source.PROBATION]
            expression = f"{expression} if {whole}_failed is None else {whole}_failed"
        if declaration.attribute is not None:
            self._line(f"{read} = {expression}")
            return
        with self._block("try:"):
            self._line(f"{read} = {expression}")
        with self._block("except Exception as error:"):
            self._line(f"{read} = error")

    def _fail(self, selected: Selected, error: str, path: str) -> None:
        locations = self._constant(
            [
                {"line": node.loc.start_token.line, "column": node.loc.start_token.column}
                for node in selected.nodes
                if node.loc is not None
            ]
        )
        self._line(f"errors.append(FieldError({path}, {error}, {locations}))")


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


@lru_cache(maxsize=1024)
def _row(keys: tuple[str, ...]) -> type[msgspec.Struct]:
    """Return the type of the answer's objects that have these response keys, in their order."""
    attributes = {f"f{place}": key for place, key in enumerate(keys)}
    return msgspec.defstruct(
        "Row", [(name, Any) for name in attributes], rename=attributes, gc=False, frozen=True
    )
