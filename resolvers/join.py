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
    DeliusRoute,
    Failure,
    FailureCode,
    FieldFailure,
    NomisRoute,
    NoRecord,
    PrisonerRecord,
    ProbationRecord,
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

_FORBIDDEN_CODES = frozenset(
    {FailureCode.FORBIDDEN, FailureCode.NOMIS_FORBIDDEN, FailureCode.DELIUS_FORBIDDEN}
)


class PrisonHalf(msgspec.Struct, frozen=True, kw_only=True):
    """The NOMIS half: its state, and either the record or what went wrong."""

    status: PrisonRecordStatus
    route: NomisRoute
    retrieved_at: datetime | None = None
    stale: bool = False
    record: PrisonerRecord | None = None
    failure: Failure | None = None


class ProbationHalf(msgspec.Struct, frozen=True, kw_only=True):
    """The Delius half: its state, and, where it is FOUND, what may be shown of the record."""

    status: ProbationRecordStatus
    reason: str
    route: DeliusRoute
    warnings: tuple[ProbationRecordWarning, ...] = ()
    retrieved_at: datetime | None = None
    stale: bool = False
    failure: Failure | None = None
    crn: Read[str] = None
    tier: Read[Tier] = None
    case_handler: Read[CaseHandler] = None
    resourcing: Read[Resourcing] = None
    mappa_level: Read[int] = None

    @property
    def failures(self) -> list[Failure]:
        """Return what went wrong with this half, and within it."""
        values = [self.crn, self.tier, self.case_handler, self.resourcing, self.mappa_level]
        if isinstance(self.case_handler, CaseHandler) and self.case_handler.officer is not None:
            values.append(self.case_handler.officer.email)
        within = [value.failure for value in values if isinstance(value, FieldFailure)]
        return within if self.failure is None else [self.failure]


def prison_half(answer: PrisonerRecord | Failure, route: NomisRoute) -> PrisonHalf:
    """Return the NOMIS half of somebody who is not known to be unknown."""
    if isinstance(answer, Failure):
        refused = answer.code in _FORBIDDEN_CODES
        status = PrisonRecordStatus.FORBIDDEN if refused else PrisonRecordStatus.UNAVAILABLE
        return PrisonHalf(status=status, route=route, failure=answer)
    return PrisonHalf(
        status=PrisonRecordStatus.FOUND, route=route, retrieved_at=answer.retrieved_at, record=answer
    )


def probation_half(answer: Decided, date_of_birth: Read[date], route: DeliusRoute) -> ProbationHalf:
    """Return the Delius half; `date_of_birth` is NOMIS's, None where it is not to be had."""
    if isinstance(answer, Admitted):
        return _found(answer.record, date_of_birth, route)
    if isinstance(answer, NoRecord):
        status = ProbationRecordStatus[answer.value]
        return ProbationHalf(status=status, reason=REASONS[status], route=route)
    refused = answer.code in _FORBIDDEN_CODES
    status = ProbationRecordStatus.FORBIDDEN if refused else ProbationRecordStatus.UNAVAILABLE
    return ProbationHalf(status=status, reason=REASONS[status], route=route, failure=answer)


def _found(record: ProbationRecord, date_of_birth: Read[date], route: DeliusRoute) -> ProbationHalf:
    tier, tier_warning = read_tier(record.tier)
    handler, handler_warnings = case_handler(record.managers, record.officer_contacts)
    identity = compare_dates_of_birth(date_of_birth, record.date_of_birth)
    return ProbationHalf(
        status=ProbationRecordStatus.FOUND,
        reason=REASONS[ProbationRecordStatus.FOUND],
        route=route,
        warnings=tuple(
            warning for warning in (identity, tier_warning, *handler_warnings) if warning is not None
        ),
        retrieved_at=record.retrieved_at,
        crn=record.crn,
        tier=tier,
        case_handler=handler,
        resourcing=record.resourcing,
        mappa_level=record.mappa_level,
    )
