"""Reading values out of an upstream's JSON, each by itself: a wrong type fails one field of one person.

Wire models leave every value untyped, so that one odd value never spoils the decoding of a whole list.
Null and absent mean the same everywhere: both systems leave empty values out, or not, as their versions go.
"""

from collections.abc import Iterable
from datetime import date
from typing import Any, TypeVar

import msgspec

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


def identifier(written: object) -> str | None:
    """Read an id that one service writes as a number and another as a text (booking ids do)."""
    if isinstance(written, int) and not isinstance(written, bool):
        return str(written)
    return text(written)


def rows(body: bytes, row: type[T]) -> tuple[list[T], int]:
    """Decode a JSON list, and count the rows that are no objects. Raises `Unreadable` where it is no list."""
    try:
        return msgspec.json.decode(body, type=list[row]), 0  # type: ignore[valid-type]
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return _row_by_row(body, row)


def _row_by_row(body: bytes, row: type[T]) -> tuple[list[T], int]:
    try:
        raw: Iterable[Any] = msgspec.json.decode(body, type=list[msgspec.Raw])
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise Unreadable from error
    good, odd = [], 0
    for one in raw:
        try:
            good.append(msgspec.json.decode(one, type=row))
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
            odd += 1
    return good, odd


def document(body: bytes, model: type[T]) -> T:
    """Decode one JSON object. Raises `Unreadable`."""
    try:
        return msgspec.json.decode(body, type=model)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise Unreadable from error
