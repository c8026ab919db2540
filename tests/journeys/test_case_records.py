"""Delius by the case records: what they tell, what they do not, and what their statuses mean."""

import json

import pytest
from gateways import gateway

from twins import hard_cases as people
from twins.delius_users import NPS_USER, TRUSTED_USER
from twins.faults import Fault

STATES = """
query ($n: [NomsNumber!]!) {
  offenders(nomsNumbers: $n) { lastName tier { code } probationRecord { status warnings } }
}
"""
WHOLE = """
query ($n: [NomsNumber!]!) {
  offenders(nomsNumbers: $n) {
    crn tier { code } resourcing mappaLevel
    caseHandler {
      organisation allocatedOn provider { code }
      officer { code forenames surname email telephone }
      team { code name telephone localDeliveryUnit { code description } }
    }
    probationRecord { status warnings route }
  }
}
"""


@pytest.fixture(scope="module")
async def by_case_records(_stage):
    settings = _stage.route("case-records", access=True)
    async with gateway({**settings, "DELIUS_TIMEOUT_SECONDS": "1"}) as running:
        yield running


@pytest.fixture
def gw(by_case_records, token):
    by_case_records.token = token()
    return by_case_records


def statuses(answer):
    return [person["probationRecord"]["status"] for person in answer["data"]["offenders"]]


def first(answer):
    return answer["data"]["offenders"][0]


def case_record(**changes):
    record = {
        "crn": "X100001",
        "nomsId": "G4273GI",
        "currentTier": "B1",
        "resourcing": "ENHANCED",
        "manager": {
            "code": "N03A017",
            "name": {"forename": "Rhiannon Mai", "surname": "Trevethick"},
            "team": {"code": "N03T01", "description": "Gwent OMU 1"},
        },
        "mappaLevel": 2,
        "vloAssigned": False,
        **changes,
    }
    return Fault(status=200, body=json.dumps(record), content_type="application/json")


def refusal(status, **body):
    return Fault(status=status, body=json.dumps({"status": status, **body}))


async def test_a_person_is_answered_in_one_call_and_one_check_with_all_that_the_record_tells(gw, stage):
    answer = await gw.ask(WHOLE, n=["G4273GI", "G4273GI"])

    assert (
        answer["data"]["offenders"]
        == [
            {
                "crn": "X100001",
                "tier": {"code": "B1"},
                "resourcing": "ENHANCED",
                "mappaLevel": 2,
                "caseHandler": {
                    "organisation": "UNKNOWN",
                    "allocatedOn": None,
                    "provider": None,
                    "officer": {
                        "code": "N03A017",
                        "forenames": "Rhiannon Mai",
                        "surname": "Trevethick",
                        "email": "rhiannon.trevethick@example.test",
                        "telephone": None,
                    },
                    "team": {
                        "code": "N03T01",
                        "name": "Gwent OMU 1",
                        "telephone": None,
                        "localDeliveryUnit": {"code": "N03GWT", "description": "Gwent"},
                    },
                },
                "probationRecord": {
                    "status": "FOUND",
                    "warnings": ["IDENTITY_UNCHECKED"],
                    "route": "CASE_RECORDS",
                },
            }
        ]
        * 2
    )
    assert "errors" not in answer
    (call,) = stage.case_records.calls
    assert (call.path, call.has_authorization) == ("/case-records/G4273GI", True)
    assert [(call.query, call.body) for call in stage.access.calls] == [("", {"crns": ["X100001"]})]


STATES_OF = {
    people.TOBIAS_FENHALE: "FOUND",
    people.BORN_ANOTHER_DAY: "FOUND",
    people.NUMBER_PADDED_IN_DELIUS: "FOUND",
    people.IVOR_PELLSTONE: "NOT_FOUND",
    people.SOFT_DELETED: "NOT_FOUND",
    people.DELIUS_204: "NOT_FOUND",
    people.TWO_DELIUS_RECORDS: "AMBIGUOUS",
    people.ONE_OF_TWO_SENTENCED: "AMBIGUOUS",
    people.ANOTHERS_NUMBER: "MISMATCH",
    people.NUMBER_ABSENT_IN_DELIUS: "MISMATCH",
    people.RESTRICTED: "RESTRICTED",
    people.DELIUS_403: "FORBIDDEN",
    people.DELIUS_401: "FORBIDDEN",
    people.NO_MANAGER: "UNAVAILABLE",
    people.PAST_MANAGERS_ONLY: "UNAVAILABLE",
    people.DELIUS_500: "UNAVAILABLE",
    people.DELIUS_503: "UNAVAILABLE",
    people.DELIUS_HTML: "UNAVAILABLE",
    people.DELIUS_WRONG_SHAPE: "UNAVAILABLE",
    people.DELIUS_TRUNCATED: "UNAVAILABLE",
    people.DELIUS_CUT: "UNAVAILABLE",
    people.DELIUS_SLOW: "UNAVAILABLE",
}
FAILED = {"FORBIDDEN": ("DELIUS_FORBIDDEN", False), "UNAVAILABLE": ("DELIUS_UNAVAILABLE", True)}


async def test_each_person_s_state_is_what_their_own_answer_says_and_nobody_else_s(gw):
    answer = await gw.ask(STATES, n=list(STATES_OF))

    assert dict(zip(STATES_OF, statuses(answer), strict=True)) == STATES_OF
    assert all(person["lastName"] for person in answer["data"]["offenders"])
    failed = {
        error["path"][1]: (error["extensions"]["code"], error["extensions"]["retryable"])
        for error in answer["errors"]
    }
    assert failed == {
        place: FAILED[status] for place, status in enumerate(STATES_OF.values()) if status in FAILED
    }


async def test_everybody_whose_record_is_theirs_is_checked_and_nobody_else(gw, stage, delius_user):
    await gw.ask(STATES, n=list(STATES_OF), token=delius_user(NPS_USER))

    theirs = [number for number, status in STATES_OF.items() if status in ("FOUND", "RESTRICTED")]
    (call,) = stage.access.calls
    assert call.body["crns"] == [stage.population.get(number).delius[0].crn for number in theirs]
    assert call.query == f"username={NPS_USER}"


async def test_nobody_s_identity_is_checked_for_want_of_a_date_of_birth(gw):
    found = [people.TOBIAS_FENHALE, people.BORN_ANOTHER_DAY, people.BIRTH_UNKNOWN_TO_DELIUS]

    answer = await gw.ask(STATES, n=found)

    warnings = [person["probationRecord"]["warnings"] for person in answer["data"]["offenders"]]
    assert warnings == [["IDENTITY_UNCHECKED"]] * 3


ANSWERS = {
    "409 of several": (
        refusal(409, message="Query did not return a unique result: 2 results were returned"),
        "AMBIGUOUS",
    ),
    "409 of several, in other letters": (refusal(409, message="NON UNIQUE RESULT"), "AMBIGUOUS"),
    "409 of a constraint": (
        refusal(409, message="could not execute statement; SQL [n/a]; constraint [null]"),
        "UNAVAILABLE",
    ),
    "409 of a lost connection": (refusal(409, message="Unable to acquire JDBC Connection"), "UNAVAILABLE"),
    "409 without a message": (refusal(409), "UNAVAILABLE"),
    "409 whose message is null": (refusal(409, message=None), "UNAVAILABLE"),
    "409 without a body": (Fault(status=409), "UNAVAILABLE"),
    "409 of an HTML page": (
        Fault(status=409, body="<html>unique result</html>", content_type="text/html"),
        "UNAVAILABLE",
    ),
    "409 compressed": (
        Fault(status=409, body='{"message":"Query did not return a unique result"}', gzip=True),
        "UNAVAILABLE",
    ),
    "400": (refusal(400, message="UnrecognisedIdentifierType"), "UNAVAILABLE"),
    "404": (refusal(404, message="Person with nomsId of G4273GI not found"), "NOT_FOUND"),
    "404 without a body": (Fault(status=404), "NOT_FOUND"),
    "404 of an HTML page": (Fault(status=404, body="<html>", content_type="text/html"), "UNAVAILABLE"),
    "an empty object": (Fault(status=200, body="{}", content_type="application/json"), "UNAVAILABLE"),
    "500 for nobody managing": (refusal(500, message="List is empty."), "UNAVAILABLE"),
    "500 that speaks of several": (
        refusal(500, message="Query did not return a unique result"),
        "UNAVAILABLE",
    ),
    "403 of roles": (refusal(403, message="Access Denied"), "FORBIDDEN"),
    "403 of an access limitation": (refusal(403, userRestricted=True), "RESTRICTED"),
    "no content": (Fault(status=204), "NOT_FOUND"),
    "nomsId of another": (case_record(nomsId="G7106UN"), "MISMATCH"),
    "nomsId null": (case_record(nomsId=None), "MISMATCH"),
    "nomsId malformed": (case_record(nomsId="G4273G"), "MISMATCH"),
    "nomsId padded": (case_record(nomsId=" g4273gi "), "FOUND"),
    "crn absent, so that nobody can be asked": (case_record(crn=None), "RESTRICTED"),
    "crn malformed": (case_record(crn="100001"), "RESTRICTED"),
}


@pytest.mark.parametrize(("fault", "status"), ANSWERS.values(), ids=ANSWERS.keys())
async def test_what_the_service_answers_is_one_state_and_no_more(gw, stage, delius_user, fault, status):
    stage.case_records.faults.put(fault)

    response = await gw.post(
        {"query": STATES, "variables": {"n": ["G4273GI"]}}, token=delius_user(TRUSTED_USER)
    )

    answer = response.json()
    assert statuses(answer) == [status]
    assert first(answer)["lastName"] == "FENHALE"
    assert first(answer)["tier"] == ({"code": "B1"} if status == "FOUND" else None)
    assert ("errors" in answer) == (status in FAILED)
    assert "unique" not in response.text
    assert "X100001" not in response.text


async def test_a_case_that_is_allocated_to_nobody_has_a_team_and_no_officer(gw):
    handler = first(await gw.ask(WHOLE, n=[people.OFFICER_UNALLOCATED]))["caseHandler"]

    assert handler["officer"] is None
    assert handler["team"]["code"] == "N03T01"
    assert handler["organisation"] == "UNKNOWN"


VALUES = {
    "nothing odd": ({}, {}),
    "no tier": ({"currentTier": None}, {"tier": None}),
    "normal resourcing": ({"resourcing": "NORMAL"}, {"resourcing": "NORMAL"}),
    "no resourcing": ({"resourcing": None}, {"resourcing": None}),
    "no MAPPA": ({"mappaLevel": 0}, {"mappaLevel": 0}),
    "no manager": ({"manager": None}, {"caseHandler": None}),
}
ODD_VALUES = {
    "a tier that is a number": ({"currentTier": 5}, "tier"),
    "resourcing of no known kind": ({"resourcing": "PARTIAL"}, "resourcing"),
    "resourcing that is a flag": ({"resourcing": True}, "resourcing"),
    "a MAPPA level beyond three": ({"mappaLevel": 4}, "mappaLevel"),
    "a MAPPA level that is a text": ({"mappaLevel": "2"}, "mappaLevel"),
    "a manager that is a list": ({"manager": []}, "caseHandler"),
    "a name that is a text": ({"manager": {"name": "Trevethick"}}, "caseHandler"),
}


@pytest.mark.parametrize(("changes", "expected"), VALUES.values(), ids=VALUES.keys())
async def test_what_is_left_out_is_null_and_nothing_else(gw, stage, changes, expected):
    stage.case_records.faults.put(case_record())
    whole = await gw.ask(WHOLE, n=["G4273GI"])
    stage.case_records.faults.put(case_record(**changes))

    answer = await gw.ask(WHOLE, n=["G4273GI"])

    values = ("tier", "resourcing", "mappaLevel", "caseHandler")
    assert {name: first(answer)[name] for name in values} == {
        name: expected.get(name, first(whole)[name]) for name in values
    }
    assert "errors" not in answer


@pytest.mark.parametrize(("changes", "field"), ODD_VALUES.values(), ids=ODD_VALUES.keys())
async def test_an_odd_value_fails_its_own_field_alone(gw, stage, changes, field):
    stage.case_records.faults.put(case_record())
    whole = await gw.ask(WHOLE, n=["G4273GI"])
    stage.case_records.faults.put(case_record(**changes))

    answer = await gw.ask(WHOLE, n=["G4273GI"])

    values = ("crn", "tier", "resourcing", "mappaLevel", "caseHandler")
    assert [error["path"] for error in answer["errors"]] == [["offenders", 0, field]]
    assert {name: first(answer)[name] for name in values} == {
        name: None if name == field else first(whole)[name] for name in values
    }


async def test_an_older_version_writes_the_middle_names_apart(gw, stage):
    name = {"forename": "Rhiannon", "middleName": "Mai", "surname": "Trevethick"}
    stage.case_records.faults.put(case_record(manager={"name": name}))

    handler = first(await gw.ask(WHOLE, n=["G4273GI"]))["caseHandler"]

    assert (handler["officer"]["forenames"], handler["officer"]["surname"]) == ("Rhiannon Mai", "Trevethick")


async def test_a_list_costs_a_call_a_person_whatever_is_asked_and_no_further_one(gw, stage):
    numbers = [person.noms_number for person in stage.population.in_prison("WLI")]

    await gw.ask(WHOLE, n=numbers)

    assert sorted(call.path for call in stage.case_records.calls) == sorted(
        f"/case-records/{number}" for number in numbers
    )
    assert stage.access.calls.count() == 1
