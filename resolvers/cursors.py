"""Cursors: where a page ended, encrypted and authenticated; the next one follows even when that person left.

AES-SIV: the same place gives the same cursor, and a cursor that was altered, or made with another key, is
refused.
"""

import base64
import binascii

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESSIV
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

MAX_CURSOR_CHARACTERS = 8192
KEY_BYTES = 64


class Place(msgspec.Struct, frozen=True, array_like=True):
    """The last person of a page, in one list of a prison's population.

    `listing` tells the list's filter and order from others; `value` is what the person was sorted by, None
    where they had nothing of it.
    """

    prison: str
    noms_number: str
    listing: str
    value: str | None


class BadCursor(Exception):
    """Not a cursor that this gateway made."""


class Cursors:
    """Writes and reads cursors with a key that is the same on every replica."""

    def __init__(self, secret: str) -> None:
        derive = HKDF(
            algorithm=hashes.SHA256(), length=KEY_BYTES, salt=None, info=b"offender-gateway cursor 2"
        )
        self._cipher = AESSIV(derive.derive(secret.encode()))

    def write(self, place: Place) -> str:
        """Return the cursor of a place."""
        sealed = self._cipher.encrypt(msgspec.json.encode(place), None)
        return base64.urlsafe_b64encode(sealed).decode().rstrip("=")

    def read(self, cursor: str) -> Place:
        """Return the place of a cursor. Raises `BadCursor`."""
        if len(cursor) > MAX_CURSOR_CHARACTERS:
            raise BadCursor
        try:
            sealed = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
            return msgspec.json.decode(self._cipher.decrypt(sealed, None), type=Place)
        except (binascii.Error, ValueError, InvalidTag) as error:
            raise BadCursor from error
