"""What a Java service leaves out of its JSON: only nulls, or every empty value; false and 0 always stay."""

from collections.abc import Callable
from typing import Any


def non_empty(value: Any) -> Any:
    """Leave out nulls, empty texts and empty lists, at every depth; an object without properties stays."""
    return _without(value, lambda inner: inner is None or inner in ("", []))


def non_null(value: Any) -> Any:
    """Leave out nulls, at every depth."""
    return _without(value, lambda inner: inner is None)


def _without(value: Any, left_out: Callable[[Any], bool]) -> Any:
    if isinstance(value, dict):
        return {name: _without(inner, left_out) for name, inner in value.items() if not left_out(inner)}
    if isinstance(value, list):
        return [_without(inner, left_out) for inner in value]
    return value
