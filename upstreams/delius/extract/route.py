"""Answers about people from the extract that is held: no call is made, and nobody is waited for."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from upstreams.deadline import Deadline
from upstreams.delius.extract.index import Index
from upstreams.delius.extract.row import UNREADABLE, read_row
from upstreams.errors import NoExtract
from upstreams.records import DeliusRoute, NoRecord, ProbationAnswer, System, User

SLICE = 200
"""People who are answered in one turn of the event loop."""
EVERY_PART = frozenset(
    {
        *("date_of_birth", "tier", "managers", "mappa_level"),
        *("officer", "provider", "team", "local_delivery_unit"),
    }
)


@dataclass(frozen=True, slots=True)
class Held:
    """An extract that is in use, and when its file was written."""

    index: Index
    retrieved_at: datetime


class Holder(Protocol):
    """Whoever has the newest good extract."""

    @property
    def held(self) -> Held | None:
        """Return it; None where there was none yet."""


class Extract:
    """Delius by the extract. It tells of nobody whether access is limited."""

    route = DeliusRoute.EXTRACT
    has_access_flags = False

    def __init__(self, holder: Holder) -> None:
        self._holder = holder
        self._none_yet = NoExtract(System.DELIUS, self.route).failure()

    async def probation_by_noms_number(
        self, numbers: Sequence[str], parts: frozenset[str], deadline: Deadline
    ) -> dict[str, ProbationAnswer]:
        """Return one answer for each number, all from the same file."""
        del deadline
        held = self._holder.held
        if held is None:
            return dict.fromkeys(numbers, self._none_yet)
        answers: dict[str, ProbationAnswer] = {}
        for place, number in enumerate(numbers, 1):
            answers[number] = _answer(held, held.index.by_noms_number(number), parts)
            if place % SLICE == 0:
                await asyncio.sleep(0)
        return answers

    async def probation_by_crn(self, crn: str, deadline: Deadline, *, user: User | None) -> ProbationAnswer:
        """Return the record of a CRN, whole; whoever asks is answered alike."""
        del deadline, user
        held = self._holder.held
        return self._none_yet if held is None else _answer(held, held.index.by_crn(crn), EVERY_PART)


def _answer(held: Held, found: bytes | NoRecord | None, parts: frozenset[str]) -> ProbationAnswer:
    if found is None:
        return UNREADABLE
    return found if isinstance(found, NoRecord) else read_row(found, parts, held.retrieved_at)
