"""urql: what it makes of an answer whole or in part, and of a refusal, and what its cache keeps."""

import pytest
from node_programs import document_of

from twins.faults import Fault
from twins.hard_cases import TOBIAS_FENHALE

pytestmark = pytest.mark.usefixtures("node_packages")

BY_POST = {"METHOD": "POST"}


async def test_a_person_is_read_by_a_variable_and_fragments(gw):
    answer = await document_of("urql.mjs", gw, NOMS_NUMBER=TOBIAS_FENHALE, **BY_POST)

    person = answer["data"]["offender"]
    assert (person["__typename"], person["nomsNumber"]) == ("Offender", TOBIAS_FENHALE)
    assert person["prison"] == {"__typename": "PrisonRef", "id": "LEI", "name": "Leeds (HMP)"}
    assert person["tier"] == {"__typename": "Tier", "level": "B", "code": "B1"}
    assert person["caseHandler"]["officer"]["surname"] == "Trevethick"
    assert "error" not in answer


async def test_it_asks_by_get_unless_told_not_to_and_is_answered_where_that_is_on(start):
    async with start(GRAPHQL_GET="on") as gw:
        answer = await document_of("urql.mjs", gw, NOMS_NUMBER=TOBIAS_FENHALE)

    assert answer["data"]["offender"]["tier"]["code"] == "B1"
    assert "error" not in answer


async def test_where_get_is_off_its_caller_is_told_the_status(gw):
    answer = await document_of("urql.mjs", gw, NOMS_NUMBER=TOBIAS_FENHALE)

    assert answer["error"]["status"] == 405
    assert "data" not in answer


async def test_with_delius_down_the_nomis_half_arrives_with_the_errors_beside_it(gw, stage):
    stage.delius.faults.put(Fault(status=503))

    answer = await document_of("urql.mjs", gw, NOMS_NUMBER=TOBIAS_FENHALE, **BY_POST)

    person, error = answer["data"]["offender"], answer["error"]
    assert (person["lastName"], person["prison"]["id"]) == ("FENHALE", "LEI")
    assert (person["crn"], person["tier"], person["caseHandler"]) == (None, None, None)
    assert person["probationRecord"]["status"] == "UNAVAILABLE"
    assert "network" not in error
    assert [one["path"] for one in error["errors"]] == [
        ["offender", "crn"],
        ["offender", "tier"],
        ["offender", "caseHandler"],
    ]
    assert {one["extensions"]["code"] for one in error["errors"]} == {"DELIUS_UNAVAILABLE"}
    assert answer["extensions"]["incomplete"][0]["system"] == "DELIUS"


async def test_a_token_that_does_not_hold_reaches_the_caller_by_its_code(gw):
    answer = await document_of("urql.mjs", gw, NOMS_NUMBER=TOBIAS_FENHALE, TOKEN="no.good.token", **BY_POST)

    assert answer["error"]["status"] == 401
    assert [one["extensions"]["code"] for one in answer["error"]["errors"]] == ["UNAUTHENTICATED"]
    assert answer.get("data") is None


async def test_a_request_that_cannot_run_reaches_the_caller_by_its_code(gw):
    answer = await document_of("urql.mjs", gw, NOMS_NUMBER="Fenhale", **BY_POST)

    assert answer["error"]["status"] == 400
    assert [one["extensions"]["code"] for one in answer["error"]["errors"]] == ["BAD_USER_INPUT"]
    assert answer.get("data") is None


async def test_what_was_answered_once_comes_from_the_cache(gw, stage):
    first, again = await document_of("urql-cache.mjs", gw, NOMS_NUMBER=TOBIAS_FENHALE, **BY_POST)

    assert first["offender"]["tier"]["code"] == "B1"
    assert again == first
    assert (stage.prisoner_search.calls.count(), stage.delius.calls.count()) == (1, 1)
