"""The example environments: from one route to another two lines change, and the gateway starts with each."""

from pathlib import Path

import httpx
import pytest
from processes import answering, command, free_port, output_of

from gateway.settings import ROUTE_URLS

EXAMPLES = Path(__file__).parents[2] / "deploy" / "environments"
ROUTES = ("ndh", "community-api", "probation-search", "case-records", "extract")
QUERY = (
    '{ offender(nomsNumber: "G4273GI") '
    "{ firstName tier { code } probationRecord { status route } prisonRecord { status } } }"
)


def example(route):
    return (EXAMPLES / f"{route}.env").read_text("utf-8").splitlines()


@pytest.fixture
def here(stage, tmp_path):
    """Read an example as it stands, with the places of this stage instead of its made-up ones."""
    secret = tmp_path / "client-secret"
    secret.write_text(stage.auth.client_secret)
    places = {
        "http://127.0.0.1:15001": stage.sidecar.url,
        "https://hmpps-auth.example.test": stage.auth.base_url,
        "https://prisoner-search.example.test": stage.prisoner_search_url,
        "https://prison-api.example.test": stage.prison_api_url,
        "https://external-api-and-delius.example.test": stage.access_url,
        "https://community-api.example.test": stage.community_api_url,
        "https://probation-offender-search.example.test": stage.probation_search_url,
        "https://manage-pom-cases-and-delius.example.test": stage.case_records_url,
        "/run/secrets/hmpps-auth-client-secret": str(secret),
        "/var/lib/offender-gateway/extract.xlsx": stage.route("extract")["DELIUS_EXTRACT_FILE"],
    }

    def read(route, **changed):
        text = "\n".join(example(route))
        for there, place in places.items():
            text = text.replace(there, place)
        lines = [line for line in text.splitlines() if not line.startswith("#")]
        return {**dict(line.split("=", 1) for line in lines), **changed}

    return read


def test_there_is_an_example_for_every_route():
    assert {path.stem for path in EXAMPLES.glob("*.env")} == set(ROUTES)


@pytest.mark.parametrize("route", ROUTES)
def test_from_one_route_to_another_two_lines_change(route):
    standard, other = example("ndh"), example(route)

    assert other[:-2] == standard[:-2]
    assert other[-2] == f"DELIUS_ROUTE={route}"
    assert other[-1].partition("=")[0] == ROUTE_URLS[route].upper()


@pytest.mark.parametrize("route", ROUTES)
async def test_the_gateway_starts_with_each_example_and_answers_by_its_route(token, here, route):
    port = free_port()
    settings = here(route, GATEWAY_HOST="127.0.0.1", GATEWAY_PORT=str(port))

    async with command("serve", environment=settings) as process, httpx.AsyncClient(trust_env=False) as http:
        await answering(process, port)
        response = await http.post(
            f"http://127.0.0.1:{port}/graphql",
            json={"query": QUERY},
            headers={"Authorization": f"Bearer {token(username='NPS_USER', auth_source='delius')}"},
        )

    offender = response.json()["data"]["offender"]
    assert offender["probationRecord"] == {"status": "FOUND", "route": route.replace("-", "_").upper()}
    assert (offender["firstName"], offender["tier"]) == ("TOBIAS", {"code": "B1"})


@pytest.mark.parametrize("route", ROUTES)
async def test_check_finds_each_example_ready_to_serve(here, route):
    status, printed = await output_of("check", environment=here(route, CHECK_NOMS_NUMBER="G4273GI"))

    assert status == 0, printed
    assert f"Delius by {route}: answered, and has the person" in printed
    assert "limited access: answered" in printed
