"""The NDH side lets in one identity of one authority, and counts everybody else for the right reason."""

import asyncio
import contextlib
import socket
import ssl
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import pytest_asyncio
from waiting import until

from twins.certificates import DAY, GATEWAY_IDENTITY, NDH_SERVER_NAME, Authority, publish
from twins.hard_cases import NOBODY, TOBIAS_FENHALE
from twins.ndh import NdhSide

CLIENTS = Authority()
SERVERS = Authority()


@pytest_asyncio.fixture(loop_scope="session")
async def ndh(stage):
    address = urlsplit(stage.delius_url)
    side = NdhSide(
        (address.hostname, address.port),
        server=SERVERS.issue(NDH_SERVER_NAME),
        client_ca_pem=CLIENTS.pem,
        client_name=GATEWAY_IDENTITY,
    )
    await side.start()
    yield side
    await side.stop()


@pytest.fixture
def context(tmp_path):
    def make(leaf=None, trusted=SERVERS.pem) -> ssl.SSLContext:
        made = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        made.load_verify_locations(cadata=trusted.decode())
        if leaf is not None:
            publish(tmp_path / "mount", leaf.certificate_pem, leaf.key_pem, b"")
            made.load_cert_chain(tmp_path / "mount" / "tls.crt", tmp_path / "mount" / "tls.key")
        return made

    return make


async def ask(side, context, number=TOBIAS_FENHALE, session=None):
    """The answer over a connection of its own, and what TLS says of that; empty when hung up upon."""
    return await asyncio.to_thread(_ask, side.port, context, number, session)


def _ask(port, context, number, session):
    request = f"GET /api/offenders/nomsNumber/{number}/all HTTP/1.1\r\nHost: ndh\r\nConnection: close\r\n\r\n"
    answer = b""
    with (
        socket.create_connection(("127.0.0.1", port), timeout=10) as plain,
        context.wrap_socket(plain, server_hostname=NDH_SERVER_NAME, session=session) as secured,
        contextlib.suppress(ssl.SSLError, ConnectionError),
    ):
        secured.sendall(request.encode())
        while chunk := secured.recv(65536):
            answer += chunk
        return answer, secured.version(), secured.session, secured.session_reused
    return answer, None, None, None


async def test_the_right_certificate_is_answered(ndh, context):
    leaf = CLIENTS.issue(GATEWAY_IDENTITY)

    answer, *_ = await ask(ndh, context(leaf))

    assert answer.startswith(b"HTTP/1.1 200")
    assert (ndh.accepted, list(ndh.client_serials), ndh.refused) == (1, [leaf.serial], {})


async def test_a_person_unknown_to_delius_is_still_404(ndh, context):
    answer, *_ = await ask(ndh, context(CLIENTS.issue(GATEWAY_IDENTITY)), NOBODY)

    assert answer.startswith(b"HTTP/1.1 404")


@pytest.mark.parametrize(
    ("leaf", "reason"),
    [
        (None, "no_certificate"),
        (Authority().issue(GATEWAY_IDENTITY), "other_authority"),
        (SERVERS.issue(GATEWAY_IDENTITY), "other_authority"),
        (CLIENTS.issue_expired(GATEWAY_IDENTITY), "expired"),
        (CLIENTS.issue(GATEWAY_IDENTITY, valid_from=DAY), "handshake"),
        (CLIENTS.issue("another-service.test"), "other_identity"),
        (CLIENTS.issue(GATEWAY_IDENTITY, "another-service.test"), "other_identity"),
        (CLIENTS.issue(f"sub.{GATEWAY_IDENTITY}"), "other_identity"),
    ],
    ids=[
        "no certificate",
        "another authority",
        "the authority of the server",
        "expired",
        "not yet valid",
        "another identity",
        "a second identity",
        "a longer identity",
    ],
)
async def test_anybody_else_is_refused_for_the_right_reason(ndh, context, leaf, reason):
    answer, *_ = await ask(ndh, context(leaf))

    await until(lambda: ndh.refused)
    assert answer == b""
    assert (ndh.accepted, ndh.refused) == (0, {reason: 1})


async def test_plain_http_to_the_tls_port_is_refused(ndh):
    reader, writer = await asyncio.open_connection("127.0.0.1", ndh.port)
    writer.write(b"GET / HTTP/1.1\r\n\r\n")

    answer = await reader.read()
    writer.close()

    await until(lambda: ndh.refused == {"handshake": 1})
    assert b"HTTP/1.1" not in answer


async def test_tls_1_2_is_refused_because_its_sessions_could_be_resumed(ndh, context):
    old = context(CLIENTS.issue(GATEWAY_IDENTITY))
    old.maximum_version = ssl.TLSVersion.TLSv1_2

    with pytest.raises((ssl.SSLError, ConnectionError)):
        await ask(ndh, old)

    await until(lambda: ndh.refused == {"handshake": 1})


async def test_no_session_is_resumed(ndh, context):
    good = context(CLIENTS.issue(GATEWAY_IDENTITY))
    _, version, session, _ = await ask(ndh, good)

    _, _, _, reused = await ask(ndh, good, session=session)

    assert version == "TLSv1.3"
    assert session.has_ticket is False
    assert reused is False


async def test_another_client_authority_may_be_trusted_while_running(ndh, context):
    renewed = Authority()
    ndh.trust(CLIENTS.pem, renewed.pem)
    both = [
        (await ask(ndh, context(authority.issue(GATEWAY_IDENTITY))))[0] for authority in (CLIENTS, renewed)
    ]

    ndh.trust(renewed.pem)
    late, *_ = await ask(ndh, context(CLIENTS.issue(GATEWAY_IDENTITY)))

    assert [answer[:12] for answer in both] == [b"HTTP/1.1 200"] * 2
    assert late == b""
    await until(lambda: ndh.refused == {"other_authority": 1})


async def test_another_server_certificate_may_be_shown_while_running(ndh, context):
    ndh.present(Authority().issue(NDH_SERVER_NAME))

    with pytest.raises(ssl.SSLCertVerificationError):
        await ask(ndh, context(CLIENTS.issue(GATEWAY_IDENTITY)))


async def test_a_caller_that_says_nothing_does_not_hold_up_the_next(ndh, context):
    _, silent = await asyncio.open_connection("127.0.0.1", ndh.port)

    answer, *_ = await ask(ndh, context(CLIENTS.issue(GATEWAY_IDENTITY)))

    silent.close()
    assert answer.startswith(b"HTTP/1.1 200")


async def test_many_callers_are_answered_side_by_side(ndh, context):
    good = context(CLIENTS.issue(GATEWAY_IDENTITY))

    answers = await asyncio.gather(*(ask(ndh, good) for _ in range(20)))

    assert {answer[0][:12] for answer in answers} == {b"HTTP/1.1 200"}
    assert ndh.accepted == 20


async def test_a_stopped_side_is_gone_and_drops_who_is_there(ndh, context):
    reader, writer = await asyncio.open_connection(
        "127.0.0.1", ndh.port, ssl=context(CLIENTS.issue(GATEWAY_IDENTITY)), server_hostname=NDH_SERVER_NAME
    )

    await ndh.stop()

    with contextlib.suppress(ConnectionError):
        assert await reader.read() == b""
    writer.transport.abort()
    with pytest.raises(ConnectionRefusedError):
        await asyncio.open_connection("127.0.0.1", ndh.port)


async def test_a_stopped_side_may_come_back_on_its_port(ndh, context):
    await ndh.stop()

    await ndh.start(ndh.port)

    answer, *_ = await ask(ndh, context(CLIENTS.issue(GATEWAY_IDENTITY)))
    assert answer.startswith(b"HTTP/1.1 200")


def test_no_key_or_certificate_is_kept_in_the_repository():
    root = Path(__file__).parent.parent.parent

    kept = [path for folder in ("twins", "deploy", "tests") for path in (root / folder).rglob("*.*")]
    assert [path for path in kept if path.suffix in (".pem", ".key", ".crt", ".p12")] == []
