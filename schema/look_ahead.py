"""The look-ahead: from an operation's selections to the plan of what to ask, before anything runs.

Each walk enters a fragment once, so that it costs the length of the document and not of its expansion.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from graphql import (
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLField,
    GraphQLIncludeDirective,
    GraphQLObjectType,
    GraphQLSkipDirective,
    InlineFragmentNode,
    OperationDefinitionNode,
    SelectionNode,
    SelectionSetNode,
    get_named_type,
)
from graphql.execution.values import VariableValues, get_argument_values, get_directive_values

from resolvers.cursors import BadCursor, Cursors
from resolvers.plan import OffenderAsk, PageAsk, Plan, PrisonAsk
from schema.build import DECLARATIONS, FURTHER_PARTS, SCHEMA
from upstreams.errors import BadInput, TooComplex
from upstreams.identifiers import PRISON_ID, normalised

PAGE = 100
"""People on a page where `first` is null."""
REPEATS = 5
"""Places in the answer for each person that MAX_OFFENDERS allows: a repeat costs time, though no call."""
DESCRIBING = frozenset({"name", "active"})
"""Fields of `Prison` that somebody has to be asked for."""


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation of a document, with the values of its variables."""

    definition: OperationDefinitionNode
    fragments: dict[str, FragmentDefinitionNode]
    variables: VariableValues


def plan(operation: Operation, cursors: Cursors, *, max_offenders: int) -> Plan:
    """Return what the operation asks for. Raises `BadInput`, and `TooComplex` for too many people."""
    return _Planner(operation, cursors, max_offenders).plan()


class _Planner:
    def __init__(self, operation: Operation, cursors: Cursors, max_offenders: int) -> None:
        self._operation = operation
        self._cursors = cursors
        self._max_offenders = max_offenders
        self._numbers: set[str] = set()
        self._places = 0
        self._firsts = 0

    def plan(self) -> Plan:
        query = SCHEMA.query_type
        assert query is not None
        offenders, prisons = {}, {}
        for key, nodes in self._by_response_key([self._operation.definition.selection_set]).items():
            field = query.fields.get(nodes[0].name.value)
            match get_named_type(field.type) if field else None:
                case GraphQLObjectType(name="Offender") as offender:
                    assert field is not None
                    self._count_numbers(self._arguments(field, nodes[0]))
                    offenders[key] = self._offender(nodes, offender)
                case GraphQLObjectType(name="Prison") as prison:
                    assert field is not None
                    prisons[key] = self._prison(nodes, prison, self._arguments(field, nodes[0]))
        self._check_people()
        return Plan(offenders, prisons)

    def _check_people(self) -> None:
        people = len(self._numbers) + self._firsts
        if people > self._max_offenders:
            raise TooComplex(
                f"This operation asks for {people} people, more than MAX_OFFENDERS ({self._max_offenders}). "
                "Ask for fewer NOMS numbers, or lower `first`."
            )
        if self._places > REPEATS * self._max_offenders:
            raise TooComplex(
                f"This operation has {self._places} places for people, more than {REPEATS} times "
                f"MAX_OFFENDERS ({self._max_offenders}). Name each person once, and select `nodes` once."
            )

    def _count_numbers(self, arguments: dict[str, Any]) -> None:
        for value in arguments.values():
            numbers = value if isinstance(value, list) else [value]
            self._places += len(numbers)
            self._numbers.update(numbers)

    def _prison(
        self, nodes: list[FieldNode], prison: GraphQLObjectType, arguments: dict[str, Any]
    ) -> PrisonAsk:
        prison_id = normalised(arguments["id"])
        if not PRISON_ID.fullmatch(prison_id):
            raise BadInput("A prison's id is three letters or digits, such as LEI.")
        pages: dict[str, PageAsk] = {}
        describes = False
        for key, below in self._by_response_key(_selection_sets(nodes)).items():
            field = prison.fields.get(below[0].name.value)
            if field is not None and below[0].selection_set is not None:
                pages[key] = self._page(below, field, prison_id)
            describes = describes or below[0].name.value in DESCRIBING
        return PrisonAsk(describes, pages)

    def _page(self, nodes: list[FieldNode], field: GraphQLField, prison_id: str) -> PageAsk:
        arguments = self._arguments(field, nodes[0])
        first = PAGE if arguments["first"] is None else arguments["first"]
        if first < 1:
            raise BadInput("`first` is at least 1.")
        self._firsts += first
        connection = get_named_type(field.type)
        assert isinstance(connection, GraphQLObjectType)
        self._places += first * max(1, self._showings(nodes, connection))
        after = arguments.get("after")
        return PageAsk(
            first, None if after is None else self._after(after, prison_id), self._offender(nodes, connection)
        )

    def _showings(self, nodes: list[FieldNode], parent: GraphQLObjectType) -> int:
        """Return how often each person of a page is shown: by `nodes`, by `edges`, by each alias of them."""
        total = 0
        for below in self._by_response_key(_selection_sets(nodes)).values():
            field = parent.fields.get(below[0].name.value)
            match get_named_type(field.type) if field else None:
                case GraphQLObjectType(name="Offender"):
                    total += 1
                case GraphQLObjectType(name="OffenderEdge") as edge:
                    total += max(1, self._showings(below, edge))
        return total

    def _after(self, cursor: str, prison_id: str) -> str:
        try:
            place = self._cursors.read(cursor)
        except BadCursor as error:
            raise BadInput(
                "`after` is not a cursor of this gateway: hand in a page's `endCursor`."
            ) from error
        if place.prison != prison_id:
            raise BadInput("`after` is a cursor of another prison: hand in an `endCursor` of this one.")
        return place.noms_number

    def _offender(self, nodes: list[FieldNode], parent: GraphQLObjectType) -> OffenderAsk:
        below = self._fields_below(nodes, parent)
        fields = dict(DECLARATIONS[name] for name in below.get("Offender", ()) if name in DECLARATIONS)
        further_parts = frozenset(
            part for (on, name), part in FURTHER_PARTS.items() if name in below.get(on, ())
        )
        names_prisons = "name" in below.get("PrisonRef", ())
        return OffenderAsk(fields, names_prisons=names_prisons, further_parts=further_parts)

    def _fields_below(self, nodes: list[FieldNode], parent: GraphQLObjectType) -> dict[str, dict[str, None]]:
        """Return the names of all fields below, by the type that they are selected on."""
        found: dict[str, dict[str, None]] = {}
        waiting = [(selections, parent) for selections in _selection_sets(nodes)]
        entered: set[str] = set()
        while waiting:
            selections, on = waiting.pop()
            for node in self._flat(selections, entered):
                field = on.fields.get(node.name.value)
                found.setdefault(on.name, {})[node.name.value] = None
                if field is not None and node.selection_set is not None:
                    below = get_named_type(field.type)
                    assert isinstance(below, GraphQLObjectType)
                    waiting.append((node.selection_set, below))
        return found

    def _by_response_key(self, selection_sets: Iterable[SelectionSetNode]) -> dict[str, list[FieldNode]]:
        grouped: dict[str, list[FieldNode]] = {}
        entered: set[str] = set()
        for selections in selection_sets:
            for node in self._flat(selections, entered):
                key = node.alias.value if node.alias else node.name.value
                grouped.setdefault(key, []).append(node)
        return grouped

    def _flat(self, selections: SelectionSetNode, entered: set[str]) -> Iterator[FieldNode]:
        """Yield the fields of one level, those of its fragments with them.

        There are no interfaces and no unions, so that a fragment on another type than its place cannot be
        valid.
        """
        for node in selections.selections:
            if not self._included(node):
                continue
            if isinstance(node, FieldNode):
                yield node
            elif isinstance(node, InlineFragmentNode):
                yield from self._flat(node.selection_set, entered)
            elif isinstance(node, FragmentSpreadNode) and node.name.value not in entered:
                entered.add(node.name.value)
                yield from self._flat(self._operation.fragments[node.name.value].selection_set, entered)

    def _included(self, node: SelectionNode) -> bool:
        variables = self._operation.variables
        skip = get_directive_values(GraphQLSkipDirective, node, variables)
        if skip is not None and skip["if"]:
            return False
        include = get_directive_values(GraphQLIncludeDirective, node, variables)
        return include is None or include["if"]

    def _arguments(self, field: GraphQLField, node: FieldNode) -> dict[str, Any]:
        return get_argument_values(field, node, self._operation.variables)


def _selection_sets(nodes: list[FieldNode]) -> list[SelectionSetNode]:
    return [node.selection_set for node in nodes if node.selection_set is not None]
