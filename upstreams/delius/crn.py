"""The CRN, as Delius's services write it."""

from upstreams.identifiers import CRN, normalised
from upstreams.reading import Unreadable, text


def read_crn(written: object) -> str | None:
    """Read a CRN, normalised. Raises `Unreadable`."""
    crn = text(written)
    if crn is not None and not CRN.fullmatch(crn := normalised(crn)):
        raise Unreadable
    return crn
