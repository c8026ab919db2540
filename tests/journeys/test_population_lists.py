"""A prison's population filtered, sorted and counted, over real sockets: what the lists say, and do not."""

import json
from collections import Counter

import pytest
from gateways import PRISON, gateway

from twins.faults import Fault

FIELDS = """
fragment fields on Offender {
  nomsNumber lastName custodyStatus sentence { releaseDate } tier { level }
  caseHandler { organisation } probationRecord { status }
}
"""
EVERYBODY = (
    "query ($id: ID!, $after: String) { prison(id: $id) { population(first: 1000, after: $after) {"
    " totalCount pageInfo { hasNextPage endCursor } nodes { ...fields } } } }" + FIELDS
)
LIST = """
query ($id: ID!, $first: Int, $after: String, $filter: PopulationFilter, $orderBy: PopulationOrder) {
  prison(id: $id) {
    population(first: $first, after: $after, filter: $filter, orderBy: $orderBy) {
      totalCount
      pageInfo { hasNextPage hasPreviousPage endCursor }
      nodes { nomsNumber }
    }
  }
}
"""
SUMMARY = """
query ($id: ID!, $filter: PopulationFilter) {
  prison(id: $id) {
    population(first: 1, filter: $filter) {
      totalCount
      probationSummary {
        byStatus { status count } byTier { tier count } byOrganisation { organisation count }
      }
    }
  }
}
"""
FILTERS = {
    "a tier": {"tier": ["A"]},
    "tiers": {"tier": ["B", "D"]},
    "an organisation": {"caseHandler": ["CRC"]},
    "two organisations": {"caseHandler": ["NPS", "UNKNOWN"]},
    "missing records": {"probationRecordStatus": ["NOT_FOUND", "AMBIGUOUS", "MISMATCH"]},
    "limited access": {"probationRecordStatus": ["RESTRICTED"]},
    "custody": {"custodyStatus": ["OUT_TEMPORARILY", "IN_HOSPITAL"]},
    "both systems": {"custodyStatus": ["IN_PRISON"], "tier": ["A", "B"], "caseHandler": ["NPS"]},
    "nulls": {"tier": None, "custodyStatus": None},
    "nobody": {"tier": []},
}
ORDERS = {
    "names": ({"field": "LAST_NAME"}, lambda one: (one["lastName"] or "").upper()),
    "releases": ({"field": "RELEASE_DATE"}, lambda one: (one["sentence"] or {}).get("releaseDate")),
    "tiers": ({"field": "TIER"}, lambda one: (one["tier"] or {}).get("level")),
    "numbers": ({}, lambda one: one["nomsNumber"]),
}


@pytest.fixture(scope="module")
async def in_bulk(_stage):
    settings = {**_stage.route("probation-search", access=True), "DELIUS_TIMEOUT_SECONDS": "2"}
    async with gateway(settings) as running:
        yield running


@pytest.fixture
def gw(in_bulk, token):
    in_bulk.token = token()
    return in_bulk


async def everybody(gw, prison):
    """Return all people of a prison with what they may be listed by, as the plain pages have them."""
    found, after = [], None
    while True:
        page = (await gw.ask(EVERYBODY, id=prison, after=after))["data"]["prison"]["population"]
        found += page["nodes"]
        if not page["pageInfo"]["hasNextPage"]:
            return found
        after = page["pageInfo"]["endCursor"]


def passes(person, given):
    told = {
        "tier": (person["tier"] or {}).get("level"),
        "caseHandler": (person["caseHandler"] or {}).get("organisation"),
        "probationRecordStatus": person["probationRecord"]["status"],
        "custodyStatus": person["custodyStatus"],
    }
    return all(values is None or told[name] in values for name, values in given.items())


def in_order(found, value, *, descending):
    """Sort by value, whoever has none last, ties by number."""
    known = sorted((one for one in found if value(one)), key=lambda one: one["nomsNumber"])
    known.sort(key=value, reverse=descending)
    unknown = sorted((one for one in found if not value(one)), key=lambda one: one["nomsNumber"])
    return [one["nomsNumber"] for one in (*known, *unknown)]


async def listed(gw, prison, first=1000, **variables):
    """Return the numbers on all pages of a list, and the pages."""
    numbers, pages, after = [], [], None
    while True:
        answer = await gw.ask(LIST, id=prison, first=first, after=after, **variables)
        assert "errors" not in answer, answer["errors"]
        page = answer["data"]["prison"]["population"]
        pages.append(page)
        numbers += [one["nomsNumber"] for one in page["nodes"]]
        if not page["pageInfo"]["hasNextPage"]:
            return numbers, pages
        after = page["pageInfo"]["endCursor"]


@pytest.mark.parametrize("given", FILTERS.values(), ids=FILTERS)
async def test_a_filter_lists_whom_a_reader_of_everybody_would_have_picked(gw, given):
    picked = sorted(one["nomsNumber"] for one in await everybody(gw, "LEI") if passes(one, given))

    numbers, (page,) = await listed(gw, "LEI", filter=given)

    assert numbers == picked
    assert page["totalCount"] == len(picked)


@pytest.mark.parametrize("direction", ["ASC", "DESC"])
@pytest.mark.parametrize("order", ORDERS.values(), ids=ORDERS)
async def test_an_order_goes_through_all_pages_and_leaves_those_without_a_value_to_the_end(
    gw, order, direction
):
    written, value = order
    expected = in_order(await everybody(gw, "LEI"), value, descending=direction == "DESC")

    numbers, pages = await listed(gw, "LEI", first=200, orderBy={**written, "direction": direction})

    assert numbers == expected
    assert {page["totalCount"] for page in pages} == {901}
    assert [page["pageInfo"]["hasPreviousPage"] for page in pages] == [False, *[True] * 4]


async def test_the_summary_counts_the_filtered_list_on_all_its_pages(gw):
    given = {"custodyStatus": ["IN_PRISON", "IN_HOSPITAL"]}
    found = [one for one in await everybody(gw, "LEI") if passes(one, given)]

    page = (await gw.ask(SUMMARY, id="LEI", filter=given))["data"]["prison"]["population"]

    assert page["totalCount"] == len(found)
    assert page["probationSummary"] == {
        "byStatus": counted("status", (one["probationRecord"]["status"] for one in found)),
        "byTier": counted("tier", (one["tier"]["level"] for one in found if one["tier"])),
        "byOrganisation": counted(
            "organisation", (one["caseHandler"]["organisation"] for one in found if one["caseHandler"])
        ),
    }


def counted(name, values):
    order = ["FOUND", "NOT_FOUND", "AMBIGUOUS", "MISMATCH", "RESTRICTED", *"ABCD", "NPS", "CRC", "UNKNOWN"]
    counts = Counter(values)
    return [{name: value, "count": counts[value]} for value in order if value in counts]


async def test_fifteen_hundred_people_are_filtered_by_tier_in_a_handful_of_calls(gw, stage):
    for twin in (stage.prisoner_search, stage.probation_search, stage.access):
        twin.calls.clear()

    answer = await gw.ask(LIST, id="MDI", first=100, filter={"tier": ["A"]})

    assert answer["data"]["prison"]["population"]["totalCount"] > 200
    assert stage.prisoner_search.calls.count() <= 2
    assert stage.probation_search.calls.count() <= 4
    assert stage.access.calls.count() <= 2


@pytest.mark.parametrize(
    ("variables", "selected"),
    [
        ({"filter": {"tier": ["A"]}}, "totalCount"),
        ({"filter": {"caseHandler": []}}, "totalCount"),
        ({"filter": {"probationRecordStatus": ["FORBIDDEN"]}}, "totalCount"),
        ({"orderBy": {"field": "TIER"}}, "nodes { nomsNumber }"),
        ({}, "probationSummary { byStatus { count } }"),
    ],
)
async def test_without_the_probation_role_a_list_by_delius_s_values_is_forbidden(
    gw, stage, token, variables, selected
):
    query = (
        'query ($filter: PopulationFilter, $orderBy: PopulationOrder) { prison(id: "EWI") { id '
        f"population(filter: $filter, orderBy: $orderBy) {{ {selected} }} }} }}"
    )

    answer = await gw.ask(query, token=token(PRISON), **variables)

    assert answer["data"] == {"prison": {"id": "EWI", "population": None}}
    (error,) = answer["errors"]
    assert (error["path"], error["extensions"]["code"]) == (["prison", "population"], "FORBIDDEN")
    assert stage.probation_search.calls.count() == 0


async def test_without_the_probation_role_a_list_by_nomis_s_values_is_answered(gw, stage, token):
    query = """
    {
      prison(id: "EWI") {
        population(filter: {custodyStatus: [IN_PRISON]}, orderBy: {field: LAST_NAME}) { totalCount }
      }
    }
    """

    answer = await gw.ask(query, token=token(PRISON))

    assert answer == {"data": {"prison": {"population": {"totalCount": 40}}}}
    assert stage.probation_search.calls.count() == 0


@pytest.mark.parametrize(
    "variables",
    [
        {"filter": {"tier": ["A", "B", "C", "D"]}},
        {"filter": {"caseHandler": ["NPS"]}},
        {"filter": {"probationRecordStatus": ["FOUND"]}},
        {"orderBy": {"field": "TIER"}},
    ],
)
async def test_a_list_never_looks_whole_where_delius_did_not_answer_about_somebody(start, stage, variables):
    settings = stage.route("community-api", access=True)
    async with start(**settings) as gw:
        whole = (await gw.ask(LIST, id="EWI", first=40, **variables))["data"]["prison"]["population"]
        missing = whole["nodes"][3]["nomsNumber"]
        stage.community_api.faults.put(Fault(status=500, path_contains=missing))
        answer = await gw.ask(LIST, id="EWI", first=40, **variables)

    part = answer["data"]["prison"]["population"]
    assert (whole["totalCount"] is None, part["totalCount"]) == (False, None)
    (error,) = answer["errors"]
    assert (error["path"], error["extensions"]["code"]) == (["prison", "population"], "DELIUS_UNAVAILABLE")
    others = [one for one in whole["nodes"] if one["nomsNumber"] != missing]
    assert [one for one in part["nodes"] if one["nomsNumber"] != missing] == others
    assert len(part["nodes"]) == len(whole["nodes"]) - ("filter" in variables)


async def test_the_summary_says_about_how_many_delius_did_not_answer(start, stage):
    async with start(**stage.route("community-api", access=True)) as gw:
        whole = (await gw.ask(SUMMARY, id="EWI"))["data"]["prison"]["population"]["probationSummary"]
        number = (await listed(gw, "EWI", filter={"tier": ["A"]}))[0][0]
        stage.community_api.faults.put(Fault(status=500, path_contains=number))
        everybody = await gw.ask(SUMMARY, id="EWI")
        filtered = await gw.ask(SUMMARY, id="EWI", filter={"caseHandler": ["NPS"]})

    page = everybody["data"]["prison"]["population"]
    assert page["totalCount"] is None
    assert {"status": "UNAVAILABLE", "count": 1} in page["probationSummary"]["byStatus"]
    assert sum(one["count"] for one in page["probationSummary"]["byStatus"]) == 40
    assert page["probationSummary"]["byTier"][0]["count"] == whole["byTier"][0]["count"] - 1
    # Who is in the list is not known, if it depends on what was not answered.
    page = filtered["data"]["prison"]["population"]
    assert (page["totalCount"], page["probationSummary"]) == (None, None)
    for answer in (everybody, filtered):
        assert [error["path"] for error in answer["errors"]] == [["prison", "population"]]
        assert answer["extensions"]["incomplete"] == [
            {"system": "DELIUS", "route": "COMMUNITY_API", "code": "DELIUS_UNAVAILABLE", "people": 1}
        ]


async def test_with_delius_down_a_filtered_list_is_empty_and_says_that_it_is_not_known(gw, stage):
    stage.probation_search.faults.put(Fault(status=503))

    answer = await gw.ask(LIST, id="EWI", filter={"tier": ["A"]})

    page = answer["data"]["prison"]["population"]
    assert (page["totalCount"], page["nodes"]) == (None, [])
    (error,) = answer["errors"]
    assert (error["path"], error["extensions"]["code"]) == (["prison", "population"], "DELIUS_UNAVAILABLE")
    assert error["extensions"]["retryable"] is True


@pytest.mark.parametrize(
    ("odd", "variables"),
    [
        ({"status": 7}, {"filter": {"custodyStatus": ["IN_PRISON"]}}),
        ({"lastName": 7}, {"orderBy": {"field": "LAST_NAME"}}),
        ({"releaseDate": "soon"}, {"orderBy": {"field": "RELEASE_DATE"}}),
    ],
)
async def test_a_list_never_looks_whole_where_a_value_of_nomis_s_cannot_be_read(gw, stage, odd, variables):
    def row(number, **odd):
        told = {"prisonId": "EWI", "status": "ACTIVE IN", "lastName": "MADE", "releaseDate": "2030-01-01"}
        return {"prisonerNumber": number, "bookingId": "1", **told, **odd}

    rows = [row("A0000AA"), row("A0001AA", **odd), row("A0002AA")]
    page = {"content": rows, "totalElements": 3, "totalPages": 1}
    stage.prisoner_search.faults.put(Fault(body=json.dumps(page), content_type="application/json"))

    answer = await gw.ask(LIST, id="EWI", **variables)

    page = answer["data"]["prison"]["population"]
    known = [one["nomsNumber"] for one in page["nodes"] if one["nomsNumber"] != "A0001AA"]
    assert known == ["A0000AA", "A0002AA"]
    assert page["totalCount"] is None
    (error,) = answer["errors"]
    assert (error["path"], error["extensions"]["code"]) == (["prison", "population"], "NOMIS_UNAVAILABLE")


async def test_a_prison_of_more_than_max_population_is_refused_sorted_and_filtered_too(start, stage):
    query = """
    {
      prison(id: "MDI") {
        sorted: population(first: 1, orderBy: {field: LAST_NAME}) { totalCount }
        filtered: population(first: 1, filter: {tier: [A]}) { totalCount }
      }
    }
    """
    async with start(**stage.route("probation-search", access=True), MAX_POPULATION="1000") as gw:
        answer = await gw.ask(query)

    assert answer["data"]["prison"] == {"sorted": None, "filtered": None}
    assert {error["extensions"]["code"] for error in answer["errors"]} == {"OPERATION_TOO_COMPLEX"}
    assert all("MAX_POPULATION (1000)" in error["message"] for error in answer["errors"])
    assert stage.probation_search.calls.count() == 0


@pytest.mark.parametrize(
    "variables",
    [
        {"filter": {"tier": ["B"], "custodyStatus": ["IN_PRISON"]}},
        {"orderBy": {"field": "RELEASE_DATE", "direction": "DESC"}},
        {"orderBy": {"field": "LAST_NAME"}},
    ],
)
async def test_the_route_prison_api_lists_alike(start, stage, token, gw, variables):
    expected, _ = await listed(gw, "EWI", **variables)
    user = token(username="A_USER", auth_source="nomis")
    async with start(**stage.route("probation-search", "prison-api", access=True)) as by_prison_api:
        by_prison_api.token = user
        numbers, (page,) = await listed(by_prison_api, "EWI", **variables)

    assert numbers == expected
    assert page["totalCount"] == len(expected)


@pytest.mark.parametrize(
    ("variables", "words"),
    [
        ({"filter": {"tier": ["E"]}}, "filter"),
        ({"filter": {"colour": ["red"]}}, "filter"),
        ({"orderBy": {"field": None}}, "orderBy"),
        ({"orderBy": {"field": "HEIGHT"}}, "orderBy"),
        ({"orderBy": "LAST_NAME"}, "orderBy"),
    ],
)
async def test_a_filter_or_order_that_there_is_not_is_refused_before_anything_runs(
    gw, stage, variables, words
):
    response = await gw.post({"query": LIST, "variables": {"id": "EWI", **variables}})

    assert response.status_code == 400
    (error,) = response.json()["errors"]
    assert error["extensions"]["code"] == "BAD_USER_INPUT"
    assert words in error["message"]
    assert stage.prisoner_search.calls.count() == 0


async def test_a_list_s_error_stands_where_the_list_does_and_is_not_left_out(gw, stage):
    query = """
    {
      prison(id: "MDI") {
        a: population(filter: {tier: [A]}) { totalCount nodes { nomsNumber } }
        b: population(first: 150) { nodes { tier { code } } }
        c: population(filter: {tier: [B]}) { totalCount }
      }
    }
    """
    stage.probation_search.faults.put(Fault(status=503))

    errors = (await gw.ask(query))["errors"]
    few = (await gw.ask(query.replace("150", "3")))["errors"]

    assert errors[0]["path"] == ["prison", "a"]
    assert errors[-1]["extensions"]["omitted"] == 52
    assert [error["path"][:2] for error in few] == [
        ["prison", "a"],
        *[["prison", "b"]] * 3,
        ["prison", "c"],
    ]


async def test_one_list_under_many_names_is_one_list_and_of_lists_there_are_no_more_than_so_many(gw):
    one = " ".join(f"a{n}: population(first: 1, filter: {{tier: [A]}}) {{ totalCount }}" for n in range(20))
    tiers_of = [*"ABCD", "A, B", "A, C", "A, D", "B, C", "B, D", "C, D", "A, B, C"]
    many = " ".join(
        f"a{n}: population(first: 1, filter: {{tier: [{tiers}]}}) {{ totalCount }}"
        for n, tiers in enumerate(tiers_of)
    )

    answer = await gw.ask(f'{{ prison(id: "EWI") {{ {one} }} }}')
    refused = await gw.post({"query": f'{{ prison(id: "EWI") {{ {many} }} }}'})

    assert len({page["totalCount"] for page in answer["data"]["prison"].values()}) == 1
    assert refused.status_code == 400
    (error,) = refused.json()["errors"]
    assert error["extensions"]["code"] == "OPERATION_TOO_COMPLEX"
    assert "11 lists, more than 10" in error["message"]


async def test_a_summary_of_which_nothing_is_selected_needs_the_probation_role_too(gw, token):
    query = '{ prison(id: "EWI") { population { totalCount probationSummary { __typename } } } }'

    allowed, refused = await gw.ask(query), await gw.ask(query, token=token(PRISON))

    summary = {"__typename": "ProbationSummary"}
    assert allowed["data"]["prison"]["population"] == {"totalCount": 40, "probationSummary": summary}
    assert refused["data"]["prison"]["population"] is None


async def test_a_page_follows_whatever_the_length_of_a_name(gw, stage):
    rows = [
        {"prisonerNumber": f"A000{n}AA", "bookingId": "1", "prisonId": "EWI", "lastName": "Z" * 2000}
        for n in range(2)
    ]
    page = {"content": rows, "totalElements": 2, "totalPages": 1}
    stage.prisoner_search.faults.put(Fault(body=json.dumps(page), content_type="application/json"))

    numbers, _ = await listed(gw, "EWI", first=1, orderBy={"field": "LAST_NAME"})

    assert numbers == ["A0000AA", "A0001AA"]
