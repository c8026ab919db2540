"""Kept-alive connections to one service: the only module that knows the HTTP client library (ADR 0007)."""

from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager
from types import TracebackType
from typing import Self

import aiohttp
from yarl import URL

from upstreams.mutual_tls import ClientCertificate

Response = aiohttp.ClientResponse

ConnectionFailed = aiohttp.ClientError
"""No connection, one that broke, or an answer that is no HTTP."""

CannotConnect = aiohttp.ClientConnectorError
"""No connection could be made."""


class TooLarge(Exception):
    """A body of more bytes than were allowed."""


class Connections:
    """Connections under a base URL, closed in the end.

    Redirects are not followed and the environment's proxies are ignored, so that no token reaches another
    host, and nothing compressed is asked for.
    There are no timeouts here, because the library's are per read, and a body that trickles never meets them:
    whoever asks bounds the whole call.
    """

    def __init__(self, base_url: str, *, limit: int, certificate: ClientCertificate | None = None) -> None:
        self._base_url = base_url.rstrip("/")
        self._certificate = certificate
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=limit),
            cookie_jar=aiohttp.DummyCookieJar(),
            headers={"Accept": "application/json", "Accept-Encoding": "identity"},
            timeout=aiohttp.ClientTimeout(total=None, sock_connect=None),
            auto_decompress=False,
            trust_env=False,
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        await self._session.close()

    def request(
        self,
        method: str,
        path: str,
        *,
        headers: Mapping[str, str],
        query: Mapping[str, str | int] | None = None,
        body: bytes | None = None,
    ) -> AbstractAsyncContextManager[Response]:
        """Send a request; a response whose body is not read to its end costs its connection.

        A new certificate is a new context, and a context has connections of its own: those of the old one end
        with what they have in flight.
        """
        return self._session.request(
            method,
            URL(f"{self._base_url}/{path}"),
            params=query,
            headers=headers,
            data=body,
            allow_redirects=False,
            ssl=True if self._certificate is None else self._certificate.context,
        )


async def read_body(response: Response, *, at_most: int) -> bytes:
    """Read a body to its end. Raises `TooLarge`."""
    chunks = bytearray()
    async for chunk in response.content.iter_any():
        chunks += chunk
        if len(chunks) > at_most:
            raise TooLarge
    return bytes(chunks)
