"""The documents of a run: docs/benchmark.md with its picture, and the README's short table."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from bench.callbacks import Compiled, Longest
from bench.conditions import conditions
from bench.growth import Grown
from bench.lists import IN_THE_PRISON, ListCost
from bench.plot import plot
from bench.report import (
    callbacks_table,
    calls_table,
    goals_table,
    growth_table,
    lines,
    lists_table,
    short_table,
    sides_list,
    whole_tables,
    workloads_list,
)
from bench.rounds import Plan, Results
from bench.sides import ROOT

DOCUMENT = ROOT / "docs" / "benchmark.md"
PICTURE = ROOT / "docs" / "benchmark.svg"
README = ROOT / "README.md"
BETWEEN = re.compile(r"(?<=<!-- benchmark -->\n).*?(?=<!-- /benchmark -->)", re.DOTALL)

HEAD = """\
# Benchmark

The gateway against its peers on the same upstreams, written by `make bench BENCH=--write`.
What is judged is processor time a request: sides, upstreams and load share one machine, so that throughput
and latency say less.

![Processor time a request, as a multiple of the gateway's](benchmark.svg)

All sides verify the caller's token (once, and remember it until it ends), keep their connections, have at
most 20 calls in flight to a system, and apply the same rules for the join, limited access, tier and case
handler.
Before anything is timed every side's answers are compared, over people who show every state that an answer
without errors can have; under load each answer has to be the same bytes again.
With projection off the upstream ignores `responseFields`.
"""
CELLS = """\
Each cell: **processor time a request in ms** (least–most of the rounds); the same, and throughput, as
multiples of the gateway's; p50 ms; p99 ms.
Memory is the most that was resident, on W1 to W5 and on W6.
"""


@dataclass(frozen=True, slots=True)
class OfTheGateway:
    """What was measured of the gateway alone."""

    growth: Sequence[Grown]
    lists: Sequence[ListCost]
    longest: Sequence[Longest]
    compiled: Sequence[Compiled]


def document(plan: Plan, results: Results, gateway: OfTheGateway | None, seconds: float) -> str:
    """Return the whole document."""
    sections = {
        "Goals": lines(goals_table(results)),
        "Figures": lines([CELLS], whole_tables(plan, results)),
        "Calls to the upstreams for one request": lines(calls_table(plan, results)),
    }
    if gateway is not None:
        sections["Growth of the gateway with W3's fields"] = lines(growth_table(gateway.growth))
        sections[f"Lists of a prison of {IN_THE_PRISON:,} people"] = lines(lists_table(gateway.lists))
        sections["How long the gateway keeps its event loop"] = lines(
            callbacks_table(gateway.longest, gateway.compiled)
        )
    sections["Conditions"] = lines(conditions(plan, results), [f"- The run took {seconds:.0f} s."])
    head = lines([HEAD], workloads_list(plan), [""], sides_list(plan))
    return "\n".join([head, *(f"## {title}\n\n{words.rstrip()}\n" for title, words in sections.items())])


def write(plan: Plan, results: Results, text: str) -> None:
    """Write the document, its picture, and the README's table between its two marks."""
    DOCUMENT.write_text(text, "utf-8")
    PICTURE.write_text(plot(plan, results), "utf-8")
    short = lines(short_table(plan, results, plan.projections[0]))
    README.write_text(BETWEEN.sub(lambda _: f"\n{short}\n", README.read_text("utf-8")), "utf-8")
