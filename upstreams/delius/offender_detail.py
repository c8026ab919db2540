"""The `OffenderDetail` of the Delius API and its successors (contracts b.1, b.2 and b.5).

Older bodies lack `currentTier` and `probationArea.nps`, and write the LDU as `district`. A body is decoded
into a model that holds the keys of the parts asked for alone, with their types; where a value is not of its
type, it is read again with care, each value by itself.
"""

from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime
from functools import lru_cache
from operator import attrgetter
from typing import Any, ClassVar, TypeAlias

import msgspec

from upstreams.generated import below, function, trimmed
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
BY_CRN = frozenset({"crn", "mappa_level", "resourcing", "officer_contacts"})
"""The parts for which the CRN is read: itself, and those that a further call by it tells."""
UNTOLD = {
    "date_of_birth": None,
    "tier": None,
    "managers": (),
    "resourcing": None,
    "mappa_level": None,
    "officer_contacts": None,
}
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
    """A `CodedValue`, once it is completed."""

    code: str | None = None
    description: str | None = None


class _Area(msgspec.Struct, rename="camel", gc=False):
    """What tells the organisation, and a `CodedValue` of which nobody asks what it means."""

    code: str | None = None
    nps: bool | None = None

    description: ClassVar[None] = None


class _Provider(msgspec.Struct, rename="camel", gc=False):
    code: str | None = None
    description: str | None = None
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


READ_CRN = (
    "row.crn = crn = row.other_ids.crn",
    "if crn.__class__ is not str or not is_crn(crn):",
    "    row.crn = crn = or_failure(read_crn, crn, FAILURE)",
    "    row.unreadable = crn.__class__ is FieldFailure",
)
Complete: TypeAlias = Callable[[Mapping[Any, Any], datetime], bool]


class Selected:
    """The parts asked for: how a body or a row is decoded, and how it becomes a record.

    A manager's officer, team, and the team's local delivery unit are read where they are asked for, so that
    an odd value of theirs spoils nothing else. What has its types becomes a record in its own place: it is
    decoded into classes that have the names of `ProbationRecord` and of what stands in one, and completed.
    """

    def __init__(self, parts: frozenset[str], failure: Failure) -> None:
        self._parts = parts
        self._failure = failure
        # Of a record that is open to all, nobody else asks for it.
        self._needs_crn = not BY_CRN.isdisjoint(parts)
        self.model = self._record_model()
        """What a body or a row is decoded into where it can be: by rights a `ProbationRecord`."""
        self.complete = self._completion()
        """Makes records of those that are decoded into the model and not soft-deleted, by the numbers that
        they carry; returns whether all are."""
        self.models: tuple[type[Any], ...] = (self.model, OffenderDetail)
        """What a body or a row may be decoded into, the first that fits."""

    def record(self, detail: Any, number: str | None, retrieved_at: datetime) -> ProbationRecord | NoRecord:
        """Return the record; a soft-deleted one is not there, and what cannot be read fails in its place.

        `number` is the one that it carries. Raises `Unreadable` where it cannot be told whether the record is
        live.
        """
        if detail.__class__ is not self.model:
            return self._record_with_care(detail, number, retrieved_at)
        if detail.soft_deleted is True:
            return NoRecord.NOT_FOUND
        self.complete({number: detail}, retrieved_at)
        record: ProbationRecord = detail
        return record

    def _record_model(self) -> type[Any]:
        told: dict[str, Any] = {
            "soft_deleted": bool | None,
            "excluded": bool | None,
            "restricted": bool | None,
        }
        if "date_of_birth" in self._parts:
            told["date_of_birth"] = date | None
        if "tier" in self._parts:
            told["tier"] = str | None
        if "managers" in self._parts:
            told["managers"] = list[self._manager_model()] | None  # type: ignore[misc]
        if "mappa_level" in self._parts:
            told["mappa"] = Any
        ours = {"noms_number": None, "crn": None, "retrieved_at": None, "unreadable": False}
        return msgspec.defstruct(
            "ProbationRecord",
            [
                ("other_ids", OtherIds),
                *((name, kind, None) for name, kind in told.items()),
                *((name, Any, value) for name, value in ours.items()),
            ],
            rename=WRITTEN_AS | _unwritten(ours),
            namespace={name: default for name, default in UNTOLD.items() if name not in told},
            gc=False,
        )

    def _manager_model(self) -> type[Any]:
        told: dict[str, Any] = {"area": _Provider | None if "provider" in self._parts else _Area | None}
        if "officer" in self._parts:
            told["officer"] = _Staff | None
        if "team" in self._parts:
            told["team"] = _TeamWithUnit | None if "local_delivery_unit" in self._parts else _Team | None
        return msgspec.defstruct(
            "OffenderManager",
            [
                ("active", bool | None, None),
                ("soft_deleted", bool | None, None),
                ("allocated_on", date | None, None),
                *((name, kind, None) for name, kind in told.items()),
                *((name, Any, None) for name in ("nps", "provider")),
            ],
            rename=WRITTEN_AS | _unwritten(("nps", "provider")),
            namespace=dict.fromkeys({"officer", "team"} - told.keys()),
            gc=False,
        )

    def _completion(self) -> Complete:
        """Write out what makes records of typed rows, for these parts alone."""
        reading = ["row.noms_number, row.retrieved_at = number, retrieved_at"]
        if self._needs_crn:
            reading += READ_CRN
        else:
            reading += ["if row.excluded is not False or row.restricted is not False:", *below(READ_CRN)]
        if "tier" in self._parts:
            reading += trimmed("row", "tier")
        if "managers" in self._parts:
            reading += [
                "active = []",
                "for one in row.managers or ():",
                "    if one.active is True and one.soft_deleted is not True:",
                *below(below(self._reading_of_a_manager())),
                "        active.append(one)",
                "row.managers = active",
            ]
        lines = [
            "def complete(answers, retrieved_at):",
            "    all_typed = True",
            "    for number, row in answers.items():",
            "        if row.__class__ is ProbationRecord and row.soft_deleted is not True:",
            *below(below(below(reading))),
            "        else:",
            "            all_typed = False",
            "    return all_typed",
        ]
        scope = {
            "ProbationRecord": self.model,
            "FieldFailure": FieldFailure,
            "FAILURE": self._failure,
            "is_crn": CRN.fullmatch,
            "read_crn": read_crn,
            "or_failure": or_failure,
            "NOTHING": (None, None, None),
        }
        return function("complete", lines, scope)

    def _reading_of_a_manager(self) -> list[str]:
        area = ("code", "description") if "provider" in self._parts else ("code",)
        lines = [
            "area = one.area",
            "if area is not None:",
            *below(trimmed("area", *area)),
            "    one.nps = area.nps",
            "    if area.code: one.provider = area",
        ]
        if "officer" in self._parts:
            lines += [
                "staff = one.officer",
                "if staff is not None:",
                "    told = staff.code, staff.forenames, staff.surname",
                "    if staff.unallocated is True or told == NOTHING: one.officer = None",
                *below(trimmed("staff", "code", "forenames", "surname")),
            ]
        if "team" in self._parts:
            lines += [
                "team = one.team",
                "if team is not None:",
                "    if (team.code, team.name, team.telephone) == NOTHING: one.team = None",
                *below(trimmed("team", "code", "name", "telephone")),
            ]
        if {"team", "local_delivery_unit"} <= self._parts:
            for unit in ("local_delivery_unit", "district"):
                lines += [
                    f"    unit = team.{unit}",
                    "    if unit is not None:",
                    *below(below(trimmed("unit", "code", "description"))),
                    f"        if unit.code is None: team.{unit} = None",
                ]
            lines.append("    if team.local_delivery_unit is None: team.local_delivery_unit = team.district")
        return lines

    def _record_with_care(
        self, detail: OffenderDetail, number: str | None, retrieved_at: datetime
    ) -> ProbationRecord | NoRecord:
        if flag(detail.soft_deleted) is True:
            return NoRecord.NOT_FOUND
        failure = self._failure
        excluded, restricted = (
            _limits_access(detail.current_exclusion),
            _limits_access(detail.current_restriction),
        )
        is_open = excluded is False and restricted is False
        crn = None
        if self._needs_crn or not is_open:
            crn = or_failure(read_crn, detail.other_ids.crn, failure)
        tier = or_failure(text, detail.current_tier, failure) if "tier" in self._parts else None
        managers = or_failure(self._managers_with_care, detail.offender_managers, failure)
        date_of_birth = None
        if "date_of_birth" in self._parts:
            date_of_birth = or_failure(day, detail.date_of_birth, failure)
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


def read_offender(
    body: bytes, parts: frozenset[str], retrieved_at: datetime, failure: Failure
) -> ProbationRecord | NoRecord:
    """Read the body of one person. Raises `Unreadable`."""
    chosen = selected(parts, failure)
    detail = document(body, *chosen.models)
    return chosen.record(detail, read_noms_number(number_of(detail)), retrieved_at)


number_of: Callable[[Any], object] = attrgetter("other_ids.noms_number")
"""Whose record this is, by the number that it carries itself."""


def _unwritten(names: Iterable[str]) -> dict[str, str]:
    """Return keys that no service writes, for what is not read as it stands."""
    return {name: f"our {name}" for name in names}


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
