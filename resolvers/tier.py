"""The tier: what Delius's words for it mean.

Delius answers the description of its reference row, and every service writes it another way (contract b.2,
b.4): `Tier B1`, `A-2`, `D_2`, `UD0`, `UA2S`. Letters beyond D belong to another scale and are never read as
one of these.
"""

import re
from enum import Enum
from functools import lru_cache

import msgspec

from resolvers.states import ProbationRecordWarning
from upstreams.records import FieldFailure, Read

WRITTEN = re.compile(r"(?:tier\s*)?U?([A-D])[ _-]?([0-9])?(S)?", re.IGNORECASE | re.ASCII)
NOT_ASSESSED = frozenset({"na", "not yet assessed", "missing", "not_supervised"})


class TierLevel(Enum):
    """The level of supervision, A the most intensive."""

    A = "A"
    B = "B"
    C = "C"
    D = "D"


class Tier(msgspec.Struct, frozen=True, gc=False):
    """A tier: its letter, its code in one spelling (`B1`, `A2S`), and the change level where there is one."""

    level: TierLevel
    code: str
    change_level: int | None


def read_tier(written: Read[str]) -> tuple[Read[Tier], ProbationRecordWarning | None]:
    """Return the tier, or none with the reason; one that could not be read stays a failure."""
    if isinstance(written, FieldFailure):
        return written, None
    return _tier_of_words(written or "")


@lru_cache(maxsize=1024)
def _tier_of_words(written: str) -> tuple[Tier | None, ProbationRecordWarning | None]:
    """Remembered, because a prison of a thousand people has some twenty tiers."""
    words = written.strip()
    if not words:
        return None, ProbationRecordWarning.TIER_NOT_RECORDED
    if words.casefold() in NOT_ASSESSED:
        return None, ProbationRecordWarning.TIER_NOT_ASSESSED
    found = WRITTEN.fullmatch(words)
    if found is None:
        return None, ProbationRecordWarning.TIER_UNRECOGNISED
    letter, digit, unsupervised = (part and part.upper() for part in found.groups())
    code = f"{letter}{digit or ''}{unsupervised or ''}"
    return Tier(TierLevel(letter), code, int(digit) if digit else None), None
