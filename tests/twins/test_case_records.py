"""The twin of the case records is as strict as the service, and as little use in a duplicate."""

import pytest

from twins import hard_cases as case
from twins.faults import Fault


@pytest.mark.parametrize("path", [case.TOBIAS_FENHALE, "X100001/risks/mappa", "X100001/risks/rosh"])
@pytest.mark.parametrize(
    ("role", "status"),
    [("ROLE_PROBATION_API__MANAGE_POM_CASES__CASE_DETAIL", 200), ("ROLE_COMMUNITY", 403)],
)
async def test_its_own_role_is_asked_for(stage, case_records, json_headers, path, role, status):
    json_headers["Authorization"] = f"Bearer {stage.auth.caller_token(roles=[role])}"

    assert (await case_records(path)).status_code == status


async def test_a_call_without_a_token_is_401(case_records, json_headers):
    del json_headers["Authorization"]

    assert (await case_records(case.TOBIAS_FENHALE)).status_code == 401


@pytest.mark.parametrize("number", [case.TWO_DELIUS_RECORDS, case.ONE_OF_TWO_SENTENCED])
async def test_two_live_records_conflict_whatever_their_sentences(case_records, number):
    answer = await case_records(number)

    assert answer.status_code == 409
    message = "Query did not return a unique result: 2 results were returned"
    assert answer.json() == {"status": 409, "message": message}


async def test_each_of_two_records_is_found_by_its_crn(stage, case_records):
    crns = [record.crn for record in stage.population.get(case.TWO_DELIUS_RECORDS).delius]

    assert [(await case_records(crn)).json()["crn"] for crn in crns] == crns


async def test_another_fault_of_the_database_conflicts_too(stage, case_records):
    message = "could not execute statement; SQL [n/a]; constraint [null]"
    stage.case_records.faults.put(Fault(status=409, body=f'{{"status":409,"message":"{message}"}}'))

    answer = await case_records(case.TOBIAS_FENHALE)

    assert (answer.status_code, answer.json()["message"]) == (409, message)


@pytest.mark.parametrize("number", [case.IVOR_PELLSTONE, case.SOFT_DELETED, case.MERGED_SURVIVOR])
async def test_a_person_without_a_live_record_is_404(case_records, number):
    assert (await case_records(number)).status_code == 404


@pytest.mark.parametrize("path", ["X999999", "X999999/risks/mappa", "X999999/risks/rosh"])
async def test_an_unknown_crn_is_404_with_a_message(case_records, path):
    answer = await case_records(path)

    assert answer.json() == {"status": 404, "message": "Person with crn of X999999 not found"}


@pytest.mark.parametrize("asked", ["g4273gi", "X10001", "XX100001", "G4273GI "])
async def test_an_identifier_of_no_known_shape_is_400(case_records, asked):
    assert (await case_records(asked)).status_code == 400


@pytest.mark.parametrize("number", [case.NO_MANAGER, case.PAST_MANAGERS_ONLY])
async def test_a_person_without_an_active_manager_is_500(case_records, number):
    answer = await case_records(number)

    assert answer.status_code == 500
    assert set(answer.json()) == {"status", "message"}


async def test_the_first_of_several_active_managers_is_told(case_records):
    manager = (await case_records(case.SEVERAL_ACTIVE_MANAGERS)).json()["manager"]

    assert manager["name"]["surname"] == "Trevethick"


async def test_the_placeholder_officer_is_a_team_alone(case_records):
    assert set((await case_records(case.OFFICER_UNALLOCATED)).json()["manager"]) == {"team"}


@pytest.mark.parametrize("number", [case.RESTRICTED, case.EXCLUDED, case.BORN_ANOTHER_DAY])
async def test_a_record_has_neither_a_birth_nor_access_flags(case_records, number):
    assert set((await case_records(number)).json()) == {
        "crn",
        "nomsId",
        "currentTier",
        "resourcing",
        "manager",
        "mappaLevel",
        "rosh",
        "vloAssigned",
    }


async def test_what_is_not_known_is_left_out(case_records):
    undecided = (await case_records(case.RESOURCING_UNDECIDED)).json()
    tierless = (await case_records(case.TIER_ABSENT)).json()

    assert "resourcing" not in undecided
    assert "currentTier" not in tierless


async def test_ended_registrations_do_not_count(case_records, crn_of):
    record = (await case_records(case.REGISTRATIONS_ENDED)).json()
    mappa = await case_records(f"{crn_of(case.REGISTRATIONS_ENDED)}/risks/mappa")

    assert (record["mappaLevel"], record["rosh"]["level"], mappa.status_code) == (0, "LOW", 404)


async def test_level_nought_looks_like_no_mappa_in_the_record_only(case_records, crn_of):
    record = (await case_records(case.MAPPA_OF_LEVEL_NOUGHT)).json()
    mappa = (await case_records(f"{crn_of(case.MAPPA_OF_LEVEL_NOUGHT)}/risks/mappa")).json()

    assert (record["mappaLevel"], mappa["level"], record["vloAssigned"]) == (0, 0, True)


async def test_a_record_carries_anothers_number(case_records):
    assert (await case_records(case.ANOTHERS_NUMBER)).json()["nomsId"] == case.IVOR_PELLSTONE


async def test_a_record_that_is_not_linked_has_no_number_by_its_crn(case_records, crn_of):
    body = (await case_records(crn_of(case.NUMBER_ABSENT_IN_DELIUS))).json()

    assert body["crn"] == crn_of(case.NUMBER_ABSENT_IN_DELIUS)
    assert "nomsId" not in body


async def test_a_soft_deleted_record_is_404_by_its_crn_too(case_records, crn_of):
    assert (await case_records(crn_of(case.SOFT_DELETED))).status_code == 404
