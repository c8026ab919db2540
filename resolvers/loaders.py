"""Loaders: the only door to the upstreams, one set a request, so that a key is asked for once.

A batch function answers a value for every key, failures included, and never raises: an exception that escapes
is forgotten by aiodataloader and the dead upstream asked again; a cancelled batch leaves its waiters hanging
(measured).
"""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from typing import Any, Protocol, TypeVar

import structlog
from aiodataloader import DataLoader

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
)

log = structlog.get_logger("resolvers")

Answer = TypeVar("Answer")

PopulationAnswer = Population | Failure


class Nomis(Protocol):
    """A route to NOMIS."""

    route: NomisRoute

    async def prisoners_by_noms_number(
        self, numbers: Sequence[str], parts: Collection[str], deadline: Deadline
    ) -> PrisonerAnswers:
        """Return records and failures by number; a number that is missing is known to nobody."""

    async def population(
        self, prison_id: str, parts: Collection[str], deadline: Deadline, *, at_most: int
    ) -> Population:
        """Return everybody in a prison."""


class Delius(Protocol):
    """A route to Delius."""

    route: DeliusRoute

    async def probation_by_noms_number(
        self, numbers: Sequence[str], deadline: Deadline
    ) -> Mapping[str, ProbationAnswer]:
        """Return one answer for each number."""


class Prisons(Protocol):
    """Where prisons' names come from."""

    async def prison(self, prison_id: str, deadline: Deadline) -> Agency | None:
        """Return the prison of this id."""


class Loaders:
    """One request's loaders. `parts` is what the whole operation reads of NOMIS's records."""

    def __init__(
        self,
        *,
        nomis: Nomis,
        delius: Delius,
        prisons: Prisons | None,
        parts: frozenset[str],
        deadline: Deadline,
        max_population: int,
    ) -> None:
        self.nomis_route = nomis.route
        self.delius_route = delius.route
        self.has_agencies = prisons is not None
        self._nomis = nomis
        self._delius = delius
        self._prisons = prisons
        self._parts = parts
        self._deadline = deadline
        self._max_population = max_population
        self._batches: set[asyncio.Task[Any]] = set()
        self._prisoners: DataLoader[str, PrisonerAnswer] = DataLoader(self._prisoner_batch)
        self._probation: DataLoader[str, ProbationAnswer] = DataLoader(self._probation_batch)
        self._populations: DataLoader[str, PopulationAnswer] = DataLoader(self._population_batch)
        self._agencies: DataLoader[str, Agency | Failure | None] = DataLoader(self._agency_batch)

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

    def close(self) -> None:
        """Give up what is still under way: the request is over, or its caller has gone."""
        for batch in self._batches:
            batch.cancel()

    async def _prisoner_batch(self, numbers: list[str]) -> list[PrisonerAnswer]:
        async def load() -> list[PrisonerAnswer]:
            answers = await self._nomis.prisoners_by_noms_number(numbers, self._parts, self._deadline)
            return [answers.get(number) for number in numbers]

        return await self._answered(load, numbers, System.NOMIS)

    async def _probation_batch(self, numbers: list[str]) -> list[ProbationAnswer]:
        async def load() -> list[ProbationAnswer]:
            answers = await self._delius.probation_by_noms_number(numbers, self._deadline)
            return [answers[number] for number in numbers]

        return await self._answered(load, numbers, System.DELIUS)

    async def _population_batch(self, prison_ids: list[str]) -> list[PopulationAnswer]:
        async def population(prison_id: str) -> PopulationAnswer:
            try:
                return await self._nomis.population(
                    prison_id, self._parts, self._deadline, at_most=self._max_population
                )
            except UpstreamError as error:
                return error.failure()
            except TooManyPeople:
                return self._too_many_people()

        async def load() -> list[PopulationAnswer]:
            return list(await asyncio.gather(*map(population, prison_ids)))

        return await self._answered(load, prison_ids, System.NOMIS)

    async def _answered(
        self, load: Callable[[], Awaitable[list[Any]]], keys: Sequence[str], system: System
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
        prisons = self._prisons
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


async def _many(loader: DataLoader[str, Answer], keys: Sequence[str]) -> list[Answer]:
    """Load a whole list at once. Shielded: one waiter's cancellation would cancel every waiter of a key."""
    return list(await asyncio.shield(loader.load_many(keys)))


def _internal(system: System) -> Failure:
    return Failure(code=FailureCode.INTERNAL, message="Something went wrong in the gateway.", system=system)
