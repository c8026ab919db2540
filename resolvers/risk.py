"""The risk of serious harm, as a state of its own: what was had of it, and if nothing was, why."""

from datetime import date

import msgspec

from resolvers.join import ProbationHalf, status_of_failure
from resolvers.states import ProbationRecordStatus
from upstreams.records import FieldFailure, NoRecord, RiskLevel

_FOUND = ProbationRecordStatus.FOUND


class RiskOfSeriousHarm(msgspec.Struct, frozen=True, gc=False):
    """The risk; what is known of it is None with every status but FOUND."""

    status: ProbationRecordStatus
    level: RiskLevel | None = None
    assessed_on: date | None = None


_BY_STATUS = {status: RiskOfSeriousHarm(status) for status in ProbationRecordStatus}


def risk_of_serious_harm(half: ProbationHalf) -> RiskOfSeriousHarm:
    """Return the risk, and nothing of it but the half's own state where that is not FOUND.

    An assessment whose level was left blank is FOUND: that somebody was assessed is an answer.
    """
    if half.status is not _FOUND:
        return _BY_STATUS[half.status]
    risk = half.risk
    if isinstance(risk, FieldFailure):
        return _BY_STATUS[status_of_failure(risk.failure)]
    if isinstance(risk, NoRecord):
        return _BY_STATUS[ProbationRecordStatus[risk.value]]
    assert risk is not None
    return RiskOfSeriousHarm(_FOUND, risk.level, risk.assessed_on)
