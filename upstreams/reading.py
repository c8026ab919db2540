"""Reading values out of an upstream's JSON, each by itself: a wrong type fails one field of one person.

Wire models leave every value untyped, so that one odd value never spoils the decoding of a whole list.
Null and absent mean the same everywhere: both systems leave empty values out, or not, as their versions go.
"""

from collections.abc import Callable
from datetime import date
from typing import Any, TypeVar

import msgspec

from upstreams.records import Failure, FieldFailure, Read

T = TypeVar("T")


class Unreadable(Exception):
    """The value is not of the type that the contract says."""


def text(written: object) -> str | None:
    """Read a text; a blank one is none."""
    if written is None:
        return None
    if not isinstance(written, str):
        raise Unreadable
    return written.strip() or None


def flag(written: object) -> bool | None:
    """Read a boolean."""
    if written is None or isinstance(written, bool):
        return written
    raise Unreadable


def day(written: object) -> date | None:
    """Read a date, `yyyy-MM-dd`."""
    if written is None or written == "":
        return None
    if not isinstance(written, str) or len(written) != 10:  # noqa: PLR2004
        raise Unreadable
    try:
        return date.fromisoformat(written)
    except ValueError as error:
        raise Unreadable from error


def number(written: object) -> int | None:
    """Read a whole number."""
    if written is None or (isinstance(written, int) and not isinstance(written, bool)):
        return written
    raise Unreadable


def or_failure(read: Callable[[Any], T | None], written: object, failure: Failure) -> Read[T]:
    """Read a value; one that cannot be read is a failure in its own place."""
    try:
        return read(written)
    except Unreadable:
        return FieldFailure(failure)


def identifier(written: object) -> str | None:
    """Read an id that one service writes as a number and another as a text (booking ids do)."""
    if isinstance(written, int) and not isinstance(written, bool):
        return str(written)
    return text(written)


def object_of(written: object) -> dict[str, Any]:
    """Read an object; an absent one is empty."""
    if written is None:
        return {}
    if not isinstance(written, dict):
        raise Unreadable
    return written


def rows(body: bytes | msgspec.Raw, row: type[T]) -> list[T | None]:
    """Decode a JSON list, with None in the place of a row that is no object.

    Raises `Unreadable` for no list.
    """
    try:
        return msgspec.json.decode(body, type=list[row])  # type: ignore[valid-type]
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return _row_by_row(body, row)


def _row_by_row(body: bytes | msgspec.Raw, row: type[T]) -> list[T | None]:
    try:
        raw = msgspec.json.decode(body, type=list[msgspec.Raw])
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise Unreadable from error
    return [_row(one, row) for one in raw]


def _row(raw: msgspec.Raw, row: type[T]) -> T | None:
    try:
        return msgspec.json.decode(raw, type=row)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return None


def document(body: bytes, model: type[T]) -> T:
    """Decode one JSON object. Raises `Unreadable`."""
    try:
        return msgspec.json.decode(body, type=model)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise Unreadable from error
