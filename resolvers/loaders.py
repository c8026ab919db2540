"""Loaders: the only door to the upstreams, one set a request, so that a key is asked for once.

A batch function answers a value for every key, failures included, and never raises: an exception that escapes
is forgotten by aiodataloader and the dead upstream asked again; a cancelled batch leaves its waiters hanging
(measured).
"""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, TypeAlias, TypeVar

import structlog
from aiodataloader import DataLoader

from resolvers.limited_access import delius_user, may_be_checked
from upstreams.deadline import Deadline
from upstreams.errors import TooManyPeople, UpstreamError
from upstreams.records import (
    Agency,
    DeliusRoute,
    Failure,
    FailureCode,
    NomisRoute,
    Population,
    PrisonerAnswer,
    PrisonerAnswers,
    ProbationAnswer,
    System,
    User,
)

log = structlog.get_logger("resolvers")

Key = TypeVar("Key")
Answer = TypeVar("Answer")

PopulationAnswer = Population | Failure
PartOfRecord: TypeAlias = tuple[str, str]
"""A part of `ProbationRecord`, and the CRN of whose record it is."""


class Nomis(Protocol):
    """A route to NOMIS. `population_parts` are those parts of records that a prison's list has itself."""

    route: NomisRoute
    population_parts: frozenset[str]

    async def prisoners_by_noms_number(
        self, numbers: Sequence[str], parts: Collection[str], deadline: Deadline
    ) -> PrisonerAnswers:
        """Return records and failures by number; a number that is missing is known to nobody."""

    async def population(
        self,
        prison_id: str,
        parts: Collection[str],
        deadline: Deadline,
        *,
        at_most: int,
        user: User | None,
    ) -> Population:
        """Return everybody in a prison; some routes tell it only in a user's name."""


class Delius(Protocol):
    """A route to Delius. One without flags of limited access tells of no record whether it is limited."""

    route: DeliusRoute
    has_access_flags: bool

    async def probation_by_noms_number(
        self, numbers: Sequence[str], deadline: Deadline
    ) -> Mapping[str, ProbationAnswer]:
        """Return one answer for each number."""


class Prisons(Protocol):
    """Where prisons' names come from."""

    async def prison(self, prison_id: str, deadline: Deadline) -> Agency | None:
        """Return the prison of this id."""


class Access(Protocol):
    """The check of limited access."""

    async def may_see(
        self, crns: Sequence[str], username: str | None, deadline: Deadline
    ) -> Mapping[str, bool | Failure]:
        """Tell for each CRN whether this Delius user may see the record."""


class Further(Protocol):
    """Parts of Delius's records that take a further call a person."""

    parts: frozenset[str]

    async def parts_by_crn(
        self, asked: Sequence[PartOfRecord], user: User | None, deadline: Deadline
    ) -> Mapping[PartOfRecord, Any | Failure]:
        """Return the value of each part."""


@dataclass(frozen=True, slots=True)
class Routes:
    """The ways to both systems that the settings chose."""

    nomis: Nomis
    delius: Delius
    prisons: Prisons | None
    access: Access | None
    further: Further | None


class Loaders:
    """One request's loaders. `parts` is what the whole operation reads of NOMIS's records."""

    def __init__(
        self,
        routes: Routes,
        *,
        parts: frozenset[str],
        user: User | None,
        deadline: Deadline,
        max_population: int,
    ) -> None:
        self.nomis_route = routes.nomis.route
        self.delius_route = routes.delius.route
        self.has_agencies = routes.prisons is not None
        self.population_parts = routes.nomis.population_parts
        self.further_parts = frozenset[str]() if routes.further is None else routes.further.parts
        self._routes = routes
        self._user = user
        self._delius_user = delius_user(user)
        has_flags = routes.delius.has_access_flags
        self.checks_access = routes.access is not None and may_be_checked(user, has_flags=has_flags)
        self._parts = parts
        self._deadline = deadline
        self._max_population = max_population
        self._batches: set[asyncio.Task[Any]] = set()
        self._prisoners: DataLoader[str, PrisonerAnswer] = DataLoader(self._prisoner_batch)
        self._probation: DataLoader[str, ProbationAnswer] = DataLoader(self._probation_batch)
        self._populations: DataLoader[str, PopulationAnswer] = DataLoader(self._population_batch)
        self._agencies: DataLoader[str, Agency | Failure | None] = DataLoader(self._agency_batch)
        self._access: DataLoader[str, bool | Failure] = DataLoader(self._access_batch)
        self._further: DataLoader[PartOfRecord, Any | Failure] = DataLoader(self._further_batch)

    async def prisoners_by_noms_number(self, numbers: Sequence[str]) -> list[PrisonerAnswer]:
        """Load what NOMIS has of these people."""
        return await _many(self._prisoners, numbers)

    async def probation_by_noms_number(self, numbers: Sequence[str]) -> list[ProbationAnswer]:
        """Load what Delius has of these people."""
        return await _many(self._probation, numbers)

    async def population_by_prison(self, prison_id: str) -> PopulationAnswer:
        """Load everybody in a prison."""
        return (await _many(self._populations, [prison_id]))[0]

    async def agencies_by_id(self, prison_ids: Sequence[str]) -> list[Agency | Failure | None]:
        """Load the Prison API's descriptions of these prisons; none where it is not configured."""
        return await _many(self._agencies, prison_ids)

    async def may_see_by_crn(self, crns: Sequence[str]) -> list[bool | Failure]:
        """Load whether the caller may see these records."""
        return await _many(self._access, crns)

    async def further_parts_by_crn(self, keys: Sequence[PartOfRecord]) -> list[Any | Failure]:
        """Load parts of records that the caller may see."""
        return await _many(self._further, keys)

    def close(self) -> None:
        """Give up what is still under way: the request is over, or its caller has gone."""
        for batch in self._batches:
            batch.cancel()

    async def _prisoner_batch(self, numbers: list[str]) -> list[PrisonerAnswer]:
        async def load() -> list[PrisonerAnswer]:
            answers = await self._routes.nomis.prisoners_by_noms_number(numbers, self._parts, self._deadline)
            return [answers.get(number) for number in numbers]

        return await self._answered(load, numbers, System.NOMIS)

    async def _probation_batch(self, numbers: list[str]) -> list[ProbationAnswer]:
        async def load() -> list[ProbationAnswer]:
            answers = await self._routes.delius.probation_by_noms_number(numbers, self._deadline)
            return [answers[number] for number in numbers]

        return await self._answered(load, numbers, System.DELIUS)

    async def _population_batch(self, prison_ids: list[str]) -> list[PopulationAnswer]:
        async def population(prison_id: str) -> PopulationAnswer:
            try:
                return await self._routes.nomis.population(
                    prison_id,
                    self._parts,
                    self._deadline,
                    at_most=self._max_population,
                    user=self._user,
                )
            except UpstreamError as error:
                return error.failure()
            except TooManyPeople:
                return self._too_many_people()

        async def load() -> list[PopulationAnswer]:
            return list(await asyncio.gather(*map(population, prison_ids)))

        return await self._answered(load, prison_ids, System.NOMIS)

    async def _answered(
        self, load: Callable[[], Awaitable[list[Any]]], keys: Sequence[Any], system: System
    ) -> list[Any]:
        batch = asyncio.current_task()
        assert batch is not None
        self._batches.add(batch)
        try:
            return await load()
        except asyncio.CancelledError:
            return [_internal(system)] * len(keys)
        except Exception as error:  # see the module's first words
            log.error("batch_failed", system=system.value, error=type(error).__name__, exc_info=error)
            return [_internal(system)] * len(keys)
        finally:
            self._batches.discard(batch)

    def _too_many_people(self) -> Failure:
        return Failure(
            code=FailureCode.OPERATION_TOO_COMPLEX,
            message=(
                f"This prison has more people than MAX_POPULATION ({self._max_population}). "
                "Ask for people by their NOMS numbers."
            ),
            retryable=False,
        )

    async def _agency_batch(self, prison_ids: list[str]) -> list[Agency | Failure | None]:
        prisons = self._routes.prisons
        if prisons is None:
            return [None] * len(prison_ids)

        async def agency(prison_id: str) -> Agency | Failure | None:
            try:
                return await prisons.prison(prison_id, self._deadline)
            except UpstreamError as error:
                return error.failure()

        async def load() -> list[Agency | Failure | None]:
            return list(await asyncio.gather(*map(agency, prison_ids)))

        return await self._answered(load, prison_ids, System.NOMIS)

    async def _access_batch(self, crns: list[str]) -> list[bool | Failure]:
        username = None if self._delius_user is None else self._delius_user.name

        async def load() -> list[bool | Failure]:
            assert self._routes.access is not None
            answers = await self._routes.access.may_see(crns, username, self._deadline)
            return [answers[crn] for crn in crns]

        return await self._answered(load, crns, System.DELIUS)

    async def _further_batch(self, keys: list[PartOfRecord]) -> list[Any | Failure]:
        async def load() -> list[Any | Failure]:
            assert self._routes.further is not None
            answers = await self._routes.further.parts_by_crn(keys, self._delius_user, self._deadline)
            return [answers[key] for key in keys]

        return await self._answered(load, keys, System.DELIUS)


async def _many(loader: DataLoader[Key, Answer], keys: Sequence[Key]) -> list[Answer]:
    """Load a whole list at once. Shielded: one waiter's cancellation would cancel every waiter of a key."""
    if not keys:
        return []
    return list(await asyncio.shield(loader.load_many(keys)))


def _internal(system: System) -> Failure:
    return Failure(code=FailureCode.INTERNAL, message="Something went wrong in the gateway.", system=system)
