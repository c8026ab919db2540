"""Limits on a document, checked once it is parsed and before it is validated, in time linear in its length.

A fragment is measured once, after those that it spreads: thirty fragments that each spread the next one eight
times cost what was written, and count as what they come to.
"""

import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, fields
from graphlib import CycleError, TopologicalSorter
from itertools import islice

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    InlineFragmentNode,
    NameNode,
    Node,
    OperationDefinitionNode,
    SelectionNode,
    SelectionSetNode,
)

from gateway.settings import Settings
from upstreams.errors import TooComplex

WORD = re.compile(r"\w+")
INTROSPECTION = frozenset({"__schema", "__type"})
INTROSPECTION_DEPTH = 20
"""Levels of introspection; the standard query has 15, of which nine are the wrappers of a type."""


@dataclass(frozen=True, slots=True)
class Limits:
    """The limits, each by the name of its setting."""

    max_tokens: int
    max_parts: int
    max_depth: int
    max_aliases: int
    max_root_fields: int
    max_selections: int

    @classmethod
    def of(cls, settings: Settings) -> "Limits":
        """Return the limits that the settings have."""
        return cls(**{field.name: getattr(settings, field.name) for field in fields(cls)})

    def check_text(self, query: str) -> None:
        """Raise `TooComplex` for a text that is longer than its parts could need, before it is parsed.

        A part has two words at most, such as an alias and a name. graphql-core takes some 10 µs a token,
        reads long ones character by character, and counts lines to find the place of each error.
        """
        lines = query.count("\n") + query.count("\r") - query.count("\r\n") + 1
        for what, count, of_a_part in (
            ("characters", len(query), 50),
            ("lines", lines, 2),
            ("words", len(WORD.findall(query)), 2),
        ):
            if count > of_a_part * self.max_parts:
                raise TooComplex(
                    f"The document has {count} {what}, more than {of_a_part} times MAX_PARTS "
                    f"({self.max_parts}). Ask for fewer fields, pass values as variables, or leave out "
                    "comments."
                )

    def check(self, document: DocumentNode) -> None:
        """Raise `TooComplex` for a document that asks for more than a limit allows."""
        size = measured(document)
        # One more than the limit is enough to know.
        parts = sum(1 for _ in islice(_parts(document), self.max_parts + 1))
        for count, at_most, words in (
            (size.root_fields, self.max_root_fields, ROOT_FIELDS),
            (size.depth, self.max_depth, DEPTH),
            (size.introspection_depth, INTROSPECTION_DEPTH, DEPTH_OF_INTROSPECTION),
            (size.introspection_aliases, 0, ALIASES_OF_INTROSPECTION),
            (size.aliases, self.max_aliases, ALIASES),
            (size.selections, self.max_selections, SELECTIONS),
            (parts, self.max_parts, PARTS),
        ):
            if count > at_most:
                raise TooComplex(words.format(count, at_most))


ROOT_FIELDS = (
    "This document has {} root fields, more than MAX_ROOT_FIELDS ({}). "
    "Ask for several people by one field, or send several requests."
)
DEPTH = "This operation is {} levels deep, more than MAX_DEPTH ({}). Select fewer levels."
DEPTH_OF_INTROSPECTION = "This introspection is {} levels deep, more than {}. Select fewer levels."
ALIASES_OF_INTROSPECTION = "Introspection takes no aliases. Ask for one type in a request."
ALIASES = (
    "This operation has {} aliases with its fragments expanded, more than MAX_ALIASES ({}). "
    "Use fewer aliases, or use those of a fragment less often."
)
SELECTIONS = (
    "This document makes {} selections with its fragments expanded, more than MAX_SELECTIONS ({}). "
    "Select fewer fields, use a fragment less often, or send its operations one by one."
)
PARTS = (
    "This document has more parts (fields, fragments, arguments, values) than MAX_PARTS ({1}). "
    "Ask for fewer fields, or pass values as variables."
)


@dataclass(slots=True)
class Size:
    """What a selection comes to with its fragments expanded; `aliases` are those outside introspection."""

    root_fields: int = 0
    depth: int = 0
    introspection_depth: int = 0
    aliases: int = 0
    introspection_aliases: int = 0
    selections: int = 0

    def add(self, other: "Size", level: int, introspects: bool) -> None:
        """Count what stands at a level, which is introspection or data by where it stands."""
        if level == 0:
            self.root_fields += other.root_fields
        if introspects:
            self._deepen(0, max(other.depth, other.introspection_depth), level)
            self.introspection_aliases += other.aliases
        else:
            self._deepen(other.depth, other.introspection_depth, level)
            self.aliases += other.aliases
        self.introspection_aliases += other.introspection_aliases
        self.selections += other.selections

    def _deepen(self, data: int, introspection: int, level: int) -> None:
        if data:
            self.depth = max(self.depth, level + data)
        if introspection:
            self.introspection_depth = max(self.introspection_depth, level + introspection)


FIELD = Size(root_fields=1, depth=1, selections=1)
ALIASED_FIELD = Size(root_fields=1, depth=1, aliases=1, selections=1)
NOTHING = Size()


def measured(document: DocumentNode) -> Size:
    """Return the root fields and selections of all operations together, and else what the largest has.

    All operations are validated, whichever is asked for. Each counts as one root field at least, so that
    their number is bounded too.
    """
    fragments = {
        node.name.value: node.selection_set
        for node in document.definitions
        if isinstance(node, FragmentDefinitionNode)
    }
    sizes: dict[str, Size] = {}
    for name in _inner_first(fragments):
        sizes[name] = _size(fragments[name], sizes)
    whole = Size()
    for node in document.definitions:
        if isinstance(node, OperationDefinitionNode):
            size = _size(node.selection_set, sizes)
            whole.root_fields += max(1, size.root_fields)
            whole.selections += size.selections
            whole.depth = max(whole.depth, size.depth)
            whole.introspection_depth = max(whole.introspection_depth, size.introspection_depth)
            whole.aliases = max(whole.aliases, size.aliases)
            whole.introspection_aliases = max(whole.introspection_aliases, size.introspection_aliases)
    return whole


def _inner_first(fragments: Mapping[str, SelectionSetNode]) -> Iterator[str]:
    """Yield each fragment after those that it spreads; none in or above a cycle, which validation refuses."""
    order = TopologicalSorter(
        {name: fragments.keys() & _spreads(selections) for name, selections in fragments.items()}
    )
    with suppress(CycleError):
        order.prepare()
    while ready := order.get_ready():
        yield from ready
        order.done(*ready)


def _spreads(selections: SelectionSetNode) -> set[str]:
    return {node.name.value for node, *_ in _walk(selections) if isinstance(node, FragmentSpreadNode)}


def _size(selections: SelectionSetNode, fragments: Mapping[str, Size]) -> Size:
    size = Size()
    for node, level, introspects in _walk(selections):
        if isinstance(node, FieldNode):
            size.add(ALIASED_FIELD if node.alias else FIELD, level, introspects)
        else:
            size.selections += 1
        if isinstance(node, FragmentSpreadNode):
            size.add(fragments.get(node.name.value, NOTHING), level, introspects)
    return size


def _walk(selections: SelectionSetNode) -> Iterator[tuple[SelectionNode, int, bool]]:
    """Yield every selection that is written below, the fields above it, and whether it is introspection."""
    waiting = [(selections, 0, False)]
    while waiting:
        selections, level, introspects = waiting.pop()
        for node in selections.selections:
            if isinstance(node, FieldNode):
                introspective = introspects or node.name.value in INTROSPECTION
                yield node, level, introspective
                if node.selection_set is not None:
                    waiting.append((node.selection_set, level + 1, introspective))
            else:
                yield node, level, introspects
                if isinstance(node, InlineFragmentNode):
                    waiting.append((node.selection_set, level, introspects))


def _parts(document: DocumentNode) -> Iterator[Node]:
    """Yield every node of the document but names: each takes validation ten to twenty microseconds."""
    waiting: list[Node] = [document]
    while waiting:
        node = waiting.pop()
        yield node
        for below in vars(node).values():
            if isinstance(below, tuple):
                waiting.extend(below)
            elif isinstance(below, Node) and not isinstance(below, NameNode):
                waiting.append(below)
