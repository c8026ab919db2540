"""The answers of both executions to one case, and whether they are the same answer."""

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

from gateway.edge.body import GraphQLRequest
from gateway.edge.documents import Documents
from gateway.edge.limits import Limits
from gateway.edge.operation import Operations
from gateway.settings import Settings, load
from gateway.telemetry import Metrics
from resolvers.cursors import Cursors
from resolvers.loaders import Loaders
from resolvers.plan import Plan
from tests.execution.operations import Asked
from tests.execution.scenarios import Scenario
from tests.execution.upstream import routes
from upstreams.deadline import Deadline
from upstreams.records import User

SECRET = "a key of sixteen or more"
CURSORS = Cursors(SECRET)
LIMITS = ("MAX_TOKENS", "MAX_PARTS", "MAX_DEPTH", "MAX_ALIASES", "MAX_ROOT_FIELDS", "MAX_SELECTIONS")
UNBOUNDED = dict.fromkeys((*LIMITS, "MAX_OFFENDERS", "MAX_ERRORS"), "1000000")
SECONDS = 60


class NotEqual(AssertionError):
    """The two executions answer otherwise, or the compiled one asks for more."""


@dataclass(frozen=True, slots=True)
class Answered:
    """What came back, and which calls it took."""

    body: bytes
    calls: Counter[str]


class Sides:
    """Both executions. Documents are parsed and validated once, because both share that."""

    def __init__(self, **limits: str) -> None:
        self._settings = _settings({**UNBOUNDED, **limits})
        self._documents = Documents(Limits.of(self._settings), introspection="on")
        self._metrics = {compiled: Metrics() for compiled in (True, False)}

    async def answered(self, asked: Asked, scenario: Scenario, *, time: int = 0, compiled: bool) -> Answered:
        """Run a case by one execution. The only place that knows how the gateway runs an operation."""
        calls = Counter[str]()
        ways = routes(scenario, calls)

        def loaders(plan: Plan, user: User | None, deadline: Deadline) -> Loaders:
            return Loaders(
                ways,
                plan=plan,
                user=user,
                deadline=deadline,
                max_population=scenario.max_population,
            )

        operations = Operations(
            self._settings,
            self._documents,
            CURSORS,
            loaders,
            self._metrics[compiled],
            compiles=compiled,
        )
        answer = await operations.run(
            GraphQLRequest(
                query=asked.document,
                operation_name=asked.operation_name,
                variables=asked.variables[time],
            ),
            scenario.caller,
            Deadline.in_seconds(SECONDS),
            "a-correlation-id",
        )
        body = answer if isinstance(answer, bytes) else msgspec.json.encode(answer)
        return Answered(body, calls)

    def ran(self, execution: str, *, compiled: bool) -> int:
        """Return how many operations of a side ran by an execution, by the gateway's own counter."""
        line = f'gateway_operations_total{{execution="{execution}"}} '
        told = self._metrics[compiled].exposition().decode().splitlines()
        return sum(int(float(one.removeprefix(line))) for one in told if one.startswith(line))


def hold_equal(standard: Answered, compiled: Answered) -> dict[str, Any]:
    """Return the one answer. Raises `NotEqual`."""
    one, other = _read(standard.body), _read(compiled.body)
    if list(one) != list(other):
        raise NotEqual(f"The standard execution answers {list(one)}, the compiled one {list(other)}.")
    for part in one:
        if (expected := _canonical(one, part)) != (had := _canonical(other, part)):
            raise NotEqual(
                f"`{part}` is by the standard execution\n{expected}\nand by the compiled one\n{had}"
            )
    more = {kind: count for kind, count in compiled.calls.items() if count > standard.calls[kind]}
    if more:
        raise NotEqual(
            f"The compiled execution asks for more: {more}, and the standard one {standard.calls}."
        )
    return one


def _read(body: bytes) -> dict[str, Any]:
    try:
        answer: dict[str, Any] = json.loads(body, object_pairs_hook=_distinct)
    except ValueError as error:
        raise NotEqual(f"This is no JSON: {body!r}") from error
    return answer


def _canonical(answer: dict[str, Any], part: str) -> str:
    """Return a part of an answer as text, in which the order of keys counts, and of errors does not."""
    if part != "errors":
        return json.dumps(answer[part])
    told = Counter(json.dumps(one) for one in _told(answer["data"], answer["errors"]))
    # Of one null it is open how many errors below it are told.
    entries = [one for one, count in told.items() for _ in range(1 if '"nulled"' in one else count)]
    return "\n".join(sorted(entries))


def _told(data: Any, errors: Sequence[dict[str, Any]]) -> Iterator[Any]:
    """Yield the errors, and of those below a null only where that null is.

    Which of the fields below one null is told is left open by the specification (6.4.4).
    """
    for error in errors:
        path = error.get("path", [])
        null = _null_above(data, path)
        yield error if null is None else {"nulled": null}


def _null_above(data: Any, path: Sequence[str | int]) -> Sequence[str | int] | None:
    for depth, key in enumerate(path):
        if data is None:
            return path[:depth]
        try:
            data = data[key]
        except (LookupError, TypeError) as error:
            raise NotEqual(f"An error stands at {path}, and the answer has no such place.") from error
    return None


def _distinct(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if len({key for key, _ in pairs}) < len(pairs):
        raise NotEqual("A key stands twice.")
    return dict(pairs)


def _settings(limits: dict[str, str]) -> Settings:
    return load(
        {
            "HMPPS_AUTH_URL": "http://127.0.0.1:1/auth",
            "HMPPS_AUTH_CLIENT_ID": "gateway",
            "HMPPS_AUTH_CLIENT_SECRET": SECRET,
            "PRISONER_SEARCH_URL": "http://127.0.0.1:1",
            "DELIUS_NDH_URL": "http://127.0.0.1:1",
            **limits,
        }
    )
