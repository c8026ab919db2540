"""`offender-gateway check`: what it says of a stage that is well, and of each thing that is not."""

import os

import pytest
from processes import output_of

from gateway.cli.check import try_everything
from gateway.settings import load
from twins import hard_cases as people
from twins.extract import HEADERS, rows_of, write_xlsx
from twins.faults import Fault


@pytest.fixture
def checked(capsys):
    """Check settings in this process; that the command does the same is shown once, by the first tests."""

    async def check(settings):
        status = await try_everything(load(settings))
        return status, capsys.readouterr().out

    return check


def outcomes(printed):
    return {line[8:].split(":")[0]: line.split()[0] for line in printed.splitlines()}


@pytest.mark.parametrize("way", ["sidecar", "direct"])
async def test_a_stage_that_is_well_is_ready_to_serve(stage, way):
    settings = stage.environment(**(stage.direct_mutual_tls() if way == "direct" else {}))

    status, printed = await output_of("check", environment=settings)

    assert status == 0, printed
    assert set(outcomes(printed).values()) == {"ok"}
    assert printed.splitlines()[-1].endswith("ready to serve")


async def test_a_number_that_is_expected_is_found(stage):
    status, printed = await output_of("check", environment=stage.environment(CHECK_NOMS_NUMBER="G4273GI"))

    assert status == 0, printed
    assert "G4273GI" not in printed


BROKEN = {
    "no person by that number": (
        {"CHECK_NOMS_NUMBER": "A0000AA"},
        {},
        "NOMIS by prisoner-search",
        "CHECK_NOMS_NUMBER",
    ),
    "a wrong secret": ({"HMPPS_AUTH_CLIENT_SECRET": "wrong"}, {}, "token", "HMPPS_AUTH_CLIENT_SECRET"),
    "a wrong address of HMPPS Auth": (
        {"HMPPS_AUTH_URL": "http://127.0.0.1:9/auth"},
        {},
        "token",
        "HMPPS_AUTH_URL",
    ),
    "no sidecar": ({"DELIUS_NDH_URL": "http://127.0.0.1:9/api"}, {}, "Delius by ndh", "DELIUS_NDH_URL"),
    "a role that is missing": (
        {},
        {"prisoner_search": Fault(status=403)},
        "NOMIS by prisoner-search",
        "ROLE_PRISONER_SEARCH__PRISONER__RO",
    ),
    "a role for merged numbers that is missing": (
        {},
        {"prisoner_search": Fault(status=403, path_contains="/attribute-search")},
        "merged numbers",
        "ROLE_PRISONER_SEARCH or ROLE_GLOBAL_SEARCH",
    ),
    "a Prison API that is down": (
        {},
        {"prison_api": Fault(status=503)},
        "prisons by the Prison API",
        "PRISON_API_URL",
    ),
}


BY_OAUTH = {
    "community-api": (
        "community_api",
        [
            "/secure/offenders/nomsNumber/G4273GI/all",
            "/secure/offenders/crn/X100001/registrations",
            "/secure/offenders/crn/X100001/risk/resourcing/latest",
            "/secure/offenders/crn/X100001/allOffenderManagers",
        ],
    ),
    "probation-search": ("probation_search", ["/nomsNumbers"]),
    "case-records": ("case_records", ["/case-records/G4273GI"]),
}


@pytest.mark.parametrize(("route", "calls"), BY_OAUTH.items(), ids=BY_OAUTH)
async def test_a_stage_that_is_well_has_each_kind_of_call_of_a_route_tried(checked, stage, route, calls):
    settings = stage.route(route, access=True, risks=True)

    status, printed = await checked({**settings, "CHECK_NOMS_NUMBER": "G4273GI"})

    assert status == 0, printed
    assert set(outcomes(printed).values()) == {"ok"}
    assert [word for word in ("G4273GI", "X100001", "FENHALE") if word in printed] == []
    twin, paths = calls
    assert {call.path for call in getattr(stage, twin).calls} == set(paths)
    assert [call.path for call in stage.access.calls] == ["/probation-cases/access"]
    assert [call.path for call in stage.risks.calls] == ["/risks/crn/X000000/156"]


async def test_a_stage_that_is_well_has_each_kind_of_call_of_the_prison_api_tried(checked, stage):
    settings = stage.route(nomis="prison-api")

    status, printed = await checked({**settings, "CHECK_NOMS_NUMBER": "G4273GI"})

    assert status == 0, printed
    assert {call.path for call in stage.prison_api.calls} == {
        "/api/prisoners",
        "/api/offenders/G4273GI",
        "/api/offender-sentences",
        "/api/offender-assessments/CATEGORY",
        "/api/agencies/LEI",
    }
    assert [call.path for call in stage.prisoner_search.calls] == ["/attribute-search"]


async def test_without_prisoner_search_it_says_that_nobody_is_known_by_a_merged_number(checked, stage):
    settings = stage.route(nomis="prison-api")
    del settings["PRISONER_SEARCH_URL"]

    status, printed = await checked(settings)

    assert status == 0, printed
    assert "merged numbers: PRISONER_SEARCH_URL is not set" in printed


async def test_a_call_that_fails_is_seen_also_where_nobody_is_found(checked, stage):
    stage.prison_api.faults.put(Fault(status=500, path_contains="offender-sentences"))

    status, printed = await checked(stage.route(nomis="prison-api"))

    failed = [name for name, outcome in outcomes(printed).items() if outcome == "FAILED"]
    assert (status, failed) == (1, ["NOMIS by prison-api, sentences", "all"])
    assert "PRISON_API_URL" in printed


async def test_a_wrong_secret_is_one_thing_to_put_right_and_no_role_is_blamed(checked, stage):
    settings = {**stage.route("community-api", access=True), "HMPPS_AUTH_CLIENT_SECRET": "wrong"}

    status, printed = await checked(settings)

    assert status == 1
    assert "token: HMPPS Auth refused the client" in printed
    assert "Delius by community-api: not asked, because HMPPS Auth gave no token for it" in printed
    assert "ROLE_" not in printed


@pytest.mark.parametrize("status_code", [401, 403])
async def test_a_refusal_behind_ndh_is_not_one_of_roles(checked, stage, status_code):
    stage.delius.faults.put(Fault(status=status_code))

    _, printed = await checked(stage.environment())

    (line,) = [line for line in printed.splitlines() if " Delius by ndh" in line]
    assert line.startswith("FAILED  Delius by ndh: Delius did not answer through NDH")


@pytest.mark.parametrize(
    "fault", [Fault(status=404), Fault(status=404, body="<p>", content_type="text/html")]
)
async def test_a_prison_api_that_knows_no_prison_is_not_the_prison_api(checked, stage, fault):
    stage.prison_api.faults.put(fault)

    status, printed = await checked(stage.environment())

    failed = [name for name, outcome in outcomes(printed).items() if outcome == "FAILED"]
    assert (status, failed) == (1, ["prisons by the Prison API", "all"])
    assert "PRISON_API_URL" in printed


async def test_a_prison_that_cannot_be_read_is_seen(checked, stage):
    stage.prisoner_search.faults.put(Fault(status=403, path_contains="/prison/"))

    status, printed = await checked(stage.environment())

    failed = [name for name, outcome in outcomes(printed).items() if outcome == "FAILED"]
    assert (status, failed) == (1, ["NOMIS by prisoner-search, a prison's people", "all"])


async def test_a_record_of_limited_access_is_no_fault_and_no_further_call_is_made_of_it(checked, stage):
    settings = stage.route("community-api", access=True)

    status, printed = await checked({**settings, "CHECK_NOMS_NUMBER": people.RESTRICTED})

    assert status == 0, printed
    assert "further parts by community-api: not tried" in printed
    assert not any("/crn/" in call.path for call in stage.community_api.calls)


async def test_a_record_under_another_s_number_is_not_the_person(checked, stage):
    settings = stage.route("community-api", access=True)

    status, printed = await checked({**settings, "CHECK_NOMS_NUMBER": people.ANOTHERS_NUMBER})

    assert status == 1
    assert "Delius by community-api: answered, but has no one record" in printed
    assert not any("/crn/" in call.path for call in stage.community_api.calls)


@pytest.mark.parametrize(
    ("path", "step", "role"),
    [
        ("/api/prisoners", "NOMIS by prison-api", "ROLE_GLOBAL_SEARCH"),
        ("/api/offenders/", "NOMIS by prison-api, details", "ROLE_VIEW_PRISONER_DATA"),
        ("offender-sentences", "NOMIS by prison-api, sentences", "ROLE_VIEW_PRISONER_DATA"),
        ("CATEGORY", "NOMIS by prison-api, categories", "ROLE_VIEW_PRISONER_DATA"),
    ],
)
async def test_a_role_that_the_prison_api_misses_is_named_with_the_call_that_needs_it(
    checked, stage, path, step, role
):
    stage.prison_api.faults.put(Fault(status=403, path_contains=path))
    settings = stage.route(nomis="prison-api")

    status, printed = await checked({**settings, "CHECK_NOMS_NUMBER": "G4273GI"})

    assert status == 1
    assert f"FAILED  {step}: refused the gateway: its client in HMPPS Auth needs {role}" in printed


ROLES = {
    "community-api": ("community_api", "Delius by community-api", "ROLE_COMMUNITY"),
    "probation-search": ("probation_search", "Delius by probation-search", "ROLE_PROBATION__SEARCH_PERSON"),
    "case-records": (
        "case_records",
        "Delius by case-records",
        "ROLE_PROBATION_API__MANAGE_POM_CASES__CASE_DETAIL",
    ),
}
ACCESS = ("access", "limited access", "ROLE_PROBATION_API__HMPPS_API__CASE_DETAIL")
RISKS = ("risks", "risk of serious harm", "ROLE_PROBATION")
MISSING_ROLES = [(route, *of) for route in ROLES for of in (ROLES[route], ACCESS, RISKS)]


@pytest.mark.parametrize(("route", "twin", "step", "role"), MISSING_ROLES)
async def test_a_role_that_a_route_misses_is_named_at_its_own_step(checked, stage, route, twin, step, role):
    getattr(stage, twin).faults.put(Fault(status=403))

    status, printed = await checked(stage.route(route, access=True, risks=True))

    assert status == 1
    assert [name for name, outcome in outcomes(printed).items() if outcome == "FAILED"] == [step, "all"]
    assert f"{step}: refused the gateway: its client in HMPPS Auth needs {role}\n" in printed


@pytest.mark.parametrize("part", ["registrations", "risk/resourcing/latest"])
async def test_a_role_that_a_further_call_misses_is_named_at_its_own_step(checked, stage, part):
    stage.community_api.faults.put(Fault(status=403, path_contains=part))
    settings = stage.route("community-api", access=True)

    status, printed = await checked({**settings, "CHECK_NOMS_NUMBER": "G4273GI"})

    assert status == 1
    failed = [name for name, outcome in outcomes(printed).items() if outcome == "FAILED"]
    assert failed == ["further parts by community-api", "all"]
    assert "ROLE_COMMUNITY" in printed


URLS = {
    "COMMUNITY_API_URL": ("community-api", "Delius by community-api"),
    "PROBATION_SEARCH_URL": ("probation-search", "Delius by probation-search"),
    "CASE_RECORDS_URL": ("case-records", "Delius by case-records"),
    "PROBATION_ACCESS_URL": ("case-records", "limited access"),
    "RISK_ASSESSMENT_URL": ("probation-search", "risk of serious harm"),
}


@pytest.mark.parametrize("wrong", ["nobody listens", "a wrong path"])
@pytest.mark.parametrize(("name", "where"), URLS.items(), ids=URLS)
async def test_a_wrong_url_is_named_at_its_own_step(checked, stage, name, where, wrong):
    route, step = where
    settings = stage.route(route, access=True, risks=True)
    url = {"nobody listens": "http://127.0.0.1:9", "a wrong path": f"{settings[name]}/secure"}[wrong]

    status, printed = await checked({**settings, name: url, "CHECK_NOMS_NUMBER": "G4273GI"})

    line = next(line for line in printed.splitlines() if line[8:].startswith(step))
    assert status == 1
    assert line.startswith("FAILED")
    assert name in line


async def test_without_a_check_of_limited_access_it_is_said_what_that_means(checked, stage):
    status, printed = await checked(stage.route("community-api"))

    assert status == 0
    assert "PROBATION_ACCESS_URL is not set; a record of limited access is shown to nobody" in printed


async def test_without_assess_risks_and_needs_it_is_said_who_tells_a_risk(checked, stage):
    status, printed = await checked(stage.route("community-api"))

    assert status == 0
    assert "RISK_ASSESSMENT_URL is not set; the case records alone tell a risk of serious harm" in printed
    assert stage.risks.calls.count() == 0


@pytest.mark.parametrize(("settings", "faults", "step", "advice"), BROKEN.values(), ids=BROKEN.keys())
async def test_what_is_not_well_is_named_with_what_to_do(checked, stage, settings, faults, step, advice):
    for twin, fault in faults.items():
        getattr(stage, twin).faults.put(fault)

    status, printed = await checked(stage.environment(**settings))

    line = next(line for line in printed.splitlines() if line[8:].startswith(step))
    assert status == 1
    assert line.startswith("FAILED")
    assert advice in line
    assert settings.get("HMPPS_AUTH_CLIENT_SECRET", "no secret") not in printed


@pytest.fixture
def extract(stage, tmp_path):
    """Return the settings of a gateway on a file of this test's own, and the file."""
    file = tmp_path / "extract.xlsx"
    settings = {**stage.route("extract", access=True), "DELIUS_EXTRACT_FILE": str(file)}
    return {**settings, "CHECK_NOMS_NUMBER": "G4273GI"}, file


async def test_an_extract_that_can_be_read_is_said_with_its_rows_and_time(checked, stage, extract):
    settings, file = extract
    rows = rows_of(stage.population)
    without = sum("NOMS No" not in row for row in rows)
    write_xlsx(file, [*rows, {"CRN": "X1", "NOMS No": "G4273"}])
    os.utime(file, (1591853400, 1591853400))

    status, printed = await checked(settings)

    assert status == 0, printed
    assert "ok      extract: the file of 2020-06-11 05:30:00Z can be read; rows: " in printed
    assert f" held, 4 doubled, {without} without number, 1 malformed number" in printed
    assert "Delius by extract: answered, and has the person of CHECK_NOMS_NUMBER" in printed
    assert [word for word in ("G4273GI", "X100001", "Fenhale") if word in printed] == []


async def test_an_extract_that_is_broken_is_named_with_what_to_do(checked, extract):
    settings, file = extract
    write_xlsx(file, [], [header for header in HEADERS if header != "NOMS No"])

    status, printed = await checked(settings)

    failed = [name for name, outcome in outcomes(printed).items() if outcome == "FAILED"]
    assert (status, failed) == (1, ["extract", "Delius by extract", "all"])
    assert "the file of DELIUS_EXTRACT_FILE has not once each of the columns NOMS No\n" in printed
    assert "Delius by extract: could not be asked: put the file of DELIUS_EXTRACT_FILE right first" in printed


async def test_an_extract_without_the_person_may_be_another_s(checked, stage, extract):
    settings, file = extract
    write_xlsx(file, [row for row in rows_of(stage.population) if row.get("NOMS No") != "G4273GI"])

    status, printed = await checked(settings)

    assert status == 1
    assert "is it the right environment, and is DELIUS_EXTRACT_FILE the right file?" in printed
