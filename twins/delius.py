"""The twin of the Delius API as it stood behind NDH: plain HTTP, no token, and every answer that hurts."""

import json

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from twins.delius_bodies import offender_detail
from twins.faults import FaultyApp, gone_within
from twins.people import DeliusAnswer, Person
from twins.population import Population

SLOW_SECONDS = 30.0


class DeliusTwin:
    """The Delius API over one population, under `prefix`; `slow_seconds` is how long its slow person takes."""

    def __init__(self, population: Population, *, prefix: str = "/api") -> None:
        self.slow_seconds = SLOW_SECONDS
        self._people = population
        self._bodies: dict[str, Response] = {}
        routes = [
            Route(f"{prefix}/offenders/nomsNumber/{{noms_number}}/all", self._offender),
            Route(f"{prefix}/health", _health),
            Route("/{path:path}", _nothing, methods=["GET", "POST", "PUT", "DELETE", "PATCH"]),
        ]
        self.app = FaultyApp(Starlette(routes=routes), routes)
        self.faults = self.app.faults
        self.calls = self.app.calls

    async def _offender(self, request: Request) -> Response:
        number = request.path_params["noms_number"]
        person = self._people.get(number)
        if person is None or not person.delius:
            return Response(status_code=404)
        if person.delius_answer is DeliusAnswer.SLOW:
            await gone_within(self.slow_seconds, request.receive)
        if number not in self._bodies:
            self._bodies[number] = _answer(person)
        return self._bodies[number]


class _Cut(Response):
    """An answer that ends before the length it promised, which makes the server close the connection."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
        half = bytes(self.body)[: len(self.body) // 2]
        await send({"type": "http.response.body", "body": half, "more_body": True})


def _answer(person: Person) -> Response:
    records = person.delius
    if len(records) > 1:
        sentenced = [record for record in records if record.active_sentence]
        if len(sentenced) != 1:
            return _several(person.noms_number, len(sentenced) or len(records))
        records = tuple(sentenced)
    plain = JSONResponse(offender_detail(records[0]))
    text = bytes(plain.body)
    match person.delius_answer:
        case DeliusAnswer.SERVER_ERROR:
            body = {"status": 500, "developerMessage": "Constructed failure of Delius"}
            return JSONResponse(body, status_code=500)
        case DeliusAnswer.UNAVAILABLE:
            return Response("Service Unavailable", 503, {"Retry-After": "30"}, "text/plain")
        case DeliusAnswer.FORBIDDEN:
            return Response("Bad Token.", 403, media_type="text/plain")
        case DeliusAnswer.UNAUTHORISED:
            return Response("No token supplied.", 401, media_type="text/plain")
        case DeliusAnswer.NO_CONTENT:
            return Response(status_code=204)
        case DeliusAnswer.HTML_PAGE:
            return Response("<html><body><h1>Planned maintenance</h1></body></html>", media_type="text/html")
        case DeliusAnswer.WRONG_SHAPE:
            return JSONResponse([json.loads(text)])
        case DeliusAnswer.TRUNCATED:
            return Response(text[: len(text) // 2], media_type="application/json")
        case DeliusAnswer.CUT:
            return _Cut(text, media_type="application/json")
        case DeliusAnswer.PLAIN | DeliusAnswer.SLOW:
            return plain


def _several(noms_number: str, found: int) -> Response:
    message = f"Expecting only a single active offender but found {found} offenders with noms number {noms_number}"
    return JSONResponse({"status": 409, "developerMessage": message}, status_code=409)


async def _health(_: Request) -> Response:
    return JSONResponse({"status": "UP"})


async def _nothing(_: Request) -> Response:
    return Response(status_code=404)
