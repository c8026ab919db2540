"""Which people of a population are listed, in which order, and what they are counted by. Pure.

A list is filtered, sorted and counted by values of people's fields. Where a value could not be had, nobody
can tell whether the person belongs to the list: that doubt is told beside what is known.
"""

import hashlib
from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import Enum
from typing import Any, Self, TypeAlias

import msgspec

from resolvers.cursors import Place
from resolvers.declarations import Declaration, Joined
from upstreams.records import Failure, FailureCode, FieldFailure, System


class PopulationOrderField(Enum):
    """What a population may be sorted by."""

    NOMS_NUMBER = "NOMS_NUMBER"
    LAST_NAME = "LAST_NAME"
    RELEASE_DATE = "RELEASE_DATE"
    TIER = "TIER"


class OrderDirection(Enum):
    """Upwards or downwards."""

    ASC = "ASC"
    DESC = "DESC"


@dataclass(frozen=True, slots=True)
class ListedBy:
    """A value by which people are listed: that of a field of `Offender`, or one `below` it.

    `parts` are those of Delius's record that the one below reads.
    """

    declaration: Declaration
    below: Callable[[Any], Any] | None = None
    parts: frozenset[str] = frozenset()

    def of(self, person: Joined) -> Any:
        """Return the value of a person; None where there is none, a `FieldFailure` where it was not had."""
        value = self.declaration.value(person)
        if value is None or self.below is None or isinstance(value, FieldFailure):
            return value
        return self.below(value)

    def doubt(self, person: Joined, value: object) -> Failure | None:
        """Return why this value of a person is not known."""
        if isinstance(value, FieldFailure):
            return value.failure
        # A state is a value also where Delius did not answer, but not the one that it would have been.
        half = person.half if self.declaration.asks is System.DELIUS else None
        return None if half is None else half.failure


Doubts: TypeAlias = dict[tuple[System | None, FailureCode], Failure]
"""One failure of each kind."""


class Counted(msgspec.Struct, frozen=True):
    """How many people have this value."""

    value: Enum
    count: int


class Summary(msgspec.Struct, frozen=True):
    """Counts of the people of a list; those that nobody asked for are empty."""

    by_status: Sequence[Counted] = ()
    by_tier: Sequence[Counted] = ()
    by_organisation: Sequence[Counted] = ()


@dataclass(frozen=True, slots=True)
class Listing:
    """The filters with the values that pass, the order, and what is counted, by attributes of a `Summary`.

    Without an `order` it is that of NOMS numbers. `key` tells one filter and order from another.
    """

    filters: tuple[tuple[ListedBy, frozenset[Any]], ...] = ()
    order: ListedBy | None = None
    descending: bool = False
    counted: Mapping[str, ListedBy] = field(default_factory=dict)
    key: str = ""

    @property
    def identity(self) -> Hashable:
        """Return what tells this listing from others of one prison."""
        return self.key, frozenset(self.counted)

    @property
    def scanned(self) -> list[ListedBy]:
        """Return the values that have to be had of everybody in the prison."""
        ordered = [] if self.order is None else [self.order]
        return [*(one for one, _ in self.filters), *ordered, *self.counted.values()]


PLAIN = Listing()
"""Everybody, in the order of their NOMS numbers."""


def key_of(filters: Mapping[str, Iterable[Enum]], order: PopulationOrderField, *, descending: bool) -> str:
    """Return what tells this filter and order from another in a cursor; nothing for everybody by number."""
    if not filters and order is PopulationOrderField.NOMS_NUMBER and not descending:
        return ""
    written = {name: sorted(one.name for one in values) for name, values in filters.items()}
    whole = msgspec.json.encode((sorted(written.items()), order, descending))
    return hashlib.sha256(whole).hexdigest()[:16]


@dataclass(frozen=True, slots=True)
class Members:
    """The people who pass the filters, by their NOMS numbers, in their order.

    `values` are what they are sorted by, as texts that sort alike; there are none where that is the number.
    `doubts` say why somebody may be missing, stand in another place than is theirs, or not be counted.
    `summary` is of those who are listed, None where it is not known who they are.
    """

    numbers: Sequence[str]
    values: Mapping[str, str | None]
    doubts: Sequence[Failure]
    summary: Summary | None

    @classmethod
    def of_numbers(cls, numbers: Iterable[str], listing: Listing) -> Self:
        """Return everybody by their numbers, which come upwards: nothing else has to be known of them."""
        upwards = list(numbers)
        return cls(upwards[::-1] if listing.descending else upwards, {}, (), Summary())

    @classmethod
    def of(cls, people: Iterable[Joined], listing: Listing) -> Self:
        """Return whom a listing lists of all people of a prison."""
        doubts: Doubts = {}
        chosen = [person for person in people if _passes(person, listing, doubts)]
        is_known = not doubts
        order = listing.order
        values = {one.noms_number: _sort_value(one, order, doubts) for one in chosen} if order else {}
        counts = {name: _counts(chosen, by, doubts) for name, by in listing.counted.items()}
        return cls(
            _in_order([one.noms_number for one in chosen], values, descending=listing.descending),
            values,
            tuple(doubts.values()),
            Summary(**counts) if is_known else None,
        )

    def after(self, place: Place | None, *, descending: bool) -> Sequence[str]:
        """Return the numbers that follow a place, whether or not somebody still stands there."""
        if place is None:
            return self.numbers
        values = self.values
        return [
            one for one in self.numbers if _follows(one, values.get(one, one), place, descending=descending)
        ]


def _passes(person: Joined, listing: Listing, doubts: Doubts) -> bool:
    passes = True
    for by, values in listing.filters:
        value = by.of(person)
        _note(by.doubt(person, value), doubts)
        # A failure is hashed by what it says, and no value that passes.
        passes = passes and value in values
    return passes


def _sort_value(person: Joined, order: ListedBy, doubts: Doubts) -> str | None:
    value = order.of(person)
    _note(order.doubt(person, value), doubts)
    match value:
        case Enum():
            return value.name
        case date():
            return value.isoformat()
        case str():
            return value.upper()
    return None


def _counts(people: Iterable[Joined], by: ListedBy, doubts: Doubts) -> list[Counted]:
    """Count each value that occurs, in the order of its enum."""
    counter = Counter[Enum]()
    for person in people:
        value = by.of(person)
        _note(by.doubt(person, value), doubts)
        if isinstance(value, Enum):
            counter[value] += 1
    kinds = {value.__class__: None for value in counter}
    return [Counted(value, counter[value]) for kind in kinds for value in kind if value in counter]


def _note(doubt: Failure | None, doubts: Doubts) -> None:
    if doubt is not None:
        doubts.setdefault((doubt.system, doubt.code), doubt)


def _in_order(numbers: list[str], values: Mapping[str, str | None], *, descending: bool) -> list[str]:
    """Sort by value, those without one last, and by number upwards among equals: whatever the direction."""
    upwards = sorted(numbers)
    if not values:
        return upwards[::-1] if descending else upwards
    known = [number for number in upwards if values[number] is not None]
    known.sort(key=lambda number: values[number] or "", reverse=descending)
    return [*known, *(number for number in upwards if values[number] is None)]


def _follows(number: str, value: str | None, place: Place, *, descending: bool) -> bool:
    if value == place.value:
        return number > place.noms_number
    if value is None or place.value is None:
        return value is None
    return value < place.value if descending else value > place.value
