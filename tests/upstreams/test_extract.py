"""The extract: which cell is which, what a row says, and which rows stand for nobody."""

import json
import os
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from extracts import EVER, read_extract, record_of
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import Workbook

from twins.extract import HEADERS, OF_17_COLUMNS, write_csv, write_xlsx
from upstreams.delius.extract.route import EVERY_PART
from upstreams.delius.extract.row import UNREADABLE
from upstreams.records import (
    CodedValue,
    FieldFailure,
    NoRecord,
    OffenderManager,
    ProbationOfficer,
    ProbationTeam,
)

SAMPLE = json.loads((Path(__file__).parents[1] / "contracts" / "delius-extract.rows.json").read_text("utf-8"))
ROWS = [
    {header: text for header, text in zip(SAMPLE["header"], row, strict=True) if text}
    for row in SAMPLE["rows"]
]
TOBIAS = {**ROWS[0], "Birth Dt (O)": "19/03/1985"}
WRITTEN = datetime(2020, 6, 11, 5, 30, tzinfo=UTC)
WRITERS = {"csv": write_csv, "xlsx": write_xlsx}


@pytest.fixture
def told(tmp_path):
    """Return what an extract of this row says of its person."""

    async def tell(*, parts=EVERY_PART, **changes):
        write_csv(tmp_path / "extract.csv", [{**TOBIAS, **changes}])
        return await record_of(tmp_path / "extract.csv", "G4273GI", parts)

    return tell


@pytest.fixture(params=WRITERS)
def write(request, tmp_path):
    """Write an extract of each kind."""

    def written(rows, headers=HEADERS):
        file = tmp_path / f"extract.{request.param}"
        WRITERS[request.param](file, rows, headers)
        return file

    return written


def test_the_twin_writes_the_columns_of_the_sample():
    assert list(OF_17_COLUMNS) == SAMPLE["header"]


EXPECTED = {
    "G4273GI": (
        "X100001",
        "B1",
        2,
        OffenderManager(
            provider=CodedValue("N03", "NPS Wales"),
            officer=ProbationOfficer(forenames="Rhiannon Mai", surname="Trevethick"),
            team=ProbationTeam("N03T01", "Gwent OMU 1", None, CodedValue("WPTGWT", "Gwent LDU")),
        ),
    ),
    "G7106UN": (
        "X100002",
        "C1",
        0,
        OffenderManager(
            provider=CodedValue("C20", "CPA Example Valley"),
            officer=ProbationOfficer(forenames="Piers", surname="Ashgrove"),
            team=ProbationTeam(
                "C20T07", "Example Valley Team 7", None, CodedValue("C20LD1", "Example Valley")
            ),
        ),
    ),
    "G2911VD": (
        "X100003",
        "A2",
        3,
        OffenderManager(
            provider=CodedValue("N07", "NPS London"),
            team=ProbationTeam(
                "N07UAT", "Unallocated Team (N07)", None, CodedValue("N07LN1", "London North")
            ),
        ),
    ),
    "G6640VX": (
        "X100004",
        "D2",
        0,
        OffenderManager(
            provider=CodedValue("N01", "NPS North West"),
            team=ProbationTeam("N01T01", "Trafford Team 1", None, CodedValue("N01TRF", "Trafford")),
        ),
    ),
}


@pytest.mark.parametrize("order", ["as sent", "backwards"])
@pytest.mark.parametrize("dress", [str, str.upper, lambda header: f"  {header.lower()} "])
async def test_the_rows_of_the_sample_are_read_by_their_headers(write, order, dress):
    headers = list(OF_17_COLUMNS) if order == "as sent" else [*reversed(OF_17_COLUMNS)]
    dressed = [{dress(header): text for header, text in row.items()} for row in ROWS]

    file = write(dressed, [dress(header) for header in headers])
    os.utime(file, (WRITTEN.timestamp(), WRITTEN.timestamp()))

    for number, (crn, tier, level, manager) in EXPECTED.items():
        record = await record_of(file, number)
        assert (record.crn, record.tier, record.mappa_level) == (crn, tier, level)
        assert record.managers == (manager,)
        assert (record.noms_number, record.date_of_birth) == (number, None)
        assert (record.excluded, record.restricted, record.unreadable) == (None, None, False)
        assert record.retrieved_at == WRITTEN


async def test_an_empty_cell_shifts_none_that_follows(write):
    row = {header: text for header, text in TOBIAS.items() if header not in ("PNC No", "Tier Cd (OMT)")}

    record = await record_of(write([row, *ROWS[1:]]), "G4273GI")

    assert (record.tier, record.mappa_level, record.date_of_birth) == (None, 2, date(1985, 3, 19))


SHIFTED = {
    "a comma that was one of a text": lambda line: line.replace("Fenhale", "Fen, B", 1),
    "a list that is not quoted": lambda line: line.replace("RHRH", "RHRH,RMRH", 1),
    "an empty cell that is left out": lambda line: line.replace("RHRH,", "", 1),
    "cells that are left out at the end": lambda line: line.rpartition(",")[0],
}


@pytest.mark.parametrize("shift", SHIFTED.values(), ids=SHIFTED)
async def test_of_a_row_that_is_shifted_nothing_is_told_and_nobody_else_is_the_worse_for_it(tmp_path, shift):
    other = {**TOBIAS, "NOMS No": "G7106UN", "CRN": "X100002"}
    lines = [
        ",".join(f"{row.get(header, '')}".replace(",", ";") for header in HEADERS) for row in (TOBIAS, other)
    ]
    changed = shift(lines[0])
    assert changed != lines[0]
    file = tmp_path / "extract.csv"
    file.write_text("\n".join([",".join(HEADERS), changed, lines[1]]), "utf-8")

    assert await record_of(file, "G4273GI") == UNREADABLE
    assert (await record_of(file, "G7106UN")).tier == "B1"
    report, _ = read_extract(file)
    assert report.counts["shifted"] == 1


async def test_numbers_and_dates_of_a_workbook_are_read_as_text(tmp_path):
    book = Workbook()
    book.active.append(HEADERS)
    row = {**TOBIAS, "Tier Cd (OMT)": 1.0, "Team Cd (OfM)": 42, "MAPPA Levels": 2.0}
    row["Birth Dt (O)"] = datetime(1985, 3, 19, 0, 0)  # noqa: DTZ001 - as a cell has it
    row["Team (OfM)"] = True
    book.active.append([row.get(header) for header in HEADERS])
    book.save(tmp_path / "extract.xlsx")

    record = await record_of(tmp_path / "extract.xlsx", "G4273GI")

    assert (record.tier, record.mappa_level, record.date_of_birth) == ("1", 2, date(1985, 3, 19))
    assert (record.managers[0].team.code, record.managers[0].team.name) == ("42", "True")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252"])
async def test_a_csv_is_read_in_the_encodings_that_excel_saves(tmp_path, encoding):
    file = tmp_path / "extract.csv"
    write_csv(file, [{**TOBIAS, "Offender Manager": "Žižek, Zoë"}], encoding=encoding)

    record = await record_of(file, "G4273GI")

    assert record.managers[0].officer == ProbationOfficer(forenames="Zoë", surname="Žižek")


OFFICERS = {
    "Trevethick, Rhiannon Mai": ProbationOfficer(forenames="Rhiannon Mai", surname="Trevethick"),
    "Trevethick": ProbationOfficer(surname="Trevethick"),
    "Trevethick ,": ProbationOfficer(surname="Trevethick"),
    "Unallocated": None,
    "Unallocated, Staff": None,
    "Staff (N03), Unallocated": None,
    "Inactive Staff (N01)": None,
    "": None,
}


@pytest.mark.parametrize(("written", "officer"), OFFICERS.items())
async def test_an_officer_is_a_surname_and_forenames_or_nobody(told, written, officer):
    record = await told(**{"Offender Manager": written})

    assert record.managers[0].officer == officer
    assert record.managers[0].team.code == "N03T01"


async def test_without_officer_provider_or_team_there_is_no_manager(told):
    columns = ("Offender Manager", "Provider Cd (OfM)", "Team (OfM)", "Team Cd (OfM)")

    record = await told(**dict.fromkeys(columns, " "))

    assert record.managers == ()


MAPPA = {
    ("N", ""): 0,
    ("n", "3"): 0,
    ("Y", "2"): 2,
    ("Y", "1,3,Nominal"): 3,
    ("y", " 2 , 1 "): 2,
    ("Y", "Nominal"): None,
    ("Y", "nominal,Nominal"): None,
    ("Y", ""): None,
    ("", "3"): None,
}


@pytest.mark.parametrize(("written", "level"), MAPPA.items())
async def test_the_highest_mappa_level_is_kept_and_nominal_is_none(told, written, level):
    record = await told(**{"MAPPA Y/N": written[0], "MAPPA Levels": written[1]})

    assert (record.mappa_level, record.unreadable) == (level, False)


DAYS = {
    "19/03/1985": date(1985, 3, 19),
    "1/2/1985": date(1985, 2, 1),
    "********": None,
    "": None,
}


@pytest.mark.parametrize(("written", "day"), DAYS.items())
async def test_a_date_of_birth_is_day_first_or_withheld(told, written, day):
    assert (await told(**{"Birth Dt (O)": written})).date_of_birth == day


ODD = [
    ("Birth Dt (O)", "31/02/1985", "date_of_birth"),
    ("Birth Dt (O)", "03/19/1985", "date_of_birth"),
    ("Birth Dt (O)", "1985-03-19", "date_of_birth"),
    ("Birth Dt (O)", "31125", "date_of_birth"),
    ("MAPPA Y/N", "X", "mappa_level"),
    ("MAPPA Levels", "2,4", "mappa_level"),
    ("MAPPA Levels", "M2", "mappa_level"),
    ("CRN", "100001", "crn"),
    ("Tier Cd (OMT)", "B" * 201, "tier"),
    ("Offender Manager", "O" * 201, "managers"),
    ("LDU Cd (OfM)", "L" * 201, "managers"),
]


@pytest.mark.parametrize(("column", "written", "part"), ODD)
async def test_an_odd_value_fails_its_own_part(told, column, written, part):
    plain, odd = await told(), await told(**{column: written})

    parts = ("crn", "tier", "managers", "mappa_level", "date_of_birth")
    assert isinstance(getattr(odd, part), FieldFailure)
    assert odd.unreadable is (part != "date_of_birth")
    for other in parts:
        if other != part:
            assert getattr(odd, other) == getattr(plain, other)


@pytest.mark.parametrize(("column", "written", "part"), ODD)
async def test_an_odd_value_that_is_not_asked_for_fails_nothing(told, column, written, part):
    asked = {"tier", "provider"} | ({"managers"} if part != "managers" else set())

    record = await told(parts=frozenset(asked - {part}), **{column: written})

    assert record.unreadable is (part == "crn")


async def test_a_number_is_matched_whatever_its_case_and_padding(told):
    assert (await told(**{"NOMS No": " g4273gi "})).crn == "X100001"


X, Y = "X100001", "X100002"
A, B = "G4273GI", "G7106UN"
DOUBLES = {
    "one number, two CRNs": ([(X, A), (Y, A)], {A: "AMBIGUOUS", X: "AMBIGUOUS", Y: "AMBIGUOUS"}),
    "a row twice": ([(X, A), (X, A)], {A: "AMBIGUOUS", X: "AMBIGUOUS"}),
    "one CRN, two numbers": ([(X, A), (X, B)], {A: "AMBIGUOUS", B: "AMBIGUOUS", X: "AMBIGUOUS"}),
    "one of both without a number": ([(X, A), (X, "")], {A: X, X: X}),
    "one of both with a malformed one": ([(X, A), (Y, "G4273")], {A: X, X: X, Y: "NOT_FOUND"}),
    "two without a CRN": ([("", A), ("", B)], {A: None, B: None}),
}


@pytest.mark.parametrize(("pairs", "expected"), DOUBLES.values(), ids=DOUBLES)
async def test_rows_that_share_a_number_or_a_crn_stand_for_nobody(write, pairs, expected):
    rows = [{**TOBIAS, "CRN": crn, "NOMS No": number} for crn, number in pairs]

    _, extract = read_extract(write([*rows, {**ROWS[2]}]))

    for key, outcome in expected.items():
        if key.startswith("X"):
            found = await extract.probation_by_crn(key, EVER, user=None)
        else:
            found = (await extract.probation_by_noms_number([key], EVERY_PART, EVER))[key]
        assert (found.value if isinstance(found, NoRecord) else found.crn) == outcome


async def test_by_crn_the_whole_record_is_answered(write):
    _, extract = read_extract(write([TOBIAS, *ROWS[1:]]))

    record = await extract.probation_by_crn("X100001", EVER, user=None)

    assert [record] == list((await extract.probation_by_noms_number(["G4273GI"], EVERY_PART, EVER)).values())
    assert await extract.probation_by_crn("X999999", EVER, user=None) is NoRecord.NOT_FOUND


numbers = st.sampled_from([f"A000{i}AA" for i in range(8)])
crns = st.sampled_from([None, *(f"X00000{i}" for i in range(8))])


@given(st.lists(st.tuples(crns, numbers), min_size=1, max_size=12))
async def test_only_a_row_that_shares_neither_number_nor_crn_is_answered(tmp_path_factory, pairs):
    file = tmp_path_factory.mktemp("extract") / "extract.csv"
    write_csv(file, [{**TOBIAS, "CRN": crn or "", "NOMS No": number} for crn, number in pairs])
    alone = {
        number: crn
        for place, (crn, number) in enumerate(pairs)
        if not any(
            number == other or (crn is not None and crn == another)
            for at, (another, other) in enumerate(pairs)
            if at != place
        )
    }

    report, extract = read_extract(file)
    answers = await extract.probation_by_noms_number([f"A000{i}AA" for i in range(9)], EVERY_PART, EVER)

    assert (report.rows, report.doubled) == (len(alone), len(pairs) - len(alone))
    expected = dict.fromkeys(answers, "NOT_FOUND")
    expected |= {number: "AMBIGUOUS" for _, number in pairs}
    assert {
        number: answer.value if isinstance(answer, NoRecord) else answer.crn
        for number, answer in answers.items()
    } == expected | alone
