"""The request's own things: who asks, until when, with which loaders, and what went wrong on the way."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from resolvers.cursors import Cursors
from resolvers.loaders import Loaders
from resolvers.plan import Plan
from upstreams.records import Failure, FailureCode, Route, System, User


@dataclass(frozen=True, slots=True)
class Caller:
    """What the one who asks may read and see, and the user in whose name they ask, if there is one."""

    reads_nomis: bool
    reads_delius: bool
    is_developer: bool
    user: User | None = None


@dataclass(slots=True)
class Incomplete:
    """Which systems failed in this request, and for how many people: said once, whatever the errors' cap."""

    _people: dict[tuple[System, Route | None, FailureCode], set[str]] = field(default_factory=dict)

    def add(self, failure: Failure, people: Iterable[str]) -> None:
        """Count a failure. A role that the caller lacks is no failure of a system."""
        if failure.code is not FailureCode.FORBIDDEN and failure.system is not None:
            self._people.setdefault((failure.system, failure.route, failure.code), set()).update(people)

    def add_all(self, other: "Incomplete") -> None:
        """Count what was counted apart."""
        for failed, people in other._people.items():  # noqa: SLF001 - of its own kind
            self._people.setdefault(failed, set()).update(people)

    def systems(self) -> list[tuple[System, Route | None, FailureCode, int]]:
        """Return system, route, code and the number of people of each, in the order in which they came up."""
        return [(*failed, len(people)) for failed, people in self._people.items()]


@dataclass(frozen=True, slots=True)
class Notice:
    """A failure that stands at a path whose value is answered all the same."""

    path: tuple[str | int, ...]
    failure: Failure


@dataclass(slots=True)
class RequestContext:
    """Everything that a resolver may touch."""

    caller: Caller
    plan: Plan
    loaders: Loaders
    cursors: Cursors
    incomplete: Incomplete = field(default_factory=Incomplete)
    notices: list[Notice] = field(default_factory=list)
