"""Whatever an operation's shape, it is answered as its parts would be.

Aliases, fragments, directives, merged fields.
"""

import json

import pytest
from gateways import PRISON, PROBATION, gateway
from hypothesis import given, settings
from hypothesis import strategies as st

from twins import hard_cases as people

WHOLE = """
  nomsNumber firstName lastName dateOfBirth custodyStatus legalStatus bookingId recall
  prison { id name } lastPrison { id name } category { code description }
  sentence { startDate releaseDate expiryDate } alerts { code active }
  prisonRecord { status route stale } crn tier { level code changeLevel }
  caseHandler {
    organisation provider { code } officer { surname forenames }
    team { name localDeliveryUnit { code description } }
  }
  probationRecord { status reason warnings route stale }
"""
TREE = {
    "prison": {"id": None, "name": None},
    "lastPrison": {"id": None, "name": None},
    "category": {"code": None, "description": None},
    "sentence": {"startDate": None, "releaseDate": None, "expiryDate": None},
    "alerts": {"code": None, "active": None},
    "prisonRecord": {"status": None, "route": None, "stale": None},
    "tier": {"level": None, "code": None, "changeLevel": None},
    "caseHandler": {
        "organisation": None,
        "provider": {"code": None},
        "officer": {"surname": None, "forenames": None},
        "team": {"name": None, "localDeliveryUnit": {"code": None, "description": None}},
    },
    "probationRecord": {"status": None, "reason": None, "warnings": None, "route": None, "stale": None},
    **dict.fromkeys(
        [
            *("nomsNumber", "firstName", "lastName", "dateOfBirth", "custodyStatus", "legalStatus"),
            *("bookingId", "recall", "crn"),
        ]
    ),
}
ASKED = [
    people.TOBIAS_FENHALE,
    people.MARCUS_OLDROYD_QUAY,
    people.PETRA_LINDQVALE,
    people.TWO_DELIUS_RECORDS,
    people.ALBERTA_NORTHMERE,
    people.NOBODY,
    people.NO_MANAGER,
    people.BORN_ANOTHER_DAY,
]


@st.composite
def selections(draw, tree):
    """Draw a selection of a type's fields: pairs of response key, field, and what is selected below."""
    names = draw(st.lists(st.sampled_from(sorted(tree)), min_size=1, max_size=4, unique=True))
    return [
        (
            draw(st.sampled_from([name, f"{name}X"])),
            name,
            draw(selections(tree[name])) if tree[name] is not None else None,
            draw(st.sampled_from(["plain", "inline", "fragment", "included", "skipped", "twice"])),
        )
        for name in names
    ]


def written(selection, on, fragments):
    parts = []
    for key, name, below, form in selection:
        alias = "" if key == name else f"{key}: "
        inner = "" if below is None else f" {{ {written(below, TYPES.get(name), fragments)} }}"
        field = f"{alias}{name}{inner}"
        if form == "fragment":
            fragments.append(f"fragment F{len(fragments)} on {on} {{ {field} }}")
            parts.append(f"...F{len(fragments) - 1}")
        else:
            parts.append(
                {
                    "plain": field,
                    "inline": f"... on {on} {{ {field} }}",
                    "included": f"...@include(if: $yes) {{ {field} }}",
                    "skipped": f"{alias}{name} @skip(if: $yes){inner}",
                    "twice": f"{field} {field}",
                }[form]
            )
    return " ".join(parts) + " __typename"


TYPES = {
    "prison": "PrisonRef",
    "lastPrison": "PrisonRef",
    "category": "CodedValue",
    "provider": "CodedValue",
    "localDeliveryUnit": "CodedValue",
    "sentence": "Sentence",
    "alerts": "Alert",
    "prisonRecord": "PrisonRecord",
    "tier": "Tier",
    "caseHandler": "CaseHandler",
    "officer": "ProbationOfficer",
    "team": "ProbationTeam",
    "probationRecord": "ProbationRecord",
}


def projected(value, selection, on):
    """Return what the selection shows of a whole value."""
    if value is None:
        return None
    if isinstance(value, list):
        return [projected(one, selection, on) for one in value]
    shown = {}
    for key, name, below, form in selection:
        if form != "skipped":
            shown[key] = value[name] if below is None else projected(value[name], below, TYPES[name])
    return {**shown, "__typename": on}


@pytest.fixture(scope="module")
async def gateway_of_many_aliases(_stage):
    """Take any number of aliases: what is drawn has more than a caller may use."""
    _stage.heal()
    token = _stage.auth.caller_token(roles=[PRISON, PROBATION])
    async with gateway(_stage.environment(MAX_ALIASES="1000"), token) as running:
        yield running


@pytest.fixture(scope="module")
async def whole_answers(gateway_of_many_aliases):
    """Answer about everybody, every field once, in the plainest operation."""
    answer = await gateway_of_many_aliases.ask(
        f"query ($n: [NomsNumber!]!) {{ offenders(nomsNumbers: $n) {{ {WHOLE} }} }}", n=ASKED
    )
    assert "errors" not in answer
    return dict(zip(ASKED, answer["data"]["offenders"], strict=True))


@given(
    st.lists(
        st.tuples(st.lists(st.sampled_from(ASKED), min_size=1, max_size=3), selections(TREE)),
        min_size=1,
        max_size=3,
    )
)
@settings(max_examples=80, deadline=None)
async def test_any_operation_is_answered_as_its_parts(gateway_of_many_aliases, whole_answers, roots):
    fragments = []
    fields = []
    for place, (numbers, selection) in enumerate(roots):
        body = written(selection, "Offender", fragments)
        fields.append(f"r{place}: offenders(nomsNumbers: {json.dumps(numbers)}) {{ {body} }}")
    query = (
        f"query ($yes: Boolean! = true) {{ __typename @skip(if: $yes) {' '.join(fields)} }} "
        f"{' '.join(fragments)}"
    )

    answer = await gateway_of_many_aliases.ask(query)

    assert answer == {
        "data": {
            f"r{place}": [projected(whole_answers[number], selection, "Offender") for number in numbers]
            for place, (numbers, selection) in enumerate(roots)
        }
    }
