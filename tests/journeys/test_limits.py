"""A document is held against its limits before anything else: at a limit it is answered, above it is refused.

The refusal says which limit it was, its value, and what to lower.
"""

import re

import pytest
from graphql import get_introspection_query

from bench.bombs import INVALID, TOO_COMPLEX

PERSON = 'offender(nomsNumber: "G4273GI")'


def the_refusal(response):
    (error,) = response.json()["errors"]
    assert (response.status_code, error["extensions"]["code"]) == (400, "OPERATION_TOO_COMPLEX")
    return error["message"]


async def test_tokens_are_counted(start):
    async with start(MAX_TOKENS="11") as gw:
        at_the_limit = await gw.ask(f"{{ {PERSON} {{ crn }} }}")
        above = await gw.post({"query": f"{{ {PERSON} {{ crn crn }} }}"})

    assert at_the_limit == {"data": {"offender": {"crn": "X100001"}}}
    assert the_refusal(above) == (
        "The document has more lexical tokens than MAX_TOKENS (11). "
        "Ask for fewer fields, or pass values as variables."
    )


@pytest.mark.parametrize("nested", ["{ a" * 210 + "}" * 210, "{ a(b: " + "[" * 210 + "]" * 210 + ") }"])
async def test_what_is_nested_too_deeply_to_be_parsed_is_told_so(gw, nested):
    refused = await gw.post({"query": nested})

    assert the_refusal(refused) == "The document is nested more than 200 levels deep. Select fewer levels."


async def test_levels_are_counted_from_the_root_field(start):
    async with start(MAX_DEPTH="3") as gw:
        at_the_limit = await gw.ask(f"{{ {PERSON} {{ tier {{ level }} }} }}")
        above = await gw.post({"query": f"{{ {PERSON} {{ caseHandler {{ team {{ name }} }} }} }}"})

    assert at_the_limit == {"data": {"offender": {"tier": {"level": "B"}}}}
    assert the_refusal(above) == (
        "This operation is 4 levels deep, more than MAX_DEPTH (3). Select fewer levels."
    )


async def test_a_fragment_adds_its_levels_and_none_of_its_own(start):
    async with start(MAX_DEPTH="3") as gw:
        at_the_limit = await gw.ask(
            f"{{ ... {{ {PERSON} {{ ...T }} }} }} fragment T on Offender {{ tier {{ ...L }} }} "
            "fragment L on Tier { level }"
        )
        above = await gw.post(
            {
                "query": f"{{ {PERSON} {{ ...C }} }} fragment N on ProbationTeam {{ name }} "
                "fragment C on Offender { caseHandler { team { ...N } } }"
            }
        )

    assert at_the_limit == {"data": {"offender": {"tier": {"level": "B"}}}}
    assert "4 levels deep, more than MAX_DEPTH (3)" in the_refusal(above)


async def test_aliases_are_counted_where_their_fragment_is_used(start):
    once = f"{{ {PERSON} {{ ...A }} b: __typename }} fragment A on Offender {{ a: lastName }}"
    twice = f"{{ {PERSON} {{ ...A }} b: {PERSON} {{ ...A }} }} fragment A on Offender {{ a: lastName }}"

    async with start(MAX_ALIASES="2") as gw:
        at_the_limit = await gw.ask(once)
        above = await gw.post({"query": twice})

    assert at_the_limit == {"data": {"offender": {"a": "FENHALE"}, "b": "Query"}}
    assert the_refusal(above) == (
        "This operation has 3 aliases with its fragments expanded, more than MAX_ALIASES (2). "
        "Use fewer aliases, or use those of a fragment less often."
    )


async def test_root_fields_of_fragments_are_counted(start):
    async with start(MAX_ROOT_FIELDS="2") as gw:
        at_the_limit = await gw.ask("{ __typename ...R } fragment R on Query { a: __typename }")
        above = await gw.post({"query": "{ ...R ...R ...R } fragment R on Query { a: __typename }"})

    assert at_the_limit == {"data": {"__typename": "Query", "a": "Query"}}
    assert the_refusal(above) == (
        "This document has 3 root fields, more than MAX_ROOT_FIELDS (2). "
        "Ask for several people by one field, or send several requests."
    )


async def test_root_fields_of_all_operations_are_counted_together(start):
    async with start(MAX_ROOT_FIELDS="2") as gw:
        at_the_limit = await gw.post(
            {"query": "query A { __typename } query B { __typename }", "operationName": "A"}
        )
        above = await gw.post(
            {"query": "query A { __typename } query B { __typename } query C { }", "operationName": "A"}
        )

    assert at_the_limit.json() == {"data": {"__typename": "Query"}}
    assert "3 root fields, more than MAX_ROOT_FIELDS (2)" in the_refusal(above)


async def test_fields_and_fragments_are_counted_with_fragments_expanded(start):
    fragment = "fragment P on Offender { firstName lastName }"

    async with start(MAX_SELECTIONS="7") as gw:
        at_the_limit = await gw.ask(f"{{ {PERSON} {{ ...P ...P }} }} {fragment}")
        above = await gw.post({"query": f"{{ {PERSON} {{ ...P ...P ... {{ crn }} }} }} {fragment}"})

    assert at_the_limit == {"data": {"offender": {"firstName": "TOBIAS", "lastName": "FENHALE"}}}
    assert the_refusal(above) == (
        "This document makes 9 selections with its fragments expanded, more than MAX_SELECTIONS (7). "
        "Select fewer fields, use a fragment less often, or send its operations one by one."
    )


async def test_the_deepest_operation_decides_and_selections_add_up_whichever_is_asked_for(start):
    small, deep = f"query S {{ {PERSON} {{ crn }} }}", f"query D {{ {PERSON} {{ tier {{ level }} }} }}"

    async with start(MAX_DEPTH="3", MAX_SELECTIONS="5") as gw:
        within = await gw.post({"query": f"{small} {deep}", "operationName": "S"})
        deeper = deep.replace("tier { level }", "caseHandler { team { name } }")
        too_deep = await gw.post({"query": f"{small} {deeper}", "operationName": "S"})
        too_many = await gw.post(
            {"query": f"{small} {deep.replace('tier', 'crn tier')}", "operationName": "S"}
        )

    assert within.json() == {"data": {"offender": {"crn": "X100001"}}}
    assert "4 levels deep" in the_refusal(too_deep)
    assert "makes 6 selections" in the_refusal(too_many)


@pytest.mark.parametrize(
    "people", ["nodes { nomsNumber }", "edges { node { nomsNumber } }", "edges { cursor }"]
)
async def test_a_page_that_shows_its_people_over_and_over_is_refused(start, people):
    page = '{{ prison(id: "BXI") {{ population(first: 5) {{ {} }} }} }}'

    async with start(MAX_OFFENDERS="5") as gw:
        some = await gw.post({"query": page.format(" ".join(f"a{n}: {people}" for n in range(5)))})
        refused = await gw.post({"query": page.format(" ".join(f"a{n}: {people}" for n in range(6)))})

    assert some.status_code == 200
    assert the_refusal(refused).startswith(
        "This operation has 30 places for people, more than 5 times MAX_OFFENDERS (5)."
    )


async def test_edges_show_a_person_by_each_alias_of_node(start):
    nodes = " ".join(f"a{n}: node {{ nomsNumber }}" for n in range(6))

    async with start(MAX_OFFENDERS="5") as gw:
        refused = await gw.post(
            {"query": f'{{ prison(id: "BXI") {{ population(first: 5) {{ edges {{ {nodes} }} }} }} }}'}
        )

    assert "30 places for people" in the_refusal(refused)


async def test_introspection_takes_no_aliases(start):
    async with start(INTROSPECTION="on") as gw:
        plain = await gw.ask('{ __type(name: "Tier") { name } }')
        aliased = await gw.post(
            {"query": '{ __type(name: "Tier") { ...N } } fragment N on __Type { a: name }'}
        )
        twice = await gw.post({"query": '{ a: __type(name: "Tier") { name } }'})

    assert plain == {"data": {"__type": {"name": "Tier"}}}
    assert the_refusal(aliased) == the_refusal(twice)
    assert the_refusal(twice) == "Introspection takes no aliases. Ask for one type in a request."


async def test_what_is_written_is_counted_to_the_last_value(start):
    query = "{{ offenders(nomsNumbers: [{}]) {{ crn }} }}"
    number = '"G4273GI" '

    async with start(MAX_PARTS="30") as gw:
        at_the_limit = await gw.post({"query": query.format(number * 22)})
        above = await gw.post({"query": query.format(number * 23)})

    assert at_the_limit.json() == {"data": {"offenders": [{"crn": "X100001"}] * 22}}
    assert the_refusal(above) == (
        "This document has more parts (fields, fragments, arguments, values) than MAX_PARTS (30). "
        "Ask for fewer fields, or pass values as variables."
    )


@pytest.mark.parametrize("newline", ["\n", "\r", "\r\n"])
async def test_lines_are_bounded_however_they_end(start, newline):
    async with start(MAX_PARTS="25") as gw:
        at_the_limit = await gw.post({"query": newline * 49 + "{ __typename }"})
        above = await gw.post({"query": newline * 50 + "{ __typename }"})

    assert at_the_limit.status_code == 200
    assert the_refusal(above).startswith("The document has 51 lines, more than 2 times MAX_PARTS (25). ")


async def test_characters_are_bounded(start):
    async with start(MAX_PARTS="25") as gw:
        at_the_limit = await gw.post({"query": "{ __typename }".ljust(1250)})
        above = await gw.post({"query": "{ __typename }".ljust(1251)})

    assert at_the_limit.status_code == 200
    assert the_refusal(above).startswith(
        "The document has 1251 characters, more than 50 times MAX_PARTS (25). "
    )


async def test_words_are_bounded(start):
    async with start(MAX_PARTS="25") as gw:
        at_the_limit = await gw.post({"query": "{ __typename } #" + " a" * 49})
        above = await gw.post({"query": "{ __typename } #" + " a" * 50})

    assert at_the_limit.status_code == 200
    assert the_refusal(above) == (
        "The document has 51 words, more than 2 times MAX_PARTS (25). "
        "Ask for fewer fields, pass values as variables, or leave out comments."
    )


@pytest.mark.parametrize("document", TOO_COMPLEX.values(), ids=TOO_COMPLEX)
async def test_a_bomb_is_refused_and_the_gateway_goes_on(gw, stage, document):
    refused = await gw.post({"query": document})
    answer = await gw.ask(f"{{ {PERSON} {{ lastName }} }}")

    assert re.search("more .*than|takes no", the_refusal(refused))
    assert answer == {"data": {"offender": {"lastName": "FENHALE"}}}
    assert stage.prisoner_search.calls.count() == 1


@pytest.mark.parametrize("document", INVALID.values(), ids=INVALID)
async def test_what_is_no_good_document_is_refused_with_few_errors_and_the_gateway_goes_on(gw, document):
    refused = await gw.post({"query": document})
    answer = await gw.ask(f"{{ {PERSON} {{ lastName }} }}")

    codes = {error["extensions"]["code"] for error in refused.json()["errors"]}
    assert refused.status_code == 400
    assert codes <= {"GRAPHQL_PARSE_FAILED", "GRAPHQL_VALIDATION_FAILED", "BAD_USER_INPUT"}
    assert 1 <= len(refused.json()["errors"]) <= 21
    assert answer == {"data": {"offender": {"lastName": "FENHALE"}}}


async def test_fields_that_cannot_be_merged_are_refused_without_their_values(gw):
    query = '{ who: offender(nomsNumber: "G4273GI") { crn } who: offender(nomsNumber: "G7106UN") { crn } }'

    refused = await gw.post({"query": query})

    (error,) = refused.json()["errors"]
    assert (refused.status_code, error["extensions"]["code"]) == (400, "GRAPHQL_VALIDATION_FAILED")
    assert "'who'" in error["message"]
    assert "G4273GI" not in refused.text
    assert "G7106UN" not in refused.text


async def test_fragments_may_be_nested_much_deeper_than_fields(gw):
    chain = " ".join(f"fragment F{n} on Offender {{ ...F{n + 1} }}" for n in range(190))
    inline = f"{'... { ' * 190}crn{' }' * 190}"

    answer = await gw.ask(
        f"{{ {PERSON} {{ ...F0 {inline} }} }} {chain} fragment F190 on Offender {{ lastName }}"
    )

    assert answer == {"data": {"offender": {"crn": "X100001", "lastName": "FENHALE"}}}


async def test_introspection_has_a_depth_of_its_own(start):
    standard = get_introspection_query(
        descriptions=True,
        specified_by_url=True,
        directive_is_repeatable=True,
        schema_description=True,
        input_value_deprecation=True,
        experimental_directive_deprecation=True,
        one_of=True,
    )

    async with start(INTROSPECTION="on", MAX_DEPTH="2") as gw:
        answer = await gw.ask(standard)
        deep = await gw.post(
            {"query": f'{{ __type(name: "Query") {{ {"ofType { " * 19}name{" }" * 19} }} }}'}
        )

    assert answer["data"]["__schema"]["queryType"] == {"kind": "OBJECT", "name": "Query"}
    assert the_refusal(deep) == ("This introspection is 21 levels deep, more than 20. Select fewer levels.")


async def test_introspection_at_its_limit_is_answered(start):
    async with start(INTROSPECTION="on") as gw:
        answer = await gw.ask(f'{{ __type(name: "Query") {{ {"ofType { " * 18}name{" }" * 18} }} }}')

    assert answer == {"data": {"__type": {"ofType": None}}}


async def test_circular_introspection_is_refused(start):
    """Within every limit of ours; graphql-core's own rule has to be reached."""
    twice, thrice = (
        f"{{ __schema {{ types {'{ fields { type ' * times}{{ name }}{' } }' * times} }} }}"
        for times in (2, 3)
    )

    async with start(INTROSPECTION="on") as gw:
        answer = await gw.ask(twice)
        refused = await gw.post({"query": thrice})

    assert answer["data"]["__schema"]["types"]
    (error,) = refused.json()["errors"]
    assert (refused.status_code, error["extensions"]["code"]) == (400, "GRAPHQL_VALIDATION_FAILED")
    assert error["message"] == (
        "This introspection goes from types to their fields and on to types more than twice. "
        "Select fewer levels."
    )


@pytest.mark.parametrize("levels", [10, 150, 900, 20_000])
async def test_variables_nested_deeply_are_refused(gw, levels):
    query = "query ($n: [NomsNumber!]!) { offenders(nomsNumbers: $n) { crn } }"
    nested = "[" * levels + "]" * levels

    refused = await gw.post(f'{{"query": "{query}", "variables": {{"n": {nested}}}}}'.encode())

    assert refused.status_code == 400
    assert refused.json()["errors"][0]["extensions"]["code"] == "BAD_USER_INPUT"
