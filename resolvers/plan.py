"""What an operation asks for: made by the look-ahead before anything runs, read by the root resolvers."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from resolvers.declarations import Declaration
from upstreams.records import System


@dataclass(frozen=True, slots=True)
class OffenderAsk:
    """The fields of `Offender` asked for in one place, by the names that the schema's classes give them.

    `further_parts` are the parts of Delius's record that they read and that a route may have by further
    calls alone.
    """

    fields: Mapping[str, Declaration]
    names_prisons: bool
    further_parts: frozenset[str] = frozenset()

    @property
    def asks_probation(self) -> bool:
        """Tell whether Delius has to be asked."""
        return any(declaration.asks is System.DELIUS for declaration in self.fields.values())

    @property
    def parts(self) -> frozenset[str]:
        """Return the parts of NOMIS's record to fetch; the date of birth goes with every Delius record."""
        parts = frozenset[str]().union(*(declaration.parts for declaration in self.fields.values()))
        return parts | {"date_of_birth"} if self.asks_probation else parts


@dataclass(frozen=True, slots=True)
class PageAsk:
    """One page of a prison's population: `first` people whose numbers follow `after`."""

    first: int
    after: str | None
    offender: OffenderAsk


@dataclass(frozen=True, slots=True)
class PrisonAsk:
    """A prison: whether its own fields are asked for, and the pages of its population by response key."""

    describes: bool
    pages: Mapping[str, PageAsk]


@dataclass(frozen=True, slots=True)
class Plan:
    """The whole operation, by the response keys of its root fields.

    `parts` is the union over the operation, because a person is asked for once a request.
    """

    offenders: Mapping[str, OffenderAsk] = field(default_factory=dict)
    prisons: Mapping[str, PrisonAsk] = field(default_factory=dict)

    @property
    def parts(self) -> frozenset[str]:
        """Return the parts of NOMIS's records that any field of the operation reads."""
        asks = [
            *self.offenders.values(),
            *(page.offender for prison in self.prisons.values() for page in prison.pages.values()),
        ]
        named = (
            {"agency_id", "agency_name"}
            if any(prison.describes for prison in self.prisons.values())
            else set[str]()
        )
        return frozenset(named).union(*(ask.parts for ask in asks))
