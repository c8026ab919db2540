"""Who is this offender: one person's two halves, and every state in which either can be."""

import pytest

from resolvers.join import REASONS
from resolvers.states import ProbationRecordStatus
from twins import hard_cases as people

EVERYTHING = """
query ($number: NomsNumber!) {
  offender(nomsNumber: $number) {
    nomsNumber bookingId bookNumber pncNumber croNumber title firstName middleNames lastName dateOfBirth
    gender ethnicity nationality religion youthOffender custodyStatus
    prison { id name } lastPrison { id name } supportingPrison { id name }
    cellLocation category { code description } csra legalStatus imprisonmentStatus { code description }
    convictedStatus recall indeterminateSentence mostSeriousOffence
    sentence {
      startDate expiryDate licenceExpiryDate releaseDate confirmedReleaseDate conditionalReleaseDate
      automaticReleaseDate paroleEligibilityDate tariffDate
      homeDetentionCurfewEligibilityDate homeDetentionCurfewActualDate
    }
    alerts { code type active expired }
    prisonRecord { status route stale }
    crn tier { level code changeLevel }
    caseHandler {
      organisation allocatedOn provider { code description }
      officer { code forenames surname email telephone }
      team { code name telephone localDeliveryUnit { code description } }
    }
    probationRecord { status reason warnings route stale }
  }
}
"""


async def test_one_person_is_answered_whole_from_both_systems(gw):
    answer = await gw.ask(EVERYTHING, number="G4273GI")

    assert answer == {
        "data": {
            "offender": {
                "nomsNumber": "G4273GI",
                "bookingId": "1153753",
                "bookNumber": "38412A",
                "pncNumber": "11/402877K",
                "croNumber": None,
                "title": None,
                "firstName": "TOBIAS",
                "middleNames": "ARLO",
                "lastName": "FENHALE",
                "dateOfBirth": "1991-07-19",
                "gender": "Male",
                "ethnicity": "White: Eng./Welsh/Scot./N.Irish/British",
                "nationality": "British",
                "religion": "No Religion",
                "youthOffender": False,
                "custodyStatus": "IN_PRISON",
                "prison": {"id": "LEI", "name": "Leeds (HMP)"},
                "lastPrison": {"id": "LEI", "name": "Leeds (HMP)"},
                "supportingPrison": None,
                "cellLocation": "B-2-014",
                "category": {"code": "C", "description": None},
                "csra": "Standard",
                "legalStatus": "SENTENCED",
                "imprisonmentStatus": {"code": "SENT", "description": "Adult Imprisonment Without Option"},
                "convictedStatus": "Convicted",
                "recall": False,
                "indeterminateSentence": False,
                "mostSeriousOffence": "Robbery",
                "sentence": {
                    "startDate": "2023-11-05",
                    "expiryDate": "2027-11-04",
                    "licenceExpiryDate": "2027-11-04",
                    "releaseDate": "2025-11-04",
                    "confirmedReleaseDate": None,
                    "conditionalReleaseDate": "2025-11-04",
                    "automaticReleaseDate": None,
                    "paroleEligibilityDate": None,
                    "tariffDate": None,
                    "homeDetentionCurfewEligibilityDate": "2025-06-23",
                    "homeDetentionCurfewActualDate": None,
                },
                "alerts": [{"code": "XR", "type": "X", "active": True, "expired": False}],
                "prisonRecord": {"status": "FOUND", "route": "PRISONER_SEARCH", "stale": False},
                "crn": "X100001",
                "tier": {"level": "B", "code": "B1", "changeLevel": 1},
                "caseHandler": {
                    "organisation": "NPS",
                    "allocatedOn": "2023-12-01",
                    "provider": {"code": "N03", "description": "NPS Wales"},
                    "officer": {
                        "code": "N03A017",
                        "forenames": "Rhiannon Mai",
                        "surname": "Trevethick",
                        "email": None,
                        "telephone": None,
                    },
                    "team": {
                        "code": "N03T01",
                        "name": "Gwent OMU 1",
                        "telephone": None,
                        "localDeliveryUnit": {"code": "N03GWT", "description": "Gwent"},
                    },
                },
                "probationRecord": {
                    "status": "FOUND",
                    "reason": "Delius has one record under this NOMS number.",
                    "warnings": [],
                    "route": "NDH",
                    "stale": False,
                },
            }
        }
    }


async def test_the_delius_body_of_2018_gives_the_case_handler_without_a_tier(gw):
    person = (await gw.ask(EVERYTHING, number=people.MARCUS_OLDROYD_QUAY))["data"]["offender"]

    assert person["tier"] is None
    assert person["probationRecord"]["warnings"] == ["TIER_NOT_RECORDED"]
    assert person["caseHandler"]["organisation"] == "CRC"
    assert person["caseHandler"]["officer"]["surname"] == "Ashgrove"
    assert person["caseHandler"]["officer"]["code"] is None
    assert person["caseHandler"]["team"]["localDeliveryUnit"] == {
        "code": "C20LD1",
        "description": "Example Valley",
    }


STATES = {
    people.IVOR_PELLSTONE: "NOT_FOUND",
    people.SOFT_DELETED: "NOT_FOUND",
    people.TWO_DELIUS_RECORDS: "AMBIGUOUS",
    people.ANOTHERS_NUMBER: "MISMATCH",
    people.NUMBER_ABSENT_IN_DELIUS: "MISMATCH",
    people.PETRA_LINDQVALE: "RESTRICTED",
    people.EXCLUDED: "RESTRICTED",
    people.RESTRICTED: "RESTRICTED",
    people.ACCESS_FLAGS_ABSENT: "RESTRICTED",
}


@pytest.mark.parametrize(("number", "status"), STATES.items())
async def test_a_state_other_than_found_is_an_answer_and_shows_nothing_of_the_record(gw, number, status):
    answer = await gw.ask(EVERYTHING, number=number)

    person = answer["data"]["offender"]
    assert person["lastName"]
    assert (person["crn"], person["tier"], person["caseHandler"]) == (None, None, None)
    assert person["probationRecord"] == {
        "status": status,
        "reason": REASONS[ProbationRecordStatus[status]],
        "warnings": [],
        "route": "NDH",
        "stale": False,
    }
    assert "errors" not in answer
    assert "extensions" not in answer


WARNINGS = {
    people.NUMBER_PADDED_IN_DELIUS: [],
    people.BORN_ANOTHER_DAY: ["DATE_OF_BIRTH_DIFFERS"],
    people.BIRTH_UNKNOWN_TO_DELIUS: ["IDENTITY_UNCHECKED"],
    people.FLAG_AND_AREA_AT_ODDS: ["CASE_HANDLER_CONFLICT"],
    people.SEVERAL_ACTIVE_MANAGERS: ["SEVERAL_ACTIVE_MANAGERS"],
    people.TIER_BLANK: ["TIER_NOT_RECORDED"],
    people.TIER_ABSENT: ["TIER_NOT_RECORDED"],
    people.TIER_NA: ["TIER_NOT_ASSESSED"],
    people.TIER_NOT_YET_ASSESSED: ["TIER_NOT_ASSESSED"],
    people.TIER_MISSING: ["TIER_NOT_ASSESSED"],
    people.TIER_NOT_SUPERVISED: ["TIER_NOT_ASSESSED"],
    people.TIER_OF_ANOTHER_SCALE: ["TIER_UNRECOGNISED"],
    people.TIER_UNKNOWN: ["TIER_UNRECOGNISED"],
}


@pytest.mark.parametrize(("number", "warnings"), WARNINGS.items())
async def test_a_found_record_says_what_is_doubtful_about_it(gw, number, warnings):
    person = (await gw.ask(EVERYTHING, number=number))["data"]["offender"]

    assert person["probationRecord"]["status"] == "FOUND"
    assert person["probationRecord"]["warnings"] == warnings


TIERS = {
    people.TIER_WRITTEN_OUT: "B1",
    people.TIER_WITH_HYPHEN: "A2",
    people.TIER_WITH_UNDERSCORE: "D2",
    people.TIER_UNIFIED: "D0",
    people.TIER_UNIFIED_UNSUPERVISED: "A2S",
    people.TIER_SMALL_LETTER: "C",
    people.TIER_NA: None,
    people.TIER_OF_ANOTHER_SCALE: None,
}


@pytest.mark.parametrize(("number", "code"), TIERS.items())
async def test_a_tier_is_answered_in_one_spelling(gw, number, code):
    answer = await gw.ask(
        "query ($n: NomsNumber!) { offender(nomsNumber: $n) { tier { code level } } }", n=number
    )

    expected = None if code is None else {"code": code, "level": code[0]}
    assert answer["data"]["offender"] == {"tier": expected}


HANDLERS = {
    people.OFFICER_UNALLOCATED: {"organisation": "NPS", "officer": None},
    people.NO_MANAGER: None,
    people.PAST_MANAGERS_ONLY: None,
    people.AREA_UNKNOWN: {"organisation": "UNKNOWN"},
    people.FLAG_AND_AREA_AT_ODDS: {"organisation": "UNKNOWN"},
}


@pytest.mark.parametrize(("number", "expected"), HANDLERS.items())
async def test_a_case_handler_is_never_guessed(gw, number, expected):
    person = (await gw.ask(EVERYTHING, number=number))["data"]["offender"]

    handler = person["caseHandler"]
    assert (handler is None) == (expected is None)
    assert {key: handler[key] for key in expected or ()} == (expected or {})


CUSTODY = {
    people.TOBIAS_FENHALE: ("IN_PRISON", "LEI", None),
    people.AT_COURT: ("OUT_TEMPORARILY", "LEI", None),
    people.IN_TRANSIT: ("IN_TRANSIT", None, None),
    people.DESMOND_HALLOWAY: ("RELEASED", None, None),
    people.RESTRICTED_PATIENT: ("IN_HOSPITAL", None, "LEI"),
    people.ALBERTA_NORTHMERE: ("NEVER_BOOKED", None, None),
}


@pytest.mark.parametrize(("number", "expected"), CUSTODY.items())
async def test_where_somebody_is_follows_from_what_nomis_records(gw, number, expected):
    person = (await gw.ask(EVERYTHING, number=number))["data"]["offender"]

    place = [person[field] and person[field]["id"] for field in ("prison", "supportingPrison")]
    assert (person["custodyStatus"], *place) == expected


async def test_somebody_whom_nomis_does_not_know_is_null_without_an_error(gw):
    query = "query ($n: NomsNumber!) { offender(nomsNumber: $n) { nomsNumber tier { code } } }"

    for number in (people.NOBODY, people.UNKNOWN_TO_NOMIS):
        assert await gw.ask(query, n=number) == {"data": {"offender": None}}


async def test_the_order_of_the_question_is_kept_with_its_repeats_and_gaps(gw):
    asked = ["G7106UN", "A0000AA", " g4273gi ", "G7106UN"]

    answer = await gw.ask(
        "query ($n: [NomsNumber!]!) { offenders(nomsNumbers: $n) { nomsNumber lastName } }", n=asked
    )

    quay = {"nomsNumber": "G7106UN", "lastName": "OLDROYD-QUAY"}
    assert answer["data"]["offenders"] == [quay, None, {"nomsNumber": "G4273GI", "lastName": "FENHALE"}, quay]


async def test_an_empty_list_is_answered_with_an_empty_list_and_asks_nobody(gw, stage):
    answer = await gw.ask("{ offenders(nomsNumbers: []) { nomsNumber tier { code } } }")

    assert answer == {"data": {"offenders": []}}
    assert stage.prisoner_search.calls.count() == stage.delius.calls.count() == 0


async def test_two_people_who_share_a_booking_keep_their_own_records(gw):
    query = "query ($n: [NomsNumber!]!) { offenders(nomsNumbers: $n) { nomsNumber bookingId crn } }"

    one, other = (await gw.ask(query, n=[people.SHARED_BOOKING, people.SHARED_BOOKING_TOO]))["data"][
        "offenders"
    ]

    assert one["bookingId"] == other["bookingId"]
    assert one["crn"] != other["crn"]
    assert (one["nomsNumber"], other["nomsNumber"]) == (people.SHARED_BOOKING, people.SHARED_BOOKING_TOO)


async def test_rows_padded_and_doubled_are_matched_by_their_number_and_contradicting_ones_are_not_guessed(gw):
    query = """
    query ($n: [NomsNumber!]!) {
      offenders(nomsNumbers: $n) {
        nomsNumber firstName lastName cellLocation dateOfBirth prisonRecord { status }
      }
    }
    """

    answer = await gw.ask(query, n=[people.ROW_PADDED, people.ROW_DOUBLED, people.ROW_DOUBLED_DIFFERENTLY])

    padded, doubled, contradicting = answer["data"]["offenders"]
    assert padded["prisonRecord"] == doubled["prisonRecord"] == {"status": "FOUND"}
    assert padded["lastName"]
    assert doubled["lastName"]
    assert contradicting["prisonRecord"] == {"status": "UNAVAILABLE"}
    assert contradicting["lastName"] is None
    assert {error["extensions"]["code"] for error in answer["errors"]} == {"NOMIS_UNAVAILABLE"}
    assert answer["extensions"]["incomplete"] == [
        {"system": "NOMIS", "route": "PRISONER_SEARCH", "code": "NOMIS_UNAVAILABLE", "people": 1}
    ]


async def test_alerts_that_were_not_asked_for_are_never_read_as_none(gw):
    query = "query ($n: NomsNumber!) { offender(nomsNumber: $n) { alerts { code expired } } }"

    several = (await gw.ask(query, n=people.SEVERAL_ALERTS))["data"]["offender"]["alerts"]
    none = (await gw.ask(query, n=people.MARCUS_OLDROYD_QUAY))["data"]["offender"]["alerts"]

    assert len(several) > 1
    assert any(alert["expired"] for alert in several)
    assert none == []
