"""The head of a request: its line and headers are bounded, whole or not."""

import pytest
from wires import all_said_to, statuses

LIMIT = 16 * 1024


@pytest.mark.parametrize(("padding", "status"), [(LIMIT - 200, 200), (LIMIT, 431)])
async def test_headers_over_the_limit_are_refused_whatever_the_path(gw, padding, status):
    health = await gw.http.get(f"{gw.url}/health", headers={"X-Padding": "x" * padding})

    assert health.status_code == status


async def test_the_refusal_is_an_error_like_any_other(gw, stage):
    response = await gw.post({"query": "{ __typename }"}, headers={"X-Padding": "x" * LIMIT})

    assert response.status_code == 431
    (error,) = response.json()["errors"]
    assert error["extensions"]["code"] == "OPERATION_TOO_COMPLEX"
    assert error["extensions"]["correlationId"] == response.headers["x-correlation-id"]
    assert str(LIMIT) in error["message"]
    assert response.headers["cache-control"] == "no-store"
    assert stage.auth.calls.count() == 0


async def test_a_url_over_the_limit_is_refused(gw):
    response = await gw.http.get(f"{gw.url}/health?{'x' * LIMIT}")

    assert response.status_code == 431


@pytest.mark.parametrize(
    "endless", [b"X-A: y\r\n" * 100, b"X: " + b"y" * 1000], ids=["headers", "one header"]
)
async def test_a_head_that_never_ends_is_cut_off(gw, endless):
    said = await all_said_to(gw.url, b"GET /health HTTP/1.1\r\nHost: gateway\r\n", *[endless] * 100)

    assert statuses(said) in ([431], [])


async def test_a_large_body_is_no_large_head_nor_is_the_request_after_it(gw):
    body = b'{"query": "{ __typename }", "extensions": {"padding": "' + b"x" * 150_000 + b'"}}'

    first = await gw.post(body)
    second = await gw.post(body)

    assert (first.status_code, second.status_code) == (200, 200)
