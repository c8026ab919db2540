"""The check of limited access: may this user see these records? (external-api-and-delius; contract b.7)."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from upstreams.client import Upstream
from upstreams.deadline import Deadline
from upstreams.errors import CheckRefused, Refused, UpstreamError
from upstreams.identifiers import normalised
from upstreams.reading import document, rows
from upstreams.records import Failure

MOST_CRNS = 1000


class _Answer(msgspec.Struct):
    access: msgspec.Raw


class _Access(msgspec.Struct, rename="camel"):
    crn: str
    user_excluded: Any = None
    user_restricted: Any = None


class AccessCheck:
    """Asks for many records at once. The messages that come back are free text of staff, and are not read."""

    def __init__(self, upstream: Upstream) -> None:
        self._upstream = upstream

    async def may_see(
        self, crns: Sequence[str], username: str | None, deadline: Deadline
    ) -> Mapping[str, bool | Failure]:
        """Tell for each CRN whether the user may see the record, or why that is not known.

        `username` is a Delius user's. Without one the answer is that of somebody on no list: it knows
        restrictions, and no exclusion. A CRN that the answer leaves out or is unclear about may not be seen.
        """
        if len(crns) <= MOST_CRNS:
            return await self._chunk(crns, username, deadline)
        chunks = [crns[start : start + MOST_CRNS] for start in range(0, len(crns), MOST_CRNS)]
        answers = await asyncio.gather(*(self._chunk(chunk, username, deadline) for chunk in chunks))
        return {crn: seen for chunk in answers for crn, seen in chunk.items()}

    async def _chunk(
        self, crns: Sequence[str], username: str | None, deadline: Deadline
    ) -> dict[str, bool | Failure]:
        try:
            open_to_user = await self._ask(crns, username, deadline)
        except UpstreamError as error:
            return dict.fromkeys(crns, error.failure())
        return {crn: crn in open_to_user for crn in crns}

    async def _ask(self, crns: Sequence[str], username: str | None, deadline: Deadline) -> set[str]:
        """Return the CRNs of which every row says that neither limit applies."""
        try:
            answer = await self._upstream.ask(
                "POST",
                "probation-cases/access",
                operation="limited-access",
                deadline=deadline,
                query=None if username is None else {"username": username},
                body={"crns": crns},
            )
        except Refused as error:
            raise CheckRefused(error.system, error.route) from error
        answered = self._upstream.read(answer, lambda body: rows(document(body, _Answer).access, _Access))
        seen: dict[str, bool] = {}
        for row in answered:
            if row is not None:
                crn = normalised(row.crn)
                neither = row.user_excluded is False and row.user_restricted is False
                seen[crn] = neither and seen.get(crn, True)
        return {crn for crn, may_see in seen.items() if may_see}
