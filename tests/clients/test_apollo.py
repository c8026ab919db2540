"""Apollo Client: what it makes of an answer whole or in part, and of a refusal, and what its cache keeps."""

import pytest
from node_programs import document_of

from twins.faults import Fault
from twins.hard_cases import TOBIAS_FENHALE

pytestmark = pytest.mark.usefixtures("node_packages")


async def test_a_person_is_read_by_a_variable_and_fragments(gw):
    answer = await document_of("apollo.mjs", gw, NOMS_NUMBER=TOBIAS_FENHALE)

    person = answer["data"]["offender"]
    assert (person["__typename"], person["nomsNumber"]) == ("Offender", TOBIAS_FENHALE)
    assert person["prison"] == {"__typename": "PrisonRef", "id": "LEI", "name": "Leeds (HMP)"}
    assert person["tier"] == {"__typename": "Tier", "level": "B", "code": "B1"}
    assert person["caseHandler"]["officer"]["surname"] == "Trevethick"
    assert "error" not in answer


async def test_with_delius_down_the_nomis_half_arrives_with_the_errors_beside_it(gw, stage):
    stage.delius.faults.put(Fault(status=503))

    answer = await document_of("apollo.mjs", gw, NOMS_NUMBER=TOBIAS_FENHALE)

    person, error = answer["data"]["offender"], answer["error"]
    assert (person["lastName"], person["prison"]["id"]) == ("FENHALE", "LEI")
    assert (person["crn"], person["tier"], person["caseHandler"]) == (None, None, None)
    assert person["probationRecord"]["status"] == "UNAVAILABLE"
    assert error["name"] == "CombinedGraphQLErrors"
    assert [one["path"] for one in error["errors"]] == [
        ["offender", "crn"],
        ["offender", "tier"],
        ["offender", "caseHandler"],
    ]
    assert {one["extensions"]["code"] for one in error["errors"]} == {"DELIUS_UNAVAILABLE"}


async def test_a_token_that_does_not_hold_reaches_the_caller_by_its_code(gw):
    answer = await document_of("apollo.mjs", gw, NOMS_NUMBER=TOBIAS_FENHALE, TOKEN="no.good.token")

    assert answer["error"]["name"] == "CombinedGraphQLErrors"
    assert [one["extensions"]["code"] for one in answer["error"]["errors"]] == ["UNAUTHENTICATED"]
    assert answer.get("data") is None


async def test_a_request_that_cannot_run_reaches_the_caller_by_its_code(gw):
    answer = await document_of("apollo.mjs", gw, NOMS_NUMBER="Fenhale")

    assert answer["error"]["name"] == "CombinedGraphQLErrors"
    assert [one["extensions"]["code"] for one in answer["error"]["errors"]] == ["BAD_USER_INPUT"]
    assert answer.get("data") is None


async def test_the_cache_keeps_one_entry_a_person_and_answers_from_it(gw, stage):
    answer = await document_of("apollo-cache.mjs", gw, NOMS_NUMBER=TOBIAS_FENHALE)

    key = f'Offender:{{"nomsNumber":"{TOBIAS_FENHALE}"}}'
    people = {name: entry for name, entry in answer["cache"].items() if name.startswith("Offender:")}
    assert people.keys() == {key}
    assert (people[key]["lastName"], people[key]["gender"]) == ("FENHALE", "Male")
    assert people[key]["prison"] == {"__ref": "PrisonRef:LEI"}
    assert answer["cache"]["PrisonRef:LEI"]["name"] == "Leeds (HMP)"
    assert answer["data"]["offender"]["tier"]["code"] == "B1"
    assert (stage.prisoner_search.calls.count(), stage.delius.calls.count()) == (2, 1)
