"""Bulk look-ups by NOMS number: whose row is whose, in whatever order and company the rows come.

An answer leaves a doubt where it may have been cut (somebody may be missing from it), or holds rows that name
nobody (they may be of anybody who is missing). Whoever is in doubt is asked for again in halves, until each
doubt is one person's own: so nobody's odd row changes another's answer.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from upstreams.errors import UpstreamError
from upstreams.records import Failure

Row = TypeVar("Row")

MOST_NAMELESS = 8
"""Rows without a number that are looked into; with more of them the service is broken, and not a row."""


@dataclass(frozen=True, slots=True)
class Found(Generic[Row]):
    """One answer: the rows by the numbers that they carry themselves, and what is doubtful about the list."""

    rows: Mapping[str, list[Row]]
    nameless: int = 0
    may_be_cut: bool = False


@dataclass(frozen=True, slots=True)
class LookUp(Generic[Row]):
    """A bulk look-up of one service; `ask` sends one list and raises an `UpstreamError`."""

    ask: Callable[[Sequence[str]], Awaitable[Found[Row]]]
    at_most: int
    doubt: Failure

    async def rows_by_number(self, numbers: Sequence[str]) -> dict[str, list[Row] | Failure]:
        """Return for each number its rows, none where there are none, or why that cannot be told.

        Chunks of what the service allows, side by side; one that fails fails its own people alone.
        """
        chunks = [numbers[start : start + self.at_most] for start in range(0, len(numbers), self.at_most)]
        answers = await asyncio.gather(*map(self._chunk, chunks))
        return {number: rows for chunk in answers for number, rows in chunk.items()}

    async def _chunk(self, numbers: Sequence[str]) -> dict[str, list[Row] | Failure]:
        try:
            found = await self.ask(numbers)
        except UpstreamError as error:
            return dict.fromkeys(numbers, error.failure())
        answers: dict[str, list[Row] | Failure] = {number: found.rows.get(number, []) for number in numbers}
        return answers | await self._again(numbers, _in_doubt(numbers, found), found)

    async def _again(
        self, numbers: Sequence[str], doubtful: Sequence[str], found: Found[Row]
    ) -> dict[str, list[Row] | Failure]:
        if len(numbers) == 1 or found.nameless > MOST_NAMELESS:
            return dict.fromkeys(doubtful, self.doubt)
        middle = (len(doubtful) + 1) // 2
        halves = [half for half in (doubtful[:middle], doubtful[middle:]) if half]
        answers = await asyncio.gather(*map(self._chunk, halves))
        return {number: rows for half in answers for number, rows in half.items()}


def _in_doubt(numbers: Sequence[str], found: Found[Row]) -> Sequence[str]:
    if found.may_be_cut:
        # Two rows of one number are several, however many more were cut off.
        return [number for number in numbers if len(found.rows.get(number, ())) < 2]  # noqa: PLR2004
    return [number for number in numbers if number not in found.rows] if found.nameless else []
