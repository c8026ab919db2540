"""Direct mutual TLS: a client certificate that is taken up anew when its files change (ADR 0003).

The way of last resort where no sidecar can run. New files make a new context for new connections;
`load_cert_chain` on a live context loses requests (measured).
"""

import asyncio
import ssl
from dataclasses import dataclass
from pathlib import Path

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
        """Return a context with our certificate that trusts this authority alone and checks the host name."""
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


class ClientCertificate:
    """The newest certificate that could be read, as the `context` for new connections."""

    def __init__(self, files: CertificateFiles) -> None:
        self._files = files
        self._stamp = files.stamp()
        self.context = files.context()

    async def watch(self) -> None:
        """Look at the files for ever. A pair that does not match is refused, and the old one lives on."""
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            stamp = await asyncio.to_thread(self._files.stamp)
            if stamp == self._stamp:
                continue
            self._stamp = stamp
            try:
                self.context = await asyncio.to_thread(self._files.context)
            except (OSError, ssl.SSLError) as error:
                log.error("client_certificate_not_renewed", error=type(error).__name__)
            else:
                log.info("client_certificate_renewed")
