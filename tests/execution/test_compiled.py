"""What is compiled once, and what is decided on every request all the same."""

import json
from types import SimpleNamespace

import msgspec
import pytest
from gateways import gateway
from graphql import GraphQLError, parse
from graphql.execution.values import VariableValues

from bench.workloads import WORKLOADS
from execution.compiled import Operation, remembered
from execution.selection import selected
from execution.variables import Variables
from execution.writer import SLICE, writer
from resolvers.context import Caller, RequestContext
from resolvers.cursors import Cursors
from resolvers.loaders import Loaders, Routes
from schema.build import SCHEMA
from upstreams.deadline import Deadline
from upstreams.records import DeliusRoute, NomisRoute

NUMBERS = "query Q($numbers: [NomsNumber!]!) { offenders(nomsNumbers: $numbers) { nomsNumber } }"
PAGE = 'query Q($first: Int) { prison(id: "LEI") { population(first: $first) { totalCount } } }'
ONE = "query Q($number: NomsNumber!) { offender(nomsNumber: $number) { nomsNumber } }"


def compiled(document, **variables):
    parsed = parse(document)
    operation = Operation(parsed.definitions[0], parsed, remembered())
    return operation.compiled(operation.variables.of(variables))


@pytest.mark.parametrize("workload", WORKLOADS.values(), ids=WORKLOADS)
def test_every_workload_of_the_benchmark_runs_compiled(workload):
    variables = {"number": "A1234BC", "numbers": ["A1234BC"], "prison": "LEI"}
    named = {name: value for name, value in variables.items() if f"${name}:" in workload.document}

    assert compiled(workload.document, **named).is_compiled


def test_introspection_does_not():
    assert not compiled("{ __schema { queryType { name } } }").is_compiled


def test_a_shape_is_compiled_once_and_another_for_what_is_skipped():
    parsed = parse(
        'query Q($with: Boolean!) { offender(nomsNumber: "A1234BC") { nomsNumber crn @include(if: $with) } }'
    )
    operation = Operation(parsed.definitions[0], parsed, remembered())

    one, again, other = (
        operation.compiled(operation.variables.of({"with": value})) for value in (True, True, False)
    )

    assert one is again
    assert one is not other


def test_a_variable_of_another_operation_by_the_same_name_makes_no_shape():
    parsed = parse("query Other($numbers: Boolean!) { __typename @skip(if: $numbers) } " + NUMBERS)
    operation = Operation(parsed.definitions[1], parsed, remembered())

    one, other = (
        operation.compiled(operation.variables.of({"numbers": [number]})) for number in ("A1234BC", "G4273GI")
    )

    assert one is other


RECOMMENDED = """
query Q($rule: PomRule = TIER_2019, $responsible: Boolean) {
  offender(nomsNumber: "A1234BC") { pomRecommendation(rule: $rule, pomResponsible: $responsible) { type } }
}
"""
TIER, ROSH = {"rule": "TIER_2019"}, {"rule": "ROSH_2026"}


def forms_of(document, *requests):
    parsed = parse(document)
    operation = Operation(parsed.definitions[0], parsed, remembered())
    return [operation.compiled(operation.variables.of(variables)) for variables in requests]


def test_a_form_belongs_to_the_values_of_a_field_s_arguments():
    by_default, by_name, by_risk, in_support, responsible = forms_of(
        RECOMMENDED, {}, TIER, ROSH, {"responsible": False}, {"responsible": True}
    )

    assert by_default is by_name
    assert len({by_default, by_risk, in_support, responsible}) == 4


def test_a_null_that_cannot_run_is_not_answered_by_the_form_of_what_was_left_out():
    document = RECOMMENDED.replace(" = TIER_2019", "")
    parsed = parse(document)
    operation = Operation(parsed.definitions[0], parsed, remembered())
    operation.compiled(operation.variables.of({}))

    with pytest.raises(GraphQLError, match="rule"):
        operation.compiled(operation.variables.of({"rule": None}))


@pytest.mark.parametrize(("rule", "parts"), [("TIER_2019", {"tier"}), ("ROSH_2026", {"tier", "risk"})])
def test_the_arguments_of_a_field_say_what_to_ask_for(rule, parts):
    (form,) = forms_of(RECOMMENDED, {"rule": rule})

    plan, _ = form.look_ahead.plan(
        Variables(parse(RECOMMENDED).definitions[0]).of({"rule": rule}),
        Cursors("a key of sixteen or more"),
        max_offenders=1,
    )

    assert plan.probation_parts == parts
    assert plan.parts == {"imprisonment_status", "date_of_birth"}


@pytest.fixture
async def small(stage, token):
    async with gateway(stage.environment(MAX_OFFENDERS="1000", MAX_BODY_BYTES="2000000"), token()) as running:
        yield running


async def test_people_are_counted_on_every_request_of_one_document(small, stage):
    number = next(iter(stage.population)).noms_number
    many = [f"A{place % 10000:04d}{'ABCDEFGHJK'[place // 10000]}A" for place in range(100_000)]

    first = await small.post({"query": NUMBERS, "variables": {"numbers": [number]}})
    then = await small.post({"query": NUMBERS, "variables": {"numbers": many}})

    assert first.status_code == 200
    assert then.status_code == 400
    (error,) = then.json()["errors"]
    assert error["extensions"]["code"] == "OPERATION_TOO_COMPLEX"
    assert "100000 people, more than MAX_OFFENDERS (1000)" in error["message"]


@pytest.mark.parametrize(
    ("document", "good", "bad", "code"),
    [
        (PAGE, {"first": 1}, {"first": 1001}, "OPERATION_TOO_COMPLEX"),
        (PAGE, {"first": 1}, {"first": 0}, "BAD_USER_INPUT"),
        (ONE, {"number": "A1234BC"}, {"number": "nobody's number"}, "BAD_USER_INPUT"),
        (ONE, {"number": "A1234BC"}, {"number": None}, "BAD_USER_INPUT"),
        (NUMBERS, {"numbers": ["A1234BC"]}, {"numbers": ["A1234BC", 5]}, "BAD_USER_INPUT"),
    ],
)
async def test_arguments_are_checked_on_every_request_of_one_document(small, document, good, bad, code):
    fine = await small.post({"query": document, "variables": good})
    refused = await small.post({"query": document, "variables": bad})
    fine_again = await small.post({"query": document, "variables": good})

    assert (fine.status_code, refused.status_code, fine_again.status_code) == (200, 400, 200)
    assert refused.json()["errors"][0]["extensions"]["code"] == code
    assert fine.json()["data"] == fine_again.json()["data"]


SHARED = """
{ one: prison(id: "LEI") { population { edges { node { ...F } } nodes { ...F } } }
  other: prison(id: "MDI") { population { nodes { ...F } } } }
fragment F on Offender { nomsNumber lastName tier { code } }
"""


def test_a_fragment_that_is_spread_often_is_compiled_once():
    parsed = parse(SHARED)
    fragments = {"F": parsed.definitions[1]}
    people = {}

    for root in selected(
        SCHEMA.query_type, [parsed.definitions[0].selection_set], fragments, VariableValues({}, {})
    ):
        writer(root, people)

    assert len(people) == 1


@pytest.mark.parametrize("list_of", ["nodes { nomsNumber }", "edges { node { nomsNumber } }"])
def test_a_long_list_is_written_in_slices(list_of):
    parsed = parse(f'{{ prison(id: "LEI") {{ population {{ {list_of} }} }} }}')
    (root,) = selected(SCHEMA.query_type, [parsed.definitions[0].selection_set], {}, VariableValues({}, {}))
    person = SimpleNamespace(noms_number="A1234BC")
    page = SimpleNamespace(nodes=[person] * 1000, edges=[SimpleNamespace(node=person)] * 1000)
    writing = writer(root, {})(SimpleNamespace(population={"population": page}), [])

    assert sum(1 for _ in writing) == 1000 // SLICE


def test_compiled_forms_are_remembered_within_one_bound():
    forms = remembered()
    fields = " ".join(f"f{place}: lastName" for place in range(900))
    parsed = parse(f'{{ offender(nomsNumber: "A1234BC") {{ {fields} }} }}')
    operations = [Operation(parsed.definitions[0], parsed, forms) for _ in range(20)]

    for operation in operations:
        operation.compiled(operation.variables.of({}))

    assert 0 < len(forms) < len(operations)
    assert forms.currsize <= forms.maxsize


def test_what_a_form_keeps_of_a_long_document_counts_too():
    forms = remembered()
    parsed = parse("#" + "a" * 50_000 + '\n{ offender(nomsNumber: "A1234BC") { lastName } }')
    operations = [Operation(parsed.definitions[0], parsed, forms) for _ in range(20)]

    for operation in operations:
        operation.compiled(operation.variables.of({}))

    assert 0 < len(forms) < len(operations)


class WithoutNames:
    """A route to NOMIS with a bug: its records lack a part that was asked for."""

    route = NomisRoute.PRISONER_SEARCH
    population_parts = frozenset()
    old_numbers = None

    async def prisoners_by_noms_number(self, numbers, _parts, _deadline):
        return {
            number: SimpleNamespace(noms_number=number, unreadable=None, gender="Male") for number in numbers
        }


async def test_a_bug_below_a_root_field_is_an_error_there_and_the_others_are_answered():
    parsed = parse(
        '{ broken: offender(nomsNumber: "A1234BC") { gender lastName }'
        '  whole: offender(nomsNumber: "A1234BC") { gender } }'
    )
    operation = Operation(parsed.definitions[0], parsed, remembered())
    values = operation.variables.of({})
    form = operation.compiled(values)
    cursors = Cursors("a key of sixteen or more")
    plan, arguments = form.look_ahead.plan(values, cursors, max_offenders=10)
    routes = Routes(
        nomis=WithoutNames(),
        delius=SimpleNamespace(route=DeliusRoute.NDH, has_access_flags=True),
        prisons=None,
        access=None,
        further={},
    )
    loaders = Loaders(
        routes,
        plan=plan,
        user=None,
        deadline=Deadline.in_seconds(10),
        max_population=10,
    )
    caller = Caller(reads_nomis=True, reads_delius=True, is_developer=False)

    executed = await form.run(RequestContext(caller, plan, loaders, cursors), arguments)

    assert json.loads(msgspec.json.encode(executed.data)) == {"broken": None, "whole": {"gender": "Male"}}
    assert [(error.path, type(error.error)) for error in executed.errors] == [(("broken",), AttributeError)]
