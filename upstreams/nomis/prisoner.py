"""How a row of Prisoner Search becomes a `PrisonerRecord` (hmpps-prisoner-search `Prisoner`).

A list is decoded into a model that holds the keys of the parts asked for alone, with their types, and every
other key is passed over. Where a value is not of its type, the odd row is read again with care, each value by
itself.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from operator import attrgetter
from typing import Any, cast

import msgspec

from upstreams.bulk import Found
from upstreams.completion import Complete, completion
from upstreams.errors import BadAnswer
from upstreams.nomis.parts import alerts, merged_numbers, prisoner_record, read_parts, sentence
from upstreams.reading import (
    REMEMBERED_SELECTIONS,
    UNDECODABLE,
    Unreadable,
    day,
    flag,
    identifier,
    rows,
    text,
    trimmed,
)
from upstreams.records import (
    Alert,
    CodedValue,
    FieldFailure,
    NomisRoute,
    PrisonerAnswer,
    PrisonerRecord,
    Read,
    Sentence,
    System,
)


class Row(msgspec.Struct, rename="camel"):
    """A row as it is written: all of it optional, no value trusted to have its type."""

    noms_number: Any = msgspec.field(default=None, name="prisonerNumber")
    booking_id: Any = None
    book_number: Any = None
    pnc_number: Any = None
    cro_number: Any = None
    title: Any = None
    first_name: Any = None
    middle_names: Any = None
    last_name: Any = None
    date_of_birth: Any = None
    gender: Any = None
    ethnicity: Any = None
    nationality: Any = None
    religion: Any = None
    youth_offender: Any = None
    status: Any = None
    restricted_patient: Any = None
    prison_id: Any = None
    prison_name: Any = None
    last_prison_id: Any = None
    supporting_prison_id: Any = None
    cell_location: Any = None
    category: Any = None
    csra: Any = None
    legal_status: Any = None
    imprisonment_status: Any = None
    imprisonment_status_description: Any = None
    convicted_status: Any = None
    recall: Any = None
    indeterminate_sentence: Any = None
    most_serious_offence: Any = None
    alerts: Any = None
    sentence_start_date: Any = None
    sentence_expiry_date: Any = None
    licence_expiry_date: Any = None
    release_date: Any = None
    confirmed_release_date: Any = None
    conditional_release_date: Any = None
    automatic_release_date: Any = None
    parole_eligibility_date: Any = None
    tariff_date: Any = None
    home_detention_curfew_eligibility_date: Any = None
    home_detention_curfew_actual_date: Any = None
    identifiers: Any = None


@dataclass(frozen=True, slots=True)
class Part:
    """One part of the record: the keys of a row that it is read from, with their types, and how it is read.

    `read` takes values of any type; `read_typed` those of the types that `keys` names. A part that is one key
    as it stands has no need of it: of a text only the blanks go, and a number becomes one.
    """

    keys: Mapping[str, Any]
    read: Callable[[Row], Any]
    read_typed: Callable[[Any], Any] | None = None


FAILURE = BadAnswer(System.NOMIS, NomisRoute.PRISONER_SEARCH).failure()
TYPES: dict[Callable[[object], Any], Any] = {
    text: str | None,
    flag: bool | None,
    day: date | None,
    identifier: str | int | None,
}


def _plain(attribute: str, read: Callable[[object], Any]) -> Part:
    return Part({attribute: TYPES[read]}, lambda row: read(getattr(row, attribute)))


def _rule(read: Callable[[Any], Any], keys: Mapping[str, Any]) -> Part:
    return Part(keys, read, read)


def _category(row: Row) -> CodedValue | None:
    code = text(row.category)
    return None if code is None else CodedValue(code)


def _imprisonment_status(row: Row) -> CodedValue | None:
    code = text(row.imprisonment_status)
    return None if code is None else CodedValue(code, text(row.imprisonment_status_description))


def _alerts(row: Row) -> tuple[Alert, ...] | None:
    # Prisoner Search writes `alerts: []` also where it was not asked for them. This part is read only where
    # it was, so that an empty list here does mean that there are none.
    return alerts(row.alerts)


SENTENCE_KEYS = {
    "start_date": "sentence_start_date",
    "expiry_date": "sentence_expiry_date",
    "licence_expiry_date": "licence_expiry_date",
    "release_date": "release_date",
    "confirmed_release_date": "confirmed_release_date",
    "conditional_release_date": "conditional_release_date",
    "automatic_release_date": "automatic_release_date",
    "parole_eligibility_date": "parole_eligibility_date",
    "tariff_date": "tariff_date",
    "home_detention_curfew_eligibility_date": "home_detention_curfew_eligibility_date",
    "home_detention_curfew_actual_date": "home_detention_curfew_actual_date",
}


_dates: Callable[[Any], tuple[date | None, ...]] = attrgetter(
    *(SENTENCE_KEYS[part] for part in Sentence.__struct_fields__)
)


def _sentence(row: Row) -> Sentence | None:
    return sentence({part: getattr(row, key) for part, key in SENTENCE_KEYS.items()}, FAILURE)


def _sentence_of_dates(row: Any) -> Sentence | None:
    dates = _dates(row)
    return Sentence(*dates) if any(dates) else None


def _merged_from(row: Any) -> tuple[str, ...]:
    written = row.identifiers
    if isinstance(written, msgspec.Raw):
        try:
            written = msgspec.json.decode(written)
        except UNDECODABLE as error:
            raise Unreadable from error
    return merged_numbers(written, row.noms_number)


def old_numbers(person: PrisonerRecord) -> Read[tuple[str, ...]]:
    """Return which numbers were merged into a person's, out of the part `identifiers`."""
    try:
        return _merged_from(person)
    except Unreadable:
        return FieldFailure(FAILURE)


PARTS: dict[str, Part] = {
    "booking_id": _plain("booking_id", identifier),
    "book_number": _plain("book_number", text),
    "pnc_number": _plain("pnc_number", text),
    "cro_number": _plain("cro_number", text),
    "title": _plain("title", text),
    "first_name": _plain("first_name", text),
    "middle_names": _plain("middle_names", text),
    "last_name": _plain("last_name", text),
    "date_of_birth": _plain("date_of_birth", day),
    "gender": _plain("gender", text),
    "ethnicity": _plain("ethnicity", text),
    "nationality": _plain("nationality", text),
    "religion": _plain("religion", text),
    "youth_offender": _plain("youth_offender", flag),
    "movement_status": _plain("status", text),
    "restricted_patient": _plain("restricted_patient", flag),
    "agency_id": _plain("prison_id", text),
    "agency_name": _plain("prison_name", text),
    "last_prison_id": _plain("last_prison_id", text),
    "supporting_prison_id": _plain("supporting_prison_id", text),
    "cell_location": _plain("cell_location", text),
    "category": _rule(_category, {"category": str | None}),
    "csra": _plain("csra", text),
    "legal_status": _plain("legal_status", text),
    "imprisonment_status": _rule(
        _imprisonment_status,
        {"imprisonment_status": str | None, "imprisonment_status_description": str | None},
    ),
    "convicted_status": _plain("convicted_status", text),
    "recall": _plain("recall", flag),
    "indeterminate_sentence": _plain("indeterminate_sentence", flag),
    "most_serious_offence": _plain("most_serious_offence", text),
    "sentence": Part(dict.fromkeys(SENTENCE_KEYS.values(), date | None), _sentence, _sentence_of_dates),
    "alerts": _rule(_alerts, {"alerts": Any}),
    "merged_from": _rule(_merged_from, {"identifiers": msgspec.Raw}),
    # To read everybody's would take some 3 µs a person, and few people's are looked into.
    "identifiers": Part({"identifiers": msgspec.Raw}, lambda row: row.identifiers),
}

_WRITTEN_AS = dict(zip(Row.__struct_fields__, Row.__struct_encode_fields__, strict=True))


class Selected:
    """The parts asked for: how their keys are asked for and decoded, and how a row becomes a record.

    A row whose values have their types becomes one in its own place: it is decoded into a class that has the
    names of `PrisonerRecord` for these parts, and completed.
    """

    def __init__(self, parts: frozenset[str]) -> None:
        self._parts = {part: PARTS[part] for part in sorted(parts)}
        keys = {key: kind for part in self._parts.values() for key, kind in part.keys.items()}
        self.response_fields = ",".join(_WRITTEN_AS[key] for key in ("noms_number", *sorted(keys)))
        """The keys to ask for, in the words of Prisoner Search; the number always comes first."""
        self._readers = {name: part.read for name, part in self._parts.items()}
        self.record_type = _record_type(self._parts)
        """What a row is decoded into where it can be: once completed, by rights a `PrisonerRecord`."""
        self._complete = _completion(self.record_type, self._parts)

    def rows(self, body: bytes | msgspec.Raw) -> list[Any]:
        """Decode a list; None stands for a row that is no object. Raises `Unreadable` for no list."""
        return rows(body, self.record_type, Row)

    def records(
        self, numbers: Iterable[str], found: Found[Any], retrieved_at: datetime
    ) -> dict[str, PrisonerAnswer]:
        """Return each number's record, None without a row; a part that cannot be read fails in its place."""
        answers: dict[str, Any] = {number: found.one.get(number) for number in numbers}
        if not self._complete(answers, retrieved_at):
            for number, row in answers.items():
                if row.__class__ is not self.record_type:
                    answers[number] = self._one_of(found.rows_of(number), number, retrieved_at)
        return answers

    def _one_of(self, rows_of_one: Sequence[Any], number: str, retrieved_at: datetime) -> PrisonerAnswer:
        """Return the record, or a failure where two rows of one number differ: we do not guess."""
        if not rows_of_one:
            return None
        first, *others = (self._record(row, number, retrieved_at) for row in rows_of_one)
        return first if all(self._is_the_same(other, first) for other in others) else FAILURE

    def _is_the_same(self, one: PrisonerRecord, other: PrisonerRecord) -> bool:
        return all(_seen(one, part) == _seen(other, part) for part in self._parts)

    def _record(self, row: Any, number: str, retrieved_at: datetime) -> PrisonerRecord:
        if row.__class__ is not self.record_type:
            values = read_parts(self._readers, row, FAILURE)
            return prisoner_record(number, retrieved_at, values, made_as=self.record_type)
        self._complete({number: row}, retrieved_at)
        record: PrisonerRecord = row
        return record


def _seen(person: PrisonerRecord, part: str) -> object:
    """Return what of a part is anybody's concern."""
    return old_numbers(person) if part == "identifiers" else getattr(person, part)


@lru_cache(maxsize=REMEMBERED_SELECTIONS)
def selected(parts: frozenset[str]) -> Selected:
    """Return how these parts are had; the ones used last are remembered."""
    return Selected(parts)


def _record_type(parts: Mapping[str, Part]) -> type[PrisonerRecord]:
    """Return a class that has the names of `PrisonerRecord` for these parts, and is decoded from a row.

    A part that is one key as it stands has that key's value. A part made by a rule has the place of its own
    name, beside the keys that the rule reads.
    """
    written_as = {"noms_number": _WRITTEN_AS["noms_number"]}
    kinds: dict[str, Any] = {"noms_number": Any}
    for name, part in parts.items():
        for key, kind in part.keys.items():
            attribute = name if part.read_typed is None else key
            written_as[attribute], kinds[attribute] = _WRITTEN_AS[key], kind
    # What a row has under these names, if anything, is written over.
    ours = [name for name in ("retrieved_at", "unreadable", *parts) if name not in kinds]
    made: Any = msgspec.defstruct(
        "PrisonerRecord",
        [(name, kind, None) for name, kind in kinds.items()] + [(name, Any, None) for name in ours],
        rename=written_as,
        gc=False,
    )
    return cast("type[PrisonerRecord]", made)


def _completion(record_type: type[PrisonerRecord], parts: Mapping[str, Part]) -> Complete:
    scope: dict[str, Any] = {"Unreadable": Unreadable, "FieldFailure": FieldFailure, "FAILURE": FAILURE}
    reading = ["row.noms_number, row.retrieved_at, row.unreadable = number, retrieved_at, None"]
    for name, part in parts.items():
        if part.read_typed is not None:
            scope[f"read_{name}"] = part.read_typed
            reading += (
                f"try: row.{name} = read_{name}(row)",
                f"except Unreadable: row.{name}, row.unreadable = FieldFailure(FAILURE), FAILURE",
            )
            continue
        (kind,) = part.keys.values()
        if kind == TYPES[identifier]:
            reading.append(f"if row.{name}.__class__ is int: row.{name} = str(row.{name})")
        if kind in (TYPES[identifier], TYPES[text]):
            reading += trimmed("row", name)
    return completion(record_type, reading, scope)


number_of: Callable[[Any], object] = attrgetter("noms_number")
"""Whose row this is. Its place in the list says nothing: order is not the request's."""
