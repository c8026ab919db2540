"""Writes a Delius record as the Delius API does: what is null or empty is left out, false and 0 stay."""

from datetime import date
from typing import Any

from twins.people import Coded, InDelius, OffenderManager

Body = dict[str, Any]


def offender_detail(record: InDelius) -> Body:
    """Return the OffenderDetail of one record, in the form of 2018/19 where the record is that old."""
    modern = not record.body_of_2019
    body = {
        "offenderId": record.offender_id,
        "title": record.title,
        "firstName": record.first_name,
        "middleNames": list(record.middle_names),
        "surname": record.surname,
        "dateOfBirth": _day(record.date_of_birth),
        "gender": record.gender,
        "otherIds": _non_empty(
            {
                "crn": record.crn,
                "pncNumber": record.pnc_number,
                "nomsNumber": record.noms_number,
                "mostRecentPrisonerNumber": record.prisoner_number,
            }
        ),
        # An object without properties is not empty to the serialiser: it is written.
        "contactDetails": _non_empty({"allowSMS": record.allow_sms}),
        "offenderProfile": _non_empty({"ethnicity": record.ethnicity, "riskColour": record.risk_colour}),
        "offenderManagers": [_manager(manager, modern=modern) for manager in record.managers],
        "softDeleted": record.soft_deleted,
        "currentDisposal": "1" if record.active_sentence else "0",
        "partitionArea": "National Data",
        "currentRestriction": record.restriction,
        "restrictionMessage": record.restriction_message,
        "currentExclusion": record.exclusion,
        "exclusionMessage": record.exclusion_message,
        "currentTier": record.tier if modern else None,
        "activeProbationManagedSentence": record.active_sentence if modern else None,
    }
    return _non_empty(body)


def _manager(manager: OffenderManager, *, modern: bool) -> Body:
    names = {"forenames": manager.forenames, "surname": manager.surname}
    staff = {"code": manager.staff_code, **names, "unallocated": manager.unallocated} if modern else names
    return _non_empty(
        {
            "partitionArea": "National Data",
            "softDeleted": False,
            "trustOfficer": _non_empty(names),
            "staff": _non_empty(staff),
            "team": _team(manager, modern=modern),
            "probationArea": _area(manager, modern=modern),
            "fromDate": _day(manager.since),
            "toDate": _day(manager.until),
            "active": manager.active,
            "allocationReason": {"code": "IN1", "description": "Initial Allocation"},
        }
    )


def _team(manager: OffenderManager, *, modern: bool) -> Body:
    return _non_empty(
        {
            "code": manager.team.code,
            "description": manager.team.description,
            "localDeliveryUnit": _coded(manager.district) if modern else None,
            "district": _coded(manager.district),
            "borough": _coded(manager.borough),
        }
    )


def _area(manager: OffenderManager, *, modern: bool) -> Body:
    area = _coded(manager.area)
    if not modern:
        return area
    organisation = manager.organisation and _coded(manager.organisation)
    return _non_empty(
        {"probationAreaId": manager.area_id, **area, "nps": manager.nps, "organisation": organisation}
    )


def _coded(value: Coded) -> Body:
    return {"code": value.code, "description": value.description}


def _non_empty(values: Body) -> Body:
    return {name: value for name, value in values.items() if value is not None and value not in ("", [])}


def _day(value: date | None) -> str | None:
    return None if value is None else value.isoformat()
