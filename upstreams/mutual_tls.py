"""Direct mutual TLS: a transport that takes up renewed certificates without failing a request.

The way of last resort where no sidecar can run (ADR 0003). New files make a new connection pool; the old one
finishes what it has in flight and is closed then. `load_cert_chain` on a live context loses requests
(measured).
"""

import asyncio
import ssl
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import structlog

log = structlog.get_logger("upstreams")

LOOK_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class CertificateFiles:
    """The three PEM files of direct mutual TLS."""

    certificate: Path
    key: Path
    authority: Path

    def context(self) -> ssl.SSLContext:
        """Return a context that shows our certificate and trusts this authority alone, host name checked."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        context.load_verify_locations(self.authority)
        context.load_cert_chain(self.certificate, self.key)
        return context

    def stamp(self) -> tuple[tuple[int, int, int], ...] | None:
        """Return what changes when a file is replaced, also behind a link; None where one is missing."""
        try:
            found = [path.stat() for path in (self.certificate, self.key, self.authority)]
        except OSError:
            return None
        return tuple((file.st_ino, file.st_mtime_ns, file.st_size) for file in found)


class RenewingTransport(httpx.AsyncBaseTransport):
    """Connections made with the newest certificate that could be read."""

    def __init__(self, files: CertificateFiles, *, connections: int) -> None:
        self._files = files
        self._connections = connections
        self._stamp = files.stamp()
        self._pool = self._new_pool(files.context())

    def _new_pool(self, context: ssl.SSLContext) -> "_Pool":
        limits = httpx.Limits(max_connections=self._connections, max_keepalive_connections=self._connections)
        return _Pool(httpx.AsyncHTTPTransport(verify=context, limits=limits, trust_env=False))

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send over the current pool, which a renewal cannot close before this response has ended."""
        return await self._pool.send(request)

    async def watch(self) -> None:
        """Look at the files for ever. A pair that does not match is refused, and the old one lives on."""
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            stamp = await asyncio.to_thread(self._files.stamp)
            if stamp == self._stamp:
                continue
            self._stamp = stamp
            try:
                context = await asyncio.to_thread(self._files.context)
            except (OSError, ssl.SSLError) as error:
                log.error("client_certificate_not_renewed", error=type(error).__name__)
                continue
            old, self._pool = self._pool, self._new_pool(context)
            log.info("client_certificate_renewed")
            await old.retire()

    async def aclose(self) -> None:
        """Close the current pool."""
        await self._pool.close()


class _Pool:
    """A connection pool that closes when it is retired and nothing of it is in flight any more."""

    def __init__(self, transport: httpx.AsyncHTTPTransport) -> None:
        self._transport = transport
        self._in_flight = 0
        self._retired = False

    async def send(self, request: httpx.Request) -> httpx.Response:
        self._in_flight += 1
        try:
            response = await self._transport.handle_async_request(request)
        except BaseException:
            await self.ended()
            raise
        response.stream = _Counted(response.stream, self)
        return response

    async def retire(self) -> None:
        self._retired = True
        if self._in_flight == 0:
            await self._transport.aclose()

    async def close(self) -> None:
        await self._transport.aclose()

    async def ended(self) -> None:
        self._in_flight -= 1
        if self._retired and self._in_flight == 0:
            await self._transport.aclose()


class _Counted(httpx.AsyncByteStream):
    """A response's body that tells its pool when it has ended."""

    def __init__(self, stream: object, pool: _Pool) -> None:
        assert isinstance(stream, httpx.AsyncByteStream)
        self._stream = stream
        self._pool = pool

    async def __aiter__(self) -> AsyncIterator[bytes]:
        async for chunk in self._stream:
            yield chunk

    async def aclose(self) -> None:
        try:
            await self._stream.aclose()
        finally:
            await self._pool.ended()
