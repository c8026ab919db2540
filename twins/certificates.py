"""Certificate authorities of the twins, and certificates published the way Kubernetes mounts a secret."""

import os
import shutil
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import trustme
from cryptography import x509

GATEWAY_IDENTITY = "offender-gateway.test"
NDH_SERVER_NAME = "ndh.test"

DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Leaf:
    """A certificate with its private key, both as PEM."""

    certificate_pem: bytes
    key_pem: bytes

    @property
    def serial(self) -> int:
        """The serial number, by which the receiver tells one certificate of an identity from the next."""
        return x509.load_pem_x509_certificate(self.certificate_pem).serial_number


class Authority:
    """A certificate authority of its own, with EC P-256 keys that live in memory only."""

    def __init__(self) -> None:
        self._authority = trustme.CA()

    @property
    def pem(self) -> bytes:
        """The authority's own certificate, for a trust bundle."""
        return self._authority.cert_pem.bytes()

    def issue(self, *names: str, valid_from: timedelta = -DAY, valid_for: timedelta = 30 * DAY) -> Leaf:
        """Issue a certificate for these DNS names; both times count from now, and may lie behind us."""
        now = datetime.now(UTC)
        issued = self._authority.issue_cert(*names, not_before=now + valid_from, not_after=now + valid_for)
        return Leaf(issued.cert_chain_pems[0].bytes(), issued.private_key_pem.bytes())

    def issue_expired(self, *names: str) -> Leaf:
        """Issue a certificate whose last day was yesterday."""
        return self.issue(*names, valid_from=-30 * DAY, valid_for=-DAY)


def publish(folder: Path, certificate_pem: bytes, key_pem: bytes, ca_pem: bytes) -> None:
    """Put the three files into a folder in one step: watchers see one rename, and no mixture ever.

    As the kubelet does it: a new directory, `..data` swapped to it, the names pointing through `..data`.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    before = (folder / "..data").resolve() if (folder / "..data").exists() else None
    target = folder / f"..{datetime.now(UTC):%Y_%m_%d_%H_%M_%S.%f}"
    target.mkdir(mode=0o700)
    files = {"tls.crt": certificate_pem, "tls.key": key_pem, "ca.crt": ca_pem}
    for name, content in files.items():
        _write(target / name, content)
    swap = folder / "..data_tmp"
    swap.symlink_to(target.name)
    swap.replace(folder / "..data")
    for name in files:
        if not (folder / name).is_symlink():
            (folder / name).symlink_to(Path("..data") / name)
    if before is not None:
        shutil.rmtree(before)


def _write(path: Path, content: bytes) -> None:
    # The mode is given at the opening, so that the key is at no moment readable by others.
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(content)
