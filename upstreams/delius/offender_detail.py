"""The `OffenderDetail` of the Delius API and its successors (contracts b.1, b.2 and b.5).

Older bodies lack `currentTier` and `probationArea.nps`, and write the LDU as `district`. A body is decoded
into a model that holds the keys of the parts asked for alone, with their types; where a value is not of its
type, it is read again with care, each value by itself.
"""

from datetime import date, datetime
from functools import lru_cache
from typing import Any

import msgspec

from upstreams.identifiers import CRN, normalised, read_noms_number
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


class OtherIds(msgspec.Struct, rename="camel"):
    """Identifiers of the person."""

    crn: Any = None
    noms_number: Any = None


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


class _Coded(msgspec.Struct, rename="camel", gc=False):
    code: str | None = None
    description: str | None = None


class _Area(_Coded, rename="camel", gc=False):
    nps: bool | None = None


class _Staff(msgspec.Struct, rename="camel", gc=False):
    code: str | None = None
    forenames: str | None = None
    surname: str | None = None
    unallocated: bool | None = None


class _Team(_Coded, rename="camel", gc=False):
    telephone: str | None = None


class _TeamWithUnit(_Team, rename="camel", gc=False):
    local_delivery_unit: _Coded | None = None
    district: _Coded | None = None


class Selected:
    """The parts asked for: how a body or a row is decoded, and how it becomes a record.

    A manager's officer, team, and the team's local delivery unit are read where they are asked for, so that
    an odd value of theirs spoils nothing else.
    """

    def __init__(self, parts: frozenset[str], failure: Failure) -> None:
        self._failure = failure
        self._tier, self._managers = "tier" in parts, "managers" in parts
        self._officer, self._team, self._unit = (
            "officer" in parts,
            "team" in parts,
            "local_delivery_unit" in parts,
        )
        keys: list[tuple[str, Any, Any]] = []
        if self._tier:
            keys.append(("current_tier", str | None, None))
        if self._managers:
            keys.append(("offender_managers", list[self._manager_model()] | None, None))  # type: ignore[misc]
        if "mappa_level" in parts:
            keys.append(("mappa", Any, None))
        self._model: type[Any] = msgspec.defstruct(
            "SelectedDetail",
            [
                ("other_ids", OtherIds),
                ("date_of_birth", date | None, None),
                ("soft_deleted", bool | None, None),
                ("current_exclusion", Any, None),
                ("current_restriction", Any, None),
                *keys,
            ],
            rename="camel",
            gc=False,
        )
        self.models: tuple[type[Any], ...] = (self._model, OffenderDetail)
        """What a body or a row may be decoded into, the first that fits."""

    def _manager_model(self) -> type[msgspec.Struct]:
        return msgspec.defstruct(
            "SelectedManager",
            [
                ("active", bool | None, None),
                ("soft_deleted", bool | None, None),
                ("from_date", date | None, None),
                ("probation_area", _Area | None, None),
                *(("staff", _Staff | None, None) for _ in range(self._officer)),
                *(
                    ("team", _TeamWithUnit | None if self._unit else _Team | None, None)
                    for _ in range(self._team)
                ),
            ],
            rename="camel",
            gc=False,
        )

    def record(self, detail: Any, number: str | None, retrieved_at: datetime) -> ProbationRecord | NoRecord:
        """Return the record; a soft-deleted one is not there, and what cannot be read fails in its place.

        `number` is the one that it carries. Raises `Unreadable` where it cannot be told whether the record is
        live.
        """
        if detail.__class__ is not self._model:
            return self._record_with_care(detail, number, retrieved_at)
        if detail.soft_deleted is True:
            return NoRecord.NOT_FOUND
        crn = detail.other_ids.crn
        if crn.__class__ is not str or not CRN.fullmatch(crn):
            crn = or_failure(read_crn, crn, self._failure)
        tier = detail.current_tier if self._tier else None
        return ProbationRecord(
            number,
            crn,
            detail.date_of_birth,
            _limits_access(detail.current_exclusion),
            _limits_access(detail.current_restriction),
            tier.strip() or None if tier else None,
            self._active_managers(detail.offender_managers) if self._managers else (),
            retrieved_at,
            crn.__class__ is FieldFailure,
        )

    def _active_managers(self, managers: Any) -> tuple[OffenderManager, ...]:
        active = [
            self._manager(one)
            for one in managers or ()
            if one.active is True and one.soft_deleted is not True
        ]
        return tuple(active)

    def _manager(self, manager: Any) -> OffenderManager:
        area, nps, provider = manager.probation_area, None, None
        if area is not None:
            nps, provider = area.nps, _coded_value(area)
        return OffenderManager(
            nps,
            provider,
            _typed_officer(manager.staff) if self._officer else None,
            self._team_of(manager.team) if self._team else None,
            manager.from_date,
        )

    def _team_of(self, team: Any) -> ProbationTeam | None:
        if team is None:
            return None
        delivery = None
        if self._unit:
            unit, district = team.local_delivery_unit, team.district
            delivery = None if unit is None else _coded_value(unit)
            if delivery is None and district is not None:
                delivery = _coded_value(district)
        return _typed_team(team, delivery)

    def _record_with_care(
        self, detail: OffenderDetail, number: str | None, retrieved_at: datetime
    ) -> ProbationRecord | NoRecord:
        if flag(detail.soft_deleted) is True:
            return NoRecord.NOT_FOUND
        failure = self._failure
        crn = or_failure(read_crn, detail.other_ids.crn, failure)
        date_of_birth = or_failure(day, detail.date_of_birth, failure)
        tier = or_failure(text, detail.current_tier, failure) if self._tier else None
        managers = or_failure(self._managers_with_care, detail.offender_managers, failure)
        return ProbationRecord(
            noms_number=number,
            crn=crn,
            date_of_birth=date_of_birth,
            excluded=_limits_access(detail.current_exclusion),
            restricted=_limits_access(detail.current_restriction),
            tier=tier,
            managers=managers,
            retrieved_at=retrieved_at,
            unreadable=any(isinstance(one, FieldFailure) for one in (crn, date_of_birth, tier, managers)),
        )

    def _managers_with_care(self, written: object) -> tuple[OffenderManager, ...]:
        """Read the active managers alone: an odd past one takes nothing away."""
        if written is None or not self._managers:
            return ()
        if not isinstance(written, list):
            raise Unreadable
        return tuple(self._manager_with_care(one) for one in map(object_of, written) if _is_active(one))

    def _manager_with_care(self, written: dict[str, Any]) -> OffenderManager:
        area = object_of(written.get("probationArea"))
        return OffenderManager(
            nps=flag(area.get("nps")),
            provider=coded(area),
            officer=_officer(object_of(written.get("staff"))) if self._officer else None,
            team=read_team(object_of(written.get("team")), with_unit=self._unit) if self._team else None,
            allocated_on=day(written.get("fromDate")),
        )


@lru_cache(maxsize=REMEMBERED_SELECTIONS)
def selected(parts: frozenset[str], failure: Failure) -> Selected:
    """Return how these parts are had; the ones used last are remembered."""
    return Selected(parts, failure)


def read_offender(
    body: bytes, parts: frozenset[str], retrieved_at: datetime, failure: Failure
) -> ProbationRecord | NoRecord:
    """Read the body of one person. Raises `Unreadable`."""
    chosen = selected(parts, failure)
    detail = document(body, *chosen.models)
    return chosen.record(detail, number_of(detail), retrieved_at)


def number_of(detail: Any) -> str | None:
    """Return whose record this is, by the number that it carries itself."""
    return read_noms_number(detail.other_ids.noms_number)


def _coded_value(written: _Coded) -> CodedValue | None:
    code, description = written.code, written.description
    if not code or not (code := code.strip()):
        return None
    return CodedValue(code, description.strip() or None if description else None)


def _typed_officer(staff: _Staff | None) -> ProbationOfficer | None:
    if staff is None or staff.unallocated is True:
        return None
    code, forenames, surname = staff.code, staff.forenames, staff.surname
    if code is None and forenames is None and surname is None:
        return None
    return ProbationOfficer(
        code.strip() or None if code else None,
        forenames.strip() or None if forenames else None,
        surname.strip() or None if surname else None,
    )


def _typed_team(team: Any, delivery: CodedValue | None) -> ProbationTeam | None:
    code, name, telephone = team.code, team.description, team.telephone
    if code is None and name is None and telephone is None:
        return None
    return ProbationTeam(
        code.strip() or None if code else None,
        name.strip() or None if name else None,
        telephone.strip() or None if telephone else None,
        delivery,
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
