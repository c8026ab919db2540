"""The one module that touches Strawberry's schema object, and through it graphql-core's."""

import strawberry
from graphql import GraphQLSchema
from strawberry.schema.config import StrawberryConfig

from resolvers.declarations import Declaration
from schema.declared import declaration_of
from schema.offender import Offender
from schema.query import Query
from schema.scalars import SCALARS

_STRAWBERRY = strawberry.Schema(query=Query, config=StrawberryConfig(scalar_map=SCALARS))

SCHEMA: GraphQLSchema = _STRAWBERRY._schema  # noqa: SLF001 - Strawberry keeps no public name for it; see ADR 0002

DECLARATIONS: dict[str, tuple[str, Declaration]] = {
    _STRAWBERRY.config.name_converter.from_field(field): (field.python_name, declaration_of(field))
    for field in Offender.__strawberry_definition__.fields  # type: ignore[attr-defined]
}
"""For each field of `Offender` by its GraphQL name: its name in the schema's class, and its declaration."""
