"""The calls to NOMIS and Delius, by httpx."""

import asyncio
import os
import time
from collections.abc import Sequence
from itertools import cycle, islice

import httpx

from bench.peers.strawberry_plain.rules import Half, Row, noms_number_of
from bench.peers.strawberry_plain.values import ProbationRecordStatus

SETTINGS = os.environ
AUTH_URL = SETTINGS["HMPPS_AUTH_URL"]
IN_FLIGHT = 20
LARGEST_POPULATION = 3000
MOST_ENTRIES, ROOM = 1024, 24
RENEWED_BEFORE_SECONDS = 20
NOT_FOUND, CONFLICT = 404, 409

SENTENCE_DATES = (
    "sentenceStartDate",
    "sentenceExpiryDate",
    "licenceExpiryDate",
    "releaseDate",
    "confirmedReleaseDate",
    "conditionalReleaseDate",
    "automaticReleaseDate",
    "paroleEligibilityDate",
    "tariffDate",
    "homeDetentionCurfewEligibilityDate",
    "homeDetentionCurfewActualDate",
)
COLUMNS = ",".join(
    (
        "prisonerNumber",
        "firstName",
        "lastName",
        "dateOfBirth",
        "bookingId",
        "status",
        "prisonId",
        "prisonName",
        "restrictedPatient",
        "supportingPrisonId",
        "cellLocation",
        "category",
        *SENTENCE_DATES,
    )
)


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
        if answer.status_code == NOT_FOUND:
            return Half(ProbationRecordStatus.NOT_FOUND)
        if answer.status_code == CONFLICT:
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
        self._token, self._ends = (
            told["access_token"],
            time.time() + told["expires_in"] - RENEWED_BEFORE_SECONDS,
        )
