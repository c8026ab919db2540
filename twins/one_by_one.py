"""What the services share that are asked for one person at a time: which record answers, and how."""

from collections.abc import Callable
from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, PlainTextResponse, Response
from starlette.types import Receive, Scope, Send

from twins.faults import gone_within
from twins.people import DeliusAnswer, InDelius, Person

SLOW_SECONDS = 30.0


def sole_record(person: Person, *, fail_on_duplicate: bool = False) -> InDelius | Response:
    """Return the one record, or the one with an active sentence among several, or a 409."""
    records = person.delius
    if len(records) == 1:
        return records[0]
    if fail_on_duplicate:
        # The misspelling is the service's own.
        return _conflict(
            f"Expect a single offender with noms number {person.noms_number} but foud {len(records)}"
        )
    sentenced = [record for record in records if record.active_sentence]
    if len(sentenced) == 1:
        return sentenced[0]
    found = len(sentenced) or len(records)
    return _conflict(
        f"Expecting only a single active offender but found {found} offenders "
        f"with noms number {person.noms_number}"
    )


async def answer_for(person: Person, body: Any, request: Request, *, slow_seconds: float) -> Response:
    """Answer for one person: with the body, or in the way that this person is named for."""
    if person.delius_answer is DeliusAnswer.SLOW:
        await gone_within(slow_seconds, request.receive)
    return _ANSWERS[person.delius_answer](msgspec.json.encode(body))


class _Cut(Response):
    """An answer that ends before the length it promised, which makes the server close the connection."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        del scope, receive
        await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
        half = bytes(self.body)[: len(self.body) // 2]
        await send({"type": "http.response.body", "body": half, "more_body": True})


def _conflict(message: str) -> Response:
    return JSONResponse({"status": 409, "developerMessage": message}, status_code=409)


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
