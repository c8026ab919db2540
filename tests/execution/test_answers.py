"""Two answers are the same answer, or the property says what differs."""

import json
from collections import Counter

import pytest

from tests.execution.answers import Answered, NotEqual, hold_equal

AN_ERROR = {"message": "No.", "path": ["offender", "tier"], "extensions": {"code": "DELIUS_UNAVAILABLE"}}
ANOTHER = {**AN_ERROR, "path": ["offender", "crn"]}
DATA = {"offender": {"crn": None, "tier": None}}


def told(data, *errors, calls=(), **more):
    answer = {"data": data, **({"errors": errors} if errors else {}), **more}
    return Answered(json.dumps(answer).encode(), Counter(calls))


def test_errors_may_stand_in_any_order():
    hold_equal(told(DATA, AN_ERROR, ANOTHER), told(DATA, ANOTHER, AN_ERROR))


@pytest.mark.parametrize(
    "other",
    [
        told({"offender": {"tier": None, "crn": None}}, AN_ERROR),
        told({"offender": {"crn": None, "tier": 1}}, AN_ERROR),
        told({"offender": {"crn": None, "tier": None, "__typename": "Offender"}}, AN_ERROR),
        told({"offender": {"crn": None}}, {**AN_ERROR, "path": ["offender", "crn"]}),
        told(DATA),
        told(DATA, AN_ERROR, AN_ERROR),
        told(DATA, ANOTHER),
        told(DATA, {**AN_ERROR, "path": ["elsewhere", "tier"]}),
        told(DATA, {**AN_ERROR, "extensions": {"code": "DELIUS_FORBIDDEN"}}),
        told(DATA, AN_ERROR, extensions={"incomplete": []}),
        told(DATA, AN_ERROR, calls=["noms-numbers"]),
        Answered(b'{"data": {"offender": {"crn": null, "tier": }}}', Counter()),
        Answered(b'{"data": {"offender": {"crn": null, "crn": null}}}', Counter()),
    ],
)
def test_what_differs_is_told(other):
    with pytest.raises(NotEqual):
        hold_equal(told(DATA, AN_ERROR), other)


def test_which_error_is_told_below_one_null_is_left_open():
    nulled = {"offender": None}

    hold_equal(told(nulled, AN_ERROR, ANOTHER), told(nulled, ANOTHER))
    with pytest.raises(NotEqual):
        hold_equal(told(nulled, AN_ERROR), told(nulled))
    with pytest.raises(NotEqual):
        hold_equal(told(nulled, AN_ERROR), told(nulled, {**AN_ERROR, "path": ["offender"]}))


def test_fewer_calls_are_as_good():
    hold_equal(told(DATA, calls=["noms-numbers", "access"]), told(DATA, calls=["access"]))
