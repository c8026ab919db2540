"""The gateway's own token: one renewal in flight, ahead of its end, and one retry where it was not taken."""

import asyncio

import pytest
from waiting import until

from twins.faults import Fault

QUERY = "query ($n: NomsNumber!) { offender(nomsNumber: $n) { lastName prisonRecord { status } } }"


def token_calls(stage):
    return stage.auth.calls.count("/auth/oauth/token")


async def ask_many(gw, count):
    return await asyncio.gather(*(gw.ask(QUERY, n="G4273GI") for _ in range(count)))


async def test_a_stampede_of_requests_fetches_one_token(start, stage):
    stage.auth.faults.put(Fault(delay_seconds=0.2, path_contains="token"))

    async with start() as gw:
        answers = await ask_many(gw, 40)

    assert {answer["data"]["offender"]["lastName"] for answer in answers} == {"FENHALE"}
    assert token_calls(stage) == 1


async def test_a_token_that_nomis_does_not_take_is_renewed_once_whatever_the_load(start, stage):
    async with start() as gw:
        await gw.ask(QUERY, n="G4273GI")
        stage.auth.revoke_client_tokens()
        answers = await ask_many(gw, 20)

    assert {answer["data"]["offender"]["lastName"] for answer in answers} == {"FENHALE"}
    assert token_calls(stage) == 2


async def test_a_second_refusal_is_not_retried(start, stage):
    stage.prisoner_search.faults.put(Fault(status=401))

    async with start() as gw:
        answer = await gw.ask(QUERY, n="G4273GI")

    assert answer["data"]["offender"]["prisonRecord"] == {"status": "FORBIDDEN"}
    assert stage.prisoner_search.calls.count() == 2
    assert token_calls(stage) == 2


@pytest.mark.parametrize(
    ("fault", "status"),
    [
        (Fault(status=503, path_contains="token"), "UNAVAILABLE"),
        (Fault(status=200, body="{}", content_type="application/json", path_contains="token"), "UNAVAILABLE"),
        (
            Fault(
                status=401,
                body='{"error":"invalid_client"}',
                content_type="application/json",
                path_contains="token",
            ),
            "FORBIDDEN",
        ),
    ],
)
async def test_without_a_token_nomis_is_not_to_be_had_and_delius_is(start, stage, fault, status):
    stage.auth.faults.put(fault)

    async with start() as gw:
        answer = await gw.ask('{ offender(nomsNumber: "G4273GI") { prisonRecord { status } tier { code } } }')

    assert answer["data"]["offender"] == {"prisonRecord": {"status": status}, "tier": {"code": "B1"}}
    assert stage.prisoner_search.calls.count() == 0


async def test_a_caller_who_leaves_does_not_take_the_token_from_the_others(start, stage):
    stage.auth.faults.put(Fault(delay_seconds=0.3, path_contains="token"))

    async with start(REQUEST_TIMEOUT_SECONDS="5") as gw:
        leaving = asyncio.create_task(gw.ask(QUERY, n="G7106UN"))
        staying = asyncio.create_task(gw.ask(QUERY, n="G4273GI"))
        await until(lambda: token_calls(stage) > 0)
        leaving.cancel()
        answer = await staying

    assert answer["data"]["offender"]["lastName"] == "FENHALE"
