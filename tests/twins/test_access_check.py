"""The twin of the bulk access check is as strict as the service, and tells what each user may see."""

import pytest

from twins import hard_cases as case
from twins.delius_users import EXCLUDED_USER, NPS_USER, TRUSTED_USER


@pytest.fixture
def limits_of(check_access, crn_of):
    """Asks of one person, and returns whether the user is excluded, and whether restricted."""

    async def ask(number, username):
        named = {} if username is None else {"username": username}
        row = (await check_access(crn_of(number), **named)).json()["access"][0]
        return row["userExcluded"], row["userRestricted"]

    return ask


@pytest.mark.parametrize(
    ("role", "status"), [("ROLE_PROBATION_API__HMPPS_API__CASE_DETAIL", 200), ("ROLE_COMMUNITY", 403)]
)
async def test_its_own_role_is_asked_for(stage, check_access, json_headers, role, status):
    json_headers["Authorization"] = f"Bearer {stage.auth.caller_token(roles=[role])}"

    assert (await check_access("X100001", username=NPS_USER)).status_code == status


async def test_a_call_without_a_token_is_401(check_access, json_headers):
    del json_headers["Authorization"]

    assert (await check_access("X100001")).status_code == 401


@pytest.mark.parametrize(("sent", "status"), [(0, 400), (1, 200), (1000, 200), (1001, 400)])
async def test_from_1_to_1000_crns_may_be_sent(check_access, sent, status):
    crns = [f"X{place:06d}" for place in range(sent)]

    assert (await check_access(*crns)).status_code == status


@pytest.mark.parametrize("body", ["[]", "not JSON", '{"crns": 1}', "{}"])
async def test_any_other_body_is_400(stage, http, json_headers, body):
    answer = await http.post(f"{stage.access_url}/probation-cases/access", content=body, headers=json_headers)

    assert answer.status_code == 400


@pytest.mark.parametrize(
    ("number", "user", "excluded", "restricted"),
    [
        (case.TOBIAS_FENHALE, NPS_USER, False, False),
        (case.RESTRICTED, NPS_USER, False, True),
        (case.RESTRICTED, TRUSTED_USER, False, False),
        (case.RESTRICTED, TRUSTED_USER.lower(), False, False),
        (case.PETRA_LINDQVALE, TRUSTED_USER, False, False),
        (case.PETRA_LINDQVALE, NPS_USER, False, True),
        (case.EXCLUDED, NPS_USER, False, False),
        (case.EXCLUDED, EXCLUDED_USER, True, False),
        (case.EXCLUDED, EXCLUDED_USER.title(), True, False),
        (case.EXCLUDED_AND_RESTRICTED, NPS_USER, False, True),
        (case.EXCLUDED_AND_RESTRICTED, EXCLUDED_USER, True, True),
        (case.EXCLUDED_AND_RESTRICTED, TRUSTED_USER, False, False),
        (case.ACCESS_FLAGS_ABSENT, EXCLUDED_USER, False, False),
    ],
)
async def test_a_user_is_told_what_limits_them(limits_of, number, user, excluded, restricted):
    assert await limits_of(number, user) == (excluded, restricted)


@pytest.mark.parametrize("user", [None, "", "LEI_POM1"])
async def test_nobody_and_a_user_unknown_to_delius_are_on_no_list(limits_of, user):
    assert await limits_of(case.RESTRICTED, user) == (False, True)
    assert await limits_of(case.EXCLUDED, user) == (False, False)


async def test_a_message_comes_only_with_its_limit(check_access, crn_of):
    crns = (crn_of(case.EXCLUDED), crn_of(case.RESTRICTED))

    rows = (await check_access(*crns, username=EXCLUDED_USER)).json()["access"]
    unlimited = (await check_access(*crns, username=TRUSTED_USER)).json()["access"]

    assert [sorted(set(row) - {"crn", "userExcluded", "userRestricted"}) for row in rows] == [
        ["exclusionMessage"],
        ["restrictionMessage"],
    ]
    assert [set(row) for row in unlimited] == [{"crn", "userExcluded", "userRestricted"}] * 2


async def test_nothing_limits_a_crn_that_nobody_has(check_access):
    answer = await check_access("X999999", username=EXCLUDED_USER)

    assert answer.json() == {"access": [{"crn": "X999999", "userExcluded": False, "userRestricted": False}]}


async def test_a_get_with_the_same_body_is_answered_alike(check_access):
    got = await check_access("X100001", "X100003", method="GET", username=NPS_USER)
    posted = await check_access("X100001", "X100003", username=NPS_USER)

    assert got.json() == posted.json()


async def test_a_call_counts_its_people(stage, check_access):
    await check_access("X100001", "X100003", username=NPS_USER)

    assert [call.ids for call in stage.access.calls] == [2]
