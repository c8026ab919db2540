"""How a field of the schema and its declaration are put side by side, and found again."""

from typing import Any

import strawberry
from strawberry.types.field import StrawberryField

from resolvers.declarations import Declaration

_KEY = "declaration"


def declared(declaration: Declaration, description: str) -> Any:
    """Return a field of `Offender` that is made as `declaration` says."""
    return strawberry.field(description=description, metadata={_KEY: declaration})


def described(description: str) -> Any:
    """Return a field that is a plain attribute of its parent."""
    return strawberry.field(description=description)


def declaration_of(field: StrawberryField) -> Declaration:
    """Return the declaration that stands beside a field of `Offender`."""
    declaration = field.metadata[_KEY]
    assert isinstance(declaration, Declaration)
    return declaration
