"""Remembers the calls that a twin received: what a test asserts of the wire, without any token."""

from collections import Counter, deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

import msgspec
from starlette.datastructures import Headers
from starlette.types import Scope

REMEMBERED = 20_000
SHOWN = 50
KEPT_HEADERS = (
    "accept",
    "accept-encoding",
    "content-type",
    "host",
    "page-limit",
    "page-offset",
    "traceparent",
    "user-agent",
    "x-correlation-id",
    "x-forwarded-for",
)


@dataclass(frozen=True, slots=True)
class Call:
    """One call; `status` is 0 while it is unanswered, and `ids` are the people it asks for.

    Calls over one connection have one `client_port`.
    """

    method: str
    path: str
    template: str
    query: str
    body: Any
    ids: int
    has_authorization: bool
    headers: dict[str, str] = field(default_factory=dict)
    client_port: int = 0
    status: int = 0


@dataclass(slots=True)
class _Noted:
    status: int = 0


class Calls:
    """The calls of one twin, oldest first; counts go on when the oldest are forgotten."""

    def __init__(self) -> None:
        self._calls: deque[Call] = deque(maxlen=REMEMBERED)
        self._counts: Counter[str] = Counter()
        self._in_flight = 0
        self.most_in_flight = 0

    def __iter__(self) -> Iterator[Call]:
        return iter(list(self._calls))

    def __len__(self) -> int:
        return len(self._calls)

    def __getitem__(self, place: int) -> Call:
        return self._calls[place]

    @property
    def in_flight(self) -> int:
        """How many calls are being answered now."""
        return self._in_flight

    def count(self, path_prefix: str = "") -> int:
        """Return how many remembered calls went to paths that begin so."""
        return sum(call.path.startswith(path_prefix) for call in self._calls)

    def clear(self) -> None:
        """Forget all calls, and how many ran side by side."""
        self._calls.clear()
        self._counts.clear()
        self.most_in_flight = self._in_flight

    def summary(self) -> dict[str, Any]:
        """Return counts by template and the last calls, without numbers of people."""
        last = list(self._calls)[-SHOWN:]
        return {
            "counts": dict(self._counts),
            "mostInFlight": self.most_in_flight,
            "last": [
                {
                    "method": call.method,
                    "path": call.template,
                    "status": call.status,
                    "ids": call.ids,
                    "hadAuthorization": call.has_authorization,
                }
                for call in last
            ],
        }

    @contextmanager
    def recording(self, scope: Scope, template: str, body: bytes) -> Iterator[_Noted]:
        """Remember a call while it is answered; the status is put in at the end."""
        call = _call(scope, template, body)
        self._calls.append(call)
        self._counts[f"{call.method} {template}"] += 1
        self._in_flight += 1
        self.most_in_flight = max(self.most_in_flight, self._in_flight)
        noted = _Noted()
        try:
            yield noted
        finally:
            self._in_flight -= 1
            self._settle(call, noted.status)

    def _settle(self, call: Call, status: int) -> None:
        for place in range(len(self._calls) - 1, -1, -1):
            if self._calls[place] is call:
                self._calls[place] = replace(call, status=status)
                return


def _call(scope: Scope, template: str, body: bytes) -> Call:
    headers = Headers(scope=scope)
    parsed = _parsed(body)
    return Call(
        method=scope["method"],
        path=scope["path"],
        template=template,
        query=scope["query_string"].decode("latin-1"),
        body=parsed,
        ids=_ids(parsed, template),
        has_authorization="authorization" in headers,
        headers={name: headers[name] for name in KEPT_HEADERS if name in headers},
        client_port=(scope["client"] or ("", 0))[1],
    )


def _parsed(body: bytes) -> Any:
    try:
        return msgspec.json.decode(body)
    except msgspec.DecodeError:
        return None


def _ids(body: Any, template: str) -> int:
    if isinstance(body, dict):
        return max((_distinct(value) for value in body.values() if isinstance(value, list)), default=0)
    if isinstance(body, list):
        return _distinct(body)
    return int("{" in template)


def _distinct(listed: list[Any]) -> int:
    return len({str(one) for one in listed})
