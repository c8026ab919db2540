"""Spoils a list of people's rows on demand, whichever service wrote them."""

from typing import Any

Row = dict[str, Any]


def spoil(rows: list[Row], how: str | None, number_at: str = "prisonerNumber") -> list[Any]:
    """Return the rows with a fault in them; see `twins.faults` for the words.

    `number_at` is where a row has its number, with a point between the names of two levels.
    """
    match how:
        case "doubled":
            return [row for row in rows for _ in range(2)]
        case "missing":
            return rows[1::2]
        case "shuffled":
            return rows[::-1]
        case "stranger":
            return [*rows, _stranger(rows[0], number_at)] if rows else []
        case "padded":
            return [_renumbered(row, f" {_number(row, number_at).lower()}  ", number_at) for row in rows]
        case "malformed":
            return [17 if place == 0 else _renumbered(row, None, number_at) for place, row in enumerate(rows)]
        case "another's number":
            return _swapped(rows, number_at)
    return rows


def _stranger(row: Row, number_at: str) -> Row:
    surname = "lastName" if "lastName" in row else "surname"
    return _renumbered({**row, surname: "STRANGER"}, "Z9999ZZ", number_at)


def _swapped(rows: list[Row], number_at: str) -> list[Row]:
    """Give each of the first two rows the number of the other."""
    match rows:
        case [first, second, *others]:
            return [
                _renumbered(first, _number(second, number_at), number_at),
                _renumbered(second, _number(first, number_at), number_at),
                *others,
            ]
    return rows


def _number(row: Row, number_at: str) -> str:
    value: Any = row
    for name in number_at.split("."):
        value = value[name]
    return str(value)


def _renumbered(row: Row, number: str | None, number_at: str) -> Row:
    name, _, deeper = number_at.partition(".")
    return {**row, name: _renumbered(row[name], number, deeper) if deeper else number}
