"""A row of the extract: which columns are kept, and how their texts become a record (contract e).

The organisation's own columns are not read: they contradict the provider's code in half of the known rows.
"""

import re
from datetime import date, datetime
from typing import Any

import msgspec

from upstreams.delius.crn import read_crn
from upstreams.errors import BadAnswer
from upstreams.reading import Unreadable, or_failure, text
from upstreams.records import (
    CodedValue,
    DeliusRoute,
    FieldFailure,
    OffenderManager,
    ProbationOfficer,
    ProbationRecord,
    ProbationTeam,
    System,
)

HEADERS = {
    "noms_number": "NOMS No",
    "crn": "CRN",
    "tier": "Tier Cd (OMT)",
    "officer": "Offender Manager",
    "provider": "Provider (OfM)",
    "provider_code": "Provider Cd (OfM)",
    "unit": "LDU (OfM)",
    "unit_code": "LDU Cd (OfM)",
    "team": "Team (OfM)",
    "team_code": "Team Cd (OfM)",
    "mappa": "MAPPA Y/N",
    "mappa_levels": "MAPPA Levels",
    "date_of_birth": "Birth Dt (O)",
}
"""The headers of the columns that are kept, in the order in which a row keeps them."""
LATER = frozenset({"date_of_birth"})
"""What files of before August 2019 lack: their dates of birth cannot be compared."""
NO_OFFICER = ("unallocated", "inactive")
DAY = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4})", re.ASCII)
UNREADABLE = BadAnswer(System.DELIUS, DeliusRoute.EXTRACT).failure()


class Row(msgspec.Struct, array_like=True, gc=False):
    """The texts of a row. Null is an empty cell, and whatever is no text one that could not be kept."""

    noms_number: str
    crn: Any
    tier: Any
    officer: Any
    provider: Any
    provider_code: Any
    unit: Any
    unit_code: Any
    team: Any
    team_code: Any
    mappa: Any
    mappa_levels: Any
    date_of_birth: Any


DECODER = msgspec.json.Decoder(Row)


def read_row(line: bytes, parts: frozenset[str], retrieved_at: datetime) -> ProbationRecord:
    """Return the record of a row; of the parts asked for, what cannot be read fails in its place."""
    row = DECODER.decode(line)
    crn = or_failure(read_crn, row.crn, UNREADABLE)
    tier = or_failure(text, row.tier, UNREADABLE) if "tier" in parts else None
    level = or_failure(_mappa_level, row, UNREADABLE) if "mappa_level" in parts else None
    return ProbationRecord(
        noms_number=row.noms_number,
        crn=crn,
        date_of_birth=or_failure(read_day, row.date_of_birth, UNREADABLE)
        if "date_of_birth" in parts
        else None,
        excluded=None,
        restricted=None,
        tier=tier,
        managers=(managers := or_failure(lambda one: _managers(one, parts), row, UNREADABLE)),
        retrieved_at=retrieved_at,
        unreadable=any(isinstance(one, FieldFailure) for one in (crn, tier, level, managers)),
        mappa_level=level,
    )


def read_day(written: object) -> date | None:
    """Read a date, day first; one of asterisks alone is withheld. Raises `Unreadable`."""
    words = text(written)
    if words is None or not words.strip("*"):
        return None
    if (found := DAY.fullmatch(words)) is None:
        raise Unreadable
    day, month, year = map(int, found.groups())
    try:
        return date(year, month, day)
    except ValueError as error:
        raise Unreadable from error


def _managers(row: Row, parts: frozenset[str]) -> tuple[OffenderManager, ...]:
    told = (row.officer, row.provider_code, row.team_code, row.team)
    if "managers" not in parts or told == (None,) * len(told):
        return ()
    return (
        OffenderManager(
            provider=_coded(row.provider_code, row.provider if "provider" in parts else None),
            officer=_officer(row.officer) if "officer" in parts else None,
            team=_team(row, with_unit="local_delivery_unit" in parts) if "team" in parts else None,
        ),
    )


def _officer(written: object) -> ProbationOfficer | None:
    """Read `Surname, Forename`."""
    name = text(written)
    if name is None or any(word in name.casefold() for word in NO_OFFICER):
        return None
    surname, _, forenames = name.partition(",")
    return ProbationOfficer(forenames=text(forenames), surname=text(surname))


def _team(row: Row, *, with_unit: bool) -> ProbationTeam | None:
    code, name = text(row.team_code), text(row.team)
    if code is None and name is None:
        return None
    unit = _coded(row.unit_code, row.unit) if with_unit else None
    return ProbationTeam(code=code, name=name, local_delivery_unit=unit)


def _coded(code: object, description: object) -> CodedValue | None:
    read = text(code)
    return None if read is None else CodedValue(read, text(description))


def _mappa_level(row: Row) -> int | None:
    """Read the highest of the levels; null where it is not said whether there are any, or which."""
    match (text(row.mappa) or "").upper():
        case "":
            return None
        case "N":
            return 0
        case "Y":
            words = [word.strip() for word in (text(row.mappa_levels) or "").split(",")]
            return max(
                (_level(word) for word in words if word.casefold() not in ("", "nominal")), default=None
            )
    raise Unreadable


def _level(word: str) -> int:
    if word not in ("0", "1", "2", "3"):
        raise Unreadable
    return int(word)
