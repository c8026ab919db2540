"""GraphiQL in a real browser: what a developer sees, whom the page asks, and what it keeps."""

import json
import shutil
import signal
from pathlib import Path

import pytest
from gateways import PRISON, PROBATION, gateway
from node_programs import document_of
from processes import answering, command, free_port

SCREENSHOT = Path(__file__).parents[2] / "docs" / "graphiql.png"


@pytest.fixture(scope="module")
def chromium(built_page):  # noqa: ARG001 - what the browser opens has to be there first
    """Return the browser's path; without one, skip and say what to install."""
    browser = shutil.which("chromium")
    if browser is None:
        pytest.skip("Missing: Chromium. On Debian: apt-get install chromium")
    return browser


@pytest.fixture(scope="module")
async def walk(_stage, chromium):
    """Walk through the page once, with a developer's own token, and return what there was to see."""
    token = _stage.auth.caller_token(roles=[PRISON, PROBATION])
    async with gateway(_stage.environment(GRAPHIQL="on", INTROSPECTION="on"), token) as gw:
        return await document_of("graphiql.mjs", gw, CHROMIUM=chromium) | {"token": token}


@pytest.fixture(scope="module")
async def newcomer(chromium, request):
    """Open the page of the real demo, as a process, and click once."""
    port = free_port()
    more = {"SCREENSHOT": str(SCREENSHOT)} if request.config.getoption("write_docs") else {}
    async with command("demo", "--port", str(port), environment={}) as process:
        await answering(process, port)
        seen = await document_of(
            "graphiql-demo.mjs", None, GATEWAY_URL=f"http://127.0.0.1:{port}", CHROMIUM=chromium, **more
        )
        process.send_signal(signal.SIGTERM)
        await process.communicate()
    return seen


@pytest.mark.parametrize("visit", ["walk", "newcomer"])
def test_no_request_leaves_the_origin_and_neither_console_nor_policy_complains(visit, request):
    seen = request.getfixturevalue(visit)

    assert (seen["outside"], seen["complaints"], seen["violations"]) == ([], [], [])


def test_the_page_sends_nothing_until_it_has_a_token_and_then_introspects(walk):
    assert walk["askedWithoutToken"] == []
    assert walk["asked"][0] == "IntrospectionQuery"


def test_the_bare_path_leads_to_the_one_that_ends_in_a_slash(walk):
    assert walk["address"].endswith("/graphiql/")


def test_the_examples_stand_in_the_first_tab_and_name_nobody_outside_the_demo(walk):
    assert "query OnePerson" in walk["firstTab"]
    assert '"A1234BC"' in walk["firstTab"]
    assert "G4273GI" not in walk["firstTab"]


def test_the_documentation_shows_the_service_s_words(walk):
    assert "caseHandler: CaseHandler" in walk["documentation"]
    assert "NOMIS half" in walk["documentation"]


def test_a_mistake_is_underlined_and_explained(walk):
    assert 'Cannot query field "shoeSize" on type "Offender"' in walk["mistake"]


def test_a_field_s_name_is_completed_with_its_description_beside_it(walk):
    assert walk["completion"].startswith("Tier")
    assert "Delius" in walk["completion"]


def test_a_query_that_was_typed_is_answered_with_tier_and_case_handler(walk):
    assert '"code": "B1"' in walk["answer"]
    assert '"organisation": "NPS"' in walk["answer"]


def test_prettify_lays_the_query_out(walk):
    assert "    tier {\n      code\n    }\n" in walk["prettified"]


def test_the_history_lists_what_was_asked(walk):
    assert "OnePerson" in walk["history"]


def test_a_field_can_be_clicked_together_in_the_explorer(walk):
    assert '"lastName": "FENHALE"' in walk["clickedTogether"]


def test_the_browser_keeps_no_token_no_answer_and_nothing_beyond_the_tab(walk):
    local, session, cookies = json.loads(walk["stored"])

    assert (local, cookies) == ({}, "")
    assert "caseHandler" in json.dumps(session)
    for secret in (walk["token"], "eyJ", "TOBIAS", "FENHALE", "Trevethick"):
        assert secret not in walk["stored"]


def test_a_newcomer_s_first_click_in_the_demo_is_answered(newcomer):
    assert newcomer["tokens"][0] == "prison and probation roles"
    assert '"code": "B1"' in newcomer["firstClick"]
    assert '"organisation": "NPS"' in newcomer["firstClick"]


def test_the_operation_at_the_cursor_is_run_by_the_token_that_is_chosen(newcomer):
    asked = [name for name in newcomer["asked"] if name != "IntrospectionQuery"]

    assert asked == ["OnePerson", "SomebodyUnknownToDelius", "Mine", "Yours", "OnePerson"]
    assert '"lastName": "FENHALE"' in newcomer["prisonRoleAlone"]
    assert '"tier": null' in newcomer["prisonRoleAlone"]


def test_the_page_weighs_less_than_two_megabytes(newcomer):
    assert 500_000 < newcomer["bytes"] < 2_000_000
