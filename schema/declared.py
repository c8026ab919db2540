"""Where a field's value comes from: put beside the field in the schema, for both executions to read."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

import strawberry
from strawberry.types.field import StrawberryField

from resolvers.context import RequestContext
from resolvers.declarations import Declaration

_KEY = "origin"

Ask: TypeAlias = Callable[[RequestContext, str, Mapping[str, Any]], Awaitable[Any]]
"""Asks for a root field's value: by the request's context, the field's response key and its arguments."""
Bind: TypeAlias = Callable[[Mapping[str, Any]], Declaration]
"""Returns a field's declaration for its arguments: Booleans and enums, of which there are few values."""


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a field's value comes from: by default it is a plain attribute of its parent.

    `declaration` makes a field of `Offender`, `bind` one that has arguments, and `ask` a root field. With
    `by_response_key` the attribute has a value for each response key that the field is asked for under.
    `parts` are the parts of Delius's record that the field reads, beyond those that the field above it does.
    A root field that `asks_again` asks for one person in several ways, which share their answers.
    """

    declaration: Declaration | None = None
    bind: Bind | None = None
    ask: Ask | None = None
    by_response_key: bool = False
    parts: frozenset[str] = frozenset()
    asks_again: bool = False

    def declared(self, arguments: Mapping[str, Any]) -> Declaration | None:
        """Return the declaration of a field of `Offender`, as these arguments make it."""
        return self.declaration if self.bind is None else self.bind(arguments)


def declared(declaration: Declaration, description: str) -> Any:
    """Return a field of `Offender` that is made as `declaration` says."""
    return strawberry.field(description=description, metadata={_KEY: Origin(declaration)})


def described(description: str, *parts: str, name: str | None = None) -> Any:
    """Return a field that is a plain attribute of its parent, and reads these parts of Delius's record."""
    return strawberry.field(
        name=name, description=description, metadata={_KEY: Origin(parts=frozenset(parts))}
    )


def optional(description: str) -> Any:
    """Return a field of an input that may be left out."""
    return strawberry.field(default=strawberry.UNSET, description=description)


def bound_by(bind: Bind) -> dict[str, Origin]:
    """Return the metadata of a field of `Offender` that has arguments."""
    return {_KEY: Origin(bind=bind)}


def asked_by(ask: Ask, *, asks_again: bool = False) -> dict[str, Origin]:
    """Return the metadata of a root field."""
    return {_KEY: Origin(ask=ask, asks_again=asks_again)}


def by_response_key() -> dict[str, Origin]:
    """Return the metadata of a field that has a value for each response key."""
    return {_KEY: Origin(by_response_key=True)}


def origin_of(field: StrawberryField) -> Origin:
    """Return where a field's value comes from."""
    origin = field.metadata[_KEY]
    assert isinstance(origin, Origin)
    return origin
