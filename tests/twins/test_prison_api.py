"""The Prison API is as strict, and as awkward, as upstream, and writes people as the contract's samples."""

import pytest

from twins.agencies import AGENCIES
from twins.faults import Fault
from twins.hard_cases import (
    ALBERTA_NORTHMERE,
    AT_COURT,
    DESMOND_HALLOWAY,
    IN_TRANSIT,
    INDETERMINATE,
    IVOR_PELLSTONE,
    MARCUS_OLDROYD_QUAY,
    NOBODY,
    RESTRICTED_PATIENT,
    ROW_DOUBLED,
    ROW_DOUBLED_DIFFERENTLY,
    ROW_PADDED,
    TOBIAS_FENHALE,
)

NOT_HELD = {
    *("offenderId", "rootOffenderId", "alertId", "facialImageId", "assignedLivingUnitId"),
    *("age", "birthCountryCode", "birthPlace", "language", "interpreterRequired", "inactiveAlertCount"),
}
"""What the samples have and the population does not hold, or holds otherwise; no route reads any of it."""


@pytest.fixture
def get(stage, http, json_headers):
    async def ask(path, **parameters):
        return await http.get(f"{stage.prison_api_url}{path}", params=parameters, headers=json_headers)

    return ask


@pytest.fixture
def post(stage, http, json_headers):
    async def ask(path, body, **headers):
        return await http.post(
            f"{stage.prison_api_url}{path}", json=body, headers={**json_headers, **headers}
        )

    return ask


@pytest.fixture
def inmates(stage, http, client_token):
    """Ask for a prison's people in the name of a user, as the gateway's client may."""

    async def ask(prison_id, *, headers=None, token=None, **parameters):
        named = (await client_token(username="LEI_POM1", auth_source="nomis")).json()["access_token"]
        return await http.get(
            f"{stage.prison_api_url}/api/locations/description/{prison_id}/inmates",
            params=parameters,
            headers={"Authorization": f"Bearer {token or named}", **(headers or {})},
        )

    return ask


def numbers_in(answer):
    return [row["offenderNo"] for row in answer.json()]


def held(expected):
    """The sample without what the population does not hold, at any depth."""
    if isinstance(expected, dict):
        return {name: held(value) for name, value in expected.items() if name not in NOT_HELD}
    if isinstance(expected, list):
        return [held(value) for value in expected]
    return expected


async def test_one_person_is_written_as_the_sample(get, sample, written):
    expected = held(sample("prison-api.get-offender"))
    told_besides = {
        # Of what Prisoner Search makes these of the sample leaves out: nationality, offence, life sentence.
        "profileInformation": [
            {"type": "NAT", "question": "Nationality?", "resultValue": "British"},
            {"type": "RELF", "question": "Religion", "resultValue": "No Religion"},
            {"type": "YOUTH", "question": "Youth Offender?", "resultValue": "No"},
        ],
        "offenceHistory": [
            {
                "bookingId": 1,
                "offenceDescription": "An offence of an earlier booking",
                "mostSerious": True,
            },
            {"bookingId": 1153753, "offenceDescription": "Robbery", "mostSerious": True},
        ],
        "sentenceTerms": [
            {"bookingId": 1, "lifeSentence": True},
            {"bookingId": 1153753, "lifeSentence": False},
        ],
    }
    # Of these lists' elements the population holds only some keys.
    partly = ("alerts", "assessments", "identifiers", "physicalAttributes", "assignedLivingUnit")

    answer = (await get(f"/api/offenders/{TOBIAS_FENHALE}")).json()

    kept = {**expected, **told_besides}
    assert written(held({**answer, **dict.fromkeys(partly)})) == written({**kept, **dict.fromkeys(partly)})
    for name in partly:
        wanted, found = kept[name], held(answer[name])
        for one, other in zip(*((x if isinstance(x, list) else [x]) for x in (wanted, found)), strict=True):
            assert other.items() <= one.items()


async def test_a_person_never_booked_is_written_as_the_sample(get, sample, written):
    answer = await get(f"/api/offenders/{ALBERTA_NORTHMERE}")

    assert written(held(answer.json())) == written(held(sample("prison-api.get-offender.no-booking")))


async def test_people_in_bulk_are_written_as_the_sample(post, sample, written):
    expected = {row["offenderNo"]: held(row) for row in sample("prison-api.post-prisoners")}

    answer = await post(
        "/api/prisoners", {"offenderNos": [TOBIAS_FENHALE, MARCUS_OLDROYD_QUAY, DESMOND_HALLOWAY, NOBODY]}
    )

    rows = {row["offenderNo"]: row for row in answer.json()}
    assert written(rows[TOBIAS_FENHALE]) == written(expected[TOBIAS_FENHALE])
    # The samples agree on less of Marcus Oldroyd-Quay, and tell little of Desmond Halloway.
    marcus = rows[MARCUS_OLDROYD_QUAY]
    assert marcus.items() <= {**expected[MARCUS_OLDROYD_QUAY], "receptionDate": "2024-02-19"}.items()
    assert rows[DESMOND_HALLOWAY].keys() == expected[DESMOND_HALLOWAY].keys()
    told = ("currentlyInPrison", "latestLocationId", "latestLocation", "latestBookingId")
    assert [rows[DESMOND_HALLOWAY][name] for name in told] == [
        expected[DESMOND_HALLOWAY][name] for name in told
    ]
    assert [answer.headers[name] for name in ("Total-Records", "Page-Offset", "Page-Limit")] == [
        "3",
        "0",
        "10",
    ]


async def test_sentence_dates_are_written_as_the_sample(post, sample, written):
    expected = {row["offenderNo"]: held(row) for row in sample("prison-api.post-offender-sentences")}

    answer = await post("/api/offender-sentences", [TOBIAS_FENHALE, MARCUS_OLDROYD_QUAY, NOBODY])

    rows = {row["offenderNo"]: row for row in answer.json()}
    assert written(rows[TOBIAS_FENHALE]) == written(expected[TOBIAS_FENHALE])
    assert (
        rows[MARCUS_OLDROYD_QUAY]["sentenceDetail"].items()
        <= expected[MARCUS_OLDROYD_QUAY]["sentenceDetail"].items()
    )


async def test_a_category_is_written_as_the_sample(post, sample):
    answer = await post("/api/offender-assessments/CATEGORY", [TOBIAS_FENHALE, IVOR_PELLSTONE])

    assert len(answer.json()) == 1
    assert answer.json()[0].items() <= sample("prison-api.post-assessments-category")[0].items()


async def test_a_prison_s_people_are_written_as_the_sample(inmates, sample, written):
    expected = {row["offenderNo"]: held(row) for row in sample("prison-api.locations-inmates")}

    answer = await inmates("LEI", returnCategory="true", headers={"Page-Limit": "1000"})

    rows = {row["offenderNo"]: row for row in answer.json()}
    assert written({number: rows[number] for number in expected}) == written(expected)


async def test_a_badly_formed_number_is_refused_as_the_sample(get, sample):
    answer = await get(f"/api/offenders/{TOBIAS_FENHALE.lower()}")

    assert (answer.status_code, answer.json()) == (400, sample("prison-api.error-400"))


async def test_an_unknown_person_is_refused_as_the_sample(get, sample):
    answer = await get(f"/api/offenders/{NOBODY}")

    assert (answer.status_code, answer.json()) == (404, sample("prison-api.error-404"))


async def test_a_person_whom_the_client_may_not_see_is_refused_as_the_sample(stage, get, post, sample):
    stage.prison_api.refused.add(TOBIAS_FENHALE)

    answer = await get(f"/api/offenders/{TOBIAS_FENHALE}")
    rows = await post("/api/prisoners", {"offenderNos": [TOBIAS_FENHALE, MARCUS_OLDROYD_QUAY]})

    assert (answer.status_code, answer.json()) == (403, sample("prison-api.error-403"))
    assert numbers_in(rows) == [MARCUS_OLDROYD_QUAY]


async def test_a_missing_role_is_refused_as_the_sample(stage, get, json_headers, sample):
    json_headers["Authorization"] = f"Bearer {stage.auth.caller_token(roles=['ROLE_SOMETHING_ELSE'])}"

    answer = await get(f"/api/offenders/{TOBIAS_FENHALE}")

    assert (answer.status_code, answer.json()) == (403, sample("prison-api.error-403"))


async def test_without_a_role_lists_are_refused_or_empty(stage, post, json_headers):
    json_headers["Authorization"] = f"Bearer {stage.auth.caller_token(roles=['ROLE_SOMETHING_ELSE'])}"

    people = await post("/api/prisoners", {"offenderNos": [TOBIAS_FENHALE]})
    sentences = await post("/api/offender-sentences", [TOBIAS_FENHALE])

    assert people.status_code == 403
    assert (sentences.status_code, sentences.json()) == (200, [])


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/api/offender-sentences", []),
        ("/api/offender-sentences", {"offenderNos": [TOBIAS_FENHALE]}),
        ("/api/offender-assessments/CATEGORY", []),
        ("/api/prisoners", [TOBIAS_FENHALE]),
    ],
)
async def test_a_body_of_another_shape_is_400(post, path, body):
    assert (await post(path, body)).status_code == 400


async def test_the_path_of_categories_is_case_sensitive(post):
    assert (await post("/api/offender-assessments/category", [TOBIAS_FENHALE])).status_code == 404


async def test_people_never_booked_are_not_found_in_bulk(post):
    answer = await post("/api/prisoners", {"offenderNos": [ALBERTA_NORTHMERE]})

    assert (answer.json(), answer.headers["Total-Records"]) == ([], "0")


async def test_ten_rows_come_to_whoever_forgets_the_limit(stage, post, inmates):
    asked = [person.noms_number for person in stage.population.in_prison("WLI")]

    forgotten = await post("/api/prisoners", {"offenderNos": asked})
    whole = await post("/api/prisoners", {"offenderNos": asked}, **{"Page-Limit": "100"})
    rest = await post("/api/prisoners", {"offenderNos": asked}, **{"Page-Offset": "10"})
    listed = await inmates("WLI")

    assert len(asked) == 12
    assert [len(answer.json()) for answer in (forgotten, whole, rest, listed)] == [10, 12, 2, 10]
    assert {answer.headers["Total-Records"] for answer in (forgotten, whole, rest, listed)} == {"12"}


async def test_rows_come_doubled_and_padded_for_those_who_are_so(post):
    answer = await post("/api/prisoners", {"offenderNos": [ROW_DOUBLED, ROW_DOUBLED_DIFFERENTLY, ROW_PADDED]})

    twice = [ROW_DOUBLED, ROW_DOUBLED_DIFFERENTLY] * 2
    assert sorted(numbers_in(answer)) == sorted([*twice, f" {ROW_PADDED.lower()} "])


async def test_a_prison_s_people_are_told_to_a_user_alone(stage, get, inmates):
    unnamed = await get("/api/locations/description/LEI/inmates")
    token = stage.auth.caller_token(roles=["ROLE_GLOBAL_SEARCH"], username="LEI_POM1")
    without_role = await inmates("LEI", token=token)

    assert unnamed.status_code == 403
    assert without_role.status_code == 403


async def test_a_prison_s_people_are_those_whom_it_holds(inmates):
    numbers = numbers_in(await inmates("LEI", headers={"Page-Limit": "2000"}))

    assert {TOBIAS_FENHALE, AT_COURT} <= set(numbers)
    assert not {DESMOND_HALLOWAY, IN_TRANSIT, RESTRICTED_PATIENT} & set(numbers)


async def test_a_prison_s_people_come_in_the_order_of_their_names(inmates):
    rows = (await inmates("LEI", headers={"Page-Limit": "2000"})).json()

    names = [(row["lastName"], row["firstName"], row["bookingId"]) for row in rows]
    assert names == sorted(names)


async def test_a_prison_s_people_can_be_narrowed_by_conviction(inmates):
    rows = (await inmates("LEI", convictedStatus="Remand", headers={"Page-Limit": "2000"})).json()

    assert {row["convictedStatus"] for row in rows} == {"Remand"}
    assert IVOR_PELLSTONE in [row["offenderNo"] for row in rows]


async def test_alerts_and_category_come_for_the_asking(inmates):
    limit = {"Page-Limit": "2000"}
    plain = {row["offenderNo"]: row for row in (await inmates("LEI", headers=limit)).json()}
    asked = await inmates("LEI", returnAlerts="true", returnCategory="true", headers=limit)
    full = {row["offenderNo"]: row for row in asked.json()}

    assert "categoryCode" not in plain[TOBIAS_FENHALE]
    assert plain[TOBIAS_FENHALE]["alertsDetails"] == []
    assert full[TOBIAS_FENHALE]["categoryCode"] == "C"
    assert full[TOBIAS_FENHALE]["alertsDetails"] == ["XR"]


async def test_nothing_of_a_person_is_null(stage, get, post):
    known = [person.noms_number for person in stage.population if person.nomis is not None][:80]

    details = [(await get(f"/api/offenders/{number}")).json() for number in known]
    rows = (await post("/api/prisoners", {"offenderNos": known}, **{"Page-Limit": "200"})).json()

    assert [one for one in (*details, *rows) if None in one.values()] == []


async def test_what_another_booking_says_stands_beside_what_this_one_says(get):
    detail = (await get(f"/api/offenders/{INDETERMINATE}")).json()

    assert [term["bookingId"] == detail["bookingId"] for term in detail["sentenceTerms"]] == [False, True]


async def test_somebody_in_transit_is_with_the_agency_of_that_name(get):
    detail = (await get(f"/api/offenders/{IN_TRANSIT}")).json()

    assert detail["agencyId"] == "TRN"
    assert detail["assignedLivingUnit"] == {"agencyId": "TRN", "agencyName": AGENCIES["TRN"].description}


async def test_a_204_has_no_body(stage, get):
    stage.prison_api.faults.put(Fault(status=204))

    answer = await get(f"/api/offenders/{TOBIAS_FENHALE}")

    assert (answer.status_code, answer.content) == (204, b"")


@pytest.mark.parametrize(
    ("spoilt", "expected"),
    [
        ("doubled", [TOBIAS_FENHALE, TOBIAS_FENHALE, MARCUS_OLDROYD_QUAY, MARCUS_OLDROYD_QUAY]),
        ("missing", [MARCUS_OLDROYD_QUAY]),
        ("shuffled", [MARCUS_OLDROYD_QUAY, TOBIAS_FENHALE]),
        ("stranger", [TOBIAS_FENHALE, MARCUS_OLDROYD_QUAY, "Z9999ZZ"]),
        ("padded", [f" {TOBIAS_FENHALE.lower()}  ", f" {MARCUS_OLDROYD_QUAY.lower()}  "]),
    ],
)
async def test_rows_are_spoilt_as_the_fault_says(stage, post, spoilt, expected):
    stage.prison_api.faults.put(Fault(rows=spoilt))

    rows = await post("/api/prisoners", {"offenderNos": [TOBIAS_FENHALE, MARCUS_OLDROYD_QUAY]})

    assert numbers_in(rows) == expected
