"""An `OffenderDetail` whose values have their types: it becomes a record in its own place.

It is decoded into classes that hold the keys of the parts asked for alone, under the names that
`ProbationRecord` and what stands in one have for them, and completed by code written for these parts.
"""

from datetime import date
from typing import Any, ClassVar

import msgspec

from upstreams.completion import Complete, completion
from upstreams.delius.crn import read_crn
from upstreams.generated import below
from upstreams.identifiers import CRN
from upstreams.reading import or_failure, trimmed
from upstreams.records import Failure, FieldFailure

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
BY_CRN = frozenset({"crn", "mappa_level", "resourcing", "officer_contacts", "risk"})
"""The parts for which the CRN is read: itself, and those that a further call by it tells."""
UNTOLD = {
    "date_of_birth": None,
    "tier": None,
    "managers": (),
    "resourcing": None,
    "mappa_level": None,
    "officer_contacts": None,
    "risk": None,
}
"""What a record has where it is not asked for, or not told on these routes."""


class OtherIds(msgspec.Struct, rename="camel"):
    """Identifiers of the person."""

    crn: Any = None
    noms_number: Any = None


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


class TypedDetail:
    """The classes of a record with these parts, and what completes one that is not soft-deleted."""

    def __init__(self, parts: frozenset[str], failure: Failure) -> None:
        self._parts = parts
        self._failure = failure
        self.model = self._record_model()
        """What a body or a row is decoded into: once completed, by rights a `ProbationRecord`."""
        self.complete = self._completion()

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
        # What a row has under these names, if anything, is written over.
        ours = ("noms_number", "crn", "retrieved_at", "unreadable")
        return msgspec.defstruct(
            "ProbationRecord",
            [
                ("other_ids", OtherIds),
                *((name, kind, None) for name, kind in told.items()),
                *((name, Any, None) for name in ours),
            ],
            rename=WRITTEN_AS,
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
            rename=WRITTEN_AS,
            namespace=dict.fromkeys({"officer", "team"} - told.keys()),
            gc=False,
        )

    def _completion(self) -> Complete:
        reading = [
            "row.noms_number, row.retrieved_at, row.unreadable, row.crn = number, retrieved_at, False, None"
        ]
        if needs_crn(self._parts):
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
        scope = {
            "FieldFailure": FieldFailure,
            "FAILURE": self._failure,
            "is_crn": CRN.fullmatch,
            "read_crn": read_crn,
            "or_failure": or_failure,
        }
        return completion(self.model, reading, scope)

    def _reading_of_a_manager(self) -> list[str]:
        area = ("code", "description") if "provider" in self._parts else ("code",)
        officer, team = ("code", "forenames", "surname"), ("code", "name", "telephone")
        lines = [
            "one.nps = one.provider = None",
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
                f"    if staff.unallocated is True or {_nothing('staff', *officer)}: one.officer = None",
                *below(trimmed("staff", *officer)),
            ]
        if "team" in self._parts:
            lines += [
                "team = one.team",
                "if team is not None:",
                f"    if {_nothing('team', *team)}: one.team = None",
                *below(trimmed("team", *team)),
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


def needs_crn(parts: frozenset[str]) -> bool:
    """Tell whether the CRN is read of every record: of one that is open to all, the check asks for none."""
    return not BY_CRN.isdisjoint(parts)


def _nothing(of: str, *names: str) -> str:
    return " and ".join(f"{of}.{name} is None" for name in names)
