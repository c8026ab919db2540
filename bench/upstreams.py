"""The twins' answers from a server that is fast enough not to be the limit: bytes, written once at the start.

Rows are written by the twins' own writers. It runs as a process of its own, and prints where everything is:
`python -m bench.upstreams --people 11000`.
"""

import argparse
import asyncio
import json
import sys
from collections import Counter
from collections.abc import Callable
from contextlib import AsyncExitStack
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import cast
from urllib.parse import parse_qs

import httptools
import msgspec
import uvloop
from starlette.responses import Response

from bench.full_rows import full_offender, full_prisoner
from bench.people import FULL, people
from twins.certificates import GATEWAY_IDENTITY, NDH_SERVER_NAME
from twins.delius_bodies import indexed_detail, offender_detail, offender_detail_of_2019
from twins.delius_users import NPS_USER
from twins.hmpps_auth import HmppsAuthTwin
from twins.limits_of_access import limitation
from twins.ndh import NdhSide
from twins.one_by_one import sole_record
from twins.people import Person
from twins.population import Population
from twins.prisoner_rows import Row, project, rows_of
from twins.serialising import non_empty, non_null
from twins.serving import LOOPBACK, serving
from twins.sidecar import Plan, running_sidecar
from twins.staging import GatewayCertificates

ROLES = ("ROLE_OFFENDER_GATEWAY__PRISON__RO", "ROLE_OFFENDER_GATEWAY__PROBATION__RO")
TOKEN_SECONDS = 4 * 3600

encode = msgspec.json.Encoder().encode
Answer = tuple[int, bytes]
Query = dict[str, list[str]]

NOBODY: Answer = 404, b""


class PrisonerSearch:
    """NOMIS's rows by number. Projected rows are written once for each list of columns that is asked for."""

    def __init__(self, population: Population) -> None:
        self.projects = True
        self._rows = {
            person.noms_number: [full_prisoner(row) for row in rows_of(person)] for person in population
        }
        self._written: dict[str, dict[str, bytes]] = {}
        self._pages: dict[tuple[str, str], bytes] = {}
        self._decode = msgspec.json.Decoder(dict[str, list[str]]).decode

    def by_numbers(self, query: Query, body: bytes) -> Answer:
        """Answer a list of people, in an order that is not the request's."""
        written = self._by_columns(query)
        found = [row for number in self._decode(body)["prisonerNumbers"] if (row := written.get(number))]
        return 200, b"[%b]" % b",".join(reversed(found))

    def by_prison(self, prison: str, query: Query) -> Answer:
        """Answer everybody in a prison as one page."""
        key = prison, self._columns(query)
        if key not in self._pages:
            written = self._by_columns(query)
            held = [number for number, rows in self._rows.items() if any(_is_of(row, prison) for row in rows)]
            content = b",".join(written[number] for number in reversed(held))
            page = b'"totalElements":%d,"totalPages":1,"number":0,"last":true' % len(held)
            self._pages[key] = b'{"content":[%b],%b}' % (content, page)
        return 200, self._pages[key]

    def _columns(self, query: Query) -> str:
        return query.get("responseFields", [""])[0] if self.projects else ""

    def _by_columns(self, query: Query) -> dict[str, bytes]:
        columns = self._columns(query)
        if columns not in self._written:
            names = frozenset(columns.split(",")) if columns else None
            self._written[columns] = {
                number: b",".join(encode(project(row, names)) for row in rows)
                for number, rows in self._rows.items()
                if rows
            }
        return self._written[columns]


def _is_of(row: Row, prison: str) -> bool:
    held = row.get("prisonId") == prison and not row["restrictedPatient"]
    return held or row.get("supportingPrisonId") == prison


class Delius:
    """Delius's records: by the search index, by the route of one person, and the check of limited access."""

    def __init__(self, population: Population) -> None:
        self._population = population
        self._indexed: dict[str, list[bytes]] = {}
        for person in population:
            for record in person.delius:
                if record.noms_number is not None and not record.soft_deleted:
                    rows = self._indexed.setdefault(record.noms_number, [])
                    rows.append(encode(full_offender(non_empty(indexed_detail(record)))))
        self._people = {person.noms_number: _one_person(person) for person in population if person.delius}
        self._limitations: dict[tuple[str, str], bytes] = {}
        self._numbers = msgspec.json.Decoder(list[str]).decode
        self._crns = msgspec.json.Decoder(dict[str, list[str]]).decode

    def search(self, _: Query, body: bytes) -> Answer:
        """Answer the records of a list of people: as many as numbers were sent, and no more."""
        numbers = self._numbers(body)
        indexed = self._indexed
        found = [row for number in dict.fromkeys(numbers) for row in indexed.get(number, ())]
        return 200, b"[%b]" % b",".join(found[::-1][: len(numbers)])

    def access(self, query: Query, body: bytes) -> Answer:
        """Answer what limits one user's access to each record."""
        user = query.get("username", [""])[0]
        rows = [self._limitation(crn, user) for crn in self._crns(body)["crns"]]
        return 200, b'{"access":[%b]}' % b",".join(rows)

    def one(self, number: str) -> Answer:
        """Answer one person, as the Delius API behind NDH does."""
        return self._people.get(number, NOBODY)

    def _limitation(self, crn: str, user: str) -> bytes:
        key = crn, user
        if key not in self._limitations:
            found = self._population.by_crn(crn)
            assert found is not None
            self._limitations[key] = encode(non_null({"crn": crn, **limitation(found[1], user).body()}))
        return self._limitations[key]


def _one_person(person: Person) -> Answer:
    record = sole_record(person)
    if isinstance(record, Response):
        return record.status_code, bytes(record.body)
    write = offender_detail_of_2019 if record.body_of_2019 else offender_detail
    return 200, encode(full_offender(non_empty(write(record))))


class Upstreams:
    """Every upstream behind one port, with what the benchmark itself asks: the calls, and the projection."""

    def __init__(self, population: Population, auth: HmppsAuthTwin) -> None:
        self._auth = auth
        self._nomis = PrisonerSearch(population)
        self._delius = Delius(population)
        self._calls: Counter[str] = Counter()
        self._lists: dict[str, tuple[str, Callable[[Query, bytes], Answer]]] = {
            "/prisoner-search/prisoner-numbers": ("NOMIS list", self._nomis.by_numbers),
            "/nomsNumbers": ("Delius list", self._delius.search),
            "/probation-cases/access": ("access check", self._delius.access),
            "/attribute-search": ("merged numbers", _no_merges),
        }

    def answer(self, target: str, token: str, body: bytes) -> Answer:
        """Answer one call."""
        path, _, query = target.partition("?")
        if path.startswith("/api/offenders/nomsNumber/"):
            self._calls["Delius person"] += 1
            return self._delius.one(path[26:].removesuffix("/all"))
        if path.startswith("/bench/"):
            return 200, self._control(path)
        if self._auth.verify(token) is None:
            return 401, b""
        asked = parse_qs(query)
        if found := self._lists.get(path):
            self._calls[found[0]] += 1
            return found[1](asked, body)
        if path.startswith("/prisoner-search/prison/"):
            self._calls["NOMIS prison"] += 1
            return self._nomis.by_prison(path[24:], asked)
        return NOBODY

    def _control(self, path: str) -> bytes:
        """Switch the projection, or tell the calls since the last time that they were asked for."""
        match path:
            case "/bench/projection/on":
                self._nomis.projects = True
            case "/bench/projection/off":
                self._nomis.projects = False
        calls = encode(dict(self._calls))
        self._calls.clear()
        return calls


def _no_merges(_query: Query, _body: bytes) -> Answer:
    return 200, b'{"content":[],"totalElements":0,"totalPages":0,"number":0,"last":true}'


class Wire(asyncio.Protocol):
    """A connection: HTTP/1.1, kept alive, one call after the other."""

    def __init__(self, upstreams: Upstreams) -> None:
        self._upstreams = upstreams
        self._parser = httptools.HttpRequestParser(self)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the way back."""
        self._transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        """Take a piece in."""
        self._parser.feed_data(data)

    def on_message_begin(self) -> None:
        """Begin a call."""
        self._target, self._token = b"", ""
        self._body: list[bytes] = []

    def on_url(self, url: bytes) -> None:
        """Take a piece of the target."""
        self._target += url

    def on_header(self, name: bytes, value: bytes) -> None:
        """Take a header: only the token is looked at."""
        if name.lower() == b"authorization":
            self._token = value.partition(b" ")[2].decode()

    def on_body(self, body: bytes) -> None:
        """Take a piece of the body."""
        self._body.append(body)

    def on_message_complete(self) -> None:
        """Answer."""
        status, body = self._upstreams.answer(self._target.decode(), self._token, b"".join(self._body))
        head = b"HTTP/1.1 %d \r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n"
        self._transport.write(head % (status, len(body)) + body)


async def serve(size: int, full: int, *, ndh: bool) -> None:
    """Serve until standard input ends."""
    auth = HmppsAuthTwin()
    auth.expires_in = TOKEN_SECONDS
    upstreams = Upstreams(people(size, full=full), auth)
    async with AsyncExitStack() as stack:
        auth.base_url = await stack.enter_async_context(serving(auth.app))
        loop = asyncio.get_running_loop()
        server = await loop.create_server(lambda: Wire(upstreams), LOOPBACK, 0, backlog=512)
        port = server.sockets[0].getsockname()[1]
        url = f"http://{LOOPBACK}:{port}"
        told = {
            "url": url,
            "token": auth.caller_token(
                roles=ROLES, username=NPS_USER, auth_source="delius", expires_in=TOKEN_SECONDS
            ),
            "environment": {
                "HMPPS_AUTH_URL": auth.url,
                "HMPPS_AUTH_CLIENT_ID": auth.client_id,
                "HMPPS_AUTH_CLIENT_SECRET": auth.client_secret,
                "PRISONER_SEARCH_URL": url,
                "PROBATION_SEARCH_URL": url,
                "PROBATION_ACCESS_URL": url,
                "DELIUS_NDH_URL": f"{await _sidecar(stack, port)}/api" if ndh else f"{url}/api",
            },
        }
        print(json.dumps(told), flush=True)
        await loop.run_in_executor(None, sys.stdin.read)


async def _sidecar(stack: AsyncExitStack, port: int) -> str:
    """Run the far end of the mutual TLS and the sidecar before it, and return the sidecar's URL."""
    folder = stack.enter_context(TemporaryDirectory(prefix="offender-gateway-bench-"))
    certificates = GatewayCertificates(Path(folder) / "certificates")
    ndh = NdhSide(
        (LOOPBACK, port),
        server=certificates.ndh_server(),
        client_ca_pem=certificates.client_authority.pem,
        client_name=GATEWAY_IDENTITY,
    )
    await ndh.start()
    stack.push_async_callback(ndh.stop)
    plan = Plan(certificates.folder, LOOPBACK, ndh.port, NDH_SERVER_NAME)
    return (await stack.enter_async_context(running_sidecar(plan))).url


def main() -> None:
    """Serve as the arguments say."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, default=11_000)
    parser.add_argument("--full", type=int, default=FULL, help="people in the prison that W4 asks for")
    parser.add_argument("--ndh", action="store_true", help="mutual TLS and its sidecar before Delius's API")
    arguments = parser.parse_args()
    uvloop.run(serve(arguments.people, arguments.full, ndh=arguments.ndh))


if __name__ == "__main__":
    main()
