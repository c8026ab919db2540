"""How the gateway grows from one person to 10,000: processor time a request, and memory above idle."""

import random
from collections.abc import Sequence
from dataclasses import dataclass

from bench.load import each_once, wired
from bench.measure import cpu_seconds, peak_bytes, reset_peak, resident_bytes
from bench.people import numbers_of, people
from bench.sides import GATEWAY, Staged, running, upstreams
from bench.workloads import WORKLOADS, body_of

SIZES = (1, 10, 100, 1_000, 10_000)
SETTINGS = {
    "MAX_OFFENDERS": "10000",
    "REQUEST_TIMEOUT_SECONDS": "120",
    "NOMIS_TIMEOUT_SECONDS": "60",
    "DELIUS_TIMEOUT_SECONDS": "60",
}
WARM_UP = 30
TIMES = 3
MOST_MEMORY = 12.0
"""Peak above idle at 10,000 people, at most so many times that at 1,000."""


@dataclass(frozen=True, slots=True)
class Grown:
    """One size: processor time of a request, and the peak above what the idle process had."""

    people: int
    cpu_ms: float
    above_idle: int


async def growth(size: int) -> list[Grown]:
    """Measure each size on a gateway of its own."""
    numbers = numbers_of(people(size))
    async with upstreams(people=size, full=1000, ndh=False) as staged:
        return [await _grown(staged, numbers, count) for count in SIZES]


async def _grown(staged: Staged, numbers: list[str], count: int) -> Grown:
    chance = random.Random(count)

    def asked(how_many: int, times: int) -> list[bytes]:
        document = WORKLOADS["W3"].document
        lists = [chance.sample(numbers, how_many) for _ in range(times)]
        return wired([body_of(document, "W3", {"numbers": one}) for one in lists], staged.token)

    async with running(GATEWAY, staged, **SETTINGS) as gateway:
        await each_once(gateway.port, asked(1, WARM_UP), 1)
        idle = resident_bytes(gateway.pid)
        reset_peak(gateway.pid)
        cpu = cpu_seconds(gateway.pid)
        await each_once(gateway.port, asked(count, TIMES), 1)
        used = cpu_seconds(gateway.pid) - cpu
        return Grown(count, 1000 * used / TIMES, peak_bytes(gateway.pid) - idle)


def memory_ratio(grown: Sequence[Grown]) -> float:
    """Return the peak above idle at 10,000 people as a multiple of that at 1,000."""
    above = {one.people: one.above_idle for one in grown}
    return above[10_000] / above[1_000]
