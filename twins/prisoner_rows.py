"""Writes a constructed person the way Prisoner Search does."""

import hashlib
from collections.abc import Iterable
from datetime import date
from typing import Any

from twins.agencies import AGENCIES
from twins.people import Identifier, InNomis, NomisRow, Person, Sentence

Row = dict[str, Any]

_FIELD_NAMES = """
prisonerNumber pncNumber pncNumberCanonicalShort pncNumberCanonicalLong croNumber bookingId
bookNumber title firstName middleNames lastName dateOfBirth gender ethnicity raceCode nationality
religion youthOffender maritalStatus status lastMovementTypeCode lastMovementReasonCode
lastMovementDate inOutStatus prisonId lastPrisonId previousPrisonId previousPrisonLeavingDate
prisonName cellLocation aliases alerts csra category legalStatus imprisonmentStatus
imprisonmentStatusDescription convictedStatus mostSeriousOffence recall indeterminateSentence
sentenceStartDate releaseDate confirmedReleaseDate sentenceExpiryDate licenceExpiryDate
homeDetentionCurfewEligibilityDate homeDetentionCurfewActualDate homeDetentionCurfewEndDate
topupSupervisionStartDate topupSupervisionExpiryDate additionalDaysAwarded nonDtoReleaseDate
nonDtoReleaseDateType receptionDate lastAdmissionDate paroleEligibilityDate automaticReleaseDate
postRecallReleaseDate conditionalReleaseDate nonParoleDate actualParoleDate tariffDate
releaseOnTemporaryLicenceDate locationDescription restrictedPatient supportingPrisonId
dischargedHospitalId dischargedHospitalDescription dischargeDate dischargeDetails currentIncentive
identifiers addresses phoneNumbers emailAddresses allConvictedOffences
"""
FIELDS = frozenset(_FIELD_NAMES.split())


def rows_of(person: Person) -> list[Row]:
    """Return the rows by which a list of Prisoner Search shows this person: none, one or two."""
    if person.nomis is None:
        return []
    row = _row(person, person.nomis)
    if person.nomis.row is NomisRow.DOUBLED:
        return [row, dict(row)]
    if person.nomis.row is NomisRow.DOUBLED_DIFFERENTLY:
        return [row, {**row, "lastName": "OTHERWISE", "dateOfBirth": "1950-01-01", "prisonId": "MDI"}]
    return [row]


def project(row: Row, names: frozenset[str] | None) -> Row:
    """Keep the named fields; `alerts` comes back empty though nobody asked for it, as upstream."""
    if names is None:
        return row
    kept = {name: value for name, value in row.items() if name in names}
    return kept if "alerts" in names else {**kept, "alerts": []}


def shuffled(rows: Iterable[Row], salt: str = "") -> list[Row]:
    """Return the rows in an order that is nobody's, and the same each time for one salt."""
    return sorted(rows, key=lambda row: hashlib.sha256(f"{salt}{row['prisonerNumber']}".encode()).digest())


def _row(person: Person, nomis: InNomis) -> Row:
    row = {
        "prisonerNumber": nomis.written_number or person.noms_number,
        **_identity(nomis),
        **_custody(nomis),
        **_legal(nomis),
        **_sentence(nomis.sentence),
        **_hospital(nomis),
        **_lists(nomis),
    }
    return {name: value for name, value in row.items() if value is not None}


def _identity(nomis: InNomis) -> Row:
    return {
        "pncNumber": nomis.pnc_number,
        "pncNumberCanonicalShort": nomis.pnc_number,
        "pncNumberCanonicalLong": _long_pnc(nomis.pnc_number),
        "croNumber": nomis.cro_number,
        "bookingId": None if nomis.booking_id is None else str(nomis.booking_id),
        "bookNumber": nomis.book_number,
        "title": nomis.title,
        "firstName": nomis.first_name,
        "middleNames": nomis.middle_names,
        "lastName": nomis.last_name,
        "dateOfBirth": _day(nomis.date_of_birth),
        "gender": nomis.gender,
        "ethnicity": nomis.ethnicity,
        "raceCode": nomis.race_code,
        "youthOffender": nomis.youth_offender,
        "religion": nomis.religion,
        "nationality": nomis.nationality,
    }


def _custody(nomis: InNomis) -> Row:
    agency = AGENCIES.get(nomis.prison_id or "")
    name = agency.description if agency else None
    return {
        "status": nomis.status,
        "lastMovementTypeCode": nomis.movement_type,
        "lastMovementReasonCode": nomis.movement_reason,
        "lastMovementDate": _day(nomis.movement_date),
        "inOutStatus": nomis.in_out,
        "prisonId": nomis.prison_id,
        "lastPrisonId": nomis.last_prison_id,
        "prisonName": name,
        "cellLocation": nomis.cell,
        "locationDescription": nomis.location_description or name,
        "receptionDate": _day(nomis.received),
        "lastAdmissionDate": _day(nomis.last_admitted),
    }


def _legal(nomis: InNomis) -> Row:
    status = nomis.imprisonment_status
    return {
        "csra": nomis.csra,
        "category": nomis.category,
        "legalStatus": nomis.legal_status,
        "imprisonmentStatus": status and status.code,
        # An empty description is left out, as every value that NOMIS does not hold.
        "imprisonmentStatusDescription": (status and status.description) or None,
        "convictedStatus": nomis.convicted_status,
        "mostSeriousOffence": nomis.most_serious_offence,
        "recall": nomis.recall,
        "indeterminateSentence": nomis.indeterminate,
    }


def _sentence(sentence: Sentence) -> Row:
    return {
        "sentenceStartDate": _day(sentence.start),
        "releaseDate": _day(sentence.release),
        "confirmedReleaseDate": _day(sentence.confirmed_release),
        "conditionalReleaseDate": _day(sentence.conditional_release),
        "automaticReleaseDate": _day(sentence.automatic_release),
        "sentenceExpiryDate": _day(sentence.expiry),
        "licenceExpiryDate": _day(sentence.licence_expiry),
        "paroleEligibilityDate": _day(sentence.parole_eligibility),
        "tariffDate": _day(sentence.tariff),
        "homeDetentionCurfewEligibilityDate": _day(sentence.curfew_eligibility),
        "homeDetentionCurfewActualDate": _day(sentence.curfew_actual),
        "postRecallReleaseDate": _day(sentence.post_recall_release),
        "nonDtoReleaseDate": _day(sentence.non_dto_release),
        "nonDtoReleaseDateType": sentence.non_dto_release_type,
        "additionalDaysAwarded": sentence.days_added,
    }


def _hospital(nomis: InNomis) -> Row:
    return {
        "restrictedPatient": nomis.restricted_patient,
        "supportingPrisonId": nomis.supporting_prison_id,
        "dischargedHospitalId": nomis.hospital_id,
        "dischargeDate": _day(nomis.discharged),
    }


def _lists(nomis: InNomis) -> Row:
    incentive = nomis.incentive
    return {
        "aliases": [],
        "alerts": [
            {
                "alertType": alert.type,
                "alertCode": alert.code,
                "active": alert.active,
                "expired": not alert.active,
            }
            for alert in nomis.alerts
        ],
        "currentIncentive": incentive
        and {
            "level": {"code": incentive.level.code, "description": incentive.level.description},
            "dateTime": incentive.given,
            "nextReviewDate": _day(incentive.next_review),
        },
        "identifiers": [_identifier(one) for one in nomis.identifiers] or None,
        "allConvictedOffences": [] if nomis.offences_listed else None,
    }


def _identifier(identifier: Identifier) -> Row:
    written = {
        "type": identifier.type,
        "value": identifier.value,
        "issuedDate": _day(identifier.issued),
        "createdDateTime": identifier.created,
    }
    return {name: value for name, value in written.items() if value is not None}


def _long_pnc(pnc_number: str | None) -> str | None:
    if pnc_number is None:
        return None
    return f"{'20' if pnc_number < '50' else '19'}{pnc_number}"


def _day(value: date | None) -> str | None:
    return None if value is None else value.isoformat()
