"""The NDH side of the mutual TLS: lets in one client identity, and hands its bytes to the plain Delius."""

import asyncio
import contextlib
import socket
import ssl
import tempfile
from collections import Counter, deque
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

from twins.certificates import Leaf, publish
from twins.serving import listening

MOST_CONNECTIONS = 256
HANDSHAKE_SECONDS = 5.0
CHUNK = 65536

# OpenSSL's numbers of why a certificate was not believed.
_VERIFY_REASONS = {10: "expired", 18: "other_authority", 19: "other_authority", 20: "other_authority"}


class NdhSide:
    """The TLS terminator before Delius.

    `refused` counts by reason: `no_certificate`, `other_authority`, `expired`, `other_identity`
    and `handshake` for anything else.
    """

    def __init__(
        self, delius: tuple[str, int], *, server: Leaf, client_ca_pem: bytes, client_name: str
    ) -> None:
        self.accepted = 0
        self.refused: Counter[str] = Counter()
        self.client_serials: deque[int] = deque(maxlen=10_000)
        self.port = 0
        self._delius = delius
        self._server = server
        self._client_cas = [client_ca_pem]
        self._client_name = client_name
        self._context = self._new_context()
        self._room = asyncio.Semaphore(MOST_CONNECTIONS)
        self._connections: set[asyncio.Task[None]] = set()
        self._stack = contextlib.AsyncExitStack()

    async def start(self, port: int = 0) -> None:
        """Listen on loopback, on a free port or the given one."""
        listener = self._stack.enter_context(listening(port))
        self.port = listener.getsockname()[1]
        accepting = asyncio.create_task(self._accept(listener))
        self._stack.push_async_callback(self._stop_connections)
        self._stack.push_async_callback(_cancelled, accepting)

    async def stop(self) -> None:
        """Stop listening and drop every connection."""
        await self._stack.aclose()

    def trust(self, *client_ca_pems: bytes) -> None:
        """Let in, from now on, client certificates of these authorities only."""
        self._client_cas = list(client_ca_pems)
        self._context = self._new_context()

    def present(self, server: Leaf) -> None:
        """Show this server certificate on new connections."""
        self._server = server
        self._context = self._new_context()

    def _new_context(self) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        # A resumed session is not checked again, so that an expired certificate would go on being accepted.
        # Python can turn off tickets, but not the session cache of TLS 1.2: hence 1.3 and nothing older.
        context.minimum_version = ssl.TLSVersion.TLSv1_3
        context.num_tickets = 0
        context.verify_mode = ssl.CERT_REQUIRED
        context.load_verify_locations(cadata=b"".join(self._client_cas).decode("ascii"))
        with tempfile.TemporaryDirectory() as folder:
            publish(Path(folder) / "server", self._server.certificate_pem, self._server.key_pem, b"")
            context.load_cert_chain(Path(folder) / "server" / "tls.crt", Path(folder) / "server" / "tls.key")
        return context

    async def _accept(self, listener: socket.socket) -> None:
        loop = asyncio.get_running_loop()
        while True:
            await self._room.acquire()
            connection, _ = await loop.sock_accept(listener)
            task = asyncio.create_task(self._serve(connection))
            self._connections.add(task)
            task.add_done_callback(self._finished)

    def _finished(self, task: asyncio.Task[None]) -> None:
        self._connections.discard(task)
        self._room.release()

    async def _serve(self, connection: socket.socket) -> None:
        async with self._secured(connection) as secured:
            if secured is None:
                return
            reader, writer = secured
            certificate: dict[str, Any] = writer.get_extra_info("peercert")
            if [("DNS", self._client_name)] != list(certificate.get("subjectAltName", ())):
                self.refused["other_identity"] += 1
                return
            self.accepted += 1
            self.client_serials.append(int(certificate["serialNumber"], 16))
            with contextlib.suppress(OSError, ssl.SSLError):
                await self._piped(reader, writer)

    @contextlib.asynccontextmanager
    async def _secured(
        self, connection: socket.socket
    ) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter] | None]:
        """Shake hands on a raw socket: a stream upgraded later may have eaten the client's first message."""
        loop = asyncio.get_running_loop()
        reader = asyncio.StreamReader()
        protocol = asyncio.StreamReaderProtocol(reader)
        try:
            transport, _ = await loop.connect_accepted_socket(
                lambda: protocol,
                connection,
                ssl=self._context,
                ssl_handshake_timeout=HANDSHAKE_SECONDS,
                ssl_shutdown_timeout=1.0,
            )
        except (OSError, TimeoutError) as error:
            self.refused[_reason(error)] += 1
            yield None
            return
        writer = asyncio.StreamWriter(transport, protocol, reader, loop)
        try:
            yield reader, writer
        finally:
            writer.transport.abort()

    async def _piped(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        delius_reader, delius_writer = await asyncio.open_connection(*self._delius)
        ways = [
            asyncio.create_task(_pipe(reader, delius_writer)),
            asyncio.create_task(_pipe(delius_reader, writer)),
        ]
        try:
            # Either side's end is the end of both: HTTP/1.1 behind a proxy has no half-closed connections.
            await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        finally:
            await _cancelled(*ways)
            delius_writer.transport.abort()
            writer.close()
            with contextlib.suppress(OSError, ssl.SSLError):
                await writer.wait_closed()

    async def _stop_connections(self) -> None:
        await _cancelled(*self._connections)


async def _pipe(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while chunk := await reader.read(CHUNK):
        writer.write(chunk)
        await writer.drain()


async def _cancelled(*tasks: asyncio.Task[Any]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


def _reason(error: Exception) -> str:
    if isinstance(error, ssl.SSLCertVerificationError):
        return _VERIFY_REASONS.get(error.verify_code, "handshake")
    if isinstance(error, ssl.SSLError) and error.reason == "PEER_DID_NOT_RETURN_A_CERTIFICATE":
        return "no_certificate"
    return "handshake"
