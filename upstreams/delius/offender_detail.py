"""The `OffenderDetail` of the Delius API and its successors (contracts b.1, b.2 and b.5).

Older bodies lack `currentTier` and `probationArea.nps`, and write the LDU as `district`. A body is decoded
into a model that holds the keys of the parts asked for alone, with their types; where a value is not of its
type, it is read again with care, each value by itself.
"""

from collections.abc import Callable
from datetime import datetime
from functools import lru_cache
from operator import attrgetter
from typing import Any

import msgspec

from upstreams.delius.crn import read_crn
from upstreams.delius.typed_detail import OtherIds, TypedDetail, needs_crn
from upstreams.identifiers import read_noms_number
from upstreams.reading import (
    REMEMBERED_SELECTIONS,
    Unreadable,
    day,
    document,
    flag,
    object_of,
    or_failure,
    text,
)
from upstreams.records import (
    CodedValue,
    Failure,
    FieldFailure,
    NoRecord,
    OffenderManager,
    ProbationOfficer,
    ProbationRecord,
    ProbationTeam,
)


class OffenderDetail(msgspec.Struct, rename="camel"):
    """All keys that we read, to be read with care."""

    other_ids: OtherIds
    date_of_birth: Any = None
    soft_deleted: Any = None
    current_exclusion: Any = None
    current_restriction: Any = None
    current_tier: Any = None
    offender_managers: Any = None
    mappa: Any = None
    """Probation Offender Search alone writes it."""


class Selected:
    """The parts asked for: how a body or a row is decoded, and how it becomes a record.

    A manager's officer, team, and the team's local delivery unit are read where they are asked for, so that
    an odd value of theirs spoils nothing else.
    """

    def __init__(self, parts: frozenset[str], failure: Failure) -> None:
        self._parts = parts
        self._failure = failure
        self.typed = TypedDetail(parts, failure)
        self.models: tuple[type[Any], ...] = (self.typed.model, OffenderDetail)
        """What a body or a row may be decoded into, the first that fits."""

    def record(self, detail: Any, number: str | None, retrieved_at: datetime) -> ProbationRecord | NoRecord:
        """Return the record; a soft-deleted one is not there, and what cannot be read fails in its place.

        `number` is the one that it carries. Raises `Unreadable` where it cannot be told whether the record is
        live.
        """
        if detail.__class__ is not self.typed.model:
            return self._record_with_care(detail, number, retrieved_at)
        if detail.soft_deleted is True:
            return NoRecord.NOT_FOUND
        self.typed.complete({number: detail}, retrieved_at)
        record: ProbationRecord = detail
        return record

    def read(self, number: str, body: bytes, retrieved_at: datetime) -> ProbationRecord | NoRecord:
        """Read what was answered about this number, which the record may not carry. Raises `Unreadable`."""
        detail = document(body, *self.models)
        carried = number_of(detail)
        if carried != number:
            carried = read_noms_number(carried)
        return self.record(detail, carried, retrieved_at)

    def _record_with_care(
        self, detail: OffenderDetail, number: str | None, retrieved_at: datetime
    ) -> ProbationRecord | NoRecord:
        if flag(detail.soft_deleted) is True:
            return NoRecord.NOT_FOUND
        failure = self._failure
        excluded = _limits_access(detail.current_exclusion)
        restricted = _limits_access(detail.current_restriction)
        crn, date_of_birth, tier = None, None, None
        if needs_crn(self._parts) or not (excluded is False and restricted is False):
            crn = or_failure(read_crn, detail.other_ids.crn, failure)
        if "date_of_birth" in self._parts:
            date_of_birth = or_failure(day, detail.date_of_birth, failure)
        if "tier" in self._parts:
            tier = or_failure(text, detail.current_tier, failure)
        managers = or_failure(self._managers_with_care, detail.offender_managers, failure)
        return ProbationRecord(
            noms_number=number,
            crn=crn,
            date_of_birth=date_of_birth,
            excluded=excluded,
            restricted=restricted,
            tier=tier,
            managers=managers,
            retrieved_at=retrieved_at,
            unreadable=any(isinstance(one, FieldFailure) for one in (crn, tier, managers)),
        )

    def _managers_with_care(self, written: object) -> tuple[OffenderManager, ...]:
        """Read the active managers alone: an odd past one takes nothing away."""
        if written is None or "managers" not in self._parts:
            return ()
        if not isinstance(written, list):
            raise Unreadable
        return tuple(self._manager_with_care(one) for one in map(object_of, written) if _is_active(one))

    def _manager_with_care(self, written: dict[str, Any]) -> OffenderManager:
        parts = self._parts
        area, team = object_of(written.get("probationArea")), None
        if "team" in parts:
            team = read_team(object_of(written.get("team")), with_unit="local_delivery_unit" in parts)
        return OffenderManager(
            nps=flag(area.get("nps")),
            provider=coded(area) if "provider" in parts else coded({"code": area.get("code")}),
            officer=_officer(object_of(written.get("staff"))) if "officer" in parts else None,
            team=team,
            allocated_on=day(written.get("fromDate")),
        )


@lru_cache(maxsize=REMEMBERED_SELECTIONS)
def selected(parts: frozenset[str], failure: Failure) -> Selected:
    """Return how these parts are had; the ones used last are remembered."""
    return Selected(parts, failure)


def reader(
    parts: frozenset[str], failure: Failure
) -> Callable[[str, bytes, datetime], ProbationRecord | NoRecord]:
    """Return what reads, for these parts, the body that was answered about a number."""
    return selected(parts, failure).read


number_of: Callable[[Any], Any] = attrgetter("other_ids.noms_number")
"""Whose record this is, by the number that it carries itself."""


def _limits_access(written: object) -> bool | None:
    # A flag that cannot be read is one that does not say: the record stays closed.
    return written if isinstance(written, bool) else None


def _is_active(manager: dict[str, Any]) -> bool:
    return flag(manager.get("active")) is True and flag(manager.get("softDeleted")) is not True


def _officer(staff: dict[str, Any]) -> ProbationOfficer | None:
    if flag(staff.get("unallocated")) is True:
        return None
    told = [staff.get(key) for key in ("code", "forenames", "surname")]
    if told == [None, None, None]:
        return None
    return ProbationOfficer(*map(text, told))


def read_team(team: dict[str, Any], *, with_unit: bool) -> ProbationTeam | None:
    """Read a team; one of which neither code, name nor telephone is told is none, whatever is asked for."""
    unit = None
    if with_unit:
        unit = coded(object_of(team.get("localDeliveryUnit"))) or coded(object_of(team.get("district")))
    told = [team.get(key) for key in ("code", "description", "telephone")]
    if told == [None, None, None]:
        return None
    code, name, telephone = map(text, told)
    return ProbationTeam(code, name, telephone, unit)


def coded(written: dict[str, Any]) -> CodedValue | None:
    """Read a code with its description; one without a code is none."""
    code = text(written.get("code"))
    return None if code is None else CodedValue(code, text(written.get("description")))
