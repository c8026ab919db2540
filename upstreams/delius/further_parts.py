"""Parts of a Delius record that take a call of their own for each person, where a route has such calls.

MAPPA level, resourcing, and how officers can be reached (contract b.2). They are asked for by CRN, of people
whose record may be seen.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import msgspec

from upstreams.client import OK, Upstream
from upstreams.deadline import Deadline
from upstreams.delius.mappa import level_of_registrations
from upstreams.errors import BadAnswer
from upstreams.one_by_one import one_by_one
from upstreams.reading import Unreadable, document, flag, object_of, text
from upstreams.records import DeliusRoute, Failure, OfficerContact, Resourcing, User

NOT_FOUND = 404


@dataclass(frozen=True, slots=True)
class PartCall:
    """How one part is asked for and read: `path` has the CRN's place in it."""

    path: str
    operation: str
    read: Callable[[bytes], Any]
    query: Mapping[str, str] = field(default_factory=dict)
    absent: bool = False
    """Whether a 404 says that there is none."""


class _Resourcing(msgspec.Struct, rename="camel"):
    enhanced_resourcing: Any = None


def resourcing(body: bytes) -> Resourcing | None:
    """Read the latest decision on resourcing."""
    enhanced = flag(document(body, _Resourcing).enhanced_resourcing)
    return None if enhanced is None else Resourcing.ENHANCED if enhanced else Resourcing.NORMAL


def officer_contacts(body: bytes) -> dict[str, OfficerContact]:
    """Read how the officers of `allOffenderManagers` can be reached, by their staff codes."""
    contacts: dict[str, OfficerContact] = {}
    for written in document(body, list[Any]):
        manager = object_of(written)
        staff, code = object_of(manager.get("staff")), text(manager.get("staffCode"))
        if code is not None:
            contacts[code] = OfficerContact(
                email=text(staff.get("email")), telephone=text(staff.get("phoneNumber"))
            )
    return contacts


IN_FORCE = {"activeOnly": "true"}
CALLS: Mapping[DeliusRoute, Mapping[str, PartCall]] = {
    DeliusRoute.NDH: {
        "mappa_level": PartCall(
            "offenders/crn/{crn}/registrations", "registrations", level_of_registrations, IN_FORCE
        ),
    },
    DeliusRoute.COMMUNITY_API: {
        "mappa_level": PartCall(
            "secure/offenders/crn/{crn}/registrations",
            "registrations",
            level_of_registrations,
            IN_FORCE,
        ),
        "resourcing": PartCall(
            "secure/offenders/crn/{crn}/risk/resourcing/latest", "resourcing", resourcing, absent=True
        ),
        "officer_contacts": PartCall(
            "secure/offenders/crn/{crn}/allOffenderManagers", "all-offender-managers", officer_contacts
        ),
    },
}


class FurtherParts:
    """The further calls of one route."""

    def __init__(self, upstream: Upstream, calls: Mapping[str, PartCall], *, concurrency: int) -> None:
        self.parts = frozenset(calls)
        self._upstream = upstream
        self._calls = calls
        self._concurrency = concurrency

    async def parts_by_crn(
        self, asked: Sequence[tuple[str, str]], user: User | None, deadline: Deadline
    ) -> Mapping[tuple[str, str], Any | Failure]:
        """Return the value of each part and CRN, or why it could not be had.

        `user` is a Delius user in whose name to ask: the routes by CRN check limited access themselves.
        """
        ask = partial(self._ask, user, deadline)
        return await one_by_one(asked, ask, concurrency=self._concurrency)

    async def _ask(self, user: User | None, deadline: Deadline, key: tuple[str, str]) -> Any:
        part, crn = key
        call = self._calls[part]
        answer = await self._upstream.ask(
            "GET",
            call.path.format(crn=crn),
            operation=call.operation,
            deadline=deadline,
            query=call.query,
            user=user,
        )
        if answer.status == NOT_FOUND and call.absent:
            return None
        try:
            if answer.status != OK:
                raise Unreadable
            return call.read(answer.body)
        except Unreadable as error:
            raise BadAnswer(self._upstream.system, self._upstream.route) from error
