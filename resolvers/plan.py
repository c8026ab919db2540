"""What an operation asks for: made by the look-ahead before anything runs, read by the root resolvers."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Self

from resolvers.cursors import Place
from resolvers.declarations import Declaration
from resolvers.listing import Listing
from upstreams.records import System


@dataclass(frozen=True, slots=True)
class OffenderAsk:
    """What is asked for of the people in one place of the operation.

    `named_prisons` are the fields whose prison's name is asked for. `parts` are those of NOMIS's record to
    fetch, `probation_parts` those of Delius's.
    """

    named_prisons: tuple[Declaration, ...] = ()
    asks_probation: bool = False
    parts: frozenset[str] = frozenset()
    probation_parts: frozenset[str] = frozenset()

    @classmethod
    def of(cls, fields: Iterable[Declaration], below: Iterable[str], *, names_prisons: bool) -> Self:
        """Return what these fields of `Offender` ask for; `below` are parts that fields below them read."""
        asked = [one for declared in fields for one in (declared, *declared.made_of)]
        parts = {
            system: {part for one in asked if one.asks is system for part in one.parts} for system in System
        }
        asks_probation = any(one.asks is System.DELIUS for one in asked)
        # The date of birth goes with every Delius record.
        with_it = {"date_of_birth"} if asks_probation else set[str]()
        return cls(
            named_prisons=tuple(one for one in asked if one.prison_id and names_prisons),
            asks_probation=asks_probation,
            parts=frozenset(parts[System.NOMIS] | with_it),
            probation_parts=frozenset(parts[System.DELIUS].union(below)),
        )


@dataclass(frozen=True, slots=True)
class PageAsk:
    """One page of a prison's population: the `first` people of a list who follow `after`.

    `everybody` is what the list needs of all people in the prison, None where their numbers will do.
    """

    first: int
    after: Place | None
    offender: OffenderAsk
    listing: Listing
    everybody: OffenderAsk | None


@dataclass(frozen=True, slots=True)
class PrisonAsk:
    """A prison: whether its own fields are asked for, and the pages of its population by response key."""

    describes: bool
    pages: Mapping[str, PageAsk]


@dataclass(frozen=True, slots=True)
class Plan:
    """The whole operation, by the response keys of its root fields.

    `parts` and `probation_parts` are the unions over the operation, because a person is asked for once a
    request. `shares` tells whether people are asked for in more than one place, which share their answers.
    `asks_probation` tells whether Delius is asked about anybody.
    """

    offenders: Mapping[str, OffenderAsk] = field(default_factory=dict)
    prisons: Mapping[str, PrisonAsk] = field(default_factory=dict)
    parts: frozenset[str] = frozenset()
    probation_parts: frozenset[str] = frozenset()
    shares: bool = True
    asks_probation: bool = False
