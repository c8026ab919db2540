"""Which POM is recommended: over both halves, by what the caller says, and never as an error."""

import json

import pytest

from twins import hard_cases as people
from twins.faults import Fault

RECOMMENDED = """
query ($n: [NomsNumber!]!, $responsible: Boolean) {
  offenders(nomsNumbers: $n) { pomRecommendation(pomResponsible: $responsible) { type reason rule } }
}
"""
ONE = '{ offender(nomsNumber: "G4273GI") { %s } }'
COUNTED = " The POM is counted as responsible, because pomResponsible was not given."
BY_TIER = {
    people.TOBIAS_FENHALE: ("PROBATION_POM", "Tier B: a probation POM."),
    people.TIER_WITH_HYPHEN: ("PROBATION_POM", "Tier A: a probation POM."),
    people.TIER_SMALL_LETTER: ("PRISON_POM", "Tier C: a prison POM."),
    people.TIER_UNIFIED: ("PRISON_POM", "Tier D: a prison POM."),
    people.TIER_ABSENT: (None, "No recommendation: Delius has no tier for this person."),
    people.TIER_OF_ANOTHER_SCALE: (
        None,
        "No recommendation: what Delius has in the place of the tier is none of A to D.",
    ),
    people.BORN_ANOTHER_DAY: ("PRISON_POM", "Tier C: a prison POM."),
}
WITHOUT = "No recommendation. There is no probation record to go by:"
WHATEVER_THE_TIER = {
    people.IMMIGRATION_DETAINEE: ("PRISON_POM", "Immigration detention: a prison POM."),
    people.IVOR_PELLSTONE: (None, f"{WITHOUT} Delius has no record under this NOMS number."),
    people.RESTRICTED: (None, f"{WITHOUT} Access to this record is limited."),
    people.ANOTHERS_NUMBER: (
        None,
        f"{WITHOUT} The record that Delius answered is not under this NOMS number, so it is not shown.",
    ),
}


def recommended(answer):
    return [tuple(one["pomRecommendation"].values()) for one in answer["data"]["offenders"]]


async def test_the_rule_of_2019_recommends_by_the_tier(gw):
    answer = await gw.ask(RECOMMENDED, n=[*BY_TIER, *WHATEVER_THE_TIER], responsible=True)

    told = [*BY_TIER.values(), *WHATEVER_THE_TIER.values()]
    assert recommended(answer) == [(kind, reason, "TIER_2019") for kind, reason in told]
    assert "errors" not in answer
    assert "extensions" not in answer


@pytest.mark.parametrize("variables", [{}, {"responsible": None}], ids=["left out", "null"])
async def test_who_is_not_said_to_be_in_support_counts_as_responsible_and_the_reason_says_so(gw, variables):
    answer = await gw.ask(RECOMMENDED, n=[*BY_TIER, *WHATEVER_THE_TIER], **variables)

    told = [
        *((kind, reason + COUNTED) for kind, reason in BY_TIER.values()),
        *WHATEVER_THE_TIER.values(),
    ]
    assert recommended(answer) == [(kind, reason, "TIER_2019") for kind, reason in told]


async def test_a_pom_who_is_not_responsible_is_a_prison_pom_whatever_the_tier(gw):
    answer = await gw.ask(RECOMMENDED, n=[*BY_TIER, *WHATEVER_THE_TIER], responsible=False)

    not_responsible = ("PRISON_POM", "The POM is not responsible: a prison POM.")
    told = [*[not_responsible] * len(BY_TIER), *WHATEVER_THE_TIER.values()]
    assert recommended(answer) == [(kind, reason, "TIER_2019") for kind, reason in told]


async def test_both_systems_are_asked_for_what_the_rule_reads_and_once(gw, stage):
    await gw.ask(ONE % "pomRecommendation { type }")

    (to_nomis,) = stage.prisoner_search.calls
    assert "imprisonmentStatus" in to_nomis.query
    assert "lastName" not in to_nomis.query
    assert stage.delius.calls.count() == 1


async def test_several_rules_and_answers_stand_side_by_side_under_their_own_keys(start, stage):
    query = ONE % (
        "a: pomRecommendation(rule: TIER_2019, pomResponsible: true) { type rule } "
        "b: pomRecommendation(pomResponsible: false) { type rule } "
        "c: pomRecommendation(rule: ROSH_2026) { type rule }"
    )

    async with start(**stage.route(risks=True)) as gw:
        answer = await gw.ask(query)

    assert answer["data"]["offender"] == {
        "a": {"type": "PROBATION_POM", "rule": "TIER_2019"},
        "b": {"type": "PRISON_POM", "rule": "TIER_2019"},
        "c": {"type": "PROBATION_POM", "rule": "ROSH_2026"},
    }
    assert stage.delius.calls.count() == 1
    assert stage.risks.calls.count() == 1


ARGUED = """
query ($rule: PomRule = TIER_2019, $responsible: Boolean = false) {
  offender(nomsNumber: "G4273GI") {
    pomRecommendation(rule: $rule, pomResponsible: $responsible) { type reason rule }
  }
}
"""
VARIABLES = {
    "defaults": ({}, ("PRISON_POM", "TIER_2019", False)),
    "another rule": ({"rule": "ROSH_2026", "responsible": True}, ("PROBATION_POM", "ROSH_2026", False)),
    "null for who is responsible": ({"responsible": None}, ("PROBATION_POM", "TIER_2019", True)),
}


async def test_variables_decide_on_every_request_of_one_document(start, stage):
    async with start(**stage.route(risks=True)) as gw:
        for _ in range(2):
            for variables, expected in VARIABLES.values():
                answer = await gw.ask(ARGUED, **variables)

                told = answer["data"]["offender"]["pomRecommendation"]
                assert (told["type"], told["rule"], told["reason"].endswith(COUNTED)) == expected


@pytest.mark.parametrize("variables", [{"rule": None}, {"rule": "TIER_2020"}, {"responsible": "yes"}])
async def test_a_value_that_does_not_fit_cannot_run_and_the_others_can_all_the_same(gw, stage, variables):
    fine = await gw.post({"query": ARGUED})
    stage.heal()
    refused = await gw.post({"query": ARGUED, "variables": variables})

    assert fine.status_code == 200
    assert refused.status_code == 400
    assert refused.json()["errors"][0]["extensions"]["code"] == "BAD_USER_INPUT"
    assert stage.prisoner_search.calls.count() == stage.delius.calls.count() == 0


@pytest.mark.parametrize("rule", ["TIER_2019", "ROSH_2026"])
@pytest.mark.parametrize(
    ("down", "words"),
    [
        (("prisoner_search",), ["The prison record could not be read"]),
        (("delius",), ["There is no probation record to go by: Delius did not answer"]),
        (("prisoner_search", "delius"), ["The prison record could not be read", "no probation record"]),
    ],
)
async def test_a_half_that_is_missing_recommends_nobody_and_is_no_error(start, stage, rule, down, words):
    for twin in down:
        getattr(stage, twin).faults.put(Fault(status=503))

    async with start(**stage.route(risks=True)) as gw:
        answer = await gw.ask(ONE % f"nomsNumber pomRecommendation(rule: {rule}) {{ type reason rule }}")

    told = answer["data"]["offender"]["pomRecommendation"]
    assert (told["type"], told["rule"]) == (None, rule)
    assert [word for word in words if word not in told["reason"]] == []
    assert "errors" not in answer
    assert {one["system"] for one in answer["extensions"]["incomplete"]} == {
        {"prisoner_search": "NOMIS", "delius": "DELIUS"}[twin] for twin in down
    }


@pytest.mark.parametrize(
    "role", ["ROLE_OFFENDER_GATEWAY__PRISON__RO", "ROLE_OFFENDER_GATEWAY__PROBATION__RO"]
)
async def test_a_role_that_the_caller_lacks_recommends_nobody_and_says_of_which_half(gw, token, role):
    answer = await gw.ask(ONE % "pomRecommendation { type reason }", token=token(role))

    missing = "prison record" if "PROBATION" in role else "probation half"
    told = answer["data"]["offender"]["pomRecommendation"]
    assert told["type"] is None
    assert f"{missing} needs a role that was not given" in told["reason"]
    assert "errors" not in answer
    assert "extensions" not in answer


@pytest.mark.parametrize(
    ("written", "kind", "counted"),
    [
        ({"imprisonmentStatus": 7}, None, True),
        ({"imprisonmentStatus": None}, "PROBATION_POM", False),
        ({"imprisonmentStatus": "DET"}, "PRISON_POM", False),
        ({"imprisonmentStatus": " DET "}, "PRISON_POM", False),
        ({"imprisonmentStatus": "SENT03", "imprisonmentStatusDescription": "DET"}, "PROBATION_POM", False),
    ],
)
async def test_immigration_detention_is_read_from_the_code_and_never_guessed(
    gw, stage, written, kind, counted
):
    row = {"prisonerNumber": "G4273GI", "dateOfBirth": "1979-11-14", **written}
    stage.prisoner_search.faults.put(
        Fault(status=200, body=json.dumps([row]), content_type="application/json")
    )

    answer = await gw.ask(ONE % "pomRecommendation { type reason }")

    assert answer["data"]["offender"]["pomRecommendation"]["type"] == kind
    assert "errors" not in answer
    assert ("extensions" in answer) == counted


async def test_a_page_of_a_population_is_recommended_alike(gw):
    query = """
    { prison(id: "LEI") { population(first: 200) { nodes {
        prisonRecord { status } probationRecord { status } tier { level }
        imprisonmentStatus { code } pomRecommendation { type reason } } } } }
    """

    answer = await gw.ask(query)

    nodes = answer["data"]["prison"]["population"]["nodes"]
    expected = {"A": "PROBATION_POM", "B": "PROBATION_POM", "C": "PRISON_POM", "D": "PRISON_POM"}
    plain = [
        one
        for one in nodes
        if one["probationRecord"]["status"] == "FOUND"
        and (one["imprisonmentStatus"] or {}).get("code") != "DET"
    ]
    assert len(plain) > 50
    assert all(
        one["pomRecommendation"]["type"] == (one["tier"] and expected[one["tier"]["level"]]) for one in plain
    )
