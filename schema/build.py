"""The one module that touches Strawberry's schema object, and through it graphql-core's."""

import strawberry
from graphql import GraphQLEnumType, GraphQLObjectType, GraphQLSchema
from strawberry.schema.config import StrawberryConfig

from resolvers.declarations import Declaration
from schema.declared import declaration_of, further_part_of
from schema.enums import VALUES
from schema.offender import Offender
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

DECLARATIONS: dict[str, tuple[str, Declaration]] = {
    _STRAWBERRY.config.name_converter.from_field(field): (field.python_name, declaration_of(field))
    for field in Offender.__strawberry_definition__.fields  # type: ignore[attr-defined]
}
"""For each field of `Offender` by its GraphQL name: its name in the schema's class, and its declaration."""

FURTHER_PARTS: dict[tuple[str, str], str] = {
    (parent.name, name): part
    for parent in SCHEMA.type_map.values()
    if isinstance(parent, GraphQLObjectType)
    for name, field in parent.fields.items()
    if (written := field.extensions.get("strawberry-definition")) and (part := further_part_of(written))
}
"""For each type and field that reads a further part of Delius's record: which part."""
