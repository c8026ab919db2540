"""What is asked: the operations of the workloads, and the requests that carry them, alike for every side."""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

from bench.people import FULL_PRISON, hard_cases
from twins.hard_cases import NOBODY

EIGHT = (
    "nomsNumber firstName lastName dateOfBirth prison { name } tier { level } "
    "caseHandler { organisation officer { surname } } probationRecord { status }"
)
TWELVE = (
    "nomsNumber firstName lastName dateOfBirth custodyStatus prison { name } sentence { releaseDate } "
    "cellLocation crn tier { level code } caseHandler { organisation officer { forenames surname } } "
    "probationRecord { status warnings }"
)
OF_NOMIS = (
    "nomsNumber firstName lastName dateOfBirth custodyStatus prison { name } category { code } cellLocation"
)
EVERYTHING = (
    "nomsNumber firstName lastName dateOfBirth custodyStatus prison { id name } sentence { releaseDate } "
    "cellLocation category { code } crn tier { level code } caseHandler { organisation "
    "officer { forenames surname } team { code name } } probationRecord { status warnings }"
)

SEED = 4


@dataclass(frozen=True, slots=True)
class Workload:
    """An operation, how many requests of it are in flight, and how many different ones there are.

    `people` is how many numbers a request names, None for the population of a prison.
    """

    name: str
    document: str
    people: int | None
    concurrency: int
    different: int
    words: str
    route: str = "probation-search"
    first: int = 1000

    @property
    def operation(self) -> str:
        """Return the operation's name in its document."""
        return self.document.split("(")[0].removeprefix("query ")


def _list(name: str, fields: str) -> str:
    return f"query {name}($numbers: [NomsNumber!]!) {{ offenders(nomsNumbers: $numbers) {{ {fields} }} }}"


W1 = f"query W1($number: NomsNumber!) {{ offender(nomsNumber: $number) {{ {EIGHT} }} }}"
W4 = (
    "query W4($prison: ID!) { prison(id: $prison) { name population(first: 1000) { nodes { nomsNumber "
    "caseHandler { team { code name } } } } } }"
)

WORKLOADS = {
    one.name: one
    for one in (
        Workload("W1", W1, 1, 32, 128, "one offender, 8 fields of both systems"),
        Workload("W2", _list("W2", EIGHT), 100, 8, 32, "100 offenders, the same 8 fields"),
        Workload("W3", _list("W3", TWELVE), 1000, 2, 6, "1,000 offenders, 12 fields of both systems"),
        Workload("W4", W4, None, 2, 1, "a prison, its 1,000 people, their case handlers' teams"),
        Workload("W5", _list("W5", OF_NOMIS), 100, 8, 32, "100 offenders, 8 fields of NOMIS alone"),
        Workload("W6", _list("W3", TWELVE), 1000, 2, 3, "W3 over NDH, one call a person", route="ndh"),
    )
}


def requests_of(workload: Workload, numbers: Sequence[str], open_numbers: Sequence[str]) -> list[bytes]:
    """Return the bodies of this workload's requests: other people in each."""
    chance = random.Random(f"{SEED} {workload.name}")
    bodies = []
    for _ in range(workload.different):
        variables: dict[str, Any]
        if workload.people is None:
            variables = {"prison": FULL_PRISON.agency_id}
        elif workload.people == 1:
            variables = {"number": chance.choice(open_numbers)}
        else:
            variables = {"numbers": chance.sample(numbers, min(workload.people, len(numbers)))}
        bodies.append(body_of(workload.document, workload.operation, variables))
    return bodies


def everything_of_the_hard_cases() -> list[bytes]:
    """Return the requests by which every state of the join is compared: in one list, and by themselves."""
    document = _list("Everything", EVERYTHING)
    numbers = [*(person.noms_number for person in hard_cases()), NOBODY]
    lists = [numbers, [*reversed(numbers), *numbers[:9]], *([number] for number in numbers)]
    spelt = [f" {number.lower()} " for number in numbers]
    return [body_of(document, "Everything", {"numbers": one}) for one in [*lists, spelt]]


def body_of(document: str, operation: str, variables: dict[str, Any]) -> bytes:
    """Return the body of one request."""
    return msgspec.json.encode({"query": document, "operationName": operation, "variables": variables})
