"""Cursors: where a page ended, encrypted and authenticated; the next one follows even when that person left.

AES-SIV: the same place gives the same cursor, and a cursor that was altered, or made with another key, is
refused.
"""

import base64
import binascii
from dataclasses import dataclass

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESSIV
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

MAX_CURSOR_CHARACTERS = 512
KEY_BYTES = 64


@dataclass(frozen=True, slots=True)
class Place:
    """The last person of a page, in one prison's population."""

    prison: str
    noms_number: str


class BadCursor(Exception):
    """Not a cursor that this gateway made."""


class Cursors:
    """Writes and reads cursors with a key that is the same on every replica."""

    def __init__(self, secret: str) -> None:
        derive = HKDF(
            algorithm=hashes.SHA256(), length=KEY_BYTES, salt=None, info=b"offender-gateway cursor 1"
        )
        self._cipher = AESSIV(derive.derive(secret.encode()))

    def write(self, place: Place) -> str:
        """Return the cursor of a place."""
        sealed = self._cipher.encrypt(msgspec.json.encode((place.prison, place.noms_number)), None)
        return base64.urlsafe_b64encode(sealed).decode().rstrip("=")

    def read(self, cursor: str) -> Place:
        """Return the place of a cursor. Raises `BadCursor`."""
        if len(cursor) > MAX_CURSOR_CHARACTERS:
            raise BadCursor
        try:
            sealed = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
            opened = self._cipher.decrypt(sealed, None)
        except (binascii.Error, ValueError, InvalidTag) as error:
            raise BadCursor from error
        return Place(*msgspec.json.decode(opened, type=tuple[str, str]))
