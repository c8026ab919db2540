"""How a row of Prisoner Search becomes a `PrisonerRecord` (hmpps-prisoner-search `Prisoner`)."""

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec

from upstreams.errors import BadAnswer
from upstreams.identifiers import read_noms_number
from upstreams.nomis.parts import alerts, prisoner_record, read_parts, sentence
from upstreams.reading import day, flag, identifier, text
from upstreams.records import Alert, CodedValue, NomisRoute, PrisonerRecord, Sentence, System


class Row(msgspec.Struct, rename="camel"):
    """A row as it is written: all of it optional, no value trusted to have its type."""

    prisoner_number: Any = None
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


@dataclass(frozen=True, slots=True)
class Part:
    """One part of the record: the keys of a row that it is read from, and how."""

    keys: tuple[str, ...]
    read: Callable[[Row], Any]


FAILURE = BadAnswer(System.NOMIS, NomisRoute.PRISONER_SEARCH).failure()


def _plain(attribute: str, read: Callable[[object], Any]) -> Part:
    return Part((attribute,), lambda row: read(getattr(row, attribute)))


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


def _sentence(row: Row) -> Sentence | None:
    return sentence({part: getattr(row, key) for part, key in SENTENCE_KEYS.items()}, FAILURE)


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
    "category": Part(("category",), _category),
    "csra": _plain("csra", text),
    "legal_status": _plain("legal_status", text),
    "imprisonment_status": Part(
        ("imprisonment_status", "imprisonment_status_description"), _imprisonment_status
    ),
    "convicted_status": _plain("convicted_status", text),
    "recall": _plain("recall", flag),
    "indeterminate_sentence": _plain("indeterminate_sentence", flag),
    "most_serious_offence": _plain("most_serious_offence", text),
    "sentence": Part(tuple(SENTENCE_KEYS.values()), _sentence),
    "alerts": Part(("alerts",), _alerts),
}

_WRITTEN_AS = dict(zip(Row.__struct_fields__, Row.__struct_encode_fields__, strict=True))


def response_fields(parts: Iterable[str]) -> str:
    """Return the keys to ask for, in the words of Prisoner Search; the number always comes first."""
    keys = sorted({key for part in parts for key in PARTS[part].keys})
    return ",".join(_WRITTEN_AS[key] for key in ("prisoner_number", *keys))


def record(row: Row, number: str, parts: Collection[str], retrieved_at: datetime) -> PrisonerRecord:
    """Read the parts that were asked for; one that cannot be read is a failure in its own place."""
    values = read_parts({part: PARTS[part].read for part in parts}, row, FAILURE)
    return prisoner_record(number, NomisRoute.PRISONER_SEARCH, retrieved_at, values)


def number_of(row: Row) -> str | None:
    """Return whose row this is. Its place in the list says nothing: order is not the request's."""
    return read_noms_number(row.prisoner_number)
