"""The values by which a population is listed, each had as its field of `Offender` is."""

from operator import attrgetter

from graphql import GraphQLInputObjectType, GraphQLObjectType, get_named_type

from resolvers.listing import ListedBy, PopulationOrderField
from schema.build import FIELDS, SCHEMA
from schema.population import COUNTED_BY, FILTERED_BY, SORTED_BY


def _listed(path: tuple[str, ...]) -> ListedBy:
    name, *below = path
    person = SCHEMA.type_map["Offender"]
    assert isinstance(person, GraphQLObjectType)
    declaration = FIELDS["Offender", name].origin.declaration
    assert declaration is not None
    if not below:
        return ListedBy(declaration)
    source = FIELDS[get_named_type(person.fields[name].type).name, below[0]]
    return ListedBy(declaration, attrgetter(source.attribute), source.origin.parts)


def _filters() -> dict[str, ListedBy]:
    filtered = SCHEMA.type_map["PopulationFilter"]
    assert isinstance(filtered, GraphQLInputObjectType)
    return {name: _listed(FILTERED_BY[name]) for name in filtered.fields}


FILTERS = _filters()
"""By the names of the filter's fields."""
ORDERS = {one: _listed(SORTED_BY[one]) for one in PopulationOrderField}
COUNTS = {
    name: (source.attribute, _listed(COUNTED_BY[name]))
    for (parent, name), source in FIELDS.items()
    if parent == "ProbationSummary"
}
"""By the names of the summary's fields: the attribute that has the counts, and what is counted."""
