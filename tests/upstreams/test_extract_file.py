"""Files that are no extract are refused by their reason, in bounded memory, with nothing of them told."""

import asyncio
import os
import sys
import zipfile
from contextlib import suppress
from io import BytesIO
from pathlib import Path

import msgspec
import pytest
from openpyxl import Workbook
from waiting import until

from twins.extract import HEADERS, write_csv, write_xlsx
from upstreams.delius.extract.file import ExtractFile
from upstreams.delius.extract.reading import read
from upstreams.delius.extract.report import Broken, Report

ROOT = Path(__file__).parents[2]
ROW = {"CRN": "X100001", "NOMS No": "G4273GI", "Fullname (O)": "Tobias Fenhale", "Tier Cd (OMT)": "B1"}


def workbook(rows):
    file, book = BytesIO(), Workbook()
    for row in rows:
        book.active.append(row)
    book.save(file)
    return file.getvalue()


def csv_of(*lines):
    return "\n".join(lines).encode()


HEADER = ",".join(HEADERS)
COMMAS = "," * (len(HEADERS) - 3)
WHOLE = csv_of(HEADER, f"X100001,,G4273GI{COMMAS}")
CASES = {
    "nothing": (b"", Broken.HEADERS),
    "words": (b"\x00\x01 words", Broken.HEADERS),
    "a page": (b"<html><body>Sign in</body></html>", Broken.HEADERS),
    "an .xlsx under a password": (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), Broken.NO_SPREADSHEET),
    "half an .xlsx": (workbook([HEADERS])[:2000], Broken.NO_SPREADSHEET),
    "a zip of something else": (b"PK\x03\x04" + bytes(2000), Broken.NO_SPREADSHEET),
    "a quotation mark that is never closed": (WHOLE + b'\n"X1,,A0000AA\n', Broken.NO_SPREADSHEET),
    "no text in any encoding": (WHOLE + b"\n\x81\x8d\n", Broken.NO_SPREADSHEET),
    "an .xlsx without the headers": (workbook([["CRN", "NOMS No"], ["X1", "A"]]), Broken.HEADERS),
    "no rows": (csv_of(HEADER), Broken.NO_ROWS),
    "no row with a number": (csv_of(HEADER, "X100001", "X100002,,G42"), Broken.NO_ROWS),
}


@pytest.mark.parametrize(("content", "broken"), CASES.values(), ids=CASES)
def test_what_is_no_extract_is_refused_by_its_reason(tmp_path, content, broken):
    (tmp_path / "extract").write_bytes(content)

    assert read(tmp_path / "extract", BytesIO()).broken is broken


@pytest.mark.parametrize("header", ["NOMS No", "CRN", "MAPPA Levels"])
@pytest.mark.parametrize("times", [0, 2])
def test_a_column_that_is_not_there_once_is_named(tmp_path, header, times):
    others = [one for one in HEADERS if one != header]
    (tmp_path / "extract.csv").write_bytes(csv_of(",".join([*others, *[header] * times]), "X1"))

    report = read(tmp_path / "extract.csv", BytesIO())

    assert (report.broken, report.missing) == (Broken.HEADERS, (header,))


@pytest.mark.parametrize("make", [Path.mkdir, os.mkfifo, lambda _: None], ids=["folder", "pipe", "none"])
def test_what_is_no_file_is_not_waited_for(tmp_path, make):
    make(tmp_path / "extract")

    assert read(tmp_path / "extract", BytesIO()).broken is Broken.UNREADABLE


class WrittenOver(BytesIO):
    """An index during the writing of which the file is written over."""

    def __init__(self, file, content):
        super().__init__()
        self._file, self._content = file, content

    def write(self, written):
        self._file.write_bytes(self._content)
        return super().write(written)


def test_a_file_that_is_written_over_while_it_is_read_is_not_taken(tmp_path):
    file = tmp_path / "extract.csv"
    file.write_bytes(WHOLE)

    report = read(file, WrittenOver(file, WHOLE + b"\nX100002,,G7106UN"))

    assert report.broken is Broken.CHANGED


def test_a_file_that_is_replaced_while_it_is_read_is_read_as_it_was(tmp_path):
    file, new = tmp_path / "extract.csv", tmp_path / "new"
    file.write_bytes(WHOLE)
    new.write_bytes(csv_of(HEADER, f"X100002,,G7106UN{COMMAS}"))

    class Replaced(BytesIO):
        def write(self, written):
            if new.exists():
                new.rename(file)
            return super().write(written)

    index = Replaced()
    report = read(file, index)

    assert (report.broken, report.rows) == (None, 1)
    assert b"G4273GI" in index.getvalue()
    assert b"G7106UN" not in index.getvalue()


async def in_a_process(file, *, megabytes, index_blocks="unlimited"):
    """Return the report of the process that reads a file, with less of its limits than it takes itself."""
    descriptor = os.memfd_create("index")
    limits = f"ulimit -v {megabytes * 1024}; ulimit -f {index_blocks}"
    command = f'{limits}; exec "$0" -m upstreams.delius.extract "$1" "$2"'
    try:
        process = await asyncio.create_subprocess_exec(
            *("sh", "-c", command, sys.executable, str(file), str(descriptor)),
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            cwd=ROOT,
            pass_fds=(descriptor,),
        )
        said, _ = await process.communicate()
    finally:
        os.close(descriptor)
    return msgspec.json.decode(said, type=Report)


SHEET = "xl/worksheets/sheet1.xml"
BEFORE = b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
BOMBS = {
    "a cell": (b'<row r="1"><c r="A1" t="inlineStr"><is><t>', b"A"),
    "rows": (b'<row r="1"><c r="A1" t="str"><v>CRN</v></c></row>', b'<row><c t="str"/></row>'),
    "a cell of many parts": (b'<row r="1"><c r="A1" t="inlineStr"><is>', b"<r><t>A</t></r>"),
}


@pytest.mark.parametrize(("start", "repeated"), BOMBS.values(), ids=BOMBS)
async def test_a_zip_bomb_exhausts_its_reader_alone_and_in_bounded_memory(tmp_path, start, repeated):
    with zipfile.ZipFile(BytesIO(workbook([HEADERS]))) as plain:
        parts = {name: plain.read(name) for name in plain.namelist() if name != SHEET}
    with zipfile.ZipFile(tmp_path / "bomb.xlsx", "w", zipfile.ZIP_DEFLATED, compresslevel=1) as bomb:
        for name, content in parts.items():
            bomb.writestr(name, content)
        with bomb.open(SHEET, "w") as sheet:
            sheet.write(BEFORE + start)
            for _ in range(150):
                sheet.write(repeated * (2**20 // len(repeated)))

    report = await in_a_process(tmp_path / "bomb.xlsx", megabytes=150)

    assert report.broken in {Broken.TOO_LARGE, Broken.NO_SPREADSHEET, Broken.HEADERS}


async def test_an_index_has_a_bound(tmp_path):
    numbers = [f"A{place % 10000:04d}{'ABCDEFGHIJ'[place // 10000]}A" for place in range(30_000)]
    write_csv(tmp_path / "extract.csv", [{**ROW, "CRN": "", "NOMS No": number} for number in numbers])

    report = await in_a_process(tmp_path / "extract.csv", megabytes=200, index_blocks=1000)

    assert report.broken is Broken.TOO_LARGE


@pytest.mark.parametrize("headers", [HEADERS, HEADERS[1:], ("Tobias Fenhale", "G4273GI")])
def test_nothing_of_a_cell_is_in_the_report(tmp_path, headers):
    write_xlsx(tmp_path / "extract.xlsx", [ROW, {**ROW, "NOMS No": "G42"}], headers)

    report = msgspec.json.encode(read(tmp_path / "extract.xlsx", BytesIO())).decode()

    assert [text for text in (*ROW.values(), "G42") if text in report] == []


class Counted:
    def __init__(self):
        self.outcomes = []

    def extract_load(self, report):
        self.outcomes.append(report.broken)


async def test_whoever_asks_while_a_new_file_is_read_is_answered_from_one_of_both(tmp_path):
    file, counted = tmp_path / "extract.csv", Counted()
    write_csv(file, [ROW])

    async with ExtractFile(file, counted).watched() as extract:
        before = extract.held
        write_csv(file, [{**ROW, "NOMS No": "G7106UN"}])
        await until(lambda: len(counted.outcomes) == 2)

    assert counted.outcomes == [None, None]
    assert extract.held is not before
    assert [isinstance(held.index.by_noms_number("G4273GI"), bytes) for held in (before, extract.held)] == [
        True,
        False,
    ]


async def test_a_link_that_is_turned_to_another_file_is_followed(tmp_path):
    counted = Counted()
    for name, number in (("one", "G4273GI"), ("other", "G7106UN")):
        write_csv(tmp_path / name, [{**ROW, "NOMS No": number}])
    (tmp_path / "extract").symlink_to("one")

    async with ExtractFile(tmp_path / "extract", counted).watched() as extract:
        (tmp_path / "next").symlink_to("other")
        (tmp_path / "next").rename(tmp_path / "extract")
        await until(lambda: len(counted.outcomes) == 2)

    assert isinstance(extract.held.index.by_noms_number("G7106UN"), bytes)


def readers_of(file):
    """Return the processes that read a file."""
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            if str(file) in (process / "cmdline").read_bytes().decode().split("\0"):
                yield process.name


async def test_its_reader_ends_with_the_gateway(tmp_path):
    # Ten gigabytes of nothing.
    (tmp_path / "extract").touch()
    os.truncate(tmp_path / "extract", 10 * 2**30)

    async def watch():
        async with ExtractFile(tmp_path / "extract", Counted()).watched():
            await asyncio.Event().wait()

    watching = asyncio.create_task(watch())
    await until(lambda: [*readers_of(tmp_path / "extract")])
    watching.cancel()
    await asyncio.gather(watching, return_exceptions=True)

    assert [*readers_of(tmp_path / "extract")] == []
