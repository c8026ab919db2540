"""The states and warnings of the two halves: names that callers rely on."""

from enum import Enum


class PrisonRecordStatus(Enum):
    """How the NOMIS half was had."""

    FOUND = "FOUND"
    FORBIDDEN = "FORBIDDEN"
    UNAVAILABLE = "UNAVAILABLE"


class ProbationRecordStatus(Enum):
    """How the Delius half was had. The first that fits holds, in the order of the contract."""

    FOUND = "FOUND"
    NOT_FOUND = "NOT_FOUND"
    AMBIGUOUS = "AMBIGUOUS"
    MISMATCH = "MISMATCH"
    RESTRICTED = "RESTRICTED"
    FORBIDDEN = "FORBIDDEN"
    UNAVAILABLE = "UNAVAILABLE"


class ProbationRecordWarning(Enum):
    """What is doubtful about a record that was found."""

    DATE_OF_BIRTH_DIFFERS = "DATE_OF_BIRTH_DIFFERS"
    IDENTITY_UNCHECKED = "IDENTITY_UNCHECKED"
    TIER_NOT_RECORDED = "TIER_NOT_RECORDED"
    TIER_NOT_ASSESSED = "TIER_NOT_ASSESSED"
    TIER_UNRECOGNISED = "TIER_UNRECOGNISED"
    CASE_HANDLER_CONFLICT = "CASE_HANDLER_CONFLICT"
    SEVERAL_ACTIVE_MANAGERS = "SEVERAL_ACTIVE_MANAGERS"
    FOUND_BY_MERGED_NUMBER = "FOUND_BY_MERGED_NUMBER"
