"""What it takes to filter, sort and count a whole prison: calls to the upstreams and processor time.

`W3` of as many people as a page has stands beside, which is the measure of what a person costs.
"""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from bench.load import each_once, wired
from bench.measure import cpu_seconds
from bench.people import FULL_PRISON, numbers_of, people
from bench.sides import GATEWAY, Running, Staged, control, running, upstreams
from bench.workloads import TWELVE, WORKLOADS, body_of

IN_THE_PRISON = 1500
PEOPLE = 3000
WARM_UP = 5
TIMES = 15

COUNTS = "byStatus { status count } byTier { tier count } byOrganisation { organisation count }"
LISTS = {
    "tier A, first 100, 12 fields": ("first: 100, filter: {tier: [A]}", f"totalCount nodes {{ {TWELVE} }}"),
    "tiers A to D, first 1,000, 12 fields": (
        "first: 1000, filter: {tier: [A, B, C, D]}",
        f"totalCount nodes {{ {TWELVE} }}",
    ),
    "records that do not meet, first 1,000": (
        "first: 1000, filter: {probationRecordStatus: [NOT_FOUND, AMBIGUOUS, MISMATCH]}",
        "totalCount nodes { nomsNumber lastName probationRecord { status reason } }",
    ),
    "sorted by tier, first 100": (
        "first: 100, orderBy: {field: TIER}",
        "nodes { nomsNumber tier { level } }",
    ),
    "sorted by last name, first 100": (
        "first: 100, orderBy: {field: LAST_NAME}",
        "nodes { nomsNumber lastName }",
    ),
    "the summary alone": (
        "first: 1",
        f"totalCount probationSummary {{ {COUNTS} }}",
    ),
}


@dataclass(frozen=True, slots=True)
class ListCost:
    """One list: processor time of a request, and the calls that it took."""

    words: str
    cpu_ms: float
    calls: dict[str, int]


async def lists() -> list[ListCost]:
    """Measure each list on one gateway, and W3 of 1,000 people on the same."""
    numbers = random.Random(IN_THE_PRISON).sample(numbers_of(people(PEOPLE, full=IN_THE_PRISON)), 1000)
    async with (
        upstreams(people=PEOPLE, full=IN_THE_PRISON, ndh=False) as staged,
        running(GATEWAY, staged) as gateway,
    ):
        asked: dict[str, tuple[str, str, dict[str, Any]]] = {
            "W3, 1,000 people by number": (WORKLOADS["W3"].document, "W3", {"numbers": numbers}),
            **{words: (_document(*one), "List", {}) for words, one in LISTS.items()},
        }
        return [await _cost(staged, gateway, words, *one) for words, one in asked.items()]


def _document(arguments: str, selected: str) -> str:
    prison = FULL_PRISON.agency_id
    return f'query List {{ prison(id: "{prison}") {{ population({arguments}) {{ {selected} }} }} }}'


async def _cost(
    staged: Staged, gateway: Running, words: str, document: str, operation: str, variables: dict[str, Any]
) -> ListCost:
    requests: Sequence[bytes] = wired([body_of(document, operation, variables)], staged.token)
    await each_once(gateway.port, [*requests] * WARM_UP, 1)
    await control(staged, "calls")
    await each_once(gateway.port, requests, 1)
    calls = await control(staged, "calls")
    cpu = cpu_seconds(gateway.pid)
    await each_once(gateway.port, [*requests] * TIMES, 1)
    return ListCost(words, 1000 * (cpu_seconds(gateway.pid) - cpu) / TIMES, calls)
