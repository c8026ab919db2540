"""Delius through NDH, by the sidecar or the gateway's own mutual TLS: who is let in, and renewals under load.

What the NDH side and the sidecar do by themselves is in tests/twins; here the gateway's callers see it.
"""

import asyncio
import os
import signal
from functools import partial

import pytest
from gateways import PRISON, PROBATION, gateway
from waiting import until

from twins.certificates import GATEWAY_IDENTITY, Authority
from twins.faults import Fault
from twins.staging import staging

QUERY = '{ offender(nomsNumber: "G4273GI") { lastName tier { code } probationRecord { status } } }'
FOUND = {"lastName": "FENHALE", "tier": {"code": "B1"}, "probationRecord": {"status": "FOUND"}}
UNAVAILABLE = {"lastName": "FENHALE", "tier": None, "probationRecord": {"status": "UNAVAILABLE"}}


@pytest.fixture(scope="module")
async def ndh_stage():
    """A stage of its own, whose certificates may be spoilt. Connections live a second."""
    async with staging(connection_seconds=1) as stage:
        yield stage


def way_to_delius(stage, way):
    return stage.environment(**(stage.direct_mutual_tls() if way == "direct" else {}))


@pytest.fixture(params=["sidecar", "direct"])
async def gw(ndh_stage, request):
    ndh_stage.heal()
    token = ndh_stage.auth.caller_token(roles=[PRISON, PROBATION])
    async with gateway(way_to_delius(ndh_stage, request.param), token) as running:
        await becomes(running, FOUND)
        yield running
    ndh_stage.certificates.renew()


async def ask(gw):
    return (await gw.ask(QUERY))["data"]["offender"]


async def becomes(gw, expected):
    """Wait until the answer is the expected one: connections that are there may outlive a certificate."""

    async def is_so():
        answer = await ask(gw)
        assert answer in (FOUND, UNAVAILABLE)
        return answer == expected

    await until(is_so)


REFUSED = {
    "of another authority": (lambda _: Authority().issue(GATEWAY_IDENTITY), "other_authority"),
    "expired": (
        lambda certificates: certificates.client_authority.issue_expired(GATEWAY_IDENTITY),
        "expired",
    ),
    "of another identity": (
        lambda certificates: certificates.client_authority.issue("another.test"),
        "other_identity",
    ),
    "of the server's authority": (
        lambda certificates: certificates.ndh_authority.issue(GATEWAY_IDENTITY),
        "other_authority",
    ),
}


@pytest.mark.parametrize(("issue", "reason"), REFUSED.values(), ids=REFUSED.keys())
async def test_a_certificate_that_ndh_refuses_leaves_the_nomis_half(gw, ndh_stage, issue, reason):
    ndh_stage.ndh.refused.clear()

    ndh_stage.certificates.publish(issue(ndh_stage.certificates))
    await becomes(gw, UNAVAILABLE)
    refused = ndh_stage.ndh.refused[reason]
    ndh_stage.certificates.renew()

    assert refused > 0
    await becomes(gw, FOUND)


@pytest.mark.parametrize(
    "issue",
    [
        lambda _: Authority().issue("ndh.test", "localhost"),
        lambda certificates: certificates.ndh_authority.issue_expired("ndh.test", "localhost"),
        lambda certificates: certificates.ndh_authority.issue("elsewhere.test"),
    ],
    ids=["of another authority", "expired", "of another name"],
)
async def test_an_ndh_that_is_not_ndh_is_not_spoken_to(gw, ndh_stage, issue):
    ndh_stage.ndh.present(issue(ndh_stage.certificates))
    # A new certificate of our own ends the connections that are there.
    ndh_stage.certificates.renew()

    await becomes(gw, UNAVAILABLE)
    ndh_stage.ndh.present(ndh_stage.certificates.ndh_server())

    await becomes(gw, FOUND)


async def test_a_certificate_is_renewed_under_load_without_a_failed_request(gw, ndh_stage):
    old = ndh_stage.certificates.leaf.serial
    failed, sent, stop = [], 0, asyncio.Event()

    async def caller():
        nonlocal sent
        while not stop.is_set():
            answer = await ask(gw)
            sent += 1
            if answer != FOUND:
                failed.append(answer)

    async with asyncio.TaskGroup() as callers:
        for _ in range(6):
            callers.create_task(caller())
        for _ in range(3):
            new = ndh_stage.certificates.renew().serial
            await until(partial(ndh_stage.ndh.client_serials.__contains__, new))
        stop.set()

    assert failed == []
    assert sent > 50
    assert old != new


async def test_a_key_that_does_not_fit_is_not_taken_up(gw, ndh_stage):
    certificates = ndh_stage.certificates
    good, other = certificates.leaf, certificates.client_authority.issue(GATEWAY_IDENTITY)
    torn = type(good)(good.certificate_pem, other.key_pem)

    certificates.publish(torn)
    answers = []
    deadline = asyncio.get_running_loop().time() + 2.5
    while asyncio.get_running_loop().time() < deadline:
        answers.append(await ask(gw))

    assert all(answer == FOUND for answer in answers)


async def test_the_connection_is_not_plain_where_the_certificate_is_ours(ndh_stage):
    """Direct mutual TLS never falls back: with the NDH side gone there is no other way."""
    token = ndh_stage.auth.caller_token(roles=[PRISON, PROBATION])
    async with gateway(way_to_delius(ndh_stage, "direct"), token) as gw:
        port = ndh_stage.ndh.port
        calls = ndh_stage.delius.calls.count()
        await ndh_stage.ndh.stop()
        answer = await ask(gw)
        asked = ndh_stage.delius.calls.count() - calls
        await ndh_stage.ndh.start(port)

    assert answer == UNAVAILABLE
    assert asked == 0


async def test_a_sidecar_that_is_stopped_in_mid_request_leaves_the_nomis_half():
    async with staging() as stage:
        token = stage.auth.caller_token(roles=[PRISON, PROBATION])
        async with gateway(stage.environment(), token) as gw:
            assert await ask(gw) == FOUND
            stage.delius.faults.put(Fault(delay_seconds=30))
            asking = asyncio.create_task(ask(gw))
            await until(lambda: stage.delius.calls.in_flight)

            os.kill(stage.sidecar.pid, signal.SIGKILL)
            in_flight = await asking
            stage.delius.faults.clear()
            afterwards = await ask(gw)

    assert in_flight == afterwards == UNAVAILABLE
