"""What an extract costs: `python -m bench extract` writes one of 300,000 rows of each kind and takes it up.

Times of the gateway are processor time of its event loop's thread, so that other processes do not count.
"""

import asyncio
import random
import resource
import tempfile
import time
from collections.abc import Iterator
from itertools import product
from pathlib import Path
from string import ascii_uppercase

from twins.extract import Row, row, write_csv, write_xlsx
from twins.sample_people import SAMPLE_PEOPLE
from upstreams.deadline import Deadline
from upstreams.delius.extract.file import ExtractFile
from upstreams.delius.extract.report import Report
from upstreams.delius.extract.route import EVERY_PART, Extract

ROWS = 300_000
ASKED = 1000
TURN_SECONDS = 0.001
WRITERS = {"csv": write_csv, "xlsx": write_xlsx}


def main() -> None:
    """Print a line a kind."""
    print("| file | MB | taken up after | of the reader | its memory | longest turn | 1,000 people |")
    print("| --- | --- | --- | --- | --- | --- | --- |")
    for kind, write in WRITERS.items():
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / f"extract.{kind}"
            write(file, _rows())
            taken_up = asyncio.run(_taken_up(file))
            print(f"| {kind} | {file.stat().st_size / 1e6:.0f} | {taken_up}", flush=True)


def _rows() -> Iterator[Row]:
    """Yield rows in which nothing is said twice that is somebody's own."""
    (record,) = SAMPLE_PEOPLE[0].delius
    chance, sample = random.Random(7), row(record)
    for place, number in enumerate(_numbers()):
        officer = chance.randrange(2000)
        yield {
            **sample,
            "CRN": f"X{place:06d}",
            "PNC No": f"2011/{place:07d}K",
            "NOMS No": number,
            "Fullname (O)": f"Forename{place} Surname{place % 5000}",
            "Offender Manager": f"Surname{officer}, Forename{officer}",
        }


def _numbers() -> Iterator[str]:
    for (one, other), digits in product(product("AB", ascii_uppercase), range(10_000)):
        yield f"{one}{digits:04d}{other}A"
        if (one, other, digits) == ("B", "D", 9_999):
            return


class _Silent:
    def extract_load(self, report: Report) -> None:
        """Nobody counts here."""


async def _taken_up(file: Path) -> str:
    asked, turns = random.Random(7).sample(list(_numbers()), ASKED), list[float]()
    watching = asyncio.create_task(_watch_turns(turns))
    started = time.perf_counter()
    async with ExtractFile(file, _Silent()).watched() as extract:
        report = await extract.report()
        seconds = time.perf_counter() - started
        before = time.thread_time()
        await Extract(extract).probation_by_noms_number(asked, EVERY_PART, Deadline(0))
        of_people = time.thread_time() - before
    watching.cancel()
    assert report.rows == ROWS
    reader = resource.getrusage(resource.RUSAGE_CHILDREN)
    return (
        f"{seconds:.0f} s | {reader.ru_utime:.0f} s | {reader.ru_maxrss / 1000:.0f} MB "
        f"| {max(turns) * 1000:.1f} ms | {of_people * 1000:.0f} ms |"
    )


async def _watch_turns(turns: list[float]) -> None:
    """Note how much of the processor the loop's thread takes between two looks."""
    while True:
        before = time.thread_time()
        await asyncio.sleep(TURN_SECONDS)
        turns.append(time.thread_time() - before)
