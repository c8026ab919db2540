"""On what, with what, on whom and when it was measured."""

import json
import platform
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from statistics import median

from bench import cores
from bench.full_rows import full_offender, full_prisoner
from bench.people import people, shares
from bench.rounds import Plan, Results
from bench.sides import NODE_PEERS
from bench.workloads import WORKLOADS
from twins.delius_bodies import indexed_detail
from twins.population import Population
from twins.prisoner_rows import rows_of
from twins.serialising import non_empty

REAL_ROWS = "about 3.0 kB and 2.1 kB"
PACKAGES = (
    "strawberry-graphql",
    "graphql-core",
    "starlette",
    "uvicorn",
    "uvloop",
    "httptools",
    "httpx",
    "msgspec",
)


def conditions(plan: Plan, results: Results) -> Iterator[str]:
    """Return a line for each."""
    population = people(plan.people, full=plan.full)
    yield f"- {datetime.now(UTC).date()}, {_processor()}, {platform.system()} {platform.machine()}."
    packages = ", ".join(f"{name} {version(name)}" for name in PACKAGES)
    yield f"- Python {platform.python_version()}; {packages}."
    if any(side.needs_node for side in plan.sides):
        yield f"- Node {_node_version()}; {', '.join(_node_packages())}."
    yield (
        f"- Rounds: {plan.rounds}, of {plan.seconds:g} s a window, the sides in shuffled order; medians, "
        "with least and most."
    )
    if cores.OF_A_SIDE != cores.OF_OTHERS:
        yield "- The side that is measured has a core of its own; the load and the upstreams have the others."
    yield f"- {', '.join(shares(population))}; all constructed."
    yield f"- {results.compared:,} answers were compared before any was timed."
    nomis, delius = _kilobytes(population)
    yield (
        f"- A row of NOMIS has {nomis:.1f} kB and one of Delius {delius:.1f} kB on average; real ones are "
        f"said to have {REAL_ROWS}."
    )
    yield from _upstreams(results)


UPSTREAMS = {
    "probation-search": "The upstreams used",
    "ndh": (
        "By NDH, where the sidecar and the far end of its mutual TLS bound the throughput of fast sides, "
        "they used"
    ),
}


def _upstreams(results: Results) -> Iterator[str]:
    """Say how near the upstreams came to be the limit."""
    for route, words in UPSTREAMS.items():
        found = [
            (median(one.upstream for one in windows), key)
            for key, windows in results.windows.items()
            if WORKLOADS[key[1]].route == route
        ]
        if found:
            share, (projection, workload, side) = max(found)
            load = f"{side}, {workload}, projection {projection}"
            yield f"- {words} {100 * share:.0f} % of a core at most ({load})."


def _kilobytes(population: Population) -> tuple[float, float]:
    rows = [len(_written(full_prisoner(row))) for one in population for row in rows_of(one)]
    records = [
        len(_written(full_offender(non_empty(indexed_detail(record)))))
        for one in population
        for record in one.delius
    ]
    return sum(rows) / len(rows) / 1000, sum(records) / len(records) / 1000


def _written(row: object) -> str:
    return json.dumps(row, separators=(",", ":"))


def _processor() -> str:
    for line in Path("/proc/cpuinfo").read_text("utf-8").splitlines():
        if line.startswith("model name"):
            return f"{line.partition(': ')[2]}, {_cores()} cores"
    return f"{_cores()} cores"


def _cores() -> int:
    return sum(line.startswith("processor") for line in Path("/proc/cpuinfo").read_text("utf-8").splitlines())


def _node_version() -> str:
    return subprocess.run(["node", "--version"], capture_output=True, text=True, check=True).stdout.strip()  # noqa: S607


def _node_packages() -> Iterator[str]:
    named = json.loads((NODE_PEERS / "package.json").read_text("utf-8"))["dependencies"]
    return (f"{name} {number}" for name, number in named.items())
