"""Reading values out of an upstream's JSON, each by itself: a wrong type fails one field of one person.

What is read with care is decoded untyped, so that one odd value never spoils the decoding of a whole list.
Null and absent mean the same everywhere: both systems leave empty values out, or not, as their versions go.
"""

from collections.abc import Callable, Hashable, Iterator, Sequence
from contextlib import suppress
from datetime import date
from functools import lru_cache
from typing import Any, TypeVar

import msgspec

from upstreams.records import Failure, FieldFailure, Read

T = TypeVar("T")

REMEMBERED_SELECTIONS = 256
"""Choices of parts whose models and readers are kept: those used last."""
UNDECODABLE = (msgspec.MsgspecError, UnicodeDecodeError, RecursionError)


class Unreadable(Exception):
    """The value is not of the type that the contract says."""


def text(written: object) -> str | None:
    """Read a text; a blank one is none."""
    if written is None:
        return None
    if not isinstance(written, str):
        raise Unreadable
    return written.strip() or None


def trimmed(of: str, *names: str) -> Iterator[str]:
    """Write out the reading of texts that are an object's attributes, as `text` reads them.

    To set an attribute takes longer than to look whether it has to be set.
    """
    for name in names:
        yield f"text = {of}.{name}"
        yield f"if text is not None and (trim := text.strip() or None) is not text: {of}.{name} = trim"


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


def rows(body: bytes | msgspec.Raw, *models: type[T]) -> list[T | None]:
    """Decode a JSON list of the first model's rows. Raises `Unreadable` for no list.

    A row that is none of them is one of the next model that it fits, and None where it fits none; the others
    are none the worse for it.
    """
    try:
        decoder: msgspec.json.Decoder[list[T | None]] = _list_decoder(models[0])  # type: ignore[arg-type]
        return decoder.decode(body)
    except UNDECODABLE:
        return _row_by_row(body, models)


@lru_cache(maxsize=512)
def _list_decoder(model: Hashable) -> msgspec.json.Decoder[Any]:
    return msgspec.json.Decoder(list[model])  # type: ignore[valid-type]


def _row_by_row(body: bytes | msgspec.Raw, models: Sequence[type[T]]) -> list[T | None]:
    try:
        raw = msgspec.json.decode(body, type=list[msgspec.Raw])
    except UNDECODABLE as error:
        raise Unreadable from error
    return [_row(one, models) for one in raw]


def _row(raw: msgspec.Raw, models: Sequence[type[T]]) -> T | None:
    for model in models:
        with suppress(*UNDECODABLE):
            return msgspec.json.decode(raw, type=model)
    return None


def document(body: bytes, *models: type[T]) -> T:
    """Decode one JSON object, as the first of the models that it fits. Raises `Unreadable`."""
    for model in models:
        decoder: msgspec.json.Decoder[T] = _decoder(model)  # type: ignore[arg-type]
        try:
            return decoder.decode(body)
        except UNDECODABLE:
            continue
    raise Unreadable


@lru_cache(maxsize=512)
def _decoder(model: Hashable) -> msgspec.json.Decoder[Any]:
    return msgspec.json.Decoder(model)
