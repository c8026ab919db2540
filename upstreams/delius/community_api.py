"""The route `community-api`: the Community API under /secure, by OAuth (contract b.2)."""

from collections.abc import Callable, Sequence
from datetime import datetime
from functools import partial

from upstreams.client import FORBIDDEN, Upstream
from upstreams.deadline import Deadline
from upstreams.delius.access_limitation import says_that_access_is_limited
from upstreams.delius.offender_detail import read_offender
from upstreams.errors import BadAnswer
from upstreams.one_by_one import one_by_one
from upstreams.records import DeliusRoute, NoRecord, ProbationAnswer, System


class CommunityApi:
    """Delius by the Community API: one call a person.

    The look-up by NOMS number does not check limited access itself, but tells its two flags.
    """

    route = DeliusRoute.COMMUNITY_API
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
            f"secure/offenders/nomsNumber/{number}/all",
            operation="offender-by-noms-number",
            deadline=deadline,
            # By default the one record with an active sentence is answered, and the other not told.
            query={"failOnDuplicate": "true"},
            telling=(FORBIDDEN,),
        )
        match answer.status:
            case 404 | 204 if answer.may_be_the_service_s:
                return NoRecord.NOT_FOUND
            case 409:
                return NoRecord.AMBIGUOUS
            case 403 if says_that_access_is_limited(answer.body):
                return NoRecord.RESTRICTED
        return self._upstream.read(answer, lambda body: read_offender(body, self._now(), self._unreadable))
