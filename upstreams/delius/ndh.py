"""The route `ndh`: the Delius API through the NOMIS Data Hub, by a mutual-TLS sidecar or our own mutual TLS.

No bearer token goes this way: the certificate is the identity (offender-management ADRs 0014 and 0018). Only
200, 404 and 409 are Delius's own answers; whatever else comes back may be the sidecar's or the hub's.
"""

import asyncio
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime

from upstreams.client import OK, Upstream
from upstreams.deadline import Deadline
from upstreams.delius.offender_detail import OffenderDetail, probation_record
from upstreams.errors import BadAnswer, Refused, UpstreamError
from upstreams.reading import Unreadable, document
from upstreams.records import DeliusRoute, NoRecord, ProbationAnswer, System

NOT_FOUND, CONFLICT = 404, 409


class Ndh:
    """Delius through NDH: one call a person, there is no bulk form."""

    route = DeliusRoute.NDH

    def __init__(self, upstream: Upstream, *, concurrency: int, now: Callable[[], datetime]) -> None:
        self._upstream = upstream
        self._concurrency = concurrency
        self._now = now
        self._unreadable = BadAnswer(System.DELIUS, self.route).failure()

    async def probation_by_noms_number(
        self, numbers: Sequence[str], deadline: Deadline
    ) -> dict[str, ProbationAnswer]:
        """Return one answer for each number.

        As many walkers as calls may be in flight share the list, so that a long one leaves turns to other
        requests.
        """
        answers: dict[str, ProbationAnswer] = {}
        waiting = iter(numbers)
        async with asyncio.TaskGroup() as walkers:
            for _ in range(min(self._concurrency, len(numbers))):
                walkers.create_task(self._walk(waiting, answers, deadline))
        return answers

    async def _walk(
        self, waiting: Iterator[str], answers: dict[str, ProbationAnswer], deadline: Deadline
    ) -> None:
        for number in waiting:
            try:
                answers[number] = await self._probation(number, deadline)
            except UpstreamError as error:
                answers[number] = error.failure()

    async def _probation(self, number: str, deadline: Deadline) -> ProbationAnswer:
        try:
            answer = await self._upstream.ask(
                "GET",
                f"offenders/nomsNumber/{number}/all",
                operation="offender-by-noms-number",
                deadline=deadline,
            )
        except Refused as error:
            # Nobody refuses the gateway by status here: Delius asks for no role, NDH refuses by certificate.
            raise BadAnswer(System.DELIUS, self.route) from error
        if answer.status == NOT_FOUND:
            return NoRecord.NOT_FOUND
        if answer.status == CONFLICT:
            return NoRecord.AMBIGUOUS
        try:
            if answer.status != OK:
                raise Unreadable
            detail = document(answer.body, OffenderDetail)
            return probation_record(detail, self._now(), self._unreadable)
        except Unreadable as error:
            raise BadAnswer(System.DELIUS, self.route) from error
