"""The index of an extract: its rows and two tables of keys in one piece of bytes, looked into where it lies.

It is never loaded into objects: the gateway maps it, and finds a row by halving a table. So taking up a new
one is a moment's work, and 300,000 rows keep neither the garbage collector nor the event loop busy.
"""

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from mmap import mmap
from typing import IO, Any

import msgspec

from upstreams.delius.extract.report import Tables
from upstreams.records import NoRecord

KEY_BYTES = 8
"""The longest CRN; a NOMS number has seven."""
POSITION_BYTES = 4
ENTRY_BYTES = KEY_BYTES + POSITION_BYTES
SEVERAL = 2 ** (8 * POSITION_BYTES) - 1
"""In the place of a position: the key stands for several rows, and so for none."""
UNREADABLE = SEVERAL - 1
"""The same: its one row cannot be read."""


class IndexWriter:
    """Writes the rows as they come, and the tables when all have come.

    Two rows of one number stand for nobody, and so do two numbers of one CRN: one of these is wrong, and
    nobody knows which. By the CRN access is checked, so that a wrong one might show whom it must not.
    """

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self._length = 0
        self._rows = 0
        self._position_of: dict[str, int] = {}
        self._number_of: dict[str, str] = {}

    def add(self, number: str, crn: str | None, row: Sequence[Any]) -> None:
        """Write a row; a CRN that cannot be read leads to nobody."""
        line = msgspec.json.encode(row) + b"\n"
        self._position_of[number] = SEVERAL if number in self._position_of else self._length
        if crn is not None and (other := self._number_of.setdefault(crn, number)) != number:
            self._position_of[number] = self._position_of[other] = SEVERAL
        self._file.write(line)
        self._length += len(line)
        self._rows += 1

    def add_unreadable(self, number: str) -> None:
        """Note that somebody has a row of which nothing else can be told."""
        self._position_of[number] = SEVERAL if number in self._position_of else UNREADABLE

    def finish(self) -> tuple[Tables, int, int]:
        """Write the tables; return them, the number of rows that stand for somebody, and of the others."""
        position_of, number_of = self._position_of, self._number_of
        crns_at = self._length + len(position_of) * ENTRY_BYTES
        tables = Tables(self._length, len(position_of), crns_at, len(number_of))
        self._write_table(position_of.items())
        self._write_table((crn, position_of[number]) for crn, number in number_of.items())
        self._file.flush()
        rows = sum(position < UNREADABLE for position in position_of.values())
        return tables, rows, self._rows - rows

    def _write_table(self, entries: Iterable[tuple[str, int]]) -> None:
        for key, position in sorted(entries):
            self._file.write(_key(key) + position.to_bytes(POSITION_BYTES))


class Index:
    """Finds the line of a row."""

    def __init__(self, content: bytes | mmap, tables: Tables) -> None:
        self._content = content
        self._tables = tables

    def by_noms_number(self, number: str) -> bytes | NoRecord | None:
        """Return the one row of a number, None where it cannot be read."""
        return self._line(number, self._tables.numbers_at, self._tables.numbers)

    def by_crn(self, crn: str) -> bytes | NoRecord | None:
        """Return the one row of a CRN, None where it cannot be read."""
        return self._line(crn, self._tables.crns_at, self._tables.crns)

    def _line(self, key: str, at: int, count: int) -> bytes | NoRecord | None:
        content, wanted = self._content, _key(key)

        def key_at(place: int) -> bytes:
            start = at + place * ENTRY_BYTES
            return content[start : start + KEY_BYTES]

        place = bisect_left(range(count), wanted, key=key_at)
        if place == count or key_at(place) != wanted:
            return NoRecord.NOT_FOUND
        start = at + place * ENTRY_BYTES + KEY_BYTES
        position = int.from_bytes(content[start : start + POSITION_BYTES])
        if position == SEVERAL:
            return NoRecord.AMBIGUOUS
        if position == UNREADABLE:
            return None
        return content[position : content.find(b"\n", position)]


def _key(written: str) -> bytes:
    return written.encode().ljust(KEY_BYTES)
