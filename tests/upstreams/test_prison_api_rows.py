"""Whatever the Prison API answers in a list, no row is taken for somebody else's, and none spoils another."""

import contextlib
import json
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from starlette.applications import Starlette
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from gateway.telemetry import Metrics
from twins.serving import serving
from upstreams.client import Upstream
from upstreams.connections import Connections
from upstreams.deadline import Deadline
from upstreams.nomis.prison_api import PrisonApi
from upstreams.records import Failure, FieldFailure, NomisRoute, System, User
from upstreams.turns import Turns

ASKED = ["A1234BC", "B1234CD", "C1234DE", "D1234EF"]
STRANGERS = ["Y9999YY", "Z9999ZZ"]
PARTS = frozenset({"first_name", "date_of_birth", "sentence", "category"})
PRISON = "LEI"

junk = st.sampled_from(
    [None, 5, True, "", "text", [], {}, [1], {"a": 1}, "1990-02-30", "2020-01-01T00:00:00", 1e300]
)
written_numbers = st.sampled_from([*ASKED, *STRANGERS]).flatmap(
    lambda number: st.sampled_from([number, number.lower(), f"  {number} ", f"\t{number.lower()}\n"])
)


def row(number):
    """A row by which anybody can tell whose it is, in whichever of the lists it stands."""
    return {
        "offenderNo": number,
        "firstName": f"FIRST-{number}",
        "dateOfBirth": "1990-01-01",
        "agencyId": PRISON,
        "sentenceDetail": {"releaseDate": f"20{number[1:3]}-01-0{'ABCDYZ'.index(number[0]) + 1}"},
        "classificationCode": f"CATEGORY-{number}",
    }


@st.composite
def rows_of_any_kind(draw):
    answered = []
    for _ in range(draw(st.integers(0, 8))):
        number = draw(written_numbers)
        one = {**row(number.strip().upper()), "offenderNo": number}
        if draw(st.booleans()):
            one[draw(st.sampled_from([name for name in one if name != "offenderNo"]))] = draw(junk)
        answered.append(one)
    if draw(st.integers(0, 4)) == 0:
        answered.insert(draw(st.integers(0, len(answered))), draw(junk))
    return draw(st.permutations(answered))


def owner(one):
    """Return whose row it is, None where it names nobody."""
    number = one.get("offenderNo") if isinstance(one, dict) else None
    return number.strip().upper() if isinstance(number, str) else None


class _Answering:
    """Answers every list with the rows it is told to; `pages` are a prison's, one a call."""

    def __init__(self):
        self.people = self.sentences = self.categories = []
        self.pages = []
        self.total = None
        self.offsets = []

    def _list(self, name):
        async def answer(_):
            found = getattr(self, name)
            return Response(
                json.dumps(found), media_type="application/json", headers={"Total-Records": str(len(found))}
            )

        return answer

    async def _inmates(self, request):
        self.offsets.append(int(request.headers["Page-Offset"]))
        page = self.pages[(len(self.offsets) - 1) % len(self.pages)]
        total = self.total if self.total is not None else sum(map(len, self.pages))
        return Response(
            json.dumps(page), media_type="application/json", headers={"Total-Records": str(total)}
        )

    def app(self):
        async def nobody(_):
            return JSONResponse({"status": 404}, status_code=404)

        return Starlette(
            routes=[
                Route("/api/prisoners", self._list("people"), methods=["POST"]),
                Route("/api/offender-sentences", self._list("sentences"), methods=["POST"]),
                Route("/api/offender-assessments/CATEGORY", self._list("categories"), methods=["POST"]),
                Route("/api/offenders/{number}", nobody),
                Route(f"/api/locations/description/{PRISON}/inmates", self._inmates),
            ]
        )


@contextlib.asynccontextmanager
async def running():
    answering = _Answering()
    async with serving(answering.app()) as url, Connections(url, limit=4) as http:
        upstream = Upstream(
            http,
            system=System.NOMIS,
            route=NomisRoute.PRISON_API,
            turns=Turns(4),
            timeout=5,
            observer=Metrics(),
            tokens=None,
        )
        yield answering, PrisonApi(upstream, concurrency=4, now=lambda: datetime(2026, 1, 1, tzinfo=UTC))


@pytest.fixture
async def service():
    """The route, on a service of the test's that answers whatever it is told to."""
    async with running() as both:
        yield both


@pytest.fixture(scope="module")
async def shared():
    """The same for properties, which ask hundreds of times."""
    async with running() as both:
        yield both


def own(rows, number):
    return [one for one in rows if owner(one) == number]


@given(rows_of_any_kind(), rows_of_any_kind(), rows_of_any_kind())
@settings(max_examples=150, deadline=None)
async def test_no_row_is_taken_for_another_person_s(shared, people, sentences, categories):
    answering, route = shared
    answering.people, answering.sentences, answering.categories = people, sentences, categories

    answers = await route.prisoners_by_noms_number(ASKED, PARTS, Deadline.in_seconds(10))

    assert set(answers) <= set(ASKED)
    for number in ASKED:
        answer = answers.get(number)
        if answer is None:
            assert own(people, number) == []
        elif isinstance(answer, Failure):
            assert len(own(people, number)) > 1
        else:
            assert answer.noms_number == number
            assert _is_of(answer.first_name, [one["firstName"] for one in own(people, number)])
            codes = [one["classificationCode"] for one in own(categories, number)]
            assert _is_of(answer.category and getattr(answer.category, "code", answer.category), codes)
            date = getattr(answer.sentence, "release_date", answer.sentence)
            details = [one["sentenceDetail"] for one in own(sentences, number)]
            dates = [one.get("releaseDate") for one in details if isinstance(one, dict)]
            assert _is_of(date and (date if isinstance(date, FieldFailure) else date.isoformat()), dates)


def _is_of(value, written):
    """Tell whether a value is one of those written for this person, or says that it could not be had."""
    return isinstance(value, FieldFailure) or value is None or value in written


@given(rows_of_any_kind(), st.sampled_from(ASKED))
@settings(max_examples=100, deadline=None)
async def test_a_person_with_one_good_row_is_answered_whatever_the_others_are(shared, rows, number):
    answering, route = shared
    answering.people = answering.sentences = answering.categories = [
        *(one for one in rows if owner(one) != number),
        row(number),
    ]

    answer = (await route.prisoners_by_noms_number(ASKED, PARTS, Deadline.in_seconds(10)))[number]

    assert answer.first_name == f"FIRST-{number}"
    assert answer.category.code == f"CATEGORY-{number}"
    assert answer.sentence.release_date.isoformat() == row(number)["sentenceDetail"]["releaseDate"]
    assert answer.unreadable is None


async def test_a_side_whose_row_names_nobody_is_uncertain_for_those_who_are_missing(service):
    answering, route = service
    answering.people = [row(number) for number in ASKED]
    answering.categories = [row(ASKED[0]), {**row(ASKED[1]), "offenderNo": None}]
    answering.sentences = [row(ASKED[0])]

    answers = await route.prisoners_by_noms_number(ASKED, PARTS, Deadline.in_seconds(10))

    assert answers[ASKED[0]].category.code == f"CATEGORY-{ASKED[0]}"
    assert all(isinstance(answers[number].category, FieldFailure) for number in ASKED[1:])
    assert [answers[number].sentence for number in ASKED[1:]] == [None, None, None]


async def test_a_bulk_list_that_comes_in_pages_is_read_to_its_end(service):
    answering, route = service
    answering.people = [row(ASKED[0])] * 3 + [row(number) for number in ASKED[1:]]

    answers = await route.prisoners_by_noms_number(ASKED, {"first_name"}, Deadline.in_seconds(10))

    assert set(answers) == set(ASKED)


async def test_people_who_move_between_pages_are_met_on_a_second_walk(service):
    answering, route = service
    one, two, three, four = map(row, ASKED)
    answering.pages = [[one, two], [two, three], [one, two], [three, four]]
    answering.total = 4

    population = await _population(route)

    assert population.complete
    assert set(population.people) == set(ASKED)
    assert answering.offsets == [0, 2, 0, 2]


async def test_a_walk_that_meets_nobody_new_is_the_last(service):
    answering, route = service
    answering.pages = [[row(ASKED[0])], [row(ASKED[0])]]

    population = await _population(route)

    assert not population.complete
    assert set(population.people) == {ASKED[0]}
    assert answering.offsets == [0, 1, 0, 1]


async def test_a_page_shorter_than_asked_for_is_gone_on_from(service):
    answering, route = service
    answering.pages = [[row(ASKED[0])], [row(ASKED[1]), row(ASKED[2])], [row(ASKED[3])]]

    population = await _population(route)

    assert population.complete
    assert answering.offsets == [0, 1, 3]


async def test_somebody_whom_another_prison_holds_is_not_taken_in(service):
    answering, route = service
    answering.pages = [[row(ASKED[0]), {**row(STRANGERS[0]), "agencyId": "MDI"}]]

    assert set((await _population(route)).people) == {ASKED[0]}


async def test_two_rows_that_differ_are_a_failure_for_that_person_alone(service):
    answering, route = service
    answering.pages = [[row(ASKED[0]), {**row(ASKED[0]), "firstName": "ANOTHER"}, row(ASKED[1])]]

    people = (await _population(route)).people

    assert isinstance(people[ASKED[0]], Failure)
    assert people[ASKED[1]].first_name == f"FIRST-{ASKED[1]}"


@given(rows_of_any_kind())
@settings(max_examples=100, deadline=None)
async def test_no_row_of_a_prison_is_taken_for_another_person_s(shared, rows):
    answering, route = shared
    answering.pages, answering.total = [rows], len(rows)

    population = await _population(route)

    assert set(population.people) <= {owner(one) for one in rows}
    for number, record in population.people.items():
        if not isinstance(record, Failure):
            assert record.noms_number == number
            assert _is_of(record.first_name, [one["firstName"] for one in own(rows, number)])


async def _population(route):
    return await route.population(
        PRISON,
        {"first_name"},
        Deadline.in_seconds(10),
        at_most=100,
        user=User("LEI_POM1", "nomis"),
    )
