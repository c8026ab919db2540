"""Writes a Delius record with every field that the services share; `twins.serialising` leaves some out."""

from datetime import date
from typing import Any

from twins.people import Coded, InDelius, OffenderManager
from twins.registration_bodies import mappa_detail

Body = dict[str, Any]

INDEXED = date(2025, 1, 6)


def offender_detail(record: InDelius) -> Body:
    """Return the OffenderDetail of one record, as the Community API writes it."""
    return {
        "offenderId": record.offender_id,
        "title": record.title,
        "firstName": record.first_name,
        "middleNames": list(record.middle_names),
        "surname": record.surname,
        "dateOfBirth": day(record.date_of_birth),
        "gender": record.gender,
        "otherIds": {
            "crn": record.crn,
            "pncNumber": record.pnc_number,
            "nomsNumber": record.noms_number,
            "mostRecentPrisonerNumber": record.prisoner_number,
        },
        "contactDetails": {"allowSMS": record.allow_sms},
        "offenderProfile": {"ethnicity": record.ethnicity, "riskColour": record.risk_colour},
        "offenderManagers": [_manager(manager) for manager in record.managers],
        "softDeleted": record.soft_deleted,
        "currentDisposal": "1" if record.active_sentence else "0",
        "partitionArea": "National Data",
        "currentRestriction": record.restriction,
        "restrictionMessage": record.restriction_message,
        "currentExclusion": record.exclusion,
        "exclusionMessage": record.exclusion_message,
        "currentTier": record.tier,
        "activeProbationManagedSentence": record.active_sentence,
    }


def offender_detail_of_2019(record: InDelius) -> Body:
    """Return the same in the form of 2018/19: no tier, no staff codes, and areas of a code and a name."""
    body = offender_detail(record)
    del body["currentTier"], body["activeProbationManagedSentence"]
    for manager, written in zip(record.managers, body["offenderManagers"], strict=True):
        written["staff"] = _names(manager)
        written["probationArea"] = coded(manager.area)
        del written["team"]["localDeliveryUnit"]
    return body


def indexed_detail(record: InDelius) -> Body:
    """Return the row of one record in the search index.

    A row that was indexed early has no past managers, and an area of a code and a name only.
    """
    managers = [manager for manager in record.managers if manager.active or not record.indexed_early]
    detail = offender_detail(record)
    return {
        **detail,
        "otherIds": {**detail["otherIds"], "previousCrn": record.previous_crn},
        "previousSurname": record.previous_surname,
        "offenderManagers": [_indexed(manager, early=record.indexed_early) for manager in managers],
        "age": record.date_of_birth and _years(record.date_of_birth),
        "mappa": mappa_detail(record),
        "probationStatus": {
            "status": "CURRENT" if record.active_sentence else "PREVIOUSLY_KNOWN",
            "preSentenceActivity": False,
            "awaitingPsr": False,
            "inBreach": False,
        },
    }


def all_managers(record: InDelius) -> list[Body]:
    """Return the officers in charge now, those of probation before the one of the prison."""
    officers = [manager for manager in record.managers if manager.active]
    if record.prison_manager is None:
        return [_officer(officer, responsible=True, prison=False) for officer in officers]
    return [
        *(_officer(officer, responsible=False, prison=False) for officer in officers),
        _officer(record.prison_manager, responsible=True, prison=True),
    ]


def resourcing_detail(record: InDelius) -> Body:
    """Return the latest decision on resourcing; only to be asked for where there is one."""
    code, description = ("R", "Retained") if record.resourcing else ("A", "Allocated")
    return {
        "decision": {"date": day(record.resourced), "code": code, "description": description},
        "enhancedResourcing": record.resourcing,
        "relatedConvictionId": record.conviction_id,
    }


def coded(value: Coded | None) -> Body | None:
    """Return a code with its description."""
    return None if value is None else {"code": value.code, "description": value.description}


def day(value: date | None) -> str | None:
    """Return a date as the services write it."""
    return None if value is None else value.isoformat()


def _manager(manager: OffenderManager) -> Body:
    return {
        "partitionArea": "National Data",
        "softDeleted": False,
        "trustOfficer": _names(manager),
        "staff": {"code": manager.staff_code, **_names(manager), "unallocated": manager.unallocated},
        "team": {
            **_team(manager),
            "district": coded(manager.district),
            "borough": coded(manager.borough),
        },
        "probationArea": _area(manager),
        "fromDate": day(manager.since),
        "toDate": day(manager.until),
        "active": manager.active,
        "allocationReason": {"code": "IN1", "description": "Initial Allocation"},
    }


def _indexed(manager: OffenderManager, *, early: bool) -> Body:
    written = _manager(manager)
    del written["trustOfficer"]
    return {**written, "probationArea": coded(manager.area)} if early else written


def _officer(manager: OffenderManager, *, responsible: bool, prison: bool) -> Body:
    return {
        "staffCode": manager.staff_code,
        "staffId": manager.staff_id,
        "isResponsibleOfficer": responsible,
        "isPrisonOffenderManager": prison,
        "isUnallocated": manager.unallocated,
        "staff": {**_names(manager), "email": manager.email, "phoneNumber": manager.telephone},
        "team": _team(manager),
        "probationArea": _area(manager),
        "fromDate": day(manager.since),
    }


def _names(manager: OffenderManager) -> Body:
    return {"forenames": manager.forenames, "surname": manager.surname}


def _team(manager: OffenderManager) -> Body:
    return {
        "code": manager.team.code,
        "description": manager.team.description,
        "localDeliveryUnit": coded(manager.district),
    }


def _area(manager: OffenderManager) -> Body:
    institution = manager.institution
    return {
        "probationAreaId": manager.area_id,
        "code": manager.area.code,
        "description": manager.area.description,
        "nps": manager.nps,
        "organisation": coded(manager.organisation),
        "institution": institution
        and {
            "institutionId": institution.institution_id,
            "isEstablishment": True,
            "code": institution.code,
            "description": institution.description,
            "nomsPrisonInstitutionCode": institution.prison_id,
        },
    }


def _years(born: date) -> int:
    return INDEXED.year - born.year - ((INDEXED.month, INDEXED.day) < (born.month, born.day))
