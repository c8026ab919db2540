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
from upstreams.records import (
    DeliusRoute,
    Failure,
    NoRecord,
    ProbationAnswer,
    ProbationRecord,
    System,
    User,
)

Reader: TypeAlias = Callable[[str, bytes, datetime], ProbationRecord | NoRecord]
"""Reads what was answered about a number, or a CRN, and raises `Unreadable`."""


@dataclass(frozen=True, slots=True)
class ByCrn:
    """How a route is asked whose record a CRN is, as `Words` are by number; `path` has the CRN's place in it.

    One that `checks_access` judges by itself whether the user in whose name it is asked may see the record.
    """

    path: str
    operation: str
    read: Reader
    no_record: Callable[[Answer], NoRecord | None]
    telling: Collection[int] = ()
    checks_access: bool = False


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
    by_crn: ByCrn
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

    async def probation_by_crn(self, crn: str, deadline: Deadline, *, user: User | None) -> ProbationAnswer:
        """Return whose record this CRN is. Raises an `UpstreamError`."""
        by_crn = self._words.by_crn
        answer = await self._upstream.ask(
            "GET",
            by_crn.path.replace("{crn}", crn),
            operation=by_crn.operation,
            deadline=deadline,
            user=user if by_crn.checks_access else None,
            telling=by_crn.telling,
        )
        if answer.status != OK and (none := by_crn.no_record(answer)) is not None:
            return none
        return self._upstream.read(answer, lambda body: by_crn.read(crn, body, self._now()))
