"""Whatever rows Prisoner Search answers, nobody's record is shown as another's, and no row spoils another."""

import json
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from starlette.applications import Starlette
from starlette.responses import Response
from starlette.routing import Route

from gateway.telemetry import Metrics
from twins.serving import serving
from upstreams.client import Upstream
from upstreams.connections import Connections
from upstreams.deadline import Deadline
from upstreams.nomis.prisoner_search import PrisonerSearch
from upstreams.records import Failure, FieldFailure, NomisRoute, System
from upstreams.turns import Turns

ASKED = ["A1234BC", "B1234CD", "C1234DE", "D1234EF"]
STRANGERS = ["Y9999YY", "Z9999ZZ"]
PARTS = frozenset({"first_name", "date_of_birth", "sentence", "alerts"})

junk = st.sampled_from(
    [None, 5, True, "", "text", [], {}, [1], {"a": 1}, "1990-02-30", "2020-01-01T00:00:00", 1e300]
)


def row(number):
    """A row by which anybody can tell whose it is."""
    return {
        "prisonerNumber": number,
        "firstName": f"FIRST-{number}",
        "dateOfBirth": "1990-01-01",
        "releaseDate": "2030-01-01",
        "alerts": [],
    }


written_numbers = st.sampled_from([*ASKED, *STRANGERS]).flatmap(
    lambda number: st.sampled_from([number, number.lower(), f"  {number} ", f"\t{number.lower()}\n"])
)


@st.composite
def rows_of_any_kind(draw):
    answered = []
    for _ in range(draw(st.integers(0, 8))):
        number = draw(written_numbers)
        one = {**row(number.strip().upper()), "prisonerNumber": number}
        if draw(st.booleans()):
            one[draw(st.sampled_from(["firstName", "dateOfBirth", "releaseDate", "alerts"]))] = draw(junk)
        answered.append(one)
    if draw(st.integers(0, 4)) == 0:
        answered.insert(draw(st.integers(0, len(answered))), draw(junk))
    return draw(st.permutations(answered))


def owner(one):
    """Return whose row it is, None where it names nobody."""
    number = one.get("prisonerNumber") if isinstance(one, dict) else None
    return number.strip().upper() if isinstance(number, str) else None


class _Answering:
    body = b"[]"

    async def __call__(self, _):
        return Response(self.body, media_type="application/json")


@pytest.fixture(scope="module")
async def search():
    """The route, on a service of the test's that answers whatever it is told to."""
    answering = _Answering()
    app = Starlette(routes=[Route("/prisoner-search/prisoner-numbers", answering.__call__, methods=["POST"])])
    async with serving(app) as url, Connections(url, limit=2) as http:
        upstream = Upstream(
            http,
            system=System.NOMIS,
            route=NomisRoute.PRISONER_SEARCH,
            turns=Turns(2),
            timeout=5,
            observer=Metrics(),
            tokens=None,
        )
        yield answering, PrisonerSearch(upstream, now=lambda: datetime(2026, 1, 1, tzinfo=UTC))


@given(rows_of_any_kind())
@settings(max_examples=150, deadline=None)
async def test_no_row_is_taken_for_another_person_s(search, rows):
    answering, route = search
    answering.body = json.dumps(rows).encode()

    answers = await route.prisoners_by_noms_number(ASKED, PARTS, Deadline.in_seconds(10))

    assert set(answers) <= set(ASKED)
    owners = [owner(one) for one in rows]
    for number in ASKED:
        answer = answers.get(number)
        own = [one for one, whose in zip(rows, owners, strict=True) if whose == number]
        if answer is None:
            assert own == []
        elif isinstance(answer, Failure):
            assert len(own) > 1 or None in owners
        else:
            assert answer.noms_number == number
            assert isinstance(answer.first_name, FieldFailure) or any(
                answer.first_name == (one["firstName"] or None) for one in own
            )


@given(rows_of_any_kind(), st.sampled_from(ASKED))
@settings(max_examples=100, deadline=None)
async def test_a_person_with_one_good_row_is_answered_whatever_the_others_are(search, rows, number):
    answering, route = search
    others = [one for one in rows if owner(one) != number]
    answering.body = json.dumps([*others, row(number)]).encode()

    answers = await route.prisoners_by_noms_number(ASKED, PARTS, Deadline.in_seconds(10))

    answer = answers[number]
    assert answer.first_name == f"FIRST-{number}"
    assert answer.unreadable is None


async def test_a_wrong_type_in_one_key_fails_that_part_alone(search):
    answering, route = search
    answering.body = json.dumps([{**row("A1234BC"), "dateOfBirth": 19900101, "releaseDate": "soon"}]).encode()

    record = (await route.prisoners_by_noms_number(["A1234BC"], PARTS, Deadline.in_seconds(10)))["A1234BC"]

    assert record.first_name == "FIRST-A1234BC"
    assert isinstance(record.date_of_birth, FieldFailure)
    assert isinstance(record.sentence.release_date, FieldFailure)
    assert record.sentence.start_date is None
    assert record.unreadable is not None
