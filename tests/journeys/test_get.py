"""`GET /graphql`: off unless it is turned on, because it puts people's numbers into URLs."""

import json

import pytest
from gateways import RESPONSE_JSON

QUERY = "query One($n: NomsNumber!) { offender(nomsNumber: $n) { lastName } }"


async def get(gw, *parameters, method="GET"):
    headers = {"Authorization": f"Bearer {gw.token}", "Accept": RESPONSE_JSON}
    return await gw.http.request(method, f"{gw.url}/graphql", params=list(parameters), headers=headers)


@pytest.fixture
def variables():
    return ("variables", json.dumps({"n": "G4273GI"}))


async def test_get_is_off_and_the_allowed_method_is_named(gw, variables):
    response = await get(gw, ("query", QUERY), variables)

    assert response.status_code == 405
    assert response.headers["allow"] == "POST"
    assert "POST" in response.json()["errors"][0]["message"]


async def test_get_asks_where_it_is_on(start, variables):
    async with start(GRAPHQL_GET="on") as gw:
        response = await get(gw, ("query", QUERY), variables, ("operationName", "One"))
        head = await get(gw, ("query", QUERY), variables, method="HEAD")

        unnamed = await get(gw, ("query", QUERY), variables, ("operationName", ""))

    assert response.json() == unnamed.json() == {"data": {"offender": {"lastName": "FENHALE"}}}
    assert (head.status_code, head.content) == (200, b"")


async def test_other_methods_are_told_which_there_are(start):
    async with start(GRAPHQL_GET="on") as gw:
        responses = [await get(gw, method=method) for method in ("DELETE", "OPTIONS", "PATCH", "PUT")]

    assert {response.status_code for response in responses} == {405}
    assert {response.headers["allow"] for response in responses} == {"GET, HEAD, POST"}


@pytest.mark.parametrize(
    ("parameters", "code"),
    [
        ([], "BAD_USER_INPUT"),
        ([("query", "{"), ("query", "{")], "BAD_USER_INPUT"),
        ([("query", QUERY), ("variables", "[]")], "BAD_USER_INPUT"),
        ([("query", QUERY), ("variables", '{"n": ')], "BAD_USER_INPUT"),
        ([("query", QUERY), ("variables", '{"n": 1, "n": 2}')], "BAD_USER_INPUT"),
        ([("query", QUERY), ("variables", '{},"query":"x"')], "BAD_USER_INPUT"),
        ([("query", QUERY), ("variables", "[" * 5000)], "BAD_USER_INPUT"),
        ([("query", "{ __typename }"), ("extensions", "1")], "BAD_USER_INPUT"),
        ([("query", QUERY), ("variables", b'{"n": "\xff"}')], "BAD_USER_INPUT"),
        ([("documentId", "sha256:abc")], "PERSISTED_DOCUMENT_NOT_FOUND"),
        ([("query", "mutation { a }")], "GRAPHQL_VALIDATION_FAILED"),
    ],
)
async def test_what_is_malformed_in_a_url_is_said(start, parameters, code):
    async with start(GRAPHQL_GET="on") as gw:
        response = await get(gw, *parameters)

    assert response.status_code == 400
    assert response.json()["errors"][0]["extensions"]["code"] == code


async def test_a_get_without_a_token_is_unauthenticated(start):
    async with start(GRAPHQL_GET="on") as gw:
        response = await gw.http.get(f"{gw.url}/graphql", params={"query": "{ __typename }"})

    assert response.status_code == 401
    assert response.headers["www-authenticate"] == "Bearer"
