"""The upstreams of a scenario, in place of the network: the routes that ask and read are the real ones."""

import asyncio
import json
import re
import zlib
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from io import BytesIO
from operator import attrgetter
from typing import Any

from resolvers.loaders import Delius, Further, Routes
from tests.execution.people import Row
from tests.execution.scenarios import Fault, Kind, Scenario
from twins.extract import HEADERS
from twins.prisoner_rows import project
from upstreams.client import OK, Answer, Upstream
from upstreams.delius.access_check import AccessCheck
from upstreams.delius.case_records import CASE_RECORDS
from upstreams.delius.community_api import COMMUNITY_API
from upstreams.delius.extract.index import Index
from upstreams.delius.extract.reading import index_of
from upstreams.delius.extract.route import Extract, Held
from upstreams.delius.further_parts import FurtherParts
from upstreams.delius.ndh import NDH
from upstreams.delius.person_by_person import PersonByPerson
from upstreams.delius.probation_search import ProbationSearch
from upstreams.delius.risk import RISK_CALL, NoRiskAssessment
from upstreams.errors import BadAnswer, OutOfTime, Refused, TimedOut, Unreachable
from upstreams.http1 import Headers
from upstreams.nomis.agencies import Agencies
from upstreams.nomis.merged_numbers import MergedNumbers
from upstreams.nomis.prison_api import PrisonApi
from upstreams.nomis.prisoner_search import PrisonerSearch
from upstreams.records import DeliusRoute, NomisRoute, Route, System

NOW = datetime(2026, 1, 1, 12, tzinfo=UTC)
CONCURRENCY = 3
PERSON_BY_PERSON = {words.route: words for words in (NDH, COMMUNITY_API, CASE_RECORDS)}
CALLS = {
    Kind.PRISONER_NUMBERS: r"prisoner-search/prisoner-numbers",
    Kind.PRISON: r"prisoner-search/prison/(.*)",
    Kind.OFFENDER: r"api/offenders/(.*)",
    Kind.PRISONERS: r"api/prisoners",
    Kind.SENTENCES: r"api/offender-sentences",
    Kind.CATEGORIES: r"api/offender-assessments/CATEGORY",
    Kind.INMATES: r"api/locations/description/(.*)/inmates",
    Kind.AGENCY: r"api/agencies/(.*)",
    Kind.BY_NOMS_NUMBER: r"(?:secure/)?offenders/nomsNumber/(.*)/all",
    Kind.NOMS_NUMBERS: r"nomsNumbers",
    Kind.CASE_RECORD: r"case-records/(.*)",
    Kind.REGISTRATIONS: r"(?:secure/)?offenders/crn/(.*)/registrations",
    Kind.RESOURCING: r"secure/offenders/crn/(.*)/risk/resourcing/latest",
    Kind.MANAGERS: r"secure/offenders/crn/(.*)/allOffenderManagers",
    Kind.ACCESS: r"probation-cases/access",
    Kind.RISK: r"risks/crn/(.*)/156",
    Kind.ATTRIBUTE_SEARCH: r"attribute-search",
    Kind.BY_CRN: r"(?:secure/)?offenders/crn/(.*)/all",
    Kind.CRNS: r"crns",
    Kind.CASE_RECORD_BY_CRN: r"case-records/(.*)",
}
RAISED = {Fault.UNREACHABLE: Unreachable, Fault.TIMED_OUT: TimedOut, Fault.OUT_OF_TIME: OutOfTime}
JSON = Headers({b"content-type": b"application/json"})
HTML = Headers({b"content-type": b"text/html"})


def with_total(people: int) -> Headers:
    """Return the headers of a list of which there are so many."""
    return Headers({b"content-type": b"application/json", b"total-records": b"%d" % people})


SAID: dict[Fault, Answer] = {
    Fault.UNAUTHORISED: Answer(401, b"{}", JSON),
    Fault.FORBIDDEN: Answer(403, b"{}", JSON),
    Fault.LIMITED: Answer(403, b'{"userRestricted": true}', JSON),
    Fault.NOT_FOUND: Answer(404, b"{}", JSON),
    Fault.NOT_FOUND_PAGE: Answer(404, b"<p>", HTML),
    Fault.NO_CONTENT: Answer(204, b"", Headers({})),
    Fault.SEVERAL: Answer(409, b'{"message": "Query did not return a unique result: 2"}', JSON),
    Fault.CONFLICT: Answer(409, b'{"message": "Deadlock"}', JSON),
    Fault.SERVER_ERROR: Answer(500, b"{}", JSON),
    Fault.PAGE: Answer(200, b"<p>", HTML),
    Fault.TRUNCATED: Answer(200, b'[{"offenderNo":', JSON),
    Fault.WRONG_SHAPE: Answer(200, b'"words"', JSON),
    Fault.EMPTY_OBJECT: Answer(200, b"{}", JSON),
    Fault.EMPTY_LIST: Answer(200, b"[]", with_total(0)),
    Fault.ODD_ROWS: Answer(200, b'[1, null, "x", {}, []]', with_total(5)),
}
IN_BULK = {
    Kind.PRISONERS: "bulk_rows",
    Kind.SENTENCES: "sentence_rows",
    Kind.CATEGORIES: "category_rows",
}
NOBODY = Answer(404, b"{}", JSON)


class ScenarioUpstream(Upstream):
    """One service of a scenario; `calls` counts what both sides are compared by."""

    def __init__(self, scenario: Scenario, route: Route, calls: Counter[str], *, by_token: bool) -> None:
        self.system = System.NOMIS if isinstance(route, NomisRoute) else System.DELIUS
        self.route = route
        # Whether tokens go this way is all that the reading of an answer asks.
        self._tokens = self if by_token else None
        self._scenario = scenario
        self._calls = calls

    async def ask(self, method: str, path: str, *, operation: str, telling: Any = (), **asked: Any) -> Answer:
        """Answer as the scenario says, in an order of its own."""
        del method
        kind = Kind(operation)
        found = re.fullmatch(CALLS[kind], path)
        assert found is not None, path
        about = found.group(1) if found.groups() else None
        self._calls[kind.value] += 1
        for _ in range(zlib.crc32(f"{self._scenario.salt}{path}".encode()) % 4):
            await asyncio.sleep(0)
        fault = self._scenario.faults.get((kind, about)) or self._scenario.faults.get((kind, None))
        if fault is not None:
            self._calls[f"fault {fault.name}"] += 1
        if fault in RAISED:
            raise RAISED[fault](self.system, self.route)
        answer = SAID.get(fault) or self._answer(kind, about, fault, asked)
        if self._refuses(answer) and answer.status not in telling:
            raise Refused(self.system, self.route)
        if answer.status == OK and answer.headers is HTML:
            raise BadAnswer(self.system, self.route)
        return answer if answer.status in (OK, *telling) else Answer(answer.status, b"", answer.headers)

    def _answer(self, kind: Kind, about: str | None, fault: Fault | None, asked: dict[str, Any]) -> Answer:
        people, body = self._scenario.people, asked.get("body")
        match kind:
            case Kind.PRISONER_NUMBERS | Kind.PRISON | Kind.ATTRIBUTE_SEARCH:
                names = frozenset(asked["query"]["responseFields"].split(","))
                return self._search(kind, about, fault, names, body)
            case Kind.OFFENDER:
                return _one(people[about].whole if about in people else None)
            case Kind.PRISONERS | Kind.SENTENCES | Kind.CATEGORIES:
                numbers = body["offenderNos"] if kind is Kind.PRISONERS else body
                return self._list(fault, self._rows(numbers, attrgetter(IN_BULK[kind])))
            case Kind.INMATES:
                rows = self._rows(people, lambda one: one.booking_rows)
                return self._list(fault, [row for row in rows if row.get("agencyId") == about])
            case Kind.AGENCY:
                return _one(self._scenario.agencies.get(about or ""))
            case Kind.NOMS_NUMBERS:
                rows = self._rows(dict.fromkeys(body), lambda one: one.details)
                return self._list(fault, rows[: len(body)])
            case Kind.CRNS:
                rows = self._rows(people, lambda one: [row for row in one.details if _is_of(row, body)])
                return self._list(fault, rows[: len(body)])
            case Kind.ACCESS:
                by_crn = {one.crn: one for one in people.values()}
                rows = [row for crn in body["crns"] if crn in by_crn for row in by_crn[crn].access_rows]
                return _json({"access": rows})
        return self._about_one(kind, about)

    def _search(
        self, kind: Kind, about: str | None, fault: Fault | None, names: frozenset[str], body: Any
    ) -> Answer:
        numbers = body["prisonerNumbers"] if kind is Kind.PRISONER_NUMBERS else self._scenario.people
        rows = self._rows(numbers, lambda one: one.prisoner_rows)
        match kind:
            case Kind.PRISONER_NUMBERS:
                return self._list(fault, [project(row, names) for row in rows])
            case Kind.PRISON:
                rows = [row for row in rows if about in (row.get("prisonId"), row.get("supportingPrisonId"))]
            case Kind.ATTRIBUTE_SEARCH:
                old = body["queries"][0]["matchers"][1]["searchTerm"].split(",")
                rows = [row for row in rows if _took_over(row, old)]
        content = self._kept(fault, [project(row, names) for row in rows])
        total = len(rows) + (fault is Fault.CUT)
        return _json({"content": content, "totalElements": total, "totalPages": 1})

    def _about_one(self, kind: Kind, about: str | None) -> Answer:
        whose = (one for one in self._scenario.people.values() if about in (one.number, one.crn))
        if (found := next(whose, None)) is None:
            return NOBODY
        match kind:
            case Kind.BY_NOMS_NUMBER | Kind.CASE_RECORD if len(found.details) > 1:
                return SAID[Fault.SEVERAL]
            case Kind.BY_NOMS_NUMBER | Kind.BY_CRN:
                return _one(next(iter(found.details), None))
            case Kind.CASE_RECORD | Kind.CASE_RECORD_BY_CRN:
                return _one(found.case_record)
            case Kind.REGISTRATIONS:
                return _one(found.registrations)
            case Kind.RESOURCING:
                return _one(found.resourcing)
            case Kind.MANAGERS:
                return _one(found.managers)
            case Kind.RISK:
                return _one(found.risks)
        raise AssertionError(kind)

    def _rows(self, numbers: Iterable[str], of: Callable[[Any], list[Row]]) -> list[Row]:
        people = self._scenario.people
        return [row for number in dict.fromkeys(numbers) if number in people for row in of(people[number])]

    def _list(self, fault: Fault | None, rows: list[Row]) -> Answer:
        total = len(rows) + (fault is Fault.CUT)
        return Answer(OK, json.dumps(self._kept(fault, rows)).encode(), with_total(total))

    def _kept(self, fault: Fault | None, rows: list[Row]) -> list[Any]:
        """Return the rows in no order; those that are cut are the same in whatever company."""
        salt = self._scenario.salt
        ordered = sorted(rows, key=lambda row: zlib.crc32(f"{salt}{json.dumps(row)}".encode()))
        if fault is Fault.CUT:
            return [row for row in ordered if zlib.crc32(json.dumps(row).encode()) % 2]
        return [*ordered, {"firstName": "NAMELESS", "otherIds": {}}] if fault is Fault.NAMELESS else ordered


class ScenarioExtract:
    """The extract of a scenario, or none that could be read; to ask it counts as a call."""

    def __init__(self, scenario: Scenario, calls: Counter[str]) -> None:
        self._fault = scenario.faults.get((Kind.EXTRACT, None))
        self._calls = calls
        content = BytesIO()
        rows = (row for one in scenario.people.values() for row in one.extract_rows)
        report = index_of(iter([HEADERS, *([row.get(one) for one in HEADERS] for row in rows)]), content)
        assert report.tables is not None
        self._held = Held(Index(content.getvalue(), report.tables), NOW)

    @property
    def held(self) -> Held | None:
        """Return the extract, if there is one."""
        self._calls[Kind.EXTRACT.value] += 1
        if self._fault is None:
            return self._held
        self._calls[f"fault {self._fault.name}"] += 1
        return None


def routes(scenario: Scenario, calls: Counter[str]) -> Routes:
    """Return the real routes to the upstreams of a scenario."""

    def upstream(route: Route, *, by_token: bool = True) -> Upstream:
        return ScenarioUpstream(scenario, route, calls, by_token=by_token)

    nomis = upstream(scenario.nomis)
    delius = upstream(scenario.delius, by_token=scenario.delius is not DeliusRoute.NDH)
    words = PERSON_BY_PERSON.get(scenario.delius)
    further: list[Further] = []
    if words is not None and words.further:
        further.append(FurtherParts(delius, words.further, concurrency=CONCURRENCY))
    if scenario.assesses_risks:
        risks = upstream(scenario.delius)
        further.append(FurtherParts(risks, {"risk": RISK_CALL}, concurrency=CONCURRENCY))
    elif scenario.delius is not DeliusRoute.CASE_RECORDS:
        further.append(NoRiskAssessment(scenario.delius))
    return Routes(
        nomis=PrisonerSearch(nomis, now=_now)
        if scenario.nomis is NomisRoute.PRISONER_SEARCH
        else PrisonApi(nomis, concurrency=CONCURRENCY, now=_now),
        delius=_delius(scenario, calls, delius),
        prisons=Agencies(upstream(NomisRoute.PRISON_API)) if scenario.has_agencies else None,
        access=AccessCheck(upstream(scenario.delius)) if scenario.checks_access else None,
        further={part: one for one in further for part in one.parts},
        merges=MergedNumbers(upstream(NomisRoute.PRISONER_SEARCH), now=_now)
        if scenario.tells_merges
        else None,
    )


def _delius(scenario: Scenario, calls: Counter[str], upstream: Upstream) -> Delius:
    if scenario.delius is DeliusRoute.EXTRACT:
        return Extract(ScenarioExtract(scenario, calls))
    if scenario.delius is DeliusRoute.PROBATION_SEARCH:
        return ProbationSearch(upstream, now=_now)
    words = PERSON_BY_PERSON[scenario.delius]
    return PersonByPerson(words, upstream, concurrency=CONCURRENCY, now=_now)


def _took_over(row: Row, numbers: Sequence[str]) -> bool:
    identifiers = row.get("identifiers")
    return isinstance(identifiers, list) and any(
        isinstance(one, dict) and one.get("type") == "MERGED" and one.get("value") in numbers
        for one in identifiers
    )


def _is_of(row: Row, crns: Sequence[str]) -> bool:
    ids = row.get("otherIds")
    return isinstance(ids, dict) and (ids.get("crn") in crns or ids.get("previousCrn") in crns)


def _now() -> datetime:
    return NOW


def _one(body: Any) -> Answer:
    return NOBODY if body is None else _json(body)


def _json(body: Any) -> Answer:
    return Answer(OK, json.dumps(body).encode(), JSON)
