"""The rules of the join, over JSON as it is decoded."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from bench.peers.strawberry_plain.values import (
    CaseHandler,
    CaseHandlerOrganisation,
    CustodyStatus,
    ProbationOfficer,
    ProbationRecordStatus,
    ProbationRecordWarning,
    ProbationTeam,
    Tier,
    TierLevel,
)

Row = dict[str, Any]

NOMS_NUMBER = re.compile(r"[A-Z][0-9]{4}[A-Z]{2}")
WRITTEN_TIER = re.compile(r"(?:tier\s*)?U?([A-D])[ _-]?([0-9])?(S)?", re.IGNORECASE | re.ASCII)
NOT_ASSESSED = {"na", "not yet assessed", "missing", "not_supervised"}
NO_PRISON = {"OUT", "TRN"}


@dataclass(frozen=True)
class Half:
    """What Delius has of a person, as far as the caller may see it."""

    status: ProbationRecordStatus
    record: Row | None = None


def text(written: str | None) -> str | None:
    return (written or "").strip() or None


def day(written: str | None) -> date | None:
    return date.fromisoformat(written) if written else None


def noms_number_of(written: Any) -> str | None:
    number = written.strip().upper() if isinstance(written, str) else ""
    return number if NOMS_NUMBER.fullmatch(number) else None


def crn_of(record: Row) -> str | None:
    crn = text(record["otherIds"].get("crn"))
    return crn and crn.upper()


def prisoners_by_number(rows: list[Row]) -> dict[str, Row]:
    people: dict[str, Row] = {}
    for row in rows:
        number = noms_number_of(row.get("prisonerNumber"))
        if number is not None and people.setdefault(number, row) != row:
            message = "two rows of NOMIS contradict each other"
            raise ValueError(message)
    return people


def belongs(row: Row, prison: str) -> bool:
    agency = text(row.get("prisonId"))
    supported = row.get("restrictedPatient") is not False and row.get("supportingPrisonId") == prison
    return agency is None or agency == prison or supported


def custody_status(row: Row) -> CustodyStatus:
    movement, agency = text(row.get("status")), text(row.get("prisonId"))
    if row.get("restrictedPatient"):
        return CustodyStatus.IN_HOSPITAL
    if row.get("bookingId") is None:
        return CustodyStatus.NEVER_BOOKED
    if movement == "ACTIVE IN":
        return CustodyStatus.IN_PRISON
    if movement == "ACTIVE OUT":
        return CustodyStatus.OUT_TEMPORARILY
    if movement == "INACTIVE TRN" or agency == "TRN":
        return CustodyStatus.IN_TRANSIT
    if movement == "INACTIVE OUT" or agency == "OUT":
        return CustodyStatus.RELEASED
    return CustodyStatus.UNKNOWN


def read_tier(record: Row) -> tuple[Tier | None, ProbationRecordWarning | None]:
    words = text(record.get("currentTier"))
    if words is None:
        return None, ProbationRecordWarning.TIER_NOT_RECORDED
    if words.casefold() in NOT_ASSESSED:
        return None, ProbationRecordWarning.TIER_NOT_ASSESSED
    found = WRITTEN_TIER.fullmatch(words)
    if found is None:
        return None, ProbationRecordWarning.TIER_UNRECOGNISED
    letter, digit, unsupervised = found.groups(default="")
    return Tier(level=TierLevel(letter.upper()), code=f"{letter}{digit}{unsupervised}".upper()), None


def active_managers(record: Row) -> list[Row]:
    managers = record.get("offenderManagers") or []
    return [one for one in managers if one.get("active") is True and one.get("softDeleted") is not True]


def latest(managers: list[Row]) -> Row:
    return max(managers, key=lambda one: one.get("fromDate") or "")


def organisation_of(manager: Row) -> tuple[CaseHandlerOrganisation, bool]:
    """Return the organisation, and whether the flag and the provider's letter are at odds."""
    area = manager.get("probationArea") or {}
    letter = {"N": CaseHandlerOrganisation.NPS, "C": CaseHandlerOrganisation.CRC}.get(
        (text(area.get("code")) or "")[:1].upper()
    )
    if (flag := area.get("nps")) is None:
        return letter or CaseHandlerOrganisation.UNKNOWN, False
    by_flag = CaseHandlerOrganisation.NPS if flag else CaseHandlerOrganisation.CRC
    if letter is not None and letter is not by_flag:
        return CaseHandlerOrganisation.UNKNOWN, True
    return by_flag, False


def case_handler_of(record: Row) -> CaseHandler | None:
    managers = active_managers(record)
    if not managers:
        return None
    manager = latest(managers)
    staff, team = manager.get("staff") or {}, manager.get("team") or {}
    officer = None
    if staff and staff.get("unallocated") is not True:
        officer = ProbationOfficer(forenames=text(staff.get("forenames")), surname=text(staff.get("surname")))
    return CaseHandler(
        organisation=organisation_of(manager)[0],
        officer=officer,
        team=ProbationTeam(code=text(team.get("code")), name=text(team.get("description"))) if team else None,
    )


def warnings_of(born: date | None, record: Row | None) -> list[ProbationRecordWarning]:
    if record is None:
        return []
    warnings = []
    known = day(record.get("dateOfBirth"))
    if born is None or known is None:
        warnings.append(ProbationRecordWarning.IDENTITY_UNCHECKED)
    elif born != known:
        warnings.append(ProbationRecordWarning.DATE_OF_BIRTH_DIFFERS)
    if (of_tier := read_tier(record)[1]) is not None:
        warnings.append(of_tier)
    managers = active_managers(record)
    if managers and organisation_of(latest(managers))[1]:
        warnings.append(ProbationRecordWarning.CASE_HANDLER_CONFLICT)
    if len(managers) > 1:
        warnings.append(ProbationRecordWarning.SEVERAL_ACTIVE_MANAGERS)
    return warnings


def is_open(record: Row) -> bool:
    return record.get("currentExclusion") is False and record.get("currentRestriction") is False


def by_number(numbers: Sequence[str], rows: Sequence[Row]) -> list[Half]:
    live: dict[str | None, list[Row]] = {}
    for row in rows:
        if row.get("softDeleted") is not True:
            live.setdefault(noms_number_of(row["otherIds"].get("nomsNumber")), []).append(row)
    halves = []
    for number in numbers:
        match live.get(number, []):
            case []:
                halves.append(Half(ProbationRecordStatus.NOT_FOUND))
            case [record]:
                halves.append(Half(ProbationRecordStatus.FOUND, record))
            case _:
                halves.append(Half(ProbationRecordStatus.AMBIGUOUS))
    return halves
