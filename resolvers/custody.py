"""Where a person is: custody and legal status from what NOMIS records (design of the contract, section 2)."""

from enum import Enum

from upstreams.identifiers import NO_PRISON
from upstreams.records import FieldFailure, PrisonerRecord, Read

CUSTODY_PARTS = ("booking_id", "movement_status", "agency_id", "restricted_patient")


class CustodyStatus(Enum):
    """Where the person is now."""

    IN_PRISON = "IN_PRISON"
    OUT_TEMPORARILY = "OUT_TEMPORARILY"
    IN_TRANSIT = "IN_TRANSIT"
    IN_HOSPITAL = "IN_HOSPITAL"
    RELEASED = "RELEASED"
    NEVER_BOOKED = "NEVER_BOOKED"
    UNKNOWN = "UNKNOWN"


_IN_PRISON = CustodyStatus.IN_PRISON
"""Looked up once: to look up an enum's member takes as long as all the rest, and most people are there."""


class LegalStatus(Enum):
    """Why the person is held (prison-api `LegalStatus`)."""

    RECALL = "RECALL"
    DEAD = "DEAD"
    INDETERMINATE_SENTENCE = "INDETERMINATE_SENTENCE"
    SENTENCED = "SENTENCED"
    CONVICTED_UNSENTENCED = "CONVICTED_UNSENTENCED"
    CIVIL_PRISONER = "CIVIL_PRISONER"
    IMMIGRATION_DETAINEE = "IMMIGRATION_DETAINEE"
    REMAND = "REMAND"
    OTHER = "OTHER"
    UNKNOWN = "UNKNOWN"


def custody_status(prisoner: PrisonerRecord) -> Read[CustodyStatus]:
    """Return where the person is; a part that could not be read makes the status a failure."""
    if prisoner.unreadable is not None:
        for part in CUSTODY_PARTS:
            if isinstance(value := getattr(prisoner, part), FieldFailure):
                return FieldFailure(value.failure)
    if prisoner.restricted_patient:
        return CustodyStatus.IN_HOSPITAL
    if prisoner.booking_id is None:
        return CustodyStatus.NEVER_BOOKED
    moved, agency = prisoner.movement_status, prisoner.agency_id
    if moved == "ACTIVE IN":
        return _IN_PRISON
    if moved == "ACTIVE OUT":
        return CustodyStatus.OUT_TEMPORARILY
    if moved == "INACTIVE TRN" or agency == "TRN":
        return CustodyStatus.IN_TRANSIT
    if moved == "INACTIVE OUT" or agency == "OUT":
        return CustodyStatus.RELEASED
    return CustodyStatus.UNKNOWN


def legal_status(prisoner: PrisonerRecord) -> Read[LegalStatus]:
    """Return the legal status; the upstream's list is open, and a value that is new to us is OTHER."""
    written = prisoner.legal_status
    if written is None or isinstance(written, FieldFailure):
        return written
    try:
        return LegalStatus(written)
    except ValueError:
        return LegalStatus.OTHER


def prison_id(agency_id: Read[str]) -> Read[str]:
    """Return the prison that an agency is: none for `OUT` and `TRN`."""
    return None if agency_id in NO_PRISON else agency_id
