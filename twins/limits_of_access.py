"""Decides what Delius decides: whether a user may see a person whose access is limited."""

from dataclasses import dataclass
from typing import Any

from twins.people import InDelius


@dataclass(frozen=True, slots=True)
class AccessLimitation:
    """What limits one user's access to one record; each message is there only where its limit holds."""

    restricted: bool = False
    excluded: bool = False
    restriction_message: str | None = None
    exclusion_message: str | None = None

    @property
    def holds(self) -> bool:
        """Whether the user may not see the record."""
        return self.restricted or self.excluded

    def body(self) -> dict[str, Any]:
        """Return the limitation as Delius writes it."""
        return {
            "userRestricted": self.restricted,
            "restrictionMessage": self.restriction_message,
            "userExcluded": self.excluded,
            "exclusionMessage": self.exclusion_message,
        }


def limitation(record: InDelius, username: str | None) -> AccessLimitation:
    """Judge one user, in any case of letters.

    Nobody, or a user whom Delius does not know, is on no list: every restriction holds, and no exclusion.
    """
    user = (username or "").casefold()
    restricted = bool(record.restriction) and not _listed(user, record.restricted_to)
    excluded = bool(record.exclusion) and _listed(user, record.excluded_users)
    return AccessLimitation(
        restricted,
        excluded,
        record.restriction_message if restricted else None,
        record.exclusion_message if excluded else None,
    )


def _listed(user: str, users: tuple[str, ...]) -> bool:
    return user in (listed.casefold() for listed in users)
