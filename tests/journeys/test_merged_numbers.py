"""Merged numbers: the survivor is answered for the old number, and Delius may still have them under it."""

import json
from dataclasses import replace

import pytest
from gateways import PRISON, PROBATION, gateway

from twins import hard_cases as people
from twins.case_records import CaseRecordsTwin
from twins.delius import DeliusTwin
from twins.delius_users import TRUSTED_USER
from twins.faults import Fault
from twins.nomis import PrisonerSearchTwin
from twins.people import Identifier
from twins.population import Population
from twins.prison_api import PrisonApiTwin
from twins.serving import serving

SURVIVOR, AWAY = people.MERGED_SURVIVOR, people.MERGED_AWAY
ONE = """
query ($n: NomsNumber!) {
  offender(nomsNumber: $n) {
    nomsNumber mergedFrom lastName dateOfBirth prison { id } crn tier { code }
    prisonRecord { status route } probationRecord { status warnings }
  }
}
"""
MANY = """
query ($n: [NomsNumber!]!) {
  offenders(nomsNumbers: $n) { nomsNumber mergedFrom prisonRecord { status } probationRecord { status } }
}
"""
STATES = """
query ($n: [NomsNumber!]!) { offenders(nomsNumbers: $n) { nomsNumber probationRecord { status warnings } } }
"""
NOMIS_ALONE = "query ($n: [NomsNumber!]!) { offenders(nomsNumbers: $n) { nomsNumber lastName } }"
DELIUS = {
    "ndh": "delius",
    "community-api": "community_api",
    "probation-search": "probation_search",
    "case-records": "case_records",
}


def old_identifier(number):
    return Identifier("MERGED", number)


def merged_into(person, *old, delius=None):
    """Return the person as the survivor of these numbers."""
    nomis = replace(person.nomis, identifiers=tuple(map(old_identifier, old)))
    return replace(person, nomis=nomis, delius=person.delius if delius is None else delius)


def under(number, person, **changes):
    """Return the person's Delius record under a number that NOMIS does not know."""
    record = replace(person.delius[0], noms_number=number, **changes)
    return replace(person, noms_number=number, nomis=None, delius=(record,))


@pytest.fixture
def among(stage):
    """Return a gateway's settings by twins of these people alone, and the twins."""

    def make(*these, delius="ndh", nomis="prisoner-search"):
        return _Among(stage, Population(these), delius, nomis)

    return make


class _Among:
    """A gateway on twins of a few people."""

    def __init__(self, stage, population, delius, nomis):
        self._stage, self._delius, self._nomis = stage, delius, nomis
        self.search = PrisonerSearchTwin(population, stage.auth)
        self.prison_api = PrisonApiTwin(population, stage.auth)
        self.delius = (
            CaseRecordsTwin(population, stage.auth) if delius == "case-records" else DeliusTwin(population)
        )

    async def ask(self, query, *, token=None, **variables):
        stage = self._stage
        async with (
            serving(self.search.app) as search,
            serving(self.prison_api.app) as prison_api,
            serving(self.delius.app) as delius,
        ):
            settings = stage.route(self._delius, self._nomis, access=True)
            settings |= {"PRISONER_SEARCH_URL": search, "PRISON_API_URL": prison_api}
            settings |= {"DELIUS_NDH_URL": f"{delius}/api", "CASE_RECORDS_URL": delius}
            if self._delius != "ndh":
                del settings["DELIUS_NDH_URL"]
            async with gateway(settings, token or stage.auth.caller_token(roles=[PRISON, PROBATION])) as gw:
                return await gw.ask(query, **variables)

    def searched(self):
        """Return the old numbers of each look-up of survivors."""
        return [
            sorted(call.body["queries"][0]["matchers"][1]["searchTerm"].split(","))
            for call in self.search.calls
            if call.path == "/attribute-search"
        ]

    def asked_of_delius(self):
        return sorted(call.path.split("/")[-2] for call in self.delius.calls)


@pytest.mark.parametrize("nomis", ["prisoner-search", "prison-api"])
@pytest.mark.parametrize("delius", DELIUS)
async def test_an_old_number_is_answered_with_its_survivor_and_what_delius_has_under_it(
    stage, token, delius, nomis
):
    async with gateway(stage.route(delius, nomis, access=True), token()) as gw:
        answer = await gw.ask(ONE, n=AWAY)

    survivor, record = stage.population.get(SURVIVOR), stage.population.get(AWAY).delius[0]
    born = [] if delius != "case-records" else ["IDENTITY_UNCHECKED"]
    assert answer == {
        "data": {
            "offender": {
                "nomsNumber": SURVIVOR,
                "mergedFrom": [AWAY],
                "lastName": survivor.nomis.last_name,
                "dateOfBirth": survivor.nomis.date_of_birth.isoformat(),
                "prison": {"id": "LEI"},
                "crn": record.crn,
                "tier": {"code": "C1"},
                # The record came by the search, whichever way NOMIS is asked otherwise.
                "prisonRecord": {"status": "FOUND", "route": "PRISONER_SEARCH"},
                "probationRecord": {"status": "FOUND", "warnings": [*born, "FOUND_BY_MERGED_NUMBER"]},
            }
        }
    }


async def test_an_old_number_costs_one_look_up_and_delius_is_asked_once_under_each_number(gw, stage):
    await gw.ask(ONE, n=AWAY)

    assert [call.path for call in stage.prisoner_search.calls] == [
        "/prisoner-search/prisoner-numbers",
        "/attribute-search",
    ]
    assert sorted(call.path.split("/")[-2] for call in stage.delius.calls) == [SURVIVOR, AWAY]


async def test_everybody_unknown_is_looked_for_at_once_and_nobody_else(gw, stage):
    known, unknown = [people.TOBIAS_FENHALE, people.MARCUS_OLDROYD_QUAY], [people.NOBODY, AWAY, "Z9999ZZ"]

    await gw.ask(NOMIS_ALONE, n=[*known, *unknown])

    _, search = stage.prisoner_search.calls
    term = search.body["queries"][0]["matchers"][1]["searchTerm"]
    assert sorted(term.split(",")) == sorted(unknown)
    assert search.body["pagination"]["size"] > len(unknown)
    assert len(stage.delius.calls) == 0


async def test_the_survivor_stands_in_every_place_of_the_list_that_is_theirs(gw):
    asked = [AWAY, people.TOBIAS_FENHALE, SURVIVOR, people.NOBODY, AWAY.lower()]

    answer = await gw.ask(MANY, n=asked)

    survivor = {
        "nomsNumber": SURVIVOR,
        "mergedFrom": [AWAY],
        "prisonRecord": {"status": "FOUND"},
        "probationRecord": {"status": "FOUND"},
    }
    first, tobias, itself, nobody, again = answer["data"]["offenders"]
    assert first == itself == again == survivor
    assert (tobias["nomsNumber"], tobias["mergedFrom"]) == (people.TOBIAS_FENHALE, [])
    assert nobody is None


async def test_several_places_of_an_operation_look_for_an_old_number_once(gw, stage):
    query = f"""
    {{
      a: offender(nomsNumber: "{AWAY}") {{ nomsNumber crn }}
      b: offender(nomsNumber: "{AWAY}") {{ nomsNumber probationRecord {{ status }} }}
      c: offender(nomsNumber: "{SURVIVOR}") {{ nomsNumber crn }}
    }}
    """

    answer = await gw.ask(query)

    assert {one["nomsNumber"] for one in answer["data"].values()} == {SURVIVOR}
    assert answer["data"]["a"] == answer["data"]["c"]
    assert len([call for call in stage.prisoner_search.calls if call.path == "/attribute-search"]) == 1
    assert sorted(call.path.split("/")[-2] for call in stage.delius.calls) == [SURVIVOR, AWAY]


async def test_a_survivor_asked_for_directly_is_looked_for_under_the_old_number_too(gw, stage):
    answer = await gw.ask(STATES, n=[SURVIVOR])

    (person,) = answer["data"]["offenders"]
    assert person["probationRecord"] == {"status": "FOUND", "warnings": ["FOUND_BY_MERGED_NUMBER"]}
    assert [call.path for call in stage.prisoner_search.calls] == ["/prisoner-search/prisoner-numbers"]
    assert [call.path.split("/")[-2] for call in stage.delius.calls] == [SURVIVOR, AWAY]


async def test_a_survivor_in_a_prison_is_looked_for_under_the_old_number_too(gw):
    query = """
    {
      prison(id: "LEI") {
        population(first: 1000) { nodes { nomsNumber probationRecord { status warnings } } }
      }
    }
    """

    answer = await gw.ask(query)

    nodes = answer["data"]["prison"]["population"]["nodes"]
    (survivor,) = [one for one in nodes if one["nomsNumber"] == SURVIVOR]
    assert survivor["probationRecord"] == {"status": "FOUND", "warnings": ["FOUND_BY_MERGED_NUMBER"]}


@pytest.mark.parametrize("fields", ["nomsNumber", "nomsNumber mergedFrom"])
async def test_by_the_prison_api_a_survivor_asked_for_directly_is_not_whatever_is_selected(
    stage, token, fields
):
    query = (
        f"query ($n: NomsNumber!) {{ offender(nomsNumber: $n) {{ {fields} probationRecord {{ status }} }} }}"
    )

    async with gateway(stage.route(nomis="prison-api"), token()) as gw:
        answer = await gw.ask(query, n=SURVIVOR)

    assert answer["data"]["offender"]["probationRecord"] == {"status": "NOT_FOUND"}
    assert answer["data"]["offender"].get("mergedFrom", [AWAY]) == [AWAY]
    assert [call.path.split("/")[-2] for call in stage.delius.calls] == [SURVIVOR]


async def test_without_prisoner_search_nobody_is_known_by_an_old_number(stage, token):
    settings = stage.route(nomis="prison-api")
    del settings["PRISONER_SEARCH_URL"]

    async with gateway(settings, token()) as gw:
        answer = await gw.ask(MANY, n=[AWAY])

    assert answer == {"data": {"offenders": [None]}}


async def test_a_caller_without_the_prison_role_is_told_of_no_merge_and_nomis_is_not_asked(gw, stage, token):
    answer = await gw.ask(STATES, n=[AWAY], token=token(PROBATION))

    assert answer["data"]["offenders"] == [
        {"nomsNumber": AWAY, "probationRecord": {"status": "FOUND", "warnings": ["IDENTITY_UNCHECKED"]}}
    ]
    assert len(stage.prisoner_search.calls) == 0


FAILED = {
    "refused": (Fault(status=403, body='{"status":403}'), "FORBIDDEN", "NOMIS_FORBIDDEN"),
    "down": (Fault(status=503), "UNAVAILABLE", "NOMIS_UNAVAILABLE"),
    "not there": (Fault(status=404, body='{"status":404}'), "UNAVAILABLE", "NOMIS_UNAVAILABLE"),
    "no page": (Fault(body='{"content": []}'), "UNAVAILABLE", "NOMIS_UNAVAILABLE"),
    "cut": (
        Fault(body='{"content":[],"totalElements":3,"totalPages":1}'),
        "UNAVAILABLE",
        "NOMIS_UNAVAILABLE",
    ),
    "slow": (Fault(delay_seconds=5), "UNAVAILABLE", "NOMIS_UNAVAILABLE"),
}


@pytest.mark.parametrize("how", FAILED)
async def test_a_look_up_that_fails_leaves_nobody_unknown(start, stage, how):
    fault, status, code = FAILED[how]
    stage.prisoner_search.faults.put(replace_path(fault, "/attribute-search"))

    async with start(NOMIS_TIMEOUT_SECONDS="0.5") as gw:
        answer = await gw.ask(
            "query ($n: [NomsNumber!]!) { offenders(nomsNumbers: $n) "
            "{ nomsNumber lastName mergedFrom crn prisonRecord { status } } }",
            n=[people.NOBODY, AWAY, people.TOBIAS_FENHALE],
        )

    nobody, away, tobias = answer["data"]["offenders"]
    unanswered = {"lastName": None, "mergedFrom": None, "prisonRecord": {"status": status}}
    assert nobody == {**unanswered, "nomsNumber": people.NOBODY, "crn": None}
    # The Delius half is that of the number asked for.
    assert away == {**unanswered, "nomsNumber": AWAY, "crn": stage.population.get(AWAY).delius[0].crn}
    assert tobias["lastName"] == "FENHALE"
    assert {(error["path"][1], error["path"][2]) for error in answer["errors"]} == {
        (place, name) for place in (0, 1) for name in ("lastName", "mergedFrom")
    }
    assert {error["extensions"]["code"] for error in answer["errors"]} == {code}
    assert answer["extensions"]["incomplete"] == [
        {"system": "NOMIS", "route": "PRISONER_SEARCH", "code": code, "people": 2}
    ]


def replace_path(fault, path):
    return Fault(**{name: getattr(fault, name) for name in fault.__struct_fields__} | {"path_contains": path})


def ordinary(stage, count):
    """Return people of whom nothing is odd, and whom Delius has."""
    plain = [
        one
        for one in stage.population.in_prison("MDI")
        if [(record.exclusion, record.restriction) for record in one.delius] == [(False, False)]
    ]
    return plain[:count]


async def test_two_survivors_of_one_number_are_a_doubt_and_nobody_else_s(among, stage):
    one, other, third = ordinary(stage, 3)
    here = among(merged_into(one, "Z0001ZZ"), merged_into(other, "Z0001ZZ"), merged_into(third, "Z0002ZZ"))

    answer = await here.ask(MANY, n=["Z0001ZZ", "Z0002ZZ", "Z0003ZZ"])

    doubtful, plain, nobody = answer["data"]["offenders"]
    assert (doubtful["nomsNumber"], doubtful["prisonRecord"]) == ("Z0001ZZ", {"status": "UNAVAILABLE"})
    assert (plain["nomsNumber"], plain["prisonRecord"]) == (third.noms_number, {"status": "FOUND"})
    assert nobody is None


async def test_two_old_numbers_with_records_of_their_own_are_ambiguous(among, stage):
    one, other = ordinary(stage, 2)
    here = among(
        merged_into(one, "Z0001ZZ", "Z0002ZZ", delius=()), under("Z0001ZZ", one), under("Z0002ZZ", other)
    )

    answer = await here.ask(STATES, n=[one.noms_number])

    assert answer["data"]["offenders"][0]["probationRecord"] == {"status": "AMBIGUOUS", "warnings": []}
    assert here.asked_of_delius() == sorted([one.noms_number, "Z0001ZZ", "Z0002ZZ"])


async def test_a_record_under_the_person_s_own_number_is_theirs_and_no_old_one_is_asked_for(among, stage):
    (one,) = ordinary(stage, 1)
    here = among(merged_into(one, "Z0001ZZ"), under("Z0001ZZ", one))

    answer = await here.ask(STATES, n=[one.noms_number])

    assert answer["data"]["offenders"][0]["probationRecord"] == {"status": "FOUND", "warnings": []}
    assert here.asked_of_delius() == [one.noms_number]


async def test_a_record_under_an_old_number_that_carries_another_is_nobody_s(among, stage):
    one, other = ordinary(stage, 2)
    here = among(
        merged_into(one, "Z0001ZZ", delius=()),
        replace(under("Z0001ZZ", other), delius=(replace(other.delius[0], noms_number="Z0009ZZ"),)),
    )

    answer = await here.ask(STATES, n=[one.noms_number])

    assert answer["data"]["offenders"][0]["probationRecord"] == {"status": "MISMATCH", "warnings": []}


async def test_dates_of_birth_are_compared_as_always(among, stage):
    one, other = ordinary(stage, 2)
    here = among(merged_into(one, "Z0001ZZ", delius=()), under("Z0001ZZ", other))

    answer = await here.ask(STATES, n=["Z0001ZZ"])

    (person,) = answer["data"]["offenders"]
    assert person["probationRecord"]["warnings"] == ["DATE_OF_BIRTH_DIFFERS", "FOUND_BY_MERGED_NUMBER"]


@pytest.mark.parametrize("asked", ["Z0001ZZ", None])
async def test_limited_access_is_decided_as_always(among, stage, asked):
    limited = stage.population.get(people.PETRA_LINDQVALE)
    here = among(merged_into(limited, "Z0001ZZ", delius=()), under("Z0001ZZ", limited), delius="ndh")
    roles = [PRISON, PROBATION]
    trusted = stage.auth.caller_token(roles=roles, username=TRUSTED_USER, auth_source="delius")

    closed = await here.ask(STATES, n=[asked or limited.noms_number])
    opened = await here.ask(STATES, n=[asked or limited.noms_number], token=trusted)

    assert closed["data"]["offenders"][0]["probationRecord"] == {"status": "RESTRICTED", "warnings": []}
    assert opened["data"]["offenders"][0]["probationRecord"]["status"] == "FOUND"
    assert [sorted(call.body["crns"]) for call in stage.access.calls] == [["X100003"]]


async def test_an_unanswered_old_number_leaves_the_delius_half_unanswered(gw, stage):
    stage.delius.faults.put(Fault(status=503, path_contains=f"/{AWAY}/"))

    answer = await gw.ask(STATES, n=[SURVIVOR])

    assert answer["data"]["offenders"][0]["probationRecord"] == {"status": "UNAVAILABLE", "warnings": []}
    assert answer["extensions"]["incomplete"] == [
        {"system": "DELIUS", "route": "NDH", "code": "DELIUS_UNAVAILABLE", "people": 1}
    ]


async def test_a_number_that_nomis_has_as_another_s_own_leads_to_nobody_s_record(among, stage):
    one, other = ordinary(stage, 2)
    here = among(merged_into(one, other.noms_number, delius=()), other)

    answer = await here.ask(STATES, n=[one.noms_number, other.noms_number])

    told = [person["probationRecord"] for person in answer["data"]["offenders"]]
    assert told == [{"status": "MISMATCH", "warnings": []}, {"status": "FOUND", "warnings": []}]


async def test_old_numbers_that_cannot_be_read_leave_it_open_whether_delius_has_them(gw, stage):
    unreadable = [{"type": "MERGED", "value": 7}]
    rows = [
        {"prisonerNumber": number, "identifiers": unreadable} for number in (SURVIVOR, people.TOBIAS_FENHALE)
    ]
    stage.prisoner_search.faults.put(Fault(body=json.dumps(rows), content_type="application/json"))

    answer = await gw.ask(STATES, n=[SURVIVOR, people.TOBIAS_FENHALE])

    survivor, another = [person["probationRecord"]["status"] for person in answer["data"]["offenders"]]
    # Whom Delius has under their own number, for them it is nobody's concern.
    assert (survivor, another) == ("UNAVAILABLE", "FOUND")
    assert answer["extensions"]["incomplete"] == [
        {"system": "NOMIS", "route": "PRISONER_SEARCH", "code": "NOMIS_UNAVAILABLE", "people": 1},
        {"system": "DELIUS", "route": "NDH", "code": "DELIUS_UNAVAILABLE", "people": 1},
    ]


async def test_merged_from_is_in_order_without_repeats_and_what_is_no_number(among, stage):
    (one,) = ordinary(stage, 1)
    here = among(merged_into(one, "Z0002ZZ", " z0001zz ", "Z0002ZZ", "no number", one.noms_number))

    answer = await here.ask(MANY, n=[one.noms_number])

    assert answer["data"]["offenders"][0]["mergedFrom"] == ["Z0001ZZ", "Z0002ZZ"]


@pytest.mark.parametrize("nomis", ["prisoner-search", "prison-api"])
async def test_merged_from_that_cannot_be_read_fails_alone(stage, token, nomis):
    number = people.TOBIAS_FENHALE
    if nomis == "prison-api":
        body = json.dumps({"offenderNo": number, "lastName": "FENHALE", "identifiers": "odd"})
        stage.prison_api.faults.put(Fault(body=body, content_type="application/json"))
    else:
        body = json.dumps([{"prisonerNumber": number, "lastName": "FENHALE", "identifiers": "odd"}])
        stage.prisoner_search.faults.put(Fault(body=body, content_type="application/json"))

    async with gateway(stage.route(nomis=nomis), token()) as gw:
        answer = await gw.ask(
            "query ($n: NomsNumber!) { offender(nomsNumber: $n) { lastName mergedFrom } }", n=number
        )

    assert answer["data"]["offender"] == {"lastName": "FENHALE", "mergedFrom": None}
    assert [error["path"] for error in answer["errors"]] == [["offender", "mergedFrom"]]
