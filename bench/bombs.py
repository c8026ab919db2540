"""Documents that are made to cost more than they say, and the largest that are let through.

Each fits into a body of MAX_BODY_BYTES.
"""

from collections.abc import Callable

from graphql import get_introspection_query

PERSON = 'offender(nomsNumber: "G4273GI")'


def _of_a_person(selections: str, *fragments: str) -> str:
    return f"{{ {PERSON} {{ {selections} }} }} {' '.join(fragments)}"


def _fragments(count: int, selections: Callable[[int], str]) -> str:
    return " ".join(f"fragment F{n} on Offender {{ {selections(n)} }}" for n in range(count))


def _spread(numbers: range) -> str:
    return " ".join(f"...F{n}" for n in numbers)


def _nested(levels: int, width: int, innermost: str) -> str:
    levels_of_fragments = _fragments(levels, lambda n: f"...F{n + 1} " * width)
    return _of_a_person("...F0", levels_of_fragments, f"fragment F{levels} on Offender {{ {innermost} }}")


def _operations(count: int, variables: str, selections: str) -> str:
    return " ".join(f"query Q{n}{variables} {{ {selections} }}" for n in range(count))


def _levels(opening: str, innermost: str, closing: str, count: int) -> str:
    return opening * count + innermost + closing * count


TOO_COMPLEX = {
    "fragments nested 8^30": _nested(30, 8, "lastName"),
    "an alias in fragments nested 5^9": _nested(9, 5, "a: lastName"),
    "45 fragments, each spreading all that follow": _of_a_person(
        "...F0", _fragments(45, lambda n: f"lastName {_spread(range(n + 1, 45))}")
    ),
    "4,900 repeats of a field": _of_a_person("lastName " * 4900),
    "2,300 repeats of a field": _of_a_person("lastName " * 2300),
    "2,300 unknown fields with long names": _of_a_person(" ".join(f"x{n:023}" for n in range(2300))),
    "1,100 aliases of a field": _of_a_person(" ".join(f"a{n}: lastName" for n in range(1100))),
    "2,300 root fields": f"{{ {'__typename ' * 2300} }}",
    "550 repeats of a root field": f"{{ {f'{PERSON} {{ crn }} ' * 550} }}",
    "450 root fields in conflict": "{{ {} }}".format(
        " ".join(f'offender(nomsNumber: "A{n:04}AA") {{ crn }}' for n in range(450))
    ),
    "900 operations": _operations(900, "", "__typename"),
    "190 levels of fields": _levels("{ a", "", "}", 190),
    "190 levels of introspection": f"{{ __schema {{ types {_levels('{ ofType', '', '}', 190)} }} }}",
    "500 fragments side by side": _of_a_person(_spread(range(500)), _fragments(500, lambda _: "crn")),
    "700 fragments that nothing spreads": f"{{ __typename }} {_fragments(700, lambda _: 'crn')}",
    "2,300 fields in a fragment of a cycle": _of_a_person(
        "...F0", _fragments(2, lambda n: f"...F{1 - n} {'crn ' * 1150}")
    ),
    "600 fragments in a chain": _nested(600, 1, "crn"),
    "1,200 inline fragments": _of_a_person("... { crn } " * 1200),
    "2,300 values in a list": "{{ offenders(nomsNumbers: [{}]) {{ crn }} }}".format(
        " ".join(f'"A{n:04}AA"' for n in range(2300))
    ),
    "2,300 values in 190 lists": "{{ offenders(nomsNumbers: {}) {{ crn }} }}".format(
        _levels("[", "1 " * 2300, "]", 190)
    ),
    "1,100 fields of an object": "{{ offenders(nomsNumbers: {{{}}}) {{ crn }} }}".format(
        " ".join(f"a{n}: 1" for n in range(1100))
    ),
    "800 inline fragments that 20 operations share": _operations(20, "", f"{PERSON} {{ ...F }}")
    + f"fragment F on Offender {{ crn {'... { crn } ' * 400}{'... { ' * 190}crn{' }' * 190} }}",
    "introspection by 15 aliases": "{{ {} }}".format(
        " ".join(
            f"a{n}: __schema {{ types {{ fields {{ type {{ fields {{ name }} }} }} }} }}" for n in range(15)
        )
    ),
    "2,000 opening brackets": f"{{ offenders(nomsNumbers: {'[' * 2000}",
    "20,000 tokens": f"{{ {'a ' * 20_000} }}",
    "95,000 blank lines and 25 errors": "\n" * 95_000
    + "{{ {} }}".format(" ".join("abcdefghijklmnopqrstuvwxy")),
    "60,000 comments": "#\n" * 60_000 + "{ __typename }",
    "a comment of 190,000 characters": f"#{'a' * 190_000}\n{{ __typename }}",
    "95,000 lines of a string": '{{ prison(id: """{}""") {{ id }} }}'.format("\n" * 95_000),
}
"""Refused by a limit."""

INVALID = {
    "a syntax error after 2,300 fields": _of_a_person("crn " * 2300) + "}",
    "a string that does not end": f'{{ prison(id: "{"a" * 58_000}',
    "1,100 unknown fields": _of_a_person(" ".join(f"x{n}" for n in range(1100))),
    "1,100 unknown directives": _of_a_person(f"crn {'@a ' * 1100}"),
    "360 times the same directive": _of_a_person(f"crn {'@include(if: true) ' * 360}"),
    "1,100 fragments that are not there": _of_a_person(_spread(range(1100))),
    "a cycle of 190 fragments": _of_a_person("...F0", _fragments(190, lambda n: f"...F{(n + 1) % 190}")),
    "1,100 type definitions": " ".join(f"scalar A{n}" for n in range(1100)),
    "190 arguments in conflict": "{{ prison(id: 1) {{ {} }} }}".format(
        " ".join(f"population(first: {n}) {{ totalCount }}" for n in range(190))
    ),
    "20 operations with 1,050 variables undefined": _operations(20, "", "...F")
    + f"fragment F on Query {{ offenders(nomsNumbers: [{'$n ' * 1050}]) {{ crn }} }}",
    "190 lists in each other": f"{{ offenders(nomsNumbers: {_levels('[', '', ']', 190)}) {{ crn }} }}",
    "a name of 58,000 characters": f"{{ {'a' * 58_000} }}",
    "a string of 58,000 characters": f'{{ offender(nomsNumber: "{"a" * 58_000}") {{ crn }} }}',
    "a string of 2,300 escapes": '{{ offender(nomsNumber: "{}") {{ crn }} }}'.format(r"\u0041" * 2300),
    "a number of 58,000 digits": '{{ prison(id: "LEI") {{ population(first: {}) {{ id }} }} }}'.format(
        "1" * 58_000
    ),
    "1,100 repeats and a conflict": _of_a_person("crn: lastName " + "crn " * 1100),
    "125 fragments side by side and a conflict": _of_a_person(
        f"crn: lastName {_spread(range(125))}", _fragments(125, lambda _: "crn tier { code }")
    ),
    "circular introspection": "{{ __schema {{ types {} }} }}".format(
        _levels("{ fields { type ", "{ name }", "} }", 3)
    ),
}
"""Refused by the grammar or by validation."""

LARGEST = {
    "20 people with 20 fields each": "{{ {} }}".format(
        " ".join(
            f"a{n}: {PERSON} {{ nomsNumber title firstName middleNames lastName dateOfBirth gender ethnicity "
            "nationality religion custodyStatus cellLocation prison { id name } crn tier { code } "
            "probationRecord { status } }"
            for n in range(20)
        )
    ),
    "introspection to the fields' types": "{ __schema { types { fields { name type { name } } } } }",
    "the standard introspection": get_introspection_query(),
    "1,100 repeats of a field": _of_a_person("crn " * 1100),
    "125 fragments side by side": _of_a_person(
        _spread(range(125)), _fragments(125, lambda _: "crn tier { code }")
    ),
    "20 operations that share 90 fields": _operations(20, "", f"{PERSON} {{ ...F }}")
    + f"fragment F on Offender {{ {'crn ' * 90} }}",
    "20 operations that share 950 variables": _operations(20, "($n: NomsNumber!)", "...F")
    + f"fragment F on Query {{ offenders(nomsNumbers: [{'$n ' * 950}]) {{ crn }} }}",
    "20 operations that share 40 fragments": _operations(20, "", f"{PERSON} {{ {_spread(range(40))} }}")
    + _fragments(40, lambda _: "crn"),
    "1,100 variables in a list": _operations(
        1, "($n: NomsNumber!)", f"offenders(nomsNumbers: [{'$n ' * 1100}]) {{ crn }}"
    ),
    "1,100 values in a list": "{{ offenders(nomsNumbers: [{}]) {{ crn }} }}".format(
        " ".join(f'"A{n:04}AA"' for n in range(1100))
    ),
    "a comment of 58,000 characters": f"#{'a' * 58_000}\n{{ __typename }}",
}
"""Within every limit."""
