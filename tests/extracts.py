"""An extract that a test has written, read at once in the test's own process."""

from io import BytesIO
from types import SimpleNamespace

from upstreams.deadline import Deadline
from upstreams.delius.extract.index import Index
from upstreams.delius.extract.reading import read
from upstreams.delius.extract.route import EVERY_PART, Extract, Held

EVER = Deadline(float("inf"))


def read_extract(path):
    """Return what came of a file, and the route that answers from it; None where it is broken."""
    index = BytesIO()
    report = read(path, index)
    if report.broken is not None:
        return report, None
    held = Held(Index(index.getvalue(), report.tables), report.modified)
    return report, Extract(SimpleNamespace(held=held))


async def record_of(path, number, parts=EVERY_PART):
    """Return what a file says of a number."""
    _, extract = read_extract(path)
    return (await extract.probation_by_noms_number([number], parts, EVER))[number]
