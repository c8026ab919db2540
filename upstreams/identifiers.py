"""Identifiers of people and prisons: how they are normalised, and what a well-formed one is.

Patterns: NOMS number, prison-api `OffenderResource`; CRN, hmpps-integration-api `GetPersonService`.
"""

import re
from collections.abc import Sequence
from typing import Any

NOMS_NUMBER = re.compile(r"[A-Z][0-9]{4}[A-Z]{2}")
NOMS_NUMBERS = re.compile(f"(?:{NOMS_NUMBER.pattern},)*+")
CRN = re.compile(r"[A-Z]{1,2}[0-9]{6}")
PRISON_ID = re.compile(r"[A-Z0-9]{3}")

# Agencies of NOMIS that mean "in no prison": released, and on the way between two prisons.
OUT = "OUT"
TRANSFER = "TRN"
NO_PRISON = frozenset({OUT, TRANSFER})


def normalised(identifier: str) -> str:
    """Trim and upper-case an identifier: both systems and callers write it in other cases and padded.

    Only what is ASCII: `ß` in upper case would be the letters of somebody else's number.
    """
    trimmed = identifier.strip()
    return trimmed.upper() if trimmed.isascii() else trimmed


def are_noms_numbers(written: Sequence[Any]) -> bool:
    """Tell at once whether all of these are NOMS numbers as they stand: one by one takes ten times longer."""
    try:
        joined = ",".join(written) + ","
    except TypeError:
        return False
    # As many commas as elements are one behind each, so that none is within.
    return len(joined) == len("A1234BC,") * len(written) and NOMS_NUMBERS.fullmatch(joined) is not None


def read_noms_number(written: object) -> str | None:
    """Return the NOMS number that an upstream wrote, normalised, or None where it is none."""
    if not isinstance(written, str):
        return None
    if NOMS_NUMBER.fullmatch(written):
        return written
    number = normalised(written)
    return number if NOMS_NUMBER.fullmatch(number) else None
