"""How many upstream calls 1, 100 and 1,000 people cost, by each route: as few as its limits allow."""

import math

import pytest
from gateways import gateway

from twins.delius_users import NPS_USER

HALVES = """
query ($n: [NomsNumber!]!) {
  offenders(nomsNumbers: $n) { nomsNumber lastName tier { code } caseHandler { organisation } }
}
"""
MORE = """
query ($n: [NomsNumber!]!) {
  offenders(nomsNumbers: $n) {
    nomsNumber lastName sentence { releaseDate } category { code } mappaLevel resourcing
  }
}
"""
COUNTS = (1, 100, 1000)
ONE_BY_ONE = {"ndh": "delius", "community-api": "community_api", "case-records": "case_records"}


@pytest.fixture
def asking(stage, token):
    """Ask by a pair of routes, as a Delius user on nobody's list."""

    async def ask(query, numbers, *, delius="ndh", nomis="prisoner-search", **settings):
        user = token(username=NPS_USER, auth_source="delius")
        environment = {**stage.route(delius, nomis, access=True), **settings}
        async with gateway(environment, user) as gw:
            answer = await gw.ask(query, n=numbers)
        assert [person["nomsNumber"] for person in answer["data"]["offenders"]] == numbers
        return answer

    return ask


def people(stage, count):
    return [person.noms_number for person in stage.population.in_prison("MDI")][:count]


def checked(stage):
    """Return whom each call of the access check named."""
    return [sorted(call.body["crns"]) for call in stage.access.calls]


def due(stage, count, *, everybody):
    """Return the one call that is due, for all who have a record or for those with a flag; else none."""
    records = [
        person.delius[0] for person in map(stage.population.get, people(stage, count)) if person.delius
    ]
    crns = sorted(one.crn for one in records if everybody or one.restriction or one.exclusion)
    return [crns] if crns else []


def counts(twin):
    return {name: count for name, count in twin.calls.summary()["counts"].items() if count}


@pytest.mark.parametrize("count", COUNTS)
@pytest.mark.parametrize("route", ONE_BY_ONE)
async def test_a_route_without_a_bulk_form_is_asked_once_a_person_and_the_check_once(
    asking, stage, route, count
):
    twin = getattr(stage, ONE_BY_ONE[route])

    await asking(HALVES, people(stage, count), delius=route, DELIUS_CONCURRENCY="15")

    assert stage.prisoner_search.calls.count() == 1
    assert len(twin.calls) == count
    assert len({call.path for call in twin.calls}) == count
    assert twin.calls.most_in_flight <= 15
    assert checked(stage) == due(stage, count, everybody=route == "case-records")


@pytest.mark.parametrize("count", COUNTS)
async def test_probation_search_is_asked_once_for_every_thousand_people_and_the_check_once(
    asking, stage, count
):
    await asking(HALVES, people(stage, count), delius="probation-search")

    assert stage.prisoner_search.calls.count() == 1
    assert len(stage.probation_search.calls) == math.ceil(count / 1000)
    (call,) = stage.probation_search.calls
    assert sorted(set(call.body)) == sorted(people(stage, count))
    assert count < len(call.body) <= 1024
    assert checked(stage) == due(stage, count, everybody=False)


async def test_more_people_than_one_list_takes_are_asked_for_in_lists_side_by_side(asking, stage):
    numbers = people(stage, 1400)

    await asking(HALVES, numbers, delius="probation-search", MAX_OFFENDERS="2000")

    lists = [call.body for call in stage.probation_search.calls]
    assert sorted(len(set(one)) for one in lists) == [400, 1000]
    assert sorted(number for one in lists for number in set(one)) == sorted(numbers)


@pytest.mark.parametrize("count", COUNTS)
async def test_names_by_the_prison_api_cost_one_call_for_a_thousand_people(asking, stage, count):
    await asking(HALVES, people(stage, count), nomis="prison-api")

    assert counts(stage.prison_api) == {"POST /api/prisoners": 1}
    assert len(stage.prisoner_search.calls) == 0


async def test_dates_and_categories_by_the_prison_api_cost_one_call_each(asking, stage):
    await asking(MORE, people(stage, 1000), nomis="prison-api", delius="case-records")

    assert counts(stage.prison_api) == {
        "POST /api/prisoners": 1,
        "POST /api/offender-sentences": 1,
        "POST /api/offender-assessments/CATEGORY": 1,
    }


async def test_custody_by_the_prison_api_costs_one_call_a_person(asking, stage):
    query = "query ($n: [NomsNumber!]!) { offenders(nomsNumbers: $n) { nomsNumber custodyStatus lastName } }"

    await asking(query, people(stage, 100), nomis="prison-api", NOMIS_CONCURRENCY="7")

    assert counts(stage.prison_api) == {"GET /api/offenders/{offender_no}": 100}
    assert stage.prison_api.calls.most_in_flight <= 7


@pytest.mark.parametrize(("route", "calls"), [("ndh", 2), ("community-api", 3)])
async def test_mappa_and_resourcing_cost_a_call_a_person_where_the_route_tells_them_apart(
    asking, stage, route, calls
):
    numbers = ["G4273GI"]

    await asking(MORE, numbers, delius=route)

    assert len(getattr(stage, ONE_BY_ONE[route]).calls) == calls


@pytest.mark.parametrize("route", ["probation-search", "case-records"])
async def test_mappa_and_resourcing_cost_nothing_where_the_record_has_them(asking, stage, route):
    await asking(MORE, people(stage, 10), delius=route)

    twin = stage.probation_search if route == "probation-search" else stage.case_records
    assert len(twin.calls) == (1 if route == "probation-search" else 10)
