"""A stage without a sidecar for the whole session, healed before each test, and the ways to call it."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
import pytest_asyncio

from twins.staging import staging

CONTRACTS = Path(__file__).parent.parent / "contracts"


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def running_stage():
    async with staging(sidecar=False) as stage:
        yield stage


@pytest.fixture
def stage(running_stage):
    running_stage.heal()
    return running_stage


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def http():
    async with httpx.AsyncClient(trust_env=False, timeout=10) as client:
        yield client


@pytest.fixture
def client_token(stage, http):
    async def ask(**parameters: str) -> httpx.Response:
        return await http.post(
            f"{stage.auth.url}/oauth/token",
            params={"grant_type": "client_credentials", **parameters},
            auth=(stage.auth.client_id, stage.auth.client_secret),
        )

    return ask


@pytest_asyncio.fixture(loop_scope="session")
async def json_headers(client_token):
    token = (await client_token()).json()["access_token"]
    return {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}


@pytest.fixture
def by_numbers(stage, http, json_headers):
    async def ask(*numbers: str, **parameters: str) -> httpx.Response:
        return await http.post(
            f"{stage.prisoner_search_url}/prisoner-search/prisoner-numbers",
            json={"prisonerNumbers": numbers},
            params=parameters,
            headers=json_headers,
        )

    return ask


@pytest.fixture
def prison_page(stage, http, json_headers):
    async def ask(prison_id: str, **parameters: str) -> dict[str, Any]:
        answer = await http.get(
            f"{stage.prisoner_search_url}/prisoner-search/prison/{prison_id}",
            params=parameters,
            headers=json_headers,
        )
        return answer.raise_for_status().json()

    return ask


@pytest.fixture
def from_delius(stage, http):
    async def ask(number: str) -> httpx.Response:
        return await http.get(f"{stage.delius_url}/api/offenders/nomsNumber/{number}/all")

    return ask


@pytest.fixture
def community_api(stage, http, json_headers):
    async def ask(path: str, **parameters: str) -> httpx.Response:
        return await http.get(
            f"{stage.community_api_url}/secure/offenders/{path}", params=parameters, headers=json_headers
        )

    return ask


@pytest.fixture
def case_records(stage, http, json_headers):
    async def ask(path: str) -> httpx.Response:
        return await http.get(f"{stage.case_records_url}/case-records/{path}", headers=json_headers)

    return ask


@pytest.fixture
def search_delius(stage, http, json_headers):
    async def ask(*numbers: str) -> httpx.Response:
        return await http.post(
            f"{stage.probation_search_url}/nomsNumbers", json=numbers, headers=json_headers
        )

    return ask


@pytest.fixture
def search_by_crn(stage, http, json_headers):
    async def ask(*crns: str) -> httpx.Response:
        return await http.post(f"{stage.probation_search_url}/crns", json=crns, headers=json_headers)

    return ask


@pytest.fixture
def check_access(stage, http, json_headers):
    async def ask(*crns: str, method: str = "POST", **parameters: str) -> httpx.Response:
        return await http.request(
            method,
            f"{stage.access_url}/probation-cases/access",
            json={"crns": crns},
            params=parameters,
            headers=json_headers,
        )

    return ask


@pytest.fixture
def assess_risks(stage, http, json_headers):
    async def ask(crn: str, weeks: str = "156") -> httpx.Response:
        return await http.get(f"{stage.risks_url}/risks/crn/{crn}/{weeks}", headers=json_headers)

    return ask


@pytest.fixture
def crn_of(stage):
    def look_up(number: str) -> str:
        return stage.population.get(number).delius[0].crn

    return look_up


@pytest.fixture
def sample() -> Callable[[str], Any]:
    def read(name: str) -> Any:
        return json.loads((CONTRACTS / f"{name}.json").read_text("utf-8"))

    return read


@pytest.fixture
def written() -> Callable[[Any], str]:
    """Text to compare by, in which true is not 1 and the order of keys does not matter."""

    def write(value: Any) -> str:
        return json.dumps(value, sort_keys=True, indent=1)

    return write
