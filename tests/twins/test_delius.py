"""The Delius twin answers every hard case as it is named."""

import time

import pytest

from twins import hard_cases as case


def managers_of(body):
    return body.get("offenderManagers", [])


@pytest.mark.parametrize(
    ("number", "status", "content_type"),
    [
        (case.DELIUS_500, 500, "application/json"),
        (case.DELIUS_503, 503, "text/plain; charset=utf-8"),
        (case.DELIUS_403, 403, "text/plain; charset=utf-8"),
        (case.DELIUS_401, 401, "text/plain; charset=utf-8"),
        (case.DELIUS_204, 204, None),
        (case.DELIUS_HTML, 200, "text/html; charset=utf-8"),
        (case.IVOR_PELLSTONE, 404, None),
    ],
)
async def test_delius_answers_with_the_status_that_the_person_is_named_for(
    from_delius, number, status, content_type
):
    answer = await from_delius(number)

    assert (answer.status_code, answer.headers.get("content-type")) == (status, content_type)


async def test_an_unavailable_delius_says_when_to_come_back(from_delius):
    assert (await from_delius(case.DELIUS_503)).headers["retry-after"] == "30"


async def test_the_slow_person_takes_as_long_as_is_set(stage, from_delius, monkeypatch):
    monkeypatch.setattr(stage.delius, "slow_seconds", 0.2)
    began = time.monotonic()

    answer = await from_delius(case.DELIUS_SLOW)

    assert answer.status_code == 200
    assert time.monotonic() - began >= 0.2


@pytest.mark.parametrize(
    ("number", "tier"),
    [
        (case.TIER_WRITTEN_OUT, "Tier B1"),
        (case.TIER_WITH_HYPHEN, "A-2"),
        (case.TIER_WITH_UNDERSCORE, "D_2"),
        (case.TIER_UNIFIED, "UD0"),
        (case.TIER_UNIFIED_UNSUPERVISED, "UA2S"),
        (case.TIER_SMALL_LETTER, "c"),
        (case.TIER_BLANK, "   "),
        (case.TIER_ABSENT, None),
        (case.TIER_NA, "NA"),
        (case.TIER_NOT_YET_ASSESSED, "Not Yet Assessed"),
        (case.TIER_MISSING, "MISSING"),
        (case.TIER_NOT_SUPERVISED, "NOT_SUPERVISED"),
        (case.TIER_OF_ANOTHER_SCALE, "E"),
        (case.TIER_UNKNOWN, "Q7"),
    ],
)
async def test_a_tier_is_written_as_somebody_typed_it(from_delius, number, tier):
    body = (await from_delius(number)).json()

    assert body.get("currentTier") == tier
    assert ("currentTier" in body) is (tier is not None)


@pytest.mark.parametrize(
    ("number", "carried"),
    [
        (case.ANOTHERS_NUMBER, case.IVOR_PELLSTONE),
        (case.NUMBER_PADDED_IN_DELIUS, f" {case.NUMBER_PADDED_IN_DELIUS.lower()}  "),
        (case.NUMBER_ABSENT_IN_DELIUS, None),
        (case.MERGED_AWAY, case.MERGED_AWAY),
    ],
)
async def test_a_record_carries_the_number_that_it_is_named_for(from_delius, number, carried):
    assert (await from_delius(number)).json()["otherIds"].get("nomsNumber") == carried


async def test_the_survivor_of_a_merge_is_unknown_to_delius(from_delius):
    assert (await from_delius(case.MERGED_SURVIVOR)).status_code == 404


@pytest.mark.parametrize(
    ("number", "flags"),
    [
        (case.EXCLUDED, {"currentExclusion": True, "currentRestriction": False}),
        (case.RESTRICTED, {"currentExclusion": False, "currentRestriction": True}),
        (case.PETRA_LINDQVALE, {"currentExclusion": False, "currentRestriction": True}),
        (case.ACCESS_FLAGS_ABSENT, {}),
        (case.TOBIAS_FENHALE, {"currentExclusion": False, "currentRestriction": False}),
    ],
)
async def test_the_flags_of_limited_access_are_as_named(from_delius, number, flags):
    body = (await from_delius(number)).json()

    assert {name: body[name] for name in ("currentExclusion", "currentRestriction") if name in body} == flags


async def test_a_person_without_a_manager_has_no_such_key(from_delius):
    assert "offenderManagers" not in (await from_delius(case.NO_MANAGER)).json()


@pytest.mark.parametrize(
    ("number", "active"),
    [
        (case.PAST_MANAGERS_ONLY, [False]),
        (case.SEVERAL_ACTIVE_MANAGERS, [True, True]),
        (case.TOBIAS_FENHALE, [True, False]),
    ],
)
async def test_past_managers_are_listed_too(from_delius, number, active):
    assert [manager["active"] for manager in managers_of((await from_delius(number)).json())] == active


async def test_the_placeholder_officer_is_unallocated(from_delius):
    manager = managers_of((await from_delius(case.OFFICER_UNALLOCATED)).json())[0]

    assert manager["staff"]["unallocated"] is True


@pytest.mark.parametrize(
    ("number", "nps", "code"),
    [
        (case.FLAG_AND_AREA_AT_ODDS, True, "C20"),
        (case.AREA_UNKNOWN, None, "X99"),
        (case.TOBIAS_FENHALE, True, "N03"),
    ],
)
async def test_the_area_says_what_it_is_named_for(from_delius, number, nps, code):
    area = managers_of((await from_delius(number)).json())[0]["probationArea"]

    assert (area.get("nps"), area["code"]) == (nps, code)


async def test_dates_of_birth_differ_or_are_missing_as_named(stage, from_delius):
    other = (await from_delius(case.BORN_ANOTHER_DAY)).json()["dateOfBirth"]
    unknown = (await from_delius(case.BIRTH_UNKNOWN_TO_DELIUS)).json()

    assert other != stage.population.get(case.BORN_ANOTHER_DAY).nomis.date_of_birth.isoformat()
    assert "dateOfBirth" not in unknown


async def test_a_soft_deleted_record_says_so(from_delius):
    assert (await from_delius(case.SOFT_DELETED)).json()["softDeleted"] is True


async def test_the_one_sentenced_record_of_two_is_answered(from_delius):
    answer = await from_delius(case.ONE_OF_TWO_SENTENCED)

    assert answer.status_code == 200
    assert answer.json()["activeProbationManagedSentence"] is True


async def test_a_person_unknown_to_nomis_has_a_record(from_delius, by_numbers):
    assert (await from_delius(case.UNKNOWN_TO_NOMIS)).status_code == 200
    assert (await by_numbers(case.UNKNOWN_TO_NOMIS)).json() == []


@pytest.mark.parametrize("path", ["/", "/api/offenders/crn/X100001", "/api/offenders/nomsNumber/G4273GI"])
async def test_any_other_path_is_404_with_an_empty_body(stage, http, path):
    answer = await http.get(f"{stage.delius_url}{path}")

    assert (answer.status_code, answer.content) == (404, b"")


async def test_no_ordinary_answer_holds_a_null_or_an_empty_list(stage, from_delius):
    for person in stage.population.in_prison("EWI"):
        text = (await from_delius(person.noms_number)).text
        assert "null" not in text
        assert "[]" not in text


async def test_a_record_is_the_same_by_its_crn_as_by_its_number(stage, http, from_delius, written):
    by_crn = await http.get(f"{stage.delius_url}/api/offenders/crn/X100001/all")

    assert written(by_crn.json()) == written((await from_delius(case.TOBIAS_FENHALE)).json())


async def test_an_unknown_crn_is_404_with_an_empty_body(stage, http):
    answer = await http.get(f"{stage.delius_url}/api/offenders/crn/X999999/all")

    assert (answer.status_code, answer.content) == (404, b"")
