"""What an execution answers: the data, and each error with its place; whichever execution it was."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

Path = tuple[str | int, ...]


class FieldError(NamedTuple):
    """What went wrong at a path. `locations` are the places of the field in the document."""

    path: Path
    error: BaseException
    locations: Sequence[Mapping[str, Any]]


@dataclass(slots=True)
class Executed:
    """The data, None where a null went all the way up, and the errors in the order in which they came up."""

    data: Mapping[str, Any] | None
    errors: list[FieldError] = field(default_factory=list)
