"""Whose record a CRN is: what the routes by CRN tell of that, read with care (contracts b.1, b.2, b.5).

Nothing else of the record is read here: it is asked for by its number, as everybody's is.
"""

from datetime import datetime
from typing import Any

import msgspec

from upstreams.delius.crn import read_crn
from upstreams.identifiers import read_noms_number
from upstreams.reading import Unreadable, document, flag
from upstreams.records import NoRecord, ProbationRecord


class _Ids(msgspec.Struct, rename="camel"):
    crn: Any = None
    previous_crn: Any = None
    noms_number: Any = None


class Identified(msgspec.Struct, rename="camel"):
    """An `OffenderDetail`, of which is read who it is of, and who may see it."""

    other_ids: _Ids
    soft_deleted: Any = None
    current_exclusion: Any = None
    current_restriction: Any = None

    def is_of(self, crn: str, *, or_was: bool = False) -> bool:
        """Tell whether this is the record's CRN, `or_was` one before it. Raises `Unreadable`."""
        now, before = read_crn(self.other_ids.crn), read_crn(self.other_ids.previous_crn) if or_was else None
        if now is None:
            # Every record has one, and what has none may be anybody's.
            raise Unreadable
        return crn in (now, before)


def read_identified(crn: str, body: bytes, retrieved_at: datetime) -> ProbationRecord | NoRecord:
    """Read what was answered about a CRN, which the record may not have. Raises `Unreadable`."""
    detail = document(body, Identified)
    if flag(detail.soft_deleted) is True:
        return NoRecord.NOT_FOUND
    return identified(detail, retrieved_at) if detail.is_of(crn) else NoRecord.MISMATCH


def identified(detail: Identified, retrieved_at: datetime) -> ProbationRecord:
    """Return the record, as far as it was read. Raises `Unreadable`."""
    return ProbationRecord(
        noms_number=read_noms_number(detail.other_ids.noms_number),
        crn=read_crn(detail.other_ids.crn),
        date_of_birth=None,
        # A flag that cannot be read is one that does not say: the record stays closed.
        excluded=_said(detail.current_exclusion),
        restricted=_said(detail.current_restriction),
        tier=None,
        managers=(),
        retrieved_at=retrieved_at,
    )


def _said(written: object) -> bool | None:
    return written if isinstance(written, bool) else None
