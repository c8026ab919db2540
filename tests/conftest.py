"""One stage of constructed upstreams for the whole run, healed before each test, and a gateway on it."""

import pytest
from gateways import PRISON, PROBATION, gateway
from node_programs import CLIENTS, NODE_MISSING, set_up

from twins.staging import staging


def pytest_addoption(parser):
    parser.addoption("--write-docs", action="store_true", help="write what the docs have from a run anew")
    parser.addoption("--cases", type=int, default=4500, help="cases in which both executions are compared")
    parser.addoption("--as-found", action="store_true", help="show the first such case, not the smallest")
    parser.addoption("--occurrences", action="store_true", help="print how often each thing occurred in them")


@pytest.fixture(scope="session")
async def _stage():
    async with staging(connection_seconds=2) as stage:
        yield stage


@pytest.fixture(scope="session")
async def _gateway(_stage):
    async with gateway(_stage.environment()) as running:
        yield running


@pytest.fixture
def stage(_stage):
    _stage.heal()
    yield _stage
    _stage.heal()


@pytest.fixture
def token(stage):
    """Make a caller's token with roles; both of ours where none are named."""

    def make(*roles, **claims):
        return stage.auth.caller_token(roles=roles or (PRISON, PROBATION), **claims)

    return make


@pytest.fixture
def delius_user(token):
    """Make the token of a user whom Delius knows, with both roles."""

    def make(name):
        return token(username=name, auth_source="delius")

    return make


@pytest.fixture
def gw(_gateway, token):
    """Answer as the usual caller, with both roles."""
    _gateway.token = token()
    return _gateway


@pytest.fixture
def start(stage, token):
    """Run another gateway on the stage, with other settings: `async with start(MAX_OFFENDERS="3") as gw`."""

    def run(**settings):
        environment = {name: value for name, value in stage.environment(**settings).items() if value}
        return gateway(environment, token())

    return run


@pytest.fixture(scope="session")
async def node_packages():
    """Return the folder of the clients' npm packages; without Node, skip and say what to install."""
    ended = await set_up("node_packages", CLIENTS)
    if ended.status == NODE_MISSING:
        pytest.skip(ended.said)
    assert ended.status == 0, ended.said
    return CLIENTS / "node_modules"


@pytest.fixture(scope="session")
async def built_page(node_packages):  # noqa: ARG001 - without Node there is none
    """Build the GraphiQL page, if a source of it is newer."""
    ended = await set_up("graphiql")
    assert ended.status == 0, ended.said
