"""Which prison offender manager (POM) is recommended for a case: a prison officer or a probation officer.

Two rules of the allocation service (contract f). A rule's lines are taken in order, and the first that holds
decides. A line whose fact cannot be read ends the rule without a recommendation, because it might hold: so an
imprisonment status that cannot be read, which may be immigration detention, recommends nobody, save where a
POM is not responsible, which comes to the same. "Tier A, or a high risk" holds by either fact. What is not
known is never guessed.
"""

from enum import Enum
from functools import lru_cache
from typing import TypeAlias

import msgspec

from resolvers.join import REASONS, ProbationHalf, prison_status
from resolvers.risk import risk_of_serious_harm
from resolvers.states import PrisonRecordStatus, ProbationRecordStatus, ProbationRecordWarning
from resolvers.tier import TierLevel
from upstreams.records import CodedValue, Failure, FieldFailure, PrisonerRecord, RiskLevel


class PomType(Enum):
    """The kind of officer."""

    PRISON_POM = "PRISON_POM"
    PROBATION_POM = "PROBATION_POM"


class PomRule(Enum):
    """The rule, by its main fact and the year that it is of."""

    TIER_2019 = "TIER_2019"
    ROSH_2026 = "ROSH_2026"


class PomRecommendation(msgspec.Struct, frozen=True, gc=False):
    """What a rule comes to; `type` is None where it recommends nobody, and `reason` says why."""

    type: PomType | None
    reason: str
    rule: PomRule


_Tier: TypeAlias = TierLevel | ProbationRecordWarning | None
"""The tier, why there is none, or None where it cannot be read."""
_Risk: TypeAlias = RiskLevel | ProbationRecordStatus
"""The risk, or the state in which no level is known."""

_FOUND = ProbationRecordStatus.FOUND
_TIER_2019 = PomRule.TIER_2019
IMMIGRATION_DETENTION = "DET"
INTENSIVE = frozenset({TierLevel.A, TierLevel.B})
RISKS = {
    RiskLevel.LOW: "Low risk of serious harm, and not tier A: a prison POM.",
    RiskLevel.MEDIUM: "Medium risk of serious harm, and not tier A: a prison POM.",
    RiskLevel.HIGH: "High risk of serious harm: a probation POM.",
    RiskLevel.VERY_HIGH: "Very high risk of serious harm: a probation POM.",
}
HIGH_RISKS = frozenset({RiskLevel.HIGH, RiskLevel.VERY_HIGH})

COUNTED_AS_RESPONSIBLE = " The POM is counted as responsible, because pomResponsible was not given."
STATUS_UNREADABLE = (
    "No recommendation: the imprisonment status in NOMIS cannot be read, so it may be immigration detention."
)
WITHOUT_PRISON_RECORD = {
    PrisonRecordStatus.FORBIDDEN: "The prison record needs a role that was not given.",
    PrisonRecordStatus.UNAVAILABLE: (
        "The prison record could not be read: NOMIS did not answer as agreed, or not in time."
    ),
}
WITHOUT_TIER = {
    ProbationRecordWarning.TIER_NOT_RECORDED: "No recommendation: Delius has no tier for this person.",
    ProbationRecordWarning.TIER_NOT_ASSESSED: (
        "No recommendation: Delius says that the tier is not assessed yet, or the person not supervised."
    ),
    ProbationRecordWarning.TIER_UNRECOGNISED: (
        "No recommendation: what Delius has in the place of the tier is none of A to D."
    ),
    None: "No recommendation: the tier in Delius cannot be read.",
}
WITHOUT_RISK = {
    ProbationRecordStatus.FOUND: (
        "No recommendation: the risk of serious harm was assessed, but its level left blank."
    ),
    ProbationRecordStatus.NOT_FOUND: "No recommendation: no risk of serious harm is recorded.",
    ProbationRecordStatus.AMBIGUOUS: (
        "No recommendation: there are several risk assessments; probation staff have to put that right."
    ),
    ProbationRecordStatus.FORBIDDEN: (
        "No recommendation: the service that tells the risk of serious harm refused the gateway."
    ),
    ProbationRecordStatus.UNAVAILABLE: "No recommendation: the risk of serious harm could not be had.",
}


def pom_recommendation(
    prisoner: PrisonerRecord | Failure,
    half: ProbationHalf,
    rule: PomRule,
    pom_responsible: bool | None,
) -> PomRecommendation:
    """Return what a rule recommends; `pom_responsible` is None where nobody said, and counts as true."""
    if half.status is not _FOUND or prisoner.__class__ is Failure:
        return _without_a_half(prison_status(prisoner), half.status, rule)
    assert not isinstance(prisoner, Failure)
    held_under = prisoner.imprisonment_status
    if isinstance(held_under, CodedValue) and held_under.code == IMMIGRATION_DETENTION:
        return PomRecommendation(PomType.PRISON_POM, "Immigration detention: a prison POM.", rule)
    if pom_responsible is False:
        return PomRecommendation(PomType.PRISON_POM, "The POM is not responsible: a prison POM.", rule)
    if isinstance(held_under, FieldFailure):
        return PomRecommendation(None, STATUS_UNREADABLE, rule)
    was_given = pom_responsible is not None
    if rule is _TIER_2019:
        return _by_tier(_tier(half), was_given)
    risk = risk_of_serious_harm(half)
    return _by_risk(_tier(half), risk.level or risk.status, was_given)


@lru_cache
def _without_a_half(
    prison: PrisonRecordStatus, probation: ProbationRecordStatus, rule: PomRule
) -> PomRecommendation:
    reasons = ["No recommendation."]
    if prison is not PrisonRecordStatus.FOUND:
        reasons.append(WITHOUT_PRISON_RECORD[prison])
    if probation is not _FOUND:
        reasons.append(f"There is no probation record to go by: {REASONS[probation]}")
    return PomRecommendation(None, " ".join(reasons), rule)


def _tier(half: ProbationHalf) -> _Tier:
    tier = half.tier
    if tier is None:
        return next(warning for warning in half.warnings if warning in WITHOUT_TIER)
    return None if isinstance(tier, FieldFailure) else tier.level


# There are few facts, and as few answers: whoever has the same ones gets the same object.
@lru_cache
def _by_tier(tier: _Tier, was_given: bool) -> PomRecommendation:
    if not isinstance(tier, TierLevel):
        return _recommending(None, WITHOUT_TIER[tier], _TIER_2019, was_given)
    if tier in INTENSIVE:
        return _recommending(
            PomType.PROBATION_POM, f"Tier {tier.value}: a probation POM.", _TIER_2019, was_given
        )
    return _recommending(PomType.PRISON_POM, f"Tier {tier.value}: a prison POM.", _TIER_2019, was_given)


@lru_cache
def _by_risk(tier: _Tier, risk: _Risk, was_given: bool) -> PomRecommendation:
    rule = PomRule.ROSH_2026
    if tier is TierLevel.A:
        return _recommending(PomType.PROBATION_POM, "Tier A: a probation POM.", rule, was_given)
    if isinstance(risk, RiskLevel) and risk in HIGH_RISKS:
        return _recommending(PomType.PROBATION_POM, RISKS[risk], rule, was_given)
    if tier is None:
        return _recommending(None, WITHOUT_TIER[None], rule, was_given)
    if isinstance(risk, RiskLevel):
        return _recommending(PomType.PRISON_POM, RISKS[risk], rule, was_given)
    return _recommending(None, WITHOUT_RISK[risk], rule, was_given)


def _recommending(kind: PomType | None, reason: str, rule: PomRule, was_given: bool) -> PomRecommendation:
    return PomRecommendation(kind, reason if was_given else reason + COUNTED_AS_RESPONSIBLE, rule)
