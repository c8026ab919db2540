"""The twin of the Delius API as it stood behind NDH: plain HTTP, no token, and every answer that hurts."""

from collections.abc import Callable

import msgspec
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, PlainTextResponse, Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from twins.delius_bodies import offender_detail
from twins.faults import FaultyApp, gone_within
from twins.people import DeliusAnswer, Person
from twins.population import Population

SLOW_SECONDS = 30.0


class DeliusTwin:
    """The Delius API over one population, under `prefix`; its slow person takes `slow_seconds`."""

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
        del scope, receive
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
    text = msgspec.json.encode(offender_detail(records[0]))
    return _ANSWERS[person.delius_answer](text)


def _json(text: bytes) -> Response:
    return Response(text, media_type="application/json")


# What each person's answer makes of the record's own text.
_ANSWERS: dict[DeliusAnswer, Callable[[bytes], Response]] = {
    DeliusAnswer.PLAIN: _json,
    DeliusAnswer.SLOW: _json,
    DeliusAnswer.SERVER_ERROR: lambda _: JSONResponse(
        {"status": 500, "developerMessage": "Constructed failure"}, 500
    ),
    DeliusAnswer.UNAVAILABLE: lambda _: PlainTextResponse("Service Unavailable", 503, {"Retry-After": "30"}),
    DeliusAnswer.FORBIDDEN: lambda _: PlainTextResponse("Bad Token.", 403),
    DeliusAnswer.UNAUTHORISED: lambda _: PlainTextResponse("No token supplied.", 401),
    DeliusAnswer.NO_CONTENT: lambda _: Response(status_code=204),
    DeliusAnswer.HTML_PAGE: lambda _: HTMLResponse("<html><body><h1>Planned maintenance</h1></body></html>"),
    DeliusAnswer.WRONG_SHAPE: lambda text: _json(b"[" + text + b"]"),
    DeliusAnswer.TRUNCATED: lambda text: _json(text[: len(text) // 2]),
    DeliusAnswer.CUT: lambda text: _Cut(text, media_type="application/json"),
}


def _several(noms_number: str, found: int) -> Response:
    message = (
        f"Expecting only a single active offender but found {found} offenders with noms number {noms_number}"
    )
    return JSONResponse({"status": 409, "developerMessage": message}, status_code=409)


async def _health(_: Request) -> Response:
    return JSONResponse({"status": "UP"})


async def _nothing(_: Request) -> Response:
    return Response(status_code=404)
