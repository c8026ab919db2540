"""The `OffenderDetail` of the Delius API, of 2018/19 and of today (contracts b.1 and b.2).

Older bodies lack `currentTier` and `probationArea.nps`, and write the LDU as `district`.
"""

from datetime import datetime
from typing import Any

import msgspec

from upstreams.identifiers import CRN, normalised, read_noms_number
from upstreams.reading import Unreadable, day, flag, text
from upstreams.records import (
    CodedValue,
    Failure,
    FieldFailure,
    NoRecord,
    OffenderManager,
    ProbationOfficer,
    ProbationRecord,
    ProbationTeam,
    Read,
)


class OtherIds(msgspec.Struct, rename="camel"):
    """Identifiers of the person."""

    crn: Any = None
    noms_number: Any = None


class OffenderDetail(msgspec.Struct, rename="camel"):
    """The keys that we read; everything else is passed over undecoded."""

    other_ids: OtherIds
    date_of_birth: Any = None
    soft_deleted: Any = None
    current_exclusion: Any = None
    current_restriction: Any = None
    current_tier: Any = None
    offender_managers: Any = None


def probation_record(
    detail: OffenderDetail, retrieved_at: datetime, failure: Failure
) -> ProbationRecord | NoRecord:
    """Return the record, values that cannot be read replaced by `failure`; a soft-deleted one is not there.

    Raises `Unreadable` where it cannot be told whether the record is live.
    """
    if flag(detail.soft_deleted) is True:
        return NoRecord.NOT_FOUND
    return ProbationRecord(
        noms_number=read_noms_number(detail.other_ids.noms_number),
        crn=_or_failure(_crn, detail.other_ids.crn, failure),
        date_of_birth=_or_failure(day, detail.date_of_birth, failure),
        excluded=_limits_access(detail.current_exclusion),
        restricted=_limits_access(detail.current_restriction),
        tier=_or_failure(text, detail.current_tier, failure),
        managers=_or_failure(_active_managers, detail.offender_managers, failure),
        retrieved_at=retrieved_at,
    )


def _or_failure(read: Any, written: object, failure: Failure) -> Read[Any]:
    try:
        return read(written)
    except Unreadable:
        return FieldFailure(failure)


def _crn(written: object) -> str | None:
    crn = text(written)
    if crn is not None and not CRN.fullmatch(crn := normalised(crn)):
        raise Unreadable
    return crn


def _limits_access(written: object) -> bool | None:
    # A flag that cannot be read is one that does not say: the record stays closed.
    return written if isinstance(written, bool) else None


def _active_managers(written: object) -> tuple[OffenderManager, ...]:
    """Read the active managers alone: an odd past one takes nothing away."""
    if written is None:
        return ()
    if not isinstance(written, list):
        raise Unreadable
    return tuple(_manager(manager) for manager in map(_object, written) if _is_active(manager))


def _is_active(manager: dict[str, Any]) -> bool:
    return flag(manager.get("active")) is True and flag(manager.get("softDeleted")) is not True


def _manager(written: dict[str, Any]) -> OffenderManager:
    area = _object(written.get("probationArea"))
    return OffenderManager(
        nps=flag(area.get("nps")),
        provider=_coded(area),
        officer=_officer(_object(written.get("staff"))),
        team=_team(_object(written.get("team"))),
        allocated_on=day(written.get("fromDate")),
    )


def _officer(staff: dict[str, Any]) -> ProbationOfficer | None:
    if not staff or flag(staff.get("unallocated")) is True:
        return None
    return ProbationOfficer(
        code=text(staff.get("code")),
        forenames=text(staff.get("forenames")),
        surname=text(staff.get("surname")),
    )


def _team(team: dict[str, Any]) -> ProbationTeam | None:
    if not team:
        return None
    return ProbationTeam(
        code=text(team.get("code")),
        name=text(team.get("description")),
        telephone=text(team.get("telephone")),
        local_delivery_unit=_coded(_object(team.get("localDeliveryUnit") or team.get("district"))),
    )


def _coded(written: dict[str, Any]) -> CodedValue | None:
    code = text(written.get("code"))
    return None if code is None else CodedValue(code, text(written.get("description")))


def _object(written: object) -> dict[str, Any]:
    if written is None:
        return {}
    if not isinstance(written, dict):
        raise Unreadable
    return written
