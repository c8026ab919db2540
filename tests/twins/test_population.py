"""The population is plainly constructed, the same each time, and large and awkward enough."""

import re
from collections import Counter

import pytest

from twins.agencies import PRISONS
from twins.hard_cases import HARD_CASES, NOBODY, TOBIAS_FENHALE
from twins.people import RoshLevel
from twins.population import Population, default_population
from twins.population import _people as make_people


@pytest.fixture(scope="module")
def people():
    return list(default_population())


def records(people):
    return [record for person in people for record in person.delius]


def test_two_makings_give_the_same_people(people):
    assert list(Population(make_people())) == people


def test_each_prison_is_as_full_as_it_says():
    population = default_population()

    assert {prison.agency_id: len(population.in_prison(prison.agency_id)) for prison in PRISONS} == {
        "LEI": 900,
        "MDI": 1500,
        "EWI": 40,
        "WLI": 12,
        "FKI": 20,
        "BXI": 5,
        "ASI": 0,
        "HYI": 0,
    }


def test_every_number_is_well_formed_and_nobody_elses(people):
    numbers = [person.noms_number for person in make_people()]

    assert len(numbers) == len(set(numbers)) == len(people)
    assert [number for number in numbers if not re.fullmatch(r"[A-Z]\d{4}[A-Z]{2}", number)] == []


def test_every_crn_is_well_formed_and_used_once_but_for_the_merged_person(people):
    crns = Counter(record.crn for record in records(people))

    assert [crn for crn in crns if not re.fullmatch(r"[A-Z]\d{6}", crn)] == []
    assert [crn for crn, times in crns.items() if times > 1] == []


def test_bookings_are_shared_by_the_two_named_people_only(people):
    bookings = Counter(
        person.nomis.booking_id for person in people if person.nomis and person.nomis.booking_id
    )

    assert [times for times in bookings.values() if times > 1] == [2]


def test_every_hard_case_is_there_but_the_one_that_is_nobody():
    population = default_population()

    assert [number for number in HARD_CASES if population.get(number) is None] == [NOBODY]


def test_every_hard_case_has_a_sentence_of_its_own():
    assert len(set(HARD_CASES.values())) == len(HARD_CASES)


def test_about_85_in_a_hundred_have_a_delius_record():
    moorland = default_population().in_prison("MDI")

    assert 0.82 < sum(bool(person.delius) for person in moorland) / len(moorland) < 0.9


def test_about_two_in_a_hundred_are_of_limited_access():
    moorland = records(default_population().in_prison("MDI"))

    limited = [record for record in moorland if record.restriction or record.exclusion]
    assert 0.01 < len(limited) / len(moorland) < 0.04


def test_both_case_handlers_occur_often_and_fit_their_area():
    managers = [record.managers[0] for record in records(default_population().in_prison("MDI"))]

    letters = Counter((manager.nps, manager.area.code[0]) for manager in managers)
    assert set(letters) == {(True, "N"), (False, "C")}
    assert min(letters.values()) > 300


def test_every_tier_from_a_to_d_occurs_and_some_have_none():
    tiers = {record.tier and record.tier[0] for record in records(default_population().in_prison("MDI"))}

    assert tiers == {"A", "B", "C", "D", None}


def test_a_few_dates_of_birth_differ():
    moorland = [person for person in default_population().in_prison("MDI") if person.delius]

    differing = [
        person for person in moorland if person.delius[0].date_of_birth != person.nomis.date_of_birth
    ]
    assert 0 < len(differing) < 40


def test_every_crn_leads_to_its_record():
    population = default_population()

    assert population.by_crn("X100001") == (
        population.get(TOBIAS_FENHALE),
        population.get(TOBIAS_FENHALE).delius[0],
    )
    assert population.by_crn("X999999") is None


def test_every_level_of_mappa_and_of_risk_occurs_and_some_have_none():
    moorland = records(default_population().in_prison("MDI"))

    assert {record.mappa_level for record in moorland} == {1, 2, 3, None}
    assert {record.rosh for record in moorland} == {*RoshLevel, None}


def test_some_have_registrations_that_ended_and_none_that_stand():
    moorland = records(default_population().in_prison("MDI"))

    assert [one for one in moorland if one.former_mappa_level is not None and one.mappa_level is None]
    assert [one for one in moorland if one.former_rosh not in (None, one.rosh)]


def test_resourcing_is_enhanced_normal_and_undecided():
    resourcing = Counter(record.resourcing for record in records(default_population().in_prison("MDI")))

    assert set(resourcing) == {True, False, None}
    assert min(resourcing.values()) > 50


def test_limits_name_users_only_where_they_hold(people):
    assert [one for one in records(people) if one.excluded_users and not one.exclusion] == []
    assert [one for one in records(people) if one.restricted_to and not one.restriction] == []


def test_some_restrictions_let_a_user_through_and_some_let_nobody():
    leeds_and_moorland = [
        record for prison in ("LEI", "MDI") for record in records(default_population().in_prison(prison))
    ]

    assert {bool(one.restricted_to) for one in leeds_and_moorland if one.restriction} == {True, False}
