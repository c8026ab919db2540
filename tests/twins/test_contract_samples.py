"""Each twin answers exactly as the contract's sample: keys, types, absent keys, headers, error bodies."""

import base64
import json
from dataclasses import replace

import httpx
import pytest

from twins.case_records import CaseRecordsTwin
from twins.delius import DeliusTwin
from twins.delius_users import EXCLUDED_USER, NPS_USER
from twins.hard_cases import EXCLUDED, MARCUS_OLDROYD_QUAY, NOBODY, TOBIAS_FENHALE, TWO_DELIUS_RECORDS
from twins.people import Coded, Person
from twins.population import Population
from twins.serving import serving


def claims_of(token: str) -> dict[str, object]:
    body = token.split(".")[1]
    return json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))


def shape(value: object) -> object:
    """The keys and the types of a value, for answers whose values are new each time."""
    if isinstance(value, dict):
        return {key: shape(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [shape(inner) for inner in value]
    return type(value).__name__


async def test_prisoners_by_number_are_written_as_the_sample(by_numbers, sample, written):
    expected = {row["prisonerNumber"]: row for row in sample("prisoner-search.post-prisoner-numbers")}

    answer = await by_numbers(TOBIAS_FENHALE, MARCUS_OLDROYD_QUAY, NOBODY)

    assert answer.headers["content-type"] == "application/json"
    assert written({row["prisonerNumber"]: row for row in answer.json()}) == written(expected)


async def test_projected_prisoners_are_written_as_the_sample(by_numbers, sample, written):
    answer = await by_numbers(TOBIAS_FENHALE, responseFields="prisonerNumber,firstName,lastName,prisonId")

    assert written(answer.json()) == written(sample("prisoner-search.post-prisoner-numbers.projected"))


async def test_one_prisoner_is_written_as_the_sample(stage, http, json_headers, sample, written):
    answer = await http.get(f"{stage.prisoner_search_url}/prisoner/{TOBIAS_FENHALE}", headers=json_headers)

    assert written(answer.json()) == written(sample("prisoner-search.get-prisoner"))


async def test_a_page_of_a_prison_has_the_shape_of_the_sample(prison_page, sample, written):
    expected = sample("prisoner-search.get-prison-page")

    page = await prison_page("LEI", page="0", size="2", **{"include-restricted-patients": "true"})

    counted = {"content": [], "totalElements": 0, "totalPages": 0}
    assert written({**page, **counted}) == written({**expected, **counted})
    assert shape(page["totalElements"]) == shape(expected["totalElements"])
    assert page["totalPages"] == (page["totalElements"] + 1) // 2


async def test_people_in_a_page_are_written_as_the_sample(prison_page, sample, written):
    page = await prison_page("LEI", size="5000")

    found = {row["prisonerNumber"]: row for row in page["content"]}
    for expected in sample("prisoner-search.get-prison-page")["content"]:
        assert written(found[expected["prisonerNumber"]]) == written(expected)


async def test_an_unknown_prisoner_is_refused_as_the_sample(stage, http, json_headers, sample):
    answer = await http.get(f"{stage.prisoner_search_url}/prisoner/{NOBODY}", headers=json_headers)

    assert answer.status_code == 404
    assert answer.json() == sample("prisoner-search.error-404")


@pytest.mark.parametrize("numbers", [[], [NOBODY] * 1001])
async def test_too_few_or_too_many_numbers_are_refused_as_the_sample(by_numbers, sample, numbers):
    expected = sample("prisoner-search.error-400")

    answer = await by_numbers(*numbers)

    assert answer.status_code == 400
    assert shape(answer.json()) == shape(expected)
    assert answer.json()["developerMessage"] == expected["developerMessage"]


async def test_a_missing_role_is_refused_as_the_sample(stage, by_numbers, json_headers, sample):
    json_headers["Authorization"] = f"Bearer {stage.auth.caller_token(roles=['ROLE_SOMETHING_ELSE'])}"

    answer = await by_numbers(TOBIAS_FENHALE)

    assert answer.status_code == 403
    assert answer.json() == sample("prisoner-search.error-403")


async def test_an_agency_is_written_as_the_sample(stage, http, json_headers, sample, written):
    answer = await http.get(f"{stage.prison_api_url}/api/agencies/LEI", headers=json_headers)

    assert written(answer.json()) == written(sample("prison-api.get-agency"))


async def test_the_list_of_prisons_is_written_as_the_sample(stage, http, json_headers, sample, written):
    answer = await http.get(f"{stage.prison_api_url}/api/agencies/type/INST", headers=json_headers)

    listed = {row["agencyId"]: row for row in answer.json()}
    for expected in sample("prison-api.get-agencies-type"):
        assert written(listed[expected["agencyId"]]) == written(expected)


async def test_an_unknown_agency_is_refused_as_the_sample(stage, http, json_headers, sample):
    answer = await http.get(f"{stage.prison_api_url}/api/agencies/ZZZ", headers=json_headers)

    assert answer.status_code == 404
    expected = sample("prison-api.error-404")
    assert answer.json() == {
        name: value.replace(NOBODY, "ZZZ") if isinstance(value, str) else value
        for name, value in expected.items()
    }


async def test_a_delius_record_is_written_as_the_sample(from_delius, sample, written):
    answer = await from_delius(TOBIAS_FENHALE)

    assert answer.headers["content-type"] == "application/json"
    assert written(answer.json()) == written(sample("community-api.offender-by-noms"))


async def test_a_delius_record_of_2019_is_written_as_the_sample(from_delius, sample, written):
    answer = await from_delius(MARCUS_OLDROYD_QUAY)

    assert written(answer.json()) == written(sample("delius-api-2019.offender-by-noms"))


async def test_two_delius_records_conflict_as_the_sample(from_delius, sample):
    answer = await from_delius(TWO_DELIUS_RECORDS)

    assert answer.status_code == 409
    assert answer.json() == sample("community-api.error-409")


async def test_a_person_without_a_delius_record_is_404_with_an_empty_body(from_delius):
    answer = await from_delius(NOBODY)

    assert (answer.status_code, answer.content) == (404, b"")
    assert "content-type" not in answer.headers


@pytest.mark.parametrize("by", ["crn/X100001", f"nomsNumber/{TOBIAS_FENHALE}"])
async def test_registrations_behind_ndh_are_written_as_the_sample(stage, http, sample, written, by):
    answer = await http.get(f"{stage.delius_url}/api/offenders/{by}/registrations")

    assert written(answer.json()) == written(sample("community-api.registrations"))


async def test_no_registrations_behind_ndh_are_written_as_the_sample(stage, http, sample):
    bare = replace(stage.population.get(MARCUS_OLDROYD_QUAY).delius[0], rosh=None)
    twin = DeliusTwin(Population([Person(MARCUS_OLDROYD_QUAY, delius=(bare,))]))

    async with serving(twin.app) as url:
        answer = await http.get(f"{url}/api/offenders/nomsNumber/{MARCUS_OLDROYD_QUAY}/registrations")

    assert answer.json() == sample("community-api.registrations.none")


@pytest.mark.parametrize(
    ("path", "name"),
    [
        (f"nomsNumber/{TOBIAS_FENHALE}/all", "offender-by-noms"),
        (f"nomsNumber/{TOBIAS_FENHALE}/risk/resourcing/latest", "resourcing-latest"),
        ("crn/X100001/risk/resourcing/latest", "resourcing-latest"),
        ("crn/X100001/registrations", "registrations"),
        ("crn/X100001/allOffenderManagers", "all-offender-managers"),
        (f"crn/X100001/user/{NPS_USER}/userAccess", "user-access.200"),
    ],
)
async def test_the_community_api_writes_as_the_sample(community_api, sample, written, path, name):
    answer = await community_api(path)

    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/json")
    assert written(answer.json()) == written(sample(f"community-api.{name}"))


@pytest.mark.parametrize(
    ("number", "status"), [(NOBODY, 404), (TWO_DELIUS_RECORDS, 409)], ids=["unknown", "several"]
)
async def test_the_community_api_refuses_as_the_sample(community_api, sample, number, status):
    answer = await community_api(f"nomsNumber/{number}/all")

    assert answer.status_code == status
    assert answer.json() == sample(f"community-api.error-{status}")


async def test_an_excluded_user_is_refused_as_the_sample(community_api, sample, crn_of):
    answer = await community_api(f"crn/{crn_of(EXCLUDED)}/user/{EXCLUDED_USER}/userAccess")

    assert answer.status_code == 403
    assert answer.json() == sample("community-api.user-access.403")


async def test_rows_of_the_search_index_are_written_as_the_sample(search_delius, sample, written):
    answer = await search_delius(TOBIAS_FENHALE, NOBODY)

    assert written(answer.json()) == written(sample("probation-search.post-noms-numbers"))


@pytest.mark.parametrize(
    ("path", "name"),
    [
        (TOBIAS_FENHALE, "case-record"),
        ("X100001", "case-record"),
        ("X100001/risks/mappa", "mappa"),
        ("X100001/risks/rosh", "rosh"),
    ],
)
async def test_a_case_record_is_written_as_the_sample(case_records, sample, written, path, name):
    answer = await case_records(path)

    assert written(answer.json()) == written(sample(f"manage-pom-cases.{name}"))


async def test_a_case_record_without_an_officer_is_written_as_the_sample(
    stage, http, json_headers, sample, written
):
    marcus = stage.population.get(MARCUS_OLDROYD_QUAY)
    record = marcus.delius[0]
    team = Coded("N20UAT", "Unallocated Team (N20)")
    nobody_yet = replace(record.managers[0], team=team, district=None, unallocated=True)
    unallocated = replace(marcus, delius=(replace(record, managers=(nobody_yet,), rosh=None),))
    twin = CaseRecordsTwin(Population([unallocated]), stage.auth)

    async with serving(twin.app) as url:
        answer = await http.get(f"{url}/case-records/{MARCUS_OLDROYD_QUAY}", headers=json_headers)

    assert written(answer.json()) == written(sample("manage-pom-cases.case-record.unallocated"))


@pytest.mark.parametrize(("asked", "status"), [(NOBODY, 404), ("12345", 400)])
async def test_a_case_record_is_refused_as_the_sample(case_records, sample, asked, status):
    answer = await case_records(asked)

    assert answer.status_code == status
    assert answer.json() == sample(f"manage-pom-cases.error-{status}")


async def test_the_access_check_is_written_as_the_sample(check_access, sample, written):
    answer = await check_access("X100001", "X100003", username=NPS_USER)

    assert written(answer.json()) == written(sample("delius-access.bulk"))


async def test_risks_are_written_as_the_sample(assess_risks, sample, written):
    answer = await assess_risks("X100001")

    assert written(answer.json()) == written(sample("arns.risks"))


async def test_a_token_answer_has_the_shape_of_the_sample(client_token, sample):
    expected = sample("auth.token")

    answer = (await client_token()).json()

    assert shape(answer) == shape(expected)
    fixed = ("token_type", "expires_in", "scope", "sub", "auth_source")
    assert {name: answer[name] for name in fixed} == {name: expected[name] for name in fixed}


@pytest.mark.parametrize(
    ("parameters", "name"),
    [
        ({}, "auth.claims.client"),
        ({"username": "nps_user", "auth_source": "delius"}, "auth.claims.client-with-username"),
    ],
)
async def test_a_client_token_claims_as_the_sample(client_token, sample, parameters, name):
    expected = sample(name)

    claims = claims_of((await client_token(**parameters)).json()["access_token"])

    assert {key: type(value) for key, value in claims.items()} == {
        key: type(value) for key, value in expected.items()
    }
    fixed = [key for key in expected if key not in ("iss", "exp", "jti", "authorities")]
    assert {key: claims[key] for key in fixed} == {key: expected[key] for key in fixed}


async def test_a_caller_token_claims_as_the_sample(stage, sample):
    expected = sample("auth.claims.user")

    claims = claims_of(stage.auth.caller_token(roles=expected["authorities"], username="LEI_POM1"))

    new_each_time = {"iss": stage.auth.issuer, "exp": claims["exp"], "jti": claims["jti"]}
    assert claims == {**expected, **new_each_time}


async def test_a_wrong_client_secret_is_refused_as_the_sample(stage, http, sample):
    answer = await http.post(
        f"{stage.auth.url}/oauth/token?grant_type=client_credentials", auth=(stage.auth.client_id, "wrong")
    )

    assert answer.status_code == 401
    assert answer.json() == sample("auth.error-401")


async def test_the_key_set_has_the_shape_and_the_header_of_the_sample(stage, http, sample):
    expected = sample("auth.jwks")["keys"][0]

    answer = await http.get(f"{stage.auth.url}/.well-known/jwks.json")

    key = answer.json()["keys"][0]
    assert answer.headers["cache-control"] == "max-age=43200, public"
    assert {**key, "kid": "", "n": ""} == {**expected, "kid": "", "n": ""}
    assert len(key["n"]) == len(expected["n"])


async def test_the_openid_configuration_is_written_as_the_sample(stage, http, sample):
    expected = sample("auth.openid-configuration")

    answer = await http.get(f"{stage.auth.issuer}/.well-known/openid-configuration")

    at_home = {
        name: value.replace("https://auth.example.test", stage.auth.base_url)
        for name, value in expected.items()
    }
    assert answer.json() == at_home


async def test_a_call_without_a_token_is_401_with_an_empty_body(stage):
    async with httpx.AsyncClient(trust_env=False) as client:
        answer = await client.get(f"{stage.prisoner_search_url}/prisoner/{TOBIAS_FENHALE}")

    assert (answer.status_code, answer.content) == (401, b"")
    assert answer.headers["www-authenticate"] == "Bearer"
