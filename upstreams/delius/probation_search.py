"""The route `probation-search`: Probation Offender Search, an index of Delius, by OAuth (contract b.5).

It answers at most as many rows as numbers were sent, so that the second record of one person pushes another
person out, or is itself not seen. Each list is therefore sent with room to spare, made by repeating numbers.
"""

from collections.abc import Callable, Sequence
from datetime import datetime
from functools import lru_cache, partial
from itertools import cycle, islice
from typing import Any

from upstreams.bulk import Found, LookUp, by_number
from upstreams.client import Upstream
from upstreams.deadline import Deadline
from upstreams.delius.by_crn import Identified, identified
from upstreams.delius.mappa import level_of_object
from upstreams.delius.offender_detail import OffenderDetail, Selected, number_of, selected
from upstreams.errors import BadAnswer
from upstreams.reading import REMEMBERED_SELECTIONS, Unreadable, flag, or_failure, rows
from upstreams.records import (
    WITHOUT_RECORD,
    DeliusRoute,
    NoRecord,
    ProbationAnswer,
    ProbationRecord,
    System,
    User,
    with_parts,
)

MOST_SENT = 1024
"""The service's own limit of one list, in entries."""
ROOM = 24
"""Entries that are sent beyond the numbers asked for."""
NO_CONTENT = 204


class ProbationSearch:
    """Delius by Probation Offender Search: a call for up to 1,000 people. It shows limited records to all."""

    route = DeliusRoute.PROBATION_SEARCH
    has_access_flags = True

    def __init__(self, upstream: Upstream, *, now: Callable[[], datetime]) -> None:
        self._upstream = upstream
        self._now = now
        self._unreadable = BadAnswer(System.DELIUS, self.route).failure()
        self._look_up = lru_cache(REMEMBERED_SELECTIONS)(self._new_look_up)

    async def probation_by_noms_number(
        self, numbers: Sequence[str], parts: frozenset[str], deadline: Deadline
    ) -> dict[str, ProbationAnswer]:
        """Return one answer for each number."""
        return await self._look_up(parts).answers_by_number(numbers, deadline)

    async def probation_by_crn(self, crn: str, deadline: Deadline, *, user: User | None) -> ProbationAnswer:
        """Return whose record this CRN is today, or was before. Raises an `UpstreamError`."""
        del user
        sent = [crn] * (1 + ROOM)
        answer = await self._upstream.ask("POST", "crns", operation="crns", deadline=deadline, body=sent)
        if answer.status == NO_CONTENT:
            return NoRecord.NOT_FOUND
        return self._upstream.read(answer, partial(_one_of, crn, len(sent), self._now()))

    def _new_look_up(self, parts: frozenset[str]) -> LookUp[Any, ProbationAnswer]:
        chosen = selected(parts, self._unreadable)
        return LookUp(
            partial(self._ask, chosen),
            partial(self._answers, chosen, "mappa_level" in parts),
            at_most=MOST_SENT - ROOM,
            doubt=self._unreadable,
            now=self._now,
        )

    async def _ask(self, chosen: Selected, numbers: Sequence[str], deadline: Deadline) -> Found[Any]:
        sent = list(islice(cycle(numbers), len(numbers) + ROOM))
        answer = await self._upstream.ask(
            "POST", "nomsNumbers", operation="noms-numbers", deadline=deadline, body=sent
        )
        if answer.status == NO_CONTENT:
            return Found({})
        answered = self._upstream.read(answer, lambda body: rows(body, *chosen.models))
        # A soft-deleted record is not there: neither is it a second one, nor does it name anybody.
        live = [row for row in answered if row is None or row.soft_deleted is not True]
        return by_number(live, number_of, may_be_cut=len(answered) >= len(sent))

    def _answers(
        self,
        chosen: Selected,
        tells_mappa: bool,
        numbers: Sequence[str],
        found: Found[Any],
        now: datetime,
    ) -> dict[str, ProbationAnswer]:
        answers: dict[str, Any] = {number: found.one.get(number) for number in numbers}
        if not chosen.typed.complete(answers, now):
            for number, row in answers.items():
                if row.__class__ is not chosen.typed.model:
                    answers[number] = self._answer(chosen, number, found.rows_of(number), now)
        if tells_mappa:
            for number, record in answers.items():
                if record.__class__ not in WITHOUT_RECORD:
                    answers[number] = self._with_mappa(record, found.one[number])
        return answers

    def _answer(
        self, chosen: Selected, number: str, rows_of_one: Sequence[Any], now: datetime
    ) -> ProbationAnswer:
        try:
            # Each is read, however many: one that may not be live is no second record, but a doubt.
            records = [chosen.record(row, number, now) for row in rows_of_one]
        except Unreadable:
            return self._unreadable
        if not records:
            return NoRecord.NOT_FOUND
        if len(records) > 1:
            return NoRecord.AMBIGUOUS
        return records[0]

    def _with_mappa(self, record: ProbationRecord, row: OffenderDetail) -> ProbationRecord:
        level = or_failure(level_of_object, row.mappa, self._unreadable)
        return with_parts(record, mappa_level=level)


def _one_of(crn: str, sent: int, now: datetime, body: bytes) -> ProbationAnswer:
    """Return the one live record that has this CRN, or had it. Raises `Unreadable`.

    Of several, none is picked: not the one that has it today before the one that had it either.
    """
    answered = rows(body, Identified)
    live = [row for row in answered if row is None or flag(row.soft_deleted) is not True]
    if None in live or len(answered) >= sent:
        raise Unreadable
    named = [row for row in live if row is not None and row.is_of(crn, or_was=True)]
    if len(named) > 1:
        return NoRecord.AMBIGUOUS
    return identified(named[0], now) if named else NoRecord.NOT_FOUND
