"""The `OffenderDetail` of the Delius API and its successors (contracts b.1, b.2 and b.5).

Older bodies lack `currentTier` and `probationArea.nps`, and write the LDU as `district`. A body is decoded
into a model that holds the keys of the parts asked for alone, with their types; where a value is not of its
type, it is read again with care, each value by itself.
"""

from collections.abc import Callable, Iterator
from datetime import date, datetime
from functools import lru_cache
from operator import attrgetter
from typing import Any, ClassVar, TypeAlias

import msgspec

from upstreams.generated import function
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


WRITTEN_AS = {
    "other_ids": "otherIds",
    "date_of_birth": "dateOfBirth",
    "soft_deleted": "softDeleted",
    "excluded": "currentExclusion",
    "restricted": "currentRestriction",
    "tier": "currentTier",
    "managers": "offenderManagers",
    "allocated_on": "fromDate",
    "area": "probationArea",
    "officer": "staff",
}
"""The keys by our names for them, where they are others."""
UNTOLD = {"tier": None, "managers": (), "resourcing": None, "mappa_level": None, "officer_contacts": None}
"""What a record has where it is not asked for, or not told on these routes."""


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
    """A `ProbationOfficer`, once it is completed."""

    code: str | None = None
    forenames: str | None = None
    surname: str | None = None
    unallocated: bool | None = None

    email: ClassVar[None] = None
    telephone: ClassVar[None] = None


class _Team(msgspec.Struct, rename="camel", gc=False):
    """A `ProbationTeam`, once it is completed."""

    code: str | None = None
    name: str | None = msgspec.field(default=None, name="description")
    telephone: str | None = None

    local_delivery_unit: ClassVar[None] = None


class _TeamWithUnit(msgspec.Struct, rename="camel", gc=False):
    code: str | None = None
    name: str | None = msgspec.field(default=None, name="description")
    telephone: str | None = None
    local_delivery_unit: _Coded | None = None
    district: _Coded | None = None


Complete: TypeAlias = Callable[[Any, str | None, datetime], None]


class Selected:
    """The parts asked for: how a body or a row is decoded, and how it becomes a record.

    A manager's officer, team, and the team's local delivery unit are read where they are asked for, so that
    an odd value of theirs spoils nothing else. What has its types becomes a record in its own place: it is
    decoded into classes that have the names of `ProbationRecord` and of what stands in one, and completed.
    """

    def __init__(self, parts: frozenset[str], failure: Failure) -> None:
        self._failure = failure
        self._tier, self._managers = "tier" in parts, "managers" in parts
        self._officer, self._team, self._unit = (
            "officer" in parts,
            "team" in parts,
            "local_delivery_unit" in parts,
        )
        self._model = self._record_model(tells_mappa="mappa_level" in parts)
        self._complete = self._completion()
        self.models: tuple[type[Any], ...] = (self._model, OffenderDetail)
        """What a body or a row may be decoded into, the first that fits."""

    def record(self, detail: Any, number: str | None, retrieved_at: datetime) -> ProbationRecord | NoRecord:
        """Return the record; a soft-deleted one is not there, and what cannot be read fails in its place.

        `number` is the one that it carries. Raises `Unreadable` where it cannot be told whether the record is
        live.
        """
        if detail.__class__ is not self._model:
            return self._record_with_care(detail, number, retrieved_at)
        if detail.soft_deleted is True:
            return NoRecord.NOT_FOUND
        self._complete(detail, number, retrieved_at)
        record: ProbationRecord = detail
        return record

    def _record_model(self, *, tells_mappa: bool) -> type[Any]:
        told: dict[str, Any] = {}
        if self._tier:
            told["tier"] = str | None
        if self._managers:
            told["managers"] = list[self._manager_model()] | None  # type: ignore[misc]
        if tells_mappa:
            told["mappa"] = Any
        # What the last four hold of a row, if anything, is written over.
        return msgspec.defstruct(
            "ProbationRecord",
            [
                ("other_ids", OtherIds),
                ("date_of_birth", date | None, None),
                ("soft_deleted", bool | None, None),
                ("excluded", Any, None),
                ("restricted", Any, None),
                *((name, kind, None) for name, kind in told.items()),
                *((name, Any, None) for name in ("noms_number", "crn", "retrieved_at", "unreadable")),
            ],
            rename=WRITTEN_AS,
            namespace={name: default for name, default in UNTOLD.items() if name not in told},
            gc=False,
        )

    def _manager_model(self) -> type[Any]:
        told: dict[str, Any] = {}
        if self._officer:
            told["officer"] = _Staff | None
        if self._team:
            told["team"] = _TeamWithUnit | None if self._unit else _Team | None
        return msgspec.defstruct(
            "OffenderManager",
            [
                ("active", bool | None, None),
                ("soft_deleted", bool | None, None),
                ("allocated_on", date | None, None),
                ("area", _Area | None, None),
                *((name, kind, None) for name, kind in told.items()),
                *((name, Any, None) for name in ("nps", "provider")),
            ],
            rename=WRITTEN_AS,
            namespace=dict.fromkeys({"officer", "team"} - told.keys()),
            gc=False,
        )

    def _completion(self) -> Complete:
        """Write out what makes a record of a typed row, for these parts alone."""
        lines = [
            "def complete(row, number, retrieved_at):",
            "    row.noms_number, row.retrieved_at, row.unreadable = number, retrieved_at, False",
            "    crn = row.other_ids.crn",
            "    if crn.__class__ is not str or not is_crn(crn):",
            "        crn = or_failure(read_crn, crn, FAILURE)",
            "        row.unreadable = crn.__class__ is FieldFailure",
            "    row.crn = crn",
            *_said("row", "excluded", "restricted", indent=4),
        ]
        if self._tier:
            lines += _trimmed("row", "tier", indent=4)
        if self._managers:
            lines += [
                "    active = []",
                "    for one in row.managers or ():",
                "        if one.active is True and one.soft_deleted is not True:",
                "            one.nps = one.provider = None",
                "            area = one.area",
                "            if area is not None:",
                *_trimmed("area", "code", "description", indent=16),
                "                one.nps, one.provider = area.nps, area if area.code else None",
                *self._officer_lines(),
                *self._team_lines(),
                "            active.append(one)",
                "    row.managers = active",
            ]
        scope = {
            "FieldFailure": FieldFailure,
            "FAILURE": self._failure,
            "is_crn": CRN.fullmatch,
            "read_crn": read_crn,
            "or_failure": or_failure,
        }
        return function("complete", lines, scope)

    def _officer_lines(self) -> Iterator[str]:
        if self._officer:
            yield "            staff = one.officer"
            yield "            if staff is not None:"
            yield "                if staff.unallocated is True or (staff.code is None and"
            yield "                        staff.forenames is None and staff.surname is None):"
            yield "                    one.officer = None"
            yield from _trimmed("staff", "code", "forenames", "surname", indent=16)

    def _team_lines(self) -> Iterator[str]:
        if self._team:
            yield "            team = one.team"
            yield "            if team is not None:"
            yield "                if team.code is None and team.name is None and team.telephone is None:"
            yield "                    one.team = None"
            yield from _trimmed("team", "code", "name", "telephone", indent=16)
        if self._team and self._unit:
            for unit in ("local_delivery_unit", "district"):
                yield f"                unit = team.{unit}"
                yield "                if unit is not None:"
                yield from _trimmed("unit", "code", "description", indent=20)
                yield f"                    if not unit.code: team.{unit} = None"
            yield "                if team.local_delivery_unit is None:"
            yield "                    team.local_delivery_unit = team.district"

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
    return chosen.record(detail, read_noms_number(number_of(detail)), retrieved_at)


number_of: Callable[[Any], object] = attrgetter("other_ids.noms_number")
"""Whose record this is, by the number that it carries itself."""


def _trimmed(of: str, *names: str, indent: int) -> Iterator[str]:
    """Write out the reading of texts: a blank one is none."""
    for name in names:
        yield f"{' ' * indent}text = {of}.{name}"
        yield f"{' ' * indent}if text is not None: {of}.{name} = text.strip() or None"


def _said(of: str, *flags: str, indent: int) -> Iterator[str]:
    """Write out the reading of the limits of access: a flag that cannot be read is one that does not say."""
    for flag in flags:
        yield f"{' ' * indent}if {of}.{flag} is not False and {of}.{flag} is not True: {of}.{flag} = None"


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
