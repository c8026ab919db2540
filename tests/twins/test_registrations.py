"""Registrations, behind NDH and of the Community API: those that stand, those that ended, and none."""

import pytest

from twins import hard_cases as case


@pytest.fixture(params=["ndh", "community-api"])
def registrations(request, stage, http, json_headers):
    addresses = {
        "ndh": f"{stage.delius_url}/api/offenders",
        "community-api": f"{stage.community_api_url}/secure/offenders",
    }

    async def ask(crn: str, **parameters: str):
        address = f"{addresses[request.param]}/crn/{crn}/registrations"
        return await http.get(address, params=parameters, headers=json_headers)

    return ask


def told(answer):
    return [
        (one["type"]["code"], one.get("registerLevel", {}).get("code"), one["active"])
        for one in answer.json()["registrations"]
    ]


async def test_ended_registrations_come_too_and_first(registrations, crn_of):
    answer = await registrations(crn_of(case.REGISTRATIONS_ENDED))

    assert told(answer) == [("MAPP", "M3", False), ("RVRH", None, False), ("RLRH", None, True)]


async def test_an_ended_registration_has_an_end_and_no_review(registrations, crn_of):
    ended = (await registrations(crn_of(case.REGISTRATIONS_ENDED))).json()["registrations"][0]

    assert ended["endDate"] > ended["startDate"]
    assert "nextReviewDate" not in ended


async def test_only_active_registrations_come_where_asked_for(registrations, crn_of):
    answer = await registrations(crn_of(case.REGISTRATIONS_ENDED), activeOnly="true")

    assert told(answer) == [("RLRH", None, True)]


async def test_victim_contact_and_level_nought_are_registered(registrations, crn_of):
    answer = await registrations(crn_of(case.MAPPA_OF_LEVEL_NOUGHT))

    assert told(answer) == [("MAPP", "M0", True), ("RMRH", None, True), ("INVI", None, True)]


async def test_a_person_without_a_manager_is_registered_by_nobody(registrations, crn_of):
    registered = (await registrations(crn_of(case.NO_MANAGER))).json()["registrations"]

    assert [one for one in registered if "registeringTeam" in one or "registeringOfficer" in one] == []


async def test_an_unknown_crn_behind_ndh_is_404_with_an_empty_body(stage, http):
    answer = await http.get(f"{stage.delius_url}/api/offenders/crn/X999999/registrations")

    assert (answer.status_code, answer.content) == (404, b"")


@pytest.mark.parametrize(
    ("number", "status"), [(case.NOBODY, 404), (case.TWO_DELIUS_RECORDS, 409), (case.DELIUS_500, 500)]
)
async def test_registrations_by_number_fail_as_the_record_does(stage, http, from_delius, number, status):
    answer = await http.get(f"{stage.delius_url}/api/offenders/nomsNumber/{number}/registrations")

    assert answer.status_code == (await from_delius(number)).status_code == status
