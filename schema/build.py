"""The one module that touches Strawberry's schema object, and through it graphql-core's."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import strawberry
from graphql import GraphQLEnumType, GraphQLObjectType, GraphQLSchema
from strawberry.schema.config import StrawberryConfig

from resolvers.declarations import Declaration
from schema.declared import Origin, origin_of
from schema.enums import VALUES
from schema.query import Query
from schema.scalars import MOMENTS, SCALARS

_STRAWBERRY = strawberry.Schema(query=Query, config=StrawberryConfig(scalar_map=SCALARS))

SCHEMA: GraphQLSchema = _STRAWBERRY._schema  # noqa: SLF001 - Strawberry keeps no public name for it; see ADR 0002

# Strawberry puts a resolver here that knows no lists and no non-null types; graphql-core's own knew them.
_TYPE = SCHEMA.type_map["__Type"]
assert isinstance(_TYPE, GraphQLObjectType)
_TYPE.fields["isOneOf"].resolve = lambda described, _info: getattr(described, "is_one_of", None)

for name, description in MOMENTS.items():
    SCHEMA.type_map[name].description = description
for name, descriptions in VALUES.items():
    enum = SCHEMA.type_map[name]
    assert isinstance(enum, GraphQLEnumType)
    for value, description in descriptions.items():
        enum.values[value].description = description


@dataclass(frozen=True, slots=True)
class FieldSource:
    """How a field is had: its attribute's name in the schema's class, and its origin."""

    attribute: str
    origin: Origin


FIELDS: dict[tuple[str, str], FieldSource] = {
    (parent.name, name): FieldSource(written.python_name, origin_of(written))
    for parent in SCHEMA.type_map.values()
    if isinstance(parent, GraphQLObjectType)
    for name, field in parent.fields.items()
    if (written := field.extensions.get("strawberry-definition"))
}
"""How each field of each type is had, by the names of both."""


def _resolver(declared: Callable[[Mapping[str, Any]], Declaration | None]) -> Callable[..., Any]:
    def resolve(joined: Any, _info: Any, **arguments: Any) -> Any:
        declaration = declared(arguments)
        assert declaration is not None
        return declaration.value(joined)

    return resolve


for (parent, name), source in FIELDS.items():
    if source.origin.declaration is not None or source.origin.bind is not None:
        described = SCHEMA.type_map[parent]
        assert isinstance(described, GraphQLObjectType)
        described.fields[name].resolve = _resolver(source.origin.declared)
