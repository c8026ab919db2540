"""Writes the Delius extract: the spreadsheet with 17 or 18 columns that was sent once a day (contract e)."""

import csv
from collections.abc import Iterable, Sequence
from pathlib import Path

from openpyxl import Workbook

from twins.people import InDelius, OffenderManager, Person

BIRTH = "Birth Dt (O)"
HEADERS = (
    "CRN",
    "PNC No",
    "NOMS No",
    "Fullname (O)",
    "Tier Cd (OMT)",
    "Risk Of Harm Cds",
    "Offender Manager",
    "Organisation Private Ind (OfM)",
    "Organisation (OfM)",
    "Provider (OfM)",
    "Provider Cd (OfM)",
    "LDU (OfM)",
    "LDU Cd (OfM)",
    "Team (OfM)",
    "Team Cd (OfM)",
    "MAPPA Y/N",
    "MAPPA Levels",
    BIRTH,
)
OF_17_COLUMNS = HEADERS[:-1]
WITHHELD = "********"

Row = dict[str, str]
"""The cells of a row by their headers; those that are left out are empty."""


def rows_of(people: Iterable[Person]) -> list[Row]:
    """Return a row for each live record."""
    return [row(record) for person in people for record in person.delius if not record.soft_deleted]


def row(record: InDelius) -> Row:
    """Return the row of a record."""
    birth = record.date_of_birth
    cells = {
        "CRN": record.crn,
        "PNC No": record.pnc_number,
        "NOMS No": record.noms_number,
        "Fullname (O)": f"{record.first_name} {record.surname}",
        "Tier Cd (OMT)": record.tier,
        "Risk Of Harm Cds": "RHRH",
        **_of_manager(max(_active(record), key=lambda one: one.since, default=None)),
        "MAPPA Y/N": "Y" if record.mappa_level else "N",
        "MAPPA Levels": f"{record.mappa_level},Nominal" if record.mappa_level else None,
        BIRTH: WITHHELD if birth is None else f"{birth:%d/%m/%Y}",
    }
    return {header: text for header, text in cells.items() if text is not None}


def write_csv(
    path: Path, rows: Iterable[Row], headers: Sequence[str] = HEADERS, *, encoding: str = "utf-8-sig"
) -> None:
    """Write an extract as Excel saves one as text, in one step, so that nobody reads half of it."""
    new = path.with_suffix(".new")
    with new.open("w", encoding=encoding, newline="") as file:
        writer = csv.DictWriter(file, headers, extrasaction="ignore")
        writer.writeheader()
        writer.writerows(rows)
    new.replace(path)


def write_xlsx(path: Path, rows: Iterable[Row], headers: Sequence[str] = HEADERS) -> None:
    """Write an extract as a workbook, in which empty cells are not there at all."""
    book = Workbook(write_only=True)
    sheet = book.create_sheet("Extract")
    sheet.append(list(headers))
    for cells in rows:
        sheet.append([cells.get(header) for header in headers])
    new = path.with_suffix(".new")
    book.save(new)
    new.replace(path)


def _active(record: InDelius) -> list[OffenderManager]:
    return [manager for manager in record.managers if manager.active]


def _of_manager(manager: OffenderManager | None) -> dict[str, str | None]:
    if manager is None:
        return {}
    officer = "Unallocated" if manager.unallocated else f"{manager.surname}, {manager.forenames}"
    unit = manager.district
    return {
        "Offender Manager": officer,
        # The two columns say in half of all rows something else than the provider's code.
        "Organisation Private Ind (OfM)": "N",
        "Organisation (OfM)": "CRC" if manager.nps else "NPS",
        "Provider (OfM)": manager.area.description,
        "Provider Cd (OfM)": manager.area.code,
        "LDU (OfM)": None if unit is None else unit.description,
        "LDU Cd (OfM)": None if unit is None else unit.code,
        "Team (OfM)": manager.team.description,
        "Team Cd (OfM)": manager.team.code,
    }
