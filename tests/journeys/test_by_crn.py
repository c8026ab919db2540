"""By CRN: the record's number leads to the person, and of a record that nobody may see nothing is told."""

import json
from dataclasses import replace

import pytest
from gateways import PRISON, PROBATION, gateway

from twins import hard_cases as people
from twins.delius_users import EXCLUDED_USER, NPS_USER, TRUSTED_USER
from twins.faults import Fault
from twins.population import Population
from twins.probation_search import ProbationSearchTwin
from twins.serving import serving

FIELDS = "nomsNumber lastName crn tier { code } prisonRecord { status } probationRecord { status warnings }"
BY_CRN = f"query ($crn: Crn!) {{ offenderByCrn(crn: $crn) {{ {FIELDS} }} }}"
BY_NUMBER = f"query ($n: NomsNumber!) {{ offender(nomsNumber: $n) {{ {FIELDS} }} }}"
NOBODY = {"data": {"offenderByCrn": None}}
TOBIAS, PETRA = "X100001", "X100003"
DELIUS = {
    "ndh": "delius",
    "community-api": "community_api",
    "probation-search": "probation_search",
    "case-records": "case_records",
}


@pytest.fixture(params=DELIUS)
async def route(request, stage, token):
    """Return a gateway on each route in turn, with the check of limited access, and the route's twin."""
    settings = stage.route(request.param, access=True)
    async with gateway({**settings, "DELIUS_TIMEOUT_SECONDS": "1"}, token()) as gw:
        yield gw, getattr(stage, DELIUS[request.param])


def crn_of(stage, number):
    return stage.population.get(number).delius[0].crn


async def test_a_crn_leads_to_the_person_as_their_number_does(route):
    gw, twin = route

    found = await gw.ask(BY_CRN, crn=f" {TOBIAS.lower()} ")

    assert found["data"]["offenderByCrn"]["crn"] == TOBIAS
    assert found["data"]["offenderByCrn"]["lastName"] == "FENHALE"
    assert len(twin.calls) == 2
    by_number = await gw.ask(BY_NUMBER, n=people.TOBIAS_FENHALE)
    assert found["data"]["offenderByCrn"] == by_number["data"]["offender"]


@pytest.mark.parametrize(
    "number",
    [
        people.SOFT_DELETED,
        people.NUMBER_ABSENT_IN_DELIUS,
        people.PETRA_LINDQVALE,
        people.RESTRICTED,
        people.EXCLUDED_AND_RESTRICTED,
        people.UNKNOWN_TO_NOMIS,
    ],
)
async def test_a_record_that_is_not_to_be_had_is_as_one_that_is_not_there(route, stage, number):
    gw, _ = route

    unknown = await gw.post({"query": BY_CRN, "variables": {"crn": "X999999"}})
    hidden = await gw.post({"query": BY_CRN, "variables": {"crn": crn_of(stage, number)}})

    assert unknown.json() == NOBODY
    assert hidden.content == unknown.content
    assert hidden.status_code == unknown.status_code


async def test_whom_the_route_keeps_from_a_user_is_as_one_that_is_not_there(route, stage, delius_user):
    gw, _ = route
    crn = crn_of(stage, people.EXCLUDED)

    kept = await gw.ask(BY_CRN, crn=crn, token=delius_user(EXCLUDED_USER))
    shown = await gw.ask(BY_CRN, crn=crn, token=delius_user(NPS_USER))

    assert kept == NOBODY
    assert shown["data"]["offenderByCrn"]["crn"] == crn


async def test_a_user_who_may_see_a_limited_record_is_checked_once(route, stage, delius_user):
    gw, _ = route

    answer = await gw.ask(BY_CRN, crn=PETRA, token=delius_user(TRUSTED_USER))

    assert answer["data"]["offenderByCrn"]["nomsNumber"] == people.PETRA_LINDQVALE
    assert answer["data"]["offenderByCrn"]["tier"] == {"code": "A2"}
    assert [call.body["crns"] for call in stage.access.calls] == [[PETRA]]


async def test_the_community_api_is_asked_in_the_name_of_the_delius_user(stage, delius_user):
    async with gateway(stage.route("community-api", access=True), delius_user(TRUSTED_USER)) as gw:
        await gw.ask(BY_CRN, crn=PETRA)

    assert next(iter(stage.community_api.calls)).path == f"/secure/offenders/crn/{PETRA}/all"
    # The token of the one call is in the user's name, and that of all others in nobody's.
    named = [call.query for call in stage.auth.calls if "username" in call.query]
    assert len(named) == 1
    assert {f"username={TRUSTED_USER}", "auth_source=delius"} <= set(named[0].split("&"))


async def test_a_check_that_fails_is_a_failure(route, stage, delius_user):
    gw, _ = route
    stage.access.faults.put(Fault(status=503))

    answer = await gw.ask(BY_CRN, crn=PETRA, token=delius_user(TRUSTED_USER))

    assert answer["data"] == {"offenderByCrn": None}
    assert [error["extensions"]["code"] for error in answer["errors"]] == ["DELIUS_UNAVAILABLE"]


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        (Fault(status=500), "DELIUS_UNAVAILABLE"),
        (Fault(status=503), "DELIUS_UNAVAILABLE"),
        (Fault(body="<p>", content_type="text/html"), "DELIUS_UNAVAILABLE"),
        (Fault(body="{}"), "DELIUS_UNAVAILABLE"),
        (Fault(delay_seconds=5), "DELIUS_UNAVAILABLE"),
        (Fault(status=403, body='{"status":403}'), "DELIUS_FORBIDDEN"),
        (Fault(status=403, body='{"status":403,"developerMessage":"Access is denied"}'), "DELIUS_FORBIDDEN"),
    ],
    ids=str,
)
async def test_a_route_that_does_not_say_is_a_failure(route, stage, fault, code):
    gw, twin = route
    twin.faults.put(fault)

    answer = await gw.ask(BY_CRN, crn=TOBIAS)

    # By NDH only 200, 404 and 409 are Delius's own.
    code = "DELIUS_UNAVAILABLE" if twin is stage.delius else code
    name = next(one for one, attribute in DELIUS.items() if getattr(stage, attribute) is twin)
    told = name.replace("-", "_").upper()
    assert answer["data"] == {"offenderByCrn": None}
    (error,) = answer["errors"]
    assert (error["path"], error["extensions"]["code"]) == (["offenderByCrn"], code)
    assert (error["extensions"]["system"], error["extensions"]["route"]) == ("DELIUS", told)
    assert answer["extensions"]["incomplete"] == [
        {"system": "DELIUS", "route": told, "code": code, "people": 1}
    ]
    assert len(stage.prisoner_search.calls) == 0


LIMITED = Fault(status=403, body='{"userRestricted": true, "restrictionMessage": "Made-up words"}')


@pytest.mark.parametrize("name", ["community-api", "case-records"])
async def test_a_refusal_that_is_an_access_limitation_is_as_one_that_is_not_there(stage, token, name):
    getattr(stage, DELIUS[name]).faults.put(LIMITED)

    async with gateway(stage.route(name, access=True), token()) as gw:
        assert await gw.ask(BY_CRN, crn=TOBIAS) == NOBODY


async def test_a_record_of_another_crn_is_nobody_s(route, stage):
    gw, twin = route
    body = {"otherIds": {"crn": TOBIAS, "nomsNumber": people.TOBIAS_FENHALE}, "crn": TOBIAS, "manager": {}}
    body |= {"nomsId": people.TOBIAS_FENHALE, "currentExclusion": False, "currentRestriction": False}
    written = [body] if twin is stage.probation_search else body
    twin.faults.put(Fault(body=json.dumps(written), content_type="application/json"))

    assert await gw.ask(BY_CRN, crn="X100009") == NOBODY


async def test_a_search_finds_the_record_by_the_crn_that_it_had_before(stage, token):
    person = stage.population.get(people.RECALLED)
    (record,) = person.delius

    async with gateway(stage.route("probation-search"), token()) as gw:
        answer = await gw.ask(BY_CRN, crn=record.previous_crn)

    assert answer["data"]["offenderByCrn"]["nomsNumber"] == people.RECALLED
    assert answer["data"]["offenderByCrn"]["crn"] == record.crn
    sent = [call.body for call in stage.probation_search.calls if call.path == "/crns"]
    assert sent == [[record.previous_crn] * 25]


async def test_of_several_records_by_one_crn_none_is_shown(stage, token):
    one, other = [stage.population.get(number) for number in (people.RECALLED, people.INDETERMINATE)]
    now_another_s = replace(one, delius=(replace(one.delius[0], previous_crn=other.delius[0].crn),))
    twin = ProbationSearchTwin(Population([now_another_s, other]), stage.auth)

    async with serving(twin.app) as url:
        settings = {**stage.route("probation-search"), "PROBATION_SEARCH_URL": url}
        async with gateway(settings, token()) as gw:
            assert await gw.ask(BY_CRN, crn=other.delius[0].crn) == NOBODY


async def test_a_caller_without_the_probation_role_is_refused_and_nobody_is_asked(route, stage, token):
    gw, twin = route

    answer = await gw.ask(BY_CRN, crn=TOBIAS, token=token(PRISON))

    assert answer["data"] == {"offenderByCrn": None}
    (error,) = answer["errors"]
    assert (error["path"], error["extensions"]["code"]) == (["offenderByCrn"], "FORBIDDEN")
    assert "extensions" not in answer
    assert len(twin.calls) == len(stage.prisoner_search.calls) == len(stage.access.calls) == 0


async def test_a_caller_without_the_prison_role_is_answered_as_by_number(gw, stage, token):
    by_number = await gw.ask(BY_NUMBER, n=people.TOBIAS_FENHALE, token=token(PROBATION))
    found = await gw.ask(BY_CRN, crn=TOBIAS, token=token(PROBATION))

    assert found["data"]["offenderByCrn"] == by_number["data"]["offender"]
    assert found["data"]["offenderByCrn"]["crn"] == TOBIAS
    assert len(stage.prisoner_search.calls) == 0


async def test_the_crn_of_a_number_that_was_merged_leads_to_the_survivor(route, stage):
    gw, _ = route

    answer = await gw.ask(BY_CRN, crn=crn_of(stage, people.MERGED_AWAY))

    assert answer["data"]["offenderByCrn"]["nomsNumber"] == people.MERGED_SURVIVOR
    assert answer["data"]["offenderByCrn"]["probationRecord"]["status"] == "FOUND"


async def test_one_of_several_records_of_a_number_is_answered_as_by_the_number(gw, stage):
    first, second = [record.crn for record in stage.population.get(people.TWO_DELIUS_RECORDS).delius]

    found = await gw.ask(BY_CRN, crn=second)

    assert first != second
    assert found["data"]["offenderByCrn"]["nomsNumber"] == people.TWO_DELIUS_RECORDS
    assert found["data"]["offenderByCrn"]["probationRecord"]["status"] == "AMBIGUOUS"
    assert found["data"]["offenderByCrn"]["crn"] is None


MAPPA = """
query ($crn: Crn!) { offenderByCrn(crn: $crn) { nomsNumber lastName mappaLevel prisonRecord { status } } }
"""


async def test_a_record_that_comes_out_restricted_by_its_number_tells_nothing_of_nomis_either(stage, token):
    limited = Fault(**{**as_dict(LIMITED), "path_contains": "/registrations"})
    stage.community_api.faults.put(limited)
    stage.prisoner_search.faults.put(Fault(status=503))

    async with gateway(stage.route("community-api"), token()) as gw:
        assert await gw.ask(MAPPA, crn=TOBIAS) == NOBODY


def as_dict(fault):
    return {name: getattr(fault, name) for name in fault.__struct_fields__}


async def test_nomis_down_leaves_the_delius_half_and_is_counted(gw, stage):
    stage.prisoner_search.faults.put(Fault(status=503))

    answer = await gw.ask(BY_CRN, crn=TOBIAS)

    assert answer["data"]["offenderByCrn"]["nomsNumber"] == people.TOBIAS_FENHALE
    assert answer["data"]["offenderByCrn"]["tier"] == {"code": "B1"}
    assert answer["extensions"]["incomplete"] == [
        {"system": "NOMIS", "route": "PRISONER_SEARCH", "code": "NOMIS_UNAVAILABLE", "people": 1}
    ]


async def test_several_places_ask_by_a_crn_once_and_for_the_person_once(route, stage):
    gw, twin = route
    query = f"""
    {{
      a: offenderByCrn(crn: "{TOBIAS}") {{ lastName crn }}
      b: offenderByCrn(crn: "{TOBIAS.lower()}") {{ nomsNumber tier {{ code }} }}
      c: offender(nomsNumber: "{people.TOBIAS_FENHALE}") {{ crn }}
      d: offenderByCrn(crn: "X100002") {{ nomsNumber }}
    }}
    """

    answer = await gw.ask(query)

    assert answer["data"] == {
        "a": {"lastName": "FENHALE", "crn": TOBIAS},
        "b": {"nomsNumber": people.TOBIAS_FENHALE, "tier": {"code": "B1"}},
        "c": {"crn": TOBIAS},
        "d": {"nomsNumber": people.MARCUS_OLDROYD_QUAY},
    }
    # By each CRN once, and by the number of the one of whom more is asked.
    assert len(twin.calls) == 3
    numbers = [number for call in stage.prisoner_search.calls for number in call.body["prisonerNumbers"]]
    assert sorted(numbers) == [people.TOBIAS_FENHALE, people.MARCUS_OLDROYD_QUAY]


async def test_a_crn_counts_as_one_person(start):
    query = '{ a: offenderByCrn(crn: "X100001") { crn } b: offenderByCrn(crn: "X100002") { crn } }'

    async with start(MAX_OFFENDERS="2") as gw:
        assert (await gw.post({"query": query})).status_code == 200
    async with start(MAX_OFFENDERS="1") as gw:
        refused = await gw.post({"query": query})

    assert refused.status_code == 400
    (error,) = refused.json()["errors"]
    assert error["extensions"]["code"] == "OPERATION_TOO_COMPLEX"
    assert "2 people, more than MAX_OFFENDERS (1)" in error["message"]


@pytest.mark.parametrize("written", ["", "100001", "X10000", "XYZ100001", "G4273GI"])
async def test_a_malformed_crn_is_bad_input(gw, stage, written):
    refused = await gw.post({"query": BY_CRN, "variables": {"crn": written}})

    assert refused.status_code == 400
    assert {error["extensions"]["code"] for error in refused.json()["errors"]} == {"BAD_USER_INPUT"}
    assert len(stage.delius.calls) == 0


async def test_case_records_knows_nobody_by_a_crn_of_two_letters(stage, token):
    async with gateway(stage.route("case-records", access=True), token()) as gw:
        assert await gw.ask(BY_CRN, crn="AB123456") == NOBODY
