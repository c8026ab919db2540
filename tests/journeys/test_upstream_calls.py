"""Only what is asked for is fetched: how many calls, and which keys, an operation costs."""

import asyncio
from urllib.parse import parse_qs

import pytest
from gateways import PRISON
from waiting import until

from twins.faults import Fault

ONE = "query ($n: NomsNumber!) { offender(nomsNumber: $n) { lastName } }"
MANY = """
query ($n: [NomsNumber!]!) {
  offenders(nomsNumbers: $n) { nomsNumber tier { code } prisonRecord { status } }
}
"""


def asked_fields(call):
    return set(parse_qs(call.query)["responseFields"][0].split(","))


def numbers_in(stage, count):
    return [person.noms_number for person in stage.population.in_prison("MDI")][:count]


async def test_a_nomis_field_alone_asks_for_its_key_alone_and_never_for_delius(gw, stage):
    await gw.ask(ONE, n="G4273GI")

    (call,) = stage.prisoner_search.calls
    assert asked_fields(call) == {"prisonerNumber", "lastName"}
    assert call.body == {"prisonerNumbers": ["G4273GI"]}
    assert stage.delius.calls.count() == stage.prison_api.calls.count() == 0


async def test_a_probation_field_brings_what_the_join_needs_of_nomis(gw, stage):
    await gw.ask("query ($n: NomsNumber!) { offender(nomsNumber: $n) { tier { code } } }", n="G4273GI")

    (call,) = stage.prisoner_search.calls
    # The date of birth is compared, and Delius may have the person under a number that was merged.
    assert asked_fields(call) == {"prisonerNumber", "dateOfBirth", "identifiers"}
    assert stage.delius.calls.count() == 1


@pytest.mark.parametrize("count", [1, 100, 1000])
async def test_a_list_costs_one_nomis_call_and_one_delius_call_a_person(gw, stage, count):
    answer = await gw.ask(MANY, n=numbers_in(stage, count))

    assert len(answer["data"]["offenders"]) == count
    assert stage.prisoner_search.calls.count() == 1
    assert stage.delius.calls.count() == count
    assert len({call.path for call in stage.delius.calls}) == len(stage.delius.calls)


async def test_more_than_a_thousand_people_are_asked_for_in_chunks(start, stage):
    numbers = numbers_in(stage, 1200)

    async with start(MAX_OFFENDERS="2000") as gw:
        answer = await gw.ask(
            "query ($n: [NomsNumber!]!) { offenders(nomsNumbers: $n) { nomsNumber } }", n=numbers
        )

    assert [person["nomsNumber"] for person in answer["data"]["offenders"]] == numbers
    assert sorted(call.ids for call in stage.prisoner_search.calls) == [200, 1000]


async def test_calls_in_flight_stay_within_the_system_s_limit(start, stage):
    async with start(DELIUS_CONCURRENCY="3") as gw:
        await gw.ask(MANY, n=numbers_in(stage, 60))

    assert stage.delius.calls.most_in_flight <= 3


async def test_a_person_in_two_parts_of_an_operation_is_asked_for_once(gw, stage):
    query = """
    {
      first: offender(nomsNumber: "G4273GI") { lastName tier { code } }
      second: offenders(nomsNumbers: ["G7106UN", "G4273GI"]) { gender crn }
    }
    """

    answer = await gw.ask(query)

    assert answer["data"]["first"]["lastName"] == "FENHALE"
    assert answer["data"]["second"][1] == {"gender": "Male", "crn": "X100001"}
    assert sorted(
        number for call in stage.prisoner_search.calls for number in call.body["prisonerNumbers"]
    ) == [
        "G4273GI",
        "G7106UN",
    ]
    assert stage.delius.calls.count() == 2


async def test_a_skipped_field_asks_for_nothing(gw, stage):
    query = """
    query ($n: NomsNumber!, $with: Boolean!) {
      offender(nomsNumber: $n) { nomsNumber ...Probation @include(if: $with) lastName @skip(if: true) }
    }
    fragment Probation on Offender { tier { code } }
    """

    without = await gw.ask(query, n="G4273GI", **{"with": False})
    calls_without = stage.delius.calls.count()
    with_it = await gw.ask(query, n="G4273GI", **{"with": True})

    assert without["data"]["offender"] == {"nomsNumber": "G4273GI"}
    assert calls_without == 0
    assert with_it["data"]["offender"] == {"nomsNumber": "G4273GI", "tier": {"code": "B1"}}
    assert stage.delius.calls.count() == 1
    assert asked_fields(next(iter(stage.prisoner_search.calls))) == {"prisonerNumber"}


async def test_a_root_field_without_probation_fields_keeps_its_people_out_of_delius(gw, stage):
    query = """
    {
      a: offender(nomsNumber: "G4273GI") { tier { code } }
      b: offender(nomsNumber: "G7106UN") { lastName }
    }
    """

    await gw.ask(query)

    assert [call.path for call in stage.delius.calls] == ["/api/offenders/nomsNumber/G4273GI/all"]


async def test_prisons_names_come_from_the_prison_api_once_for_each_prison(gw, stage):
    query = (
        "query ($n: [NomsNumber!]!) { offenders(nomsNumbers: $n) { prison { id name } lastPrison { name } } }"
    )

    answer = await gw.ask(query, n=["G4273GI", "G7106UN", "G6640VX"])

    names = [person["prison"] and person["prison"]["name"] for person in answer["data"]["offenders"]]
    assert names == ["Leeds (HMP)", "Leeds (HMP)", None]
    assert [call.path for call in stage.prison_api.calls] == ["/api/agencies/LEI"]


async def test_a_prison_s_id_alone_asks_the_prison_api_for_nothing(gw, stage):
    await gw.ask("query ($n: NomsNumber!) { offender(nomsNumber: $n) { prison { id } } }", n="G4273GI")

    assert stage.prison_api.calls.count() == 0


async def test_no_bearer_token_goes_to_delius_and_one_of_our_own_to_nomis(gw, stage):
    await gw.ask(MANY, n=["G4273GI", "G7106UN"])

    assert not any(call.has_authorization for call in stage.delius.calls)
    assert all(call.has_authorization for call in stage.prisoner_search.calls)


async def test_nomis_and_delius_are_asked_side_by_side(gw, stage):
    stage.prisoner_search.faults.put(Fault(delay_seconds=0.4))
    stage.delius.faults.put(Fault(delay_seconds=0.4))
    asking = gw.ask(MANY, n=["G4273GI"])

    running = asyncio.create_task(asking)
    await until(lambda: stage.prisoner_search.calls.in_flight and stage.delius.calls.in_flight)
    assert not running.done()
    assert (await running)["data"]["offenders"][0]["tier"] == {"code": "B1"}


async def test_the_document_is_validated_once_and_each_request_s_arguments_each_time(start, stage):
    query = "query ($n: [NomsNumber!]!) { offenders(nomsNumbers: $n) { nomsNumber } }"

    async with start(MAX_OFFENDERS="2") as gw:
        good = await gw.ask(query, n=["G4273GI"])
        too_many = await gw.post({"query": query, "variables": {"n": numbers_in(stage, 3)}})

    assert good["data"]["offenders"] == [{"nomsNumber": "G4273GI"}]
    assert too_many.status_code == 400
    assert too_many.json()["errors"][0]["extensions"]["code"] == "OPERATION_TOO_COMPLEX"


async def test_a_caller_without_the_probation_role_causes_no_call_to_delius(gw, stage, token):
    answer = await gw.ask(MANY, n=["G4273GI"], token=token(PRISON))

    assert answer["data"]["offenders"][0]["tier"] is None
    assert stage.delius.calls.count() == 0
