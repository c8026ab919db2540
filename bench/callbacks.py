"""How long the gateway keeps the event loop: its longest callbacks, and what a new document costs.

The gateway runs on asyncio's own loop here, whose callbacks can be timed; by `python -m bench.callbacks` it
is this module that runs it. Times are processor time, so that other processes do not count.
"""

import asyncio
import json
import os
import signal
import sys
import time
from dataclasses import dataclass
from typing import Any

from bench.load import each_once, wired
from bench.measure import cpu_seconds
from bench.people import numbers_of, open_numbers_of, people
from bench.rounds import TOGETHER
from bench.sides import GATEWAY, Side, Staged, running, upstreams
from bench.workloads import WORKLOADS, Workload, body_of, requests_of
from twins.hard_cases import TOBIAS_FENHALE

MOST_MS = 50.0
"""The longest callback that is allowed."""
MOST_COMPILE_MS = 20.0
DOCUMENTS = 15
REQUESTS = 12
WARM_UP = 10

REPORT_VARIABLE = "BENCH_CALLBACKS"
TIMED = Side("gateway, timed", (sys.executable, "-m", "bench.callbacks"), "")


@dataclass(frozen=True, slots=True)
class Longest:
    """The longest callback of a workload, and whose it was."""

    workload: str
    milliseconds: float
    callback: str


@dataclass(frozen=True, slots=True)
class Compiled:
    """What the first request with a document costs above the second one: the median, and the most."""

    workload: str
    median_ms: float
    most_ms: float


async def longest_callbacks(size: int, folder: str) -> list[Longest]:
    """Load each workload and return its longest callback."""
    population = people(size)
    numbers, open_numbers = numbers_of(population), open_numbers_of(population)
    found = []
    async with upstreams(people=size, full=1000, ndh=False) as staged:
        for workload in WORKLOADS.values():
            bodies = requests_of(workload, numbers, open_numbers)[:REQUESTS]
            found.append(await _longest(workload, wired(bodies, staged.token), staged, folder))
    return found


async def _longest(workload: Workload, requests: list[bytes], staged: Staged, folder: str) -> Longest:
    report = f"{folder}/{workload.name}"
    async with running(TIMED, staged, route=workload.route, **{REPORT_VARIABLE: report}) as gateway:
        # What the process does once, such as fetching keys, is no callback of a request.
        await each_once(gateway.port, requests[:1], 1)
        os.kill(gateway.pid, signal.SIGUSR1)
        await each_once(gateway.port, requests, TOGETHER)
    with open(report, encoding="utf-8") as file:  # noqa: ASYNC230, PTH123 - nothing else runs now
        nanoseconds, callback = json.load(file)
    return Longest(workload.name, nanoseconds / 1e6, callback)


async def compile_times(size: int) -> list[Compiled]:
    """Send documents that the gateway has never seen, each twice, about one person or a small page."""
    async with upstreams(people=size, full=1000, ndh=False) as staged, running(GATEWAY, staged) as gateway:
        warm = requests_of(WORKLOADS["W1"], [TOBIAS_FENHALE], [TOBIAS_FENHALE])[:WARM_UP]
        await each_once(gateway.port, wired(warm, staged.token), 1)
        return [
            _compiled(
                one,
                [await _above_second(one, n, gateway.port, gateway.pid, staged) for n in range(DOCUMENTS)],
            )
            for one in WORKLOADS.values()
            if one.route != "ndh"
        ]


async def _above_second(workload: Workload, number: int, port: int, pid: int, staged: Staged) -> float:
    name = f"New{number}"
    document = workload.document.replace(f"query {workload.operation}", f"query {name}")
    variables: dict[str, Any] = {"number": TOBIAS_FENHALE, "numbers": [TOBIAS_FENHALE], "prison": "WLI"}
    named = {key: value for key, value in variables.items() if f"${key}:" in document}
    request = wired([body_of(document, name, named)], staged.token)
    taken = []
    for _ in range(2):
        before = cpu_seconds(pid)
        await each_once(port, request, 1)
        taken.append(1000 * (cpu_seconds(pid) - before))
    return taken[0] - taken[1]


def _compiled(workload: Workload, taken: list[float]) -> Compiled:
    return Compiled(workload.name, sorted(taken)[len(taken) // 2], max(taken))


class Watch:
    """Times every callback of the loop and keeps the longest."""

    def __init__(self) -> None:
        self.longest = 0
        self.callback = ""

    def forget(self, *_: object) -> None:
        """Begin anew."""
        self.longest = 0

    def timed(self, run: Any) -> Any:
        """Return the loop's way to run a callback, with its time taken."""

        def timed(handle: Any) -> None:
            name = _name(handle)
            started = time.thread_time_ns()
            run(handle)
            took = time.thread_time_ns() - started
            if took > self.longest:
                self.longest, self.callback = took, name

        return timed


def _name(handle: Any) -> str:
    callback = handle._callback  # noqa: SLF001 - asyncio has no other name for it
    owner = getattr(callback, "__self__", None)
    if isinstance(owner, asyncio.Task):
        return str(getattr(owner.get_coro(), "__qualname__", owner))
    return str(getattr(callback, "__qualname__", callback))


def main() -> int:
    """Serve as the gateway does, on a loop that is watched, and write down at the end what was longest."""
    report = os.environ.pop(REPORT_VARIABLE)
    watch = Watch()
    # uvicorn takes asyncio's loop where there is no uvloop, whose callbacks run outside Python.
    sys.modules["uvloop"] = None  # type: ignore[assignment]
    asyncio.events.Handle._run = watch.timed(asyncio.events.Handle._run)  # type: ignore[method-assign] # noqa: SLF001
    signal.signal(signal.SIGUSR1, watch.forget)
    from gateway.cli.serve import serve  # noqa: PLC0415 - only now, so that it finds no uvloop

    try:
        return serve()
    finally:
        with open(report, "w", encoding="utf-8") as file:  # noqa: PTH123
            json.dump([watch.longest, watch.callback], file)


if __name__ == "__main__":
    sys.exit(main())
