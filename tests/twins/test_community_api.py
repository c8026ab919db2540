"""The Community API twin is as strict as the service: roles, duplicates, limits of access, empty values."""

import pytest

from twins import hard_cases as case
from twins.community_api import SEES_EXCLUDED, SEES_RESTRICTED
from twins.delius_users import EXCLUDED_USER, NPS_USER, TRUSTED_USER

PATHS = [
    f"nomsNumber/{case.TOBIAS_FENHALE}/all",
    f"nomsNumber/{case.TOBIAS_FENHALE}/risk/resourcing/latest",
    "crn/X100001/risk/resourcing/latest",
    "crn/X100001/all",
    "crn/X100001/registrations",
    "crn/X100001/allOffenderManagers",
    f"crn/X100001/user/{NPS_USER}/userAccess",
]


@pytest.fixture
def as_user(stage, json_headers, community_api):
    """Asks by CRN with a token of this user, and of these scopes."""

    async def ask(crn, username, *scopes, path="registrations"):
        token = stage.auth.caller_token(roles=["ROLE_COMMUNITY"], username=username, scope=["read", *scopes])
        json_headers["Authorization"] = f"Bearer {token}"
        return await community_api(f"crn/{crn}/{path}")

    return ask


@pytest.mark.parametrize("path", PATHS)
async def test_a_call_without_a_token_is_401(community_api, json_headers, path):
    del json_headers["Authorization"]

    assert (await community_api(path)).status_code == 401


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize(
    ("role", "status"),
    [("ROLE_COMMUNITY", 200), ("ROLE_PROBATION_INTEGRATION_ADMIN", 200), ("ROLE_PRISONER_SEARCH", 403)],
)
async def test_one_of_two_roles_is_asked_for(stage, community_api, json_headers, path, role, status):
    json_headers["Authorization"] = f"Bearer {stage.auth.caller_token(roles=[role])}"

    assert (await community_api(path)).status_code == status


@pytest.mark.parametrize("number", [case.TWO_DELIUS_RECORDS, case.ONE_OF_TWO_SENTENCED])
async def test_several_records_always_conflict_where_told_so(community_api, number):
    answer = await community_api(f"nomsNumber/{number}/all", failOnDuplicate="true")

    assert answer.status_code == 409
    message = f"Expect a single offender with noms number {number} but foud 2"
    assert answer.json() == {"status": 409, "developerMessage": message}


async def test_a_single_record_never_conflicts(community_api):
    answer = await community_api(f"nomsNumber/{case.TOBIAS_FENHALE}/all", failOnDuplicate="true")

    assert answer.status_code == 200


async def test_the_one_sentenced_record_of_two_is_answered_unless_told_otherwise(community_api):
    answer = await community_api(f"nomsNumber/{case.ONE_OF_TWO_SENTENCED}/all")

    assert answer.json()["activeProbationManagedSentence"] is True


async def test_the_body_is_the_later_one_for_everybody(community_api):
    body = (await community_api(f"nomsNumber/{case.MARCUS_OLDROYD_QUAY}/all")).json()

    assert body["currentTier"] == "C1"
    assert body["offenderManagers"][0]["probationArea"]["nps"] is False


@pytest.mark.parametrize("path", ["all", "risk/resourcing/latest", "registrations", "allOffenderManagers"])
async def test_an_unknown_crn_is_404_with_a_message(community_api, path):
    answer = await community_api(f"crn/X999999/{path}")

    assert answer.status_code == 404
    assert answer.json() == {"status": 404, "developerMessage": "Offender with CRN X999999 not found"}


async def test_the_access_of_a_user_to_an_unknown_crn_is_404_without_a_body(community_api):
    answer = await community_api(f"crn/X999999/user/{NPS_USER}/userAccess")

    assert (answer.status_code, answer.content) == (404, b"")


async def test_resourcing_that_nobody_decided_is_404(community_api, crn_of):
    answer = await community_api(f"crn/{crn_of(case.RESOURCING_UNDECIDED)}/risk/resourcing/latest")

    assert answer.status_code == 404


async def test_normal_resourcing_is_allocated(community_api):
    body = (await community_api("crn/X100002/risk/resourcing/latest")).json()

    assert (body["decision"]["code"], body["enhancedResourcing"]) == ("A", False)


async def test_past_managers_are_not_in_charge(community_api, crn_of):
    answer = await community_api(f"crn/{crn_of(case.PAST_MANAGERS_ONLY)}/allOffenderManagers")

    assert answer.json() == []


async def test_the_record_by_number_is_not_kept_from_anybody(community_api):
    answer = await community_api(f"nomsNumber/{case.RESTRICTED}/all")

    assert answer.status_code == 200
    assert answer.json()["restrictionMessage"] == "Made-up restriction text"


@pytest.mark.parametrize(
    ("number", "user", "status"),
    [
        (case.RESTRICTED, NPS_USER, 403),
        (case.RESTRICTED, TRUSTED_USER, 200),
        (case.RESTRICTED, TRUSTED_USER.lower(), 200),
        (case.RESTRICTED, "SOMEBODY_ELSE", 403),
        (case.EXCLUDED, NPS_USER, 200),
        (case.EXCLUDED, EXCLUDED_USER, 403),
        (case.EXCLUDED_AND_RESTRICTED, NPS_USER, 403),
        (case.EXCLUDED_AND_RESTRICTED, EXCLUDED_USER, 403),
        (case.EXCLUDED_AND_RESTRICTED, TRUSTED_USER, 200),
        (case.ACCESS_FLAGS_ABSENT, EXCLUDED_USER, 200),
    ],
)
async def test_a_user_may_see_whom_no_limit_keeps_from_them(community_api, crn_of, number, user, status):
    answer = await community_api(f"crn/{crn_of(number)}/user/{user}/userAccess")

    assert answer.status_code == status
    assert (answer.json()["userRestricted"] or answer.json()["userExcluded"]) is (status == 403)


@pytest.mark.parametrize(
    ("number", "user", "scopes", "status"),
    [
        (case.RESTRICTED, None, (), 403),
        (case.RESTRICTED, TRUSTED_USER, (), 200),
        (case.RESTRICTED, None, (SEES_RESTRICTED,), 200),
        (case.EXCLUDED, None, (), 200),
        (case.EXCLUDED, EXCLUDED_USER, (), 403),
        (case.EXCLUDED, EXCLUDED_USER, (SEES_EXCLUDED,), 200),
    ],
)
async def test_registrations_are_kept_from_the_user_of_the_token(
    as_user, crn_of, number, user, scopes, status
):
    assert (await as_user(crn_of(number), user, *scopes)).status_code == status


async def test_a_refusal_for_a_limit_gives_its_message(as_user, crn_of):
    answer = await as_user(crn_of(case.RESTRICTED), None)

    assert answer.json() == {"status": 403, "developerMessage": "Made-up restriction text"}


async def test_nulls_and_empty_lists_are_written_where_told_so(stage, community_api):
    stage.community_api.writes_nulls = True

    body = (await community_api(f"nomsNumber/{case.NO_MANAGER}/all")).json()

    assert (body["offenderManagers"], body["middleNames"], body["restrictionMessage"]) == ([], [], None)


async def test_nothing_empty_is_written_otherwise(stage, community_api):
    for person in stage.population.in_prison("BXI"):
        text = (await community_api(f"nomsNumber/{person.noms_number}/all")).text
        assert "null" not in text
        assert "[]" not in text


async def test_a_call_counts_its_one_person(stage, community_api):
    await community_api(f"crn/X100001/user/{NPS_USER}/userAccess")

    assert [(call.template, call.ids, call.status) for call in stage.community_api.calls] == [
        ("/secure/offenders/crn/{crn}/user/{username}/userAccess", 1, 200)
    ]


async def test_a_record_is_the_same_by_its_crn_as_by_its_number(community_api, written):
    by_crn = await community_api("crn/X100001/all")
    by_number = await community_api(f"nomsNumber/{case.TOBIAS_FENHALE}/all")

    assert written(by_crn.json()) == written(by_number.json())


async def test_each_of_two_records_is_found_by_its_crn(stage, community_api):
    crns = [record.crn for record in stage.population.get(case.TWO_DELIUS_RECORDS).delius]

    found = [(await community_api(f"crn/{crn}/all")).json()["otherIds"]["crn"] for crn in crns]

    assert found == crns


@pytest.mark.parametrize(
    ("number", "user", "status"),
    [
        (case.RESTRICTED, NPS_USER, 403),
        (case.RESTRICTED, None, 403),
        (case.RESTRICTED, TRUSTED_USER, 200),
        (case.EXCLUDED, EXCLUDED_USER, 403),
        (case.EXCLUDED, None, 200),
        (case.SOFT_DELETED, NPS_USER, 200),
    ],
)
async def test_the_record_by_crn_is_kept_from_the_user_of_the_token(as_user, crn_of, number, user, status):
    assert (await as_user(crn_of(number), user, path="all")).status_code == status
