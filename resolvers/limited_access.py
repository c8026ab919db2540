"""Limited access (LAO): exclusions and restrictions of a record, failing closed (contract b.7, ADR 11).

Every record passes here, whichever route it came by, before any field can see it.
"""

import msgspec

from upstreams.records import Failure, NoRecord, ProbationRecord, User

DELIUS_SOURCE = "delius"
"""The `auth_source` of a user whom Delius knows, and whose user name it may judge by."""
OTHER_SOURCES = frozenset({"nomis", "auth", "azuread", "none"})
"""Those of anybody else (contract c)."""


class Admitted(msgspec.Struct, frozen=True, gc=False):
    """A record that this caller may see: what alone the join takes for one.

    One that was found `by_merged_number` is under an old number of the person, which was merged into theirs.
    """

    record: ProbationRecord
    by_merged_number: bool = False


def delius_user(user: User | None) -> User | None:
    """Return the user if Delius knows them: a namesake of another source is somebody else."""
    return user if user is not None and user.source == DELIUS_SOURCE else None


def may_be_checked(user: User | None, *, has_flags: bool) -> bool:
    """Tell whether the check can decide for this caller about a record that does not say it is open.

    Where the route has flags, it decides for Delius users alone: of anybody else it could not tell
    exclusions. A route without flags leaves no other way, save for a user of whom the token does not say
    clearly that they are none of Delius's: an exclusion would not be seen.
    """
    if delius_user(user) is not None:
        return True
    return not has_flags and (user is None or user.source in OTHER_SOURCES)


def is_open(record: ProbationRecord) -> bool:
    """Tell whether the record says itself that neither limit applies. One that does not say is not open."""
    return record.excluded is False and record.restricted is False


def by_check(record: ProbationRecord, may_see: bool | Failure) -> Admitted | NoRecord | Failure:
    """Return what the check's answer about this caller makes of a record that is not open."""
    if isinstance(may_see, Failure):
        return may_see
    return Admitted(record) if may_see else NoRecord.RESTRICTED
