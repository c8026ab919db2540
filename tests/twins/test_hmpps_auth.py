"""HMPPS Auth's twin issues, rotates, revokes and refuses."""

import jwt
import pytest

from twins.hard_cases import TOBIAS_FENHALE


async def keys_of(stage, http):
    return (await http.get(f"{stage.auth.url}/.well-known/jwks.json")).json()["keys"]


async def test_a_token_verifies_with_the_published_key(stage, http):
    token = stage.auth.caller_token(roles=["ROLE_PRISON"], username="LEI_POM1")

    published = jwt.PyJWKSet.from_dict({"keys": await keys_of(stage, http)})
    key = published[jwt.get_unverified_header(token)["kid"]]
    claims = jwt.decode(token, key.key, ["RS256"], issuer=stage.auth.issuer)

    assert claims["authorities"] == ["ROLE_PRISON"]
    assert {"aud", "iat", "nbf"} & claims.keys() == set()


async def test_a_caller_without_a_user_has_no_user_name(stage):
    claims = stage.auth.verify(stage.auth.caller_token(roles=[]))

    assert "user_name" not in claims
    assert "authorities" not in claims


async def test_a_claim_may_be_put_in_or_left_out(stage):
    token = stage.auth.caller_token(roles=["ROLE_PRISON"], username="A", grant_type="password", name=None)

    claims = stage.auth.verify(token)

    assert claims["grant_type"] == "password"
    assert "name" not in claims


async def test_an_expired_token_is_refused(stage, by_numbers, json_headers):
    token = stage.auth.caller_token(roles=["ROLE_PRISONER_SEARCH"], expires_in=-1)
    json_headers["Authorization"] = f"Bearer {token}"

    answer = await by_numbers(TOBIAS_FENHALE)

    assert answer.status_code == 401


async def test_a_token_of_another_issuer_is_refused(stage):
    token = stage.auth.caller_token(roles=[], iss="https://auth.example.test/auth/issuer")

    assert stage.auth.verify(token) is None


async def test_a_tampered_token_is_refused(stage):
    token = stage.auth.caller_token(roles=[])
    head, body, signature = token.split(".")
    changed = "A" if body[20] != "A" else "B"

    assert stage.auth.verify(f"{head}.{body[:20]}{changed}{body[21:]}.{signature}") is None


async def test_revoked_client_tokens_are_401_and_new_ones_are_good(
    stage, by_numbers, json_headers, client_token
):
    stage.auth.revoke_client_tokens()
    refused = await by_numbers(TOBIAS_FENHALE)
    json_headers["Authorization"] = f"Bearer {(await client_token()).json()['access_token']}"

    renewed = await by_numbers(TOBIAS_FENHALE)

    assert (refused.status_code, renewed.status_code) == (401, 200)


async def test_a_rotation_keeps_the_old_key_for_old_tokens(stage, http):
    old = stage.auth.caller_token(roles=[])

    stage.auth.rotate_key()

    new = stage.auth.caller_token(roles=[])
    assert stage.auth.verify(old) is not None
    assert {jwt.get_unverified_header(token)["kid"] for token in (old, new)} <= {
        key["kid"] for key in await keys_of(stage, http)
    }


async def test_a_rotation_may_drop_the_old_key(stage, http):
    old = stage.auth.caller_token(roles=[])

    stage.auth.rotate_key(keep_old=False)

    assert stage.auth.verify(old) is None
    assert len(await keys_of(stage, http)) == 1


async def test_the_life_of_tokens_and_keys_is_a_setting(stage, http, client_token, monkeypatch):
    monkeypatch.setattr(stage.auth, "expires_in", 30)
    monkeypatch.setattr(stage.auth, "jwks_max_age", 0)

    token = (await client_token()).json()
    keys = await http.get(f"{stage.auth.url}/.well-known/jwks.json")

    assert token["expires_in"] == 30
    assert keys.headers["cache-control"] == "max-age=0, public"


async def test_the_roles_of_the_client_are_a_setting(stage, client_token, monkeypatch):
    monkeypatch.setattr(stage.auth, "client_roles", ())

    token = (await client_token()).json()["access_token"]

    assert "authorities" not in stage.auth.verify(token)


@pytest.mark.parametrize(
    ("query", "error"),
    [("?grant_type=password", "unsupported_grant_type"), ("", "invalid_request")],
)
async def test_another_grant_is_400(stage, http, query, error):
    credentials = (stage.auth.client_id, stage.auth.client_secret)

    answer = await http.post(f"{stage.auth.url}/oauth/token{query}", auth=credentials)

    assert answer.status_code == 400
    assert answer.json()["error"] == error


@pytest.mark.parametrize("authorization", ["", "Basic", "Basic ???", "Bearer abc"])
async def test_no_credentials_are_401(stage, http, authorization):
    answer = await http.post(
        f"{stage.auth.url}/oauth/token?grant_type=client_credentials",
        headers={"Authorization": authorization},
    )

    assert answer.status_code == 401


async def test_a_form_body_will_do(stage, http):
    answer = await http.post(
        f"{stage.auth.url}/oauth/token",
        data={"grant_type": "client_credentials"},
        auth=(stage.auth.client_id, stage.auth.client_secret),
    )

    assert answer.status_code == 200


async def test_two_starts_share_no_secret(stage):
    assert type(stage.auth)().client_secret != stage.auth.client_secret


async def test_the_ping_wants_no_token(stage, http):
    assert (await http.get(f"{stage.auth.url}/health/ping")).json() == {"status": "UP"}
