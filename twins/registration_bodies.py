"""Writes what somebody is registered for in Delius: MAPPA, and the risk of serious harm."""

from datetime import timedelta
from typing import Any

from twins.people import InDelius, OffenderManager, RoshLevel

Body = dict[str, Any]

# A registration's id, for want of anything better, lies so far from the id of the offender.
_MAPPA_ID, _ROSH_ID, _VICTIM_ID, _FORMER_MAPPA_ID, _FORMER_ROSH_ID = 64894, 64902, 64910, 4894, 4902
_REVIEW_AFTER = timedelta(days=183)
_CATEGORY = {"code": "M1", "description": "MAPPA Cat 1"}
_ROSH = {
    RoshLevel.LOW: ("RLRH", "Low RoSH", "Green"),
    RoshLevel.MEDIUM: ("RMRH", "Medium RoSH", "Amber"),
    RoshLevel.HIGH: ("RHRH", "High RoSH", "Red"),
    RoshLevel.VERY_HIGH: ("RVRH", "Very High RoSH", "Red"),
}


def registrations(record: InDelius, *, active_only: bool) -> Body:
    """Return the registrations of one record, those that have ended first unless only active ones count."""
    active = [*_mappa(record), *_rosh(record), *_victim(record)]
    return {"registrations": active if active_only else [*_ended(record), *active]}


def mappa_detail(record: InDelius) -> Body | None:
    """Return the MAPPA registration in the form of the search index and of the case records."""
    if record.mappa_level is None:
        return None
    return {
        "level": record.mappa_level,
        "levelDescription": _level(record.mappa_level)["description"],
        "category": 1,
        "categoryDescription": _CATEGORY["description"],
        "startDate": record.registered.isoformat(),
        "reviewDate": (record.registered + _REVIEW_AFTER).isoformat(),
    }


def rosh_detail(record: InDelius) -> Body | None:
    """Return the risk of serious harm in the form of the case records."""
    if record.rosh is None:
        return None
    return {"startDate": record.registered.isoformat(), "level": record.rosh.value}


def _level(level: int) -> Body:
    return {"code": f"M{level}", "description": f"MAPPA Level {level}"}


def _ended(record: InDelius) -> list[Body]:
    end = {
        "active": False,
        "startDate": (record.registered - 2 * _REVIEW_AFTER).isoformat(),
        "nextReviewDate": None,
        "endDate": record.registered.isoformat(),
        "deregisteringTeam": _team(record),
        "numberOfPreviousDeregistrations": 1,
    }
    ended = []
    if record.former_mappa_level is not None:
        ended.append({**_mappa_of(record, record.former_mappa_level, _FORMER_MAPPA_ID), **end})
    if record.former_rosh is not None:
        ended.append({**_rosh_of(record, record.former_rosh, _FORMER_ROSH_ID), **end})
    return ended


def _mappa(record: InDelius) -> list[Body]:
    return [] if record.mappa_level is None else [_mappa_of(record, record.mappa_level, _MAPPA_ID)]


def _rosh(record: InDelius) -> list[Body]:
    return [] if record.rosh is None else [_rosh_of(record, record.rosh, _ROSH_ID)]


def _mappa_of(record: InDelius, level: int, distance: int) -> Body:
    manager = _manager(record)
    return {
        **_registration(record, distance),
        "register": {"code": "5", "description": "Public Protection"},
        "type": {"code": "MAPP", "description": "MAPPA"},
        "riskColour": "Red",
        "nextReviewDate": (record.registered + _REVIEW_AFTER).isoformat(),
        "reviewPeriodMonths": 6,
        "registeringOfficer": manager
        and {
            "code": manager.staff_code,
            "forenames": manager.forenames,
            "surname": manager.surname,
            "unallocated": manager.unallocated,
        },
        "registeringProbationArea": manager
        and {"code": manager.area.code, "description": manager.area.description},
        "registerLevel": _level(level),
        "registerCategory": _CATEGORY,
        "numberOfPreviousDeregistrations": 0,
    }


def _rosh_of(record: InDelius, level: RoshLevel, distance: int) -> Body:
    code, description, colour = _ROSH[level]
    return {
        **_registration(record, distance),
        "register": {"code": "1", "description": "RoSH"},
        "type": {"code": code, "description": description},
        "riskColour": colour,
        "numberOfPreviousDeregistrations": 1,
    }


def _victim(record: InDelius) -> list[Body]:
    if not record.vlo:
        return []
    return [
        {
            **_registration(record, _VICTIM_ID),
            "register": {"code": "5", "description": "Public Protection"},
            "type": {"code": "INVI", "description": "Victim Contact"},
            "riskColour": "White",
            "numberOfPreviousDeregistrations": 0,
        }
    ]


def _registration(record: InDelius, distance: int) -> Body:
    return {
        "registrationId": record.offender_id + distance,
        "offenderId": record.offender_id,
        "startDate": record.registered.isoformat(),
        "registeringTeam": _team(record),
        "warnUser": False,
        "active": True,
    }


def _team(record: InDelius) -> Body | None:
    manager = _manager(record)
    if manager is None:
        return None
    return {"code": manager.team.code, "description": manager.team.description}


def _manager(record: InDelius) -> OffenderManager | None:
    return next(iter(record.managers), None)
