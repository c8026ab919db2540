"""Limited access (LAO): exclusions and restrictions of a record, failing closed (contract b.7, ADR 11).

Every record passes here, whichever route it came by, before any field can see it.
"""

import msgspec

from upstreams.records import Failure, NoRecord, ProbationRecord

DELIUS_SOURCE = "delius"
"""The `auth_source` of a user whom Delius knows, and whose user name it may judge by."""


class Admitted(msgspec.Struct, frozen=True):
    """A record that this caller may see: what alone the join takes for one."""

    record: ProbationRecord


def is_open(record: ProbationRecord) -> bool:
    """Tell whether the record says itself that neither limit applies. One that does not say is not open."""
    return record.excluded is False and record.restricted is False


def by_check(record: ProbationRecord, may_see: bool | Failure) -> Admitted | NoRecord | Failure:
    """Return what the check's answer about this caller makes of a record that is not open."""
    if isinstance(may_see, Failure):
        return may_see
    return Admitted(record) if may_see else NoRecord.RESTRICTED
