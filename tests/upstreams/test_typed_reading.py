"""However few parts are asked for, each is read by the same plain rules, whatever the others' keys hold."""

import json
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings

from tests.execution.choices import Choices, written
from tests.execution.people import ODD, PEOPLE, identifiers, spoilt
from tests.upstreams.rules_of_reading import (
    FAILED,
    PARTS,
    PRISONER_RULES,
    or_failed,
    probation_values,
    seen,
    unreadable,
)
from twins.delius_bodies import indexed_detail
from twins.prisoner_rows import rows_of
from upstreams.client import Answer, Upstream
from upstreams.deadline import Deadline
from upstreams.delius.community_api import COMMUNITY_API
from upstreams.delius.ndh import NDH
from upstreams.delius.person_by_person import PersonByPerson
from upstreams.delius.probation_search import ProbationSearch
from upstreams.errors import BadAnswer
from upstreams.http1 import Headers
from upstreams.nomis.prisoner_search import PrisonerSearch
from upstreams.records import DeliusRoute, Failure, NomisRoute, NoRecord, System

NOW = datetime(2026, 1, 1, tzinfo=UTC)
PROBATION_PARTS = (
    *("tier", "mappa_level", "managers", "crn", "date_of_birth"),
    *("officer", "team", "local_delivery_unit", "provider"),
)


class Answering(Upstream):
    """A service that answers one body to everything."""

    def __init__(self, system, route, body):
        self.system, self.route, self._tokens = system, route, None
        self._body = json.dumps(body).encode()

    async def ask(self, *_, **__):
        return Answer(200, self._body, Headers({b"content-type": b"application/json"}))


def with_identifiers(choices, person):
    return replace(person, nomis=replace(person.nomis, identifiers=identifiers(choices)))


def without_half_characters(body):
    """Return JSON without half a surrogate pair, which no decoder takes: its whole row says nothing."""
    return json.loads(json.dumps(body).replace(r"\ud800", "odd"))


def odd_anywhere(choices, row):
    """Return a row with odd values in any of its keys, or in none."""
    changed, percent = spoilt(choices, row, "alerts", "identifiers"), choices.pick((0, 0, 2, 10))
    return {key: choices.pick(ODD) if choices.chance(percent) else value for key, value in changed.items()}


@settings(max_examples=400, deadline=None, derandomize=True)
@given(written(1000))
async def test_parts_of_prisoner_search_are_read_by_the_rules_alone_and_together(made):
    choices = Choices(made)
    people = [PEOPLE[place] for place in range(1 + choices.below(3))]
    rows = without_half_characters(
        [
            odd_anywhere(choices, rows_of(with_identifiers(choices, one))[0])
            | {"prisonerNumber": one.noms_number}
            for one in people
        ]
    )
    numbers = [one.noms_number for one in people]
    route = PrisonerSearch(Answering(System.NOMIS, NomisRoute.PRISONER_SEARCH, rows), now=lambda: NOW)
    some = frozenset(part for part in PARTS if choices.chance(30))

    async def read(parts):
        return await route.prisoners_by_noms_number(numbers, frozenset(parts), Deadline.in_seconds(10))

    together, few = await read(PARTS), await read(some)
    alone = {part: await read([part]) for part in PARTS}
    as_written, beside_all = await read(["identifiers"]), await read([*PARTS, "identifiers"])

    for number, row in zip(numbers, rows, strict=True):
        by_rule = {part: or_failed(rule, row, FAILED) for part, rule in PRISONER_RULES.items()}
        assert {part: getattr(together[number], part) for part in PARTS} == by_rule
        assert {part: getattr(alone[part][number], part) for part in PARTS} == by_rule
        assert {part: getattr(few[number], part) for part in some} == {part: by_rule[part] for part in some}
        for record in (as_written[number], beside_all[number]):
            assert route.old_numbers(record) == by_rule["merged_from"]
        assert as_written[number].unreadable is None
        assert {part for part in PARTS if alone[part][number].unreadable} == set(
            map(unreadable, by_rule.items())
        ) - {None}


def delius(route, body):
    failure = BadAnswer(System.DELIUS, route).failure()
    if route is DeliusRoute.PROBATION_SEARCH:
        return ProbationSearch(Answering(System.DELIUS, route, [body]), now=lambda: NOW), failure
    words = {DeliusRoute.NDH: NDH, DeliusRoute.COMMUNITY_API: COMMUNITY_API}[route]
    upstream = Answering(System.DELIUS, route, body)
    return PersonByPerson(words, upstream, concurrency=1, now=lambda: NOW), failure


@pytest.mark.parametrize(
    "route",
    [DeliusRoute.PROBATION_SEARCH, DeliusRoute.COMMUNITY_API, DeliusRoute.NDH],
    ids=lambda one: one.name,
)
@settings(max_examples=300, deadline=None, derandomize=True)
@given(written(400))
async def test_parts_of_a_delius_record_are_read_by_the_rules_alone_and_together(route, made):
    choices = Choices(made)
    number, record = PEOPLE[0].noms_number, PEOPLE[choices.below(len(PEOPLE))].delius[0]
    body = spoilt(choices, indexed_detail(record), "offenderManagers", "mappa")
    body |= {
        "otherIds": {"crn": choices.pick((record.crn, f" {record.crn.lower()}", *ODD)), "nomsNumber": number}
    }
    body = without_half_characters(body)
    upstream, failure = delius(route, body)

    for parts in ((), *((part,) for part in PROBATION_PARTS[:5]), PROBATION_PARTS[2:6], PROBATION_PARTS):
        answers = await upstream.probation_by_noms_number([number], frozenset(parts), Deadline.in_seconds(10))
        expected = probation_values(body, parts, failure, tells_mappa=route is DeliusRoute.PROBATION_SEARCH)
        answer = answers[number]
        if isinstance(expected, NoRecord | Failure):
            assert answer == expected
        else:
            assert {name: seen(getattr(answer, name), value) for name, value in expected.items()} == expected


BLANKS = {"code": " ", "description": "", "telephone": None, "forenames": " ", "surname": ""}


@pytest.mark.parametrize("parts", [PROBATION_PARTS, tuple(set(PROBATION_PARTS) - {"mappa_level"})])
async def test_a_team_and_an_officer_of_blanks_alone_are_there_whatever_else_is_asked_for(parts):
    body = indexed_detail(PEOPLE[0].delius[0])
    unit = {"code": "N07A", "description": "Leeds"}
    body["offenderManagers"] = [
        {
            "active": True,
            "staff": BLANKS,
            "team": {**BLANKS, "localDeliveryUnit": unit},
            "probationArea": unit,
        }
    ]
    number = PEOPLE[0].noms_number
    upstream, failure = delius(DeliusRoute.PROBATION_SEARCH, body)

    answers = await upstream.probation_by_noms_number([number], frozenset(parts), Deadline.in_seconds(10))

    expected = probation_values(body, parts, failure, tells_mappa=True)
    assert seen(answers[number].managers, expected["managers"]) == expected["managers"]
    assert expected["managers"][0].team is not None
    assert expected["managers"][0].officer is not None


async def test_what_a_row_has_under_our_own_names_is_written_over():
    ours = ("noms_number", "crn", "retrieved_at", "unreadable", "nps", "provider", "tier", "resourcing")
    strange = dict.fromkeys(ours, "junk")
    body = {**indexed_detail(PEOPLE[0].delius[0]), **strange, "currentTier": None}
    body["offenderManagers"] = [{**strange, "active": True}]
    row = {**rows_of(PEOPLE[0])[0], **strange, "sentence": "junk"}
    number = PEOPLE[0].noms_number
    upstream, _ = delius(DeliusRoute.PROBATION_SEARCH, body)
    nomis = PrisonerSearch(Answering(System.NOMIS, NomisRoute.PRISONER_SEARCH, [row]), now=lambda: NOW)

    parts = frozenset({"tier", "managers", "officer", "team"})
    record = (await upstream.probation_by_noms_number([number], parts, Deadline.in_seconds(10)))[number]
    prisoner = (await nomis.prisoners_by_noms_number([number], {"sentence"}, Deadline.in_seconds(10)))[number]

    assert (record.noms_number, record.crn, record.retrieved_at, record.unreadable) == (
        number,
        None,
        NOW,
        False,
    )
    assert (record.tier, record.resourcing) == (None, None)
    assert [(one.nps, one.provider) for one in record.managers] == [(None, None)]
    assert (prisoner.noms_number, prisoner.retrieved_at, prisoner.unreadable) == (number, NOW, None)
    assert prisoner.sentence is None or prisoner.sentence.start_date is not None


@pytest.mark.parametrize(
    ("identifiers_of_the_other", "is_one_person"),
    [
        ([{"type": "PNC", "value": "1/1"}, {"value": "Z0001ZZ", "type": "MERGED"}], True),
        ([{"type": "MERGED", "value": "Z0002ZZ"}], False),
        ([{"type": "MERGED", "value": 7}], False),
        (None, False),
    ],
)
async def test_rows_of_one_number_differ_where_their_old_numbers_do_however_these_are_written(
    identifiers_of_the_other, is_one_person
):
    rows = [
        {"prisonerNumber": "A1234BC", "identifiers": [{"type": "MERGED", "value": "Z0001ZZ"}]},
        {"prisonerNumber": "A1234BC", "identifiers": identifiers_of_the_other},
    ]
    route = PrisonerSearch(Answering(System.NOMIS, NomisRoute.PRISONER_SEARCH, rows), now=lambda: NOW)

    answers = await route.prisoners_by_noms_number(
        ["A1234BC"], frozenset({"identifiers"}), Deadline.in_seconds(10)
    )

    answer = answers["A1234BC"]
    assert (answer == FAILED) is not is_one_person
    if is_one_person:
        assert route.old_numbers(answer) == ("Z0001ZZ",)
