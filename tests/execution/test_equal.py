"""The compiled execution answers as the standard one, whatever is asked and however the upstreams answer."""

import asyncio
import json
from collections import Counter
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from resolvers.context import Caller
from resolvers.cursors import Place
from resolvers.listing import PopulationOrderField, key_of
from resolvers.tier import TierLevel
from tests.execution.answers import CURSORS, NotEqual, Sides, hold_equal
from tests.execution.choices import Choices, written
from tests.execution.operations import Asked, OperationWriter
from tests.execution.people import CRNS, NUMBERS, PRISONS
from tests.execution.scenarios import scenario
from tests.execution.values import Known, KnownList

NOBODY = "A0000AA"
_FIRST = (NOBODY, *sorted(NUMBERS)[:3])


def _cursors(listing, values):
    return {
        prison: [CURSORS.write(Place(prison, number, listing, value)) for number, value in values.items()]
        for prison in PRISONS
    }


KNOWN = Known(
    numbers=(*NUMBERS, *NUMBERS, NOBODY),
    crns=(*CRNS, "X000001"),
    prisons=(*("LEI",) * 12, *PRISONS),
    lists=(
        KnownList({}, _cursors("", dict(zip(_FIRST, _FIRST, strict=True)))),
        KnownList(
            {"filter": "{tier: [A, B]}", "orderBy": "{field: LAST_NAME, direction: DESC}"},
            _cursors(
                key_of({"tier": (TierLevel.A, TierLevel.B)}, PopulationOrderField.LAST_NAME, descending=True),
                dict(zip(_FIRST, ("ZZ", "MADE", None, "AA"), strict=True)),
            ),
        ),
    ),
)
SCENARIOS = 4
"""Each document is validated once and run so often: validation takes longer than all else."""
OF_AN_OPERATION, OF_A_SCENARIO = 1000, 1200
"""Choices, hardly ever more than it takes."""
ENOUGH = 3000
"""Cases in which everything occurs that can."""


class Met:
    """An operation, and the scenarios that it meets one after the other.

    It is no dataclass, because hypothesis would show all that is in one.
    """

    def __init__(self, made: bytes) -> None:
        starts = range(OF_AN_OPERATION, len(made), OF_A_SCENARIO)
        writer = OperationWriter(Choices(made[:OF_AN_OPERATION]), KNOWN)
        self.asked = writer.write(times=SCENARIOS)
        self.scenarios = [scenario(Choices(made[start : start + OF_A_SCENARIO])) for start in starts]

    def __repr__(self) -> str:
        return f"{self.asked.document}\n{self.asked.operation_name} {self.asked.variables}"


# All choices are one draw: of several that are alike, hypothesis would make most cases by repeating them.
@st.composite
def everything(draw):
    return Met(draw(written(OF_AN_OPERATION + SCENARIOS * OF_A_SCENARIO)))


def asking(document):
    """Return a document that was not generated."""
    return Asked(document, None, [{}], [], Counter())


@pytest.fixture(scope="module")
def runner():
    with asyncio.Runner(loop_factory=asyncio.new_event_loop) as running:
        yield running


def test_the_compiled_execution_answers_as_the_standard_one(pytestconfig, runner, occurrences):
    cases, sides = pytestconfig.getoption("cases"), Sides()

    @settings(
        max_examples=-(-cases // SCENARIOS),
        derandomize=True,
        deadline=None,
        report_multiple_bugs=False,
        phases=[Phase.generate] if pytestconfig.getoption("as_found") else [Phase.generate, Phase.shrink],
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.large_base_example],
    )
    @given(everything())
    def answers_are_equal(met: Met):
        for time, one in enumerate(met.scenarios):
            standard = runner.run(sides.answered(met.asked, one, time=time, compiled=False))
            compiled = runner.run(sides.answered(met.asked, one, time=time, compiled=True))
            try:
                answer = hold_equal(standard, compiled)
            except NotEqual as error:
                error.add_note(f"with {met.asked.variables[time]} of {one}")
                raise
            occurrences.count(met.asked, one, standard, answer)

    answers_are_equal()

    assert sides.ran("standard", compiled=True) == 0
    assert sides.ran("compiled", compiled=True) == sides.ran("standard", compiled=False) >= cases
    assert occurrences.counted["code INTERNAL"] == 0
    assert cases < ENOUGH or occurrences.missing() == []


async def test_a_page_of_which_everything_is_skipped_is_answered():
    asked = asking('{ prison(id: "LEI") { population { totalCount @skip(if: true) } } }')
    met, sides = scenario(Choices(b"")), Sides()

    for compiled in (False, True):
        answered = await sides.answered(asked, met, compiled=compiled)
        assert json.loads(answered.body) == {"data": {"prison": {"population": {}}}}


async def test_introspection_alone_falls_back_and_is_counted():
    asked = asking('{ __schema { queryType { name } } prison(id: "LEI") { id } }')
    met, sides = scenario(Choices(b"")), Sides()

    answered = await sides.answered(asked, met, compiled=True)

    schema, prison = {"queryType": {"name": "Query"}}, {"id": "LEI"}
    assert json.loads(answered.body) == {"data": {"__schema": schema, "prison": prison}}
    assert (sides.ran("standard", compiled=True), sides.ran("compiled", compiled=True)) == (1, 0)


async def test_the_cap_on_errors_is_the_same():
    everybody = ", ".join(f'"{number}"' for number in NUMBERS)
    asked = Asked(
        f"{{ offenders(nomsNumbers: [{everybody}]) {{ lastName crn }} }}", None, [{}], [], Counter()
    )
    nobody = Caller(reads_nomis=False, reads_delius=False, is_developer=False)
    met = replace(scenario(Choices(b"")), caller=nobody)

    sides = Sides(MAX_ERRORS="5")
    standard = await sides.answered(asked, met, compiled=False)
    compiled = await sides.answered(asked, met, compiled=True)
    errors = json.loads(compiled.body)["errors"]

    assert compiled.body == standard.body
    assert len(errors) == 6
    assert errors[-1]["extensions"]["omitted"] == 2 * len(NUMBERS) - 5
    assert all("omitted" not in error["extensions"] for error in errors[:-1])
