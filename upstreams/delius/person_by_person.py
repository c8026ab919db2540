"""What the routes to Delius without a bulk form do alike: one call a person, in each route's own words."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import TypeAlias

from upstreams.client import Answer, Upstream
from upstreams.deadline import Deadline
from upstreams.delius.further_parts import PartCall
from upstreams.errors import BadAnswer
from upstreams.http1 import OK
from upstreams.one_by_one import one_by_one
from upstreams.records import DeliusRoute, Failure, NoRecord, ProbationAnswer, ProbationRecord, System

Reader: TypeAlias = Callable[[str, bytes, datetime], ProbationRecord | NoRecord]
"""Reads what was answered about a number, and raises `Unreadable`."""


@dataclass(frozen=True, slots=True)
class Words:
    """How a route is asked about one person, and what its answers mean.

    `path` has the NOMS number's place in it. `no_record` reads an answer other than a 200 that says why there
    is none to show, also from the bodies of the statuses that are `telling`; `reader` returns what reads the
    body of a 200 for the parts asked for.
    `further` are the parts of a record that take a call of their own.
    """

    route: DeliusRoute
    has_access_flags: bool
    path: str
    operation: str
    no_record: Callable[[Answer], NoRecord | None]
    reader: Callable[[frozenset[str], Failure], Reader]
    query: Mapping[str, str] = field(default_factory=dict)
    telling: Collection[int] = ()
    further: Mapping[str, PartCall] = field(default_factory=dict)


class PersonByPerson:
    """A route that is asked once a person."""

    def __init__(
        self, words: Words, upstream: Upstream, *, concurrency: int, now: Callable[[], datetime]
    ) -> None:
        self.route = words.route
        self.has_access_flags = words.has_access_flags
        self._words = words
        self._upstream = upstream
        self._concurrency = concurrency
        self._now = now
        self._unreadable = BadAnswer(System.DELIUS, words.route).failure()

    async def probation_by_noms_number(
        self, numbers: Sequence[str], parts: frozenset[str], deadline: Deadline
    ) -> dict[str, ProbationAnswer]:
        """Return one answer for each number."""
        ask = partial(self._probation, self._words.reader(parts, self._unreadable), deadline)
        return await one_by_one(numbers, ask, concurrency=self._concurrency)

    async def _probation(self, read: Reader, deadline: Deadline, number: str) -> ProbationAnswer:
        words = self._words
        answer = await self._upstream.ask(
            "GET",
            words.path.replace("{number}", number),
            operation=words.operation,
            deadline=deadline,
            query=words.query,
            telling=words.telling,
        )
        if answer.status != OK and (none := words.no_record(answer)) is not None:
            return none
        return self._upstream.read(answer, lambda body: read(number, body, self._now()))
