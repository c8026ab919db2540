"""An operation's selections, merged: one `Selected` for each response key at each place of the answer.

Fragments are expanded and `@skip` and `@include` decided, so that what is left is a tree of fields. There are
no interfaces and no unions, so that a fragment on another type than its place cannot be valid.
"""

from collections.abc import Iterable, Iterator, Mapping
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
    SelectionNode,
    SelectionSetNode,
    get_named_type,
)
from graphql.execution.values import VariableValues, get_argument_values, get_directive_values

from schema.build import FIELDS

TYPENAME = "__typename"


@dataclass(frozen=True, slots=True)
class Selected:
    """A field as it is asked for in one place, by these nodes. `field` is None for `__typename`.

    `arguments` are those by which the field's declaration is bound, and no others.
    """

    key: str
    name: str
    parent: GraphQLObjectType
    field: GraphQLField | None
    nodes: tuple[FieldNode, ...]
    arguments: Mapping[str, Any]
    below: tuple["Selected", ...] = ()

    def walk(self) -> Iterator["Selected"]:
        """Yield this field and all below it."""
        yield self
        for one in self.below:
            yield from one.walk()


def selected(
    on: GraphQLObjectType,
    selections: Iterable[SelectionSetNode],
    fragments: Mapping[str, FragmentDefinitionNode],
    variables: VariableValues,
) -> tuple[Selected, ...]:
    """Return what these selections ask for on a type, in the answer's order. Raises `GraphQLError`."""
    grouped: dict[str, list[FieldNode]] = {}
    entered: set[str] = set()
    for one in selections:
        for node in _flat(one, fragments, variables, entered):
            grouped.setdefault((node.alias or node.name).value, []).append(node)
    return tuple(_merged(key, on, nodes, fragments, variables) for key, nodes in grouped.items())


def _merged(
    key: str,
    on: GraphQLObjectType,
    nodes: list[FieldNode],
    fragments: Mapping[str, FragmentDefinitionNode],
    variables: VariableValues,
) -> Selected:
    name = nodes[0].name.value
    field = on.fields.get(name)
    below: tuple[Selected, ...] = ()
    named = get_named_type(field.type) if field else None
    if isinstance(named, GraphQLObjectType):
        sets = [node.selection_set for node in nodes if node.selection_set is not None]
        below = selected(named, sets, fragments, variables)
    source = FIELDS.get((on.name, name))
    arguments = {}
    if field and source and source.origin.bind:
        arguments = get_argument_values(field, nodes[0], variables)
    return Selected(key, name, on, field, tuple(nodes), arguments, below)


def _flat(
    selections: SelectionSetNode,
    fragments: Mapping[str, FragmentDefinitionNode],
    variables: VariableValues,
    entered: set[str],
) -> Iterator[FieldNode]:
    """Yield the fields of one level, those of its fragments with them, each fragment once."""
    for node in selections.selections:
        if not _included(node, variables):
            continue
        if isinstance(node, FieldNode):
            yield node
        elif isinstance(node, InlineFragmentNode):
            yield from _flat(node.selection_set, fragments, variables, entered)
        elif isinstance(node, FragmentSpreadNode) and node.name.value not in entered:
            entered.add(node.name.value)
            yield from _flat(fragments[node.name.value].selection_set, fragments, variables, entered)


def _included(node: SelectionNode, variables: VariableValues) -> bool:
    if not node.directives:
        return True
    skip = get_directive_values(GraphQLSkipDirective, node, variables)
    if skip is not None and skip["if"]:
        return False
    include = get_directive_values(GraphQLIncludeDirective, node, variables)
    return include is None or bool(include["if"])
