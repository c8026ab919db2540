"""One operation of a document: what is found out once, and run for every request."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass
from types import coroutine
from typing import Any, TypeAlias

from cachetools import LRUCache
from graphql import (
    ArgumentNode,
    DirectiveNode,
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    GraphQLEnumType,
    OperationDefinitionNode,
    Undefined,
    VariableNode,
    Visitor,
    print_ast,
    visit,
)

from execution.answer import Executed, FieldError
from execution.look_ahead import LookAhead
from execution.selection import TYPENAME, Selected, selected
from execution.variables import Values, Variables
from execution.writer import Null, People, writer
from resolvers.context import RequestContext
from schema.build import FIELDS, SCHEMA
from schema.declared import Ask

REMEMBERED_CHARACTERS = 250_000
"""Sum of what the compiled forms weigh that are remembered; a parsed character takes some 160 bytes."""
CHARACTERS_OF_A_FIELD = 20
"""What a compiled field weighs beside the document, which its form keeps: some three kilobytes."""
FEW_VALUES = {
    "Boolean",
    *(name for name, kind in SCHEMA.type_map.items() if isinstance(kind, GraphQLEnumType)),
}
"""The types of variables whose values a form may belong to."""
BOUND = {name for (_, name), source in FIELDS.items() if source.origin.bind is not None}
"""The names of fields whose declarations are bound by their arguments."""


@dataclass(frozen=True, slots=True)
class _Root:
    selected: Selected
    ask: Ask
    write: Callable[[Any, list[FieldError]], Awaitable[Any]]


class Compiled:
    """An operation with its `@skip` and `@include` decided, and the arguments that bind fields.

    `length` is its document's, in characters.
    """

    def __init__(self, roots: tuple[Selected, ...], length: int) -> None:
        self.look_ahead = LookAhead(roots)
        self.weight = length + CHARACTERS_OF_A_FIELD * sum(1 for root in roots for _ in root.walk())
        self.is_compiled = all(root.field is not None or root.name == TYPENAME for root in roots)
        """Whether it runs here: introspection does not."""
        self._unwritten = {root.key: root.parent.name for root in roots}
        """The data in its order, in which the name of the type stands wherever it is asked for."""
        people: People = {}
        self._roots = [_root(one, people) for one in roots if one.field is not None and self.is_compiled]

    async def run(self, context: RequestContext, arguments: Mapping[str, Mapping[str, Any]]) -> Executed:
        """Ask for every root field side by side, and write the answer."""
        if len(self._roots) == 1:
            values = [await _asked(self._roots[0], context, arguments)]
        else:
            values = await asyncio.gather(*(_asked(root, context, arguments) for root in self._roots))
        errors: list[FieldError] = []
        data: dict[str, Any] = dict(self._unwritten)
        for root, value in zip(self._roots, values, strict=True):
            try:
                data[root.selected.key] = await _written(root, value, errors)
            except Null:
                return Executed(None, errors)
        return Executed(data, errors)


def _root(one: Selected, people: People) -> _Root:
    ask = FIELDS[one.parent.name, one.name].origin.ask
    assert ask is not None
    # Where a writer stops after a slice, the event loop has a turn, as by `asyncio.sleep(0)`.
    return _Root(one, ask, coroutine(writer(one, people)))


async def _asked(root: _Root, context: RequestContext, arguments: Mapping[str, Mapping[str, Any]]) -> Any:
    """Return a root field's value, or what went wrong with it: also a bug is an error at its field."""
    try:
        return await root.ask(context, root.selected.key, arguments[root.selected.key])
    except Exception as error:  # noqa: BLE001 - it is logged with its error
        return error


async def _written(root: _Root, value: Any, errors: list[FieldError]) -> Any:
    """Return what stands in the answer: a bug below a root field fails that field alone. Raises `Null`."""
    before = len(errors)
    try:
        return await root.write(value, errors)
    except Null:
        raise
    except Exception as error:  # noqa: BLE001 - it is logged with its error
        del errors[before:]
        return await root.write(error, errors)


Remembered: TypeAlias = "LRUCache[tuple[Operation, tuple[Any, ...]], Compiled]"


def remembered() -> Remembered:
    """Return where compiled forms are remembered, those of all operations within one bound."""
    return LRUCache(REMEMBERED_CHARACTERS, getsizeof=lambda compiled: compiled.weight)


class Operation:
    """One operation of a valid document, compiled for each shape that its variables give it."""

    def __init__(
        self, definition: OperationDefinitionNode, document: DocumentNode, forms: Remembered
    ) -> None:
        self.variables = Variables(definition)
        self._definition = definition
        self._length = len(definition.loc.source.body) if definition.loc else 0
        self._fragments = {
            node.name.value: node for node in document.definitions if isinstance(node, FragmentDefinitionNode)
        }
        self._deciding = _deciding(definition, document)
        self._forms = forms

    def compiled(self, values: Values) -> Compiled:
        """Return the operation in the shape that these variables give it. Raises `GraphQLError`."""
        form = self, tuple([values.coerced.get(name, Undefined) for name in self._deciding])
        if form in self._forms:
            return self._forms[form]
        query = SCHEMA.query_type
        assert query is not None
        roots = selected(query, [self._definition.selection_set], self._fragments, values.standard)
        compiled = Compiled(roots, self._length)
        if compiled.weight <= REMEMBERED_CHARACTERS:
            self._forms[form] = compiled
        return compiled


def _deciding(definition: OperationDefinitionNode, document: DocumentNode) -> tuple[str, ...]:
    """Return the variables by which `@skip` and `@include` decide, and those that bind fields.

    They are Booleans and enums, which have few values. Of a variable of this operation that is neither, it is
    another operation's of the same name that decides.
    """
    of_few_values = {
        variable.variable.name.value
        for variable in definition.variable_definitions or ()
        if print_ast(variable.type).rstrip("!") in FEW_VALUES
    }
    names: dict[str, None] = {}

    def add(arguments: Iterable[ArgumentNode] | None) -> None:
        for argument in arguments or ():
            if isinstance(argument.value, VariableNode):
                names[argument.value.name.value] = None

    class Deciding(Visitor):
        def enter_directive(self, node: DirectiveNode, *_: Any) -> None:
            add(node.arguments)

        def enter_field(self, node: FieldNode, *_: Any) -> None:
            if node.name.value in BOUND:
                add(node.arguments)

    visit(document, Deciding())
    return tuple(name for name in names if name in of_few_values)
