"""NOMIS by the Prison API, over sockets against its twin: what is asked, and what is made of the answers."""

import contextlib
from collections import Counter
from datetime import UTC, datetime

import pytest

from gateway.telemetry import Metrics
from twins.faults import Fault
from twins.hard_cases import (
    ALBERTA_NORTHMERE,
    AT_COURT,
    DESMOND_HALLOWAY,
    HARD_CASES,
    IVOR_PELLSTONE,
    MARCUS_OLDROYD_QUAY,
    NOBODY,
    RESTRICTED_PATIENT,
    ROW_DOUBLED,
    ROW_DOUBLED_DIFFERENTLY,
    ROW_PADDED,
    SEVERAL_ALERTS,
    TOBIAS_FENHALE,
)
from upstreams.client import Upstream
from upstreams.connections import Connections
from upstreams.deadline import Deadline
from upstreams.errors import BadAnswer, NeedsUser, Refused, TooManyPeople
from upstreams.hmpps_auth import ClientTokens
from upstreams.nomis import prisoner
from upstreams.nomis.inmate import NEVER_TOLD, WHOLE
from upstreams.nomis.prison_api import PrisonApi
from upstreams.nomis.prisoner_search import PrisonerSearch
from upstreams.records import (
    Failure,
    FailureCode,
    FieldFailure,
    NomisRoute,
    PrisonerRecord,
    Sentence,
    System,
    User,
)
from upstreams.turns import Turns

NAMES = frozenset({"first_name", "last_name", "date_of_birth"})
PARTS = prisoner.PARTS.keys() - {"identifiers"}
"""All that is read: what Prisoner Search keeps as it was written is no business of this route."""
CONCURRENCY = 4
SOMEBODY = User("LEI_POM1", "nomis")

DIFFERENT = {
    "restricted_patient": "Restricted patients are of a service that only Prisoner Search asks.",
    "supporting_prison_id": "As restricted patients.",
    "agency_name": "Prisoner Search names OUT and TRN too, which are no prisons; nobody is shown that name.",
    "category": "The Prison API has a description beside the code.",
}
"""The parts in which the two routes differ for somebody, and why."""

ROWS_DIFFER = {ROW_DOUBLED_DIFFERENTLY: "Two rows in the lists that differ; one document by its number."}
"""People whom one route tells and the other does not."""


def now():
    return datetime(2026, 1, 1, tzinfo=UTC)


@contextlib.asynccontextmanager
async def reaching(stage, url, route):
    async with (
        Connections(stage.auth.url, limit=2) as auth,
        Connections(url, limit=CONCURRENCY) as http,
    ):
        tokens = ClientTokens(auth, client_id=stage.auth.client_id, client_secret=stage.auth.client_secret)
        try:
            yield Upstream(
                http,
                system=System.NOMIS,
                route=route,
                turns=Turns(CONCURRENCY),
                timeout=10,
                observer=Metrics(),
                tokens=tokens,
            )
        finally:
            await tokens.close()


@pytest.fixture
async def api(stage):
    async with reaching(stage, stage.prison_api_url, NomisRoute.PRISON_API) as upstream:
        yield PrisonApi(upstream, concurrency=CONCURRENCY, now=now)


@pytest.fixture
async def search(stage):
    async with reaching(stage, stage.prisoner_search_url, NomisRoute.PRISONER_SEARCH) as upstream:
        yield PrisonerSearch(upstream, now=now)


@pytest.fixture
def people(api):
    async def ask(numbers, parts=NAMES):
        return await api.prisoners_by_noms_number(numbers, parts, Deadline.in_seconds(20))

    return ask


@pytest.fixture
def prison(api):
    async def ask(prison_id, parts=NAMES, *, at_most=3000, user=SOMEBODY):
        return await api.population(prison_id, parts, Deadline.in_seconds(20), at_most=at_most, user=user)

    return ask


def calls(stage):
    return Counter((call.method, call.template) for call in stage.prison_api.calls)


def everybody(stage):
    """All people of the hard cases, and one in fifty of the others."""
    known = [person.noms_number for person in stage.population if person.nomis is not None]
    return [number for place, number in enumerate(known) if number in HARD_CASES or place % 50 == 0]


async def test_both_routes_tell_the_same(stage, search, people):
    numbers = everybody(stage)

    by_search = await search.prisoners_by_noms_number(numbers, PARTS, Deadline.in_seconds(20))
    by_api = await people(numbers, PARTS)

    assert by_search.keys() == by_api.keys() == set(numbers)
    of_one_kind = {n for n in numbers if isinstance(by_search[n], Failure) == isinstance(by_api[n], Failure)}
    assert set(numbers) - of_one_kind == ROWS_DIFFER.keys()
    differing = {
        part
        for number in of_one_kind
        for part in PARTS
        if getattr(by_search[number], part) != getattr(by_api[number], part)
    }
    assert differing == DIFFERENT.keys()


async def test_where_the_routes_differ_they_do_not_contradict_each_other(stage, search, people):
    numbers = [number for number in everybody(stage) if number not in ROWS_DIFFER]

    by_search = await search.prisoners_by_noms_number(numbers, PARTS, Deadline.in_seconds(20))
    by_api = await people(numbers, PARTS)

    for number in numbers:
        one, other = by_search[number], by_api[number]
        assert (one.category and one.category.code) == (other.category and other.category.code)
        assert other.agency_name == (None if one.agency_id in (None, "OUT", "TRN") else one.agency_name)
        assert (other.restricted_patient, other.supporting_prison_id) == (None, None)


async def test_a_person_is_the_same_from_the_lists_as_from_the_whole(stage, people):
    numbers = [number for number in everybody(stage) if number not in ROWS_DIFFER]
    listed = frozenset({"booking_id", "agency_id", "agency_name", "gender", "legal_status", *NAMES})
    bulk = listed | {"middle_names", "imprisonment_status", "convicted_status", "sentence", "category"}

    from_lists = await people(numbers, bulk)
    from_the_whole = await people(numbers, [*bulk, "recall"])

    assert from_lists.keys() == set(numbers)
    for number in numbers:
        for part in bulk:
            assert getattr(from_lists[number], part) == getattr(from_the_whole[number], part)


async def test_a_person_is_the_same_from_a_prison_s_list_as_from_the_whole(api, people, prison):
    listed = await prison("FKI", api.population_parts)

    whole = await people(list(listed.people), WHOLE.keys())

    assert len(whole) == 20
    for number, record in listed.people.items():
        for part in api.population_parts:
            assert getattr(record, part) == getattr(whole[number], part)


def test_every_part_is_told_or_known_not_to_be():
    assert WHOLE.keys() | NEVER_TOLD == PARTS


async def test_names_cost_one_bulk_call(stage, people):
    answers = await people([TOBIAS_FENHALE, MARCUS_OLDROYD_QUAY])

    assert calls(stage) == {("POST", "/api/prisoners"): 1}
    call = stage.prison_api.calls[0]
    assert call.body == {"offenderNos": [TOBIAS_FENHALE, MARCUS_OLDROYD_QUAY]}
    assert (call.headers["page-offset"], call.headers["page-limit"]) == ("0", "1000")
    assert answers[TOBIAS_FENHALE].first_name == "TOBIAS"
    assert answers[TOBIAS_FENHALE].religion is None


async def test_sentence_and_category_cost_one_bulk_call_each(stage, people):
    answers = await people([TOBIAS_FENHALE, IVOR_PELLSTONE], NAMES | {"sentence", "category"})

    assert calls(stage) == {
        ("POST", "/api/prisoners"): 1,
        ("POST", "/api/offender-sentences"): 1,
        ("POST", "/api/offender-assessments/CATEGORY"): 1,
    }
    asked = {call.template: call.query for call in stage.prison_api.calls}
    assert (
        asked["/api/offender-assessments/CATEGORY"] == "latestOnly=true&activeOnly=true&mostRecentOnly=true"
    )
    assert answers[TOBIAS_FENHALE].category.code == "C"
    assert answers[IVOR_PELLSTONE].category is None
    assert answers[IVOR_PELLSTONE].sentence is None


async def test_any_other_part_costs_one_call_a_person_and_no_bulk_call(stage, people):
    numbers = [TOBIAS_FENHALE, MARCUS_OLDROYD_QUAY, TOBIAS_FENHALE, NOBODY]

    answers = await people(numbers, NAMES | {"sentence", "religion"})

    assert calls(stage) == {("GET", "/api/offenders/{offender_no}"): 3}
    assert answers.keys() == {TOBIAS_FENHALE, MARCUS_OLDROYD_QUAY}
    assert answers[TOBIAS_FENHALE].religion == "No Religion"


async def test_no_more_than_the_concurrency_are_asked_for_at_a_time(stage, people):
    stage.prison_api.faults.put(Fault(delay_seconds=0.02))

    await people([person.noms_number for person in stage.population.in_prison("EWI")], {"religion"})

    assert stage.prison_api.calls.most_in_flight == CONCURRENCY


async def test_an_override_of_a_release_date_wins(people):
    by_list = (await people([MARCUS_OLDROYD_QUAY], {"sentence"}))[MARCUS_OLDROYD_QUAY]
    by_person = (await people([MARCUS_OLDROYD_QUAY], {"sentence", "title"}))[MARCUS_OLDROYD_QUAY]

    assert by_list.sentence == by_person.sentence
    assert by_list.sentence.conditional_release_date.isoformat() == "2024-08-26"


async def test_somebody_never_booked_is_in_no_list_and_known_all_the_same(stage, people):
    answers = await people([ALBERTA_NORTHMERE, TOBIAS_FENHALE, NOBODY])

    assert answers.keys() == {ALBERTA_NORTHMERE, TOBIAS_FENHALE}
    assert answers[ALBERTA_NORTHMERE].last_name == "NORTHMERE"
    assert calls(stage) == {("POST", "/api/prisoners"): 1, ("GET", "/api/offenders/{offender_no}"): 2}


async def test_somebody_never_booked_has_no_custody(people):
    record = (await people([ALBERTA_NORTHMERE], WHOLE.keys()))[ALBERTA_NORTHMERE]

    told = {part for part in WHOLE if getattr(record, part) is not None}
    assert told == NAMES | {"alerts", "merged_from"}
    assert record.alerts == record.merged_from == ()
    assert record.unreadable is None


async def test_a_long_list_goes_in_chunks(stage, people):
    numbers = [
        person.noms_number for prison in ("MDI", "LEI") for person in stage.population.in_prison(prison)
    ]

    answers = await people(numbers)

    assert len(answers) == len(set(numbers)) > 2000
    assert sorted(call.ids for call in stage.prison_api.calls if call.method == "POST") == [
        len(numbers) - 2000,
        1000,
        1000,
    ]


async def test_one_who_is_refused_fails_alone(stage, people):
    stage.prison_api.refused.add(TOBIAS_FENHALE)

    for parts in (NAMES, NAMES | {"religion"}):
        answers = await people([TOBIAS_FENHALE, MARCUS_OLDROYD_QUAY], parts)

        assert answers[TOBIAS_FENHALE].code is FailureCode.NOMIS_FORBIDDEN
        assert answers[MARCUS_OLDROYD_QUAY].last_name == "OLDROYD-QUAY"


@pytest.mark.parametrize("status", [204, 404])
async def test_a_person_answered_by_204_or_404_is_nobody(stage, people, status):
    stage.prison_api.faults.put(Fault(status=status, path_contains=TOBIAS_FENHALE))

    answers = await people([TOBIAS_FENHALE, MARCUS_OLDROYD_QUAY], {"religion"})

    assert answers.keys() == {MARCUS_OLDROYD_QUAY}


@pytest.mark.parametrize(
    "fault",
    [
        Fault(status=500, path_contains=TOBIAS_FENHALE),
        Fault(status=400, path_contains=TOBIAS_FENHALE),
        Fault(body="[]", path_contains=TOBIAS_FENHALE),
        Fault(body='{"offenderNo":', path_contains=TOBIAS_FENHALE),
        Fault(body="{}", path_contains=TOBIAS_FENHALE),
        Fault(body=f'{{"offenderNo":"{DESMOND_HALLOWAY}"}}', path_contains=TOBIAS_FENHALE),
    ],
)
async def test_one_answered_wrongly_fails_alone(stage, people, fault):
    stage.prison_api.faults.put(fault)

    answers = await people([TOBIAS_FENHALE, MARCUS_OLDROYD_QUAY], {"religion", "last_name"})

    assert answers[TOBIAS_FENHALE].code is FailureCode.NOMIS_UNAVAILABLE
    assert answers[MARCUS_OLDROYD_QUAY].last_name == "OLDROYD-QUAY"


async def test_one_whose_number_is_written_otherwise_is_the_same(people):
    for parts in (NAMES, NAMES | {"religion"}):
        record = (await people([ROW_PADDED], parts))[ROW_PADDED]

        assert record.noms_number == ROW_PADDED


async def test_doubled_rows_are_one_and_differing_ones_a_failure(people):
    answers = await people([ROW_DOUBLED, ROW_DOUBLED_DIFFERENTLY])

    assert isinstance(answers[ROW_DOUBLED], PrisonerRecord)
    assert answers[ROW_DOUBLED_DIFFERENTLY].code is FailureCode.NOMIS_UNAVAILABLE


@pytest.mark.parametrize("rows", ["doubled", "shuffled", "missing", "stranger", "padded", "malformed"])
async def test_however_a_list_is_spoilt_everybody_is_had(stage, people, rows):
    numbers = [person.noms_number for person in stage.population.in_prison("WLI")]
    healthy = await people(numbers)
    stage.prison_api.faults.put(Fault(rows=rows))

    assert await people(numbers) == healthy


async def test_a_list_that_fails_fails_its_people(stage, people):
    stage.prison_api.faults.put(Fault(status=503, path_contains="/api/prisoners"))

    answers = await people([TOBIAS_FENHALE, NOBODY])

    assert {answer.code for answer in answers.values()} == {FailureCode.NOMIS_UNAVAILABLE}
    assert answers.keys() == {TOBIAS_FENHALE, NOBODY}


async def test_a_list_without_a_total_is_no_answer(stage, people):
    stage.prison_api.faults.put(Fault(body="[]", path_contains="/api/prisoners"))

    assert isinstance((await people([TOBIAS_FENHALE]))[TOBIAS_FENHALE], Failure)


@pytest.mark.parametrize(
    ("path", "part"),
    [("/api/offender-sentences", "sentence"), ("/api/offender-assessments/CATEGORY", "category")],
)
@pytest.mark.parametrize(
    "fault",
    [Fault(status=500), Fault(body="{}"), Fault(rows="malformed"), Fault(status=403)],
)
async def test_a_side_that_fails_fails_its_part_alone(stage, people, path, part, fault):
    other = {"sentence": "category", "category": "sentence"}[part]
    healthy = (await people([TOBIAS_FENHALE], NAMES | {"sentence", "category"}))[TOBIAS_FENHALE]
    stage.prison_api.faults.put(
        Fault(status=fault.status, body=fault.body, rows=fault.rows, path_contains=path)
    )

    record = (await people([TOBIAS_FENHALE], NAMES | {"sentence", "category"}))[TOBIAS_FENHALE]

    assert record.first_name == "TOBIAS"
    assert isinstance(getattr(record, part), FieldFailure)
    assert getattr(record, other) == getattr(healthy, other)
    assert record.unreadable is not None


async def test_a_side_answered_by_204_is_empty(stage, people):
    stage.prison_api.faults.put(Fault(status=204, path_contains="/api/offender-"))

    record = (await people([TOBIAS_FENHALE], NAMES | {"sentence", "category"}))[TOBIAS_FENHALE]

    assert (record.sentence, record.category, record.unreadable) == (None, None, None)


async def test_alerts_come_with_their_state(people):
    record = (await people([SEVERAL_ALERTS], {"alerts"}))[SEVERAL_ALERTS]

    assert [(alert.code, alert.type, alert.active, alert.expired) for alert in record.alerts] == [
        ("XA", "X", True, False),
        ("RSS", "R", True, False),
        ("HA", "H", False, True),
    ]


async def test_a_restricted_patient_is_told_as_released(people):
    record = (await people([RESTRICTED_PATIENT], PARTS))[RESTRICTED_PATIENT]

    assert (record.movement_status, record.agency_id, record.restricted_patient) == (
        "INACTIVE OUT",
        "OUT",
        None,
    )


async def test_a_prison_s_people_are_had_in_pages_of_a_thousand(stage, prison):
    population = await prison("MDI", NAMES)

    assert population.complete
    assert len(population.people) == 1500
    assert [call.headers["page-offset"] for call in stage.prison_api.calls] == ["0", "1000"]
    assert {call.headers["page-limit"] for call in stage.prison_api.calls} == {"1000"}


async def test_a_prison_s_people_are_those_whom_it_holds(prison):
    population = await prison("LEI", NAMES | {"cell_location"})

    assert {TOBIAS_FENHALE, AT_COURT} <= population.people.keys()
    assert not {DESMOND_HALLOWAY, RESTRICTED_PATIENT} & population.people.keys()
    assert population.people[TOBIAS_FENHALE].cell_location == "B-2-014"
    assert population.people[TOBIAS_FENHALE].agency_id == "LEI"


async def test_without_a_user_nobody_is_asked(stage, prison):
    with pytest.raises(NeedsUser) as refused:
        await prison("BXI", user=None)

    failure = refused.value.failure()
    assert len(stage.prison_api.calls) == 0
    assert (failure.code, failure.retryable) == (FailureCode.NOMIS_FORBIDDEN, False)
    assert failure.message == (
        "NOMIS tells a prison's people only in the name of a user, and nobody is named who asks."
    )


async def test_a_prison_of_more_people_than_may_be_scanned_is_too_many(stage, prison):
    with pytest.raises(TooManyPeople):
        await prison("MDI", at_most=1499)

    assert len(stage.prison_api.calls) == 1


async def test_a_prison_answered_by_204_holds_nobody(stage, prison):
    stage.prison_api.faults.put(Fault(status=204))

    population = await prison("LEI")

    assert (population.people, population.complete) == ({}, True)


async def test_a_prison_that_holds_nobody_is_complete(prison):
    population = await prison("ASI")

    assert (population.people, population.complete) == ({}, True)


@pytest.mark.parametrize(
    ("fault", "error"),
    [(Fault(status=500), BadAnswer), (Fault(status=404), BadAnswer), (Fault(status=403), Refused)],
)
async def test_a_first_page_that_fails_is_a_failure(stage, prison, fault, error):
    stage.prison_api.faults.put(fault)

    with pytest.raises(error):
        await prison("LEI")


async def test_a_later_page_that_fails_leaves_the_population_incomplete(stage, prison):
    stage.prison_api.faults.put(Fault(times=1), Fault(status=500))

    population = await prison("MDI")

    assert not population.complete
    assert len(population.people) == 1000


async def test_rows_that_name_nobody_leave_the_population_incomplete(stage, prison):
    stage.prison_api.faults.put(Fault(rows="malformed"))

    population = await prison("WLI")

    assert (population.people, population.complete) == ({}, False)
    assert len(stage.prison_api.calls) == 1


async def test_a_date_that_is_none_fails_that_date_alone(stage, people):
    stage.prison_api.faults.put(
        Fault(
            body=f'{{"offenderNo":"{TOBIAS_FENHALE}","lastName":"FENHALE",'
            '"sentenceDetail":{"releaseDate":"soon","tariffDate":"2030-01-01"},"assignedLivingUnit":[]}'
        )
    )

    record = (await people([TOBIAS_FENHALE], {"sentence", "last_name", "cell_location", "recall"}))[
        TOBIAS_FENHALE
    ]

    assert isinstance(record.sentence, Sentence)
    assert isinstance(record.sentence.release_date, FieldFailure)
    assert record.sentence.tariff_date.isoformat() == "2030-01-01"
    assert isinstance(record.cell_location, FieldFailure)
    assert (record.last_name, record.recall) == ("FENHALE", None)
