"""Delius by the Community API: its statuses, its two ways to write nothing, and its further calls by CRN."""

import json

import pytest
from gateways import gateway
from msgspec.structs import replace

from twins import hard_cases as people
from twins.delius_users import NPS_USER, TRUSTED_USER
from twins.faults import Fault

STATES = """
query ($n: [NomsNumber!]!) {
  offenders(nomsNumbers: $n) { lastName tier { code } probationRecord { status route } }
}
"""
FURTHER = """
query ($n: [NomsNumber!]!) {
  offenders(nomsNumbers: $n) { crn tier { code } mappaLevel resourcing probationRecord { status } }
}
"""
MAPPA = "query ($n: [NomsNumber!]!) { offenders(nomsNumbers: $n) { mappaLevel } }"
WHOLE = """
query ($n: [NomsNumber!]!) {
  offenders(nomsNumbers: $n) {
    crn tier { level code changeLevel } resourcing mappaLevel
    caseHandler {
      organisation allocatedOn provider { code description }
      officer { code forenames surname email telephone }
      team { code name telephone localDeliveryUnit { code description } }
    }
    probationRecord { status reason warnings route stale }
  }
}
"""


@pytest.fixture(scope="module")
async def by_community_api(_stage):
    settings = _stage.route("community-api", access=True)
    async with gateway({**settings, "DELIUS_TIMEOUT_SECONDS": "1"}) as running:
        yield running


@pytest.fixture
def gw(by_community_api, token):
    by_community_api.token = token()
    return by_community_api


def statuses(answer):
    return [person["probationRecord"]["status"] for person in answer["data"]["offenders"]]


def first(answer):
    return answer["data"]["offenders"][0]


def further_calls(stage):
    return [f"{call.path}?{call.query}" for call in stage.community_api.calls if "/crn/" in call.path]


def registered(*levels, active=True, kind="MAPP"):
    registrations = [
        {"type": {"code": kind}, "registerLevel": level and {"code": level}, "active": active}
        for level in levels
    ]
    return {"registrations": registrations}


def written(body, **where):
    return Fault(status=200, body=json.dumps(body), content_type="application/json", **where)


async def test_a_person_is_asked_for_once_under_secure_with_our_token_and_refusing_duplicates(gw, stage):
    answer = await gw.ask(STATES, n=["G4273GI", "G4273GI"])

    assert first(answer) == {
        "lastName": "FENHALE",
        "tier": {"code": "B1"},
        "probationRecord": {"status": "FOUND", "route": "COMMUNITY_API"},
    }
    (call,) = stage.community_api.calls
    assert (call.path, call.query) == (
        "/secure/offenders/nomsNumber/G4273GI/all",
        "failOnDuplicate=true",
    )
    assert call.has_authorization


STATES_OF = {
    people.TOBIAS_FENHALE: "FOUND",
    people.NUMBER_PADDED_IN_DELIUS: "FOUND",
    people.IVOR_PELLSTONE: "NOT_FOUND",
    people.DELIUS_204: "NOT_FOUND",
    people.SOFT_DELETED: "NOT_FOUND",
    people.TWO_DELIUS_RECORDS: "AMBIGUOUS",
    people.ONE_OF_TWO_SENTENCED: "AMBIGUOUS",
    people.ANOTHERS_NUMBER: "MISMATCH",
    people.NUMBER_ABSENT_IN_DELIUS: "MISMATCH",
    people.DELIUS_403: "FORBIDDEN",
    people.DELIUS_401: "FORBIDDEN",
    people.DELIUS_500: "UNAVAILABLE",
    people.DELIUS_503: "UNAVAILABLE",
    people.DELIUS_HTML: "UNAVAILABLE",
    people.DELIUS_WRONG_SHAPE: "UNAVAILABLE",
    people.DELIUS_TRUNCATED: "UNAVAILABLE",
    people.DELIUS_CUT: "UNAVAILABLE",
    people.DELIUS_SLOW: "UNAVAILABLE",
}
FAILED = {"FORBIDDEN": "DELIUS_FORBIDDEN", "UNAVAILABLE": "DELIUS_UNAVAILABLE"}


async def test_each_person_s_state_is_what_their_own_answer_says_and_nobody_else_s(gw):
    answer = await gw.ask(STATES, n=list(STATES_OF))

    assert dict(zip(STATES_OF, statuses(answer), strict=True)) == STATES_OF
    assert all(person["lastName"] for person in answer["data"]["offenders"])
    failed = {error["path"][1]: error["extensions"]["code"] for error in answer["errors"]}
    assert failed == {
        place: FAILED[status] for place, status in enumerate(STATES_OF.values()) if status in FAILED
    }


REFUSALS = {
    "without a body": Fault(status=403),
    "of roles": Fault(status=403, body='{"status":403,"developerMessage":"Access is denied"}'),
    "neither limit": Fault(status=403, body='{"userRestricted":false,"userExcluded":false}'),
    "a limit that is a text": Fault(status=403, body='{"userRestricted":"true"}'),
    "a list": Fault(status=403, body='[{"userRestricted":true}]'),
    "an HTML page": Fault(
        status=403, body="<html>userRestricted: true</html>", content_type="text/html; charset=utf-8"
    ),
    "huge": Fault(status=403, huge_bytes=40_000_000, content_type="application/json"),
    "compressed": Fault(status=403, body='{"userRestricted":true}', gzip=True),
    "longer than a refusal is": Fault(
        status=403, body='{"userRestricted":true,"restrictionMessage":"%s"}' % ("x" * 100_000)
    ),
}


@pytest.mark.parametrize("fault", REFUSALS.values(), ids=REFUSALS.keys())
async def test_a_refusal_that_tells_of_no_limit_is_of_the_gateway(gw, stage, fault):
    stage.community_api.faults.put(fault)

    answer = await gw.ask(STATES, n=["G4273GI"])

    assert statuses(answer) == ["FORBIDDEN"]
    assert first(answer)["lastName"] == "FENHALE"
    (error,) = answer["errors"]
    assert error["path"] == ["offenders", 0, "tier"]
    assert error["extensions"] | {"correlationId": ""} == {
        "code": "DELIUS_FORBIDDEN",
        "system": "DELIUS",
        "route": "COMMUNITY_API",
        "retryable": False,
        "correlationId": "",
    }
    assert answer["extensions"]["incomplete"] == [
        {"system": "DELIUS", "route": "COMMUNITY_API", "code": "DELIUS_FORBIDDEN", "people": 1}
    ]


LIMITATIONS = [
    {"userRestricted": True, "restrictionMessage": "Ask Quentin", "userExcluded": False},
    {"userRestricted": False, "userExcluded": True, "exclusionMessage": "Ask Quentin"},
    {"userExcluded": True, "exclusionMessage": "Ask Quentin"},
]


@pytest.mark.parametrize("limitation", LIMITATIONS, ids=["restricted", "excluded", "nulls left out"])
async def test_a_refusal_that_is_an_access_limitation_restricts_and_is_not_repeated(gw, stage, limitation):
    stage.community_api.faults.put(Fault(status=403, body=json.dumps(limitation)))

    response = await gw.post({"query": STATES, "variables": {"n": ["G4273GI"]}})

    assert first(response.json()) == {
        "lastName": "FENHALE",
        "tier": None,
        "probationRecord": {"status": "RESTRICTED", "route": "COMMUNITY_API"},
    }
    assert set(response.json()) == {"data"}
    assert "Quentin" not in response.text


async def test_a_token_that_is_not_taken_is_replaced_once(gw, stage):
    await gw.ask(STATES, n=["G7106UN"])
    stage.heal()
    stage.community_api.faults.put(Fault(status=401, times=1))

    answer = await gw.ask(STATES, n=["G4273GI"])

    assert statuses(answer) == ["FOUND"]
    assert "errors" not in answer
    assert [call.status for call in stage.community_api.calls] == [401, 200]
    assert stage.auth.calls.count("/auth/oauth/token") == 1


async def test_nulls_and_empty_lists_say_the_same_as_what_is_left_out(gw, stage):
    odd = [
        people.TOBIAS_FENHALE,
        people.MARCUS_OLDROYD_QUAY,
        people.ACCESS_FLAGS_ABSENT,
        people.BIRTH_UNKNOWN_TO_DELIUS,
        people.NUMBER_ABSENT_IN_DELIUS,
        people.OFFICER_UNALLOCATED,
        people.NO_MANAGER,
        people.AREA_UNKNOWN,
        people.TIER_ABSENT,
        people.REGISTRATIONS_ENDED,
        people.MAPPA_OF_LEVEL_NOUGHT,
        people.RESOURCING_UNDECIDED,
    ]
    numbers = odd + [person.noms_number for person in stage.population.in_prison("WLI")]

    left_out = await gw.ask(WHOLE, n=numbers)
    stage.community_api.writes_nulls = True
    as_nulls = await gw.ask(WHOLE, n=numbers)

    assert as_nulls == left_out
    assert "errors" not in left_out


async def test_a_case_that_is_allocated_to_nobody_has_a_team_and_no_officer(gw):
    handler = first(await gw.ask(WHOLE, n=[people.OFFICER_UNALLOCATED]))["caseHandler"]

    assert handler["officer"] is None
    assert (handler["organisation"], handler["team"]["code"]) == ("NPS", "N03T01")


async def test_further_parts_cost_one_call_a_person_each_by_crn_and_of_what_is_in_force(gw, stage):
    answer = await gw.ask(FURTHER, n=["G4273GI", "G7106UN", "G4273GI"])

    assert [person["resourcing"] for person in answer["data"]["offenders"]] == [
        "ENHANCED",
        "NORMAL",
        "ENHANCED",
    ]
    assert sorted(further_calls(stage)) == [
        "/secure/offenders/crn/X100001/registrations?activeOnly=true",
        "/secure/offenders/crn/X100001/risk/resourcing/latest?",
        "/secure/offenders/crn/X100002/registrations?activeOnly=true",
        "/secure/offenders/crn/X100002/risk/resourcing/latest?",
    ]


@pytest.mark.parametrize(
    ("fields", "calls"),
    [
        ("crn tier { code } probationRecord { status }", []),
        ("mappaLevel", ["registrations"]),
        ("resourcing", ["risk/resourcing/latest"]),
        ("mappaLevel @skip(if: true) resourcing @include(if: false) crn", []),
    ],
)
async def test_a_further_part_is_asked_for_only_where_the_operation_asks(gw, stage, fields, calls):
    await gw.ask(f'{{ offender(nomsNumber: "G4273GI") {{ {fields} }} }}')

    assert [call.split("?")[0].split("X100001/")[1] for call in further_calls(stage)] == calls


async def test_a_page_of_a_population_costs_further_calls_of_that_page_alone(gw, stage):
    await gw.ask('{ prison(id: "LEI") { population(first: 3) { nodes { mappaLevel } } } }')

    assert stage.community_api.calls.count("/secure/offenders/nomsNumber/") == 3
    assert 1 <= len(further_calls(stage)) <= 3


MAPPA_LEVELS = {
    "none at all": ({}, 0),
    "nulls": ({"registrations": None}, 0),
    "an empty list": ({"registrations": []}, 0),
    "one": (registered("M2"), 2),
    "the highest of several": (registered("M1", "M3", "M2"), 3),
    "one that has ended": (registered("M3", active=False), 0),
    "level nought": (registered("M0"), 0),
    "a level of no known kind": (registered("M9"), 0),
    "no level": (registered(None), 0),
    "another register": (registered("M3", kind="RVRH"), 0),
}


@pytest.mark.parametrize(("body", "level"), MAPPA_LEVELS.values(), ids=MAPPA_LEVELS.keys())
async def test_the_mappa_level_is_the_highest_that_is_in_force(gw, stage, body, level):
    stage.community_api.faults.put(written(body, path_contains="/registrations"))

    answer = await gw.ask(MAPPA, n=["G4273GI"])

    assert answer == {"data": {"offenders": [{"mappaLevel": level}]}}


async def test_a_registration_that_does_not_say_whether_it_is_in_force_leaves_the_level_unread(gw, stage):
    stage.community_api.faults.put(written(registered("M3", active=None), path_contains="/registrations"))

    answer = await gw.ask(MAPPA, n=["G4273GI"])

    assert answer["data"] == {"offenders": [{"mappaLevel": None}]}
    assert [error["extensions"]["code"] for error in answer["errors"]] == ["DELIUS_UNAVAILABLE"]


async def test_registrations_that_have_ended_do_not_count(gw):
    answer = await gw.ask(MAPPA, n=[people.REGISTRATIONS_ENDED, people.MAPPA_OF_LEVEL_NOUGHT])

    assert answer == {"data": {"offenders": [{"mappaLevel": 0}, {"mappaLevel": 0}]}}


async def test_resourcing_that_nobody_has_decided_is_null_without_an_error(gw):
    answer = await gw.ask(FURTHER, n=[people.RESOURCING_UNDECIDED])

    assert first(answer)["resourcing"] is None
    assert statuses(answer) == ["FOUND"]
    assert "errors" not in answer


FAILED_PARTS = {
    "500": (Fault(status=500), "DELIUS_UNAVAILABLE"),
    "503": (Fault(status=503, retry_after=30), "DELIUS_UNAVAILABLE"),
    "no answer in time": (Fault(delay_seconds=20), "DELIUS_UNAVAILABLE"),
    "an HTML page": (Fault(status=200, body="<html>", content_type="text/html"), "DELIUS_UNAVAILABLE"),
    "a list": (Fault(status=200, body="[]"), "DELIUS_UNAVAILABLE"),
    "odd values": (
        Fault(status=200, body='{"registrations":5,"enhancedResourcing":"true"}'),
        "DELIUS_UNAVAILABLE",
    ),
    "403": (Fault(status=403, body='{"developerMessage":"Ask Quentin"}'), "DELIUS_FORBIDDEN"),
}
PARTS = {"mappaLevel": "/registrations", "resourcing": "/risk/resourcing/latest"}


@pytest.mark.parametrize("part", PARTS)
@pytest.mark.parametrize(("fault", "code"), FAILED_PARTS.values(), ids=FAILED_PARTS.keys())
async def test_a_further_call_that_fails_fails_its_own_field_alone(gw, stage, part, fault, code):
    whole = await gw.ask(FURTHER, n=["G4273GI"])
    stage.community_api.faults.put(replace(fault, path_contains=PARTS[part]))

    answer = await gw.ask(FURTHER, n=["G4273GI"])

    assert first(answer) == first(whole) | {part: None}
    (error,) = answer["errors"]
    assert (error["path"], error["extensions"]["code"]) == (["offenders", 0, part], code)
    assert "Quentin" not in json.dumps(answer)
    assert answer["extensions"]["incomplete"] == [
        {"system": "DELIUS", "route": "COMMUNITY_API", "code": code, "people": 1}
    ]


async def test_a_person_who_has_no_registrations_page_fails_that_field_alone(gw, stage):
    stage.community_api.faults.put(Fault(status=404, path_contains="X100001/registrations"))

    answer = await gw.ask(MAPPA, n=["G4273GI", "G7106UN"])

    assert [error["path"] for error in answer["errors"]] == [["offenders", 0, "mappaLevel"]]
    assert answer["data"]["offenders"][1]["mappaLevel"] is not None


async def test_further_calls_go_in_the_name_of_a_delius_user(gw, stage, delius_user):
    numbers = [people.PETRA_LINDQVALE, people.RESTRICTED, "G4273GI"]

    answer = await gw.ask(FURTHER, n=numbers, token=delius_user(TRUSTED_USER))

    assert statuses(answer) == ["FOUND"] * 3
    assert [person["mappaLevel"] for person in answer["data"]["offenders"]] == [1, 0, 2]
    assert "errors" not in answer
    assert {"username=TRUSTED_USER", "auth_source=delius"} <= {
        part for call in stage.auth.calls for part in call.query.split("&")
    }


async def test_no_further_call_is_made_of_those_whose_record_is_not_shown(gw, stage, delius_user):
    unseen = [
        people.RESTRICTED,
        people.PETRA_LINDQVALE,
        people.ANOTHERS_NUMBER,
        people.TWO_DELIUS_RECORDS,
        people.IVOR_PELLSTONE,
        people.SOFT_DELETED,
        people.DELIUS_403,
        people.DELIUS_500,
    ]

    answer = await gw.ask(FURTHER, n=[*unseen, "G4273GI"], token=delius_user(NPS_USER))

    assert statuses(answer)[-1] == "FOUND"
    assert "FOUND" not in statuses(answer)[:-1]
    assert {call.split("/crn/")[1].split("/")[0] for call in further_calls(stage)} == {"X100001"}


CONTACT = """
query ($n: [NomsNumber!]!) {
  offenders(nomsNumbers: $n) {
    caseHandler { officer { surname email telephone } } probationRecord { status }
  }
}
"""


async def test_an_officer_s_email_and_telephone_come_by_a_call_of_their_own_where_they_are_asked_for(
    gw, stage
):
    without = await gw.ask(CONTACT.replace("email telephone", ""), n=["G4273GI"])
    calls = further_calls(stage)
    answer = await gw.ask(CONTACT, n=["G4273GI", people.SEVERAL_ACTIVE_MANAGERS])

    officers = [person["caseHandler"]["officer"] for person in answer["data"]["offenders"]]
    assert (first(without)["caseHandler"]["officer"], calls) == ({"surname": "Trevethick"}, [])
    assert officers == [
        {"surname": "Trevethick", "email": "rhiannon.trevethick@example.test", "telephone": None},
        {"surname": "Ashgrove", "email": "piers.ashgrove@example.test", "telephone": "01632 960042"},
    ]
    assert sum(call.endswith("/allOffenderManagers?") for call in further_calls(stage)) == 2


@pytest.mark.parametrize("body", ["{}", '[{"staffCode":"N03A017","staff":{"email":5}}]', "[7]"])
async def test_contacts_that_cannot_be_read_fail_email_and_telephone_alone(gw, stage, body):
    stage.community_api.faults.put(
        Fault(status=200, body=body, content_type="application/json", path_contains="allOffenderManagers")
    )

    answer = await gw.ask(CONTACT, n=["G4273GI"])

    officer = first(answer)["caseHandler"]["officer"]
    assert officer == {"surname": "Trevethick", "email": None, "telephone": None}
    assert first(answer)["probationRecord"] == {"status": "FOUND"}
    assert [error["path"][-1] for error in answer["errors"]] == ["email", "telephone"]
    assert {error["extensions"]["code"] for error in answer["errors"]} == {"DELIUS_UNAVAILABLE"}
    assert [failed["people"] for failed in answer["extensions"]["incomplete"]] == [1]


async def test_somebody_s_contact_is_never_another_officer_s(gw, stage):
    others = [{"staffCode": "LEIA042", "staff": {"email": "jo.saddleworth@example.test"}}]
    stage.community_api.faults.put(written(others, path_contains="allOffenderManagers"))

    answer = await gw.ask(CONTACT, n=["G4273GI"])

    assert first(answer)["caseHandler"]["officer"]["email"] is None
    assert "errors" not in answer


async def test_an_officer_s_contact_that_is_told_in_two_ways_is_not_guessed(gw, stage):
    two = [{"staffCode": "N03A017", "staff": {"email": f"{name}@example.test"}} for name in ("one", "two")]
    stage.community_api.faults.put(written(two, path_contains="allOffenderManagers"))

    answer = await gw.ask(CONTACT, n=["G4273GI"])

    assert first(answer)["caseHandler"]["officer"] == {
        "surname": "Trevethick",
        "email": None,
        "telephone": None,
    }
    assert [error["path"][-1] for error in answer["errors"]] == ["email", "telephone"]


async def test_another_officer_s_odd_contact_takes_nothing_away(gw, stage):
    listed = [
        {"staffCode": "LEIA042", "staff": {"email": 5}},
        {"staffCode": "N03A017", "staff": {"email": "own@example.test"}},
    ]
    stage.community_api.faults.put(written(listed, path_contains="allOffenderManagers"))

    answer = await gw.ask(CONTACT, n=["G4273GI"])

    assert first(answer)["caseHandler"]["officer"]["email"] == "own@example.test"
    assert "errors" not in answer


@pytest.mark.parametrize("part", ["/registrations", "/resourcing/latest", "allOffenderManagers"])
async def test_a_further_call_that_finds_access_limited_restricts_the_whole_record(gw, stage, part):
    limited = Fault(
        status=403,
        body='{"userRestricted":true,"restrictionMessage":"Made-up restriction text"}',
        path_contains=part,
    )
    stage.community_api.faults.put(limited)

    response = await gw.post({"query": WHOLE, "variables": {"n": ["G4273GI"]}})

    person = first(response.json())
    assert person["probationRecord"]["status"] == "RESTRICTED"
    assert {person[name] for name in ("crn", "resourcing", "mappaLevel")} == {None}
    assert (person["tier"], person["caseHandler"], person["probationRecord"]["warnings"]) == (None, None, [])
    assert "errors" not in response.json()
    assert "X100001" not in response.text
    assert "Made-up" not in response.text


async def test_a_404_of_something_before_the_service_is_no_answer_about_the_person(gw, stage):
    stage.community_api.faults.put(
        Fault(status=404, body="<html>default backend</html>", content_type="text/html")
    )

    answer = await gw.ask(STATES, n=["G4273GI"])

    assert statuses(answer) == ["UNAVAILABLE"]
    assert answer["errors"][0]["extensions"]["code"] == "DELIUS_UNAVAILABLE"


@pytest.mark.parametrize(("status", "part"), [(409, "/all"), (404, "/resourcing/latest")])
async def test_a_page_is_no_answer_whatever_its_status(gw, stage, status, part):
    page = Fault(status=status, body="<html>", content_type="text/html", path_contains=part)
    stage.community_api.faults.put(page)

    answer = await gw.ask(WHOLE, n=["G4273GI"])

    assert first(answer)["resourcing"] is None
    assert {error["extensions"]["code"] for error in answer["errors"]} == {"DELIUS_UNAVAILABLE"}
    assert "resourcing" in [error["path"][2] for error in answer["errors"]]
