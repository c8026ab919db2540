"""One person's odd row never changes another's answer, on every bulk route, in whatever company rows come.

Every oddity is tried on every list, 25 cases each, and 15 on the lists of a prison.

Each service of the test's holds rows by whose they are, and answers the rows of whoever is asked for, however
odd the number that a row itself carries: so a second question about fewer people can tell them apart.
"""

import json
import random
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from zlib import crc32

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from starlette.applications import Starlette
from starlette.responses import Response
from starlette.routing import Route

from gateway.telemetry import Metrics
from twins.serving import serving
from upstreams.bulk import MOST_AGAIN
from upstreams.client import Upstream
from upstreams.connections import Connections
from upstreams.deadline import Deadline
from upstreams.delius.access_check import AccessCheck
from upstreams.delius.probation_search import ProbationSearch
from upstreams.nomis.merged_numbers import MAX_NUMBERS, MergedNumbers
from upstreams.nomis.prison_api import PrisonApi
from upstreams.nomis.prisoner_search import PrisonerSearch
from upstreams.records import (
    CodedValue,
    DeliusRoute,
    Failure,
    FieldFailure,
    NomisRoute,
    NoRecord,
    System,
    User,
)
from upstreams.turns import Turns

PEOPLE = [f"A{place:04d}BC" for place in range(12)]
STRANGERS = ["Y9999YY", "Z9999ZZ"]
NOW = datetime(2026, 1, 1, tzinfo=UTC)

JUNK = [17, None, "row", [], {}, True]


@dataclass
class Service:
    """Rows by whose they are. `cut` is upstream's own rule: no more rows than entries were sent."""

    cut: bool = False
    rows: dict[str, list[object]] = field(default_factory=dict)
    strangers: list[object] = field(default_factory=list)
    chance: random.Random = field(default_factory=random.Random)
    calls: int = 0

    def answer(self, asked):
        self.calls += 1
        found = [row for number in dict.fromkeys(asked) for row in self.rows.get(number, ())] + self.strangers
        self.chance.shuffle(found)
        return found[: len(asked)] if self.cut else found


class PrisonerSearchRows:
    """`POST /prisoner-search/prisoner-numbers`."""

    path = "/prisoner-search/prisoner-numbers"
    system, route_name = System.NOMIS, NomisRoute.PRISONER_SEARCH

    @staticmethod
    def row(number, name):
        return {"prisonerNumber": number, "firstName": name}

    @staticmethod
    def asked(body):
        return body["prisonerNumbers"]

    @staticmethod
    def written(rows):
        return rows

    @staticmethod
    async def look_up(upstream, numbers):
        route = PrisonerSearch(upstream, now=lambda: NOW)
        answers = await route.prisoners_by_noms_number(numbers, {"first_name"}, Deadline.in_seconds(30))
        return {number: answers.get(number) for number in numbers}

    @staticmethod
    def shown(answer):
        return None if answer is None or isinstance(answer, Failure) else answer.first_name

    @staticmethod
    def failed(answer):
        return isinstance(answer, Failure)


class ProbationSearchRows:
    """`POST /nomsNumbers`, which cuts."""

    path = "/nomsNumbers"
    system, route_name = System.DELIUS, DeliusRoute.PROBATION_SEARCH

    @staticmethod
    def row(number, name):
        return {"otherIds": {"nomsNumber": number, "crn": "X123456"}, "currentTier": name}

    @staticmethod
    def asked(body):
        return body

    @staticmethod
    def written(rows):
        return rows

    @staticmethod
    async def look_up(upstream, numbers):
        route = ProbationSearch(upstream, now=lambda: NOW)
        return await route.probation_by_noms_number(numbers, frozenset({"tier"}), Deadline.in_seconds(30))

    @staticmethod
    def shown(answer):
        return None if isinstance(answer, NoRecord | Failure) else answer.tier

    @staticmethod
    def failed(answer):
        return isinstance(answer, Failure)


class AccessRows:
    """`POST /probation-cases/access`, whose keys are CRNs: the same letters do for both here."""

    path = "/probation-cases/access"
    system, route_name = System.DELIUS, DeliusRoute.NDH

    @staticmethod
    def row(number, name):
        return {"crn": number, "userExcluded": False, "userRestricted": name.endswith("OTHER")}

    @staticmethod
    def asked(body):
        return body["crns"]

    @staticmethod
    def written(rows):
        return {"access": rows}

    @staticmethod
    async def look_up(upstream, numbers):
        return await AccessCheck(upstream).may_see(numbers, "NPS_USER", Deadline.in_seconds(30))

    @staticmethod
    def shown(_):
        return None

    @staticmethod
    def failed(answer):
        return answer is False


class PrisonApiRows:
    """`POST /api/prisoners`; whom it leaves out is asked for alone, by `GET /api/offenders/{number}`."""

    path = "/api/prisoners"
    system, route_name = System.NOMIS, NomisRoute.PRISON_API
    parts = frozenset({"first_name"})

    @staticmethod
    def row(number, name):
        return {"offenderNo": number, "firstName": name}

    @staticmethod
    def asked(body):
        return body["offenderNos"]

    @staticmethod
    def written(rows):
        return rows

    @classmethod
    async def look_up(cls, upstream, numbers):
        route = PrisonApi(upstream, concurrency=20, now=lambda: NOW)
        answers = await route.prisoners_by_noms_number(numbers, cls.parts, Deadline.in_seconds(30))
        return {number: answers.get(number) for number in numbers}

    @staticmethod
    def shown(answer):
        return None if answer is None or isinstance(answer, Failure) else answer.first_name


class PrisonApiSentences(PrisonApiRows):
    """`POST /api/offender-sentences`, beside a list of everybody."""

    path = "/api/offender-sentences"
    parts = frozenset({"first_name", "sentence"})

    @staticmethod
    def row(number, name):
        return {"offenderNo": number, "sentenceDetail": {"releaseDate": date_of(name)}}

    @staticmethod
    def asked(body):
        return body

    @staticmethod
    def shown(answer):
        if isinstance(answer.sentence, FieldFailure) or answer.sentence is None:
            return None
        own = f"OF {answer.noms_number}"
        return own if answer.sentence.release_date.isoformat() == date_of(own) else "ANOTHER'S"

    @staticmethod
    def failed(answer):
        return isinstance(answer.sentence, FieldFailure)


class PrisonApiCategories(PrisonApiSentences):
    """`POST /api/offender-assessments/CATEGORY`, beside a list of everybody."""

    path = "/api/offender-assessments/CATEGORY"
    parts = frozenset({"first_name", "category"})

    @staticmethod
    def row(number, name):
        return {"offenderNo": number, "classificationCode": name, "classification": "Cat"}

    @staticmethod
    def shown(answer):
        return answer.category.code if isinstance(answer.category, CodedValue) else None

    @staticmethod
    def failed(answer):
        return isinstance(answer.category, FieldFailure)


class MergedNumberRows:
    """`POST /attribute-search`: survivors, by the old numbers among their identifiers.

    It answers nobody who was not asked for: a row without an old number that was asked for is a doubt.
    """

    path = "/attribute-search"
    system, route_name = System.NOMIS, NomisRoute.PRISONER_SEARCH

    @staticmethod
    def row(number, name):
        digits = "".join(filter(str.isdigit, name)) or "9999"
        merged = {"identifiers": [{"type": "PNC", "value": "1/1A"}, {"type": "MERGED", "value": number}]}
        return {"prisonerNumber": number and f"S{digits}SV", "firstName": name} | merged

    @staticmethod
    def asked(body):
        return body["queries"][0]["matchers"][1]["searchTerm"].split(",")

    @staticmethod
    def written(rows):
        return {"content": rows, "totalElements": len(rows), "totalPages": 1}

    @staticmethod
    async def look_up(upstream, numbers):
        route = MergedNumbers(upstream, now=lambda: NOW)
        answers = await route.survivors_by_merged_number(numbers, {"first_name"}, Deadline.in_seconds(30))
        return {number: answers.get(number) for number in numbers}

    @staticmethod
    def shown(answer):
        return None if answer is None or isinstance(answer, Failure) else answer.first_name

    @staticmethod
    def failed(answer):
        return isinstance(answer, Failure)


def date_of(name):
    """Return a day by which a name can be told."""
    return (date(2000, 1, 1) + timedelta(days=crc32(name.encode()) % 20_000)).isoformat()


ROUTES = {
    wire.path: wire
    for wire in (
        PrisonerSearchRows,
        PrisonApiRows,
        PrisonApiSentences,
        PrisonApiCategories,
        ProbationSearchRows,
        AccessRows,
        MergedNumberRows,
    )
}
BESIDE = {PrisonApiSentences, PrisonApiCategories}
"""Lists of one part, beside the list that says who there is."""


@pytest.fixture(scope="module", params=ROUTES.values(), ids=ROUTES)
async def bulk(request):
    wire = request.param
    service = Service(cut=wire is ProbationSearchRows)

    def listed(rows):
        headers = {"Total-Records": str(len(rows))}
        return Response(json.dumps(wire.written(rows)), headers=headers, media_type="application/json")

    async def answer(asking):
        return listed(service.answer(wire.asked(await asking.json())))

    async def everybody(asking):
        return listed(
            [PrisonApiRows.row(number, "SOMEBODY") for number in (await asking.json())["offenderNos"]]
        )

    async def alone(asking):
        service.calls += 1
        own = service.rows.get(asking.path_params["number"])
        return (
            Response(json.dumps(own[0]), media_type="application/json") if own else Response(status_code=404)
        )

    routes = [Route(wire.path, answer, methods=["POST"])]
    if wire in BESIDE:
        routes.append(Route(PrisonApiRows.path, everybody, methods=["POST"]))
    elif wire is PrisonApiRows:
        routes.append(Route("/api/offenders/{number}", alone))
    app = Starlette(routes=routes)
    async with serving(app) as url, Connections(url, limit=20) as http:
        upstream = Upstream(
            http,
            system=wire.system,
            route=wire.route_name,
            turns=Turns(20),
            timeout=20,
            observer=Metrics(),
            tokens=None,
        )
        yield wire, service, upstream


ODD = {
    "doubled": lambda wire, number, amount: [own(wire, number)] * amount,
    "doubled differently": lambda wire, number, _: [
        own(wire, number),
        wire.row(number, f"OF {number} OTHER"),
    ],
    "missing": lambda *_: [],
    "junk in its place": lambda _wire, _number, amount: [JUNK[amount % len(JUNK)]],
    "without a number": lambda wire, number, _: [wire.row(None, f"OF {number}")],
    "a number of another type": lambda wire, number, _: [wire.row(5, f"OF {number}")],
    "a number that is none": lambda wire, number, _: [wire.row("A-1", f"OF {number}")],
    "a stranger's number": lambda wire, number, _: [wire.row(STRANGERS[0], f"OF {number}")],
    "padded": lambda wire, number, _: [wire.row(f"  {number}\t", f"OF {number}")],
    "in another case": lambda wire, number, _: [wire.row(number.lower(), f"OF {number}")],
    "good, and again without a number": lambda wire, number, _: [
        own(wire, number),
        wire.row(None, f"OF {number}"),
    ],
}
"""What is odd about one person's rows."""


def own(wire, number):
    return wire.row(number, f"OF {number}")


questions = st.fixed_dictionaries(
    {
        "known": st.sets(st.sampled_from(PEOPLE)),
        "asked": st.lists(st.sampled_from(PEOPLE), min_size=1, unique=True),
        "whose": st.integers(0, 11),
        "amount": st.integers(2, 40),
        "strangers": st.integers(0, 3),
        "seed": st.integers(0, 1000),
    }
)

PUSHED_OUT = {
    "known": set(PEOPLE),
    "asked": PEOPLE,
    "whose": 0,
    "amount": 40,
    "strangers": 0,
    "seed": 1,
}
"""So many rows of one person that there is no room left for others."""


@pytest.mark.parametrize("odd", ODD)
@given(question=questions)
@example(question=PUSHED_OUT)
@settings(max_examples=25, deadline=None)
async def test_one_person_s_odd_row_never_changes_another_s_answer(bulk, odd, question):
    wire, service, upstream = bulk
    asked = question["asked"]
    victim = asked[question["whose"] % len(asked)]
    service.chance.seed(question["seed"])
    service.strangers = []
    service.rows = {number: [own(wire, number)] for number in question["known"]}
    before = await wire.look_up(upstream, asked)
    service.rows[victim] = ODD[odd](wire, victim, question["amount"])
    if wire is not MergedNumberRows:
        service.strangers = [wire.row(STRANGERS[1], "A STRANGER")] * question["strangers"]

    after = await wire.look_up(upstream, asked)

    assert {n: a for n, a in after.items() if n != victim} == {n: a for n, a in before.items() if n != victim}
    assert wire.shown(after[victim]) in (None, f"OF {victim}")
    assert set(after) == set(asked)


@given(seed=st.integers(0, 10_000), shared=st.booleans())
@settings(max_examples=60, deadline=None)
async def test_a_row_with_another_s_number_is_never_shown_beside_that_other_s_own(bulk, seed, shared):
    wire, service, upstream = bulk
    one, other, third = PEOPLE[:3]
    service.chance.seed(seed)
    service.strangers = []
    service.rows = {number: [own(wire, number)] for number in (other, third)}
    # Asked for alone, the wrong row comes for its own person; asked for together, for both.
    wrong = wire.row(other, f"OF {one} OTHER")
    service.rows[one] = [wrong]
    if shared:
        service.rows[other].append(wrong)

    answers = await wire.look_up(upstream, [one, other, third])

    assert wire.shown(answers[one]) is None
    assert wire.shown(answers[other]) is None
    assert answers[third] == (await wire.look_up(upstream, [third]))[third]


@pytest.mark.parametrize(
    "bulk",
    [wire for wire in ROUTES.values() if wire is not PrisonApiRows],
    indirect=True,
    ids=[path for path, wire in ROUTES.items() if wire is not PrisonApiRows],
)
async def test_a_list_of_nothing_but_nameless_rows_is_not_asked_about_person_by_person(bulk):
    wire, service, upstream = bulk
    service.strangers = []
    numbers = [f"B{place:04d}BC" for place in range(200)]
    service.rows = {number: [wire.row(None, "NOBODY")] for number in numbers}
    service.calls = 0

    answers = await wire.look_up(upstream, numbers)

    assert service.calls == 1
    assert all(wire.failed(answer) for answer in answers.values())


@pytest.mark.parametrize("bulk", [ProbationSearchRows], indirect=True, ids=["/nomsNumbers"])
async def test_a_doubled_person_is_ambiguous_alone_and_in_a_full_batch(bulk):
    wire, service, upstream = bulk
    service.strangers = []
    numbers = [f"B{place:04d}BC" for place in range(1000)]
    service.rows = {number: [own(wire, number)] for number in numbers}
    doubled = numbers[::20]
    for number in doubled:
        service.rows[number] *= 2

    together = await wire.look_up(upstream, numbers)
    alone = await wire.look_up(upstream, doubled[:1])

    assert {number for number, answer in together.items() if answer is NoRecord.AMBIGUOUS} == set(doubled)
    assert alone == {doubled[0]: NoRecord.AMBIGUOUS}
    assert all(wire.shown(together[number]) == f"OF {number}" for number in numbers if number not in doubled)


@pytest.mark.parametrize("bulk", [ProbationSearchRows], indirect=True, ids=["/nomsNumbers"])
async def test_a_soft_deleted_row_is_as_good_as_none(bulk):
    wire, service, upstream = bulk
    service.strangers = []
    live, deleted, missing = PEOPLE[:3]
    service.rows = {
        live: [own(wire, live), own(wire, live) | {"softDeleted": True}],
        deleted: [own(wire, deleted) | {"softDeleted": True}],
    }

    answers = await wire.look_up(upstream, [live, deleted, missing])

    assert wire.shown(answers[live]) == f"OF {live}"
    assert answers[deleted] is answers[missing] is NoRecord.NOT_FOUND


@pytest.mark.parametrize(
    "bulk",
    [PrisonerSearchRows, PrisonApiSentences, ProbationSearchRows],
    indirect=True,
    ids=["/prisoner-search/prisoner-numbers", "/api/offender-sentences", "/nomsNumbers"],
)
async def test_a_service_whose_every_answer_leaves_a_doubt_is_not_asked_without_end(bulk):
    wire, service, upstream = bulk
    numbers = [f"B{place:04d}BC" for place in range(1000)]
    service.rows = {}
    service.strangers = [wire.row(None, "NOBODY")]
    service.calls = 0

    answers = await wire.look_up(upstream, numbers)

    assert service.calls <= 1 + MOST_AGAIN
    assert all(wire.failed(answer) for answer in answers.values())


@pytest.mark.parametrize("bulk", [ProbationSearchRows], indirect=True, ids=["/nomsNumbers"])
async def test_a_second_record_that_may_have_been_cut_off_is_not_taken_for_none(bulk):
    wire, service, upstream = bulk
    gone = {**own(wire, PEOPLE[0]), "softDeleted": True}
    service.rows = {PEOPLE[0]: [own(wire, PEOPLE[0]), gone]}
    service.strangers = [wire.row(STRANGERS[0], "A STRANGER")] * 40

    for seed in range(20):
        service.chance.seed(seed)
        answers = await wire.look_up(upstream, PEOPLE[:1])

        assert wire.failed(answers[PEOPLE[0]])


@pytest.mark.parametrize(
    "bulk", [PrisonerSearchRows, PrisonApiRows], indirect=True, ids=["/prisoner-search", "/api/prisoners"]
)
async def test_one_row_that_comes_twice_is_one_person_also_where_a_value_cannot_be_read(bulk):
    wire, service, upstream = bulk
    service.strangers = []
    service.rows = {PEOPLE[0]: [wire.row(PEOPLE[0], 5)] * 2}

    answer = (await wire.look_up(upstream, PEOPLE[:1]))[PEOPLE[0]]

    assert isinstance(answer.first_name, FieldFailure)


of_survivors = pytest.mark.parametrize("bulk", [MergedNumberRows], indirect=True, ids=["/attribute-search"])


@of_survivors
async def test_one_survivor_of_several_old_numbers_is_one_person(bulk):
    wire, service, upstream = bulk
    one, other = PEOPLE[:2]
    survivor = wire.row(one, "OF 1234")
    survivor["identifiers"] += wire.row(f" {other.lower()}", "")["identifiers"]
    service.strangers, service.rows = [], {one: [survivor], other: [survivor]}

    answers = await wire.look_up(upstream, [one, other])

    assert [answers[number].noms_number for number in (one, other)] == ["S1234SV"] * 2
    assert answers[one].merged_from == (one, other)


@pytest.mark.parametrize(
    "odd",
    [
        {"prisonerNumber": None},
        {"prisonerNumber": "nobody's"},
        {"identifiers": []},
        {"identifiers": None},
        {"identifiers": "odd"},
        {"identifiers": [{"type": "PNC", "value": PEOPLE[0]}]},
        {"identifiers": [{"type": "MERGED", "value": STRANGERS[0]}]},
        {"identifiers": [{"type": "MERGED", "value": [PEOPLE[0]]}]},
        # The old number is the survivor's own.
        {"prisonerNumber": PEOPLE[0]},
    ],
    ids=str,
)
@of_survivors
async def test_a_row_that_says_not_enough_is_a_doubt_about_its_own_number_alone(bulk, odd):
    wire, service, upstream = bulk
    service.strangers = []
    service.rows = {number: [own(wire, number)] for number in PEOPLE[:3]}
    service.rows[PEOPLE[0]] = [own(wire, PEOPLE[0]) | odd]

    answers = await wire.look_up(upstream, PEOPLE[:4])

    assert wire.failed(answers[PEOPLE[0]])
    assert [wire.shown(answers[number]) for number in PEOPLE[1:4]] == [
        *(f"OF {number}" for number in PEOPLE[1:3]),
        None,
    ]
    assert answers[PEOPLE[3]] is None


@of_survivors
async def test_two_survivors_of_one_number_are_a_doubt(bulk):
    wire, service, upstream = bulk
    number = PEOPLE[0]
    service.strangers = []
    service.rows = {number: [wire.row(number, "OF 1111"), wire.row(number, "OF 2222")]}

    assert wire.failed((await wire.look_up(upstream, [number]))[number])


@of_survivors
async def test_more_numbers_than_one_look_up_takes_are_looked_for_in_several(bulk):
    wire, service, upstream = bulk
    numbers = [f"B{place:04d}BC" for place in range(2 * MAX_NUMBERS + 1)]
    service.strangers, service.calls = [], 0
    service.rows = {number: [own(wire, number)] for number in numbers}

    answers = await wire.look_up(upstream, numbers)

    assert service.calls == 3
    assert all(wire.shown(answers[number]) == f"OF {number}" for number in numbers)


class PrisonPage:
    """`GET /prisoner-search/prison/{prison_id}`: a page, with how many there are in all."""

    wire = PrisonerSearchRows
    path = "/prisoner-search/prison/LEI"

    @staticmethod
    def listed(rows):
        return {"content": rows, "totalElements": len(rows), "totalPages": 1}, {}

    @staticmethod
    def route(upstream):
        return PrisonerSearch(upstream, now=lambda: NOW)


class InmatesPage:
    """`GET /api/locations/description/{agency}/inmates`: a list, with how many there are in a header."""

    wire = PrisonApiRows
    path = "/api/locations/description/LEI/inmates"

    @staticmethod
    def listed(rows):
        return rows, {"Total-Records": str(len(rows))}

    @staticmethod
    def route(upstream):
        return PrisonApi(upstream, concurrency=1, now=lambda: NOW)


@pytest.fixture(scope="module", params=[PrisonPage, InmatesPage], ids=lambda page: page.path)
async def prison_list(request):
    page, held = request.param, []

    async def answer(_):
        body, headers = page.listed(held)
        return Response(json.dumps(body), headers=headers, media_type="application/json")

    app = Starlette(routes=[Route(page.path, answer)])
    async with serving(app) as url, Connections(url, limit=2) as http:
        upstream = Upstream(
            http,
            system=System.NOMIS,
            route=page.wire.route_name,
            turns=Turns(2),
            timeout=20,
            observer=Metrics(),
            tokens=None,
        )

        async def population(rows):
            held[:] = rows
            answered = await page.route(upstream).population(
                "LEI", {"first_name"}, Deadline.in_seconds(30), at_most=3000, user=User("LEI_POM1", "nomis")
            )
            return answered.people

        yield page.wire, population


@pytest.mark.parametrize("odd", ODD)
@given(question=questions)
@settings(max_examples=15, deadline=None)
async def test_one_person_s_odd_row_never_changes_another_s_in_a_prison_s_list(prison_list, odd, question):
    wire, population = prison_list
    asked = question["asked"]
    victim = asked[question["whose"] % len(asked)]
    others = [own(wire, number) for number in asked if number != victim]
    before = await population(others)
    rows = [*others, *ODD[odd](wire, victim, question["amount"])]
    turn = question["seed"] % len(rows) if rows else 0

    after = await population(rows[turn:] + rows[:turn])

    assert {n: a for n, a in after.items() if n not in (victim, *STRANGERS)} == before
    assert wire.shown(after.get(victim)) in (None, f"OF {victim}")
