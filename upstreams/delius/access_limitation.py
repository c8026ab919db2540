"""The body by which Delius's services say that access to a record is limited (contract b.2, `userAccess`)."""

from typing import Any

import msgspec

from upstreams.reading import Unreadable, document


class _AccessLimitation(msgspec.Struct, rename="camel"):
    user_restricted: Any = None
    user_excluded: Any = None


FRAMEWORKS_OWN = frozenset({"access is denied", "access denied", "forbidden"})
"""What Spring Security says of a role that is lacking, in its versions."""


class _Error(msgspec.Struct, rename="camel"):
    developer_message: str


def refuses_for_a_limit(body: bytes) -> bool:
    """Tell whether the Community API refuses for a limit, as its routes by CRN word that.

    There the staff's message stands in the place of the framework's own words for a role that is lacking, and
    this is all that is looked for in it.
    """
    try:
        message = document(body, _Error).developer_message.strip().lower()
    except Unreadable:
        return False
    return message != "" and message not in FRAMEWORKS_OWN


def says_that_access_is_limited(body: bytes) -> bool:
    """Tell whether a refusal is about this one record, and not about the gateway's roles.

    Its messages are free text of staff, and are not read.
    """
    try:
        limitation = document(body, _AccessLimitation)
    except Unreadable:
        return False
    return limitation.user_restricted is True or limitation.user_excluded is True
