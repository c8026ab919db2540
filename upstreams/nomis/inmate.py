"""How what the Prison API writes of people becomes the parts of a `PrisonerRecord` (contract a.1).

It writes a person in four ways: whole (`InmateDetail`), in bulk (`PrisonerDetail`), in a prison's list
(`OffenderBooking`), and by single sides (sentence dates, category). A part is read from a list only where the
list has it as the whole has it, so that a person is the same whichever way they came. The whole is read as
Prisoner Search reads it (hmpps-prisoner-search `Prisoner.translate`), so that both routes tell the same.
"""

from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from upstreams.errors import BadAnswer
from upstreams.identifiers import NO_PRISON
from upstreams.nomis.parts import alerts, merged_numbers, sentence
from upstreams.reading import Unreadable, day, flag, identifier, text
from upstreams.records import Alert, CodedValue, NomisRoute, Sentence, System

FAILURE = BadAnswer(System.NOMIS, NomisRoute.PRISON_API).failure()

NEVER_TOLD = frozenset({"restricted_patient", "supporting_prison_id"})
"""Parts that NOMIS itself does not know: they are of the Restricted Patients service."""


class InmateDetail(msgspec.Struct, rename="camel"):
    """A person as `GET /api/offenders/{offenderNo}` writes them: no value trusted to have its type."""

    offender_no: Any = None
    booking_id: Any = None
    booking_no: Any = None
    title: Any = None
    first_name: Any = None
    middle_name: Any = None
    last_name: Any = None
    date_of_birth: Any = None
    agency_id: Any = None
    assigned_living_unit: Any = None
    latest_location_id: Any = None
    physical_attributes: Any = None
    profile_information: Any = None
    identifiers: Any = None
    alerts: Any = None
    status: Any = None
    category: Any = None
    category_code: Any = None
    csra: Any = None
    legal_status: Any = None
    imprisonment_status: Any = None
    imprisonment_status_description: Any = None
    convicted_status: Any = None
    recall: Any = None
    offence_history: Any = None
    sentence_terms: Any = None
    sentence_detail: Any = None


class PrisonerDetail(msgspec.Struct, rename="camel"):
    """A row of `POST /api/prisoners`."""

    offender_no: Any = None
    first_name: Any = None
    middle_names: Any = None
    last_name: Any = None
    date_of_birth: Any = None
    gender: Any = None
    latest_booking_id: Any = None
    latest_location_id: Any = None
    latest_location: Any = None
    legal_status: Any = None
    imprisonment_status: Any = None
    imprisonment_status_desc: Any = None
    convicted_status: Any = None


class OffenderBooking(msgspec.Struct, rename="camel"):
    """A row of `GET /api/locations/description/{agencyId}/inmates`."""

    offender_no: Any = None
    booking_id: Any = None
    booking_no: Any = None
    first_name: Any = None
    middle_name: Any = None
    last_name: Any = None
    date_of_birth: Any = None
    agency_id: Any = None
    assigned_living_unit_desc: Any = None
    legal_status: Any = None
    convicted_status: Any = None


class OffenderSentence(msgspec.Struct, rename="camel"):
    """A row of `POST /api/offender-sentences`."""

    offender_no: Any = None
    sentence_detail: Any = None


class CategoryAssessment(msgspec.Struct, rename="camel"):
    """A row of `POST /api/offender-assessments/CATEGORY`."""

    offender_no: Any = None
    classification_code: Any = None
    classification: Any = None


Row = PrisonerDetail | OffenderBooking | OffenderSentence | CategoryAssessment
Readers = Mapping[str, Callable[[Any], Any]]


def _plain(attribute: str, read: Callable[[object], Any]) -> Callable[[Any], Any]:
    return lambda written: read(getattr(written, attribute))


def _coded(code: object, description: object) -> CodedValue | None:
    written = text(code)
    return None if written is None else CodedValue(written, text(description))


def _within(outer: object, key: str) -> object:
    """Return a value of an inner document. Raises `Unreadable` where that is none."""
    if outer is None:
        return None
    if not isinstance(outer, dict):
        raise Unreadable
    return outer.get(key)


def _documents(written: object) -> list[dict[str, Any]]:
    """Return the documents of a list. Raises `Unreadable` where one is none."""
    if written is None:
        return []
    if not isinstance(written, list) or not all(isinstance(one, dict) for one in written):
        raise Unreadable
    return written


def _profile(kind: str) -> Callable[[InmateDetail], str | None]:
    def read(detail: InmateDetail) -> str | None:
        answers = _documents(detail.profile_information)
        return next((text(one.get("resultValue")) for one in answers if one.get("type") == kind), None)

    return read


_youth = _profile("YOUTH")


def _youth_offender(detail: InmateDetail) -> bool | None:
    # Whoever has a profile without this answer is none; somebody never booked has no profile at all.
    if detail.profile_information is None:
        return None
    return (_youth(detail) or "").upper() == "YES"


def _latest_identifier(kind: str) -> Callable[[InmateDetail], str | None]:
    def read(detail: InmateDetail) -> str | None:
        held = [one for one in _documents(detail.identifiers) if one.get("type") == kind]
        latest = max(held, key=lambda one: text(one.get("whenCreated")) or "", default=None)
        return text(_within(latest, "value"))

    return read


def _most_serious_offence(detail: InmateDetail) -> str | None:
    # The history goes back over earlier bookings too.
    serious = (
        one
        for one in _documents(detail.offence_history)
        if one.get("mostSerious") is True and one.get("bookingId") == detail.booking_id
    )
    return text(_within(next(serious, None), "offenceDescription"))


def _indeterminate_sentence(detail: InmateDetail) -> bool | None:
    if detail.sentence_terms is None:
        return None
    return any(
        one.get("lifeSentence") is True and one.get("bookingId") == detail.booking_id
        for one in _documents(detail.sentence_terms)
    )


def _alerts(detail: InmateDetail) -> tuple[Alert, ...] | None:
    # Alerts are of a booking, and of somebody without one there is no list of them.
    return () if detail.alerts is None and detail.booking_id is None else alerts(detail.alerts)


def _named_where_held(agency_id: object, name: object) -> str | None:
    # Of people whom no prison holds the lists write a sentence here ("Outside - released from ...").
    agency = text(agency_id)
    return None if agency is None or agency in NO_PRISON else text(name)


def _cell(booking: OffenderBooking) -> str | None:
    # The list has the prison before the cell, the whole has not (prison-api `LocationProcessor`).
    cell, agency = text(booking.assigned_living_unit_desc), text(booking.agency_id)
    return cell if cell is None or agency is None else cell.removeprefix(f"{agency}-")


SENTENCE_KEYS = {
    "start_date": ("sentenceStartDate",),
    "expiry_date": ("sentenceExpiryDate",),
    "licence_expiry_date": ("licenceExpiryDate",),
    "release_date": ("releaseDate",),
    "confirmed_release_date": ("confirmedReleaseDate",),
    "conditional_release_date": ("conditionalReleaseOverrideDate", "conditionalReleaseDate"),
    "automatic_release_date": ("automaticReleaseOverrideDate", "automaticReleaseDate"),
    "parole_eligibility_date": ("paroleEligibilityDate",),
    "tariff_date": ("tariffDate",),
    "home_detention_curfew_eligibility_date": ("homeDetentionCurfewEligibilityDate",),
    "home_detention_curfew_actual_date": ("homeDetentionCurfewActualDate",),
}
"""Where each date stands; an override wins over what was calculated."""


def _sentence(written: InmateDetail | OffenderSentence) -> Sentence | None:
    found = {
        part: next(
            (date for key in keys if (date := _within(written.sentence_detail, key)) is not None), None
        )
        for part, keys in SENTENCE_KEYS.items()
    }
    return sentence(found, FAILURE)


WHOLE: Readers = {
    "booking_id": _plain("booking_id", identifier),
    "book_number": _plain("booking_no", text),
    "pnc_number": _latest_identifier("PNC"),
    "cro_number": _latest_identifier("CRO"),
    "title": _plain("title", text),
    "first_name": _plain("first_name", text),
    "middle_names": _plain("middle_name", text),
    "last_name": _plain("last_name", text),
    "date_of_birth": _plain("date_of_birth", day),
    "gender": lambda detail: text(_within(detail.physical_attributes, "gender")),
    "ethnicity": lambda detail: text(_within(detail.physical_attributes, "ethnicity")),
    "nationality": _profile("NAT"),
    "religion": _profile("RELF"),
    "youth_offender": _youth_offender,
    "movement_status": _plain("status", text),
    "agency_id": _plain("agency_id", text),
    "agency_name": lambda detail: _named_where_held(
        detail.agency_id, _within(detail.assigned_living_unit, "agencyName")
    ),
    "last_prison_id": _plain("latest_location_id", text),
    "cell_location": lambda detail: text(_within(detail.assigned_living_unit, "description")),
    "category": lambda detail: _coded(detail.category_code, detail.category),
    "csra": _plain("csra", text),
    "legal_status": _plain("legal_status", text),
    "imprisonment_status": lambda detail: _coded(
        detail.imprisonment_status, detail.imprisonment_status_description
    ),
    "convicted_status": _plain("convicted_status", text),
    "recall": _plain("recall", flag),
    "indeterminate_sentence": _indeterminate_sentence,
    "most_serious_offence": _most_serious_offence,
    "sentence": _sentence,
    "alerts": _alerts,
    "merged_from": lambda detail: merged_numbers(detail.identifiers, detail.offender_no),
}

# Not title, nationality, PNC and CRO number: those are joined otherwise there than for the whole.
IN_BULK: Readers = {
    "booking_id": _plain("latest_booking_id", identifier),
    "first_name": _plain("first_name", text),
    "middle_names": _plain("middle_names", text),
    "last_name": _plain("last_name", text),
    "date_of_birth": _plain("date_of_birth", day),
    "gender": _plain("gender", text),
    "agency_id": _plain("latest_location_id", text),
    "agency_name": lambda row: _named_where_held(row.latest_location_id, row.latest_location),
    "legal_status": _plain("legal_status", text),
    "imprisonment_status": lambda row: _coded(row.imprisonment_status, row.imprisonment_status_desc),
    "convicted_status": _plain("convicted_status", text),
}

# Not category and imprisonment status, which have no description there, nor alerts, which are bare codes.
IN_PRISON: Readers = {
    "booking_id": _plain("booking_id", identifier),
    "book_number": _plain("booking_no", text),
    "first_name": _plain("first_name", text),
    "middle_names": _plain("middle_name", text),
    "last_name": _plain("last_name", text),
    "date_of_birth": _plain("date_of_birth", day),
    "agency_id": _plain("agency_id", text),
    "cell_location": _cell,
    "legal_status": _plain("legal_status", text),
    "convicted_status": _plain("convicted_status", text),
}

SENTENCES: Readers = {"sentence": _sentence}
CATEGORIES: Readers = {"category": lambda row: _coded(row.classification_code, row.classification)}
