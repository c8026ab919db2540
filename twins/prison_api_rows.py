"""Writes a constructed person in each of the ways of the Prison API (prison-api `InmateDetail` and the like).

A value that NOMIS does not hold is left out, as upstream. What Prisoner Search derives from an `InmateDetail`
stands here where it takes it from (hmpps-prisoner-search `Prisoner.translate`).
"""

from datetime import date
from typing import Any

from twins.agencies import AGENCIES, OUTSIDE
from twins.people import Alert, Identifier, InNomis, Person, Sentence

Row = dict[str, Any]


def number_of(person: Person, nomis: InNomis) -> str:
    """Return the number as NOMIS writes it for this person, odd or not."""
    return nomis.written_number or person.noms_number


def inmate_detail(person: Person, nomis: InNomis, offender_id: int) -> Row:
    """Return the `InmateDetail` of one person: next to nothing for somebody never booked."""
    known = {
        "offenderNo": number_of(person, nomis),
        "offenderId": offender_id,
        "rootOffenderId": offender_id,
        "title": nomis.title,
        "firstName": nomis.first_name,
        "middleName": nomis.middle_names,
        "lastName": nomis.last_name,
        "dateOfBirth": day(nomis.date_of_birth),
        "activeFlag": is_active(nomis),
    }
    return told({**known, **({} if nomis.booking_id is None else _booking_detail(nomis))})


def prisoner_detail(person: Person, nomis: InNomis) -> Row:
    """Return the `PrisonerDetail` of one person."""
    status = nomis.imprisonment_status
    return told(
        {
            "offenderNo": number_of(person, nomis),
            "title": nomis.title,
            "firstName": nomis.first_name,
            "middleNames": nomis.middle_names,
            "lastName": nomis.last_name,
            "dateOfBirth": day(nomis.date_of_birth),
            "gender": nomis.gender,
            "sexCode": nomis.gender and nomis.gender[0],
            "nationalities": nomis.nationality,
            "currentlyInPrison": "Y" if is_active(nomis) else "N",
            "latestBookingId": nomis.booking_id,
            "latestLocationId": nomis.prison_id,
            "latestLocation": nomis.location_description or agency_name(nomis),
            "internalLocation": _full_cell(nomis),
            "pncNumber": nomis.pnc_number,
            "croNumber": nomis.cro_number,
            "convictedStatus": nomis.convicted_status,
            "legalStatus": nomis.legal_status,
            "imprisonmentStatus": status and status.code,
            "imprisonmentStatusDesc": (status and status.description) or None,
            "receptionDate": day(nomis.received),
            "currentWorkingFirstName": nomis.first_name,
            "currentWorkingLastName": nomis.last_name,
            "currentWorkingBirthDate": day(nomis.date_of_birth),
        }
    )


def offender_booking(person: Person, nomis: InNomis, *, alerts: bool, category: bool) -> Row:
    """Return the `OffenderBooking` of one person; alerts and category are there for the asking only."""
    status = nomis.imprisonment_status
    return told(
        {
            "bookingId": nomis.booking_id,
            "bookingNo": nomis.book_number,
            "offenderNo": number_of(person, nomis),
            "firstName": nomis.first_name,
            "middleName": nomis.middle_names,
            "lastName": nomis.last_name,
            "dateOfBirth": day(nomis.date_of_birth),
            "agencyId": nomis.prison_id,
            "assignedLivingUnitDesc": _full_cell(nomis),
            "categoryCode": nomis.category if category else None,
            "convictedStatus": nomis.convicted_status,
            "imprisonmentStatus": status and status.code,
            "legalStatus": nomis.legal_status,
            "alertsCodes": [],
            "alertsDetails": [alert.code for alert in nomis.alerts if alert.active] if alerts else [],
        }
    )


def offender_sentence(person: Person, nomis: InNomis) -> Row:
    """Return the `OffenderSentenceDetail` of one person."""
    return told(
        {
            "bookingId": nomis.booking_id,
            "offenderNo": number_of(person, nomis),
            "firstName": nomis.first_name,
            "lastName": nomis.last_name,
            "agencyLocationId": nomis.prison_id,
            "mostRecentActiveBooking": True,
            "sentenceDetail": _sentence_detail(nomis),
            "dateOfBirth": day(nomis.date_of_birth),
            "agencyLocationDesc": (agency_name(nomis) or OUTSIDE.description).upper(),
            "internalLocationDesc": nomis.cell,
        }
    )


def category_assessment(person: Person, nomis: InNomis) -> Row:
    """Return the `Assessment` that is a person's category."""
    return {"bookingId": nomis.booking_id, "offenderNo": number_of(person, nomis), **_category(nomis)}


def told(row: Row) -> Row:
    """Leave out what NOMIS does not hold."""
    return {name: value for name, value in row.items() if value is not None}


def is_active(nomis: InNomis) -> bool:
    """Tell whether the person's booking is an active one."""
    return (nomis.status or "").startswith("ACTIVE")


def agency_name(nomis: InNomis) -> str | None:
    """Return the name of the agency that has the person."""
    agency = AGENCIES.get(nomis.prison_id or "")
    return agency.description if agency else None


def day(value: date | None) -> str | None:
    """Write a date as NOMIS does."""
    return None if value is None else value.isoformat()


def _booking_detail(nomis: InNomis) -> Row:
    return {
        "bookingId": nomis.booking_id,
        "bookingNo": nomis.book_number,
        "religion": nomis.religion,
        **_location(nomis),
        **_person(nomis),
        **_alerts(nomis),
        **_assessments(nomis),
        "identifiers": _identifiers(nomis),
        "sentenceDetail": _sentence_detail(nomis),
        "offenceHistory": _offences(nomis),
        "sentenceTerms": _terms(nomis),
        "aliases": [],
        **_status(nomis),
    }


def _location(nomis: InNomis) -> Row:
    name = agency_name(nomis)
    return {
        "agencyId": nomis.prison_id,
        "assignedLivingUnit": told(
            {"agencyId": nomis.prison_id, "description": nomis.cell, "agencyName": name}
        ),
        "inOutStatus": nomis.in_out,
        "locationDescription": nomis.location_description or name,
        "latestLocationId": nomis.last_prison_id,
        "lastPrisonId": nomis.last_prison_id,
    }


def _person(nomis: InNomis) -> Row:
    youth = None if nomis.youth_offender is None else ("Yes" if nomis.youth_offender else "No")
    profile = (
        ("NAT", "Nationality?", nomis.nationality),
        ("RELF", "Religion", nomis.religion),
        ("YOUTH", "Youth Offender?", youth),
    )
    return {
        "physicalAttributes": told(
            {
                "sexCode": nomis.gender and nomis.gender[0],
                "gender": nomis.gender,
                "raceCode": nomis.race_code,
                "ethnicity": nomis.ethnicity,
            }
        ),
        "physicalCharacteristics": [],
        "profileInformation": [
            {"type": kind, "question": question, "resultValue": value}
            for kind, question, value in profile
            if value is not None
        ],
        "physicalMarks": [],
    }


def _alerts(nomis: InNomis) -> Row:
    active = [alert for alert in nomis.alerts if alert.active]
    return {
        "alertsCodes": sorted({alert.type for alert in active}),
        "activeAlertCount": len(active),
        "inactiveAlertCount": len(nomis.alerts) - len(active),
        "alerts": [_alert(place, alert) for place, alert in enumerate(nomis.alerts, start=1)],
    }


def _alert(place: int, alert: Alert) -> Row:
    return {
        "alertId": place,
        "alertType": alert.type,
        "alertCode": alert.code,
        "expired": not alert.active,
        "active": alert.active,
    }


def _assessments(nomis: InNomis) -> Row:
    assessment = None if nomis.category is None else {"bookingId": nomis.booking_id, **_category(nomis)}
    return {
        "assessments": [] if assessment is None else [assessment],
        "csra": nomis.csra,
        "category": assessment and assessment["classification"],
        "categoryCode": nomis.category,
    }


def _category(nomis: InNomis) -> Row:
    return {
        "classificationCode": nomis.category,
        "classification": f"Cat {nomis.category}",
        "assessmentCode": "CATEGORY",
        "assessmentDescription": "Categorisation",
        "cellSharingAlertFlag": False,
        "assessmentAgencyId": nomis.last_prison_id,
        "assessmentStatus": "A",
    }


def _identifiers(nomis: InNomis) -> list[Row]:
    held = {identifier.type for identifier in nomis.identifiers}
    plain = (("PNC", nomis.pnc_number), ("CRO", nomis.cro_number))
    more = [Identifier(kind, value) for kind, value in plain if value is not None and kind not in held]
    return [
        told(
            {
                "type": identifier.type,
                "value": identifier.value,
                "bookingId": nomis.booking_id,
                "issuedDate": day(identifier.issued),
                "whenCreated": identifier.created,
            }
        )
        for identifier in (*nomis.identifiers, *more)
    ]


def _sentence_detail(nomis: InNomis) -> Row:
    sentence: Sentence = nomis.sentence
    calculated = sentence.conditional_release_calculated
    return told(
        {
            "bookingId": nomis.booking_id,
            "sentenceStartDate": day(sentence.start),
            "sentenceExpiryDate": day(sentence.expiry),
            "licenceExpiryDate": day(sentence.licence_expiry),
            "releaseDate": day(sentence.release),
            "confirmedReleaseDate": day(sentence.confirmed_release),
            "conditionalReleaseDate": day(calculated or sentence.conditional_release),
            "conditionalReleaseOverrideDate": day(sentence.conditional_release if calculated else None),
            "automaticReleaseDate": day(sentence.automatic_release),
            "paroleEligibilityDate": day(sentence.parole_eligibility),
            "tariffDate": day(sentence.tariff),
            "homeDetentionCurfewEligibilityDate": day(sentence.curfew_eligibility),
            "homeDetentionCurfewActualDate": day(sentence.curfew_actual),
            "postRecallReleaseDate": day(sentence.post_recall_release),
            "nonDtoReleaseDate": day(sentence.non_dto_release),
            "nonDtoReleaseDateType": sentence.non_dto_release_type,
            "additionalDaysAwarded": sentence.days_added,
        }
    )


def _offences(nomis: InNomis) -> list[Row]:
    """Return the offences of this booking, and an earlier one's that was the most serious of its own."""
    if nomis.most_serious_offence is None:
        return []
    earlier = {"bookingId": 1, "offenceDescription": "An offence of an earlier booking", "mostSerious": True}
    return [
        earlier,
        {
            "bookingId": nomis.booking_id,
            "offenceDescription": nomis.most_serious_offence,
            "mostSerious": True,
        },
    ]


def _terms(nomis: InNomis) -> list[Row] | None:
    if nomis.indeterminate is None:
        return None
    earlier = {"bookingId": 1, "lifeSentence": True}
    own = {"bookingId": nomis.booking_id, "lifeSentence": nomis.indeterminate}
    return [earlier, own] if nomis.sentence.start is not None else []


def _status(nomis: InNomis) -> Row:
    status = nomis.imprisonment_status
    return {
        "status": nomis.status,
        "statusReason": "-".join(filter(None, (nomis.movement_type, nomis.movement_reason))) or None,
        "lastMovementTypeCode": nomis.movement_type,
        "lastMovementReasonCode": nomis.movement_reason,
        "legalStatus": nomis.legal_status,
        "recall": nomis.recall,
        "imprisonmentStatus": status and status.code,
        "imprisonmentStatusDescription": (status and status.description) or None,
        "convictedStatus": nomis.convicted_status,
        "receptionDate": day(nomis.received),
    }


def _full_cell(nomis: InNomis) -> str | None:
    return None if nomis.cell is None else f"{nomis.prison_id}-{nomis.cell}"
