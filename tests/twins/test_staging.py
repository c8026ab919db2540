"""The stage as a whole: it runs, it hands out settings, and it leaves nothing behind."""

import ast
import asyncio
import ssl
import sys
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest
from waiting import until

from twins.faults import Fault
from twins.hard_cases import DELIUS_SLOW, TOBIAS_FENHALE
from twins.serving import listening, serving
from twins.staging import Ports, staging

TWINS = Path(__file__).parent.parent.parent / "twins"


def test_the_twins_import_nothing_of_the_gateway():
    imported = set()
    for module in TWINS.glob("*.py"):
        for node in ast.walk(ast.parse(module.read_text("utf-8"))):
            if isinstance(node, ast.Import):
                imported |= {alias.name.split(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom):
                imported.add(node.module.split(".")[0])

    libraries = {"cryptography", "httpx", "jwt", "msgspec", "openpyxl", "starlette", "trustme", "uvicorn"}
    assert imported - set(sys.stdlib_module_names) <= libraries | {"twins"}


async def test_the_settings_lead_through_the_sidecar(http):
    async with staging() as stage:
        environment = stage.environment(REQUEST_TIMEOUT_SECONDS="3")

        answer = await http.get(f"{environment['DELIUS_NDH_URL']}/offenders/nomsNumber/{TOBIAS_FENHALE}/all")

    assert answer.json()["otherIds"]["crn"] == "X100001"
    assert environment["DELIUS_NDH_URL"] == f"{stage.sidecar.url}/api"
    assert environment["REQUEST_TIMEOUT_SECONDS"] == "3"
    assert [name for name in environment if name.startswith("DELIUS_NDH_CLIENT")] == []


async def test_the_settings_lead_by_direct_mutual_tls_without_a_sidecar(stage):
    environment = stage.environment()
    context = ssl.create_default_context(cafile=environment["DELIUS_NDH_CA"])
    context.load_cert_chain(
        environment["DELIUS_NDH_CLIENT_CERTIFICATE"], environment["DELIUS_NDH_CLIENT_KEY"]
    )

    async with httpx.AsyncClient(verify=context, trust_env=False) as client:
        answer = await client.get(
            f"{environment['DELIUS_NDH_URL']}/offenders/nomsNumber/{TOBIAS_FENHALE}/all"
        )

    assert answer.status_code == 200


def test_without_a_question_the_settings_name_what_they_named_before(stage):
    assert set(stage.environment()) == {
        "HMPPS_AUTH_URL",
        "HMPPS_AUTH_CLIENT_ID",
        "HMPPS_AUTH_CLIENT_SECRET",
        "NOMIS_ROUTE",
        "PRISONER_SEARCH_URL",
        "PRISON_API_URL",
        "DELIUS_ROUTE",
        "DELIUS_NDH_URL",
        "DELIUS_NDH_CLIENT_CERTIFICATE",
        "DELIUS_NDH_CLIENT_KEY",
        "DELIUS_NDH_CA",
    }


@pytest.mark.parametrize(
    ("route", "name", "address"),
    [
        ("community-api", "COMMUNITY_API_URL", "community_api_url"),
        ("probation-search", "PROBATION_SEARCH_URL", "probation_search_url"),
        ("case-records", "CASE_RECORDS_URL", "case_records_url"),
    ],
)
def test_a_route_has_its_own_address_and_no_other_way_to_delius(stage, route, name, address):
    settings = stage.route(delius=route, nomis="prison-api")

    assert (settings["DELIUS_ROUTE"], settings["NOMIS_ROUTE"]) == (route, "prison-api")
    assert settings[name] == getattr(stage, address)
    assert set(settings) - {name} < set(stage.environment())
    assert [other for other in settings if other.startswith("DELIUS_NDH")] == []


@pytest.mark.parametrize("route", ["ndh", "community-api", "probation-search", "case-records", "extract"])
def test_the_access_check_goes_with_every_route_where_asked_for(stage, route):
    without = stage.route(delius=route)

    assert stage.route(delius=route, access=True) == {**without, "PROBATION_ACCESS_URL": stage.access_url}


@pytest.mark.parametrize("route", ["ndh", "community-api", "probation-search", "case-records"])
def test_assess_risks_and_needs_goes_with_every_route_where_asked_for(stage, route):
    without = stage.route(delius=route)

    assert stage.route(delius=route, risks=True) == {**without, "RISK_ASSESSMENT_URL": stage.risks_url}


def test_a_route_that_is_not_on_the_stage_is_an_error(stage):
    with pytest.raises(ValueError, match="no Delius route 'by-hand'"):
        stage.route(delius="by-hand")


TWINS_ON_STAGE = (
    "auth",
    "prisoner_search",
    "prison_api",
    "delius",
    "community_api",
    "probation_search",
    "case_records",
    "access",
    "risks",
)


@pytest.mark.parametrize("name", TWINS_ON_STAGE)
async def test_healing_takes_faults_away_and_forgets_calls(stage, http, name):
    twin = getattr(stage, name)
    address = stage.auth.url if name == "auth" else getattr(stage, f"{name}_url")
    twin.faults.put(Fault(status=418))
    before = (await http.get(f"{address}/anything")).status_code

    stage.heal()

    assert len(twin.calls) == 0
    assert (before, (await http.get(f"{address}/anything")).status_code) == (418, 404)


async def test_every_address_is_on_loopback(stage):
    environment = {**stage.environment(), **stage.route("probation-search", access=True)}

    hosts = {urlsplit(value).hostname for name, value in environment.items() if name.endswith("_URL")}
    assert hosts <= {"127.0.0.1", "localhost"}


async def test_the_ports_are_those_that_were_asked_for():
    with listening() as first, listening() as second, listening() as third:
        auth, ndh = first.getsockname()[1], second.getsockname()[1]
        access = third.getsockname()[1]

    async with staging(ports=Ports(auth=auth, ndh=ndh, access=access), sidecar=False) as stage:
        assert stage.auth.url == f"http://127.0.0.1:{auth}/auth"
        assert stage.access_url == f"http://127.0.0.1:{access}"
        assert stage.ndh.port == ndh


async def test_an_ended_stage_leaves_no_port_file_or_slow_answer(http):
    async with staging(sidecar=False) as stage:
        folder = stage.certificates.folder
        slow = asyncio.create_task(http.get(f"{stage.delius_url}/api/offenders/nomsNumber/{DELIUS_SLOW}/all"))
        await until(lambda: stage.delius.calls.in_flight == 1)

    with pytest.raises(httpx.HTTPError):
        (await slow).raise_for_status()
    with pytest.raises(httpx.ConnectError):
        await http.get(stage.delius_url)
    assert not folder.exists()
    assert stage.delius.calls.in_flight == 0


async def test_a_port_that_is_taken_is_an_error():
    with listening() as taken, pytest.raises(OSError, match="in use"):
        async with serving(None, port=taken.getsockname()[1]):
            pass
