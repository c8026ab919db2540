"""The route `ndh`: the Delius API through the NOMIS Data Hub, by a mutual-TLS sidecar or our own mutual TLS.

No bearer token goes this way: the certificate is the identity (offender-management ADRs 0014 and 0018). Only
200, 404 and 409 are Delius's own answers; whatever else comes back may be the sidecar's or the hub's.
"""

from collections.abc import Callable, Sequence
from datetime import datetime
from functools import partial

from upstreams.client import Upstream
from upstreams.deadline import Deadline
from upstreams.delius.offender_detail import read_offender
from upstreams.errors import BadAnswer
from upstreams.one_by_one import one_by_one
from upstreams.records import DeliusRoute, NoRecord, ProbationAnswer, System

NOT_FOUND, CONFLICT = 404, 409


class Ndh:
    """Delius through NDH: one call a person, there is no bulk form."""

    route = DeliusRoute.NDH
    has_access_flags = True

    def __init__(self, upstream: Upstream, *, concurrency: int, now: Callable[[], datetime]) -> None:
        self._upstream = upstream
        self._concurrency = concurrency
        self._now = now
        self._unreadable = BadAnswer(System.DELIUS, self.route).failure()

    async def probation_by_noms_number(
        self, numbers: Sequence[str], deadline: Deadline
    ) -> dict[str, ProbationAnswer]:
        """Return one answer for each number."""
        ask = partial(self._probation, deadline)
        return await one_by_one(numbers, ask, concurrency=self._concurrency)

    async def _probation(self, deadline: Deadline, number: str) -> ProbationAnswer:
        answer = await self._upstream.ask(
            "GET",
            f"offenders/nomsNumber/{number}/all",
            operation="offender-by-noms-number",
            deadline=deadline,
        )
        if answer.status == NOT_FOUND:
            return NoRecord.NOT_FOUND
        if answer.status == CONFLICT:
            return NoRecord.AMBIGUOUS
        return self._upstream.read(answer, lambda body: read_offender(body, self._now(), self._unreadable))
