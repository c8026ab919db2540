"""Half an answer beats none: what is answered when a system is down, slow, wrong or out of time."""

import asyncio
import json
import time

import pytest
from gateways import PRISON, PROBATION
from waiting import until

from twins import hard_cases as people
from twins.faults import Fault

BOTH = """
query ($n: NomsNumber!) {
  offender(nomsNumber: $n) {
    nomsNumber lastName prison { id }
    prisonRecord { status retrievedAt }
    tier { code } caseHandler { organisation } crn
    probationRecord { status warnings reason }
  }
}
"""
LIST = """
query ($n: [NomsNumber!]!) {
  offenders(nomsNumbers: $n) {
    nomsNumber lastName prisonRecord { status } tier { code } probationRecord { status }
  }
}
"""

BROKEN_DELIUS = {
    "500": Fault(status=500, body='{"status":500}', content_type="application/json"),
    "503": Fault(status=503, retry_after=30),
    "502 of a proxy": Fault(status=502, body="<html>bad gateway</html>", content_type="text/html"),
    "403": Fault(status=403),
    "401": Fault(status=401),
    "400 inside TLS": Fault(
        status=400, body="<html>No required SSL certificate</html>", content_type="text/html"
    ),
    "204": Fault(status=204),
    "a redirect": Fault(status=302),
    "a login page": Fault(status=200, body="<html>log in</html>", content_type="text/html"),
    "JSON of another shape": Fault(status=200, body="[]", content_type="application/json"),
    "half a document": Fault(status=200, body='{"otherIds":', content_type="application/json"),
    "no identifiers": Fault(status=200, body='{"firstName":"X"}', content_type="application/json"),
    "JSON too deep": Fault(
        status=200, body='{"otherIds":{"crn":' + "[" * 50_000, content_type="application/json"
    ),
    "no content type": Fault(status=200, body="{}", content_type="application/octet-stream"),
    "compressed": Fault(gzip=True),
    "cut in mid-body": Fault(cut_after_bytes=100),
    "too large": Fault(huge_bytes=40_000_000, content_type="application/json", status=200),
}


@pytest.mark.parametrize("fault", BROKEN_DELIUS.values(), ids=BROKEN_DELIUS.keys())
async def test_whatever_delius_does_the_nomis_half_is_answered(gw, stage, fault):
    stage.delius.faults.put(fault)

    answer = await gw.ask(BOTH, n="G4273GI")

    person = answer["data"]["offender"]
    assert person["lastName"] == "FENHALE"
    assert person["prisonRecord"]["status"] == "FOUND"
    assert (person["tier"], person["caseHandler"], person["crn"]) == (None, None, None)
    assert person["probationRecord"]["status"] == "UNAVAILABLE"
    assert [error["path"] for error in answer["errors"]] == [
        ["offender", "tier"],
        ["offender", "caseHandler"],
        ["offender", "crn"],
    ]
    for error in answer["errors"]:
        assert error["extensions"] | {"correlationId": ""} == {
            "code": "DELIUS_UNAVAILABLE",
            "system": "DELIUS",
            "route": "NDH",
            "retryable": True,
            "correlationId": "",
        }
    assert answer["extensions"] == {
        "incomplete": [{"system": "DELIUS", "route": "NDH", "code": "DELIUS_UNAVAILABLE", "people": 1}]
    }


BROKEN_NOMIS = {
    "500": (Fault(status=500), "NOMIS_UNAVAILABLE", "UNAVAILABLE"),
    "404": (Fault(status=404), "NOMIS_UNAVAILABLE", "UNAVAILABLE"),
    "400": (Fault(status=400), "NOMIS_UNAVAILABLE", "UNAVAILABLE"),
    "429": (Fault(status=429, retry_after=30), "NOMIS_UNAVAILABLE", "UNAVAILABLE"),
    "a login page": (
        Fault(status=200, body="<html>", content_type="text/html"),
        "NOMIS_UNAVAILABLE",
        "UNAVAILABLE",
    ),
    "an object": (
        Fault(status=200, body="{}", content_type="application/json"),
        "NOMIS_UNAVAILABLE",
        "UNAVAILABLE",
    ),
    "cut": (Fault(cut_after_bytes=20), "NOMIS_UNAVAILABLE", "UNAVAILABLE"),
    "compressed": (Fault(gzip=True), "NOMIS_UNAVAILABLE", "UNAVAILABLE"),
    "malformed rows": (Fault(rows="malformed"), "NOMIS_UNAVAILABLE", "UNAVAILABLE"),
    "403": (Fault(status=403), "NOMIS_FORBIDDEN", "FORBIDDEN"),
    "401 again": (Fault(status=401), "NOMIS_FORBIDDEN", "FORBIDDEN"),
}


@pytest.mark.parametrize(("fault", "code", "status"), BROKEN_NOMIS.values(), ids=BROKEN_NOMIS.keys())
async def test_whatever_nomis_does_the_delius_half_is_answered(gw, stage, fault, code, status):
    stage.prisoner_search.faults.put(fault)

    answer = await gw.ask(BOTH, n="G4273GI")

    person = answer["data"]["offender"]
    assert person["nomsNumber"] == "G4273GI"
    assert (person["lastName"], person["prison"]) == (None, None)
    assert person["prisonRecord"] == {"status": status, "retrievedAt": None}
    assert person["tier"] == {"code": "B1"}
    assert person["probationRecord"]["status"] == "FOUND"
    assert person["probationRecord"]["warnings"] == ["IDENTITY_UNCHECKED"]
    assert [error["path"] for error in answer["errors"]] == [["offender", "lastName"], ["offender", "prison"]]
    assert {error["extensions"]["code"] for error in answer["errors"]} == {code}
    assert answer["extensions"]["incomplete"] == [
        {"system": "NOMIS", "route": "PRISONER_SEARCH", "code": code, "people": 1}
    ]


async def test_no_content_from_nomis_knows_nobody(gw, stage):
    stage.prisoner_search.faults.put(Fault(status=204))

    assert await gw.ask(BOTH, n="G4273GI") == {"data": {"offender": None}}


async def test_both_systems_down_still_answers_the_states(gw, stage):
    stage.prisoner_search.faults.put(Fault(status=503))
    stage.delius.faults.put(Fault(status=503))

    answer = await gw.ask(
        '{ offender(nomsNumber: "G4273GI") { prisonRecord { status } probationRecord { status } } }'
    )

    assert answer == {
        "data": {
            "offender": {
                "prisonRecord": {"status": "UNAVAILABLE"},
                "probationRecord": {"status": "UNAVAILABLE"},
            }
        },
        "extensions": {
            "incomplete": [
                {"system": "NOMIS", "route": "PRISONER_SEARCH", "code": "NOMIS_UNAVAILABLE", "people": 1},
                {"system": "DELIUS", "route": "NDH", "code": "DELIUS_UNAVAILABLE", "people": 1},
            ]
        },
    }


async def test_a_population_without_nomis_is_null_and_the_prison_stands(gw, stage):
    stage.prisoner_search.faults.put(Fault(status=503))

    answer = await gw.ask('{ prison(id: "LEI") { name population { totalCount nodes { nomsNumber } } } }')

    assert answer["data"] == {"prison": {"name": "Leeds (HMP)", "population": None}}
    (error,) = answer["errors"]
    assert (error["path"], error["extensions"]["code"]) == (["prison", "population"], "NOMIS_UNAVAILABLE")


def detail(**changes):
    """Return Delius's answer about somebody, with changes."""
    return json.dumps(
        {
            "otherIds": {"crn": "X100001", "nomsNumber": "G4273GI"},
            "dateOfBirth": "1991-07-19",
            "currentExclusion": False,
            "currentRestriction": False,
            "currentTier": "B1",
            "offenderManagers": [
                {"active": True, "probationArea": {"code": "N03"}, "staff": {"surname": "Trevethick"}}
            ],
            **changes,
        }
    )


ODD_RECORDS = {
    "nothing odd": ({}, "FOUND", {"code": "B1"}, "NPS"),
    "an odd past manager": (
        {
            "offenderManagers": [
                *json.loads(detail())["offenderManagers"],
                {"active": False, "fromDate": "31/12/2019"},
            ]
        },
        "FOUND",
        {"code": "B1"},
        "NPS",
    ),
    "a tier that is a number": ({"currentTier": 5}, "FOUND", None, "NPS"),
    "managers that are no list": ({"offenderManagers": "none"}, "FOUND", {"code": "B1"}, None),
    "soft deleted, readably or not": ({"softDeleted": "1"}, "UNAVAILABLE", None, None),
    "soft deleted, limited and another's": (
        {"softDeleted": True, "currentExclusion": True, "otherIds": {"nomsNumber": "G7106UN"}},
        "NOT_FOUND",
        None,
        None,
    ),
    "limited and another's": (
        {"currentRestriction": True, "otherIds": {"nomsNumber": "G7106UN"}},
        "MISMATCH",
        None,
        None,
    ),
    "an exclusion that is a text": ({"currentExclusion": "false"}, "RESTRICTED", None, None),
    "nulls for all that may be missing": (
        {"offenderManagers": None, "currentTier": None, "dateOfBirth": None, "softDeleted": None},
        "FOUND",
        None,
        None,
    ),
}


@pytest.mark.parametrize(
    ("changes", "status", "tier", "organisation"), ODD_RECORDS.values(), ids=ODD_RECORDS.keys()
)
async def test_an_odd_value_in_a_record_fails_no_more_than_it_has_to(
    gw, stage, changes, status, tier, organisation
):
    stage.delius.faults.put(Fault(status=200, body=detail(**changes), content_type="application/json"))

    person = (await gw.ask(BOTH, n="G4273GI"))["data"]["offender"]

    assert person["probationRecord"]["status"] == status
    assert person["tier"] == tier
    assert (person["caseHandler"] or {}).get("organisation") == organisation


@pytest.mark.parametrize("body", ["", "not found"], ids=["without a body", "with one that comes late"])
async def test_a_person_whom_delius_does_not_know_costs_no_connection(start, stage, body):
    async with start(DELIUS_NDH_URL=f"{stage.delius_url}/api") as gw:
        for _ in range(5):
            not_found = Fault(status=404, body=body, content_type="text/plain", trickle_seconds_per_byte=0.01)
            stage.delius.faults.put(not_found)
            await gw.ask(LIST, n=["G4273GI"])
            stage.delius.faults.clear()
            await gw.ask(LIST, n=["G4273GI"])

    assert stage.delius.calls.count() == 10
    assert len({call.client_port for call in stage.delius.calls}) == 1


async def test_one_odd_person_among_many_leaves_the_others_whole(start):
    numbers = [
        people.DELIUS_500,
        "G4273GI",
        people.DELIUS_HTML,
        people.DELIUS_CUT,
        people.DELIUS_TRUNCATED,
        "G7106UN",
    ]

    async with start() as gw:
        answer = await gw.ask(LIST, n=numbers)

    statuses = [person["probationRecord"]["status"] for person in answer["data"]["offenders"]]
    assert statuses == ["UNAVAILABLE", "FOUND", "UNAVAILABLE", "UNAVAILABLE", "UNAVAILABLE", "FOUND"]
    assert [error["path"] for error in answer["errors"]] == [
        ["offenders", place, "tier"] for place in (0, 2, 3, 4)
    ]
    assert answer["extensions"]["incomplete"][0]["people"] == 4


async def test_a_slow_delius_is_cut_at_its_own_timeout(start):
    async with start(DELIUS_TIMEOUT_SECONDS="0.3") as gw:
        answer = await gw.ask(LIST, n=[people.DELIUS_SLOW, "G4273GI"])

    slow, quick = answer["data"]["offenders"]
    assert slow["probationRecord"]["status"] == "UNAVAILABLE"
    assert slow["lastName"]
    assert quick["tier"] == {"code": "B1"}
    assert answer["errors"][0]["extensions"]["code"] == "DELIUS_UNAVAILABLE"


async def test_at_the_deadline_what_is_there_is_answered(start):
    async with start(REQUEST_TIMEOUT_SECONDS="0.6") as gw:
        started = time.monotonic()
        answer = await gw.ask(LIST, n=[people.DELIUS_SLOW, "G4273GI"])
        took = time.monotonic() - started

    slow, quick = answer["data"]["offenders"]
    assert took < 5
    assert slow["probationRecord"]["status"] == "UNAVAILABLE"
    assert slow["lastName"]
    assert quick["tier"] == {"code": "B1"}
    (error,) = answer["errors"]
    assert (error["path"], error["extensions"]["code"]) == (["offenders", 0, "tier"], "DEADLINE_EXCEEDED")
    assert answer["extensions"]["incomplete"] == [
        {"system": "DELIUS", "route": "NDH", "code": "DEADLINE_EXCEEDED", "people": 1}
    ]


async def test_a_body_that_trickles_for_ever_is_cut_too(start, stage):
    stage.delius.faults.put(Fault(trickle_seconds_per_byte=0.05))

    async with start(REQUEST_TIMEOUT_SECONDS="0.6") as gw:
        answer = await gw.ask(BOTH, n="G4273GI")

    assert answer["data"]["offender"]["lastName"] == "FENHALE"
    assert {error["extensions"]["code"] for error in answer["errors"]} == {"DEADLINE_EXCEEDED"}


async def test_waiting_for_a_turn_counts_against_the_request_alone(start, stage):
    stage.delius.faults.put(Fault(delay_seconds=0.25))
    numbers = [person.noms_number for person in stage.population.in_prison("WLI")]

    async with start(DELIUS_CONCURRENCY="2", DELIUS_TIMEOUT_SECONDS="1", REQUEST_TIMEOUT_SECONDS="20") as gw:
        answer = await gw.ask(LIST, n=numbers)

    assert "errors" not in answer


async def test_a_caller_who_asks_for_many_leaves_turns_to_others(start, stage):
    stage.delius.faults.put(Fault(delay_seconds=0.02))
    numbers = [person.noms_number for person in stage.population.in_prison("MDI")][:200]

    async with start(DELIUS_CONCURRENCY="4") as gw:
        many = asyncio.create_task(gw.ask(LIST, n=numbers))
        await until(lambda: stage.delius.calls.count() >= 8)
        one = await gw.ask(BOTH, n="G4273GI")
        still_running = not many.done()
        await many

    assert one["data"]["offender"]["tier"] == {"code": "B1"}
    assert still_running


async def test_nobody_is_asked_any_more_when_the_caller_has_hung_up(start, stage):
    stage.delius.faults.put(Fault(delay_seconds=0.1))
    numbers = [person.noms_number for person in stage.population.in_prison("MDI")][:200]

    async with start(DELIUS_CONCURRENCY="4") as gw:
        asking = asyncio.create_task(gw.ask(LIST, n=numbers))
        await until(lambda: stage.delius.calls.count() >= 8)
        asking.cancel()
        await until(lambda: not stage.delius.calls.in_flight)
        asked = stage.delius.calls.count()
        await gw.ask(BOTH, n="G4273GI")

    assert asked < 50
    assert stage.delius.calls.count() == asked + 1


async def test_errors_are_capped_in_the_order_of_the_answer_and_the_rest_counted(start, stage):
    stage.delius.faults.put(Fault(status=503))
    numbers = [person.noms_number for person in stage.population.in_prison("WLI")]
    query = "query ($n: [NomsNumber!]!) { offenders(nomsNumbers: $n) { tier { code } crn } }"

    async with start(MAX_ERRORS="5") as gw:
        answer = await gw.ask(query, n=numbers)

    *shown, last = answer["errors"]
    assert [error["path"] for error in shown] == [
        ["offenders", 0, "tier"],
        ["offenders", 0, "crn"],
        ["offenders", 1, "tier"],
        ["offenders", 1, "crn"],
        ["offenders", 2, "tier"],
    ]
    assert last["extensions"]["omitted"] == 2 * len(numbers) - 5
    assert answer["extensions"]["incomplete"][0]["people"] == len(numbers)


async def test_errors_of_several_root_fields_stand_in_the_order_of_the_answer(gw, stage):
    stage.prisoner_search.faults.put(Fault(status=503, delay_seconds=0.2))
    stage.delius.faults.put(Fault(status=503))
    query = """
    {
      late: offender(nomsNumber: "G4273GI") { lastName }
      soon: offender(nomsNumber: "G7106UN") { crn gender }
    }
    """

    answer = await gw.ask(query)

    assert [error["path"] for error in answer["errors"]] == [
        ["late", "lastName"],
        ["soon", "crn"],
        ["soon", "gender"],
    ]


async def test_a_caller_with_the_probation_role_alone_gets_the_delius_half(gw, stage, token):
    answer = await gw.ask(BOTH, n="G4273GI", token=token(PROBATION))

    person = answer["data"]["offender"]
    assert person["prisonRecord"] == {"status": "FORBIDDEN", "retrievedAt": None}
    assert person["tier"] == {"code": "B1"}
    assert person["probationRecord"]["warnings"] == ["IDENTITY_UNCHECKED"]
    assert [error["extensions"]["code"] for error in answer["errors"]] == ["FORBIDDEN", "FORBIDDEN"]
    assert "extensions" not in answer
    assert stage.prisoner_search.calls.count() == 0


async def test_a_caller_with_the_prison_role_alone_gets_the_nomis_half(gw, stage, token):
    answer = await gw.ask(BOTH, n="G4273GI", token=token(PRISON))

    person = answer["data"]["offender"]
    assert person["lastName"] == "FENHALE"
    assert person["probationRecord"]["status"] == "FORBIDDEN"
    assert [error["path"][-1] for error in answer["errors"]] == ["tier", "caseHandler", "crn"]
    assert {error["extensions"]["code"] for error in answer["errors"]} == {"FORBIDDEN"}
    assert "extensions" not in answer
    assert stage.delius.calls.count() == 0


async def test_a_caller_without_roles_is_told_so_at_each_field_and_asks_nobody(gw, stage, token):
    answer = await gw.ask(BOTH, n="G4273GI", token=token("ROLE_SOMETHING_ELSE"))
    prison = await gw.ask('{ prison(id: "LEI") { name } }', token=token("ROLE_SOMETHING_ELSE"))

    assert len(answer["errors"]) == 5
    assert prison["data"] == {"prison": None}
    assert prison["errors"][0]["extensions"]["code"] == "FORBIDDEN"
    asked = (stage.prisoner_search, stage.prison_api, stage.delius)
    assert [twin.calls.count() for twin in asked] == [0, 0, 0]
