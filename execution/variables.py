"""Variables and arguments: coerced on every request, straight on where nothing is odd.

graphql-core's own coercion, which takes some 10 µs a request and 4 µs an identifier, stays the reference:
whatever is not plainly right goes to it, and so does everything that has to be refused.
"""

from collections.abc import Callable, Mapping
from typing import Any

from graphql import (
    FieldNode,
    GraphQLError,
    GraphQLField,
    GraphQLList,
    GraphQLNonNull,
    GraphQLScalarType,
    Node,
    OperationDefinitionNode,
    VariableNode,
    type_from_ast,
)
from graphql.execution.values import VariableValues, get_argument_values, get_variable_values

from schema.build import SCHEMA
from schema.scalars import RIGHT_AS_WRITTEN

MAX_ERRORS = 20

Coerce = Callable[[Any], Any]


class BadVariables(Exception):
    """Variables that do not fit their types."""

    def __init__(self, errors: list[GraphQLError]) -> None:
        super().__init__()
        self.errors = errors


class _Odd(Exception):
    """A value that the straight way does not take."""


class Values:
    """One request's variables: `coerced` by their names."""

    def __init__(
        self, operation: OperationDefinitionNode, written: Mapping[str, Any], coerced: dict[str, Any]
    ) -> None:
        self._operation = operation
        self._written = written
        self.coerced = coerced

    @property
    def standard(self) -> VariableValues:
        """Return the same as graphql-core has it."""
        values = get_variable_values(
            SCHEMA, self._operation.variable_definitions or (), dict(self._written), max_errors=MAX_ERRORS
        )
        if not isinstance(values, VariableValues):
            raise BadVariables(values)
        return values


class Variables:
    """The variables of one operation."""

    def __init__(self, operation: OperationDefinitionNode) -> None:
        self._operation = operation
        self._coerce: dict[str, Coerce | None] = {
            definition.variable.name.value: None
            if definition.default_value is not None
            else _coercion(type_from_ast(SCHEMA, definition.type))
            for definition in operation.variable_definitions or ()
        }

    def of(self, written: Mapping[str, Any]) -> Values:
        """Return the variables of a request. Raises `BadVariables`."""
        coerced: dict[str, Any] = {}
        try:
            for name, coerce in self._coerce.items():
                if coerce is None or name not in written:
                    raise _Odd
                coerced[name] = coerce(written[name])
        except (_Odd, GraphQLError):
            values = Values(self._operation, written, {})
            values.coerced = dict(values.standard.coerced)
            return values
        return Values(self._operation, written, coerced)


def _coercion(kind: Any) -> Coerce | None:
    """Return how a value of a type is coerced straight on; None for a type of which it is not."""
    if isinstance(kind, GraphQLNonNull):
        inner = _coercion(kind.of_type)
        return None if inner is None else _not_null(inner)
    if isinstance(kind, GraphQLList):
        item = kind.of_type
        if isinstance(item, GraphQLNonNull) and isinstance(item.of_type, GraphQLScalarType):
            return _list_of_scalars(item.of_type)
        inner = _coercion(item)
        return None if inner is None else _list_of(inner)
    return _scalar(kind.parse_value) if isinstance(kind, GraphQLScalarType) else None


def _scalar(parse: Coerce) -> Coerce:
    return lambda value: None if value is None else parse(value)


def _not_null(inner: Coerce) -> Coerce:
    def coerce(value: Any) -> Any:
        if value is None:
            raise _Odd
        return inner(value)

    return coerce


def _list_of(inner: Coerce) -> Coerce:
    def coerce(value: Any) -> Any:
        if value is None:
            return None
        if not isinstance(value, list):
            raise _Odd
        return [inner(one) for one in value]

    return coerce


def _list_of_scalars(scalar: GraphQLScalarType) -> Coerce:
    are_right = RIGHT_AS_WRITTEN.get(scalar.name)

    def coerce(value: Any) -> Any:
        if value is None:
            return None
        if not isinstance(value, list):
            raise _Odd
        if are_right is not None and are_right(value):
            return value
        if None in value:
            raise _Odd
        return list(map(scalar.parse_value, value))

    return coerce


class Arguments:
    """The arguments of a field in one place."""

    def __init__(self, field: GraphQLField, node: FieldNode) -> None:
        self._field = field
        self._node = node
        given = {argument.name.value: argument.value for argument in node.arguments or ()}
        self._variables = {
            name: value.name.value for name, value in given.items() if isinstance(value, VariableNode)
        }
        self._is_plain = not any(
            _holds_variables(value) for name, value in given.items() if name not in self._variables
        )
        self._others: dict[str, Any] | None = None
        """The values that are the same in every request, once the first has shown them."""

    def of(self, values: Values) -> dict[str, Any]:
        """Return the arguments of a request. Raises `GraphQLError`."""
        coerced = values.coerced
        others = self._others
        if others is not None:
            given = {name: coerced.get(variable) for name, variable in self._variables.items()}
            if None not in given.values():
                return {**others, **given}
        arguments = get_argument_values(self._field, self._node, values.standard)
        if self._is_plain:
            self._others = {name: one for name, one in arguments.items() if name not in self._variables}
        return arguments


def _holds_variables(value: Node) -> bool:
    if isinstance(value, VariableNode):
        return True
    below = [*getattr(value, "values", ()), *(field.value for field in getattr(value, "fields", ()))]
    return any(_holds_variables(one) for one in below)
