"""The risk of serious harm: who tells it, what each answer comes to, and whom it is asked for."""

import json

import pytest
from gateways import gateway

from twins import hard_cases as people
from twins.delius_users import NPS_USER, TRUSTED_USER
from twins.faults import Fault

RISKS = """
query ($n: [NomsNumber!]!) {
  offenders(nomsNumbers: $n) {
    lastName tier { code } probationRecord { status } riskOfSeriousHarm { status level assessedOn }
  }
}
"""
RECOMMENDED = """
query ($n: [NomsNumber!]!) {
  offenders(nomsNumbers: $n) { pomRecommendation(rule: ROSH_2026) { type reason rule } }
}
"""
ROUTES = ["ndh", "community-api", "probation-search", "case-records"]
ASSESSED = {"status": "FOUND", "level": "HIGH", "assessedOn": "2024-01-30"}


def nothing(status):
    return {"status": status, "level": None, "assessedOn": None}


def risks(answer):
    return [person["riskOfSeriousHarm"] for person in answer["data"]["offenders"]]


def asked(stage):
    return [call.path for call in stage.risks.calls]


def assessment(summary, **others):
    body = {"summary": summary, "assessedOn": "2024-01-30T10:11:12", **others}
    return Fault(status=200, body=json.dumps(body), content_type="application/json")


@pytest.fixture(scope="module")
async def by_assessment(_stage):
    settings = _stage.route("probation-search", access=True, risks=True)
    async with gateway({**settings, "DELIUS_TIMEOUT_SECONDS": "1"}) as running:
        yield running


@pytest.fixture
def gw(by_assessment, token):
    by_assessment.token = token()
    return by_assessment


@pytest.mark.parametrize("route", ROUTES)
async def test_where_assess_risks_and_needs_is_set_it_tells_the_risk_whatever_the_route(start, stage, route):
    async with start(**stage.route(route, access=True, risks=True)) as gw:
        answer = await gw.ask(RISKS, n=["G4273GI", "G4273GI"])

    assert risks(answer) == [ASSESSED] * 2
    assert "errors" not in answer
    assert asked(stage) == ["/risks/crn/X100001/156"]
    assert stage.risks.calls[0].has_authorization


STATES = {
    people.TOBIAS_FENHALE: ASSESSED,
    people.RISK_NOT_ASSESSED: nothing("NOT_FOUND"),
    people.RISK_LEVEL_BLANK: {**ASSESSED, "level": None},
    people.RISK_ASSESSED_TWICE: nothing("AMBIGUOUS"),
    people.SOFT_DELETED: nothing("NOT_FOUND"),
    people.TWO_DELIUS_RECORDS: nothing("AMBIGUOUS"),
    people.RESTRICTED: nothing("RESTRICTED"),
}


async def test_each_person_s_risk_is_a_state_of_its_own_or_that_of_their_record(gw, stage):
    answer = await gw.ask(RISKS, n=list(STATES))

    assert dict(zip(STATES, risks(answer), strict=True)) == STATES
    assert "errors" not in answer
    assert "extensions" not in answer
    shown = [stage.population.get(number).delius[0].crn for number in list(STATES)[:4]]
    assert sorted(asked(stage)) == sorted(f"/risks/crn/{crn}/156" for crn in shown)


ANSWERS = {
    "a level": (assessment({"overallRiskLevel": "VERY_HIGH"}), {**ASSESSED, "level": "VERY_HIGH"}, None),
    "a level between spaces": (assessment({"overallRiskLevel": " LOW "}), {**ASSESSED, "level": "LOW"}, None),
    "a blank level": (assessment({"overallRiskLevel": " "}), {**ASSESSED, "level": None}, None),
    "no level": (assessment({}), {**ASSESSED, "level": None}, None),
    "no day": (
        assessment({"overallRiskLevel": "LOW"}, assessedOn=None),
        {"status": "FOUND", "level": "LOW", "assessedOn": None},
        None,
    ),
    "a level of no known name": (assessment({"overallRiskLevel": "EXTREME"}), None, "DELIUS_UNAVAILABLE"),
    "a level that is a number": (assessment({"overallRiskLevel": 3}), None, "DELIUS_UNAVAILABLE"),
    "a day of no calendar": (assessment({}, assessedOn="2024-02-30T10:00:00"), None, "DELIUS_UNAVAILABLE"),
    "no summary": (assessment(None), None, "DELIUS_UNAVAILABLE"),
    "a list": (Fault(status=200, body="[]"), None, "DELIUS_UNAVAILABLE"),
    "404": (Fault(status=404, body="{}"), nothing("NOT_FOUND"), None),
    "404 of an HTML page": (
        Fault(status=404, body="<html>", content_type="text/html"),
        None,
        "DELIUS_UNAVAILABLE",
    ),
    "409": (Fault(status=409, body="{}"), nothing("AMBIGUOUS"), None),
    "500": (Fault(status=500), None, "DELIUS_UNAVAILABLE"),
    "503": (Fault(status=503, retry_after=30), None, "DELIUS_UNAVAILABLE"),
    "no answer in time": (Fault(delay_seconds=20), None, "DELIUS_UNAVAILABLE"),
    "half a document": (Fault(cut_after_bytes=30), None, "DELIUS_UNAVAILABLE"),
    "403": (Fault(status=403, body='{"status": 403}'), None, "DELIUS_FORBIDDEN"),
    "401 again": (Fault(status=401), None, "DELIUS_FORBIDDEN"),
}


@pytest.mark.parametrize(("fault", "risk", "code"), ANSWERS.values(), ids=ANSWERS.keys())
async def test_whatever_the_service_answers_is_a_state_and_never_an_error(gw, stage, fault, risk, code):
    stage.risks.faults.put(fault)

    answer = await gw.ask(RISKS, n=["G4273GI"])

    failed = {"DELIUS_UNAVAILABLE": nothing("UNAVAILABLE"), "DELIUS_FORBIDDEN": nothing("FORBIDDEN")}
    assert risks(answer) == [risk or failed[code]]
    assert answer["data"]["offenders"][0]["tier"] == {"code": "B1"}
    assert answer["data"]["offenders"][0]["probationRecord"] == {"status": "FOUND"}
    assert "errors" not in answer
    incomplete = [{"system": "DELIUS", "route": "PROBATION_SEARCH", "code": code, "people": 1}]
    assert answer.get("extensions") == ({"incomplete": incomplete} if code else None)


async def test_a_service_that_is_down_leaves_everybody_s_record_and_is_counted(start, stage):
    numbers = ["G4273GI", people.RISK_NOT_ASSESSED, people.RESTRICTED]
    settings = {**stage.route("probation-search"), "RISK_ASSESSMENT_URL": "http://127.0.0.1:9"}

    async with start(**settings) as gw:
        answer = await gw.ask(RISKS, n=numbers)

    assert [risk["status"] for risk in risks(answer)] == ["UNAVAILABLE", "UNAVAILABLE", "RESTRICTED"]
    assert answer["data"]["offenders"][0]["tier"] == {"code": "B1"}
    assert answer["extensions"]["incomplete"][0]["people"] == 2


async def test_a_refusal_that_is_an_access_limitation_restricts_the_whole_record(gw, stage):
    stage.risks.faults.put(
        Fault(status=403, body='{"userRestricted": true, "restrictionMessage": "Not you"}')
    )

    response = await gw.post({"query": RISKS, "variables": {"n": ["G4273GI"]}})

    (person,) = response.json()["data"]["offenders"]
    assert person["lastName"] == "FENHALE"
    assert (person["tier"], person["probationRecord"]) == (None, {"status": "RESTRICTED"})
    assert person["riskOfSeriousHarm"] == nothing("RESTRICTED")
    assert "errors" not in response.json()
    assert "Not you" not in response.text


async def test_it_is_asked_in_the_name_of_a_delius_user(start, stage, delius_user):
    async with start(**stage.route("probation-search", access=True, risks=True)) as gw:
        trusted = await gw.ask(RISKS, n=[people.RESTRICTED], token=delius_user(TRUSTED_USER))
        barred = await gw.ask(RISKS, n=[people.RESTRICTED], token=delius_user(NPS_USER))

    assert risks(trusted) == [{**ASSESSED, "level": "MEDIUM"}]
    assert risks(barred) == [nothing("RESTRICTED")]
    assert len(asked(stage)) == 1


async def test_a_caller_without_the_probation_role_causes_no_call(gw, stage, token):
    answer = await gw.ask(RISKS, n=["G4273GI"], token=token("ROLE_OFFENDER_GATEWAY__PRISON__RO"))

    assert risks(answer) == [nothing("FORBIDDEN")]
    assert asked(stage) == []


NOT_ASKED_FOR = {
    "the tier": "tier { code }",
    "the whole state": "probationRecord { status warnings }",
    "the rule of 2019": "pomRecommendation { type }",
    "the rule of 2019, named": "pomRecommendation(rule: TIER_2019) { type }",
}


@pytest.mark.parametrize("selection", NOT_ASKED_FOR.values(), ids=NOT_ASKED_FOR.keys())
async def test_the_risk_is_asked_for_where_the_operation_asks_and_nowhere_else(gw, stage, selection):
    await gw.ask(
        f"query ($n: [NomsNumber!]!) {{ offenders(nomsNumbers: $n) {{ {selection} }} }}", n=["G4273GI"]
    )

    assert asked(stage) == []


async def test_two_fields_and_two_places_that_need_the_risk_share_one_call_a_person(gw, stage):
    query = """
    query ($n: [NomsNumber!]!) {
      offenders(nomsNumbers: $n) {
        riskOfSeriousHarm { level }
        pomRecommendation(rule: ROSH_2026) { reason }
        supporting: pomRecommendation(rule: ROSH_2026, pomResponsible: false) { reason }
      }
      again: offenders(nomsNumbers: $n) { riskOfSeriousHarm { status } }
    }
    """

    await gw.ask(query, n=["G4273GI", people.RISK_NOT_ASSESSED])

    assert len(asked(stage)) == 2
    assert stage.probation_search.calls.count() == 1


async def test_the_risk_stands_beside_further_parts_of_a_route(start, stage):
    query = """
    { offender(nomsNumber: "G4273GI") {
        mappaLevel resourcing riskOfSeriousHarm { level } caseHandler { officer { email } } } }
    """

    async with start(**stage.route("community-api", risks=True)) as gw:
        answer = await gw.ask(query)

    assert answer["data"]["offender"]["mappaLevel"] == 2
    assert answer["data"]["offender"]["riskOfSeriousHarm"] == {"level": "HIGH"}
    assert answer["data"]["offender"]["caseHandler"]["officer"]["email"]
    assert len(asked(stage)) == 1
    assert stage.community_api.calls.count() == 4


IN_CASE_RECORDS = {
    "registered": ({"level": "LOW", "startDate": "2023-12-10"}, ("FOUND", "LOW", "2023-12-10"), None),
    "no level": ({"startDate": "2023-12-10"}, ("FOUND", None, "2023-12-10"), None),
    "no day": ({"level": "HIGH"}, ("FOUND", "HIGH", None), None),
    "absent": (None, ("NOT_FOUND", None, None), None),
    "a level of no known name": ({"level": "RVRH"}, ("UNAVAILABLE", None, None), "DELIUS_UNAVAILABLE"),
    "an odd day": ({"startDate": "10/12/2023"}, ("UNAVAILABLE", None, None), "DELIUS_UNAVAILABLE"),
    "a text": ("HIGH", ("UNAVAILABLE", None, None), "DELIUS_UNAVAILABLE"),
}


@pytest.mark.parametrize(("rosh", "risk", "code"), IN_CASE_RECORDS.values(), ids=IN_CASE_RECORDS.keys())
async def test_the_case_records_tell_it_in_the_record_itself(start, stage, rosh, risk, code):
    record = {
        "crn": "X100001",
        "nomsId": "G4273GI",
        "currentTier": "B1",
        "manager": {"team": {"code": "N03T01"}},
        "rosh": rosh,
    }
    stage.case_records.faults.put(Fault(status=200, body=json.dumps(record), content_type="application/json"))

    async with start(**stage.route("case-records", access=True)) as gw:
        answer = await gw.ask(RISKS, n=["G4273GI"])

    assert tuple(risks(answer)[0].values()) == risk
    assert answer["data"]["offenders"][0]["tier"] == {"code": "B1"}
    assert "errors" not in answer
    assert ("extensions" in answer) == (code is not None)
    assert stage.case_records.calls.count() == 1
    assert asked(stage) == []


@pytest.mark.parametrize("route", ["ndh", "community-api", "probation-search"])
async def test_where_nobody_tells_it_it_is_unavailable_and_counted_and_no_call_is_made(start, stage, route):
    async with start(**stage.route(route)) as gw:
        answer = await gw.ask(RISKS, n=["G4273GI", people.IVOR_PELLSTONE])

    assert risks(answer)[0] == nothing("UNAVAILABLE")
    assert "errors" not in answer
    (incomplete,) = answer["extensions"]["incomplete"]
    assert incomplete["code"] == "DELIUS_UNAVAILABLE"
    assert asked(stage) == []


RECOMMENDATIONS = {
    people.TOBIAS_FENHALE: ("PROBATION_POM", "High risk of serious harm"),
    people.TIER_WITH_HYPHEN: ("PROBATION_POM", "Tier A"),
    people.RECALLED: ("PRISON_POM", "Medium risk of serious harm"),
    people.IMMIGRATION_DETAINEE: ("PRISON_POM", "Immigration detention"),
    people.RISK_NOT_ASSESSED: (None, "no risk of serious harm is recorded"),
    people.RISK_LEVEL_BLANK: (None, "its level left blank"),
    people.RISK_ASSESSED_TWICE: (None, "several risk assessments"),
    people.RESTRICTED: (None, "Access to this record is limited"),
    people.SOFT_DELETED: (None, "Delius has no record"),
}


async def test_the_rule_of_2026_recommends_by_the_risk(gw):
    numbers = list(RECOMMENDATIONS)

    answer = await gw.ask(RECOMMENDED, n=numbers)

    told = [person["pomRecommendation"] for person in answer["data"]["offenders"]]
    assert [one["type"] for one in told] == [kind for kind, _ in RECOMMENDATIONS.values()]
    for one, (_, words) in zip(told, RECOMMENDATIONS.values(), strict=True):
        assert words in one["reason"]
    assert {one["rule"] for one in told} == {"ROSH_2026"}
    assert "errors" not in answer


async def test_a_risk_that_is_not_to_be_had_recommends_nobody_without_an_error(gw, stage):
    stage.risks.faults.put(Fault(status=503))

    answer = await gw.ask(RECOMMENDED, n=["G4273GI"])

    told = answer["data"]["offenders"][0]["pomRecommendation"]
    assert told["type"] is None
    assert "could not be had" in told["reason"]
    assert "errors" not in answer
    assert answer["extensions"]["incomplete"][0]["code"] == "DELIUS_UNAVAILABLE"
