"""The join: what one person's answers from NOMIS and Delius come to, as states and values. Pure.

The order of the states is the contract's: the first that fits holds, and a state other than FOUND lets
nothing of the record through.
"""

from datetime import date, datetime
from typing import TypeAlias

import msgspec

from resolvers.case_handler import CaseHandler, case_handler
from resolvers.limited_access import Admitted
from resolvers.match import compare_dates_of_birth
from resolvers.states import PrisonRecordStatus, ProbationRecordStatus, ProbationRecordWarning
from resolvers.tier import Tier, read_tier
from upstreams.records import (
    AssessedRisk,
    DeliusRoute,
    Failure,
    FailureCode,
    FieldFailure,
    NomisRoute,
    NoRecord,
    PrisonerRecord,
    Read,
    Resourcing,
)

Decided: TypeAlias = Admitted | NoRecord | Failure
"""Delius's answer about one number, once it is decided whether this caller may see it."""

REASONS = {
    ProbationRecordStatus.FOUND: "Delius has one record under this NOMS number.",
    ProbationRecordStatus.NOT_FOUND: "Delius has no record under this NOMS number.",
    ProbationRecordStatus.AMBIGUOUS: (
        "Delius has several records under this NOMS number; probation staff have to put that right."
    ),
    ProbationRecordStatus.MISMATCH: (
        "The record that Delius answered is not under this NOMS number, so it is not shown."
    ),
    ProbationRecordStatus.RESTRICTED: "Access to this record is limited.",
    ProbationRecordStatus.FORBIDDEN: "The probation half needs a role that was not given.",
    ProbationRecordStatus.UNAVAILABLE: "Delius did not answer as agreed, or not in time.",
}

_FOUND = ProbationRecordStatus.FOUND
_FOUND_REASON = REASONS[_FOUND]
"""Looked up once: the look-up of an enum's value hashes its name, for each of a thousand people."""
_FOUND_BY_MERGED_NUMBER = (
    "Delius has one record, under an old NOMS number that NOMIS has merged into this person's."
)

_FORBIDDEN_CODES = frozenset(
    {FailureCode.FORBIDDEN, FailureCode.NOMIS_FORBIDDEN, FailureCode.DELIUS_FORBIDDEN}
)


class PrisonHalf(msgspec.Struct, frozen=True, gc=False):
    """How the NOMIS half was had."""

    status: PrisonRecordStatus
    route: NomisRoute
    retrieved_at: datetime | None = None
    stale: bool = False


class ProbationHalf(msgspec.Struct, frozen=True, gc=False):
    """The Delius half: its state, and, where it is FOUND, what may be shown of the record.

    Where it `is_whole`, as most are, nothing of it failed, and nobody has to look for it.
    """

    status: ProbationRecordStatus
    reason: str
    route: DeliusRoute
    is_whole: bool
    warnings: tuple[ProbationRecordWarning, ...] = ()
    retrieved_at: datetime | None = None
    crn: Read[str] = None
    tier: Read[Tier] = None
    case_handler: Read[CaseHandler] = None
    resourcing: Read[Resourcing] = None
    mappa_level: Read[int] = None
    risk: Read[AssessedRisk | NoRecord] = None
    stale: bool = False
    failure: Failure | None = None


def prison_half(answer: PrisonerRecord | Failure, route: NomisRoute) -> PrisonHalf:
    """Return how the NOMIS half was had of somebody who is not known to be unknown."""
    if type(answer) is not Failure:
        return PrisonHalf(PrisonRecordStatus.FOUND, route, answer.retrieved_at)
    return PrisonHalf(prison_status(answer), route)


def prison_status(answer: PrisonerRecord | Failure) -> PrisonRecordStatus:
    """Return the state of the NOMIS half of somebody who is not known to be unknown."""
    if type(answer) is not Failure:
        return PrisonRecordStatus.FOUND
    refused = answer.code in _FORBIDDEN_CODES
    return PrisonRecordStatus.FORBIDDEN if refused else PrisonRecordStatus.UNAVAILABLE


def probation_half(
    answer: Decided, date_of_birth: Read[date], route: DeliusRoute, parts: frozenset[str]
) -> ProbationHalf:
    """Return the Delius half, with what is made of these parts of the record.

    `date_of_birth` is NOMIS's, None where it is not to be had.
    """
    if not isinstance(answer, Admitted):
        return _without_record(answer, route)
    record = answer.record
    tier: Read[Tier] = None
    handler: Read[CaseHandler] = None
    warnings: tuple[ProbationRecordWarning, ...] = ()
    if "managers" in parts:
        handler, warnings = case_handler(record.managers, record.officer_contacts)
    if "tier" in parts:
        tier, tier_warning = read_tier(record.tier)
        if tier_warning is not None:
            warnings = (tier_warning, *warnings)
    if "date_of_birth" in parts:
        identity = compare_dates_of_birth(date_of_birth, record.date_of_birth)
        if identity is not None:
            warnings = (identity, *warnings)
    is_whole = not record.unreadable and record.officer_contacts is None
    half = ProbationHalf(
        _FOUND,
        _FOUND_REASON,
        route,
        is_whole,
        warnings,
        record.retrieved_at,
        record.crn,
        tier,
        handler,
        record.resourcing,
        record.mappa_level,
        record.risk,
    )
    return _by_merged_number(half) if answer.by_merged_number else half


def _by_merged_number(half: ProbationHalf) -> ProbationHalf:
    warnings = (*half.warnings, ProbationRecordWarning.FOUND_BY_MERGED_NUMBER)
    return msgspec.structs.replace(half, reason=_FOUND_BY_MERGED_NUMBER, warnings=warnings)


def _without_record(answer: NoRecord | Failure, route: DeliusRoute) -> ProbationHalf:
    if isinstance(answer, NoRecord):
        status = ProbationRecordStatus[answer.value]
        return ProbationHalf(status, REASONS[status], route, is_whole=True)
    status = status_of_failure(answer)
    return ProbationHalf(status, REASONS[status], route, is_whole=False, failure=answer)


def status_of_failure(failure: Failure) -> ProbationRecordStatus:
    """Return the state that a failure of Delius comes to."""
    refused = failure.code in _FORBIDDEN_CODES
    return ProbationRecordStatus.FORBIDDEN if refused else ProbationRecordStatus.UNAVAILABLE


def failures(probation: Decided) -> list[Failure]:
    """Return what went wrong with the Delius half, or with parts of it that were asked for."""
    if not isinstance(probation, Admitted):
        return [probation] if isinstance(probation, Failure) else []
    record = probation.record
    values: list[object] = [
        *(record.crn, record.tier, record.managers, record.resourcing, record.mappa_level, record.risk)
    ]
    handler, _ = case_handler(record.managers, record.officer_contacts)
    if isinstance(handler, CaseHandler) and handler.officer is not None:
        values.append(handler.officer.email)
    return [value.failure for value in values if isinstance(value, FieldFailure)]
