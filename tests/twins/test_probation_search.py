"""The search twin is as strict as the service: roles, limits, a page cut to the numbers sent, spoilt rows."""

import pytest

from twins import hard_cases as case
from twins.faults import Fault


def numbers_in(answer):
    return [row["otherIds"]["nomsNumber"] for row in answer.json()]


@pytest.mark.parametrize(
    ("role", "status"),
    [("ROLE_COMMUNITY", 200), ("ROLE_PROBATION__SEARCH_PERSON", 200), ("ROLE_PRISONER_SEARCH", 403)],
)
async def test_one_of_two_roles_is_asked_for(stage, search_delius, json_headers, role, status):
    json_headers["Authorization"] = f"Bearer {stage.auth.caller_token(roles=[role])}"

    assert (await search_delius(case.TOBIAS_FENHALE)).status_code == status


async def test_a_call_without_a_token_is_401(search_delius, json_headers):
    del json_headers["Authorization"]

    assert (await search_delius(case.TOBIAS_FENHALE)).status_code == 401


@pytest.mark.parametrize("body", ['{"nomsNumbers": []}', "[]", "not JSON"])
async def test_anything_but_a_list_of_numbers_is_400(stage, http, json_headers, body):
    answer = await http.post(f"{stage.probation_search_url}/nomsNumbers", content=body, headers=json_headers)

    assert answer.status_code == 400


@pytest.mark.parametrize(("sent", "status"), [(1024, 200), (1025, 500)])
async def test_more_than_1024_entries_are_an_error_of_the_server(search_delius, sent, status):
    assert (await search_delius(*[case.TOBIAS_FENHALE] * sent)).status_code == status


async def test_an_extra_record_pushes_another_person_out(search_delius):
    answer = await search_delius(case.TOBIAS_FENHALE, case.TWO_DELIUS_RECORDS)

    assert numbers_in(answer) == [case.TWO_DELIUS_RECORDS, case.TWO_DELIUS_RECORDS]


async def test_a_full_page_may_show_one_record_of_two(search_delius):
    answer = await search_delius(case.MARCUS_OLDROYD_QUAY, case.TWO_DELIUS_RECORDS)

    assert sorted(numbers_in(answer)) == [case.MARCUS_OLDROYD_QUAY, case.TWO_DELIUS_RECORDS]


async def test_a_single_number_shows_one_record_of_two_and_not_the_sentenced_one(search_delius):
    rows = (await search_delius(case.ONE_OF_TWO_SENTENCED)).json()

    assert [row["activeProbationManagedSentence"] for row in rows] == [False]


@pytest.mark.parametrize("number", [case.TWO_DELIUS_RECORDS, case.ONE_OF_TWO_SENTENCED])
async def test_a_number_sent_twice_leaves_room_for_both_records(search_delius, number):
    answer = await search_delius(number, number)

    assert numbers_in(answer) == [number, number]
    assert len({row["otherIds"]["crn"] for row in answer.json()}) == 2


async def test_a_number_sent_twice_does_not_double_its_row(search_delius):
    assert numbers_in(await search_delius(*[case.TOBIAS_FENHALE] * 3)) == [case.TOBIAS_FENHALE]


@pytest.mark.parametrize(
    "number",
    [case.NOBODY, case.SOFT_DELETED, case.NUMBER_ABSENT_IN_DELIUS, case.NUMBER_PADDED_IN_DELIUS, "g4273gi"],
)
async def test_a_number_that_no_live_record_carries_to_the_letter_finds_nothing(search_delius, number):
    answer = await search_delius(number)

    assert (answer.status_code, answer.json()) == (200, [])


async def test_a_record_is_found_by_the_number_that_it_carries(search_delius, crn_of):
    assert (await search_delius(case.ANOTHERS_NUMBER)).json() == []
    rows = (await search_delius(case.IVOR_PELLSTONE)).json()
    assert [row["otherIds"]["crn"] for row in rows] == [crn_of(case.ANOTHERS_NUMBER)]


async def test_limited_records_are_not_redacted(search_delius):
    row = (await search_delius(case.RESTRICTED)).json()[0]

    assert (row["currentRestriction"], row["restrictionMessage"]) == (True, "Made-up restriction text")
    assert row["surname"]


@pytest.mark.parametrize("number", [case.DELIUS_500, case.DELIUS_HTML, case.DELIUS_CUT, case.DELIUS_SLOW])
async def test_people_over_whom_delius_stumbles_alone_are_rows_like_others(search_delius, number):
    assert numbers_in(await search_delius(number)) == [number]


async def test_past_managers_are_listed_too(search_delius):
    row = (await search_delius(case.PAST_MANAGERS_ONLY)).json()[0]

    assert [manager["active"] for manager in row["offenderManagers"]] == [False]


async def test_areas_have_the_nps_flag_unless_they_were_indexed_early(search_delius):
    rows = (await search_delius(case.TOBIAS_FENHALE, case.MARCUS_OLDROYD_QUAY)).json()

    areas = {row["surname"]: row["offenderManagers"][0]["probationArea"] for row in rows}
    assert set(areas["Fenhale"]) == {"code", "description"}
    assert (areas["Oldroyd-Quay"]["nps"], areas["Oldroyd-Quay"]["organisation"]["code"]) == (False, "PO1")


async def test_both_kinds_of_area_are_common(stage, search_delius):
    people = stage.population.in_prison("EWI")

    rows = (await search_delius(*(person.noms_number for person in people))).json()

    flags = ["nps" in row["offenderManagers"][0]["probationArea"] for row in rows]
    assert min(flags.count(True), flags.count(False)) > 3


async def test_mappa_is_there_where_somebody_is_registered(search_delius):
    rows = (await search_delius(case.MAPPA_OF_LEVEL_NOUGHT, case.REGISTRATIONS_ENDED)).json()

    levels = {row["otherIds"]["nomsNumber"]: row.get("mappa", {}).get("level") for row in rows}
    assert levels == {case.MAPPA_OF_LEVEL_NOUGHT: 0, case.REGISTRATIONS_ENDED: None}


async def test_an_index_that_is_rebuilt_says_when_to_come_back(stage, search_delius):
    stage.probation_search.faults.put(Fault(status=503, retry_after=30))

    answer = await search_delius(case.TOBIAS_FENHALE)

    assert (answer.status_code, answer.headers["retry-after"]) == (503, "30")


@pytest.mark.parametrize(
    ("spoilt", "expected"),
    [
        ("doubled", [case.MARCUS_OLDROYD_QUAY] * 2 + [case.TOBIAS_FENHALE] * 2),
        ("missing", [case.TOBIAS_FENHALE]),
        ("shuffled", [case.TOBIAS_FENHALE, case.MARCUS_OLDROYD_QUAY]),
        ("stranger", [case.MARCUS_OLDROYD_QUAY, case.TOBIAS_FENHALE, "Z9999ZZ"]),
        ("padded", [f" {case.MARCUS_OLDROYD_QUAY.lower()}  ", f" {case.TOBIAS_FENHALE.lower()}  "]),
        ("another's number", [case.TOBIAS_FENHALE, case.MARCUS_OLDROYD_QUAY]),
    ],
)
async def test_rows_are_spoilt_as_the_fault_says(stage, search_delius, spoilt, expected):
    healthy = numbers_in(await search_delius(case.TOBIAS_FENHALE, case.MARCUS_OLDROYD_QUAY))
    stage.probation_search.faults.put(Fault(rows=spoilt))

    rows = numbers_in(await search_delius(case.TOBIAS_FENHALE, case.MARCUS_OLDROYD_QUAY))

    assert healthy == [case.MARCUS_OLDROYD_QUAY, case.TOBIAS_FENHALE]
    assert rows == expected


async def test_swapped_numbers_leave_everything_else_where_it_was(stage, search_delius):
    stage.probation_search.faults.put(Fault(rows="another's number"))

    rows = (await search_delius(case.TOBIAS_FENHALE, case.MARCUS_OLDROYD_QUAY)).json()

    assert {row["otherIds"]["nomsNumber"]: row["otherIds"]["crn"] for row in rows} == {
        case.TOBIAS_FENHALE: "X100002",
        case.MARCUS_OLDROYD_QUAY: "X100001",
    }


async def test_malformed_rows_are_no_rows(stage, search_delius):
    stage.probation_search.faults.put(Fault(rows="malformed"))

    rows = (await search_delius(case.TOBIAS_FENHALE, case.MARCUS_OLDROYD_QUAY)).json()

    assert rows[0] == 17
    assert rows[1]["otherIds"]["nomsNumber"] is None


async def test_a_call_counts_each_person_once(stage, search_delius):
    await search_delius(case.TOBIAS_FENHALE, case.TOBIAS_FENHALE, case.MARCUS_OLDROYD_QUAY)

    assert [call.ids for call in stage.probation_search.calls] == [2]


async def test_a_record_is_found_by_its_crn_and_by_the_one_before(stage, search_by_crn):
    (record,) = stage.population.get(case.RECALLED).delius

    now, before = [(await search_by_crn(crn)).json() for crn in (record.crn, record.previous_crn)]

    assert now == before
    assert [row["otherIds"]["previousCrn"] for row in now] == [record.previous_crn]


async def test_crns_are_answered_by_the_rules_of_numbers(search_by_crn, search_delius, crn_of):
    assert (await search_by_crn("X100001")).json() == (await search_delius(case.TOBIAS_FENHALE)).json()
    assert (await search_by_crn("X999999", crn_of(case.SOFT_DELETED))).json() == []
    unlinked = (await search_by_crn(crn_of(case.NUMBER_ABSENT_IN_DELIUS))).json()
    assert ["nomsNumber" in row["otherIds"] for row in unlinked] == [False]


@pytest.mark.parametrize(("sent", "status"), [(512, 200), (513, 500)])
async def test_more_than_512_crns_are_an_error_of_the_server(search_by_crn, sent, status):
    assert (await search_by_crn(*["X100001"] * sent)).status_code == status


async def test_crns_want_a_token_too(search_by_crn, json_headers):
    del json_headers["Authorization"]

    assert (await search_by_crn("X100001")).status_code == 401
