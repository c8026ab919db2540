"""Prisons by name, from the Prison API (`GET /api/agencies/{agencyId}`; contract a.1)."""

from functools import partial
from typing import Any

import msgspec

from upstreams.client import Upstream
from upstreams.deadline import Deadline
from upstreams.identifiers import PRISON_ID
from upstreams.reading import Unreadable, document, flag, text
from upstreams.records import Agency, NomisRoute

NOT_FOUND = 404
PRISON = "INST"


class _AgencyBody(msgspec.Struct, rename="camel"):
    agency_id: Any = None
    description: Any = None
    agency_type: Any = None
    active: Any = None


class Agencies:
    """The Prison API's agencies."""

    route = NomisRoute.PRISON_API

    def __init__(self, upstream: Upstream) -> None:
        self._upstream = upstream

    async def prison(self, prison_id: str, deadline: Deadline) -> Agency | None:
        """Return the prison of this id, closed ones too, or None where NOMIS has none.

        Raises an `UpstreamError`.
        """
        if not PRISON_ID.fullmatch(prison_id):
            # Also what a record of NOMIS names as a prison is no part of a path before it is checked.
            return None
        answer = await self._upstream.ask(
            "GET",
            f"api/agencies/{prison_id}",
            operation="agency",
            deadline=deadline,
            # By default a closed prison is a 404.
            query={"activeOnly": "false"},
        )
        if answer.status == NOT_FOUND and answer.may_be_the_service_s:
            return None
        return self._upstream.read(answer, partial(_prison, prison_id))


def _prison(prison_id: str, written: bytes) -> Agency | None:
    """Read an agency; courts and hospitals are agencies too, and no prisons."""
    body = document(written, _AgencyBody)
    if text(body.agency_id) != prison_id:
        raise Unreadable
    return Agency(text(body.description), flag(body.active)) if body.agency_type == PRISON else None
