"""The route `case-records`: manage-pom-cases-and-delius, by OAuth (contract b.3).

It tells no date of birth, no NPS flag, no provider, and nothing of limited access: who may see a record is
always for the access check to say.
"""

from collections.abc import Callable, Sequence
from datetime import datetime
from functools import partial
from typing import Any

import msgspec

from upstreams.client import FORBIDDEN, Upstream
from upstreams.deadline import Deadline
from upstreams.delius.access_limitation import says_that_access_is_limited
from upstreams.delius.mappa import level
from upstreams.delius.offender_detail import read_crn, read_team
from upstreams.errors import BadAnswer
from upstreams.identifiers import read_noms_number
from upstreams.one_by_one import one_by_one
from upstreams.reading import Unreadable, document, object_of, or_failure, text
from upstreams.records import (
    DeliusRoute,
    NoRecord,
    OffenderManager,
    ProbationAnswer,
    ProbationOfficer,
    ProbationRecord,
    Resourcing,
    System,
)

CONFLICT = 409
SEVERAL = "unique result"
"""What the message of a 409 holds where there are several records; every other fault of the database is a
409 too."""


class _CaseRecord(msgspec.Struct, rename="camel"):
    crn: Any = None
    noms_id: Any = None
    current_tier: Any = None
    resourcing: Any = None
    manager: Any = None
    mappa_level: Any = None


class _Error(msgspec.Struct):
    message: str


class CaseRecords:
    """Delius by case records: one call a person, with resourcing and the MAPPA level in it."""

    route = DeliusRoute.CASE_RECORDS
    has_access_flags = False

    def __init__(self, upstream: Upstream, *, concurrency: int, now: Callable[[], datetime]) -> None:
        self._upstream = upstream
        self._concurrency = concurrency
        self._now = now
        self._unreadable = BadAnswer(System.DELIUS, self.route).failure()

    async def probation_by_noms_number(
        self, numbers: Sequence[str], deadline: Deadline
    ) -> dict[str, ProbationAnswer]:
        """Return one answer for each number."""
        ask = partial(self._probation, deadline)
        return await one_by_one(numbers, ask, concurrency=self._concurrency)

    async def _probation(self, deadline: Deadline, number: str) -> ProbationAnswer:
        answer = await self._upstream.ask(
            "GET",
            f"case-records/{number}",
            operation="case-record",
            deadline=deadline,
            telling=(FORBIDDEN, CONFLICT),
        )
        match answer.status:
            case 404 | 204 if answer.may_be_the_service_s:
                return NoRecord.NOT_FOUND
            case 409 if _says_that_there_are_several(answer.body):
                return NoRecord.AMBIGUOUS
            case 403 if says_that_access_is_limited(answer.body):
                return NoRecord.RESTRICTED
        return self._upstream.read(answer, self._record)

    def _record(self, body: bytes) -> ProbationRecord:
        written = document(body, _CaseRecord)
        if written.crn is None and written.manager is None:
            # Both are always there: this is no case record.
            raise Unreadable
        return ProbationRecord(
            noms_number=read_noms_number(written.noms_id),
            crn=or_failure(read_crn, written.crn, self._unreadable),
            date_of_birth=None,
            excluded=None,
            restricted=None,
            tier=or_failure(text, written.current_tier, self._unreadable),
            managers=or_failure(_managers, written.manager, self._unreadable),
            retrieved_at=self._now(),
            resourcing=or_failure(_resourcing, written.resourcing, self._unreadable),
            mappa_level=or_failure(level, written.mappa_level, self._unreadable),
        )


def _says_that_there_are_several(body: bytes) -> bool:
    try:
        return SEVERAL in document(body, _Error).message.lower()
    except Unreadable:
        return False


def _managers(written: object) -> tuple[OffenderManager, ...]:
    """Read the manager; officer and email are absent where the case is allocated to nobody."""
    manager = object_of(written)
    if not manager:
        return ()
    return (OffenderManager(officer=_officer(manager), team=read_team(object_of(manager.get("team")))),)


def _officer(manager: dict[str, Any]) -> ProbationOfficer | None:
    name = object_of(manager.get("name"))
    officer = ProbationOfficer(
        code=text(manager.get("code")),
        # `forename` holds all of them today; older versions wrote the others apart.
        forenames=" ".join(filter(None, (text(name.get("forename")), text(name.get("middleName"))))) or None,
        surname=text(name.get("surname")),
        email=text(manager.get("email")),
    )
    return None if officer == ProbationOfficer() else officer


def _resourcing(written: object) -> Resourcing | None:
    words = text(written)
    try:
        return None if words is None else Resourcing(words)
    except ValueError as error:
        raise Unreadable from error
