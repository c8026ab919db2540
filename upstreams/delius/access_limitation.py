"""The body by which Delius's services say that access to a record is limited (contract b.2, `userAccess`)."""

from typing import Any

import msgspec

from upstreams.reading import Unreadable, document


class _AccessLimitation(msgspec.Struct, rename="camel"):
    user_restricted: Any = None
    user_excluded: Any = None


def says_that_access_is_limited(body: bytes) -> bool:
    """Tell whether a refusal is about this one record, and not about the gateway's roles.

    Its messages are free text of staff, and are not read.
    """
    try:
        limitation = document(body, _AccessLimitation)
    except Unreadable:
        return False
    return limitation.user_restricted is True or limitation.user_excluded is True
