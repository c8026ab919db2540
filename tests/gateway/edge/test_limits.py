"""What a document comes to is counted as if its fragments were written out."""

from graphql import FieldNode, FragmentDefinitionNode, FragmentSpreadNode, OperationDefinitionNode, parse
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.edge.limits import Size, measured

NAMES = ["a", "b", "c: d", "e: a", "__typename", "__schema", "x: __type"]


def selections(spreads):
    """Draw selections that may spread some fragments, as they are written between braces."""
    leaf = st.sampled_from([*NAMES, *(f"...{name}" for name in spreads)])
    return st.recursive(
        st.lists(leaf, max_size=4),
        lambda below: st.lists(
            st.one_of(
                leaf,
                st.tuples(st.sampled_from([*NAMES, "...", "... on T"]), below).map(
                    lambda pair: f"{pair[0]} {{ {' '.join(pair[1])} }}"
                ),
            ),
            max_size=4,
        ),
        max_leaves=8,
    ).map(" ".join)


@st.composite
def documents(draw, spread_by=lambda n: range(n + 1, 4)):
    """Draw operations and four fragments, of which the nth spreads those that `spread_by` says."""
    operations = draw(st.lists(selections([f"F{n}" for n in range(4)]), min_size=1, max_size=3))
    return " ".join(
        [
            *(f"query Q{n} {{ {body} }}" for n, body in enumerate(operations)),
            *(
                f"fragment F{n} on T {{ {draw(selections([f'F{m}' for m in spread_by(n)]))} }}"
                for n in range(4)
            ),
        ]
    )


def written_out(selection_set, fragments, level=1, introspects=False):
    """Yield each selection of the expanded document: its level, whether it is introspection, and its node."""
    for node in selection_set.selections:
        if isinstance(node, FragmentSpreadNode):
            yield level, introspects, node
            yield from written_out(fragments[node.name.value], fragments, level, introspects)
        elif isinstance(node, FieldNode):
            inside = introspects or node.name.value in ("__schema", "__type")
            yield level, inside, node
            if node.selection_set:
                yield from written_out(node.selection_set, fragments, level + 1, inside)
        else:
            yield level, introspects, node
            yield from written_out(node.selection_set, fragments, level, introspects)


@given(documents())
@settings(deadline=None)
def test_counts_are_those_of_the_document_written_out(document):
    definitions = parse(document).definitions
    fragments = {
        node.name.value: node.selection_set
        for node in definitions
        if isinstance(node, FragmentDefinitionNode)
    }
    operations = [
        list(written_out(node.selection_set, fragments))
        for node in definitions
        if isinstance(node, OperationDefinitionNode)
    ]
    fields = [[one for one in written if isinstance(one[2], FieldNode)] for written in operations]

    size = measured(parse(document))

    def deepest(introspects):
        levels = [level for some in fields for level, inside, _ in some if inside is introspects]
        return max(levels, default=0)

    def aliases(introspects):
        aliased = [
            [node for _, inside, node in some if inside is introspects and node.alias] for some in fields
        ]
        return max(map(len, aliased))

    assert size == Size(
        root_fields=sum(max(1, sum(level == 1 for level, *_ in some)) for some in fields),
        depth=deepest(False),
        introspection_depth=deepest(True),
        aliases=aliases(False),
        introspection_aliases=aliases(True),
        selections=sum(len(written) for written in operations),
    )


@given(documents(spread_by=lambda _: range(6)))
@settings(deadline=None)
def test_cycles_and_fragments_that_are_not_there_are_left_to_validation(document):
    assert measured(parse(document)).root_fields >= 1


def test_a_cycle_counts_as_nothing():
    size = measured(parse("{ a ...F } fragment F on T { b ...G } fragment G on T { c ...F }"))

    assert size == Size(root_fields=1, depth=1, selections=2)


def test_a_fragment_is_judged_for_each_place_where_it_is_used():
    size = measured(parse("{ a { ...F } __type { b { ...F } } } fragment F on T { c { d } }"))

    assert (size.depth, size.introspection_depth) == (3, 4)


def test_a_fragment_without_introspection_adds_none_however_deep_it_stands():
    size = measured(
        parse("{ a { b { c { ...F } } } ...G } fragment F on T { d } fragment G on T { __schema }")
    )

    assert (size.depth, size.introspection_depth) == (4, 1)


def test_a_chain_of_fragments_may_be_longer_than_the_stack():
    chain = " ".join(f"fragment F{n} on T {{ a {{ ...F{n + 1} }} }}" for n in range(5000))

    size = measured(parse(f"{{ ...F0 }} {chain} fragment F5000 on T {{ b: c }}"))

    assert size == Size(root_fields=1, depth=5001, aliases=1, selections=10_002)


def test_counts_beyond_any_machine_word_are_exact():
    levels = " ".join(f"fragment F{n} on T {{ {f'...F{n + 1} ' * 8} }}" for n in range(30))

    size = measured(parse(f"{{ ...F0 }} {levels} fragment F30 on T {{ b: c }}"))

    assert size.aliases == 8**30
    assert size.selections == 1 + 8**30 + sum(8**n for n in range(1, 31))
