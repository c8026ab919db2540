"""Reads a spreadsheet as rows of texts, whichever of the two kinds it is: .xlsx, or .csv.

Which one is told by its first bytes and not by its name. Runs in the process that `__main__` is alone.
"""

import codecs
import csv
import io
import warnings
from collections.abc import Generator, Iterator, Sequence
from datetime import date
from typing import IO, Any

from upstreams.delius.extract.report import Broken, BrokenExtract

ZIP = b"PK\x03\x04"
OLD_OR_PROTECTED = b"\xd0\xcf\x11\xe0"
"""What an .xls begins with, and an .xlsx under a password."""
ENCODINGS = ("utf-8-sig", "cp1252")
MOST_COLUMNS = 64
CHUNK = 1 << 20

Texts = Sequence[str | None]


def rows(source: IO[bytes]) -> Generator[Texts, None, None]:
    """Yield the rows of the first sheet. Raises `BrokenExtract` for what is no spreadsheet."""
    beginning = source.read(len(ZIP))
    source.seek(0)
    if beginning == OLD_OR_PROTECTED:
        raise BrokenExtract(Broken.NO_SPREADSHEET)
    try:
        yield from _xlsx(source) if beginning == ZIP else _csv(source)
    except MemoryError:
        raise
    except Exception as error:
        # What a hostile or a broken file makes of its reader has no end of classes.
        raise BrokenExtract(Broken.NO_SPREADSHEET) from error


def _xlsx(source: IO[bytes]) -> Iterator[Texts]:
    # Takes a third of a second, which the gateway's own process has no need to wait for.
    from openpyxl import load_workbook  # noqa: PLC0415

    # Its warnings hold cells' places, and are about what is not read here.
    warnings.simplefilter("ignore")
    book = load_workbook(source, read_only=True, data_only=True, keep_links=False)
    sheet = book.worksheets[0]
    # How large the sheet says it is may be wrong, or made up.
    sheet.reset_dimensions()
    width = 0
    for row in sheet.iter_rows(values_only=True, max_col=MOST_COLUMNS):
        texts = [as_text(value) for value in row]
        # Cells without a value are not there, at the end of a row too; each of the others says where it is.
        width = width or len(texts)
        yield texts + [None] * (width - len(texts))


def _csv(source: IO[bytes]) -> Iterator[Texts]:
    lines = io.TextIOWrapper(source, encoding=_encoding(source), newline="")
    # Strictly: a quotation mark that is never closed would take in what follows.
    try:
        for row in csv.reader(lines, strict=True):
            yield row[:MOST_COLUMNS]
    finally:
        # It would close the source, which is not its own.
        lines.detach()


def _encoding(source: IO[bytes]) -> str:
    """Return the first encoding that the whole file is in. Raises `UnicodeDecodeError`."""
    for encoding in ENCODINGS[:-1]:
        try:
            _decode_all(source, encoding)
        except UnicodeDecodeError:
            continue
        finally:
            source.seek(0)
        return encoding
    return ENCODINGS[-1]


def _decode_all(source: IO[bytes], encoding: str) -> None:
    decoder = codecs.getincrementaldecoder(encoding)()
    while chunk := source.read(CHUNK):
        decoder.decode(chunk)
    decoder.decode(b"", final=True)


def as_text(value: Any) -> str | None:
    """Return a cell's value as text: a date as its day, and a whole number without a point."""
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, date):
        return f"{value:%d/%m/%Y}"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)
