"""Makes an index of a spreadsheet: finds the columns by their headers, and keeps what a record is made of."""

import os
import stat
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import IO, Any

from upstreams.delius.crn import read_crn
from upstreams.delius.extract.index import IndexWriter
from upstreams.delius.extract.report import Broken, BrokenExtract, Report
from upstreams.delius.extract.row import HEADERS, LATER
from upstreams.delius.extract.spreadsheet import Texts, rows
from upstreams.identifiers import read_noms_number
from upstreams.reading import Unreadable

MOST_CHARACTERS = 200
"""Of a cell. A longer one is kept as one that cannot be read."""
TOO_LONG = False


def read(path: Path, index: IO[bytes]) -> Report:
    """Write the index of a file and return what came of it; it is not to be used where the file is broken."""
    try:
        # A pipe that nobody writes would be waited for.
        with os.fdopen(os.open(path, os.O_RDONLY | os.O_NONBLOCK), "rb") as source:
            return _read(source, index)
    except BrokenExtract as error:
        return Report(broken=error.broken, missing=error.missing)
    except MemoryError:
        return Report(broken=Broken.TOO_LARGE)
    except OSError:
        return Report(broken=Broken.UNREADABLE)


def _read(source: IO[bytes], index: IO[bytes]) -> Report:
    before = os.fstat(source.fileno())
    if not stat.S_ISREG(before.st_mode):
        raise BrokenExtract(Broken.UNREADABLE)
    with closing(rows(source)) as texts:
        report = index_of(texts, index, modified_ns=before.st_mtime_ns)
    after = os.fstat(source.fileno())
    if (before.st_mtime_ns, before.st_size) != (after.st_mtime_ns, after.st_size):
        # Written over where it lies: what was read may be of both.
        raise BrokenExtract(Broken.CHANGED)
    if not report.rows + report.doubled:
        # To answer of everybody that Delius has them not would be a guess.
        raise BrokenExtract(Broken.NO_ROWS)
    return report


def index_of(texts: Iterator[Texts], index: IO[bytes], *, modified_ns: int = 0) -> Report:
    """Write the index of these rows, the first of which has the headers. Raises `BrokenExtract`."""
    header = next((row for row in texts if any(map(_kept, row))), ())
    places, width = _places(header), len(header)
    writer, without_number, malformed_number, shifted = IndexWriter(index), 0, 0, 0
    for row in texts:
        cells = [None if place is None or place >= len(row) else _kept(row[place]) for place in places]
        written, crn, *_ = cells
        if written is None:
            without_number += any(map(_kept, row))
        elif (number := read_noms_number(written)) is None:
            malformed_number += 1
        elif len(row) < width or any(map(_kept, row[width:])):
            # A cell is missing, or a comma was one of a text: which cell is which cannot be told.
            shifted += 1
            writer.add_unreadable(number)
        else:
            _add(writer, number, crn, cells)
    try:
        tables, found, doubled = writer.finish()
    except OSError as error:
        raise BrokenExtract(Broken.TOO_LARGE) from error
    return Report(
        tables=tables,
        modified_ns=modified_ns,
        rows=found,
        doubled=doubled,
        without_number=without_number,
        malformed_number=malformed_number,
        shifted=shifted,
    )


def _add(writer: IndexWriter, number: str, crn: object, cells: Sequence[Any]) -> None:
    try:
        writer.add(number, _readable(crn), [number, *cells[1:]])
    except OSError as error:
        raise BrokenExtract(Broken.TOO_LARGE) from error


def _readable(crn: object) -> str | None:
    try:
        return read_crn(crn)
    except Unreadable:
        return None


def _places(header: Texts) -> list[int | None]:
    """Return where the columns are that are kept. One that is not there once cannot be told."""
    written = [(text or "").strip().casefold() for text in header]
    count = Counter(written)
    times = {name: count[words.casefold()] for name, words in HEADERS.items()}
    wrong = tuple(
        HEADERS[name] for name, found in times.items() if found > 1 or (found == 0 and name not in LATER)
    )
    if wrong:
        raise BrokenExtract(Broken.HEADERS, wrong)
    return [written.index(words.casefold()) if times[name] else None for name, words in HEADERS.items()]


def _kept(written: str | None) -> str | bool | None:
    """Return a cell as it is kept: a blank one is empty."""
    text = written and written.strip()
    if not text:
        return None
    return text if len(text) <= MOST_CHARACTERS else TOO_LONG
