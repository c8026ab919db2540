"""What both routes to NOMIS do alike: read the parts of a person, each by itself, and make them a record."""

from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Any, TypeVar

import msgspec

from upstreams.identifiers import read_noms_number
from upstreams.reading import Unreadable, day, flag, text
from upstreams.records import Alert, Failure, FieldFailure, PrisonerRecord, Read, Sentence

Wire = TypeVar("Wire")

MERGED = "MERGED"
"""The type of the identifier that a merge leaves with the survivor: the number that was merged away."""


def read_parts(
    readers: Mapping[str, Callable[[Wire], Any]], written: Wire, failure: Failure
) -> dict[str, Any]:
    """Read each part; one that cannot be read is a failure in its own place."""
    values: dict[str, Any] = {}
    for part, read in readers.items():
        try:
            values[part] = read(written)
        except Unreadable:
            values[part] = FieldFailure(failure)
    return values


def prisoner_record(
    number: str,
    retrieved_at: datetime,
    values: Mapping[str, Any],
    *,
    made_as: type[PrisonerRecord] = PrisonerRecord,
) -> PrisonerRecord:
    """Make a record of the parts; it says itself whether something in it could not be read."""
    failures = filter(None, map(_failure_in, values.values()))
    return made_as(noms_number=number, retrieved_at=retrieved_at, unreadable=next(failures, None), **values)


def _failure_in(value: object) -> Failure | None:
    if isinstance(value, Sentence):
        return next(filter(None, map(_failure_in, msgspec.structs.astuple(value))), None)
    return value.failure if isinstance(value, FieldFailure) else None


def alerts(written: object) -> tuple[Alert, ...] | None:
    """Read a list of alerts. Raises `Unreadable`."""
    if written is None:
        return None
    if not isinstance(written, list):
        raise Unreadable
    return tuple(map(_alert, written))


def _alert(written: object) -> Alert:
    if not isinstance(written, dict) or (code := text(written.get("alertCode"))) is None:
        raise Unreadable
    return Alert(
        code, text(written.get("alertType")), flag(written.get("active")), flag(written.get("expired"))
    )


def merged_numbers(written: object, own: object) -> tuple[str, ...]:
    """Read which numbers were merged into this person's, out of a list of identifiers. Raises `Unreadable`.

    One that is not well-formed is nobody's number. What is no object is no identifier.
    """
    if written is None:
        return ()
    if not isinstance(written, list):
        raise Unreadable
    merged = [one for one in written if isinstance(one, dict) and one.get("type") == MERGED]
    if not merged:
        return ()
    numbers = {read_noms_number(text(one.get("value"))) for one in merged}
    return tuple(sorted(number for number in numbers - {read_noms_number(own)} if number is not None))


def sentence(dates: Mapping[str, object], failure: Failure) -> Sentence | None:
    """Read the dates of a sentence, each by itself; None where there is none of them."""
    values = {part: _date_or_failure(written, failure) for part, written in dates.items()}
    return Sentence(**values) if any(values.values()) else None


def _date_or_failure(written: object, failure: Failure) -> Read[date]:
    try:
        return day(written)
    except Unreadable:
        return FieldFailure(failure)
