"""GraphQL over HTTP, by the audit of graphql-http: 61 checks of what a server must, should and may do."""

import pytest
from node_programs import document_of

pytestmark = pytest.mark.usefixtures("node_packages")

BY_GET = {
    "5A70": "MAY accept application/x-www-form-urlencoded formatted GET requests",
    "D6D5": "MAY allow URL-encoded JSON string {variables} parameter in GETs when accepting "
    "application/graphql-response+json",
    "6A70": "MAY allow URL-encoded JSON string {variables} parameter in GETs when accepting application/json",
}


async def test_every_check_of_graphql_over_http_passes(start):
    async with start(INTROSPECTION="on", GRAPHQL_GET="on") as gw:
        checks = await document_of("audit.mjs", gw)

    assert [check for check in checks if check["status"] != "ok"] == []
    assert len({check["id"] for check in checks}) == 61


async def test_without_get_only_what_a_server_may_do_by_get_is_missing(start):
    async with start(INTROSPECTION="on") as gw:
        checks = await document_of("audit.mjs", gw)

    missing = [check for check in checks if check["status"] != "ok"]
    assert {check["id"]: check["name"] for check in missing} == BY_GET
    assert {check["status"] for check in missing} == {"notice"}
    assert len({check["id"] for check in checks}) == 61
