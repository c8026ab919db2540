"""Parts of a Delius record that take a call of their own for each person, where a service has such calls.

MAPPA level, resourcing, and how officers can be reached (contract b.2). They are asked for by CRN, of people
whose record may be seen.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import msgspec

from upstreams.client import FORBIDDEN, Upstream
from upstreams.deadline import Deadline
from upstreams.delius.access_limitation import says_that_access_is_limited
from upstreams.delius.mappa import level_of_registrations
from upstreams.errors import BadAnswer
from upstreams.one_by_one import one_by_one
from upstreams.reading import document, flag, object_of, or_failure, text
from upstreams.records import (
    Failure,
    FieldFailure,
    NoRecord,
    OfficerContact,
    Read,
    Resourcing,
    User,
)

NOT_FOUND = 404


@dataclass(frozen=True, slots=True)
class PartCall:
    """How one part is asked for and read: `path` has the CRN's place in it."""

    path: str
    operation: str
    read: Callable[[bytes, Failure], Any]
    query: Mapping[str, str] = field(default_factory=dict)
    said_by_status: Mapping[int, NoRecord | None] = field(default_factory=dict)
    """What statuses other than 200 say, such as a 404 that there is none."""
    checks_access: bool = False
    """Whether a 403 may say that access to the record is limited."""


class _Resourcing(msgspec.Struct, rename="camel"):
    enhanced_resourcing: Any = None


def mappa_level(body: bytes, _failure: Failure) -> int:
    """Read the level of the registrations."""
    return level_of_registrations(body)


def resourcing(body: bytes, _failure: Failure) -> Resourcing | None:
    """Read the latest decision on resourcing."""
    enhanced = flag(document(body, _Resourcing).enhanced_resourcing)
    return None if enhanced is None else Resourcing.ENHANCED if enhanced else Resourcing.NORMAL


def officer_contacts(body: bytes, failure: Failure) -> dict[str, Read[OfficerContact]]:
    """Read how the officers of `allOffenderManagers` can be reached, by their staff codes.

    What cannot be read of one officer, or is told in two ways, is a failure of that one alone; a row whose
    officer cannot be told makes the whole unreadable, because it may be of anybody.
    """
    contacts: dict[str, Read[OfficerContact]] = {}
    for written in document(body, list[Any]):
        manager = object_of(written)
        if (code := text(manager.get("staffCode"))) is not None:
            contact = or_failure(_contact, manager.get("staff"), failure)
            known = contacts.setdefault(code, contact)
            contacts[code] = contact if contact == known else FieldFailure(failure)
    return contacts


def _contact(written: object) -> OfficerContact:
    staff = object_of(written)
    return OfficerContact(email=text(staff.get("email")), telephone=text(staff.get("phoneNumber")))


class FurtherParts:
    """The further calls of one service."""

    def __init__(self, upstream: Upstream, calls: Mapping[str, PartCall], *, concurrency: int) -> None:
        self.parts = frozenset(calls)
        self._upstream = upstream
        self._calls = calls
        self._concurrency = concurrency
        self._unreadable = BadAnswer(upstream.system, upstream.route).failure()

    async def parts_by_crn(
        self, asked: Sequence[tuple[str, str]], user: User | None, deadline: Deadline
    ) -> Mapping[tuple[str, str], Any | NoRecord | Failure]:
        """Return the value of each part and CRN, or why it could not be had.

        `user` is a Delius user in whose name to ask: the routes by CRN check limited access themselves, and
        one that says so restricts the whole record.
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
            telling=(FORBIDDEN,) if call.checks_access else (),
        )
        if call.checks_access and answer.status == FORBIDDEN and says_that_access_is_limited(answer.body):
            return NoRecord.RESTRICTED
        if answer.status in call.said_by_status and answer.may_be_the_service_s:
            return call.said_by_status[answer.status]
        return self._upstream.read(answer, lambda body: call.read(body, self._unreadable))
