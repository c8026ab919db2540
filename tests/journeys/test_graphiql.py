"""`/graphiql/` over HTTP: where it is, under which policy, and what it says where it is not built."""

import re
import shutil
import signal
from pathlib import Path

import httpx
import pytest
from gateways import gateway, listening
from processes import answering, command, free_port, printed_until

from gateway.app import build
from gateway.edge.explorer import BUILT, DemoToken
from gateway.settings import load

ROOT = Path(__file__).parents[2]
EXAMPLES = (ROOT / "graphiql" / "src" / "examples.graphql").read_text("utf-8")
OPERATIONS = re.findall(r"^query (\w+)", EXAMPLES, re.MULTILINE)
ON = {"GRAPHIQL": "on", "INTROSPECTION": "on"}


async def test_there_is_no_page_unless_it_is_turned_on(gw):
    answers = [await gw.http.get(f"{gw.url}{path}") for path in ("/graphiql", "/graphiql/")]

    assert [answer.status_code for answer in answers] == [404, 404]


async def test_the_bare_path_leads_to_the_page_whoever_stands_before_the_gateway(start):
    async with start(**ON) as gw:
        answer = await gw.http.get(f"{gw.url}/graphiql", headers={"Host": "elsewhere.test"})

    assert (answer.status_code, answer.headers["location"]) == (307, "graphiql/")


@pytest.mark.usefixtures("built_page")
async def test_scripts_are_the_page_s_own_and_styles_have_a_nonce_of_this_answer_alone(start):
    async with start(**ON) as gw:
        first, second = [await gw.http.get(f"{gw.url}/graphiql/") for _ in range(2)]

    policy = first.headers["content-security-policy"]
    (nonce,) = re.findall(r"'nonce-([\w-]{20,})'", policy)
    assert sorted(policy.split("; ")) == [
        "base-uri 'none'",
        "connect-src 'self'",
        "default-src 'none'",
        "font-src 'self'",
        "form-action 'none'",
        "frame-ancestors 'none'",
        "img-src 'self' data:",
        "script-src 'self'",
        f"style-src 'self' 'nonce-{nonce}'",
        "style-src-attr 'unsafe-inline'",
        "worker-src 'self'",
    ]
    assert first.headers["referrer-policy"] == "no-referrer"
    assert f'nonce="{nonce}"' in first.text
    assert nonce not in second.text
    assert re.search(r"%[A-Z_]+%", first.text) is None
    assert re.search(r"<script(?![^>]* src=)", first.text) is None
    assert first.headers["cache-control"] == "no-store"


@pytest.mark.usefixtures("built_page")
@pytest.mark.parametrize(
    ("accepted", "encoding"),
    [("br, gzip", "br"), ("gzip, deflate", "gzip"), ("br;q=0, gzip", "gzip"), ("identity", None), ("", None)],
)
async def test_files_are_answered_as_they_were_compressed_when_the_page_was_built(start, accepted, encoding):
    (script,) = BUILT.glob("assets/monaco-editor-*.js")

    async with start(**ON) as gw:
        answer = await gw.http.get(
            f"{gw.url}/graphiql/assets/{script.name}", headers={"Accept-Encoding": accepted}
        )
    stored = script.with_name(script.name + {"br": ".br", "gzip": ".gz", None: ""}[encoding])

    assert answer.headers.get("content-encoding") == encoding
    assert int(answer.headers["content-length"]) == stored.stat().st_size
    assert "javascript" in answer.headers["content-type"]
    assert answer.headers["vary"] == "Accept-Encoding"
    assert "immutable" in answer.headers["cache-control"]
    assert "default-src 'none'" in answer.headers["content-security-policy"]


@pytest.mark.usefixtures("built_page")
@pytest.mark.parametrize("path", ["../app.py", "%2e%2e/%2e%2e/app.py", "missing.js", "", "index.html"])
async def test_nothing_but_the_page_s_files_is_there(start, path):
    async with start(**ON) as gw:
        answer = await gw.http.get(f"{gw.url}/graphiql/assets/{path}")

    assert answer.status_code == 404


async def test_a_page_that_is_built_anew_meanwhile_is_no_fault(stage, without_the_page):
    assets = without_the_page / "gateway" / "static" / "graphiql" / "assets"
    assets.mkdir(parents=True)
    (assets.parent / "index.html").write_text("<!doctype html>")
    (assets / "page.js").write_text("1")
    port = free_port()

    async with (
        command(
            "serve", environment=stage.environment(GATEWAY_PORT=str(port), **ON), folder=without_the_page
        ) as process,
        httpx.AsyncClient(trust_env=False, base_url=f"http://127.0.0.1:{port}") as http,
    ):
        await answering(process, port)
        there = await http.get("/graphiql/assets/page.js")
        (assets / "page.js").unlink()
        gone = await http.get("/graphiql/assets/page.js")

    assert (there.status_code, gone.status_code) == (200, 404)


@pytest.mark.usefixtures("built_page")
async def test_the_demo_s_tokens_have_an_address_in_the_demo_alone(stage):
    environment = stage.environment(**ON)
    offered = [DemoToken("all", "a.b.c")]

    async with (
        listening(build(load(environment), demo_tokens=offered)) as demo,
        httpx.AsyncClient(trust_env=False) as http,
        gateway(environment) as serving,
    ):
        page, tokens = [await http.get(f"{demo}/graphiql/{path}") for path in ("", "demo-tokens.json")]
        page_of_serve, none = [
            await http.get(f"{serving.url}/graphiql/{path}") for path in ("", "demo-tokens.json")
        ]

    assert 'name="demo-tokens" content="demo-tokens.json"' in page.text
    assert tokens.json() == [{"name": "all", "token": "a.b.c"}]
    assert 'name="demo-tokens" content=""' in page_of_serve.text
    assert none.status_code == 404


@pytest.fixture
def without_the_page(tmp_path):
    """Copy the product without the page, as it is on a machine without Node."""
    for folder in ("gateway", "execution", "schema", "resolvers", "upstreams", "twins", "deploy"):
        shutil.copytree(
            ROOT / folder, tmp_path / folder, ignore=shutil.ignore_patterns("static", "__pycache__")
        )
    return tmp_path


async def test_without_the_page_the_demo_runs_on_and_says_how_to_build_it(without_the_page):
    port = str(free_port())

    async with command("demo", "--port", port, environment={}, folder=without_the_page) as process:
        printed = await printed_until(process, '{"data":')
        process.send_signal(signal.SIGTERM)
        await process.communicate()

    assert "GraphiQL         is not built. Install Node 20.19 or later with npm, run make graphiql" in printed
    assert process.returncode == 0


async def test_serve_itself_has_no_address_of_tokens_and_says_so_where_the_page_is_not_built(
    stage, without_the_page
):
    port = free_port()
    environment = stage.environment(GATEWAY_PORT=str(port), **ON)

    async with (
        command("serve", environment=environment, folder=without_the_page) as process,
        httpx.AsyncClient(trust_env=False, base_url=f"http://127.0.0.1:{port}") as http,
    ):
        await answering(process, port)
        page, tokens = [await http.get(f"/graphiql/{path}") for path in ("", "demo-tokens.json")]

    assert (page.status_code, tokens.status_code) == (404, 404)
    assert "make graphiql" in page.text
    assert "<script" not in page.text


@pytest.mark.parametrize("operation", OPERATIONS)
async def test_every_example_of_the_first_tab_is_answered_by_the_demo_s_people(gw, operation):
    response = await gw.post({"query": EXAMPLES, "operationName": operation})

    assert response.status_code == 200
    assert "errors" not in response.json()


@pytest.mark.usefixtures("built_page")
async def test_where_callers_need_no_token_the_page_asks_for_none(start):
    async with start(**ON) as gw, start(**ON, CALLER_AUTH="off") as open_to_all:
        page = await gw.http.get(f"{gw.url}/graphiql/")
        open_page = await open_to_all.http.get(f"{open_to_all.url}/graphiql/")

    assert 'name="caller-auth" content="on"' in page.text
    assert 'name="caller-auth" content="off"' in open_page.text


async def test_the_list_s_example_has_somebody_unknown_and_the_prison_s_has_tiers(gw):
    people = (await gw.post({"query": EXAMPLES, "operationName": "AListOfPeople"})).json()["data"]
    prison = (await gw.post({"query": EXAMPLES, "operationName": "APrisonWithTiers"})).json()["data"]

    assert None in people["offenders"]
    assert any(person["tier"] for person in prison["prison"]["population"]["nodes"])


async def test_the_examples_show_what_they_say(gw):
    async def status(operation):
        answer = (await gw.post({"query": EXAMPLES, "operationName": operation})).json()
        return answer["data"]["offender"]["probationRecord"]["status"]

    assert await status("OnePerson") == "FOUND"
    assert await status("SomebodyRestricted") == "RESTRICTED"
    assert await status("SomebodyWithSeveralRecords") == "AMBIGUOUS"
    assert await status("SomebodyUnknownToDelius") == "NOT_FOUND"
