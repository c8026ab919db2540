"""The schema, and the loaders behind it: a set for each request, as Strawberry's guide has it."""

import asyncio
import re
from datetime import date
from typing import Any, NewType

import strawberry
from strawberry.dataloader import DataLoader
from strawberry.schema.config import StrawberryConfig
from strawberry.types import Info

from bench.peers.strawberry_plain.rules import (
    NO_PRISON,
    Half,
    Row,
    belongs,
    by_number,
    case_handler_of,
    crn_of,
    custody_status,
    day,
    is_open,
    noms_number_of,
    prisoners_by_number,
    read_tier,
    text,
    warnings_of,
)
from bench.peers.strawberry_plain.upstreams import MOST_ENTRIES, ROOM, SENTENCE_DATES, Upstreams
from bench.peers.strawberry_plain.values import (
    CaseHandler,
    CodedValue,
    CustodyStatus,
    PrisonRef,
    ProbationRecord,
    ProbationRecordStatus,
    Sentence,
    Tier,
)

MAX_OFFENDERS = 1000


def _parsed(written: Any) -> str:
    number = noms_number_of(written)
    if number is None:
        message = "a NOMS number is a letter, four digits and two letters"
        raise ValueError(message)
    return number


NomsNumber = NewType("NomsNumber", str)
NOMS_NUMBER_SCALAR = strawberry.scalar(name="NomsNumber", serialize=str, parse_value=_parsed)


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
    async def prison(self, info: Info["Context", None], id: strawberry.ID) -> Prison | None:  # noqa: A002
        if not re.fullmatch("[A-Z0-9]{3}", id) or id in NO_PRISON:
            return None
        rows = prisoners_by_number(await info.context.upstreams.population(id))
        people = [offender_of(number, row) for number, row in sorted(rows.items()) if belongs(row, id)]
        names = (person.prison.name for person in people if person.prison and person.prison.id == id)
        return Prison(id=id, name=next((name for name in names if name), None), people=people)


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
        sentence=Sentence(release_date=day(row.get("releaseDate")))
        if any(map(row.get, SENTENCE_DATES))
        else None,
    )


class Context:
    """One request's loaders."""

    def __init__(self, upstreams: Upstreams, delius_user: str | None) -> None:
        self.upstreams = upstreams
        self._delius_user = delius_user
        self.prisoners: DataLoader[str, Offender | None] = DataLoader(self._prisoners, max_batch_size=1000)
        self.probation: DataLoader[str, Half] = DataLoader(
            self._probation, max_batch_size=MOST_ENTRIES - ROOM
        )

    async def _prisoners(self, numbers: list[str]) -> list[Offender | None]:
        rows = prisoners_by_number(await self.upstreams.prisoners(numbers))
        return [offender_of(number, rows[number]) if number in rows else None for number in numbers]

    async def _probation(self, numbers: list[str]) -> list[Half]:
        if self.upstreams.by_ndh:
            found = list(await asyncio.gather(*map(self.upstreams.one, numbers)))
        else:
            found = by_number(numbers, await self.upstreams.searched(numbers))
        return await self._as_far_as_seen(found)

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


schema = strawberry.Schema(query=Query, config=StrawberryConfig(scalar_map={NomsNumber: NOMS_NUMBER_SCALAR}))
