"""A prison's population filtered, sorted and counted, over real sockets: what the lists say, and do not."""

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
