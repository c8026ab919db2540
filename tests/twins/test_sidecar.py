"""The sidecar's own files, run by Envoy: what goes through, and that no fault of its own is a 404."""

import asyncio
import os
import sys
from contextlib import asynccontextmanager
from urllib.parse import urlsplit

import pytest
from waiting import until

from twins.certificates import DAY, GATEWAY_IDENTITY, NDH_SERVER_NAME, Authority
from twins.faults import Fault
from twins.hard_cases import NOBODY, TOBIAS_FENHALE
from twins.ndh import NdhSide
from twins.sidecar import Plan, SidecarUnavailable, find_envoy, running_sidecar
from twins.staging import GatewayCertificates


class Way:
    """A sidecar with an NDH side of its own before the session's Delius."""

    def __init__(self, sidecar, ndh, certificates, http):
        self.sidecar = sidecar
        self.ndh = ndh
        self.certificates = certificates
        self._http = http

    async def ask(self, number=TOBIAS_FENHALE, method="GET"):
        return await self._http.request(method, f"{self.sidecar.url}/api/offenders/nomsNumber/{number}/all")

    async def admin(self, path):
        return await self._http.get(f"{self.sidecar.admin_url}{path}")


@pytest.fixture
def way(stage, http, tmp_path):
    @asynccontextmanager
    async def start(*, server=None, client=None, **seconds):
        certificates = GatewayCertificates(tmp_path / "certificates")
        if client is not None:
            certificates.publish(client(certificates))
        address = urlsplit(stage.delius_url)
        ndh = NdhSide(
            (address.hostname, address.port),
            server=server(certificates) if server else certificates.ndh_server(),
            client_ca_pem=certificates.client_authority.pem,
            client_name=GATEWAY_IDENTITY,
        )
        await ndh.start()
        plan = Plan(certificates.folder, "127.0.0.1", ndh.port, NDH_SERVER_NAME, **seconds)
        try:
            async with running_sidecar(plan) as sidecar:
                yield Way(sidecar, ndh, certificates, http)
        finally:
            await ndh.stop()

    return start


async def test_a_get_is_answered_by_delius(way, sample):
    async with way() as sidecar:
        found, unknown = await sidecar.ask(), await sidecar.ask(NOBODY)

    assert (found.status_code, found.json()) == (200, sample("community-api.offender-by-noms"))
    assert (unknown.status_code, unknown.content) == (404, b"")


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "HEAD"])
async def test_anything_but_a_get_is_405_and_goes_no_further(way, stage, method):
    async with way() as sidecar:
        answer = await sidecar.ask(method=method)

    assert (answer.status_code, answer.headers["allow"]) == (405, "GET")
    assert len(stage.delius.calls) == 0


async def test_delius_hears_no_token_and_the_name_of_ndh(way, stage):
    async with way() as sidecar:
        await sidecar.ask()

    assert [(call.has_authorization, call.headers["host"]) for call in stage.delius.calls] == [
        (False, NDH_SERVER_NAME)
    ]


@pytest.mark.parametrize(
    "server",
    [
        lambda _: Authority().issue(NDH_SERVER_NAME),
        lambda certificates: certificates.ndh_authority.issue_expired(NDH_SERVER_NAME),
        lambda certificates: certificates.ndh_authority.issue("another-host.test"),
    ],
    ids=["another authority", "expired", "another name"],
)
async def test_an_ndh_side_that_is_not_ndh_is_503_and_hears_nothing(way, stage, server):
    async with way(server=server) as sidecar:
        answer = await sidecar.ask(NOBODY)

    assert answer.status_code == 503
    assert len(stage.delius.calls) == 0


@pytest.mark.parametrize(
    ("client", "reason"),
    [
        (lambda certificates: certificates.client_authority.issue_expired(GATEWAY_IDENTITY), "expired"),
        (lambda certificates: certificates.client_authority.issue("another-service.test"), "other_identity"),
        (lambda _: Authority().issue(GATEWAY_IDENTITY), "other_authority"),
    ],
    ids=["expired", "another identity", "another authority"],
)
async def test_a_client_certificate_that_ndh_refuses_is_503(way, stage, client, reason):
    async with way(client=client) as sidecar:
        answer = await sidecar.ask(NOBODY)
        refused = set(sidecar.ndh.refused)

    assert answer.status_code == 503
    assert refused == {reason}
    assert len(stage.delius.calls) == 0


async def test_a_stopped_ndh_side_is_503(way):
    async with way() as sidecar:
        before = await sidecar.ask()
        await sidecar.ndh.stop()

        after = await sidecar.ask(NOBODY)

    assert (before.status_code, after.status_code) == (200, 503)


async def test_a_refused_connection_is_tried_twice_at_most(way):
    async with way() as sidecar:
        await sidecar.ndh.stop()

        await sidecar.ask()
        told = (await sidecar.admin("/stats?filter=cluster.ndh.upstream_rq_retry$&format=json")).json()

    assert told["stats"] == [{"name": "cluster.ndh.upstream_rq_retry", "value": 1}]


async def test_a_status_of_delius_is_passed_on(way, stage):
    stage.delius.faults.put(Fault(status=500, body="no", content_type="text/plain"))

    async with way() as sidecar:
        answer = await sidecar.ask()

    assert (answer.status_code, answer.text) == (500, "no")
    assert len(stage.delius.calls) == 1


async def test_an_answer_that_takes_too_long_is_503_and_not_asked_for_again(way, stage):
    stage.delius.faults.put(Fault(delay_seconds=60))

    async with way(answer_seconds=1) as sidecar:
        answer = await sidecar.ask(NOBODY)

    assert answer.status_code == 503
    assert len(stage.delius.calls) == 1


async def test_an_escaped_slash_is_refused_and_is_no_404(way):
    async with way() as sidecar:
        answer = await sidecar.ask("A%2FB")

    assert answer.status_code == 400


async def test_a_renewed_certificate_is_taken_up_without_a_failed_request(way):
    async with way(connection_seconds=1) as sidecar:
        await sidecar.ask()
        first = sidecar.certificates.leaf.serial
        statuses = set()

        renewed = sidecar.certificates.renew()

        async def taken_up():
            statuses.add((await sidecar.ask()).status_code)
            return sidecar.ndh.client_serials[-1] == renewed.serial

        await until(taken_up)
        shown = set(sidecar.ndh.client_serials)

    assert shown == {first, renewed.serial}
    assert statuses == {200}


async def test_a_key_that_does_not_fit_is_not_taken_up(way):
    async with way(connection_seconds=1) as sidecar:
        good = sidecar.certificates.leaf
        other = sidecar.certificates.client_authority.issue(GATEWAY_IDENTITY)

        sidecar.certificates.publish(type(good)(other.certificate_pem, good.key_pem))

        async def refused_the_pair():
            stats = (await sidecar.admin("/stats?filter=key_rotation_failed&format=json")).json()["stats"]
            return any(stat["value"] for stat in stats)

        await until(refused_the_pair)
        answer = await sidecar.ask()
        shown = set(sidecar.ndh.client_serials)

    assert answer.status_code == 200
    assert shown == {good.serial}


async def test_the_expiry_of_our_certificate_is_a_metric(way):
    def short(certificates):
        return certificates.client_authority.issue(GATEWAY_IDENTITY, valid_for=3 * DAY)

    async with way(client=short) as sidecar:
        await sidecar.ask()
        metrics = (await sidecar.admin("/stats/prometheus")).text
        certificates = (await sidecar.admin("/certs")).json()["certificates"]

    assert "envoy_cluster_ssl_certificate_expiration_unix_time_seconds{" in metrics
    assert certificates[0]["cert_chain"][0]["subject_alt_names"] == [{"dns": GATEWAY_IDENTITY}]


@pytest.mark.parametrize("path", ["/quitquitquit", "/logging?level=trace", "/config_dump"])
async def test_the_admin_page_is_for_reading_metrics_only(way, http, path):
    async with way() as sidecar:
        refused = await http.post(f"{sidecar.sidecar.admin_url}{path}")
        still_there = await sidecar.ask()

    assert (refused.status_code, still_there.status_code) == (403, 200)


async def test_listener_and_admin_are_on_loopback_only(way):
    async with way() as sidecar:
        listeners = (await sidecar.admin("/listeners?format=json")).json()["listener_statuses"]
        admin = urlsplit(sidecar.sidecar.admin_url).hostname

    assert [listener["local_address"]["socket_address"]["address"] for listener in listeners] == ["127.0.0.1"]
    assert admin == "127.0.0.1"


async def test_no_log_holds_the_number_of_a_person(way):
    async with way() as sidecar:
        await sidecar.ask()
        await sidecar.ndh.stop()
        await sidecar.ask()
        log = sidecar.sidecar.log.read_text()

    assert TOBIAS_FENHALE not in log


async def test_a_stopped_sidecar_leaves_no_process(way):
    async with way() as sidecar:
        pid = sidecar.sidecar.pid
        log = sidecar.sidecar.log
        os.kill(pid, 0)

    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)
    assert not log.parent.exists()


async def test_a_sidecar_that_cannot_start_says_why(way, monkeypatch):
    monkeypatch.setenv("OFFENDER_GATEWAY_ENVOY", sys.executable)

    with pytest.raises(SidecarUnavailable, match="config-path"):
        async with way():
            pass


async def test_without_an_envoy_there_is_no_sidecar(way, monkeypatch):
    monkeypatch.setenv("OFFENDER_GATEWAY_ENVOY", "none")

    with pytest.raises(SidecarUnavailable, match="OFFENDER_GATEWAY_ENVOY"):
        async with way():
            pass


def test_envoy_is_the_one_that_is_named(monkeypatch):
    monkeypatch.setenv("OFFENDER_GATEWAY_ENVOY", sys.executable)
    named = find_envoy()
    monkeypatch.setenv("OFFENDER_GATEWAY_ENVOY", "none")

    assert str(named) == sys.executable
    assert find_envoy() is None


async def test_callers_side_by_side_are_answered(way):
    async with way() as sidecar:
        answers = await asyncio.gather(*(sidecar.ask() for _ in range(40)))

    assert {answer.status_code for answer in answers} == {200}
