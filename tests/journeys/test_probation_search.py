"""Delius by Probation Offender Search: whose row is whose in a list that is cut, and what is not shown."""

import json
from collections import Counter
from dataclasses import replace

import pytest
from gateways import gateway

from twins import hard_cases as people
from twins.delius_users import TRUSTED_USER
from twins.faults import Fault
from twins.population import Population
from twins.probation_search import ProbationSearchTwin
from twins.serving import serving

STATES = """
query ($n: [NomsNumber!]!) { offenders(nomsNumbers: $n) { nomsNumber probationRecord { status } } }
"""
WHOLE = """
query ($n: [NomsNumber!]!) {
  offenders(nomsNumbers: $n) {
    nomsNumber lastName crn tier { code } mappaLevel resourcing
    caseHandler { organisation officer { surname } }
    probationRecord { status warnings route }
  }
}
"""
ROOM, MOST_SENT = 24, 1024


@pytest.fixture(scope="module")
async def by_probation_search(_stage):
    settings = _stage.route("probation-search", access=True)
    async with gateway({**settings, "DELIUS_TIMEOUT_SECONDS": "1"}) as running:
        yield running


@pytest.fixture
def gw(by_probation_search, token):
    by_probation_search.token = token()
    return by_probation_search


def statuses(answer):
    return [person["probationRecord"]["status"] for person in answer["data"]["offenders"]]


def by_number(answer):
    return {person["nomsNumber"]: person for person in answer["data"]["offenders"]}


def sent(twin):
    return [call.body for call in twin.calls]


def plain_people(stage, prison, count):
    """Return people whose one record is open to everybody."""
    plain = [
        person
        for person in stage.population.in_prison(prison)
        if [(one.exclusion, one.restriction) for one in person.delius] == [(False, False)]
        and person.noms_number.startswith("A")
    ]
    assert len(plain) >= count
    return plain[:count]


def numbers_of(plain):
    return [person.noms_number for person in plain]


async def test_one_person_is_asked_for_with_room_for_more_records_than_one(gw, stage):
    answer = await gw.ask(WHOLE, n=["G4273GI"])

    assert answer == {
        "data": {
            "offenders": [
                {
                    "nomsNumber": "G4273GI",
                    "lastName": "FENHALE",
                    "crn": "X100001",
                    "tier": {"code": "B1"},
                    "mappaLevel": 2,
                    "resourcing": None,
                    "caseHandler": {"organisation": "NPS", "officer": {"surname": "Trevethick"}},
                    "probationRecord": {"status": "FOUND", "warnings": [], "route": "PROBATION_SEARCH"},
                }
            ]
        }
    }
    assert sent(stage.probation_search) == [["G4273GI"] * (1 + ROOM)]
    assert stage.probation_search.calls[0].has_authorization


@pytest.mark.parametrize("count", [24, 100, 1000])
async def test_a_list_is_one_call_with_room_to_spare_and_each_number_as_seldom_as_may_be(gw, stage, count):
    numbers = numbers_of(plain_people(stage, "MDI", count))

    answer = await gw.ask(STATES, n=numbers)

    (body,) = sent(stage.probation_search)
    assert len(body) == count + ROOM
    assert set(body) == set(numbers)
    assert max(Counter(body).values()) == 2
    assert statuses(answer) == ["FOUND"] * count


async def test_more_than_a_thousand_people_are_asked_for_in_lists_of_what_the_service_takes(start, stage):
    numbers = [person.noms_number for person in stage.population.in_prison("MDI")]

    async with start(**stage.route("probation-search"), MAX_OFFENDERS="5000") as gw:
        answer = await gw.ask(STATES, n=numbers)

    lists = sent(stage.probation_search)
    assert sorted(map(len, lists)) == [len(numbers) - 1000 + ROOM, MOST_SENT]
    assert {number for body in lists for number in body} == set(numbers)
    assert {"FOUND", "NOT_FOUND", "RESTRICTED"} == set(statuses(answer))


STATES_OF = {
    people.TOBIAS_FENHALE: "FOUND",
    people.DELIUS_500: "FOUND",
    people.NUMBER_PADDED_IN_DELIUS: "NOT_FOUND",
    people.NUMBER_ABSENT_IN_DELIUS: "NOT_FOUND",
    people.ANOTHERS_NUMBER: "NOT_FOUND",
    people.SOFT_DELETED: "NOT_FOUND",
    people.TWO_DELIUS_RECORDS: "AMBIGUOUS",
    people.ONE_OF_TWO_SENTENCED: "AMBIGUOUS",
    people.RESTRICTED: "RESTRICTED",
    people.EXCLUDED: "RESTRICTED",
    people.ACCESS_FLAGS_ABSENT: "RESTRICTED",
}


async def test_each_person_s_state_is_the_same_alone_and_among_others(gw):
    together = await gw.ask(STATES, n=list(STATES_OF))
    alone = {number: await gw.ask(STATES, n=[number]) for number in STATES_OF}

    assert dict(zip(STATES_OF, statuses(together), strict=True)) == STATES_OF
    assert {number: statuses(answer)[0] for number, answer in alone.items()} == STATES_OF


async def test_a_record_under_another_s_number_is_told_by_the_date_of_birth(gw):
    (person,) = (await gw.ask(WHOLE, n=[people.IVOR_PELLSTONE]))["data"]["offenders"]

    assert person["probationRecord"] == {
        "status": "FOUND",
        "warnings": ["DATE_OF_BIRTH_DIFFERS"],
        "route": "PROBATION_SEARCH",
    }


@pytest.mark.parametrize("doubled", [people.TWO_DELIUS_RECORDS, people.ONE_OF_TWO_SENTENCED])
async def test_a_doubled_person_in_a_full_list_pushes_nobody_out(gw, stage, doubled):
    numbers = [*numbers_of(plain_people(stage, "MDI", 999)), doubled]

    answer = await gw.ask(STATES, n=numbers)

    assert statuses(answer) == ["FOUND"] * 999 + ["AMBIGUOUS"]
    assert [len(body) for body in sent(stage.probation_search)] == [MOST_SENT]


def doubled(person, *, times):
    record = person.delius[0]
    more = [replace(record, crn=f"Y{record.crn[1:-1]}{place}") for place in range(times - 1)]
    return replace(person, delius=(record, *more))


async def asked_of(stage, start, population, numbers):
    """Ask a gateway over a search index of these people, and return the answer and the lists sent."""
    twin = ProbationSearchTwin(Population(population), stage.auth)
    async with (
        serving(twin.app) as url,
        start(**stage.route("probation-search") | {"PROBATION_SEARCH_URL": url}) as gw,
    ):
        return await gw.ask(STATES, n=numbers), sent(twin)


async def test_more_doubled_people_than_there_is_room_for_are_ambiguous_and_nobody_else_is_lost(start, stage):
    plain = plain_people(stage, "MDI", 1000)
    twice = [doubled(person, times=2) for person in plain[::20]]

    answer, lists = await asked_of(stage, start, [*plain, *twice], numbers_of(plain))

    found = by_number(answer)
    ambiguous = [n for n, person in found.items() if person["probationRecord"]["status"] == "AMBIGUOUS"]
    assert ambiguous == numbers_of(twice)
    assert Counter(statuses(answer)) == {"AMBIGUOUS": 50, "FOUND": 950}
    whole, *again = lists
    assert len(whole) == MOST_SENT
    assert {number for body in again for number in body} < set(whole)
    assert 2 <= len(again) <= 6


async def test_a_person_with_more_records_than_there_is_room_for_is_ambiguous_alone(start, stage):
    one, other = plain_people(stage, "MDI", 2)
    often = doubled(one, times=10)
    oftener = doubled(other, times=60)

    together, _ = await asked_of(stage, start, [often, oftener], numbers_of([often, oftener]))
    alone, lists = await asked_of(stage, start, [oftener], numbers_of([oftener]))

    assert statuses(together) == ["AMBIGUOUS", "AMBIGUOUS"]
    assert statuses(alone) == ["AMBIGUOUS"]
    assert len(lists) == 1


FAULTS = {
    "503 with Retry-After": (Fault(status=503, retry_after=30), "UNAVAILABLE"),
    "500": (
        Fault(status=500, body='{"developerMessage":"too_many_clauses"}'),
        "UNAVAILABLE",
    ),
    "400": (Fault(status=400), "UNAVAILABLE"),
    "404": (Fault(status=404), "UNAVAILABLE"),
    "no answer in time": (Fault(delay_seconds=20), "UNAVAILABLE"),
    "an object": (Fault(status=200, body="{}"), "UNAVAILABLE"),
    "an HTML page": (
        Fault(status=200, body="[]", content_type="text/html"),
        "UNAVAILABLE",
    ),
    "compressed": (Fault(gzip=True), "UNAVAILABLE"),
    "too large": (
        Fault(status=200, huge_bytes=40_000_000, content_type="application/json"),
        "UNAVAILABLE",
    ),
    "403": (Fault(status=403), "FORBIDDEN"),
}


FAILED = {"UNAVAILABLE": ("DELIUS_UNAVAILABLE", True), "FORBIDDEN": ("DELIUS_FORBIDDEN", False)}


@pytest.mark.parametrize(("fault", "status"), FAULTS.values(), ids=FAULTS.keys())
async def test_a_service_that_fails_is_not_asked_again_at_once(gw, stage, fault, status):
    stage.probation_search.faults.put(fault)
    code, retryable = FAILED[status]

    answer = await gw.ask(WHOLE, n=["G4273GI", "G7106UN"])

    assert statuses(answer) == [status, status]
    assert [person["lastName"] for person in answer["data"]["offenders"]] == ["FENHALE", "OLDROYD-QUAY"]
    assert stage.probation_search.calls.count() == 1
    fields = ["crn", "tier", "mappaLevel", "resourcing", "caseHandler"]
    assert [error["path"][2] for error in answer["errors"]] == fields * 2
    for error in answer["errors"]:
        assert (error["extensions"]["code"], error["extensions"]["retryable"]) == (code, retryable)
    assert answer["extensions"]["incomplete"] == [
        {"system": "DELIUS", "route": "PROBATION_SEARCH", "code": code, "people": 2}
    ]


async def test_no_content_knows_nobody(gw, stage):
    stage.probation_search.faults.put(Fault(status=204))

    assert statuses(await gw.ask(STATES, n=["G4273GI"])) == ["NOT_FOUND"]


async def test_of_two_lists_one_that_fails_leaves_the_other_whole(start, stage):
    numbers = [person.noms_number for person in stage.population.in_prison("MDI")]
    stage.probation_search.faults.put(Fault(status=503, times=1))

    async with start(**stage.route("probation-search"), MAX_OFFENDERS="5000") as gw:
        answer = await gw.ask(STATES, n=numbers)

    assert Counter(statuses(answer))["UNAVAILABLE"] in (1000, len(numbers) - 1000)
    assert Counter(statuses(answer))["FOUND"] > 100


ROWS = ["G4273GI", "G7106UN", people.OFFICER_UNALLOCATED, people.TIER_WITH_HYPHEN]


@pytest.mark.parametrize("rows", ["shuffled", "padded", "stranger"])
async def test_rows_in_any_order_and_writing_and_company_are_whose_number_they_carry(gw, stage, rows):
    plain = await gw.ask(WHOLE, n=ROWS)
    stage.probation_search.faults.put(Fault(rows=rows))

    assert await gw.ask(WHOLE, n=ROWS) == plain
    assert statuses(plain) == ["FOUND"] * 4


async def test_rows_that_all_come_twice_are_of_nobody(gw, stage):
    stage.probation_search.faults.put(Fault(rows="doubled"))

    answer = await gw.ask(WHOLE, n=ROWS)

    assert statuses(answer) == ["AMBIGUOUS"] * 4
    assert [person["crn"] for person in answer["data"]["offenders"]] == [None] * 4
    assert "errors" not in answer


async def test_people_whose_rows_are_missing_are_not_found_and_the_others_whole(gw, stage):
    plain = by_number(await gw.ask(WHOLE, n=ROWS))
    stage.probation_search.faults.put(Fault(rows="missing"))

    answer = by_number(await gw.ask(WHOLE, n=ROWS))

    missing = [n for n, person in answer.items() if person["probationRecord"]["status"] == "NOT_FOUND"]
    assert len(missing) == 2
    assert {n: answer[n] for n in ROWS if n not in missing} == {n: plain[n] for n in ROWS if n not in missing}


async def test_rows_that_name_nobody_leave_everybody_in_doubt(gw, stage):
    stage.probation_search.faults.put(Fault(rows="malformed"))

    answer = await gw.ask(WHOLE, n=ROWS)

    assert statuses(answer) == ["UNAVAILABLE"] * 4
    assert {error["extensions"]["code"] for error in answer["errors"]} == {"DELIUS_UNAVAILABLE"}


async def test_a_list_of_many_rows_that_name_nobody_is_not_asked_about_person_by_person(gw, stage):
    stage.probation_search.faults.put(Fault(rows="malformed"))

    answer = await gw.ask(STATES, n=numbers_of(plain_people(stage, "MDI", 200)))

    assert set(statuses(answer)) == {"UNAVAILABLE"}
    assert stage.probation_search.calls.count() == 1


async def test_two_people_whose_numbers_are_exchanged_are_told_by_their_dates_of_birth(gw, stage):
    stage.probation_search.faults.put(Fault(rows="another's number"))

    answer = await gw.ask(WHOLE, n=["G4273GI", "G7106UN"])

    assert [person["probationRecord"]["warnings"] for person in answer["data"]["offenders"]] == [
        ["DATE_OF_BIRTH_DIFFERS"],
        ["DATE_OF_BIRTH_DIFFERS"],
    ]


def row(**changes):
    return {
        "otherIds": {"crn": "X100001", "nomsNumber": "G4273GI"},
        "dateOfBirth": "1991-07-19",
        "softDeleted": False,
        "currentExclusion": False,
        "currentRestriction": False,
        "currentTier": "B1",
        "offenderManagers": [
            {"active": True, "probationArea": {"code": "N03"}, "staff": {"surname": "Trevethick"}}
        ],
        **changes,
    }


def manager(surname, **changes):
    return {"active": True, "staff": {"surname": surname}, "fromDate": "2020-01-01", **changes}


HANDLERS = {
    "a past one first": ([manager("Past", active=False), manager("Now")], "Now", []),
    "a past one who began later": (
        [manager("Now"), manager("Past", active=False, fromDate="2024-01-01")],
        "Now",
        [],
    ),
    "one who does not say whether they are active": (
        [manager("Past", active=None), manager("Now")],
        "Now",
        [],
    ),
    "one who is soft deleted": ([manager("Deleted", softDeleted=True), manager("Now")], "Now", []),
    "past ones alone": ([manager("Past", active=False)], None, []),
    "several active ones": (
        [manager("Before"), manager("Now", fromDate="2024-01-01")],
        "Now",
        ["SEVERAL_ACTIVE_MANAGERS"],
    ),
}


@pytest.mark.parametrize(("managers", "surname", "warnings"), HANDLERS.values(), ids=HANDLERS.keys())
async def test_a_past_manager_never_becomes_the_case_handler(gw, stage, managers, surname, warnings):
    rows = [row(offenderManagers=managers)]
    stage.probation_search.faults.put(Fault(status=200, body=json.dumps(rows)))

    (person,) = (await gw.ask(WHOLE, n=["G4273GI"]))["data"]["offenders"]

    assert ((person["caseHandler"] or {}).get("officer") or {}).get("surname") == surname
    assert person["probationRecord"]["warnings"] == warnings


async def test_a_soft_deleted_row_is_nobody_s_and_doubles_nobody(gw, stage):
    deleted = row(softDeleted=True, currentTier="A0")
    stage.probation_search.faults.put(Fault(status=200, body=json.dumps([deleted])))
    alone = await gw.ask(STATES, n=["G4273GI"])
    stage.probation_search.faults.put(Fault(status=200, body=json.dumps([deleted, row()])))

    beside = await gw.ask(WHOLE, n=["G4273GI"])

    assert statuses(alone) == ["NOT_FOUND"]
    assert by_number(beside)["G4273GI"]["tier"] == {"code": "B1"}
    assert statuses(beside) == ["FOUND"]


MAPPA = {
    "none": ({}, 0),
    "null": ({"mappa": None}, 0),
    "without a level": ({"mappa": {"category": 1}}, 0),
    "level nought": ({"mappa": {"level": 0}}, 0),
    "level three": ({"mappa": {"level": 3}}, 3),
}


@pytest.mark.parametrize(("changes", "level"), MAPPA.values(), ids=MAPPA.keys())
async def test_the_mappa_level_comes_with_the_row(gw, stage, changes, level):
    stage.probation_search.faults.put(Fault(status=200, body=json.dumps([row(**changes)])))

    answer = await gw.ask(WHOLE, n=["G4273GI"])

    assert by_number(answer)["G4273GI"]["mappaLevel"] == level
    assert stage.probation_search.calls.count() == 1


@pytest.mark.parametrize("mappa", [{"level": 4}, {"level": "2"}, {"level": True}, [], "M2"])
async def test_an_odd_mappa_level_fails_that_field_alone(gw, stage, mappa):
    stage.probation_search.faults.put(Fault(status=200, body=json.dumps([row(mappa=mappa)])))

    answer = await gw.ask(WHOLE, n=["G4273GI"])

    assert [error["path"] for error in answer["errors"]] == [["offenders", 0, "mappaLevel"]]
    assert by_number(answer)["G4273GI"]["tier"] == {"code": "B1"}


async def test_a_limited_row_comes_unredacted_and_is_shown_to_whom_delius_lets_alone(gw, stage, delius_user):
    record = stage.population.get(people.RESTRICTED).delius[0]

    hidden = await gw.post({"query": WHOLE, "variables": {"n": [people.RESTRICTED]}})
    shown = await gw.ask(WHOLE, n=[people.RESTRICTED], token=delius_user(TRUSTED_USER))

    assert by_number(shown)[people.RESTRICTED]["crn"] == record.crn
    assert statuses(hidden.json()) == ["RESTRICTED"]
    secrets = (record.crn, record.surname, "C1", "Trevethick", record.restriction_message)
    assert [secret for secret in secrets if secret in hidden.text] == []
