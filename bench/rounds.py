"""The interleaved run: every side on the same people, compared first, then loaded in turns, by rounds."""

import json
import random
from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from statistics import median
from typing import Any

from bench.load import Wrong, each_once, window, wired
from bench.measure import cpu_seconds, peak_bytes
from bench.people import FULL, numbers_of, open_numbers_of, people
from bench.sides import Running, Side, Staged, control, running, upstreams
from bench.workloads import Workload, everything_of_the_hard_cases, requests_of

SEED = 9
ROUTES = ("probation-search", "ndh")
EVERYTHING = "everything"
TOGETHER = 4
"""Requests in flight while answers are compared."""
COUNTED = 3
"""Requests whose calls to the upstreams are counted."""

STATES = {
    "probation-search": {"FOUND", "NOT_FOUND", "AMBIGUOUS", "RESTRICTED"},
    # By a number an index finds no record that carries another one; the route of one person does.
    "ndh": {"FOUND", "NOT_FOUND", "AMBIGUOUS", "MISMATCH", "RESTRICTED"},
}
"""The states that answers without errors can have, all of which the hard cases have to show."""
WARNINGS = {
    "DATE_OF_BIRTH_DIFFERS",
    "IDENTITY_UNCHECKED",
    "TIER_NOT_RECORDED",
    "TIER_NOT_ASSESSED",
    "TIER_UNRECOGNISED",
    "CASE_HANDLER_CONFLICT",
    "SEVERAL_ACTIVE_MANAGERS",
}


@dataclass(frozen=True, slots=True)
class Plan:
    """What to run."""

    sides: Sequence[Side]
    workloads: Sequence[Workload]
    projections: Sequence[str]
    rounds: int
    seconds: float
    people: int
    full: int = FULL

    @property
    def routes(self) -> list[str]:
        """Return the routes to Delius that the workloads take."""
        return [route for route in ROUTES if any(one.route == route for one in self.workloads)]


@dataclass(frozen=True, slots=True)
class Figures:
    """What one window gave. `upstream` is the share of a core that the upstreams used."""

    cpu_ms: float
    throughput: float
    p50_ms: float
    p99_ms: float
    upstream: float


Key = tuple[str, str, str]
"""Projection, workload, side."""


@dataclass(slots=True)
class Results:
    """All that was measured."""

    windows: dict[Key, list[Figures]] = field(default_factory=dict)
    peaks: dict[Key, int] = field(default_factory=dict)
    """Peak memory, by projection, route and side."""
    calls: dict[tuple[str, str], Mapping[str, int]] = field(default_factory=dict)
    """Calls to the upstreams for one request, by workload and side."""
    compared: int = 0

    def cpu_ms(self, projection: str, workload: str, side: str) -> float | None:
        """Return the median processor time of a request."""
        windows = self.windows.get((projection, workload, side))
        return median(one.cpu_ms for one in windows) if windows else None


async def run(plan: Plan) -> Results:
    """Compare and measure. Raises `Wrong` where a side fails or answers otherwise than the others."""
    results = Results()
    population = people(plan.people, full=plan.full)
    numbers, open_numbers = numbers_of(population), open_numbers_of(population)
    async with upstreams(people=plan.people, full=plan.full, ndh="ndh" in plan.routes) as staged:
        requests = {
            one.name: wired(requests_of(one, numbers, open_numbers), staged.token) for one in plan.workloads
        }
        for projection in plan.projections:
            await control(staged, f"projection/{projection}")
            for route in plan.routes:
                await _Turns(plan, results, staged, requests, projection, route).run()
    return results


@dataclass(frozen=True, slots=True)
class _Turns:
    """All rounds of the workloads of one route, by one kind of projection."""

    plan: Plan
    results: Results
    staged: Staged
    requests: Mapping[str, Sequence[bytes]]
    projection: str
    route: str

    async def run(self) -> None:
        workloads = [one for one in self.plan.workloads if one.route == self.route]
        requests = {one.name: self.requests[one.name] for one in workloads}
        async with AsyncExitStack() as stack:
            sides = [
                await stack.enter_async_context(running(side, self.staged, route=self.route))
                for side in self.plan.sides
            ]
            answers = await compare(sides, self.staged, requests, self.route)
            self.results.compared += sum(map(len, answers.values()))
            if self.projection == self.plan.projections[0]:
                for side in sides:
                    for name, sent in requests.items():
                        self.results.calls[name, side.side.name] = await _calls(side, self.staged, sent)
            await self._warm_up(sides, workloads, answers)
            await self._rounds(sides, workloads, answers)
            for side in sides:
                self.results.peaks[self.projection, self.route, side.side.name] = peak_bytes(side.pid)

    async def _warm_up(
        self, sides: Sequence[Running], workloads: Sequence[Workload], answers: "Answers"
    ) -> None:
        # What compiles itself as it runs has to have run; the comparison was enough for the others.
        for side in (side for side in sides if side.side.needs_node):
            for one in workloads:
                await self._window(side, one, answers, self.plan.seconds / 4)

    async def _rounds(
        self, sides: Sequence[Running], workloads: Sequence[Workload], answers: "Answers"
    ) -> None:
        chance = random.Random(f"{SEED} {self.projection} {self.route}")
        for number in range(self.plan.rounds):
            print(f"Projection {self.projection}, {self.route}: round {number + 1}", flush=True)
            for one in workloads:
                for side in chance.sample(sides, len(sides)):
                    figures = await self._window(side, one, answers, self.plan.seconds)
                    key = self.projection, one.name, side.side.name
                    self.results.windows.setdefault(key, []).append(figures)

    async def _window(self, side: Running, workload: Workload, answers: "Answers", seconds: float) -> Figures:
        cpu, upstream = cpu_seconds(side.pid), cpu_seconds(self.staged.pid)
        expected = answers[side.side.name, workload.name]
        requests = self.requests[workload.name]
        taken = await window(side.port, requests, workload.concurrency, seconds, expected)
        count, latencies = len(taken.latencies), sorted(taken.latencies)
        return Figures(
            cpu_ms=1000 * (cpu_seconds(side.pid) - cpu) / count,
            throughput=count / taken.seconds,
            p50_ms=1000 * latencies[count // 2],
            p99_ms=1000 * latencies[min(count - 1, int(count * 0.99))],
            upstream=(cpu_seconds(self.staged.pid) - upstream) / taken.seconds,
        )


Answers = dict[tuple[str, str], list[bytes]]
"""The answers to each workload's requests, by side and workload, compared with everybody else's."""


async def compare(
    sides: Sequence[Running], staged: Staged, requests: Mapping[str, Sequence[bytes]], route: str
) -> Answers:
    """Ask every side everything once. Raises `Wrong` at the first answer that is not the first side's."""
    answers: Answers = {}
    first: dict[str, list[Any]] = {}
    asked = {EVERYTHING: wired(everything_of_the_hard_cases(), staged.token), **requests}
    for side in sides:
        for name, sent in asked.items():
            written = await each_once(side.port, sent, TOGETHER)
            answers[side.side.name, name] = written
            read = [json.loads(one) for one in written]
            for ours, theirs in zip(read, first.setdefault(name, read), strict=True):
                if ours != theirs:
                    raise Wrong(f"{side.side.name} answers {name} otherwise: {_difference(ours, theirs)}")
    _expect_every_state(first[EVERYTHING], route)
    return answers


async def _calls(side: Running, staged: Staged, requests: Sequence[bytes]) -> Mapping[str, int]:
    """Return the calls for that one of these requests which takes most: not each needs the access check."""
    counted = []
    for one in requests[:COUNTED]:
        await control(staged, "calls")
        await each_once(side.port, [one], 1)
        counted.append(await control(staged, "calls"))
    return max(counted, key=lambda calls: sum(calls.values()))


def _expect_every_state(answers: Sequence[Any], route: str) -> None:
    people = [one for answer in answers for one in answer["data"]["offenders"] if one is not None]
    shown = {one["probationRecord"]["status"] for one in people}
    shown |= {warning for one in people for warning in one["probationRecord"]["warnings"]}
    if missing := (STATES[route] | WARNINGS) - shown:
        raise Wrong(f"the people show nobody who is {', '.join(sorted(missing))}")


def _difference(ours: Any, theirs: Any, path: str = "") -> str:
    """Return where two answers begin to differ."""
    if isinstance(ours, dict) and isinstance(theirs, dict) and ours.keys() == theirs.keys():
        pairs = [(key, ours[key], theirs[key]) for key in ours]
    elif isinstance(ours, list) and isinstance(theirs, list) and len(ours) == len(theirs):
        pairs = [(str(place), *pair) for place, pair in enumerate(zip(ours, theirs, strict=True))]
    else:
        return f"{path}: {ours!r:.200} and not {theirs!r:.200}"
    return next(_difference(one, other, f"{path}/{key}") for key, one, other in pairs if one != other)
