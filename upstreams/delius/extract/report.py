"""What came of reading an extract: counts and reasons, with nothing of a cell in them."""

from datetime import UTC, datetime
from enum import Enum

import msgspec


class Broken(Enum):
    """Why a file cannot be used."""

    UNREADABLE = "unreadable"
    NO_SPREADSHEET = "no_spreadsheet"
    HEADERS = "headers"
    NO_ROWS = "no_rows"
    CHANGED = "changed"
    TOO_LARGE = "too_large"
    TOO_SLOW = "too_slow"
    CRASHED = "crashed"


class Tables(msgspec.Struct, frozen=True):
    """Where an index has its two tables, and how many keys each of them holds."""

    numbers_at: int
    numbers: int
    crns_at: int
    crns: int


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """What one file came to: an index with its tables, or why there is none.

    `rows` are those that can be answered; `doubled` share their number or CRN with another row, and stand for
    nobody; `shifted` have fewer or more cells than the header, and cannot be read. `missing` are the headers
    that are not there once; `modified_ns` is the file's own time.
    """

    broken: Broken | None = None
    missing: tuple[str, ...] = ()
    tables: Tables | None = None
    modified_ns: int = 0
    rows: int = 0
    doubled: int = 0
    without_number: int = 0
    malformed_number: int = 0
    shifted: int = 0

    @property
    def modified(self) -> datetime:
        """Return when the file was written."""
        return datetime.fromtimestamp(self.modified_ns / 1e9, UTC)

    @property
    def counts(self) -> dict[str, int]:
        """Return how many rows there are of each kind."""
        return {
            "held": self.rows,
            "doubled": self.doubled,
            "without_number": self.without_number,
            "malformed_number": self.malformed_number,
            "shifted": self.shifted,
        }


class BrokenExtract(Exception):
    """The file cannot be used."""

    def __init__(self, broken: Broken, missing: tuple[str, ...] = ()) -> None:
        super().__init__(broken.value)
        self.broken = broken
        self.missing = missing
