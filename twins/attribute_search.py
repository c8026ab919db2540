"""The part of upstream's attribute search that finds the survivor of a merge; it refuses the rest."""

from collections.abc import Callable, Iterable
from typing import Any

from twins.prisoner_rows import Row

Condition = Callable[[str, str], bool]

# IN splits at commas and compares with the case; IS does not mind it.
CONDITIONS: dict[str, Condition] = {
    "IS": lambda value, term: value.lower() == term.lower(),
    "IN": lambda value, term: value in term.split(","),
}


class Unanswerable(Exception):
    """The search asks for what this twin does not know."""


def matching_rows(search: Any, rows: Iterable[Row]) -> list[Row]:
    """Return the rows for which every query holds."""
    if not isinstance(search, dict) or not search.get("queries"):
        raise Unanswerable("Query is invalid: empty")
    queries = [_query(query) for query in search["queries"]]
    return [row for row in rows if all(query(row) for query in queries)]


def _query(query: Any) -> Callable[[Row], bool]:
    matchers = [_matcher(matcher) for matcher in query.get("matchers", ())]
    if query.get("joinType", "AND") != "AND" or not matchers:
        raise Unanswerable("Query is invalid: only AND of one or more matchers")

    def holds(row: Row) -> bool:
        # Matchers on one list's attributes have to hold for the same element of it.
        return any(all(matches(one) for matches in matchers) for one in row.get("identifiers", ()))

    return holds


def _matcher(matcher: Any) -> Callable[[dict[str, str]], bool]:
    place, _, name = str(matcher.get("attribute")).partition(".")
    condition = CONDITIONS.get(matcher.get("condition"))
    if matcher.get("type") != "String" or place != "identifiers" or name not in ("type", "value"):
        raise Unanswerable(f"Unknown attribute: {matcher.get('attribute')}")
    if condition is None or not matcher.get("searchTerm"):
        raise Unanswerable(f"Attribute {matcher.get('attribute')} has an invalid condition or a blank term")
    term = matcher["searchTerm"]
    return lambda identifier: condition(identifier.get(name, ""), term)
