"""NOMIS by the Prison API, as a caller sees it: people, a prison's people in a user's name, and refusals."""

import pytest
from gateways import PRISON, PROBATION, gateway

from twins import hard_cases as people
from twins.faults import Fault

PAGE = """
query ($first: Int, $after: String) {
  prison(id: "LEI") {
    name
    population(first: $first, after: $after) {
      totalCount pageInfo { hasNextPage endCursor }
      nodes { nomsNumber lastName %s prisonRecord { status route } }
    }
  }
}
"""
ONE = """
query ($n: [NomsNumber!]!) {
  offenders(nomsNumbers: $n) {
    nomsNumber lastName custodyStatus tier { code } prisonRecord { status } probationRecord { status }
  }
}
"""
BULK = """
query ($n: [NomsNumber!]!) { offenders(nomsNumbers: $n) { nomsNumber lastName sentence { releaseDate } } }
"""


@pytest.fixture
async def gw(stage, token):
    async with gateway(stage.route(nomis="prison-api"), token(username="LEI_POM1")) as running:
        yield running


def calls(stage, template):
    return [call for call in stage.prison_api.calls if call.template == template]


INMATES = "/api/locations/description/{agency_id}/inmates"
DETAIL = "/api/offenders/{offender_no}"


async def test_a_prison_is_read_whole_in_the_name_of_the_user_who_asks(gw, stage):
    answer = await gw.ask(PAGE % "", first=1000)

    population = answer["data"]["prison"]["population"]
    numbers = [person["nomsNumber"] for person in population["nodes"]]
    held = sorted(person.noms_number for person in stage.population.in_prison("LEI"))
    assert numbers == held
    assert population["totalCount"] == len(held)
    assert population["nodes"][0]["prisonRecord"] == {"status": "FOUND", "route": "PRISON_API"}
    (call,) = calls(stage, INMATES)
    assert call.headers["page-limit"] == "1000"
    assert stage.auth.calls[-1].query.endswith("username=LEI_POM1&auth_source=nomis")
    assert calls(stage, DETAIL) == []


async def test_a_page_s_further_fields_are_asked_for_of_the_page_s_people_alone(gw, stage):
    answer = await gw.ask(PAGE % "custodyStatus csra", first=5)

    nodes = answer["data"]["prison"]["population"]["nodes"]
    assert len(nodes) == 5
    assert {person["custodyStatus"] for person in nodes} <= {"IN_PRISON", "OUT_TEMPORARILY"}
    assert len(calls(stage, DETAIL)) == 5


async def test_pages_follow_each_other_to_the_end(gw, stage):
    met, after = [], None
    while True:
        answer = await gw.ask(PAGE % "", first=300, after=after)
        population = answer["data"]["prison"]["population"]
        met += [person["nomsNumber"] for person in population["nodes"]]
        after = population["pageInfo"]["endCursor"]
        if not population["pageInfo"]["hasNextPage"]:
            break

    assert met == sorted(person.noms_number for person in stage.population.in_prison("LEI"))


@pytest.mark.parametrize("who", ["a client", "callers unchecked"])
async def test_a_prison_s_people_are_forbidden_to_a_caller_without_a_user(stage, token, who):
    settings = stage.route(nomis="prison-api") | ({"CALLER_AUTH": "off"} if who != "a client" else {})

    async with gateway(settings, token() if who == "a client" else None) as gw:
        answer = await gw.ask(PAGE % "", first=5)

    (error,) = answer["errors"]
    assert answer["data"]["prison"] == {"name": "Leeds (HMP)", "population": None}
    assert error["path"] == ["prison", "population"]
    assert error["extensions"]["code"] == "NOMIS_FORBIDDEN"
    assert error["extensions"]["retryable"] is False
    assert "user" in error["message"]
    assert calls(stage, INMATES) == []


async def test_a_user_s_token_is_kept_and_another_user_s_is_another(gw, stage, token):
    for user in ("LEI_POM1", "LEI_POM1", "LEI_POM2"):
        await gw.ask(PAGE % "", first=1, token=token(PRISON, PROBATION, username=user))

    tokens = [call.query for call in stage.auth.calls if call.path == "/auth/oauth/token"]
    assert sum("username=LEI_POM1" in query for query in tokens) == 1
    assert sum("username=LEI_POM2" in query for query in tokens) == 1


async def test_one_person_who_is_refused_leaves_the_others_whole(gw, stage):
    stage.prison_api.refused.add(people.TOBIAS_FENHALE)

    answer = await gw.ask(ONE, n=[people.TOBIAS_FENHALE, people.AT_COURT])

    refused, other = answer["data"]["offenders"]
    assert refused["prisonRecord"] == {"status": "FORBIDDEN"}
    assert (refused["lastName"], refused["custodyStatus"]) == (None, None)
    assert refused["tier"] == {"code": "B1"}
    assert other["custodyStatus"] == "OUT_TEMPORARILY"
    assert {error["extensions"]["code"] for error in answer["errors"]} == {"NOMIS_FORBIDDEN"}
    assert [error["path"][:2] for error in answer["errors"]] == [["offenders", 0], ["offenders", 0]]
    (incomplete,) = answer["extensions"]["incomplete"]
    assert incomplete == {"system": "NOMIS", "route": "PRISON_API", "code": "NOMIS_FORBIDDEN", "people": 1}
    assert "1153753" not in str(answer)


async def test_a_404_of_something_before_the_service_is_no_answer_about_the_person(gw, stage):
    stage.prison_api.faults.put(Fault(status=404, body="<html>", content_type="text/html"))

    answer = await gw.ask(ONE, n=[people.TOBIAS_FENHALE])

    (person,) = answer["data"]["offenders"]
    assert person["prisonRecord"] == {"status": "UNAVAILABLE"}


async def test_a_part_that_is_refused_says_that_it_was_refused(gw, stage):
    stage.prison_api.faults.put(Fault(status=403, path_contains="offender-sentences"))

    answer = await gw.ask(BULK, n=[people.TOBIAS_FENHALE])

    assert [error["extensions"]["code"] for error in answer["errors"]] == ["NOMIS_FORBIDDEN"]
    assert [failed["code"] for failed in answer["extensions"]["incomplete"]] == ["NOMIS_FORBIDDEN"]


@pytest.mark.parametrize("status", [204, 404])
async def test_nobody_is_known_by_an_answer_that_says_so(gw, stage, status):
    stage.prison_api.faults.put(Fault(status=status))

    answer = await gw.ask(ONE, n=[people.TOBIAS_FENHALE])

    assert answer == {"data": {"offenders": [None]}}


async def test_a_person_never_booked_is_known(gw):
    answer = await gw.ask(ONE, n=[people.ALBERTA_NORTHMERE])
    bulk = await gw.ask(BULK, n=[people.ALBERTA_NORTHMERE, people.NOBODY])

    assert answer["data"]["offenders"][0]["custodyStatus"] == "NEVER_BOOKED"
    assert bulk["data"]["offenders"] == [
        {"nomsNumber": people.ALBERTA_NORTHMERE, "lastName": "NORTHMERE", "sentence": None},
        None,
    ]


async def test_sentences_that_fail_leave_the_people_standing(gw, stage):
    stage.prison_api.faults.put(Fault(status=503, path_contains="offender-sentences"))

    answer = await gw.ask(BULK, n=[people.TOBIAS_FENHALE, people.AT_COURT])

    assert [person["lastName"] is not None for person in answer["data"]["offenders"]] == [True, True]
    assert [error["path"] for error in answer["errors"]] == [
        ["offenders", 0, "sentence"],
        ["offenders", 1, "sentence"],
    ]


@pytest.mark.parametrize(
    "fault", [Fault(status=500), Fault(status=502, body="<html>"), Fault(cut_after_bytes=9)]
)
async def test_a_prison_api_that_is_down_leaves_the_probation_half(gw, stage, fault):
    stage.prison_api.faults.put(fault)

    answer = await gw.ask(ONE, n=[people.TOBIAS_FENHALE])

    (person,) = answer["data"]["offenders"]
    assert person["prisonRecord"] == {"status": "UNAVAILABLE"}
    assert person["tier"] == {"code": "B1"}
    assert {error["extensions"]["code"] for error in answer["errors"]} == {"NOMIS_UNAVAILABLE"}
