"""The writer completes values as graphql-core does, also where no upstream of ours lets a null come up.

The schema is one of its own: every nullability, nested lists, and leaves that refuse a value.
"""

import json
from dataclasses import replace
from types import SimpleNamespace

import msgspec
from graphql import (
    GraphQLEnumType,
    GraphQLField,
    GraphQLInt,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLScalarType,
    GraphQLSchema,
    GraphQLString,
    execute,
    parse,
)
from graphql.execution.values import VariableValues
from hypothesis import given, settings
from hypothesis import strategies as st

from execution.selection import selected
from execution.writer import Null, writer
from schema.build import FieldSource
from schema.declared import Origin
from upstreams.records import Failure, FailureCode, FieldFailure

FAILURE = Failure(code=FailureCode.DELIUS_UNAVAILABLE, message="Delius did not answer.")


def even(value):
    """Serialise an even number, and refuse an odd one."""
    if value % 2:
        raise ValueError("odd")
    return value


EVEN = GraphQLScalarType("Even", serialize=even)
LEVEL = GraphQLEnumType("Level", {"LOW": 1, "HIGH": 2})
LEAVES = {
    "text": (GraphQLString, st.sampled_from(["a", "é\u2028", ""])),
    "even": (EVEN, st.sampled_from([0, 2, 4, 4, 4, 5])),
    "whole": (GraphQLInt, st.sampled_from([1, -7, 2**31])),
    "level": (LEVEL, st.sampled_from([1, 2, 2, 2, 3])),
}
NOTHING = st.sampled_from([None, "failure"])


def kinds(kind):
    """Return a type by itself, in lists, and in lists of lists, in each nullability."""
    must = GraphQLNonNull(kind)
    return {
        "": kind,
        "Must": must,
        "List": GraphQLList(kind),
        "ListOfMust": GraphQLList(must),
        "MustList": GraphQLNonNull(GraphQLList(kind)),
        "MustListOfMust": GraphQLNonNull(GraphQLList(must)),
        "Lists": GraphQLList(GraphQLNonNull(GraphQLList(must))),
    }


def fields_of(named):
    return {
        f"{name}{suffix}": GraphQLField(kind)
        for name, leaf in named.items()
        for suffix, kind in kinds(leaf).items()
    }


INNER = GraphQLObjectType("Inner", fields_of({name: kind for name, (kind, _) in LEAVES.items()}))
# By this name it is a person, whom the writer writes at once where nothing of them failed.
OUTER = GraphQLObjectType("Offender", {**INNER.fields, **fields_of({"inner": INNER})})
QUERY = GraphQLObjectType("Query", fields_of({"outer": OUTER}))
SCHEMA = GraphQLSchema(QUERY)
SOURCES = {
    (parent.name, name): FieldSource(name, Origin())
    for parent in (INNER, OUTER, QUERY)
    for name in parent.fields
}


@st.composite
def selections(draw, kind, depth=0):
    """Draw a selection set with aliases, repeats and `__typename`."""
    written = []
    for name in draw(st.lists(st.sampled_from([*kind.fields, "__typename"]), min_size=1, max_size=4)):
        alias = draw(st.sampled_from(["", "", f"a{draw(st.integers(0, 1))}_{name}: "]))
        below = "" if name == "__typename" else named(kind.fields[name].type)
        inside = draw(selections(below, depth + 1)) if isinstance(below, GraphQLObjectType) else ""
        written.append(f"{alias}{name} {inside}")
    return "{ " + " ".join(written) + " }"


def named(kind):
    while not isinstance(kind, GraphQLObjectType | GraphQLScalarType | GraphQLEnumType):
        kind = kind.of_type
    return kind


@st.composite
def values(draw, kind):
    """Draw a value for a type, or none, or a failure, whether or not that may be there."""
    if draw(st.integers(0, 11)) == 0:
        return None if draw(NOTHING) is None else FieldFailure(FAILURE)
    if isinstance(kind, GraphQLNonNull):
        return draw(values(kind.of_type))
    if isinstance(kind, GraphQLList):
        return [draw(values(kind.of_type)) for _ in range(draw(st.integers(0, 2)))]
    if isinstance(kind, GraphQLObjectType):
        return kind
    return draw(next(drawn for leaf, drawn in LEAVES.values() if leaf is kind))


@st.composite
def cases(draw):
    """Draw a query, and a value for each field that it reaches, the same however often it is read."""
    document = parse(draw(selections(QUERY)))

    # Only what is asked for is drawn: a whole tree would be thousands of values.
    asked = selected(QUERY, [document.definitions[0].selection_set], {}, VariableValues({}, {}))
    return document, asked, made_for(draw, asked)


def made_for(draw, asked):
    """Draw an object with a value for each field that is asked for."""
    made = SimpleNamespace()
    for one in merged(asked):
        setattr(made, one.name, completed(draw, one, draw(values(one.field.type))))
    made.is_whole = not has_failed(made) and draw(st.booleans())
    return made


def has_failed(value):
    if isinstance(value, SimpleNamespace):
        return any(map(has_failed, vars(value).values()))
    return any(map(has_failed, value)) if isinstance(value, list) else isinstance(value, FieldFailure)


def merged(asked):
    """Return each field once, with all that is asked for below it under its aliases."""
    by_name = {}
    for one in asked:
        if one.field is not None:
            known = by_name.get(one.name)
            by_name[one.name] = one if known is None else replace(one, below=known.below + one.below)
    return by_name.values()


def completed(draw, one, value):
    if isinstance(value, list):
        return [completed(draw, one, item) for item in value]
    return made_for(draw, one.below) if isinstance(value, GraphQLObjectType) else value


def by_the_standard(document, root):
    result = execute(SCHEMA, document, root_value=root)
    errors = [(tuple(error.path), type(error.original_error).__name__) for error in result.errors or ()]
    return result.data, errors


def by_the_writer(asked, root):
    data, errors = {}, []
    for one in asked:
        if one.field is None:
            data[one.key] = "Query"
            continue
        writing = writer(one, {}, SOURCES)(getattr(root, one.name), errors)
        try:
            while True:
                next(writing)
        except StopIteration as done:
            data[one.key] = done.value
        except Null:
            return None, told(errors)
    return json.loads(msgspec.json.encode(data)), told(errors)


def told(errors):
    return [(error.path, type(error.error).__name__) for error in errors]


def nulls(data, errors):
    """Return the nulls that errors come to: of what stands below one, more may be told or less."""
    found = set()
    for path, _ in errors:
        at, steps = data, iter(path)
        place = []
        while at is not None and (step := next(steps, None)) is not None:
            place.append(step)
            at = at[step]
        found.add(tuple(place))
    return found


def is_failure(errors):
    return {path: kind == "FieldFailure" for path, kind in errors}


@given(cases())
@settings(max_examples=600, deadline=None, database=None)
def test_values_are_completed_as_the_standard_execution_completes_them(case):
    document, asked, root = case

    expected, expected_errors = by_the_standard(document, root)
    data, errors = by_the_writer(asked, root)

    assert json.dumps(data) == json.dumps(expected)
    assert nulls(data, errors) == nulls(expected, expected_errors)
    ours, theirs = is_failure(errors), is_failure(expected_errors)
    assert {path: ours[path] for path in ours.keys() & theirs} == {
        path: theirs[path] for path in ours.keys() & theirs
    }


class ReadOnce(SimpleNamespace):
    """A person who counts how often they are read."""

    reads = 0

    @property
    def text(self):
        self.reads += 1
        return "a"


def test_a_person_of_whom_nothing_failed_is_written_at_once_and_anybody_else_with_care():
    document = parse("{ outerList { text even } }")
    asked = selected(QUERY, [document.definitions[0].selection_set], {}, VariableValues({}, {}))
    whole, surprising = ReadOnce(is_whole=True, even=2), ReadOnce(is_whole=True, even=3)
    failed = ReadOnce(is_whole=False, even=FieldFailure(FAILURE))

    data, errors = by_the_writer(asked, SimpleNamespace(outerList=[whole, surprising, failed]))

    assert data["outerList"] == [{"text": "a", "even": even} for even in (2, None, None)]
    assert [path for path, _ in errors] == [("outerList", 1, "even"), ("outerList", 2, "even")]
    # What the quick way cannot write is written again.
    assert [one.reads for one in (whole, surprising, failed)] == [1, 2, 1]
