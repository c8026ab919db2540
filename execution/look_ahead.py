"""The look-ahead: from an operation's selections to what to ask for, before anything runs.

What does not depend on the arguments is found once for a document. People are counted on every request.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from graphql import GraphQLObjectType, get_named_type

from execution.selection import Selected
from execution.variables import Arguments, Values
from resolvers.cursors import BadCursor, Cursors, Place
from resolvers.listing import PLAIN, ListedBy, Listing, OrderDirection, PopulationOrderField, key_of
from resolvers.plan import OffenderAsk, PageAsk, Plan, PrisonAsk
from schema.build import FIELDS
from schema.listed import COUNTS, FILTERS, ORDERS
from upstreams.errors import BadInput, TooComplex
from upstreams.identifiers import PRISON_ID, normalised

PAGE = 100
"""People on a page where `first` is null."""
MOST_LISTS = 10
"""Lists of one operation for which everybody in a prison is read: as many walks through MAX_POPULATION."""
REPEATS = 5
"""Places in the answer for each person that MAX_OFFENDERS allows: a repeat costs time, though no call."""
DESCRIBING = frozenset({"name", "active"})
"""Fields of `Prison` that somebody has to be asked for."""
NAMED = frozenset({"agency_id", "agency_name"})
"""Parts of its people's records by which a prison's own fields may have to be told."""


@dataclass(frozen=True, slots=True)
class _Page:
    arguments: Arguments
    offender: OffenderAsk
    showings: int
    counted: Mapping[str, ListedBy]


@dataclass(frozen=True, slots=True)
class _Prison:
    describes: bool
    pages: Mapping[str, _Page]


@dataclass(slots=True)
class _Counted:
    """People whom one request asks for, and places for them in its answer: never fewer than people."""

    lists: list[Collection[str]] = field(default_factory=list)
    firsts: int = 0
    places: int = 0

    def check(self, max_offenders: int) -> None:
        if self.places <= max_offenders:
            return
        people = len(set[str]().union(*self.lists)) + self.firsts
        if people > max_offenders:
            raise TooComplex(
                f"This operation asks for {people} people, more than MAX_OFFENDERS ({max_offenders}). "
                "Ask for fewer NOMS numbers, or lower `first`."
            )
        if self.places > REPEATS * max_offenders:
            raise TooComplex(
                f"This operation has {self.places} places for people, more than {REPEATS} times "
                f"MAX_OFFENDERS ({max_offenders}). Name each person once, and select `nodes` once."
            )


class LookAhead:
    """What an operation asks for, whatever its arguments."""

    def __init__(self, roots: Iterable[Selected]) -> None:
        self._arguments: dict[str, Arguments] = {}
        self._offenders: dict[str, OffenderAsk] = {}
        self._prisons: dict[str, _Prison] = {}
        self._asks_again = False
        for root in roots:
            if root.field is not None:
                self._add(root)
        asks = [
            *self._offenders.values(),
            *(page.offender for prison in self._prisons.values() for page in prison.pages.values()),
        ]
        named = NAMED if any(prison.describes for prison in self._prisons.values()) else frozenset[str]()
        self._plan = Plan(
            self._offenders,
            parts=named.union(*(ask.parts for ask in asks)),
            probation_parts=frozenset[str]().union(*(ask.probation_parts for ask in asks)),
            shares=len(asks) > 1 or self._asks_again,
            asks_probation=any(ask.asks_probation for ask in asks),
        )

    def plan(
        self, values: Values, cursors: Cursors, *, max_offenders: int
    ) -> tuple[Plan, Mapping[str, Mapping[str, Any]]]:
        """Return what one request asks for, and the arguments of its root fields by their response keys.

        Raises `BadInput`, `GraphQLError`, and `TooComplex` for too many people.
        """
        counted = _Counted()
        arguments = {key: one.of(values) for key, one in self._arguments.items()}
        for key in self._offenders:
            _count_numbers(arguments[key], counted)
        prisons = {
            key: _prison(one, arguments[key], values, cursors, counted) for key, one in self._prisons.items()
        }
        counted.check(max_offenders)
        if not prisons:
            return self._plan, arguments
        return _with_prisons(self._plan, prisons), arguments

    def _add(self, root: Selected) -> None:
        assert root.field is not None
        self._arguments[root.key] = Arguments(root.field, root.nodes[0])
        self._asks_again |= FIELDS[root.parent.name, root.name].origin.asks_again
        match get_named_type(root.field.type):
            case GraphQLObjectType(name="Offender"):
                self._offenders[root.key] = _offender(root)
            case GraphQLObjectType(name="Prison"):
                self._prisons[root.key] = _Prison(
                    describes=any(one.name in DESCRIBING for one in root.below),
                    # One of which everything is skipped is a page all the same.
                    pages={one.key: _page(one) for one in root.below if _has_fields(one)},
                )


def _has_fields(selected: Selected) -> bool:
    return selected.field is not None and isinstance(get_named_type(selected.field.type), GraphQLObjectType)


def _page(selected: Selected) -> _Page:
    assert selected.field is not None
    arguments = Arguments(selected.field, selected.nodes[0])
    # Where nothing of a summary is selected, what it would be of has to be known all the same.
    counted = dict(
        COUNTS.get(one.name, COUNTS["byStatus"])
        for one in selected.walk()
        if one.parent.name == "ProbationSummary"
    )
    return _Page(arguments, _offender(selected), max(1, _showings(selected)), counted)


def _showings(selected: Selected) -> int:
    """Return how often each person of a page is shown: by `nodes`, by `edges`, by each alias of them."""
    total = 0
    for below in selected.below:
        match get_named_type(below.field.type) if below.field else None:
            case GraphQLObjectType(name="Offender"):
                total += 1
            case GraphQLObjectType(name="OffenderEdge"):
                total += max(1, _showings(below))
    return total


def _offender(selected: Selected) -> OffenderAsk:
    origins = [
        (FIELDS[one.parent.name, one.name].origin, one.arguments)
        for one in selected.walk()
        if (one.parent.name, one.name) in FIELDS and one is not selected
    ]
    declared = [origin.declared(arguments) for origin, arguments in origins]
    return OffenderAsk.of(
        (declaration for declaration in declared if declaration is not None),
        (part for origin, _ in origins for part in origin.parts),
        names_prisons=any(one.parent.name == "PrisonRef" and one.name == "name" for one in selected.walk()),
    )


def _count_numbers(arguments: Mapping[str, Any], counted: _Counted) -> None:
    for value in arguments.values():
        numbers = value if isinstance(value, list) else [value]
        counted.places += len(numbers)
        counted.lists.append(numbers)


def _with_prisons(plan: Plan, prisons: Mapping[str, PrisonAsk]) -> Plan:
    """Return the plan with these prisons, and with what their lists need of everybody in them.

    Raises `TooComplex` for too many lists.
    """
    everybody = [
        page.everybody
        for one in prisons.values()
        for page in one.pages.values()
        if page.everybody is not None
    ]
    if not everybody:
        return replace(plan, prisons=prisons)
    lists = sum(
        len({page.listing.identity for page in one.pages.values() if page.everybody is not None})
        for one in prisons.values()
    )
    if lists > MOST_LISTS:
        raise TooComplex(
            f"This operation reads whole prisons for {lists} lists, more than {MOST_LISTS}. Ask for fewer "
            "filters, orders and summaries in one operation."
        )
    return replace(
        plan,
        prisons=prisons,
        parts=plan.parts.union(*(ask.parts for ask in everybody)),
        probation_parts=plan.probation_parts.union(*(ask.probation_parts for ask in everybody)),
        # Those of a page are asked for a second time.
        shares=True,
        asks_probation=plan.asks_probation or any(ask.asks_probation for ask in everybody),
    )


def _prison(
    prison: _Prison, arguments: Mapping[str, Any], values: Values, cursors: Cursors, counted: _Counted
) -> PrisonAsk:
    prison_id = normalised(arguments["id"])
    if not PRISON_ID.fullmatch(prison_id):
        raise BadInput("A prison's id is three letters or digits, such as LEI.")
    pages: dict[str, PageAsk] = {}
    for key, page in prison.pages.items():
        written = page.arguments.of(values)
        first = PAGE if written["first"] is None else written["first"]
        if first < 1:
            raise BadInput("`first` is at least 1.")
        counted.firsts += first
        counted.places += first * page.showings
        listing = _listing(written, page.counted)
        pages[key] = PageAsk(
            first,
            _after(written.get("after"), prison_id, listing, cursors),
            page.offender,
            listing,
            everybody=_everybody(listing),
        )
    return PrisonAsk(prison.describes, pages)


def _listing(written: Mapping[str, Any], counted: Mapping[str, ListedBy]) -> Listing:
    """Return whom a page's arguments list; a filter or a field of it that is null is none."""
    given, order = written.get("filter") or {}, written.get("orderBy") or {}
    if not (given or order or counted):
        return PLAIN
    filters = {name: frozenset(values) for name, values in given.items() if values is not None}
    by = order.get("field", PopulationOrderField.NOMS_NUMBER)
    descending = order.get("direction") is OrderDirection.DESC
    return Listing(
        filters=tuple((FILTERS[name], values) for name, values in filters.items()),
        order=None if by is PopulationOrderField.NOMS_NUMBER else ORDERS[by],
        descending=descending,
        counted=counted,
        key=key_of(filters, by, descending=descending),
    )


def _everybody(listing: Listing) -> OffenderAsk | None:
    """Return what a list needs of everybody in the prison, None where it needs their numbers alone."""
    if not listing.scanned:
        return None
    return OffenderAsk.of(
        (one.declaration for one in listing.scanned),
        (part for one in listing.scanned for part in one.parts),
        names_prisons=False,
    )


def _after(cursor: str | None, prison_id: str, listing: Listing, cursors: Cursors) -> Place | None:
    if cursor is None:
        return None
    try:
        place = cursors.read(cursor)
    except BadCursor as error:
        raise BadInput("`after` is not a cursor of this gateway: hand in a page's `endCursor`.") from error
    if place.prison != prison_id:
        raise BadInput("`after` is a cursor of another prison: hand in an `endCursor` of this one.")
    if place.listing != listing.key:
        raise BadInput(
            "`after` is a cursor of a list with another filter or order: hand in an `endCursor` of this one, "
            "or none for its first page."
        )
    return place
