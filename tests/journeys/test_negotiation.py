"""Which media type an answer has, by `Accept`, and which status goes with it."""

import pytest
from gateways import RESPONSE_JSON

JSON = "application/json"
QUERY = {"query": '{ offender(nomsNumber: "G4273GI") { nomsNumber } }'}
INVALID = {"query": "{ unknown }"}


@pytest.mark.parametrize(
    ("accept", "answered"),
    [
        (RESPONSE_JSON, RESPONSE_JSON),
        (JSON, JSON),
        ("*/*", JSON),
        ("", JSON),
        (",", JSON),
        ("application/*", JSON),
        (f"{JSON}, {RESPONSE_JSON}", RESPONSE_JSON),
        (f"{RESPONSE_JSON}, {JSON};q=0.9", RESPONSE_JSON),
        (f"{RESPONSE_JSON};q=0.5, {JSON};q=0.9", JSON),
        (f"{RESPONSE_JSON};q=0.5, */*", JSON),
        (f"{RESPONSE_JSON};q=0.5, */*;q=0.1", RESPONSE_JSON),
        (f"{RESPONSE_JSON};q=0, */*", JSON),
        (f"{JSON};q=0, application/*;q=0.2", RESPONSE_JSON),
        (f"{RESPONSE_JSON}; charset=utf-8", RESPONSE_JSON),
        ("APPLICATION/GraphQL-Response+JSON;Q=1", RESPONSE_JSON),
        (f"text/html, {JSON};q=0.1", JSON),
        (f"{RESPONSE_JSON};q=high, {JSON};q=0.1", JSON),
    ],
)
async def test_the_media_type_liked_best_is_answered(gw, accept, answered):
    response = await gw.post(QUERY, headers={"Accept": accept})

    assert response.status_code == 200
    assert response.headers["content-type"] == f"{answered}; charset=utf-8"


async def test_several_accept_headers_count_as_one(gw):
    headers = [("Accept", "text/html"), ("Accept", RESPONSE_JSON), ("Content-Type", JSON)]
    headers.append(("Authorization", f"Bearer {gw.token}"))

    response = await gw.http.post(f"{gw.url}/graphql", json=QUERY, headers=headers)

    assert response.headers["content-type"] == f"{RESPONSE_JSON}; charset=utf-8"


@pytest.mark.parametrize("accept", ["text/html", "text/event-stream", f"{JSON};q=0", "image/*", "nonsense"])
async def test_a_caller_who_takes_neither_type_is_told_both(gw, stage, accept):
    response = await gw.post(QUERY, headers={"Accept": accept})

    assert response.status_code == 406
    assert RESPONSE_JSON in response.json()["errors"][0]["message"]
    assert stage.prisoner_search.calls.count() == 0


async def test_a_client_of_the_older_type_gets_200_for_what_is_well_formed_and_400_for_what_is_not(gw):
    older = {"Accept": JSON}

    invalid = await gw.post(INVALID, headers=older)
    malformed = await gw.post(b"{", headers=older)

    assert (invalid.status_code, malformed.status_code) == (200, 400)
    assert invalid.headers["content-type"] == f"{JSON}; charset=utf-8"


async def test_a_client_of_the_newer_type_gets_400_for_what_cannot_run(gw):
    assert (await gw.post(INVALID, headers={"Accept": RESPONSE_JSON})).status_code == 400
