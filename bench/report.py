"""What was measured as tables in Markdown: against the goals, whole, and short for the README."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from statistics import median

from bench.callbacks import MOST_COMPILE_MS, MOST_MS, Compiled, Longest
from bench.goals import goals
from bench.growth import MOST_MEMORY, Grown, memory_ratio
from bench.lists import ListCost
from bench.rounds import Figures, Plan, Results
from bench.sides import GATEWAY
from bench.workloads import WORKLOADS

MIB = 1024 * 1024
MEMORY = {"probation-search": "W1–W5 MiB", "ndh": "W6 MiB"}


def goals_table(results: Results) -> Iterator[str]:
    """Say of each goal whether it was reached."""
    yield from _header("goal", "projection", "workload", "ratio", "bound", "")
    for goal in goals(results):
        bound = f"{'at least' if goal.at_least else 'at most'} {goal.bound:g}"
        ratio = f"{goal.ratio:.2f}"
        yield _row(goal.words, goal.projection, goal.workload, ratio, bound, _reached(goal.reached))


def whole_tables(plan: Plan, results: Results) -> Iterator[str]:
    """Return a table for each kind of projection, a row a side, a column a workload."""
    names = [one.name for one in plan.workloads]
    for projection in plan.projections:
        used = "`responseFields` used by all sides" if projection == "on" else "whole rows for all sides"
        yield f"### Projection {projection}: {used}"
        yield ""
        yield from _header("side", *names, *(MEMORY[route] for route in plan.routes))
        for side in plan.sides:
            cells = [_cell(results, projection, name, side.name) for name in names]
            peaks = [results.peaks.get((projection, route, side.name)) for route in plan.routes]
            yield _row(side.name, *cells, *(f"{peak / MIB:.0f}" if peak else "" for peak in peaks))
        yield ""


def _cell(results: Results, projection: str, workload: str, side: str) -> str:
    windows = results.windows.get((projection, workload, side))
    if not windows:
        return ""
    cpu = [one.cpu_ms for one in windows]
    figures = [
        f"**{_figure(median(cpu))}** ({_figure(min(cpu))}–{_figure(max(cpu))})",
        *_multiples(windows, results.windows.get((projection, workload, GATEWAY.name))),
        _figure(median(one.p50_ms for one in windows)),
        _figure(median(one.p99_ms for one in windows)),
    ]
    return "; ".join(figures)


def _multiples(windows: Sequence[Figures], gateway: Sequence[Figures] | None) -> list[str]:
    """Return processor time and throughput by the gateway's, where it was measured too."""
    if not gateway:
        return []
    cpu = median(one.cpu_ms for one in windows) / median(one.cpu_ms for one in gateway)
    return [f"{_figure(cpu)}×", f"{_figure(_throughput(windows) / _throughput(gateway))}×"]


def _throughput(windows: Sequence[Figures]) -> float:
    return median(one.throughput for one in windows)


def short_table(plan: Plan, results: Results, projection: str) -> Iterator[str]:
    """Return processor time a request as a multiple of the gateway's."""
    names = [one.name for one in plan.workloads]
    yield from _header("processor time a request", *names)
    for side in plan.sides:
        cells = []
        for name in names:
            ours = results.cpu_ms(projection, name, GATEWAY.name)
            theirs = results.cpu_ms(projection, name, side.name)
            cells.append(f"{_figure(theirs / ours)}×" if ours and theirs else "")
        yield _row(side.name, *cells)


def calls_table(plan: Plan, results: Results) -> Iterator[str]:
    """Return each side's calls to the upstreams for one request, and why they are so."""
    yield from _header("side", *(one.name for one in plan.workloads), "why")
    for side in plan.sides:
        cells = [_calls(results, one.name, side.name) for one in plan.workloads]
        yield _row(side.name, *cells, side.why)


def _calls(results: Results, workload: str, side: str) -> str:
    calls = results.calls.get((workload, side), {})
    return ", ".join(f"{count:,} {name}" for name, count in sorted(calls.items(), reverse=True))


def growth_table(grown: Sequence[Grown]) -> Iterator[str]:
    """Return how the gateway grows with the people of one request."""
    yield from _header("people in one request", "processor time, ms", "a person, ms", "peak above idle, MiB")
    for one in grown:
        yield _row(
            f"{one.people:,}",
            _figure(one.cpu_ms),
            f"{one.cpu_ms / one.people:.4f}",
            f"{one.above_idle / MIB:.1f}",
        )
    ratio = memory_ratio(grown)
    yield ""
    yield (
        f"Peak above idle at 10,000 people ÷ at 1,000: {ratio:.1f}; at most {MOST_MEMORY:g}: "
        f"{_reached(ratio <= MOST_MEMORY)}."
    )


def lists_table(measured: Sequence[ListCost]) -> Iterator[str]:
    """Return what it takes to list a whole prison."""
    yield from _header("list", "processor time, ms", "calls to the upstreams")
    for one in measured:
        calls = ", ".join(f"{count:,} {name}" for name, count in sorted(one.calls.items(), reverse=True))
        yield _row(one.words, _figure(one.cpu_ms), calls)


def callbacks_table(longest: Sequence[Longest], compiled: Sequence[Compiled]) -> Iterator[str]:
    """Return the longest callbacks and the cost of new documents."""
    first = {one.workload: one for one in compiled}
    yield from _header("workload", "longest callback, ms", "whose", "", "a new document, ms (most)", "")
    for one in longest:
        new = first.get(one.workload)
        yield _row(
            one.workload,
            f"{one.milliseconds:.1f}",
            f"`{one.callback}`",
            _reached(one.milliseconds <= MOST_MS),
            f"{new.median_ms:.1f} ({new.most_ms:.1f})" if new else "",
            _reached(new.median_ms < MOST_COMPILE_MS) if new else "",
        )
    yield ""
    yield (
        f"Processor time of the event loop's thread. Goals: no callback above {MOST_MS:g} ms; "
        f"a document's first request less than {MOST_COMPILE_MS:g} ms above its second."
    )


def _reached(reached: bool) -> str:
    return "reached" if reached else "**not reached**"


def workloads_list(plan: Plan) -> Iterator[str]:
    """Say what each workload asks for."""
    for one in plan.workloads:
        yield f"- **{one.name}** {WORKLOADS[one.name].words}; {one.concurrency} requests in flight."


def sides_list(plan: Plan) -> Iterator[str]:
    """Name the sides."""
    for side in plan.sides:
        yield f"- **{side.name}**: {WHAT[side.name]}"


WHAT = {
    "gateway": "this one, as `offender-gateway serve` runs it.",
    "before": "the gateway of another tree, by the same command.",
    "bare node": "`node:http`, undici, `JSON.parse`, the rules, `JSON.stringify`; no GraphQL.",
    "mercurius": "Mercurius on Fastify as an expert would write it, compiled by graphql-jit.",
    "yoga": "GraphQL Yoga on `node:http` with graphql-jit.",
    "apollo": "Apollo Server on Fastify.",
    "strawberry": (
        "Strawberry as its users write it: its own view and data loaders, httpx, async fields, uvicorn."
    ),
}


def _figure(value: float) -> str:
    """Write a number with the digits that mean something."""
    for least, digits in ((100, 0), (10, 1), (1, 2)):
        if value >= least:
            return f"{value:,.{digits}f}"
    return f"{value:.3f}"


def _header(*names: str) -> Iterator[str]:
    yield _row(*names)
    yield _row(*("---" for _ in names))


def _row(*cells: str) -> str:
    return f"| {' | '.join(cells)} |"


def lines(*parts: Iterable[str]) -> str:
    """Join lines to a text."""
    return "\n".join(chain(*parts)) + "\n"
