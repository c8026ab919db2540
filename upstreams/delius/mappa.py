"""The MAPPA level, 0 to 3, in each way that Delius's services tell it (contracts b.2, b.3, b.5).

0 is also somebody without MAPPA, and a level of no known kind.
"""

from typing import Any

import msgspec

from upstreams.reading import Unreadable, document, flag, number, object_of, text

MAPPA = "MAPP"
LEVELS = {"M0": 0, "M1": 1, "M2": 2, "M3": 3}


class _Registrations(msgspec.Struct):
    registrations: Any = None


def level(written: object) -> int | None:
    """Read a level that is written as a number. Raises `Unreadable`."""
    if (read := number(written)) is not None and read not in LEVELS.values():
        raise Unreadable
    return read


def level_of_object(written: object) -> int:
    """Read the level of Probation Offender Search's object, absent where there is no MAPPA."""
    return level(object_of(written).get("level")) or 0


def level_of_registrations(body: bytes) -> int:
    """Read the highest level among the registrations in force. Raises `Unreadable`."""
    written = document(body, _Registrations).registrations
    if written is not None and not isinstance(written, list):
        raise Unreadable
    return max((_level(one) for one in map(object_of, written or ()) if _is_in_force(one)), default=0)


def _is_in_force(registration: dict[str, Any]) -> bool:
    if text(object_of(registration.get("type")).get("code")) != MAPPA:
        return False
    if (in_force := flag(registration.get("active"))) is None:
        # To take it for ended would be to guess that somebody is under no arrangements.
        raise Unreadable
    return in_force


def _level(registration: dict[str, Any]) -> int:
    return LEVELS.get(text(object_of(registration.get("registerLevel")).get("code")) or "", 0)
