"""Limited access by every route to Delius: who may see whom, what the check costs, and what if it fails."""

import asyncio
import json

import pytest
from waiting import until

from twins import hard_cases as people
from twins.delius_users import EXCLUDED_USER, NPS_USER, TRUSTED_USER
from twins.faults import Fault

WITH_FLAGS = ["ndh", "community-api", "probation-search"]
ROUTES = [*WITH_FLAGS, "case-records"]
STATES = "query ($n: [NomsNumber!]!) { offenders(nomsNumbers: $n) { probationRecord { status } } }"
RECORDS = """
query ($n: [NomsNumber!]!) {
  offenders(nomsNumbers: $n) {
    lastName crn tier { code } resourcing mappaLevel
    caseHandler { officer { surname } team { name } }
    probationRecord { status reason warnings retrievedAt }
  }
}
"""
LIMITED = [
    people.EXCLUDED,
    people.RESTRICTED,
    people.EXCLUDED_AND_RESTRICTED,
    people.ACCESS_FLAGS_ABSENT,
    people.TOBIAS_FENHALE,
]
BARRED = [people.RESTRICTED, people.EXCLUDED_AND_RESTRICTED]
SHOWN, KEPT = "FOUND", "RESTRICTED"
OPEN_ALONE = [KEPT, KEPT, KEPT, KEPT, SHOWN]
"""What the flags say by themselves."""
BY_USER = {
    NPS_USER: [SHOWN, KEPT, KEPT, SHOWN, SHOWN],
    EXCLUDED_USER: [KEPT, KEPT, KEPT, SHOWN, SHOWN],
    TRUSTED_USER: [SHOWN, SHOWN, SHOWN, SHOWN, SHOWN],
}
ON_NO_LIST = BY_USER[NPS_USER]


def statuses(answer):
    return [person["probationRecord"]["status"] for person in answer["data"]["offenders"]]


def crns_of(stage, numbers):
    return [stage.population.get(number).delius[0].crn for number in numbers]


def checked(stage):
    return [sorted(call.body["crns"]) for call in stage.access.calls]


def usernames(stage):
    return [call.query for call in stage.access.calls]


def answering(*rows):
    return Fault(status=200, body=json.dumps({"access": rows}), content_type="application/json")


def row(crn, *, excluded=False, restricted=False):
    return {"crn": crn, "userExcluded": excluded, "userRestricted": restricted}


@pytest.mark.parametrize("route", ROUTES)
async def test_each_delius_user_sees_what_delius_lets_them_see(start, stage, delius_user, route):
    async with start(**stage.route(route, access=True)) as gw:
        answers = {user: await gw.ask(STATES, n=LIMITED, token=delius_user(user)) for user in BY_USER}

    assert {user: statuses(answer) for user, answer in answers.items()} == BY_USER
    assert usernames(stage) == [f"username={user}" for user in BY_USER]
    assert not any("errors" in answer for answer in answers.values())


@pytest.mark.parametrize("route", WITH_FLAGS)
@pytest.mark.parametrize("source", ["nomis", "auth", None])
async def test_somebody_who_is_no_delius_user_sees_by_the_flags_alone(start, stage, token, route, source):
    namesake = token(username=TRUSTED_USER, auth_source=source)

    async with start(**stage.route(route, access=True)) as gw:
        as_client = await gw.ask(STATES, n=LIMITED)
        as_namesake = await gw.ask(STATES, n=LIMITED, token=namesake)

    assert statuses(as_client) == statuses(as_namesake) == OPEN_ALONE
    assert stage.access.calls.count() == 0


async def test_without_flags_a_namesake_in_nomis_is_judged_as_on_no_list(start, stage, token):
    namesake = token(username=TRUSTED_USER, auth_source="nomis")

    async with start(**stage.route("case-records", access=True)) as gw:
        as_client = await gw.ask(STATES, n=LIMITED)
        as_namesake = await gw.ask(STATES, n=LIMITED, token=namesake)

    assert statuses(as_client) == statuses(as_namesake) == ON_NO_LIST
    assert usernames(stage) == ["", ""]


UNCLEAR = {
    "no source": {"username": EXCLUDED_USER, "auth_source": None},
    "a source in other letters": {"username": EXCLUDED_USER, "auth_source": "DELIUS"},
    "a list of sources": {"username": EXCLUDED_USER, "auth_source": ["delius"]},
    "Delius, and no name": {"username": EXCLUDED_USER, "auth_source": "delius", "user_name": None},
    "Delius, and a blank name": {"username": EXCLUDED_USER, "auth_source": "delius", "user_name": " "},
    "a name that is a number": {"username": EXCLUDED_USER, "auth_source": "nomis", "user_name": 7},
}


@pytest.mark.parametrize("claims", UNCLEAR.values(), ids=UNCLEAR.keys())
async def test_without_flags_a_user_whom_nobody_can_place_sees_no_record(start, stage, token, claims):
    async with start(**stage.route("case-records", access=True)) as gw:
        answer = await gw.ask(STATES, n=LIMITED, token=token(**claims))

    assert statuses(answer) == [KEPT] * len(LIMITED)
    assert stage.access.calls.count() == 0


@pytest.mark.parametrize("route", WITH_FLAGS)
async def test_without_a_check_nobody_sees_a_limited_record(start, stage, delius_user, route):
    async with start(**stage.route(route)) as gw:
        answer = await gw.ask(STATES, n=LIMITED, token=delius_user(TRUSTED_USER))

    assert statuses(answer) == OPEN_ALONE
    assert "errors" not in answer


@pytest.mark.parametrize("route", ROUTES)
async def test_what_is_kept_back_is_nowhere_in_the_answer_nor_in_the_metrics(start, stage, route):
    async with start(**stage.route(route, access=True)) as gw:
        response = await gw.post({"query": RECORDS, "variables": {"n": BARRED}})
        metrics = (await gw.http.get(f"{gw.url}/metrics")).text

    records = [stage.population.get(number).delius[0] for number in BARRED]
    secrets = {"made-up", "Made-up", "Trevethick", "C1", "Gwent", "ENHANCED", "NORMAL"}
    secrets |= {value for record in records for value in (record.crn, record.surname, record.first_name)}
    assert response.json()["data"]["offenders"] == [
        {
            "lastName": stage.population.get(number).nomis.last_name,
            "crn": None,
            "tier": None,
            "resourcing": None,
            "mappaLevel": None,
            "caseHandler": None,
            "probationRecord": {
                "status": "RESTRICTED",
                "reason": "Access to this record is limited.",
                "warnings": [],
                "retrievedAt": None,
            },
        }
        for number in BARRED
    ]
    assert "errors" not in response.json()
    assert {secret for secret in secrets if secret in response.text or secret in metrics} == set()


async def test_a_population_s_limited_people_are_checked_in_one_call(start, stage, delius_user):
    records = [record for person in stage.population.in_prison("LEI") for record in person.delius]
    limited = [one.crn for one in records if (one.exclusion, one.restriction) != (False, False)]

    async with start(**stage.route("probation-search", access=True)) as gw:
        await gw.ask(
            '{ prison(id: "LEI") { population(first: 1000) { nodes { probationRecord { status } } } } }',
            token=delius_user(TRUSTED_USER),
        )

    assert len(limited) > 10
    assert checked(stage) == [sorted(limited)]


async def test_two_parts_of_an_operation_share_one_check(start, stage, delius_user):
    query = """
    query ($n: [NomsNumber!]!, $one: NomsNumber!) {
      offenders(nomsNumbers: $n) { crn }
      offender(nomsNumber: $one) { tier { code } }
    }
    """

    async with start(**stage.route("probation-search", access=True)) as gw:
        answer = await gw.ask(query, n=LIMITED, one=people.RESTRICTED, token=delius_user(TRUSTED_USER))

    assert answer["data"]["offender"] == {"tier": {"code": "C1"}}
    assert checked(stage) == [sorted(crns_of(stage, LIMITED[:-1]))]


@pytest.mark.parametrize("route", WITH_FLAGS)
async def test_no_check_is_made_where_nobody_needs_one(start, stage, delius_user, route):
    numbers = ["G4273GI", people.IVOR_PELLSTONE, people.ANOTHERS_NUMBER, people.TWO_DELIUS_RECORDS]

    async with start(**stage.route(route, access=True)) as gw:
        await gw.ask(STATES, n=numbers, token=delius_user(NPS_USER))

    assert stage.access.calls.count() == 0


async def test_a_check_names_no_more_people_than_the_service_takes(start, stage, delius_user):
    numbers = [person.noms_number for person in stage.population.in_prison("MDI")]
    known = [number for number in numbers if stage.population.get(number).delius]

    async with start(**stage.route("case-records", access=True), MAX_OFFENDERS="5000") as gw:
        answer = await gw.ask(STATES, n=numbers, token=delius_user(TRUSTED_USER))

    asked = checked(stage)
    assert sorted(map(len, asked)) == [len(known) - 1000, 1000]
    assert sorted(crn for crns in asked for crn in crns) == sorted(crns_of(stage, known))
    assert set(statuses(answer)) == {"FOUND", "RESTRICTED", "NOT_FOUND"}


@pytest.mark.parametrize("route", ROUTES)
async def test_the_check_runs_while_nomis_is_still_under_way(start, stage, delius_user, route):
    stage.prisoner_search.faults.put(Fault(delay_seconds=20))

    async with start(
        **stage.route(route, access=True), NOMIS_TIMEOUT_SECONDS="30", REQUEST_TIMEOUT_SECONDS="30"
    ) as gw:
        asking = asyncio.create_task(gw.ask(STATES, n=LIMITED, token=delius_user(NPS_USER)))
        await until(lambda: [call.status for call in stage.access.calls] == [200])
        nomis_under_way = stage.prisoner_search.calls.in_flight
        asking.cancel()
        await asyncio.gather(asking, return_exceptions=True)

    assert nomis_under_way == 1


FAILED_CHECKS = {
    "503": (Fault(status=503, retry_after=30), True),
    "500 with a message": (Fault(status=500, body='{"message":"X110016 is limited"}'), True),
    "404": (Fault(status=404), True),
    "no answer in time": (Fault(delay_seconds=20), True),
    "an HTML page": (Fault(status=200, body="<html>log in</html>", content_type="text/html"), True),
    "a list": (Fault(status=200, body="[]"), True),
    "no rows": (Fault(status=200, body='{"access":null}'), True),
    "half a document": (Fault(cut_after_bytes=30), True),
    "403": (Fault(status=403), False),
    "403 that says why": (Fault(status=403, body='{"userRestricted":true,"crn":"X110016"}'), False),
    "401 again": (Fault(status=401), False),
}


@pytest.mark.parametrize(("fault", "retryable"), FAILED_CHECKS.values(), ids=FAILED_CHECKS.keys())
async def test_a_check_that_fails_leaves_those_unanswered_who_needed_it(
    start, stage, delius_user, fault, retryable
):
    numbers = ["G4273GI", people.RESTRICTED, people.IVOR_PELLSTONE]
    stage.access.faults.put(fault)

    async with start(**stage.route("community-api", access=True), DELIUS_TIMEOUT_SECONDS="1") as gw:
        response = await gw.post(
            {"query": RECORDS, "variables": {"n": numbers}},
            headers={"Authorization": f"Bearer {delius_user(TRUSTED_USER)}"},
            token=None,
        )

    answer = response.json()
    assert statuses(answer) == ["FOUND", "UNAVAILABLE", "NOT_FOUND"]
    assert answer["data"]["offenders"][0]["tier"] == {"code": "B1"}
    fields = ["crn", "tier", "resourcing", "mappaLevel", "caseHandler"]
    assert [error["path"] for error in answer["errors"]] == [["offenders", 1, field] for field in fields]
    for error in answer["errors"]:
        assert error["extensions"] | {"correlationId": ""} == {
            "code": "DELIUS_UNAVAILABLE",
            "system": "DELIUS",
            "route": "COMMUNITY_API",
            "retryable": retryable,
            "correlationId": "",
        }
    assert answer["extensions"]["incomplete"][0]["people"] == 1
    assert crns_of(stage, [people.RESTRICTED])[0] not in response.text


async def test_without_flags_a_check_that_fails_leaves_everybody_s_record_unanswered(start, stage):
    stage.access.faults.put(Fault(status=503))

    async with start(**stage.route("case-records", access=True)) as gw:
        answer = await gw.ask(RECORDS, n=["G4273GI", people.RESTRICTED, people.IVOR_PELLSTONE])

    assert statuses(answer) == ["UNAVAILABLE", "UNAVAILABLE", "NOT_FOUND"]
    assert [person["lastName"] is None for person in answer["data"]["offenders"]] == [False] * 3
    assert answer["extensions"]["incomplete"] == [
        {"system": "DELIUS", "route": "CASE_RECORDS", "code": "DELIUS_UNAVAILABLE", "people": 2}
    ]


NOT_SAID = {
    "left out": lambda _: [],
    "a flag left out": lambda crn: [{"crn": crn, "userExcluded": False}],
    "a flag of null": lambda crn: [row(crn, restricted=None)],
    "a flag that is a text": lambda crn: [row(crn, excluded="false")],
    "a flag that is a number": lambda crn: [row(crn, excluded=0)],
    "said twice, and differently": lambda crn: [row(crn, restricted=True), row(crn)],
    "said of another": lambda _: [row("X999999")],
    "a row that is no object": lambda crn: [crn],
}


@pytest.mark.parametrize("rows", NOT_SAID.values(), ids=NOT_SAID.keys())
async def test_what_the_check_does_not_clearly_allow_is_restricted(start, stage, delius_user, rows):
    numbers = [people.RESTRICTED, people.EXCLUDED]
    unclear, clear = crns_of(stage, numbers)
    stage.access.faults.put(answering(*rows(unclear), row(clear)))

    async with start(**stage.route("probation-search", access=True)) as gw:
        answer = await gw.ask(STATES, n=numbers, token=delius_user(TRUSTED_USER))

    assert statuses(answer) == ["RESTRICTED", "FOUND"]
    assert "errors" not in answer


async def test_a_decision_is_not_kept_beyond_its_request(start, stage, delius_user):
    stage.access.faults.put(answering(row(crns_of(stage, [people.RESTRICTED])[0])))

    async with start(**stage.route("community-api", access=True)) as gw:
        allowed = await gw.ask(STATES, n=[people.RESTRICTED], token=delius_user(NPS_USER))
        stage.access.faults.clear()
        barred = await gw.ask(STATES, n=[people.RESTRICTED], token=delius_user(NPS_USER))

    assert (statuses(allowed), statuses(barred)) == (["FOUND"], ["RESTRICTED"])
