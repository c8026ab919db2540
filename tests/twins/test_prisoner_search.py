"""Prisoner Search is as strict, and as awkward, as upstream."""

import pytest

from twins import hard_cases
from twins.faults import Fault
from twins.hard_cases import MARCUS_OLDROYD_QUAY, NOBODY, TOBIAS_FENHALE


def numbers_in(rows):
    return [row["prisonerNumber"] for row in rows]


async def test_a_get_without_a_json_content_type_is_415(stage, http, json_headers):
    del json_headers["Content-Type"]

    answer = await http.get(f"{stage.prisoner_search_url}/prisoner-search/prison/LEI", headers=json_headers)

    assert answer.status_code == 415


async def test_unknown_response_fields_are_400(by_numbers):
    answer = await by_numbers(TOBIAS_FENHALE, responseFields="prisonerNumber,shoeSize")

    assert answer.status_code == 400
    assert "shoeSize" in answer.json()["developerMessage"]


async def test_a_body_that_is_no_json_is_400(stage, http, json_headers):
    answer = await http.post(
        f"{stage.prisoner_search_url}/prisoner-search/prisoner-numbers", content="{", headers=json_headers
    )

    assert answer.status_code == 400


async def test_alerts_come_back_empty_when_nobody_asked(by_numbers):
    without = await by_numbers(TOBIAS_FENHALE, responseFields="prisonerNumber")
    with_alerts = await by_numbers(TOBIAS_FENHALE, responseFields="prisonerNumber,alerts")

    assert without.json() == [{"prisonerNumber": TOBIAS_FENHALE, "alerts": []}]
    assert with_alerts.json()[0]["alerts"][0]["alertCode"] == "XR"


async def test_the_order_is_not_that_of_the_question(by_numbers, stage):
    asked = [person.noms_number for person in stage.population.in_prison("BXI")]

    answer = await by_numbers(*asked)

    assert numbers_in(answer.json()) != asked
    assert sorted(numbers_in(answer.json())) == sorted(asked)


async def test_doubled_numbers_collapse(by_numbers):
    answer = await by_numbers(TOBIAS_FENHALE, TOBIAS_FENHALE, MARCUS_OLDROYD_QUAY)

    assert sorted(numbers_in(answer.json())) == [TOBIAS_FENHALE, MARCUS_OLDROYD_QUAY]


async def test_a_thousand_numbers_are_answered(by_numbers, stage):
    asked = [person.noms_number for person in stage.population.in_prison("MDI")][:1000]

    answer = await by_numbers(*asked)

    assert len(answer.json()) == 1000


async def test_nothing_in_a_row_is_null(by_numbers, stage):
    asked = [number for number in hard_cases.HARD_CASES if stage.population.get(number) is not None]

    answer = await by_numbers(*asked)

    assert [row for row in answer.json() if None in row.values()] == []


async def test_a_person_never_booked_has_neither_booking_nor_status(by_numbers):
    row = (await by_numbers(hard_cases.ALBERTA_NORTHMERE)).json()[0]

    assert {"bookingId", "prisonId", "status", "legalStatus"} & row.keys() == set()


async def test_rows_come_doubled_and_padded_for_those_who_are_so(by_numbers):
    answer = await by_numbers(
        hard_cases.ROW_DOUBLED, hard_cases.ROW_DOUBLED_DIFFERENTLY, hard_cases.ROW_PADDED, NOBODY
    )

    rows = answer.json()
    doubled = [row for row in rows if row["prisonerNumber"] == hard_cases.ROW_DOUBLED]
    different = [
        row["lastName"] for row in rows if row["prisonerNumber"] == hard_cases.ROW_DOUBLED_DIFFERENTLY
    ]
    assert doubled[0] == doubled[1]
    assert len(set(different)) == 2
    assert f" {hard_cases.ROW_PADDED.lower()} " in numbers_in(rows)


async def test_two_people_share_one_booking(by_numbers):
    rows = (await by_numbers(hard_cases.SHARED_BOOKING, hard_cases.SHARED_BOOKING_TOO)).json()

    assert rows[0]["bookingId"] == rows[1]["bookingId"]
    assert rows[0]["prisonerNumber"] != rows[1]["prisonerNumber"]


@pytest.mark.parametrize(
    ("spoilt", "expected"),
    [
        ("doubled", [MARCUS_OLDROYD_QUAY, MARCUS_OLDROYD_QUAY, TOBIAS_FENHALE, TOBIAS_FENHALE]),
        ("missing", [TOBIAS_FENHALE]),
        ("shuffled", [TOBIAS_FENHALE, MARCUS_OLDROYD_QUAY]),
        ("stranger", [MARCUS_OLDROYD_QUAY, TOBIAS_FENHALE, "Z9999ZZ"]),
        ("padded", [f" {MARCUS_OLDROYD_QUAY.lower()}  ", f" {TOBIAS_FENHALE.lower()}  "]),
        ("another's number", [TOBIAS_FENHALE, MARCUS_OLDROYD_QUAY]),
    ],
)
async def test_rows_are_spoilt_as_the_fault_says(stage, by_numbers, spoilt, expected):
    healthy = numbers_in((await by_numbers(TOBIAS_FENHALE, MARCUS_OLDROYD_QUAY)).json())
    stage.prisoner_search.faults.put(Fault(rows=spoilt))

    rows = numbers_in((await by_numbers(TOBIAS_FENHALE, MARCUS_OLDROYD_QUAY)).json())

    assert healthy == [MARCUS_OLDROYD_QUAY, TOBIAS_FENHALE]
    assert rows == expected


async def test_a_single_row_has_no_number_to_swap(stage, by_numbers):
    stage.prisoner_search.faults.put(Fault(rows="another's number"))

    assert numbers_in((await by_numbers(TOBIAS_FENHALE)).json()) == [TOBIAS_FENHALE]


async def test_malformed_rows_are_no_rows(stage, by_numbers):
    stage.prisoner_search.faults.put(Fault(rows="malformed"))

    rows = (await by_numbers(TOBIAS_FENHALE, MARCUS_OLDROYD_QUAY)).json()

    assert rows[0] == 17
    assert rows[1]["prisonerNumber"] is None


async def test_a_page_holds_ten_unless_told_otherwise(prison_page):
    page = await prison_page("LEI")

    assert (page["numberOfElements"], page["size"], page["totalElements"]) == (10, 10, 900)


async def test_one_large_page_holds_everybody_once(prison_page):
    page = await prison_page("LEI", size="10000")

    numbers = numbers_in(page["content"])
    assert len(numbers) == len(set(numbers)) == 900
    assert (page["last"], page["totalPages"]) == (True, 1)


async def test_people_are_missed_across_drifting_pages(prison_page):
    pages = [await prison_page("EWI", page=str(number), size="10") for number in range(4)]

    numbers = [number for page in pages for number in numbers_in(page["content"])]
    assert len(numbers) == 40
    assert len(set(numbers)) < 40


async def test_pages_hold_everybody_once_when_they_do_not_drift(stage, prison_page, monkeypatch):
    monkeypatch.setattr(stage.prisoner_search, "drifting_pages", False)

    pages = [await prison_page("EWI", page=str(number), size="10") for number in range(4)]

    assert len({number for page in pages for number in numbers_in(page["content"])}) == 40
    assert [page["last"] for page in pages] == [False, False, False, True]


async def test_a_page_is_capped_without_a_word(stage, prison_page, monkeypatch):
    monkeypatch.setattr(stage.prisoner_search, "max_page_size", 500)

    page = await prison_page("LEI", size="10000")

    assert (page["size"], page["numberOfElements"], page["totalElements"]) == (500, 500, 900)


@pytest.mark.parametrize("prison_id", ["ASI", "ZZZ"])
async def test_an_empty_or_unknown_prison_is_an_empty_page(prison_page, prison_id):
    page = await prison_page(prison_id)

    assert (page["content"], page["totalElements"], page["empty"]) == ([], 0, True)


async def test_a_restricted_patient_is_of_the_supporting_prison_only_when_asked_for(prison_page):
    plain = await prison_page("LEI", size="5000")
    patients_too = await prison_page("LEI", size="5000", **{"include-restricted-patients": "true"})

    only_now = set(numbers_in(patients_too["content"])) - set(numbers_in(plain["content"]))
    assert only_now == {hard_cases.RESTRICTED_PATIENT}


async def test_a_prisoner_is_found_by_the_booking_too(stage, http, json_headers):
    answer = await http.get(f"{stage.prisoner_search_url}/prisoner/1153753", headers=json_headers)

    assert answer.json()["prisonerNumber"] == TOBIAS_FENHALE


def merged_search(*numbers):
    return {
        "joinType": "AND",
        "queries": [
            {
                "joinType": "AND",
                "matchers": [
                    {
                        "type": "String",
                        "attribute": "identifiers.type",
                        "condition": "IS",
                        "searchTerm": "MERGED",
                    },
                    {
                        "type": "String",
                        "attribute": "identifiers.value",
                        "condition": "IN",
                        "searchTerm": ",".join(numbers),
                    },
                ],
            }
        ],
        "pagination": {"page": 0, "size": 100},
    }


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        (hard_cases.MERGED_AWAY, [hard_cases.MERGED_SURVIVOR]),
        (hard_cases.MERGED_AWAY.lower(), []),
        ("11/402877K", []),
    ],
)
async def test_the_survivor_of_a_merge_is_found_by_the_very_old_number_only(
    stage, http, json_headers, wanted, found
):
    answer = await http.post(
        f"{stage.prisoner_search_url}/attribute-search",
        json=merged_search(NOBODY, wanted),
        headers=json_headers,
    )

    assert numbers_in(answer.json()["content"]) == found


async def test_an_attribute_search_of_anything_else_is_400(stage, http, json_headers):
    search = merged_search(NOBODY)
    search["queries"][0]["matchers"][0]["attribute"] = "shoeSize"

    answer = await http.post(
        f"{stage.prisoner_search_url}/attribute-search", json=search, headers=json_headers
    )

    assert answer.status_code == 400


async def test_an_attribute_search_wants_a_role_of_its_own(stage, http, json_headers):
    token = stage.auth.caller_token(roles=["ROLE_PRISONER_SEARCH__PRISONER__RO"])
    json_headers["Authorization"] = f"Bearer {token}"

    answer = await http.post(
        f"{stage.prisoner_search_url}/attribute-search", json=merged_search(NOBODY), headers=json_headers
    )

    assert answer.status_code == 403


async def test_the_ping_wants_no_token(stage, http):
    for url in (stage.prisoner_search_url, stage.prison_api_url):
        assert (await http.get(f"{url}/health/ping")).json() == {"status": "UP"}


@pytest.mark.parametrize(("parameters", "status"), [({}, 404), ({"activeOnly": "false"}, 200)])
async def test_an_inactive_agency_hides_unless_asked_for(stage, http, json_headers, parameters, status):
    answer = await http.get(
        f"{stage.prison_api_url}/api/agencies/HYI", params=parameters, headers=json_headers
    )

    assert answer.status_code == status


async def test_the_outside_is_an_agency(stage, http, json_headers):
    answer = await http.get(f"{stage.prison_api_url}/api/agencies/OUT", headers=json_headers)

    assert answer.json()["agencyType"] == "INST"


async def test_agencies_want_a_token_but_no_role(stage, http):
    token = stage.auth.caller_token(roles=[])
    url = f"{stage.prison_api_url}/api/agencies/LEI"

    assert (await http.get(url)).status_code == 401
    assert (await http.get(url, headers={"Authorization": f"Bearer {token}"})).status_code == 200
