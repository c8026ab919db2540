"""Overlap: fields of one response key are merged, and so have to be one field with the same arguments.

graphql-core's own rule compares all pairs of fields, and all pairs of fragments: 300 fragments side by side
took a second. Where there is no interface and no union, all that is merged is of one type, so that the first
field of a key stands for the others. The walk is never longer than the expanded selection, which the limits
have bounded before.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLError,
    InlineFragmentNode,
    ListValueNode,
    ObjectValueNode,
    OperationDefinitionNode,
    SelectionSetNode,
    ValueNode,
    VariableNode,
)


def conflicts(document: DocumentNode) -> Iterator[GraphQLError]:
    """Yield an error for each response key of different fields; the document is valid otherwise."""
    fragments = {
        node.name.value: node.selection_set
        for node in document.definitions
        if isinstance(node, FragmentDefinitionNode)
    }
    merged = [
        [node.selection_set] for node in document.definitions if isinstance(node, OperationDefinitionNode)
    ]
    while merged:
        for key, (first, *others) in _by_response_key(merged.pop(), fragments).items():
            other = next((node for node in others if not _same(first, node)), None)
            if other is not None:
                yield _conflict(key, first, other)
            elif first.selection_set is not None:
                merged.append([node.selection_set for node in (first, *others) if node.selection_set])


def _by_response_key(
    merged: Iterable[SelectionSetNode], fragments: Mapping[str, SelectionSetNode]
) -> dict[str, list[FieldNode]]:
    grouped: dict[str, list[FieldNode]] = {}
    waiting, entered = list(merged), set[str]()
    while waiting:
        for node in waiting.pop().selections:
            if isinstance(node, FieldNode):
                grouped.setdefault((node.alias or node.name).value, []).append(node)
            elif isinstance(node, InlineFragmentNode):
                waiting.append(node.selection_set)
            elif isinstance(node, FragmentSpreadNode) and node.name.value not in entered:
                entered.add(node.name.value)
                waiting.append(fragments[node.name.value])
    return grouped


def _same(first: FieldNode, other: FieldNode) -> bool:
    if first.name.value != other.name.value:
        return False
    if not first.arguments and not other.arguments:
        return True
    return _arguments(first) == _arguments(other)


def _arguments(node: FieldNode) -> dict[str, Any]:
    return {argument.name.value: _canonical(argument.value) for argument in node.arguments or ()}


def _canonical(value: ValueNode) -> Any:
    """Return a literal so that it compares by what it says: an object's fields have no order."""
    if isinstance(value, ListValueNode):
        return [_canonical(one) for one in value.values]
    if isinstance(value, ObjectValueNode):
        return {field.name.value: _canonical(field.value) for field in value.fields}
    if isinstance(value, VariableNode):
        return value.kind, value.name.value
    return value.kind, getattr(value, "value", None), getattr(value, "block", None)


def _conflict(key: str, first: FieldNode, other: FieldNode) -> GraphQLError:
    if first.name.value == other.name.value:
        what = f"one field, '{first.name.value}', with different arguments"
    else:
        what = f"two fields, '{first.name.value}' and '{other.name.value}'"
    return GraphQLError(
        f"The response key '{key}' stands for {what}. Give one of them another alias.", [first, other]
    )
