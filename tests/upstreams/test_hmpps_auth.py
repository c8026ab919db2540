"""The life of the gateway's own token and the signing keys, against HMPPS Auth's twin, with a test clock."""

import asyncio

import jwt
import pytest
import structlog
from gateways import PRISON
from waiting import until

from twins.faults import Fault
from upstreams.connections import Connections
from upstreams.errors import AuthRefused, AuthUnavailable
from upstreams.hmpps_auth import UNKNOWN_KEY_PAUSE_SECONDS, ClientTokens, SigningKeys
from upstreams.records import User


class Clock:
    """A clock that the test moves."""

    def __init__(self):
        self.now = 1000.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
async def http(stage):
    async with Connections(stage.auth.url, limit=10) as client:
        yield client


@pytest.fixture
async def token(stage, http, clock):
    made = ClientTokens(
        http, client_id=stage.auth.client_id, client_secret=stage.auth.client_secret, clock=clock
    )
    yield made
    await made.close()


@pytest.fixture
async def keys(http, clock):
    made = SigningKeys(http, clock=clock)
    yield made
    await made.close()


def token_calls(stage):
    return stage.auth.calls.count("/auth/oauth/token")


async def test_a_token_is_kept_for_most_of_its_life(token, clock, stage):
    first = await token.bearer()
    clock.now += 0.79 * stage.auth.expires_in

    assert await token.bearer() == first
    assert token_calls(stage) == 1


async def test_a_token_is_renewed_ahead_of_its_end_without_anybody_waiting(token, clock, stage):
    first = await token.bearer()
    clock.now += 0.81 * stage.auth.expires_in
    stage.auth.faults.put(Fault(delay_seconds=0.1))

    meanwhile = [await token.bearer() for _ in range(5)]
    await until(lambda: token_calls(stage) == 2 and stage.auth.calls.in_flight == 0)

    async def renewed():
        return await token.bearer() != first

    await until(renewed)

    assert set(meanwhile) == {first}
    assert token_calls(stage) == 2


async def test_a_token_serves_to_its_end_while_hmpps_auth_is_down_and_no_longer(token, clock, stage):
    first = await token.bearer()
    stage.auth.faults.put(Fault(status=503))

    clock.now += 0.95 * stage.auth.expires_in
    assert await token.bearer() == first
    await until(lambda: token_calls(stage) == 2 and stage.auth.calls.in_flight == 0)

    clock.now += 0.06 * stage.auth.expires_in
    with pytest.raises(AuthUnavailable):
        await token.bearer()


async def test_a_first_token_that_fails_is_asked_for_again(token, stage):
    stage.auth.faults.put(Fault(status=503, times=1))

    with pytest.raises(AuthUnavailable):
        await token.bearer()

    assert await token.bearer()


async def test_wrong_credentials_are_told_from_an_outage(http, stage, clock):
    wrong = ClientTokens(http, client_id=stage.auth.client_id, client_secret="another", clock=clock)

    with pytest.raises(AuthRefused):
        await wrong.bearer()


@pytest.mark.parametrize("expires_in", ["null", "0", "-5", '"soon"', "true"])
async def test_a_token_that_does_not_say_how_long_it_lives_is_kept_a_minute(token, clock, stage, expires_in):
    body = f'{{"access_token": "constructed", "expires_in": {expires_in}}}'
    stage.auth.faults.put(Fault(status=200, body=body, content_type="application/json"))

    await token.bearer()
    clock.now += 40
    await token.bearer()
    in_a_minute = token_calls(stage)
    clock.now += 21
    await token.bearer()

    assert (in_a_minute, token_calls(stage)) == (1, 2)


async def test_one_who_waits_and_leaves_does_not_take_the_token_from_the_others(token, stage):
    stage.auth.faults.put(Fault(delay_seconds=0.1))
    leaving, staying = asyncio.create_task(token.bearer()), asyncio.create_task(token.bearer())
    await until(lambda: token_calls(stage) == 1)

    leaving.cancel()

    assert await staying
    assert token_calls(stage) == 1


async def test_a_token_that_has_been_replaced_is_not_discarded_again(token, stage):
    first = await token.bearer()
    token.discard(first)
    second = await token.bearer()

    token.discard(first)

    assert await token.bearer() == second
    assert token_calls(stage) == 2


def kid_of(stage):
    return jwt.get_unverified_header(stage.auth.caller_token(roles=[PRISON]))["kid"]


def key_calls(stage):
    return stage.auth.calls.count("/auth/.well-known/jwks.json")


async def test_keys_are_fetched_again_when_their_time_is_up_and_serve_meanwhile(keys, clock, stage):
    kid = kid_of(stage)
    await keys.key(kid)
    clock.now += stage.auth.jwks_max_age - 1
    await keys.key(kid)
    before = key_calls(stage)

    clock.now += 2
    assert await keys.key(kid) is not None
    await until(lambda: key_calls(stage) == before + 1)

    assert before == 1


async def test_an_unknown_key_is_looked_for_once_in_half_a_minute(keys, clock, stage):
    await keys.key(kid_of(stage))
    for _ in range(5):
        assert await keys.key("unknown") is None
    in_the_pause = key_calls(stage)
    clock.now += UNKNOWN_KEY_PAUSE_SECONDS + 1
    await keys.key("unknown")

    assert (in_the_pause, key_calls(stage)) == (2, 3)


async def test_a_dead_endpoint_is_not_asked_at_every_request(keys, clock, stage):
    kid = kid_of(stage)
    await keys.key(kid)
    stage.auth.faults.put(Fault(status=503))
    clock.now += stage.auth.jwks_max_age + 1

    assert await keys.key(kid) is not None
    with structlog.testing.capture_logs() as logged:
        await until(lambda: logged)
    for _ in range(10):
        assert await keys.key(kid) is not None

    assert logged[0]["event"] == "signing_keys_not_refreshed"
    assert key_calls(stage) == 2


async def test_many_first_callers_fetch_the_keys_once(keys, stage):
    kid = kid_of(stage)

    found = await asyncio.gather(*(keys.key(kid) for _ in range(20)))

    assert all(key is not None for key in found)
    assert key_calls(stage) == 1


async def test_a_user_s_token_is_another_one_and_says_where_the_user_is_from(token, stage):
    own = await token.bearer()

    of_user = await token.bearer(User("nps_user", "delius"))

    claims = jwt.decode(of_user, options={"verify_signature": False})
    assert of_user != own
    assert (claims["user_name"], claims["auth_source"]) == ("NPS_USER", "delius")
    assert await token.bearer(User("nps_user", "delius")) == of_user
    assert token_calls(stage) == 2


async def test_a_user_of_unknown_source_is_named_alone(token):
    of_user = await token.bearer(User("SOMEBODY", "elsewhere&username=OTHER"))

    claims = jwt.decode(of_user, options={"verify_signature": False})
    assert (claims["user_name"], claims["auth_source"]) == ("SOMEBODY", "none")


async def test_the_tokens_of_users_are_bounded_and_the_one_unused_longest_goes(http, stage):
    token = ClientTokens(
        http, client_id=stage.auth.client_id, client_secret=stage.auth.client_secret, users=2
    )

    for name in ("ONE", "TWO", "ONE", "THREE", "ONE", "TWO"):
        await token.bearer(User(name, "nomis"))

    assert token_calls(stage) == 4


async def test_a_user_s_token_that_was_not_taken_is_forgotten_and_the_others_stay(token, stage):
    own, one = await token.bearer(), await token.bearer(User("ONE", "nomis"))

    token.discard(one, User("ONE", "nomis"))

    assert await token.bearer(User("ONE", "nomis")) != one
    assert await token.bearer() == own
    assert token_calls(stage) == 3
