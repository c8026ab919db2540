"""The recommendation of a POM: every line of both rules, every state, and what is never recommended."""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from resolvers.join import probation_half
from resolvers.limited_access import Admitted
from resolvers.recommendation import PomRule, PomType, pom_recommendation
from upstreams.errors import BadAnswer, Refused
from upstreams.records import (
    AssessedRisk,
    CodedValue,
    DeliusRoute,
    FieldFailure,
    NomisRoute,
    NoRecord,
    ProbationRecord,
    RiskLevel,
    System,
)

NOMIS_DOWN = BadAnswer(System.NOMIS, NomisRoute.PRISONER_SEARCH).failure()
NOMIS_REFUSED = Refused(System.NOMIS, NomisRoute.PRISONER_SEARCH).failure()
DELIUS_DOWN = BadAnswer(System.DELIUS, DeliusRoute.NDH).failure()
DELIUS_REFUSED = Refused(System.DELIUS, DeliusRoute.NDH).failure()
PARTS = frozenset({"tier", "risk", "date_of_birth"})
UNREADABLE = FieldFailure(DELIUS_DOWN)
NOW = datetime(2026, 1, 1, tzinfo=UTC)
PRISON, PROBATION = PomType.PRISON_POM, PomType.PROBATION_POM
SENTENCED, DETAINED = CodedValue("SENT03", "Adult Imprisonment"), CodedValue("DET", "Immigration Detainee")
COUNTED = " The POM is counted as responsible, because pomResponsible was not given."


def assessed(level):
    return AssessedRisk(level, date(2024, 1, 30))


LOW_RISK = assessed(RiskLevel.LOW)


@dataclass(frozen=True)
class Case:
    """What is known of somebody; `record` stands in the place of a whole record, where there is none."""

    imprisonment_status: Any = SENTENCED
    pom_responsible: bool | None = True
    tier: Any = "B1"
    risk: Any = LOW_RISK
    prisoner: Any = None
    record: Any = None

    def recommended(self, rule):
        prisoner = self.prisoner or SimpleNamespace(imprisonment_status=self.imprisonment_status)
        record = ProbationRecord(
            noms_number="A1234BC",
            crn="X100001",
            date_of_birth=None,
            excluded=False,
            restricted=False,
            tier=self.tier,
            managers=None,
            retrieved_at=NOW,
            risk=self.risk,
        )
        half = probation_half(self.record or Admitted(record), None, DeliusRoute.NDH, PARTS)
        return pom_recommendation(prisoner, half, rule, self.pom_responsible)


IMMIGRATION = "Immigration detention: a prison POM."
NOT_RESPONSIBLE = "The POM is not responsible: a prison POM."
STATUS_UNREADABLE = (
    "No recommendation: the imprisonment status in NOMIS cannot be read, so it may be immigration detention."
)
TIER_UNREADABLE = "No recommendation: the tier in Delius cannot be read."
NO_HALF = "No recommendation."
NO_PROBATION = f"{NO_HALF} There is no probation record to go by:"
NO_NOMIS = f"{NO_HALF} The prison record could not be read: NOMIS did not answer as agreed, or not in time."
BOTH_ALIKE = {
    "NOMIS down": (Case(prisoner=NOMIS_DOWN), None, NO_NOMIS),
    "NOMIS refused": (
        Case(prisoner=NOMIS_REFUSED),
        None,
        f"{NO_HALF} The prison record needs a role that was not given.",
    ),
    "NOMIS down, and not responsible": (Case(prisoner=NOMIS_DOWN, pom_responsible=False), None, NO_NOMIS),
    "no Delius record": (
        Case(record=NoRecord.NOT_FOUND),
        None,
        f"{NO_PROBATION} Delius has no record under this NOMS number.",
    ),
    "several Delius records": (
        Case(record=NoRecord.AMBIGUOUS),
        None,
        (
            f"{NO_PROBATION} Delius has several records under this NOMS number; probation staff have to put "
            "that right."
        ),
    ),
    "another's Delius record": (
        Case(record=NoRecord.MISMATCH),
        None,
        f"{NO_PROBATION} The record that Delius answered is not under this NOMS number, so it is not shown.",
    ),
    "limited access": (
        Case(record=NoRecord.RESTRICTED),
        None,
        f"{NO_PROBATION} Access to this record is limited.",
    ),
    "limited access, and immigration": (
        Case(record=NoRecord.RESTRICTED, imprisonment_status=DETAINED),
        None,
        f"{NO_PROBATION} Access to this record is limited.",
    ),
    "Delius refused": (
        Case(record=DELIUS_REFUSED),
        None,
        f"{NO_PROBATION} The probation half needs a role that was not given.",
    ),
    "Delius down": (
        Case(record=DELIUS_DOWN),
        None,
        f"{NO_PROBATION} Delius did not answer as agreed, or not in time.",
    ),
    "both down": (
        Case(prisoner=NOMIS_DOWN, record=DELIUS_DOWN),
        None,
        f"{NO_NOMIS} There is no probation record to go by: Delius did not answer as agreed, or not in time.",
    ),
    "immigration": (Case(imprisonment_status=DETAINED), PRISON, IMMIGRATION),
    "immigration, before all else": (
        Case(imprisonment_status=DETAINED, pom_responsible=None, tier="A2", risk=assessed(RiskLevel.HIGH)),
        PRISON,
        IMMIGRATION,
    ),
    "immigration, and nothing else readable": (
        Case(imprisonment_status=DETAINED, tier=UNREADABLE, risk=UNREADABLE),
        PRISON,
        IMMIGRATION,
    ),
    "a status that cannot be read": (Case(imprisonment_status=UNREADABLE), None, STATUS_UNREADABLE),
    "a status that cannot be read, and not responsible": (
        Case(imprisonment_status=UNREADABLE, pom_responsible=False),
        PRISON,
        NOT_RESPONSIBLE,
    ),
    "a status that cannot be read, and tier C": (
        Case(imprisonment_status=UNREADABLE, tier="C"),
        None,
        STATUS_UNREADABLE,
    ),
    "not responsible": (Case(pom_responsible=False), PRISON, NOT_RESPONSIBLE),
    "not responsible, before the tier and the risk": (
        Case(pom_responsible=False, tier="A2", risk=assessed(RiskLevel.VERY_HIGH)),
        PRISON,
        NOT_RESPONSIBLE,
    ),
    "not responsible, and nothing else readable": (
        Case(pom_responsible=False, tier=UNREADABLE, risk=UNREADABLE),
        PRISON,
        NOT_RESPONSIBLE,
    ),
    "tier A": (Case(tier="A2"), PROBATION, "Tier A: a probation POM."),
    "tier A, and nobody said who is responsible": (
        Case(tier="Tier A", pom_responsible=None),
        PROBATION,
        f"Tier A: a probation POM.{COUNTED}",
    ),
    "tier A, and no imprisonment status": (
        Case(tier="A2", imprisonment_status=None),
        PROBATION,
        "Tier A: a probation POM.",
    ),
}
TIER_2019 = {
    "tier B": (Case(tier="B1"), PROBATION, "Tier B: a probation POM."),
    "tier C": (Case(tier="C"), PRISON, "Tier C: a prison POM."),
    "tier D": (Case(tier="UD0"), PRISON, "Tier D: a prison POM."),
    "tier B, and nobody said who is responsible": (
        Case(pom_responsible=None),
        PROBATION,
        f"Tier B: a probation POM.{COUNTED}",
    ),
    "tier C, and a very high risk": (
        Case(tier="C1", risk=assessed(RiskLevel.VERY_HIGH)),
        PRISON,
        "Tier C: a prison POM.",
    ),
    "no tier": (Case(tier=None), None, "No recommendation: Delius has no tier for this person."),
    "no tier, and nobody said who is responsible": (
        Case(tier=" ", pom_responsible=None),
        None,
        f"No recommendation: Delius has no tier for this person.{COUNTED}",
    ),
    "a tier not assessed": (
        Case(tier="NA"),
        None,
        "No recommendation: Delius says that the tier is not assessed yet, or the person not supervised.",
    ),
    "a tier of another scale": (
        Case(tier="E"),
        None,
        "No recommendation: what Delius has in the place of the tier is none of A to D.",
    ),
    "a tier that cannot be read": (Case(tier=UNREADABLE), None, TIER_UNREADABLE),
}
HIGH = "High risk of serious harm: a probation POM."
LOW = "Low risk of serious harm, and not tier A: a prison POM."
UNHAD = "No recommendation: the risk of serious harm could not be had."
ROSH_2026 = {
    "tier A, and a low risk": (Case(tier="A"), PROBATION, "Tier A: a probation POM."),
    "tier A, and no risk": (
        Case(tier="A", risk=NoRecord.NOT_FOUND),
        PROBATION,
        "Tier A: a probation POM.",
    ),
    "tier A, and a risk that cannot be had": (
        Case(tier="A", risk=UNREADABLE),
        PROBATION,
        "Tier A: a probation POM.",
    ),
    "a low risk": (Case(), PRISON, LOW),
    "a medium risk": (
        Case(risk=assessed(RiskLevel.MEDIUM)),
        PRISON,
        "Medium risk of serious harm, and not tier A: a prison POM.",
    ),
    "a high risk": (Case(risk=assessed(RiskLevel.HIGH)), PROBATION, HIGH),
    "a very high risk": (
        Case(risk=assessed(RiskLevel.VERY_HIGH)),
        PROBATION,
        "Very high risk of serious harm: a probation POM.",
    ),
    "a low risk, and nobody said who is responsible": (Case(pom_responsible=None), PRISON, f"{LOW}{COUNTED}"),
    "a low risk, and no tier": (Case(tier=None), PRISON, LOW),
    "a low risk, and a tier of another scale": (Case(tier="E"), PRISON, LOW),
    "a low risk, and a tier that cannot be read": (Case(tier=UNREADABLE), None, TIER_UNREADABLE),
    "a high risk, and no tier": (Case(tier=None, risk=assessed(RiskLevel.HIGH)), PROBATION, HIGH),
    "a high risk, and a tier that cannot be read": (
        Case(tier=UNREADABLE, risk=assessed(RiskLevel.HIGH)),
        PROBATION,
        HIGH,
    ),
    "a blank level": (
        Case(risk=assessed(None)),
        None,
        "No recommendation: the risk of serious harm was assessed, but its level left blank.",
    ),
    "no risk": (
        Case(risk=NoRecord.NOT_FOUND),
        None,
        "No recommendation: no risk of serious harm is recorded.",
    ),
    "no risk, and nobody said who is responsible": (
        Case(risk=NoRecord.NOT_FOUND, pom_responsible=None),
        None,
        f"No recommendation: no risk of serious harm is recorded.{COUNTED}",
    ),
    "several risks": (
        Case(risk=NoRecord.AMBIGUOUS),
        None,
        "No recommendation: there are several risk assessments; probation staff have to put that right.",
    ),
    "a risk that was refused": (
        Case(risk=FieldFailure(DELIUS_REFUSED)),
        None,
        "No recommendation: the service that tells the risk of serious harm refused the gateway.",
    ),
    "a risk that cannot be had": (Case(risk=UNREADABLE), None, UNHAD),
    "neither tier nor risk readable": (Case(tier=UNREADABLE, risk=UNREADABLE), None, TIER_UNREADABLE),
}
TABLE = {
    **{f"{rule.value}, {name}": (rule, *line) for rule in PomRule for name, line in BOTH_ALIKE.items()},
    **{f"TIER_2019, {name}": (PomRule.TIER_2019, *line) for name, line in TIER_2019.items()},
    **{f"ROSH_2026, {name}": (PomRule.ROSH_2026, *line) for name, line in ROSH_2026.items()},
}


@pytest.mark.parametrize(("rule", "case", "kind", "reason"), TABLE.values(), ids=TABLE.keys())
def test_each_case_is_recommended_by_the_first_line_of_the_rule_that_holds(rule, case, kind, reason):
    recommended = case.recommended(rule)

    assert (recommended.type, recommended.reason, recommended.rule) == (kind, reason, rule)


anybody = st.builds(
    Case,
    imprisonment_status=st.sampled_from([SENTENCED, DETAINED, None, UNREADABLE]),
    pom_responsible=st.sampled_from([True, False, None]),
    tier=st.sampled_from(["A2", "B1", "UC0", "d", "E", "NA", "", None, UNREADABLE]),
    risk=st.sampled_from(
        [*map(assessed, RiskLevel), assessed(None), NoRecord.NOT_FOUND, NoRecord.AMBIGUOUS, UNREADABLE]
    ),
    prisoner=st.sampled_from([None, None, NOMIS_DOWN, NOMIS_REFUSED]),
    record=st.sampled_from([None, None, None, *NoRecord, DELIUS_DOWN, DELIUS_REFUSED]),
)
rules = st.sampled_from(PomRule)


@given(anybody, rules)
def test_nobody_is_recommended_unless_both_halves_are_found(case, rule):
    recommended = case.recommended(rule)

    if case.prisoner is not None or case.record is not None:
        assert recommended.type is None
    assert recommended.rule is rule
    assert recommended.reason.endswith(".")


@given(anybody, rules)
def test_a_probation_pom_is_recommended_by_a_known_fact_alone(case, rule):
    recommended = case.recommended(rule)

    if recommended.type is PROBATION:
        by_tier = case.tier in (("A2", "B1") if rule is PomRule.TIER_2019 else ("A2",))
        by_risk = case.risk in (assessed(RiskLevel.HIGH), assessed(RiskLevel.VERY_HIGH))
        assert by_tier or (by_risk and rule is PomRule.ROSH_2026)
        assert case.imprisonment_status in (SENTENCED, None)
        assert case.pom_responsible is not False


@given(anybody, rules)
def test_to_leave_out_who_is_responsible_is_to_say_that_the_pom_is(case, rule):
    told, untold = (
        Case(**{**vars(case), "pom_responsible": responsible}).recommended(rule)
        for responsible in (True, None)
    )

    assert untold.type is told.type
    assert untold.reason.removesuffix(COUNTED) == told.reason
    if told.type is PROBATION:
        assert untold.reason.endswith(COUNTED)


@given(anybody)
def test_the_rule_of_2019_knows_no_risk(case):
    without = Case(**{**vars(case), "risk": None})

    assert without.recommended(PomRule.TIER_2019) == case.recommended(PomRule.TIER_2019)
