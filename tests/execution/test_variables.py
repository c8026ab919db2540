"""Variables: coerced straight on as graphql-core coerces them, whatever a list of identifiers holds."""

from graphql import parse
from hypothesis import example, given
from hypothesis import strategies as st

from execution.variables import BadVariables, Values, Variables

(OPERATION,) = parse(
    "query ($numbers: [NomsNumber!]!) { offenders(nomsNumbers: $numbers) { crn } }"
).definitions
RIGHT = st.from_regex(r"[A-C][0-9]{4}[A-C]{2}", fullmatch=True)
TO_BE_PUT_RIGHT = RIGHT.map(lambda number: f" {number.lower()}\n")
PIECES = st.text("A1,BC", max_size=17)
OTHERS = st.sampled_from(
    [None, 1, True, ["A1234BC"], "A1234BC,", "A1234BC,A1234BC", "\uff211234BC", "A12\uff134BC", ""]
)


def coerced(values):
    try:
        return values().coerced
    except BadVariables as refused:
        return [error.message for error in refused.errors]


@example(["A1234B", "C,A1234BC"])
@example(["A1234BC,A1234BC"])
@example([])
@given(st.lists(RIGHT, max_size=5) | st.lists(RIGHT | TO_BE_PUT_RIGHT | PIECES | OTHERS, max_size=5))
def test_a_list_of_numbers_is_coerced_as_graphql_core_coerces_it(numbers):
    written = {"numbers": numbers}

    straight_on = coerced(lambda: Variables(OPERATION).of(written))

    assert straight_on == coerced(lambda: Values(OPERATION, written, {}).standard)
