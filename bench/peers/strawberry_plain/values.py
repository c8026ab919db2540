"""The types of the schema that only hold values."""

from datetime import date
from enum import Enum

import strawberry


@strawberry.enum
class CustodyStatus(Enum):
    IN_PRISON = "IN_PRISON"
    OUT_TEMPORARILY = "OUT_TEMPORARILY"
    IN_TRANSIT = "IN_TRANSIT"
    IN_HOSPITAL = "IN_HOSPITAL"
    RELEASED = "RELEASED"
    NEVER_BOOKED = "NEVER_BOOKED"
    UNKNOWN = "UNKNOWN"


@strawberry.enum
class TierLevel(Enum):
    A = "A"
    B = "B"
    C = "C"
    D = "D"


@strawberry.enum
class CaseHandlerOrganisation(Enum):
    NPS = "NPS"
    CRC = "CRC"
    UNKNOWN = "UNKNOWN"


@strawberry.enum
class ProbationRecordStatus(Enum):
    FOUND = "FOUND"
    NOT_FOUND = "NOT_FOUND"
    AMBIGUOUS = "AMBIGUOUS"
    MISMATCH = "MISMATCH"
    RESTRICTED = "RESTRICTED"
    FORBIDDEN = "FORBIDDEN"
    UNAVAILABLE = "UNAVAILABLE"


@strawberry.enum
class ProbationRecordWarning(Enum):
    DATE_OF_BIRTH_DIFFERS = "DATE_OF_BIRTH_DIFFERS"
    IDENTITY_UNCHECKED = "IDENTITY_UNCHECKED"
    TIER_NOT_RECORDED = "TIER_NOT_RECORDED"
    TIER_NOT_ASSESSED = "TIER_NOT_ASSESSED"
    TIER_UNRECOGNISED = "TIER_UNRECOGNISED"
    CASE_HANDLER_CONFLICT = "CASE_HANDLER_CONFLICT"
    SEVERAL_ACTIVE_MANAGERS = "SEVERAL_ACTIVE_MANAGERS"


@strawberry.type
class PrisonRef:
    id: strawberry.ID
    name: str | None


@strawberry.type
class CodedValue:
    code: str


@strawberry.type
class Sentence:
    release_date: date | None


@strawberry.type
class Tier:
    level: TierLevel
    code: str


@strawberry.type
class ProbationOfficer:
    forenames: str | None
    surname: str | None


@strawberry.type
class ProbationTeam:
    code: str | None
    name: str | None


@strawberry.type
class CaseHandler:
    organisation: CaseHandlerOrganisation
    officer: ProbationOfficer | None
    team: ProbationTeam | None


@strawberry.type
class ProbationRecord:
    status: ProbationRecordStatus
    warnings: list[ProbationRecordWarning]
