"""The twin of Assess Risks and Needs is as strict as the service, and answers each way that it does."""

import pytest

from twins import hard_cases as case
from twins.delius_users import EXCLUDED_USER, NPS_USER, TRUSTED_USER


@pytest.fixture
def risks_as(stage, assess_risks, json_headers):
    """Asks in the name of a user, or of nobody."""

    async def ask(user, crn):
        claims = {} if user is None else {"username": user, "auth_source": "delius"}
        token = stage.auth.caller_token(roles=["ROLE_PROBATION"], **claims)
        json_headers["Authorization"] = f"Bearer {token}"
        return await assess_risks(crn)

    return ask


@pytest.mark.parametrize(
    ("role", "status"), [("ROLE_PROBATION", 200), ("ROLE_OFFENDER_RISK_RO", 200), ("ROLE_COMMUNITY", 403)]
)
async def test_one_of_its_own_roles_is_asked_for(stage, assess_risks, json_headers, role, status):
    json_headers["Authorization"] = f"Bearer {stage.auth.caller_token(roles=[role])}"

    assert (await assess_risks("X100001")).status_code == status


async def test_a_call_without_a_token_is_401(assess_risks, json_headers):
    del json_headers["Authorization"]

    assert (await assess_risks("X100001")).status_code == 401


async def test_weeks_are_a_number(assess_risks):
    assert (await assess_risks("X100001", "156")).status_code == 200
    assert (await assess_risks("X100001", "all")).status_code == 404


@pytest.mark.parametrize(
    ("number", "status"),
    [
        (case.TOBIAS_FENHALE, 200),
        (case.RISK_LEVEL_BLANK, 200),
        (case.RISK_NOT_ASSESSED, 404),
        (case.SOFT_DELETED, 404),
        (case.RISK_ASSESSED_TWICE, 409),
    ],
)
async def test_each_case_has_its_status(assess_risks, crn_of, number, status):
    assert (await assess_risks(crn_of(number))).status_code == status


async def test_nobody_is_404_in_the_words_of_the_service(assess_risks):
    answer = await assess_risks("X999998")

    assert answer.status_code == 404
    assert answer.json() == {"status": 404, "developerMessage": "No such offender for CRN: X999998"}


async def test_a_level_may_be_blank(assess_risks, crn_of):
    risks = (await assess_risks(crn_of(case.RISK_LEVEL_BLANK))).json()

    assert risks["summary"]["overallRiskLevel"] == ""
    assert risks["assessedOn"]


@pytest.mark.parametrize(
    ("number", "user", "status"),
    [
        (case.RESTRICTED, NPS_USER, 403),
        (case.RESTRICTED, TRUSTED_USER, 200),
        (case.RESTRICTED, None, 403),
        (case.EXCLUDED, EXCLUDED_USER, 403),
        (case.EXCLUDED, None, 200),
    ],
)
async def test_limited_access_is_judged_by_the_token_s_user(risks_as, crn_of, number, user, status):
    answer = await risks_as(user, crn_of(number))

    assert answer.status_code == status
    if status == 403:
        assert answer.json()["userRestricted"] or answer.json()["userExcluded"]
