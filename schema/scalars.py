"""The schema's scalars: identifiers (trimmed, upper-cased, then checked), dates and date-times."""

import re
from collections.abc import Callable
from typing import Any, NewType

import strawberry
from graphql import GraphQLError, StringValueNode, ValueNode
from strawberry.types.scalar import ScalarDefinition

from upstreams.identifiers import CRN as CRN_PATTERN
from upstreams.identifiers import NOMS_NUMBER, are_noms_numbers, normalised

NomsNumber = NewType("NomsNumber", str)
Crn = NewType("Crn", str)


def _identifier(name: str, pattern: re.Pattern[str], advice: str, description: str) -> ScalarDefinition:
    return strawberry.scalar(
        name=name,
        description=description,
        serialize=str,
        parse_value=_parser(pattern, advice),
        parse_literal=_literal_parser(pattern, advice),
    )


def _parser(pattern: re.Pattern[str], advice: str) -> Callable[[object], str]:
    def parse(written: object) -> str:
        if isinstance(written, str):
            if pattern.fullmatch(written):
                return written
            if pattern.fullmatch(identifier := normalised(written)):
                return identifier
        # What was written is not repeated: it may be a name.
        raise GraphQLError(advice, extensions={"code": "BAD_USER_INPUT"})

    return parse


def _literal_parser(pattern: re.Pattern[str], advice: str) -> Callable[..., str]:
    parse = _parser(pattern, advice)

    def parse_literal(node: ValueNode, _variables: Any = None) -> str:
        return parse(node.value if isinstance(node, StringValueNode) else None)

    return parse_literal


SCALARS: dict[object, ScalarDefinition] = {
    NomsNumber: _identifier(
        "NomsNumber",
        NOMS_NUMBER,
        "A NOMS number is a letter, four digits and two letters, such as A1234BC.",
        (
            "A person's number in NOMIS: a letter, four digits and two letters, such as A1234BC. "
            "Lower case and padding are put right."
        ),
    ),
    Crn: _identifier(
        "Crn",
        CRN_PATTERN,
        "A CRN is one or two letters and six digits, such as X123456.",
        "A person's case reference number in Delius: one or two letters and six digits, such as X123456.",
    ),
}

RIGHT_AS_WRITTEN: dict[str, Callable[[list[Any]], bool]] = {"NomsNumber": are_noms_numbers}
"""What tells at once that every value of a list is coerced to itself, by the scalar's name."""

MOMENTS = {
    "Date": "A day by ISO 8601, such as 2026-08-21.",
    "DateTime": (
        "A moment by ISO 8601 with its offset, such as 2026-08-21T08:30:00+00:00. An upstream's time without "
        "an offset is taken as Europe/London."
    ),
}
"""Our words on Strawberry's own scalars."""
