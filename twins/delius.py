"""The twin of the Delius API as it stood behind NDH: plain HTTP, no token, and every answer that hurts."""

from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from twins.delius_bodies import offender_detail, offender_detail_of_2019
from twins.faults import FaultyApp
from twins.health import ping
from twins.one_by_one import SLOW_SECONDS, answer_for, sole_record
from twins.people import InDelius, Person
from twins.population import Population
from twins.registration_bodies import registrations
from twins.serialising import non_empty


class DeliusTwin:
    """The Delius API over one population, under `prefix`; its slow person takes `slow_seconds`."""

    def __init__(self, population: Population, *, prefix: str = "/api") -> None:
        self.slow_seconds = SLOW_SECONDS
        self._people = population
        self._bodies: dict[str, Any] = {}
        offenders = f"{prefix}/offenders"
        routes = [
            Route(f"{offenders}/nomsNumber/{{noms_number}}/all", self._offender),
            Route(f"{offenders}/nomsNumber/{{noms_number}}/registrations", self._registrations),
            Route(f"{offenders}/crn/{{crn}}/all", self._offender_by_crn),
            Route(f"{offenders}/crn/{{crn}}/registrations", self._registrations_by_crn),
            Route(f"{prefix}/health", ping),
            Route("/{path:path}", _nothing, methods=["GET", "POST", "PUT", "DELETE", "PATCH"]),
        ]
        self.app = FaultyApp(Starlette(routes=routes), routes)
        self.faults = self.app.faults
        self.calls = self.app.calls

    async def _offender(self, request: Request) -> Response:
        found = self._found(request)
        return found if isinstance(found, Response) else await self._detail(*found, request)

    async def _offender_by_crn(self, request: Request) -> Response:
        found = self._people.by_crn(request.path_params["crn"])
        return await _nothing(request) if found is None else await self._detail(*found, request)

    async def _detail(self, person: Person, record: InDelius, request: Request) -> Response:
        if record.crn not in self._bodies:
            write = offender_detail_of_2019 if record.body_of_2019 else offender_detail
            self._bodies[record.crn] = non_empty(write(record))
        return await self._answer(person, self._bodies[record.crn], request)

    async def _registrations(self, request: Request) -> Response:
        found = self._found(request)
        return found if isinstance(found, Response) else await self._registered(*found, request)

    async def _registrations_by_crn(self, request: Request) -> Response:
        found = self._people.by_crn(request.path_params["crn"])
        return await _nothing(request) if found is None else await self._registered(*found, request)

    def _found(self, request: Request) -> tuple[Person, InDelius] | Response:
        person = self._people.get(request.path_params["noms_number"])
        if person is None or not person.delius:
            return Response(status_code=404)
        record = sole_record(person)
        return record if isinstance(record, Response) else (person, record)

    async def _registered(self, person: Person, record: InDelius, request: Request) -> Response:
        active_only = request.query_params.get("activeOnly") == "true"
        return await self._answer(person, non_empty(registrations(record, active_only=active_only)), request)

    async def _answer(self, person: Person, body: Any, request: Request) -> Response:
        return await answer_for(person, body, request, slow_seconds=self.slow_seconds)


async def _nothing(_: Request) -> Response:
    return Response(status_code=404)
