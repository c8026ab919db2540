"""Plain Strawberry, as its users write it: its own view and data loaders, httpx, async fields, uvicorn.

It applies the same rules as the gateway and the other peers, and asks for the same columns of NOMIS whatever
was selected, because a data loader does not know what was.
"""

import asyncio
import os
import re
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import date
from enum import Enum
from itertools import cycle, islice
from typing import Any, NewType

import httpx
import jwt
import strawberry
import uvicorn
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.websockets import WebSocket
from strawberry.asgi import GraphQL
from strawberry.dataloader import DataLoader
from strawberry.schema.config import StrawberryConfig
from strawberry.types import Info

SETTINGS = os.environ
AUTH_URL = SETTINGS["HMPPS_AUTH_URL"]
ROLES = {"ROLE_OFFENDER_GATEWAY__PRISON__RO", "ROLE_OFFENDER_GATEWAY__PROBATION__RO"}
IN_FLIGHT = 20
MAX_OFFENDERS = 1000
LARGEST_POPULATION = 3000
MOST_ENTRIES, ROOM = 1024, 24
RENEWED_BEFORE_SECONDS = 20
OK, NOT_FOUND, CONFLICT = 200, 404, 409

Row = dict[str, Any]

COLUMNS = (
    "prisonerNumber,firstName,lastName,dateOfBirth,bookingId,status,prisonId,prisonName,restrictedPatient,"
    "supportingPrisonId,cellLocation,category,sentenceStartDate,sentenceExpiryDate,licenceExpiryDate,"
    "releaseDate,confirmedReleaseDate,conditionalReleaseDate,automaticReleaseDate,paroleEligibilityDate,"
    "tariffDate,homeDetentionCurfewEligibilityDate,homeDetentionCurfewActualDate"
)
SENTENCE_DATES = COLUMNS.split(",")[12:]

# ---- The schema


def _parsed(written: Any) -> str:
    number = noms_number_of(written)
    if number is None:
        message = "a NOMS number is a letter, four digits and two letters"
        raise ValueError(message)
    return number


NomsNumber = NewType("NomsNumber", str)
NOMS_NUMBER_SCALAR = strawberry.scalar(name="NomsNumber", serialize=str, parse_value=_parsed)


@strawberry.enum
class CustodyStatus(Enum):
    IN_PRISON = "IN_PRISON"
    OUT_TEMPORARILY = "OUT_TEMPORARILY"
    IN_TRANSIT = "IN_TRANSIT"
    IN_HOSPITAL = "IN_HOSPITAL"
    RELEASED = "RELEASED"
    NEVER_BOOKED = "NEVER_BOOKED"
    UNKNOWN = "UNKNOWN"


@strawberry.enum
class TierLevel(Enum):
    A = "A"
    B = "B"
    C = "C"
    D = "D"


@strawberry.enum
class CaseHandlerOrganisation(Enum):
    NPS = "NPS"
    CRC = "CRC"
    UNKNOWN = "UNKNOWN"


@strawberry.enum
class ProbationRecordStatus(Enum):
    FOUND = "FOUND"
    NOT_FOUND = "NOT_FOUND"
    AMBIGUOUS = "AMBIGUOUS"
    MISMATCH = "MISMATCH"
    RESTRICTED = "RESTRICTED"
    FORBIDDEN = "FORBIDDEN"
    UNAVAILABLE = "UNAVAILABLE"


@strawberry.enum
class ProbationRecordWarning(Enum):
    DATE_OF_BIRTH_DIFFERS = "DATE_OF_BIRTH_DIFFERS"
    IDENTITY_UNCHECKED = "IDENTITY_UNCHECKED"
    TIER_NOT_RECORDED = "TIER_NOT_RECORDED"
    TIER_NOT_ASSESSED = "TIER_NOT_ASSESSED"
    TIER_UNRECOGNISED = "TIER_UNRECOGNISED"
    CASE_HANDLER_CONFLICT = "CASE_HANDLER_CONFLICT"
    SEVERAL_ACTIVE_MANAGERS = "SEVERAL_ACTIVE_MANAGERS"


@strawberry.type
class PrisonRef:
    id: strawberry.ID
    name: str | None


@strawberry.type
class CodedValue:
    code: str


@strawberry.type
class Sentence:
    release_date: date | None


@strawberry.type
class Tier:
    level: TierLevel
    code: str


@strawberry.type
class ProbationOfficer:
    forenames: str | None
    surname: str | None


@strawberry.type
class ProbationTeam:
    code: str | None
    name: str | None


@strawberry.type
class CaseHandler:
    organisation: CaseHandlerOrganisation
    officer: ProbationOfficer | None
    team: ProbationTeam | None


@strawberry.type
class ProbationRecord:
    status: ProbationRecordStatus
    warnings: list[ProbationRecordWarning]


@strawberry.type
class Offender:
    noms_number: NomsNumber
    first_name: str | None
    last_name: str | None
    date_of_birth: date | None
    custody_status: CustodyStatus
    prison: PrisonRef | None
    cell_location: str | None
    category: CodedValue | None
    sentence: Sentence | None

    @strawberry.field
    async def crn(self, info: Info["Context", None]) -> strawberry.ID | None:
        record = (await info.context.probation.load(self.noms_number)).record
        return None if record is None else strawberry.ID(crn_of(record) or "")

    @strawberry.field
    async def tier(self, info: Info["Context", None]) -> Tier | None:
        record = (await info.context.probation.load(self.noms_number)).record
        return None if record is None else read_tier(record)[0]

    @strawberry.field
    async def case_handler(self, info: Info["Context", None]) -> CaseHandler | None:
        record = (await info.context.probation.load(self.noms_number)).record
        return None if record is None else case_handler_of(record)

    @strawberry.field
    async def probation_record(self, info: Info["Context", None]) -> ProbationRecord:
        half = await info.context.probation.load(self.noms_number)
        return ProbationRecord(status=half.status, warnings=warnings_of(self.date_of_birth, half.record))


@strawberry.type
class OffenderConnection:
    nodes: list[Offender]


@strawberry.type
class Prison:
    id: strawberry.ID
    name: str | None
    people: strawberry.Private[list[Offender]]

    @strawberry.field
    def population(self, first: int = 100) -> OffenderConnection | None:
        return OffenderConnection(nodes=self.people[:first])


@strawberry.type
class Query:
    @strawberry.field
    async def offender(self, info: Info["Context", None], noms_number: NomsNumber) -> Offender | None:
        return await info.context.prisoners.load(noms_number)

    @strawberry.field
    async def offenders(
        self, info: Info["Context", None], noms_numbers: list[NomsNumber]
    ) -> list[Offender | None]:
        if len(set(noms_numbers)) > MAX_OFFENDERS:
            message = f"ask for at most {MAX_OFFENDERS} people"
            raise ValueError(message)
        return await info.context.prisoners.load_many(noms_numbers)

    @strawberry.field
    async def prison(self, info: Info["Context", None], id: strawberry.ID) -> Prison | None:
        if not re.fullmatch("[A-Z0-9]{3}", id) or id in NO_PRISON:
            return None
        rows = prisoners_by_number(await info.context.upstreams.population(id))
        people = [offender_of(number, row) for number, row in sorted(rows.items()) if belongs(row, id)]
        names = (person.prison.name for person in people if person.prison and person.prison.id == id)
        return Prison(id=id, name=next((name for name in names if name), None), people=people)


# ---- The rules

NOMS_NUMBER = re.compile(r"[A-Z][0-9]{4}[A-Z]{2}")
WRITTEN_TIER = re.compile(r"(?:tier\s*)?U?([A-D])[ _-]?([0-9])?(S)?", re.IGNORECASE | re.ASCII)
NOT_ASSESSED = {"na", "not yet assessed", "missing", "not_supervised"}
NO_PRISON = {"OUT", "TRN"}


@dataclass(frozen=True)
class Half:
    """What Delius has of a person, as far as the caller may see it."""

    status: ProbationRecordStatus
    record: Row | None = None


def text(written: str | None) -> str | None:
    return (written or "").strip() or None


def day(written: str | None) -> date | None:
    return date.fromisoformat(written) if written else None


def noms_number_of(written: Any) -> str | None:
    number = written.strip().upper() if isinstance(written, str) else ""
    return number if NOMS_NUMBER.fullmatch(number) else None


def crn_of(record: Row) -> str | None:
    crn = text(record["otherIds"].get("crn"))
    return crn and crn.upper()


def prisoners_by_number(rows: list[Row]) -> dict[str, Row]:
    people: dict[str, Row] = {}
    for row in rows:
        number = noms_number_of(row.get("prisonerNumber"))
        if number is not None and people.setdefault(number, row) != row:
            message = "two rows of NOMIS contradict each other"
            raise ValueError(message)
    return people


def belongs(row: Row, prison: str) -> bool:
    agency = text(row.get("prisonId"))
    supported = row.get("restrictedPatient") is not False and row.get("supportingPrisonId") == prison
    return agency is None or agency == prison or supported


def custody_status(row: Row) -> CustodyStatus:
    movement, agency = text(row.get("status")), text(row.get("prisonId"))
    if row.get("restrictedPatient"):
        return CustodyStatus.IN_HOSPITAL
    if row.get("bookingId") is None:
        return CustodyStatus.NEVER_BOOKED
    if movement == "ACTIVE IN":
        return CustodyStatus.IN_PRISON
    if movement == "ACTIVE OUT":
        return CustodyStatus.OUT_TEMPORARILY
    if movement == "INACTIVE TRN" or agency == "TRN":
        return CustodyStatus.IN_TRANSIT
    if movement == "INACTIVE OUT" or agency == "OUT":
        return CustodyStatus.RELEASED
    return CustodyStatus.UNKNOWN


def offender_of(number: str, row: Row) -> Offender:
    prison, category = text(row.get("prisonId")), text(row.get("category"))
    return Offender(
        noms_number=NomsNumber(number),
        first_name=text(row.get("firstName")),
        last_name=text(row.get("lastName")),
        date_of_birth=day(row.get("dateOfBirth")),
        custody_status=custody_status(row),
        prison=PrisonRef(id=strawberry.ID(prison), name=text(row.get("prisonName")))
        if prison and prison not in NO_PRISON
        else None,
        cell_location=text(row.get("cellLocation")),
        category=CodedValue(code=category) if category else None,
        sentence=Sentence(release_date=day(row.get("releaseDate"))) if any(map(row.get, SENTENCE_DATES)) else None,
    )


def read_tier(record: Row) -> tuple[Tier | None, ProbationRecordWarning | None]:
    words = text(record.get("currentTier"))
    if words is None:
        return None, ProbationRecordWarning.TIER_NOT_RECORDED
    if words.casefold() in NOT_ASSESSED:
        return None, ProbationRecordWarning.TIER_NOT_ASSESSED
    found = WRITTEN_TIER.fullmatch(words)
    if found is None:
        return None, ProbationRecordWarning.TIER_UNRECOGNISED
    letter, digit, unsupervised = found.groups(default="")
    return Tier(level=TierLevel(letter.upper()), code=f"{letter}{digit}{unsupervised}".upper()), None


def active_managers(record: Row) -> list[Row]:
    managers = record.get("offenderManagers") or []
    return [one for one in managers if one.get("active") is True and one.get("softDeleted") is not True]


def latest(managers: list[Row]) -> Row:
    return max(managers, key=lambda one: one.get("fromDate") or "")


def organisation_of(manager: Row) -> tuple[CaseHandlerOrganisation, bool]:
    """Return the organisation, and whether the flag and the provider's letter are at odds."""
    area = manager.get("probationArea") or {}
    letter = {"N": CaseHandlerOrganisation.NPS, "C": CaseHandlerOrganisation.CRC}.get(
        (text(area.get("code")) or "")[:1].upper()
    )
    if (flag := area.get("nps")) is None:
        return letter or CaseHandlerOrganisation.UNKNOWN, False
    by_flag = CaseHandlerOrganisation.NPS if flag else CaseHandlerOrganisation.CRC
    if letter is not None and letter is not by_flag:
        return CaseHandlerOrganisation.UNKNOWN, True
    return by_flag, False


def case_handler_of(record: Row) -> CaseHandler | None:
    managers = active_managers(record)
    if not managers:
        return None
    manager = latest(managers)
    staff, team = manager.get("staff") or {}, manager.get("team") or {}
    officer = None
    if staff and staff.get("unallocated") is not True:
        officer = ProbationOfficer(
            forenames=text(staff.get("forenames")), surname=text(staff.get("surname"))
        )
    return CaseHandler(
        organisation=organisation_of(manager)[0],
        officer=officer,
        team=ProbationTeam(code=text(team.get("code")), name=text(team.get("description"))) if team else None,
    )


def warnings_of(born: date | None, record: Row | None) -> list[ProbationRecordWarning]:
    if record is None:
        return []
    warnings = []
    known = day(record.get("dateOfBirth"))
    if born is None or known is None:
        warnings.append(ProbationRecordWarning.IDENTITY_UNCHECKED)
    elif born != known:
        warnings.append(ProbationRecordWarning.DATE_OF_BIRTH_DIFFERS)
    if (of_tier := read_tier(record)[1]) is not None:
        warnings.append(of_tier)
    managers = active_managers(record)
    if managers and organisation_of(latest(managers))[1]:
        warnings.append(ProbationRecordWarning.CASE_HANDLER_CONFLICT)
    if len(managers) > 1:
        warnings.append(ProbationRecordWarning.SEVERAL_ACTIVE_MANAGERS)
    return warnings


def is_open(record: Row) -> bool:
    return record.get("currentExclusion") is False and record.get("currentRestriction") is False


# ---- The upstreams


class Upstreams:
    """The upstreams, by httpx."""

    def __init__(self) -> None:
        limits = httpx.Limits(max_connections=IN_FLIGHT, max_keepalive_connections=IN_FLIGHT)
        timeout = httpx.Timeout(5, pool=None)
        self._auth = httpx.AsyncClient()
        self._nomis = httpx.AsyncClient(
            base_url=SETTINGS["PRISONER_SEARCH_URL"], limits=limits, timeout=timeout
        )
        self.by_ndh = SETTINGS["DELIUS_ROUTE"] == "ndh"
        delius_url = SETTINGS["DELIUS_NDH_URL" if self.by_ndh else "PROBATION_SEARCH_URL"]
        self._delius = httpx.AsyncClient(base_url=delius_url, limits=limits, timeout=timeout)
        self._access = httpx.AsyncClient(
            base_url=SETTINGS["PROBATION_ACCESS_URL"], limits=limits, timeout=timeout
        )
        # Fewer wait in the pool so, whose cost grows with those who wait.
        self._turns = asyncio.Semaphore(IN_FLIGHT)
        self._token, self._ends = "", 0.0
        self._renewing = asyncio.Lock()

    async def close(self) -> None:
        for client in (self._auth, self._nomis, self._delius, self._access):
            await client.aclose()

    async def prisoners(self, numbers: Sequence[str]) -> list[Row]:
        answer = await self._nomis.post(
            "/prisoner-search/prisoner-numbers",
            params={"responseFields": COLUMNS},
            json={"prisonerNumbers": numbers},
            headers=await self._headers(),
        )
        rows: list[Row] = answer.raise_for_status().json()
        return rows

    async def population(self, prison: str) -> list[Row]:
        answer = await self._nomis.get(
            f"/prisoner-search/prison/{prison}",
            params={
                "include-restricted-patients": "true",
                "page": 0,
                "size": LARGEST_POPULATION,
                "responseFields": COLUMNS,
            },
            headers={**await self._headers(), "Content-Type": "application/json"},
        )
        rows: list[Row] = answer.raise_for_status().json()["content"]
        return rows

    async def searched(self, numbers: Sequence[str]) -> list[Row]:
        sent = list(islice(cycle(numbers), len(numbers) + ROOM))
        answer = await self._delius.post("/nomsNumbers", json=sent, headers=await self._headers())
        rows: list[Row] = answer.raise_for_status().json()
        if len(rows) < len(sent):
            return rows
        # A full answer may be a cut one: somebody with several records may have pushed another out.
        if len(numbers) == 1:
            message = "probation search answered more rows than it can have"
            raise ValueError(message)
        middle = len(numbers) // 2
        halves = await asyncio.gather(self.searched(numbers[:middle]), self.searched(numbers[middle:]))
        return [row for half in halves for row in half]

    async def one(self, number: str) -> Half:
        async with self._turns:
            answer = await self._delius.get(f"/offenders/nomsNumber/{number}/all")
        match answer.status_code:
            case status if status == NOT_FOUND:
                return Half(ProbationRecordStatus.NOT_FOUND)
            case status if status == CONFLICT:
                return Half(ProbationRecordStatus.AMBIGUOUS)
        record = answer.raise_for_status().json()
        if record.get("softDeleted") is True:
            return Half(ProbationRecordStatus.NOT_FOUND)
        if noms_number_of(record["otherIds"].get("nomsNumber")) != number:
            return Half(ProbationRecordStatus.MISMATCH)
        return Half(ProbationRecordStatus.FOUND, record)

    async def limitations(self, crns: Sequence[str], user: str) -> list[Row]:
        answer = await self._access.post(
            "/probation-cases/access",
            params={"username": user},
            json={"crns": crns},
            headers=await self._headers(),
        )
        rows: list[Row] = answer.raise_for_status().json()["access"]
        return rows

    async def _headers(self) -> dict[str, str]:
        if time.time() >= self._ends:
            async with self._renewing:
                if time.time() >= self._ends:
                    await self._renew()
        return {"Authorization": f"Bearer {self._token}"}

    async def _renew(self) -> None:
        answer = await self._auth.post(
            f"{AUTH_URL}/oauth/token",
            params={"grant_type": "client_credentials"},
            auth=(SETTINGS["HMPPS_AUTH_CLIENT_ID"], SETTINGS["HMPPS_AUTH_CLIENT_SECRET"]),
        )
        told = answer.raise_for_status().json()
        self._token, self._ends = told["access_token"], time.time() + told["expires_in"] - RENEWED_BEFORE_SECONDS


class Context:
    """One request's loaders."""

    def __init__(self, upstreams: Upstreams, delius_user: str | None) -> None:
        self.upstreams = upstreams
        self._delius_user = delius_user
        self.prisoners: DataLoader[str, Offender | None] = DataLoader(self._prisoners, max_batch_size=1000)
        self.probation: DataLoader[str, Half] = DataLoader(self._probation, max_batch_size=MOST_ENTRIES - ROOM)

    async def _prisoners(self, numbers: list[str]) -> list[Offender | None]:
        rows = prisoners_by_number(await self.upstreams.prisoners(numbers))
        return [offender_of(number, rows[number]) if number in rows else None for number in numbers]

    async def _probation(self, numbers: list[str]) -> list[Half]:
        if self.upstreams.by_ndh:
            found = list(await asyncio.gather(*map(self.upstreams.one, numbers)))
        else:
            found = self._by_number(numbers, await self.upstreams.searched(numbers))
        return await self._as_far_as_seen(found)

    @staticmethod
    def _by_number(numbers: list[str], rows: list[Row]) -> list[Half]:
        live: dict[str | None, list[Row]] = {}
        for row in rows:
            if row.get("softDeleted") is not True:
                live.setdefault(noms_number_of(row["otherIds"].get("nomsNumber")), []).append(row)
        halves = []
        for number in numbers:
            match live.get(number, []):
                case []:
                    halves.append(Half(ProbationRecordStatus.NOT_FOUND))
                case [record]:
                    halves.append(Half(ProbationRecordStatus.FOUND, record))
                case _:
                    halves.append(Half(ProbationRecordStatus.AMBIGUOUS))
        return halves

    async def _as_far_as_seen(self, halves: list[Half]) -> list[Half]:
        """Check in one batch those records that do not say that they are open."""
        closed = [half.record for half in halves if half.record is not None and not is_open(half.record)]
        crns = [crn for crn in map(crn_of, closed) if crn]
        seen: set[str] = set()
        if crns and self._delius_user is not None:
            seen = {
                row["crn"].strip().upper()
                for row in await self.upstreams.limitations(crns, self._delius_user)
                if row.get("userExcluded") is False and row.get("userRestricted") is False
            }
        return [
            half
            if half.record is None or is_open(half.record) or crn_of(half.record) in seen
            else Half(ProbationRecordStatus.RESTRICTED)
            for half in halves
        ]


# ---- The service


@dataclass
class Callers:
    """Verifies callers' tokens, and remembers each until it ends."""

    keys: jwt.PyJWKClient = field(default_factory=lambda: jwt.PyJWKClient(f"{AUTH_URL}/.well-known/jwks.json"))
    remembered: dict[str, dict[str, Any]] = field(default_factory=dict)

    async def claims(self, authorization: str) -> dict[str, Any]:
        claims = self.remembered.get(authorization)
        if claims is None or claims["exp"] <= time.time():
            claims = await asyncio.to_thread(self._verified, authorization)
            self.remembered[authorization] = claims
        return claims

    def _verified(self, authorization: str) -> dict[str, Any]:
        token = authorization.partition(" ")[2]
        try:
            key = self.keys.get_signing_key_from_jwt(token)
            claims: dict[str, Any] = jwt.decode(token, key, ["RS256"], issuer=f"{AUTH_URL}/issuer")
        except jwt.PyJWTError as error:
            raise HTTPException(401) from error
        if not set(claims.get("authorities", ())) >= ROLES:
            raise HTTPException(403)
        return claims


class View(GraphQL[Context, None]):
    """Strawberry's own view, with the request's context."""

    async def get_context(  # type: ignore[override]
        self, request: Request | WebSocket, response: Response | WebSocket
    ) -> Context:
        del response
        claims = await request.app.state.callers.claims(request.headers.get("authorization", ""))
        user = claims.get("user_name") if claims.get("auth_source") == "delius" else None
        return Context(request.app.state.upstreams, user)


schema = strawberry.Schema(
    query=Query, config=StrawberryConfig(scalar_map={NomsNumber: NOMS_NUMBER_SCALAR})
)


@asynccontextmanager
async def lifespan(app: Starlette) -> AsyncIterator[None]:
    """Keep one set of clients for the process."""
    app.state.upstreams = Upstreams()
    app.state.callers = Callers()
    yield
    await app.state.upstreams.close()


app = Starlette(routes=[Route("/graphql", View(schema, graphql_ide=None))], lifespan=lifespan)

if __name__ == "__main__":
    uvicorn.run(
        app,
        host="127.0.0.1",
        port=int(SETTINGS["GATEWAY_PORT"]),
        loop="uvloop",
        http="httptools",
        access_log=False,
        log_level="warning",
    )
