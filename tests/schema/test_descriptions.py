"""Everything in the schema is described where GraphiQL shows it: what it is, whence, and when it is null."""

import re
from enum import Enum

import pytest
from graphql import (
    build_schema,
    is_enum_type,
    is_interface_type,
    is_introspection_type,
    is_list_type,
    is_non_null_type,
    is_object_type,
    is_specified_directive,
    is_specified_scalar_type,
)

from schema.build import SCHEMA
from schema.enums import describe

SOURCES = re.compile(r"\b(?:NOMIS|Delius|Prison API|gateway)\b")
SMALL_WORDS = frozenset({"a", "an", "the", "of", "its", "person", "s"})
BARE = build_schema(
    """
    "What the gateway is asked."
    type Query {
      "The first name."
      firstName(number: ID!, how: How!, where: Where): String
      "How many NOMIS knows"
      howMany: Int!
      "Whoever NOMIS and Delius know."
      people: [Person]!
    }
    "A person of NOMIS and of Delius."
    type Person {
      "What people say of them."
      fame: String!
      "The number in NOMIS."
      number: ID!
      "What they did last; null where they did nothing."
      deeds: [String!]
    }
    input Where { "In which prison." prison: ID, cell: ID }
    "How it is asked." enum How { LOUDLY "Without a sound." SOFTLY }
    scalar Moment
    directive @odd(much: Int) on FIELD
    """
)


def our_types(schema):
    return [
        named
        for named in schema.type_map.values()
        if not (is_introspection_type(named) or is_specified_scalar_type(named))
    ]


def places(schema):
    """Yield everything that can have a description, with its place."""
    for named in our_types(schema):
        yield named.name, named
        parts = named.values if is_enum_type(named) else getattr(named, "fields", {})
        for name, part in parts.items():
            yield f"{named.name}.{name}", part
            yield from arguments(f"{named.name}.{name}", part)
    for directive in schema.directives:
        if not is_specified_directive(directive):
            yield f"@{directive.name}", directive
            yield from arguments(f"@{directive.name}", directive)


def arguments(place, owner):
    for name, argument in getattr(owner, "args", {}).items():
        yield f"{place}({name}:)", argument


def answered(schema):
    """Yield the fields that are answered, each with its place and its type."""
    for named in our_types(schema):
        if is_object_type(named) or is_interface_type(named):
            for name, field in named.fields.items():
                yield f"{named.name}.{name}", field, named


def words(text):
    """Return the words of a text or of a name, such as `first` and `name` of `firstName`."""
    apart = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", text)
    return frozenset(re.findall(r"[a-z0-9]+", apart.lower()))


def says_more_than_its_name(place, thing):
    written = (thing.description or "").strip()
    name = re.findall(r"\w+", place)[-1]
    return written.endswith(".") and bool(words(written) - words(name) - SMALL_WORDS)


def can_be_null(output):
    """Tell whether a null can stand in an answer of this type, in a list of it too."""
    if not is_non_null_type(output):
        return True
    inner = output.of_type
    return is_list_type(inner) and can_be_null(inner.of_type)


def undescribed(schema):
    return {place for place, thing in places(schema) if not says_more_than_its_name(place, thing)}


def silent_about_null(schema):
    return {
        place
        for place, field, _ in answered(schema)
        if can_be_null(field.type) and "null" not in words(field.description or "")
    }


def without_a_source(schema):
    return {
        place for place, field, named in answered(schema) if not sources(field) and len(sources(named)) != 1
    }


def sources(thing):
    return set(SOURCES.findall(thing.description or ""))


def test_everything_is_described_by_a_sentence_that_says_more_than_its_name():
    assert undescribed(SCHEMA) == set()


def test_every_field_that_can_be_null_says_when():
    assert silent_about_null(SCHEMA) == set()


def test_every_field_names_its_source_where_its_type_does_not_name_exactly_one():
    assert without_a_source(SCHEMA) == set()


def test_a_schema_that_lacks_descriptions_is_found_out():
    assert undescribed(BARE) == {
        *("Query.firstName", "Query.firstName(number:)", "Query.firstName(how:)", "Query.firstName(where:)"),
        *("Query.howMany", "Where", "Where.cell", "How.LOUDLY", "Moment", "@odd", "@odd(much:)"),
    }
    assert silent_about_null(BARE) == {"Query.firstName", "Query.people"}
    assert without_a_source(BARE) == {"Person.fame", "Person.deeds"}


def test_an_enum_s_value_that_nobody_described_stops_the_start():
    class Colour(Enum):
        RED = "RED"
        GREEN = "GREEN"

    with pytest.raises(KeyError):
        describe(Colour, "The colour of something.", {Colour.RED: "As blood is."})
