"""Bulk look-ups by NOMS number: whose row is whose, in whatever order and company the rows come (ADR 12).

An answer leaves a doubt where it may have been cut (somebody may be missing from it), or holds rows that name
nobody (they may be of anybody who is missing). Whoever is in doubt is asked for again in halves, until each
doubt is one person's own: so nobody's odd row changes another's answer.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import chain
from typing import Any, Generic, TypeVar

import msgspec

from upstreams.deadline import Deadline
from upstreams.errors import UpstreamError
from upstreams.identifiers import are_noms_numbers, read_noms_number
from upstreams.records import Failure

Row = TypeVar("Row")
Answer = TypeVar("Answer")

MOST_NAMELESS = 8
"""Rows without a number that are looked into; with more of them the service is broken, and not a row."""
MOST_AGAIN = 200
"""Calls to ask again, for one list: a service whose every answer leaves a doubt is broken too."""


class Found(msgspec.Struct, Generic[Row], frozen=True, gc=False):
    """One answer: the rows by the numbers that they carry themselves, and what is doubtful about the list.

    `one` has the row of each number that stands in one row, as nearly all do; `several` has all others'.
    """

    one: Mapping[str, Row]
    several: Mapping[str, tuple[Row, ...]] = {}
    nameless: int = 0
    may_be_cut: bool = False

    def __contains__(self, number: str) -> bool:
        return number in self.one or number in self.several

    def __len__(self) -> int:
        return len(self.one) + len(self.several)

    def __iter__(self) -> Iterator[str]:
        return chain(self.one, self.several)

    def rows_of(self, number: str) -> tuple[Row, ...]:
        """Return the rows of one number."""
        return (self.one[number],) if number in self.one else self.several.get(number, ())


def by_number(
    rows: Sequence[Row | None], number_of: Callable[[Row], object], *, may_be_cut: bool = False
) -> Found[Row]:
    """Sort rows by the numbers that they carry. Their places say nothing; None is a row that is no object.

    `number_of` returns what a row has for its number, as it is written.
    """
    try:
        told: list[Any] = list(map(number_of, rows))  # type: ignore[arg-type]
    except AttributeError:
        told = []
    if are_noms_numbers(told):
        one = dict(zip(told, rows, strict=True))
        if len(one) == len(rows):
            return Found(one, may_be_cut=may_be_cut)
    return _one_after_the_other(rows, number_of, may_be_cut=may_be_cut)


def _one_after_the_other(
    rows: Iterable[Row | None], number_of: Callable[[Row], object], *, may_be_cut: bool
) -> Found[Row]:
    nameless = 0
    found: dict[str, tuple[Row, ...]] = {}
    for row in rows:
        number = None if row is None else read_noms_number(number_of(row))
        if row is None or number is None:
            nameless += 1
        else:
            found[number] = (*found.get(number, ()), row)
    one = {number: listed[0] for number, listed in found.items() if len(listed) == 1}
    several = {number: listed for number, listed in found.items() if len(listed) > 1}
    return Found(one, several, nameless, may_be_cut)


class LookUp(Generic[Row, Answer]):
    """A bulk look-up of one service.

    `ask` sends one list of at most `at_most` numbers and raises an `UpstreamError`. `read` says what each
    number's rows come to, or that it has none, and is told when they came. `doubt` stands for the answer
    about somebody of whom the rows do not say enough.
    """

    def __init__(
        self,
        ask: Callable[[Sequence[str], Deadline], Awaitable[Found[Row]]],
        read: Callable[[Sequence[str], Found[Row], datetime], dict[str, Answer]],
        *,
        at_most: int,
        doubt: Failure,
        now: Callable[[], datetime],
    ) -> None:
        self._ask = ask
        self._read = read
        self._at_most = at_most
        self._doubt = doubt
        self._now = now

    async def answers_by_number(
        self, numbers: Sequence[str], deadline: Deadline
    ) -> dict[str, Answer | Failure]:
        """Return for each number what its rows come to, or why that cannot be told.

        Chunks of what the service allows, side by side; one that fails fails its own people alone. Each is
        read as it comes, so that the rows of one chunk alone are held at a time.
        """
        if len(numbers) <= self._at_most:
            return await self._answered(numbers, deadline, _Left())
        chunks = [numbers[start : start + self._at_most] for start in range(0, len(numbers), self._at_most)]
        answers: dict[str, Answer | Failure] = {}
        for chunk in await asyncio.gather(*(self._answered(chunk, deadline, _Left()) for chunk in chunks)):
            answers |= chunk
        return answers

    async def _answered(
        self, numbers: Sequence[str], deadline: Deadline, left: "_Left"
    ) -> dict[str, Answer | Failure]:
        try:
            found = await self._ask(numbers, deadline)
        except UpstreamError as error:
            return dict.fromkeys(numbers, error.failure())
        read = self._read(numbers, found, self._now())
        doubtful = _in_doubt(numbers, found)
        if not doubtful:
            return read  # type: ignore[return-value]
        answers: dict[str, Answer | Failure] = {**read}
        if len(numbers) == 1 or found.nameless > MOST_NAMELESS or not left.take(2):
            return answers | dict.fromkeys(doubtful, self._doubt)
        middle = (len(doubtful) + 1) // 2
        halves = [half for half in (doubtful[:middle], doubtful[middle:]) if half]
        for half in await asyncio.gather(*(self._answered(half, deadline, left) for half in halves)):
            answers |= half
        return answers


@dataclass(slots=True)
class _Left:
    """How many calls are left to ask again about one list."""

    calls: int = MOST_AGAIN

    def take(self, calls: int) -> bool:
        """Take so many, if they are left."""
        self.calls -= calls
        return self.calls >= 0


def _in_doubt(numbers: Sequence[str], found: Found[Row]) -> Sequence[str]:
    if found.may_be_cut:
        # Two rows of one number are several, however many more were cut off.
        return [number for number in numbers if number not in found.several]
    return [number for number in numbers if number not in found] if found.nameless else []
