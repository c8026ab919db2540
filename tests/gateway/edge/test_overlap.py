"""The linear rule accepts and refuses what graphql-core's own does."""

import pytest
from graphql import (
    OverlappingFieldsCanBeMergedRule,
    build_schema,
    is_abstract_type,
    parse,
    specified_rules,
    validate,
)
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.edge.overlap import conflicts
from schema.build import SCHEMA

ANIMALS = build_schema(
    """
    schema { query: Dog }
    type Dog {
      dog(name: String, n: Int, list: [Int], like: Like): Dog  dogs(name: String): [Dog!]  crn: String
    }
    input Like { a: Int  b: String }
    """
)
ARGUMENTS = [
    "",
    "(n: 1)",
    "(n: 2)",
    "(n: $n)",
    "(n: $m)",
    '(name: "a")',
    '(name: """a""")',
    '(name: "1")',
    "(name: null)",
    '(n: 1, name: "a")',
    '(name: "a", n: 1)',
    "(list: 1)",
    "(list: [1])",
    "(list: [1, 2])",
    "(list: [2, 1])",
    "(list: [$n])",
    '(like: {a: 1, b: "x"})',
    '(like: {b: "x", a: 1})',
    "(like: {a: 1})",
]
OTHERS = tuple(rule for rule in specified_rules if rule is not OverlappingFieldsCanBeMergedRule)
# Most fields of one key can be merged, so that conflicts stand deep as often as not.
SCALARS = [*["crn", "x: crn", "y: __typename"] * 6, "x: __typename", "crn: __typename"]
OBJECTS = [*["dog", "a: dog", "b: dogs"] * 6, "a: dogs", "dog(n: $n)", "b: dogs(name: $s)"]


@st.composite
def selections(draw, spreads, levels=3):
    """Draw what is selected of a dog, as it is written between braces."""
    parts = []
    for kind in draw(
        st.lists(st.sampled_from(["scalar", "spread", "object", "inline"]), min_size=1, max_size=4)
    ):
        if kind == "spread" and spreads:
            parts.append(f"...{draw(st.sampled_from(spreads))}")
        elif kind == "inline" and levels:
            parts.append(f"... on Dog {{ {draw(selections(spreads, levels - 1))} }}")
        elif kind == "object" and levels:
            parts.append(f"{draw(st.sampled_from(OBJECTS))} {{ {draw(selections(spreads, levels - 1))} }}")
        else:
            parts.append(draw(st.sampled_from(SCALARS)))
    return " ".join(parts)


@st.composite
def documents(draw):
    """Draw documents that are valid, but for fields that cannot be merged."""
    names = ["F0", "F1", "F2"]
    fragments = [
        f"fragment {name} on Dog {{ {draw(selections(names[:place]))} }}" for place, name in enumerate(names)
    ]
    # What is not used would be refused for that.
    used = "used: dog { dog(n: $n) { ...F0 } dogs(name: $s) { ...F1 } d: dog { ...F2 } }"
    return f"query ($n: Int, $s: String) {{ {draw(selections(names))} {used} }} {' '.join(fragments)}"


@given(documents())
@settings(max_examples=200, deadline=None)
def test_a_document_is_refused_where_graphql_core_refuses_it(text):
    document = parse(text)
    assert validate(ANIMALS, document, OTHERS) == []

    refused = validate(ANIMALS, document, [OverlappingFieldsCanBeMergedRule]) != []

    assert (list(conflicts(document)) != []) == refused


@pytest.mark.parametrize("other", ARGUMENTS)
@pytest.mark.parametrize("one", ARGUMENTS)
def test_arguments_are_compared_as_graphql_core_does(one, other):
    document = parse(
        f"query ($n: Int, $m: Int) {{ dog{one} {{ crn }} ...F }} fragment F on Dog {{ dog{other} {{ crn }} }}"
    )

    refused = validate(ANIMALS, document, [OverlappingFieldsCanBeMergedRule]) != []

    assert (list(conflicts(document)) != []) == refused


def test_all_that_is_merged_is_of_one_type():
    """With an interface or a union, two fields of one key may differ where their types exclude each other."""
    abstract = [name for name, of_schema in SCHEMA.type_map.items() if is_abstract_type(of_schema)]

    assert abstract == []


def test_nothing_is_streamed():
    """graphql-core's rule compares `@stream` too, which ours need not while nobody may write it."""
    assert [one.name for one in SCHEMA.directives if one.name in ("stream", "defer")] == []


def test_a_conflict_names_the_response_key_and_no_value():
    document = parse(
        '{ who: offender(nomsNumber: "A1234BC") { crn } who: offender(nomsNumber: "B2345CD") { crn } }'
    )

    (error,) = conflicts(document)

    assert error.message == (
        "The response key 'who' stands for one field, 'offender', with different arguments. "
        "Give one of them another alias."
    )
    assert [place.column for place in error.locations] == [3, 48]


def test_a_conflict_names_the_two_fields():
    document = parse('{ offender(nomsNumber: "A1234BC") { tier { it: level it: code } } }')

    (error,) = conflicts(document)

    assert error.message == (
        "The response key 'it' stands for two fields, 'level' and 'code'. Give one of them another alias."
    )
