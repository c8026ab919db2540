"""How a field of the schema and its declaration are put side by side, and found again."""

from typing import Any

import strawberry
from strawberry.types.field import StrawberryField

from resolvers.declarations import Declaration

_KEY = "declaration"
_FURTHER = "further_part"


def declared(declaration: Declaration, description: str, *, further_part: str | None = None) -> Any:
    """Return a field of `Offender` that is made as `declaration` says.

    `further_part` is the part of a `ProbationRecord` that some routes have by a further call a person alone.
    """
    return strawberry.field(description=description, metadata={_KEY: declaration, _FURTHER: further_part})


def described(description: str, *, further_part: str | None = None) -> Any:
    """Return a field that is a plain attribute of its parent."""
    return strawberry.field(description=description, metadata={_FURTHER: further_part})


def declaration_of(field: StrawberryField) -> Declaration:
    """Return the declaration that stands beside a field of `Offender`."""
    declaration = field.metadata[_KEY]
    assert isinstance(declaration, Declaration)
    return declaration


def further_part_of(field: StrawberryField) -> str | None:
    """Return the further part that a field of any type reads."""
    part: str | None = field.metadata.get(_FURTHER)
    return part
