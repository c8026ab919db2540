"""The route `probation-search`: Probation Offender Search, an index of Delius, by OAuth (contract b.5).

It answers at most as many rows as numbers were sent, so that the second record of one person pushes another
person out, or is itself not seen. Each list is therefore sent with room to spare, made by repeating numbers.
"""

from collections.abc import Callable, Sequence
from datetime import datetime
from functools import partial
from itertools import cycle, islice

from msgspec.structs import replace

from upstreams.bulk import Found, LookUp, by_number
from upstreams.client import Upstream
from upstreams.deadline import Deadline
from upstreams.delius.mappa import level_of_object
from upstreams.delius.offender_detail import OffenderDetail, probation_record
from upstreams.errors import BadAnswer
from upstreams.identifiers import read_noms_number
from upstreams.reading import Unreadable, or_failure, rows
from upstreams.records import DeliusRoute, Failure, NoRecord, ProbationAnswer, ProbationRecord, System

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

    async def probation_by_noms_number(
        self, numbers: Sequence[str], deadline: Deadline
    ) -> dict[str, ProbationAnswer]:
        """Return one answer for each number."""
        look_up = LookUp(partial(self._ask, deadline), at_most=MOST_SENT - ROOM, doubt=self._unreadable)
        found = await look_up.rows_by_number(numbers)
        now = self._now()
        return {one: self._answer(rows_of_one, now) for one, rows_of_one in found.items()}

    async def _ask(self, deadline: Deadline, numbers: Sequence[str]) -> Found[OffenderDetail]:
        sent = list(islice(cycle(numbers), len(numbers) + ROOM))
        answer = await self._upstream.ask(
            "POST", "nomsNumbers", operation="noms-numbers", deadline=deadline, body=sent
        )
        if answer.status == NO_CONTENT:
            return Found({})
        answered = self._upstream.read(answer, lambda body: rows(body, OffenderDetail))
        # A soft-deleted record is not there: neither is it a second one, nor does it name anybody.
        live = [row for row in answered if row is None or row.soft_deleted is not True]
        return by_number(live, _number_of, may_be_cut=len(answered) >= len(sent))

    def _answer(self, found: Sequence[OffenderDetail] | Failure, now: datetime) -> ProbationAnswer:
        if isinstance(found, Failure):
            return found
        try:
            records = [self._record(row, now) for row in found]
        except Unreadable:
            return self._unreadable
        if len(records) > 1:
            return NoRecord.AMBIGUOUS
        return records[0] if records else NoRecord.NOT_FOUND

    def _record(self, row: OffenderDetail, now: datetime) -> ProbationRecord | NoRecord:
        record = probation_record(row, now, self._unreadable)
        if isinstance(record, NoRecord):
            return record
        return replace(record, mappa_level=or_failure(level_of_object, row.mappa, self._unreadable))


def _number_of(row: OffenderDetail) -> str | None:
    return read_noms_number(row.other_ids.noms_number)
