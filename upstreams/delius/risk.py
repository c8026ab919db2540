"""The risk of serious harm (RoSH): by Assess Risks and Needs, or as the case records tell it (b.3, b.8).

Assess Risks and Needs reads assessments out of OASys. Their texts are about victims, and are not read.
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

import msgspec

from upstreams.deadline import Deadline
from upstreams.delius.further_parts import NOT_FOUND, PartCall
from upstreams.errors import Untold
from upstreams.reading import Unreadable, day, document, object_of, text
from upstreams.records import AssessedRisk, DeliusRoute, Failure, NoRecord, RiskLevel, System, User

CONFLICT = 409
WEEKS = 156
"""How old the assessment may be that is answered: three years, as in the contract's sample. `assessed_on`
says how old it is. Without a number the service takes 55 weeks, less than a sentence often lasts."""


class _Risks(msgspec.Struct, rename="camel"):
    summary: Any = None
    assessed_on: Any = None


def risk_of_assessment(body: bytes, _failure: Failure) -> AssessedRisk:
    """Read the latest assessment.

    Raises `Unreadable` also for a level of no known name and for an odd date: half an assessment might be
    taken for a whole one.
    """
    risks = document(body, _Risks)
    if risks.summary is None:
        # It is always there, empty where nothing was assessed: this is no answer about risks.
        raise Unreadable
    return AssessedRisk(_level(object_of(risks.summary).get("overallRiskLevel")), _day_of(risks.assessed_on))


def risk_of_rosh(written: object) -> AssessedRisk | NoRecord:
    """Read a case record's `rosh`, absent where nothing is registered. Raises `Unreadable`."""
    if written is None:
        return NoRecord.NOT_FOUND
    rosh = object_of(written)
    return AssessedRisk(_level(rosh.get("level")), day(rosh.get("startDate")))


def _level(written: object) -> RiskLevel | None:
    words = text(written)
    try:
        return None if words is None else RiskLevel(words)
    except ValueError as error:
        raise Unreadable from error


def _day_of(written: object) -> date | None:
    """Read the day of a local date-time."""
    words = text(written)
    try:
        return None if words is None else datetime.fromisoformat(words).date()
    except ValueError as error:
        raise Unreadable from error


RISK_CALL = PartCall(
    f"risks/crn/{{crn}}/{WEEKS}",
    "risk-of-serious-harm",
    risk_of_assessment,
    said_by_status={NOT_FOUND: NoRecord.NOT_FOUND, CONFLICT: NoRecord.AMBIGUOUS},
    checks_access=True,
)


class NoRiskAssessment:
    """Stands in where nobody tells the risk: it is unavailable, and no call is made."""

    parts = frozenset({"risk"})

    def __init__(self, route: DeliusRoute) -> None:
        self._untold = Untold(System.DELIUS, route).failure()

    async def parts_by_crn(
        self, asked: Sequence[tuple[str, str]], _user: User | None, _deadline: Deadline
    ) -> Mapping[tuple[str, str], Failure]:
        """Return why it is not told."""
        return dict.fromkeys(asked, self._untold)
