"""Callers' tokens: which hold, and how the keys of HMPPS Auth are kept."""

import asyncio
import base64
import hashlib
import hmac
import json
import time

import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from gateways import PRISON, PROBATION
from waiting import until

from twins import hard_cases as people
from twins.delius_users import TRUSTED_USER
from twins.faults import Fault

QUERY = {"query": '{ offender(nomsNumber: "G4273GI") { nomsNumber } }'}
CLAIMS = {"authorities": [PRISON, PROBATION], "exp": int(time.time()) + 3600}


OTHER_KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)


def signed_elsewhere(stage, **header):
    """Sign a token that claims to be of HMPPS Auth with a key that is not its own."""
    return jwt.encode({**CLAIMS, "iss": stage.auth.issuer}, OTHER_KEY, algorithm="RS256", headers=header)


def jwks_calls(stage):
    return stage.auth.calls.count("/auth/.well-known/jwks.json")


async def refused(gw, token):
    response = await gw.post(QUERY, token=token)
    assert response.status_code == 401
    assert response.headers["www-authenticate"] == "Bearer"
    (error,) = response.json()["errors"]
    assert error["extensions"]["code"] == "UNAUTHENTICATED"
    return error["message"]


async def test_a_token_of_hmpps_auth_holds(gw):
    assert (await gw.post(QUERY)).status_code == 200


@pytest.mark.parametrize("header", ["", "Bearer", "Basic YTpi", "Token abc"])
async def test_a_request_without_a_bearer_token_is_refused(gw, header):
    response = await gw.post(QUERY, token=None, headers={"Authorization": header} if header else None)

    assert response.status_code == 401
    assert response.headers["www-authenticate"] == "Bearer"


async def test_two_authorization_headers_are_refused(gw, token):
    headers = [
        ("Content-Type", "application/json"),
        ("Authorization", f"Bearer {token()}"),
        ("Authorization", f"Bearer {token()}"),
    ]

    response = await gw.http.post(f"{gw.url}/graphql", json=QUERY, headers=headers)

    assert response.status_code == 401


async def test_tokens_that_do_not_hold_are_refused(start, stage, token):
    public = stage.auth.caller_token(roles=[PRISON])  # makes sure that there is a key
    header, claims, signature = public.split(".")

    wrong = {
        "garbage": "abc",
        "three parts of garbage": "a.b.c",
        "expired": token(expires_in=-120),
        "another issuer": token(iss="https://elsewhere.example.test/auth/issuer"),
        "no issuer": token(iss=None),
        "no end": token(exp=None),
        "an end that is a text": token(exp="tomorrow"),
        "not yet": token(nbf=int(time.time()) + 600),
        "another key": signed_elsewhere(stage, kid=jwt.get_unverified_header(public)["kid"]),
        "no key's id": signed_elsewhere(stage),
        "a key of its own choice": signed_elsewhere(stage, jku=f"{stage.auth.url}/keys", kid="own"),
        "an altered signature": f"{header}.{claims}.{'A' * len(signature)}",
        "no signature": jwt.encode({**CLAIMS, "iss": stage.auth.issuer}, None, algorithm="none"),
        "as long as a head may be": "x" * 16_000,
    }

    async with start() as gw:
        for what, bad in wrong.items():
            assert await refused(gw, bad), what
    assert stage.prisoner_search.calls.count() == 0
    assert stage.auth.calls.count("/auth/keys") == 0


async def test_a_token_signed_with_the_public_key_as_a_secret_is_refused(gw, stage):
    (key,) = (await gw.http.get(f"{stage.auth.url}/.well-known/jwks.json")).json()["keys"][:1]
    pem = jwt.PyJWK(key, algorithm="RS256").key.public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )

    # By hand, because the library rightly declines to sign so.
    def part(content):
        return base64.urlsafe_b64encode(json.dumps(content).encode()).rstrip(b"=")

    body = part({"alg": "HS256", "kid": key["kid"]}) + b"." + part({**CLAIMS, "iss": stage.auth.issuer})
    signature = base64.urlsafe_b64encode(hmac.new(pem, body, hashlib.sha256).digest()).rstrip(b"=")

    await refused(gw, (body + b"." + signature).decode())


async def test_a_small_difference_of_clocks_is_forgiven(gw, token):
    assert (await gw.post(QUERY, token=token(expires_in=-5))).status_code == 200


async def test_a_token_without_roles_is_a_caller_without_rights(gw, token):
    for authorities in (None, "ROLE_X", [1, None]):
        answer = await gw.ask('{ prison(id: "LEI") { name } }', token=token(authorities=authorities))
        assert answer["errors"][0]["extensions"]["code"] == "FORBIDDEN"


async def test_the_user_is_named_by_user_name_and_never_by_sub(start, stage, token):
    query = f'{{ offender(nomsNumber: "{people.RESTRICTED}") {{ probationRecord {{ status }} }} }}'
    by_sub = token(username=TRUSTED_USER, auth_source="delius", user_name=None)
    by_name = token(username=TRUSTED_USER, auth_source="delius", sub="somebody-else")

    async with start(PROBATION_ACCESS_URL=stage.access_url) as gw:
        answers = [await gw.ask(query, token=one) for one in (by_sub, by_name)]

    statuses = [answer["data"]["offender"]["probationRecord"]["status"] for answer in answers]
    assert statuses == ["RESTRICTED", "FOUND"]
    assert [call.query for call in stage.access.calls] == [f"username={TRUSTED_USER}"]


async def test_roles_by_other_names_can_be_set(start, token):
    async with start(CALLER_ROLES_NOMIS="ROLE_A,ROLE_B") as gw:
        answer = await gw.ask('{ prison(id: "LEI") { name } }', token=token("ROLE_B"))
        other = await gw.ask('{ prison(id: "LEI") { name } }', token=token(PRISON))

    assert answer["data"]["prison"] == {"name": "Leeds (HMP)"}
    assert other["data"]["prison"] is None


async def test_callers_may_go_unchecked_on_loopback(start):
    async with start(CALLER_AUTH="off") as gw:
        response = await gw.post(QUERY, token=None)

    assert response.json() == {"data": {"offender": {"nomsNumber": "G4273GI"}}}


async def test_keys_are_kept_as_their_cache_control_says(start, stage, token):
    async with start() as gw:
        for _ in range(5):
            await gw.post(QUERY, token=token())

    assert jwks_calls(stage) == 1


async def test_a_rotated_key_is_fetched_once_and_the_old_one_holds_until_it_is_gone(start, stage, token):
    async with start() as gw:
        old = token()
        await gw.post(QUERY, token=old)
        stage.auth.rotate_key()
        new = await gw.post(QUERY, token=token())
        still = await gw.post(QUERY, token=old)

    assert (new.status_code, still.status_code) == (200, 200)
    assert jwks_calls(stage) == 2


async def test_many_first_callers_with_a_rotated_key_wait_for_the_one_fetch(start, stage, token):
    async with start() as gw:
        await gw.post(QUERY)
        stage.auth.rotate_key()
        stage.auth.faults.put(Fault(delay_seconds=0.2, path_contains="jwks"))
        new = [token(user_id=str(place)) for place in range(10)]
        responses = await asyncio.gather(*(gw.post(QUERY, token=one) for one in new))

    assert {response.status_code for response in responses} == {200}
    assert jwks_calls(stage) == 2


async def test_a_new_key_that_cannot_be_fetched_is_nobody_s_fault_and_heals(start, stage, token):
    async with start() as gw:
        await gw.post(QUERY)
        stage.auth.rotate_key()
        stage.auth.faults.put(Fault(status=503, path_contains="jwks"))
        down = await gw.post(QUERY, token=token())
        stage.auth.faults.clear()
        afterwards = []

        async def healed():
            afterwards.append((await gw.post(QUERY, token=token())).status_code)
            return afterwards[-1] == 200

        await until(healed)

    assert down.status_code == 503
    assert set(afterwards) <= {200, 503}


async def test_a_flood_of_invented_keys_reaches_hmpps_auth_once(start, stage, token):
    async with start() as gw:
        await gw.post(QUERY)
        for place in range(20):
            await refused(gw, signed_elsewhere(stage, kid=f"invented-{place}"))
        good = await gw.post(QUERY, token=token(user_id="another"))

    assert good.status_code == 200
    assert jwks_calls(stage) == 2


async def test_the_last_good_keys_serve_while_the_endpoint_is_down(start, stage, token, monkeypatch):
    monkeypatch.setattr(stage.auth, "jwks_max_age", 0)

    async with start() as gw:
        await gw.post(QUERY)
        stage.auth.faults.put(Fault(status=503, path_contains="jwks"))
        responses = [await gw.post(QUERY, token=token(user_id=str(place))) for place in range(3)]

    assert {response.status_code for response in responses} == {200}


@pytest.mark.parametrize(
    "body", ['{"keys":[]}', '{"keys":[{"kty":"oct","kid":"a","k":"AA"}]}', "[]", "<html>"]
)
async def test_a_key_set_without_a_good_key_is_refused_and_the_last_good_one_kept(
    start, stage, token, monkeypatch, body
):
    monkeypatch.setattr(stage.auth, "jwks_max_age", 0)

    async with start() as gw:
        await gw.post(QUERY)
        stage.auth.faults.put(
            Fault(status=200, body=body, content_type="application/json", path_contains="jwks")
        )
        responses = [await gw.post(QUERY, token=token(user_id=str(place))) for place in range(3)]

    assert {response.status_code for response in responses} == {200}


async def test_without_any_key_no_token_can_be_judged_and_nobody_is_called_a_stranger(start, stage):
    stage.auth.faults.put(Fault(status=503, path_contains="jwks"))

    async with start() as gw:
        response = await gw.post(QUERY)
        stage.auth.faults.clear()
        healed = await gw.post(QUERY)

    assert response.status_code == 503
    assert response.headers["retry-after"]
    assert response.json()["errors"][0]["extensions"]["code"] == "AUTH_UNAVAILABLE"
    assert healed.status_code == 200
