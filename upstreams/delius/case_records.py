"""The route `case-records`: manage-pom-cases-and-delius, by OAuth (contract b.3).

It tells no date of birth, no NPS flag, no provider, and nothing of limited access: who may see a record is
always for the access check to say.
"""

from datetime import datetime
from functools import partial
from typing import Any

import msgspec

from upstreams.client import FORBIDDEN, Answer
from upstreams.delius.access_limitation import says_that_access_is_limited
from upstreams.delius.crn import read_crn
from upstreams.delius.mappa import level
from upstreams.delius.offender_detail import read_team
from upstreams.delius.person_by_person import ByCrn, Reader, Words
from upstreams.delius.risk import risk_of_rosh
from upstreams.errors import BadAnswer
from upstreams.identifiers import read_noms_number
from upstreams.reading import Unreadable, document, object_of, or_failure, text
from upstreams.records import (
    DeliusRoute,
    Failure,
    FieldFailure,
    NoRecord,
    OffenderManager,
    ProbationOfficer,
    ProbationRecord,
    Resourcing,
    System,
)

UNREADABLE = BadAnswer(System.DELIUS, DeliusRoute.CASE_RECORDS).failure()
BAD_REQUEST, CONFLICT = 400, 409
SEVERAL = "unique result"
"""What the message of a 409 holds where there are several records; every other fault of the database is a
409 too."""
NO_SUCH_FORM = "unrecognisedidentifiertype"


class _CaseRecord(msgspec.Struct, rename="camel"):
    crn: Any = None
    noms_id: Any = None
    current_tier: Any = None
    resourcing: Any = None
    manager: Any = None
    mappa_level: Any = None
    rosh: Any = None


class _Error(msgspec.Struct):
    message: str


def _no_record(answer: Answer) -> NoRecord | None:
    match answer.status:
        case 404 | 204 if answer.may_be_the_service_s:
            return NoRecord.NOT_FOUND
        case 409 if SEVERAL in _message(answer.body):
            return NoRecord.AMBIGUOUS
        case 403 if says_that_access_is_limited(answer.body):
            return NoRecord.RESTRICTED
    return None


def _no_record_by_crn(answer: Answer) -> NoRecord | None:
    if answer.status == BAD_REQUEST and NO_SUCH_FORM in _message(answer.body):
        # It knows CRNs of one letter alone, and so has nobody by one of two.
        return NoRecord.NOT_FOUND
    return _no_record(answer)


def _reader(parts: frozenset[str], failure: Failure) -> Reader:
    return partial(_record, failure, "risk" in parts)


def _record(
    failure: Failure, tells_risk: bool, _number: str, body: bytes, retrieved_at: datetime
) -> ProbationRecord:
    written = document(body, _CaseRecord)
    if written.crn is None and written.manager is None:
        # Both are always there: this is no case record.
        raise Unreadable
    parts: dict[str, Any] = {
        "crn": or_failure(read_crn, written.crn, failure),
        "tier": or_failure(text, written.current_tier, failure),
        "managers": or_failure(_managers, written.manager, failure),
        "resourcing": or_failure(_resourcing, written.resourcing, failure),
        "mappa_level": or_failure(level, written.mappa_level, failure),
        "risk": or_failure(risk_of_rosh, written.rosh, failure) if tells_risk else None,
    }
    return ProbationRecord(
        noms_number=read_noms_number(written.noms_id),
        date_of_birth=None,
        excluded=None,
        restricted=None,
        retrieved_at=retrieved_at,
        unreadable=any(isinstance(part, FieldFailure) for part in parts.values()),
        **parts,
    )


def _record_by_crn(crn: str, body: bytes, retrieved_at: datetime) -> ProbationRecord | NoRecord:
    """Read whose record this is. Raises `Unreadable`."""
    record = _record(UNREADABLE, False, crn, body, retrieved_at)
    if not isinstance(record.crn, str):
        raise Unreadable
    return record if record.crn == crn else NoRecord.MISMATCH


def _message(body: bytes) -> str:
    try:
        return document(body, _Error).message.lower()
    except Unreadable:
        return ""


def _managers(written: object) -> tuple[OffenderManager, ...]:
    """Read the manager; officer and email are absent where the case is allocated to nobody."""
    manager = object_of(written)
    if not manager:
        return ()
    return (
        OffenderManager(
            officer=_officer(manager), team=read_team(object_of(manager.get("team")), with_unit=True)
        ),
    )


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


CASE_RECORDS = Words(
    route=DeliusRoute.CASE_RECORDS,
    has_access_flags=False,
    path="case-records/{number}",
    operation="case-record",
    no_record=_no_record,
    reader=_reader,
    by_crn=ByCrn(
        "case-records/{crn}",
        "case-record-by-crn",
        _record_by_crn,
        _no_record_by_crn,
        telling=(BAD_REQUEST, FORBIDDEN, CONFLICT),
    ),
    telling=(FORBIDDEN, CONFLICT),
)
