"""A setting that is wrong stops the start, with its name and what to do, and never its value."""

import pytest

from gateway.settings import BadSettings, load

GOOD = {
    "HMPPS_AUTH_URL": "https://auth.example.test/auth",
    "HMPPS_AUTH_CLIENT_ID": "offender-gateway",
    "HMPPS_AUTH_CLIENT_SECRET": "a-secret-value",
    "PRISONER_SEARCH_URL": "https://search.example.test",
    "DELIUS_NDH_URL": "http://127.0.0.1:15001/api",
}


def lines_of(**changes):
    with pytest.raises(BadSettings) as caught:
        load({name: value for name, value in {**GOOD, **changes}.items() if value is not None})
    return caught.value.lines


def test_good_settings_are_read_with_their_defaults():
    settings = load(GOOD)

    assert settings.issuer == "https://auth.example.test/auth/issuer"
    assert (settings.gateway_port, settings.max_offenders, settings.request_timeout_seconds) == (
        8080,
        1000,
        10,
    )
    assert settings.caller_roles_nomis == {"ROLE_OFFENDER_GATEWAY__PRISON__RO"}


def test_a_list_of_roles_is_read_by_its_commas():
    settings = load({**GOOD, "CALLER_ROLES_NOMIS": "ROLE_A, ROLE_B ,"})

    assert settings.caller_roles_nomis == {"ROLE_A", "ROLE_B"}


@pytest.mark.parametrize(
    "name",
    [
        "HMPPS_AUTH_URL",
        "HMPPS_AUTH_CLIENT_ID",
        "HMPPS_AUTH_CLIENT_SECRET",
        "PRISONER_SEARCH_URL",
        "DELIUS_NDH_URL",
    ],
)
def test_a_missing_setting_is_named(name):
    (line,) = lines_of(**{name: None})

    assert line.startswith(f"{name}: set it")


def names(lines):
    return [line.split(":")[0] for line in lines]


@pytest.mark.parametrize(
    ("route", "way"),
    [
        ("case-records", {"CASE_RECORDS_URL": "https://cases.example.test"}),
        ("extract", {"DELIUS_EXTRACT_FILE": "/nowhere/extract.xlsx"}),
    ],
)
def test_without_flags_the_start_is_refused_until_there_is_a_check(route, way):
    settings = {"DELIUS_ROUTE": route, **way}

    assert load({**GOOD, **settings, **ACCESS})
    (line,) = lines_of(**settings)

    assert line.startswith(f"PROBATION_ACCESS_URL: set it, because DELIUS_ROUTE is {route}")


def test_all_that_is_missing_is_named_at_once():
    lines = lines_of(
        DELIUS_ROUTE="case-records",
        HMPPS_AUTH_URL=None,
        HMPPS_AUTH_CLIENT_SECRET=None,
        PRISONER_SEARCH_URL=None,
    )

    assert sorted(names(lines)) == [
        "CASE_RECORDS_URL",
        "HMPPS_AUTH_CLIENT_SECRET",
        "HMPPS_AUTH_URL",
        "PRISONER_SEARCH_URL",
        "PROBATION_ACCESS_URL",
    ]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("HMPPS_AUTH_URL", "http://auth.example.test/auth"),
        ("HMPPS_AUTH_URL", "https://someone:word@auth.example.test/auth"),
        ("PRISONER_SEARCH_URL", "search.example.test"),
        ("PRISON_API_URL", "ftp://prison.example.test"),
        ("DELIUS_NDH_URL", "http://ndh.example.test/api"),
        ("DELIUS_NDH_URL", "http://127.0.0.1:99999/api"),
        ("COMMUNITY_API_URL", "http://delius.example.test"),
        ("PROBATION_SEARCH_URL", "delius.example.test"),
        ("CASE_RECORDS_URL", "https://delius.example.test?key=1"),
        ("PROBATION_ACCESS_URL", "https://someone:word@delius.example.test"),
        ("RISK_ASSESSMENT_URL", "risks.example.test"),
        ("DELIUS_ROUTE", "carrier-pigeon"),
        ("NOMIS_ROUTE", "elite2"),
        ("CALLER_AUTH", "maybe"),
        ("CALLER_ROLES_NOMIS", ","),
        ("REQUEST_TIMEOUT_SECONDS", "-1"),
        ("DELIUS_CONCURRENCY", "0"),
        ("DELIUS_CONCURRENCY", "many"),
        ("MAX_OFFENDERS", "1e9e"),
        ("INTROSPECTION", "sometimes"),
        ("GRAPHIQL", "maybe"),
        ("GRAPHQL_GET", "yes"),
        ("LOG_LEVEL", "loud"),
        ("CHECK_NOMS_NUMBER", "G4273"),
        ("GATEWAY_PORT", "70000"),
        ("DELIUS_NDH_CLIENT_CERTIFICATE", "/nowhere/tls.crt"),
    ],
)
def test_a_wrong_value_is_named_and_not_repeated(name, value):
    lines = lines_of(**{name: value})

    assert any(line.startswith(f"{name}: ") for line in lines)
    assert not any(value in line for line in lines)


def test_direct_mutual_tls_needs_its_files():
    (line,) = lines_of(DELIUS_NDH_URL="https://ndh.example.test/api")

    assert line.startswith("DELIUS_NDH_CLIENT_CERTIFICATE: set it")


def test_callers_go_unchecked_on_loopback_alone():
    assert load({**GOOD, "CALLER_AUTH": "off"}).caller_auth is False

    (line,) = lines_of(CALLER_AUTH="off", GATEWAY_HOST="0.0.0.0")  # noqa: S104 - what must be refused

    assert line.startswith("CALLER_AUTH: off is for a loopback GATEWAY_HOST alone")


@pytest.mark.parametrize("introspection", ["on", "role"])
def test_the_page_and_introspection_go_together(introspection):
    assert load({**GOOD, "GRAPHIQL": "on", "INTROSPECTION": introspection}).graphiql is True

    (line,) = lines_of(GRAPHIQL="on", INTROSPECTION="off")

    assert line.startswith("GRAPHIQL: its page lives by introspection; set INTROSPECTION")


def test_a_secret_may_stand_in_a_file(tmp_path):
    file = tmp_path / "secret"
    file.write_text("from-a-file\n")

    settings = load({**GOOD, "HMPPS_AUTH_CLIENT_SECRET": "", "HMPPS_AUTH_CLIENT_SECRET_FILE": str(file)})

    assert settings.hmpps_auth_client_secret.get_secret_value() == "from-a-file"
    assert "from-a-file" not in repr(settings)


def test_a_value_and_a_file_for_one_setting_contradict_each_other(tmp_path):
    (line, *_) = lines_of(HMPPS_AUTH_CLIENT_SECRET_FILE=str(tmp_path / "secret"))

    assert line == "HMPPS_AUTH_CLIENT_SECRET: set it or HMPPS_AUTH_CLIENT_SECRET_FILE, not both"


def test_a_file_that_is_not_there_is_named():
    lines = lines_of(HMPPS_AUTH_CLIENT_SECRET=None, HMPPS_AUTH_CLIENT_SECRET_FILE="/nowhere/secret")

    assert "HMPPS_AUTH_CLIENT_SECRET_FILE: name a text file that can be read" in lines


ROUTES = {
    ("NOMIS_ROUTE", "prisoner-search"): "PRISONER_SEARCH_URL",
    ("NOMIS_ROUTE", "prison-api"): "PRISON_API_URL",
    ("DELIUS_ROUTE", "ndh"): "DELIUS_NDH_URL",
    ("DELIUS_ROUTE", "community-api"): "COMMUNITY_API_URL",
    ("DELIUS_ROUTE", "probation-search"): "PROBATION_SEARCH_URL",
    ("DELIUS_ROUTE", "case-records"): "CASE_RECORDS_URL",
    ("DELIUS_ROUTE", "extract"): "DELIUS_EXTRACT_FILE",
}
ACCESS = {"PROBATION_ACCESS_URL": "https://access.example.test"}


@pytest.mark.parametrize(("route", "url"), ROUTES.items(), ids=[value for _, value in ROUTES])
def test_each_route_needs_the_url_of_its_service_and_of_no_other_way(route, url):
    name, value = route
    every = {**GOOD, **dict.fromkeys(ROUTES.values(), "http://127.0.0.1:15001/api"), **ACCESS, name: value}
    others = {other for (of, _), other in ROUTES.items() if of == name} - {url}

    with pytest.raises(BadSettings) as refused:
        load({key: one for key, one in every.items() if key != url})

    assert refused.value.lines == [f"{url}: set it, because {name} is {value}"]
    assert load({key: one for key, one in every.items() if key not in others})


def test_what_is_left_of_a_way_that_is_not_taken_stops_nothing():
    left = {
        "DELIUS_NDH_URL": "https://ndh.example.test/api",
        "DELIUS_NDH_CLIENT_CERTIFICATE": "/nowhere/tls.crt",
        "DELIUS_NDH_CLIENT_KEY": "/nowhere/tls.key",
        "DELIUS_NDH_CA": "/nowhere/ca.crt",
    }
    taken = {"DELIUS_ROUTE": "community-api", "COMMUNITY_API_URL": "https://community.example.test"}

    assert load({**GOOD, **left, **taken}).delius_route == "community-api"
    assert [line.partition(":")[0] for line in lines_of(**left)] == [
        "DELIUS_NDH_CLIENT_CERTIFICATE, DELIUS_NDH_CLIENT_KEY, DELIUS_NDH_CA"
    ]
