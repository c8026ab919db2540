"""A prison and its population, a page at a time, in the order of NOMS numbers."""

import json

import pytest

from twins import hard_cases as people
from twins.faults import Fault

PAGE = """
query ($id: ID!, $first: Int, $after: String) {
  prison(id: $id) {
    id name active
    population(first: $first, after: $after) {
      totalCount
      pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
      edges { cursor node { nomsNumber } }
    }
  }
}
"""


async def all_pages(gw, prison, first):
    numbers, after, pages = [], None, []
    while True:
        page = (await gw.ask(PAGE, id=prison, first=first, after=after))["data"]["prison"]["population"]
        pages.append(page)
        numbers += [edge["node"]["nomsNumber"] for edge in page["edges"]]
        if not page["pageInfo"]["hasNextPage"]:
            return numbers, pages
        after = page["pageInfo"]["endCursor"]


def numbers_of(answer):
    return [edge["node"]["nomsNumber"] for edge in answer["data"]["prison"]["population"]["edges"]]


def expected_in(stage, prison):
    held = stage.population.in_prison(prison)
    supported = (
        person for person in stage.population if person.nomis and person.nomis.supporting_prison_id == prison
    )
    return sorted({person.noms_number for person in (*held, *supported)})


@pytest.mark.parametrize(("prison", "first"), [("EWI", 7), ("WLI", 12), ("LEI", 300)])
async def test_pages_follow_each_other_through_the_whole_prison(gw, stage, prison, first):
    numbers, pages = await all_pages(gw, prison, first)

    assert numbers == expected_in(stage, prison)
    assert {page["totalCount"] for page in pages} == {len(numbers)}
    assert [page["pageInfo"]["hasPreviousPage"] for page in pages] == [False] + [True] * (len(pages) - 1)
    assert pages[0]["pageInfo"]["startCursor"] == pages[0]["edges"][0]["cursor"]


async def test_a_prison_of_fifteen_hundred_is_read_in_one_nomis_call_a_page(gw, stage):
    answer = await gw.ask(PAGE, id="MDI", first=1000)

    # One of Frankland has a second row, which says that Moorland holds them.
    assert {*expected_in(stage, "MDI"), people.ROW_DOUBLED_DIFFERENTLY} > set(numbers_of(answer))
    assert answer["data"]["prison"]["population"]["totalCount"] == 1501
    assert len(answer["data"]["prison"]["population"]["edges"]) == 1000
    assert stage.prisoner_search.calls.count() == 1


async def test_restricted_patients_are_in_the_population_of_the_prison_that_supports_them(gw):
    query = """
    {
      prison(id: "LEI") {
        population(first: 1000) { nodes { nomsNumber custodyStatus supportingPrison { id } } }
      }
    }
    """

    nodes = (await gw.ask(query))["data"]["prison"]["population"]["nodes"]

    patient = next(node for node in nodes if node["nomsNumber"] == people.RESTRICTED_PATIENT)
    assert patient == {
        "nomsNumber": people.RESTRICTED_PATIENT,
        "custodyStatus": "IN_HOSPITAL",
        "supportingPrison": {"id": "LEI"},
    }


async def test_an_empty_prison_has_an_empty_population(gw):
    prison = (await gw.ask(PAGE, id="asi "))["data"]["prison"]

    assert (prison["id"], prison["active"]) == ("ASI", True)
    assert prison["population"] == {
        "totalCount": 0,
        "pageInfo": {"hasNextPage": False, "hasPreviousPage": False, "startCursor": None, "endCursor": None},
        "edges": [],
    }


async def test_a_closed_prison_is_a_prison_that_is_not_active(gw):
    prison = (await gw.ask('{ prison(id: "HYI") { name active } }'))["data"]["prison"]

    assert prison["active"] is False
    assert prison["name"]


@pytest.mark.parametrize("prison", ["OUT", "TRN", "out", "XXX"])
async def test_what_is_no_prison_is_null_without_an_error(gw, prison):
    assert await gw.ask(PAGE, id=prison) == {"data": {"prison": None}}


async def test_delius_is_asked_for_the_page_alone(gw, stage):
    query = '{ prison(id: "MDI") { population(first: 5) { nodes { nomsNumber tier { code } } } } }'

    nodes = (await gw.ask(query))["data"]["prison"]["population"]["nodes"]

    assert [node["nomsNumber"] for node in nodes] == expected_in(stage, "MDI")[:5]
    assert stage.delius.calls.count() == 5
    assert stage.prisoner_search.calls.count() == 1


async def test_two_pages_of_one_prison_in_one_operation_share_the_nomis_call(gw, stage):
    query = """
    {
      prison(id: "EWI") {
        small: population(first: 2) { nodes { nomsNumber } }
        large: population(first: 40) { nodes { nomsNumber lastName } totalCount }
      }
    }
    """

    prison = (await gw.ask(query))["data"]["prison"]

    assert len(prison["small"]["nodes"]) == 2
    assert len(prison["large"]["nodes"]) == prison["large"]["totalCount"] == 40
    assert prison["large"]["nodes"][0]["lastName"]
    assert stage.prisoner_search.calls.count() == 1


async def test_a_page_follows_though_its_last_person_has_left(gw, stage):
    first = (await gw.ask(PAGE, id="EWI", first=5))["data"]["prison"]["population"]
    left = first["edges"][-1]["node"]["nomsNumber"]
    body = stage.prisoner_search_url and await remaining(stage, without=left)
    stage.prisoner_search.faults.put(Fault(body=body, content_type="application/json", status=200))

    second = (await gw.ask(PAGE, id="EWI", first=5, after=first["pageInfo"]["endCursor"]))["data"]["prison"]

    assert [edge["node"]["nomsNumber"] for edge in second["population"]["edges"]] == expected_in(
        stage, "EWI"
    )[5:10]
    assert second["population"]["totalCount"] == 39


async def remaining(stage, *, without):
    """Return Prisoner Search's page of EWI as it is when one person has left."""
    content = [
        {"prisonerNumber": number, "prisonId": "EWI", "alerts": []}
        for number in expected_in(stage, "EWI")
        if number != without
    ]
    return json.dumps({"content": content, "totalElements": len(content), "totalPages": 1})


async def test_a_population_whose_pages_are_cut_is_read_on(gw, stage, monkeypatch):
    monkeypatch.setattr(stage.prisoner_search, "max_page_size", 15)
    monkeypatch.setattr(stage.prisoner_search, "drifting_pages", False)

    numbers, _ = await all_pages(gw, "EWI", 40)

    assert numbers == expected_in(stage, "EWI")
    assert stage.prisoner_search.calls.count() == 3


async def test_a_population_whose_pages_are_cut_and_shift_is_still_read_whole(gw, stage, monkeypatch):
    monkeypatch.setattr(stage.prisoner_search, "max_page_size", 30)

    numbers, _ = await all_pages(gw, "EWI", 40)

    assert numbers == expected_in(stage, "EWI")


async def test_more_people_than_the_service_says_is_a_list_that_cannot_be_trusted(gw, stage):
    stage.prisoner_search.faults.put(Fault(rows="stranger"))

    answer = await gw.ask(PAGE, id="WLI", first=100)

    assert answer["data"]["prison"]["population"]["totalCount"] is None
    assert answer["errors"][0]["extensions"]["code"] == "NOMIS_UNAVAILABLE"


@pytest.mark.parametrize(
    "odd",
    [
        {},
        {"prisonId": 7},
        {"prisonId": "OUT", "restrictedPatient": "true", "supportingPrisonId": "WLI"},
        {"prisonId": "OUT", "supportingPrisonId": "WLI"},
    ],
)
async def test_somebody_whose_row_does_not_say_where_they_are_stays_in_the_list(gw, stage, odd):
    row = {"prisonerNumber": "A1234BC", "alerts": [], **odd}
    body = json.dumps({"content": [row], "totalElements": 1, "totalPages": 1})
    stage.prisoner_search.faults.put(Fault(body=body, content_type="application/json", status=200))

    population = (await gw.ask(PAGE, id="WLI"))["data"]["prison"]["population"]

    assert population["totalCount"] == 1
    assert [edge["node"]["nomsNumber"] for edge in population["edges"]] == ["A1234BC"]


async def test_somebody_whose_row_names_another_prison_is_not_in_this_one(gw, stage):
    row = {"prisonerNumber": "A1234BC", "alerts": [], "prisonId": "LEI", "restrictedPatient": False}
    body = json.dumps({"content": [row], "totalElements": 1, "totalPages": 1})
    stage.prisoner_search.faults.put(Fault(body=body, content_type="application/json", status=200))

    population = (await gw.ask(PAGE, id="WLI"))["data"]["prison"]["population"]

    assert population["edges"] == []


async def test_what_a_population_s_first_pages_told_is_answered_at_the_deadline(start, stage, monkeypatch):
    monkeypatch.setattr(stage.prisoner_search, "max_page_size", 15)
    monkeypatch.setattr(stage.prisoner_search, "drifting_pages", False)
    stage.prisoner_search.faults.put(Fault(delay_seconds=0.4))

    async with start(REQUEST_TIMEOUT_SECONDS="0.6") as gw:
        answer = await gw.ask(PAGE, id="EWI", first=40)

    population = answer["data"]["prison"]["population"]
    assert len(population["edges"]) == 15
    assert population["totalCount"] is None
    assert answer["errors"][0]["path"] == ["prison", "population"]


async def test_the_population_s_own_error_stands_before_those_of_its_people(start, stage):
    stage.prisoner_search.faults.put(Fault(rows="missing"))
    stage.delius.faults.put(Fault(status=503))
    query = '{ prison(id: "WLI") { population { nodes { tier { code } } } } }'

    async with start(MAX_ERRORS="2") as gw:
        answer = await gw.ask(query)

    assert [error.get("path") for error in answer["errors"]] == [
        ["prison", "population"],
        ["prison", "population", "nodes", 0, "tier"],
        None,
    ]


async def test_a_list_that_is_not_whole_never_looks_whole(gw, stage):
    stage.prisoner_search.faults.put(Fault(rows="missing"))

    answer = await gw.ask(PAGE, id="WLI", first=100)

    population = answer["data"]["prison"]["population"]
    assert population["totalCount"] is None
    assert 0 < len(population["edges"]) < 12
    (error,) = answer["errors"]
    assert error["path"] == ["prison", "population"]
    assert error["extensions"]["code"] == "NOMIS_UNAVAILABLE"
    assert answer["extensions"]["incomplete"] == [
        {"system": "NOMIS", "route": "PRISONER_SEARCH", "code": "NOMIS_UNAVAILABLE", "people": None}
    ]


@pytest.mark.parametrize("rows", ["doubled", "shuffled", "padded"])
async def test_odd_rows_do_not_change_who_is_in_the_prison(gw, stage, rows):
    stage.prisoner_search.faults.put(Fault(rows=rows))

    numbers, _ = await all_pages(gw, "WLI", 100)

    assert numbers == expected_in(stage, "WLI")


async def test_a_prison_of_more_than_max_population_is_refused_by_name(start):
    async with start(MAX_POPULATION="1000") as gw:
        answer = await gw.ask(PAGE, id="MDI", first=10)

    assert answer["data"]["prison"]["name"] == "Moorland (HMP & YOI)"
    assert answer["data"]["prison"]["population"] is None
    (error,) = answer["errors"]
    assert error["path"] == ["prison", "population"]
    assert error["extensions"]["code"] == "OPERATION_TOO_COMPLEX"
    assert "MAX_POPULATION (1000)" in error["message"]


async def test_without_the_prison_api_a_prison_s_name_comes_from_its_people(start):
    async with start(PRISON_API_URL="") as gw:
        named = await gw.ask('{ prison(id: "LEI") { id name active } }')
        person = await gw.ask(
            '{ offender(nomsNumber: "G4273GI") { prison { name } lastPrison { id name } } }'
        )
        unknown = await gw.ask('{ prison(id: "XYZ") { id name } }')

    assert named == {"data": {"prison": {"id": "LEI", "name": "Leeds (HMP)", "active": None}}}
    assert person["data"]["offender"] == {
        "prison": {"name": "Leeds (HMP)"},
        "lastPrison": {"id": "LEI", "name": None},
    }
    assert unknown == {"data": {"prison": {"id": "XYZ", "name": None}}}


async def test_a_prison_api_that_is_down_leaves_the_names_that_the_records_have(gw, stage):
    stage.prison_api.faults.put(Fault(status=503))

    answer = await gw.ask('{ offender(nomsNumber: "G4273GI") { prison { name } lastPrison { id name } } }')

    assert answer["data"]["offender"] == {
        "prison": {"name": "Leeds (HMP)"},
        "lastPrison": {"id": "LEI", "name": None},
    }
    (error,) = answer["errors"]
    assert error["path"] == ["offender", "lastPrison", "name"]
    assert (error["extensions"]["code"], error["extensions"]["route"]) == ("NOMIS_UNAVAILABLE", "PRISON_API")
    assert answer["extensions"]["incomplete"][0]["people"] == 1


@pytest.mark.parametrize(
    "arguments",
    [
        {"first": 0},
        {"first": -1},
        {"after": "no-cursor"},
        {"after": ""},
        {"id": "LEEDS"},
        {"id": "../"},
        {"id": ""},
    ],
)
async def test_arguments_that_mean_nothing_are_refused_before_anything_runs(gw, stage, arguments):
    response = await gw.post({"query": PAGE, "variables": {"id": "LEI", **arguments}})

    assert response.status_code == 400
    assert response.json()["errors"][0]["extensions"]["code"] == "BAD_USER_INPUT"
    assert stage.prisoner_search.calls.count() == 0


async def test_a_cursor_of_another_prison_is_refused(gw):
    cursor = (await gw.ask(PAGE, id="EWI", first=1))["data"]["prison"]["population"]["pageInfo"]["endCursor"]

    response = await gw.post({"query": PAGE, "variables": {"id": "LEI", "after": cursor}})

    assert response.status_code == 400
    assert "another prison" in response.json()["errors"][0]["message"]


async def test_pages_count_towards_the_people_of_an_operation(gw):
    query = """
    {
      a: prison(id: "LEI") { population(first: 600) { totalCount } }
      b: prison(id: "MDI") { population(first: 600) { totalCount } }
    }
    """

    response = await gw.post({"query": query})

    assert response.status_code == 400
    (error,) = response.json()["errors"]
    assert error["extensions"]["code"] == "OPERATION_TOO_COMPLEX"
    assert "MAX_OFFENDERS (1000)" in error["message"]
