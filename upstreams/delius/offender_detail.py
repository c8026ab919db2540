"""The `OffenderDetail` of the Delius API and its successors (contracts b.1, b.2 and b.5).

Older bodies lack `currentTier` and `probationArea.nps`, and write the LDU as `district`.
"""

from datetime import datetime
from typing import Any

import msgspec

from upstreams.identifiers import CRN, normalised, read_noms_number
from upstreams.reading import Unreadable, day, document, flag, object_of, or_failure, text
from upstreams.records import (
    CodedValue,
    Failure,
    NoRecord,
    OffenderManager,
    ProbationOfficer,
    ProbationRecord,
    ProbationTeam,
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
    mappa: Any = None
    """Probation Offender Search alone writes it."""


def read_offender(body: bytes, retrieved_at: datetime, failure: Failure) -> ProbationRecord | NoRecord:
    """Read the body of one person. Raises `Unreadable`."""
    return probation_record(document(body, OffenderDetail), retrieved_at, failure)


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
        crn=or_failure(read_crn, detail.other_ids.crn, failure),
        date_of_birth=or_failure(day, detail.date_of_birth, failure),
        excluded=_limits_access(detail.current_exclusion),
        restricted=_limits_access(detail.current_restriction),
        tier=or_failure(text, detail.current_tier, failure),
        managers=or_failure(_active_managers, detail.offender_managers, failure),
        retrieved_at=retrieved_at,
    )


def read_crn(written: object) -> str | None:
    """Read a CRN, normalised. Raises `Unreadable`."""
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
    return tuple(_manager(manager) for manager in map(object_of, written) if _is_active(manager))


def _is_active(manager: dict[str, Any]) -> bool:
    return flag(manager.get("active")) is True and flag(manager.get("softDeleted")) is not True


def _manager(written: dict[str, Any]) -> OffenderManager:
    area = object_of(written.get("probationArea"))
    return OffenderManager(
        nps=flag(area.get("nps")),
        provider=coded(area),
        officer=_officer(object_of(written.get("staff"))),
        team=read_team(object_of(written.get("team"))),
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


def read_team(team: dict[str, Any]) -> ProbationTeam | None:
    """Read a team with its local delivery unit; an empty one is none."""
    if not team:
        return None
    return ProbationTeam(
        code=text(team.get("code")),
        name=text(team.get("description")),
        telephone=text(team.get("telephone")),
        local_delivery_unit=coded(object_of(team.get("localDeliveryUnit") or team.get("district"))),
    )


def coded(written: dict[str, Any]) -> CodedValue | None:
    """Read a code with its description; one without a code is none."""
    code = text(written.get("code"))
    return None if code is None else CodedValue(code, text(written.get("description")))
