"""Loaders: the only door to the upstreams, one set a request, so that a key is asked for once."""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Protocol, TypeAlias, TypeVar

import structlog

from resolvers.batching import Batches
from resolvers.limited_access import delius_user, may_be_checked
from resolvers.plan import Plan
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
    PrisonerRecord,
    ProbationAnswer,
    Read,
    System,
    User,
)

log = structlog.get_logger("resolvers")

Key = TypeVar("Key")

PopulationAnswer = Population | Failure
PartOfRecord: TypeAlias = tuple[str, str]
"""A part of `ProbationRecord`, and the CRN of whose record it is."""


class Nomis(Protocol):
    """A route to NOMIS. `population_parts` are those parts of records that a prison's list has itself."""

    route: NomisRoute
    population_parts: frozenset[str]

    @property
    def old_numbers(self) -> Callable[[PrisonerRecord], Read[tuple[str, ...]]] | None:
        """What reads the numbers merged into a person's out of the part `identifiers`.

        None where the route's records have that part by a further call a person.
        """

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
        self, numbers: Sequence[str], parts: frozenset[str], deadline: Deadline
    ) -> Mapping[str, ProbationAnswer]:
        """Return one answer for each number, with those of the parts that the route's record has itself."""

    async def probation_by_crn(self, crn: str, deadline: Deadline, *, user: User | None) -> ProbationAnswer:
        """Return whose record this CRN is: with the number that it carries, and whether access is limited.

        Where the route checks limited access itself, it does so for this Delius user.
        """


class Merges(Protocol):
    """Where it is told who took over a number that NOMIS does not know. It need not be the route to NOMIS."""

    route: NomisRoute

    async def survivors_by_merged_number(
        self, numbers: Sequence[str], parts: Collection[str], deadline: Deadline
    ) -> PrisonerAnswers:
        """Return the survivors' records, under their own numbers, by the old ones; None without one."""


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
    """Parts of Delius's records that take a further call a person, by one service."""

    parts: frozenset[str]

    async def parts_by_crn(
        self, asked: Sequence[PartOfRecord], user: User | None, deadline: Deadline
    ) -> Mapping[PartOfRecord, Any | Failure]:
        """Return the value of each part."""


@dataclass(frozen=True, slots=True)
class Routes:
    """The ways to both systems that the settings chose; `further` has who tells each further part."""

    nomis: Nomis
    delius: Delius
    prisons: Prisons | None
    access: Access | None
    further: Mapping[str, Further]
    merges: Merges | None = None


class Loaders:
    """One request's loaders.

    Where the plan shares no answers about people, those are waited for without a batch.
    """

    def __init__(
        self,
        routes: Routes,
        *,
        plan: Plan,
        user: User | None,
        deadline: Deadline,
        max_population: int,
    ) -> None:
        self.nomis_route = routes.nomis.route
        self.delius_route = routes.delius.route
        self.has_agencies = routes.prisons is not None
        self.population_parts = routes.nomis.population_parts
        self.further_parts = routes.further.keys()
        self.merges_route = None if routes.merges is None else routes.merges.route
        self._routes = routes
        self._user = user
        self._delius_user = delius_user(user)
        has_flags = routes.delius.has_access_flags
        self.checks_access = routes.access is not None and may_be_checked(user, has_flags=has_flags)
        self._plan = plan
        self._parts = plan.parts
        if plan.asks_probation and routes.nomis.old_numbers is not None:
            # Delius may have anybody under an old number.
            self._parts |= {"identifiers"}
        self._deadline = deadline
        self._max_population = max_population
        # Once for all: to ask asyncio for it is a system call.
        self._loop = asyncio.get_running_loop()
        self._open: list[Batches[Any, Any] | asyncio.Task[Any]] = []

    def prisoners_by_noms_number(
        self, numbers: Sequence[str], *, beside: bool = False
    ) -> Awaitable[Mapping[str, PrisonerAnswer]]:
        """Load what NOMIS has of these people.

        Where the caller asks for something else before it waits, `beside` lets the call go out at once.
        """
        if numbers and not self._plan.shares:
            if not beside:
                return self._prisoner_batch(numbers)
            asked = self._loop.create_task(self._prisoner_batch(numbers))
            self._open.append(asked)
            return asked
        return self._prisoners.many(numbers, self._prisoner_batch)

    def old_numbers(self, person: PrisonerRecord) -> Read[tuple[str, ...]]:
        """Return which numbers were merged into a person's; None where a further call alone tells them.

        There it may not be `mergedFrom` that decides what Delius is asked.
        """
        read = self._routes.nomis.old_numbers
        return None if read is None else read(person)

    def survivors_by_merged_number(self, numbers: Sequence[str]) -> Awaitable[Mapping[str, PrisonerAnswer]]:
        """Load who took over these numbers, which NOMIS does not know; nobody where none can tell."""
        return self._survivors.many(numbers, self._survivor_batch)

    def probation_by_noms_number(self, numbers: Sequence[str]) -> Awaitable[Mapping[str, ProbationAnswer]]:
        """Load what Delius has of these people."""
        if numbers and not self._plan.shares:
            return self._probation_batch(numbers)
        return self._probation.many(numbers, self._probation_batch)

    async def probation_by_crn(self, crn: str) -> ProbationAnswer:
        """Load whose record this CRN is."""
        return (await self._by_crn.many([crn], self._by_crn_batch))[crn]

    async def population_by_prison(self, prison_id: str) -> PopulationAnswer:
        """Load everybody in a prison."""
        return (await self._populations.many([prison_id], self._population_batch))[prison_id]

    def agencies_by_id(self, prison_ids: Collection[str]) -> Awaitable[Mapping[str, Agency | Failure | None]]:
        """Load the Prison API's descriptions of these prisons; none where it is not configured."""
        return self._agencies.many(prison_ids, self._agency_batch)

    def may_see_by_crn(self, crns: Sequence[str]) -> Awaitable[Mapping[str, bool | Failure]]:
        """Load whether the caller may see these records."""
        if crns and not self._plan.shares:
            return self._access_batch(crns)
        return self._access.many(crns, self._access_batch)

    def further_parts_by_crn(
        self, keys: Sequence[PartOfRecord]
    ) -> Awaitable[Mapping[PartOfRecord, Any | Failure]]:
        """Load parts of records that the caller may see."""
        return self._further.many(keys, self._further_batch)

    @cached_property
    def _prisoners(self) -> Batches[str, PrisonerAnswer]:
        return self._new_batches()

    @cached_property
    def _survivors(self) -> Batches[str, PrisonerAnswer]:
        return self._new_batches()

    @cached_property
    def _by_crn(self) -> Batches[str, ProbationAnswer]:
        return self._new_batches()

    @cached_property
    def _probation(self) -> Batches[str, ProbationAnswer]:
        return self._new_batches()

    @cached_property
    def _populations(self) -> Batches[str, PopulationAnswer]:
        return self._new_batches()

    @cached_property
    def _agencies(self) -> Batches[str, Agency | Failure | None]:
        return self._new_batches()

    @cached_property
    def _access(self) -> Batches[str, bool | Failure]:
        return self._new_batches()

    @cached_property
    def _further(self) -> Batches[PartOfRecord, Any | Failure]:
        return self._new_batches()

    def _new_batches(self) -> Batches[Any, Any]:
        batches: Batches[Any, Any] = Batches(self._loop)
        self._open.append(batches)
        return batches

    def close(self) -> None:
        """Give up what is still under way: the request is over, or its caller has gone."""
        for one in self._open:
            one.cancel()
        # A task that is cancelled holds its frames, and they hold these loaders: a circle otherwise.
        self._open.clear()

    async def _prisoner_batch(self, numbers: Sequence[str]) -> Mapping[str, PrisonerAnswer]:
        asked = self._routes.nomis.prisoners_by_noms_number(numbers, self._parts, self._deadline)
        return await _answered(asked, numbers, System.NOMIS)

    async def _survivor_batch(self, numbers: Sequence[str]) -> Mapping[str, PrisonerAnswer]:
        merges = self._routes.merges
        if merges is None:
            return dict.fromkeys(numbers)
        asked = merges.survivors_by_merged_number(numbers, self._plan.parts, self._deadline)
        return await _answered(asked, numbers, System.NOMIS)

    async def _probation_batch(self, numbers: Sequence[str]) -> Mapping[str, ProbationAnswer]:
        asked = self._routes.delius.probation_by_noms_number(
            numbers, self._plan.probation_parts, self._deadline
        )
        return await _answered(asked, numbers, System.DELIUS)

    async def _by_crn_batch(self, crns: Sequence[str]) -> Mapping[str, ProbationAnswer]:
        delius, user = self._routes.delius, self._delius_user
        asked = _each(crns, lambda crn: delius.probation_by_crn(crn, self._deadline, user=user))
        return await _answered(asked, crns, System.DELIUS)

    async def _population_batch(self, prison_ids: Sequence[str]) -> Mapping[str, PopulationAnswer]:
        return await _answered(_each(prison_ids, self._population), prison_ids, System.NOMIS)

    async def _population(self, prison_id: str) -> PopulationAnswer:
        try:
            return await self._routes.nomis.population(
                prison_id,
                self._parts,
                self._deadline,
                at_most=self._max_population,
                user=self._user,
            )
        except TooManyPeople:
            return self._too_many_people()

    def _too_many_people(self) -> Failure:
        return Failure(
            code=FailureCode.OPERATION_TOO_COMPLEX,
            message=(
                f"This prison has more people than MAX_POPULATION ({self._max_population}). "
                "Ask for people by their NOMS numbers."
            ),
            retryable=False,
        )

    async def _agency_batch(self, prison_ids: Sequence[str]) -> Mapping[str, Agency | Failure | None]:
        prisons = self._routes.prisons
        if prisons is None:
            return dict.fromkeys(prison_ids)
        asked = _each(prison_ids, lambda prison_id: prisons.prison(prison_id, self._deadline))
        return await _answered(asked, prison_ids, System.NOMIS)

    async def _access_batch(self, crns: Sequence[str]) -> Mapping[str, bool | Failure]:
        assert self._routes.access is not None
        username = None if self._delius_user is None else self._delius_user.name
        return await _answered(
            self._routes.access.may_see(crns, username, self._deadline), crns, System.DELIUS
        )

    async def _further_batch(self, keys: Sequence[PartOfRecord]) -> Mapping[PartOfRecord, Any | Failure]:
        asked: dict[Further, list[PartOfRecord]] = {}
        for key in keys:
            asked.setdefault(self._routes.further[key[0]], []).append(key)
        told = await asyncio.gather(
            *(
                _answered(one.parts_by_crn(some, self._delius_user, self._deadline), some, System.DELIUS)
                for one, some in asked.items()
            )
        )
        return {key: answer for answers in told for key, answer in answers.items()}


async def _each(keys: Sequence[Key], ask: Callable[[Key], Awaitable[Any]]) -> dict[Key, Any]:
    """Ask for each key by a call of its own, all side by side."""

    async def answer(key: Key) -> Any:
        try:
            return await ask(key)
        except UpstreamError as error:
            return error.failure()

    if len(keys) == 1:
        return {keys[0]: await answer(keys[0])}
    return dict(zip(keys, await asyncio.gather(*map(answer, keys)), strict=True))


async def _answered(
    asked: Awaitable[Mapping[Key, Any]], keys: Sequence[Key], system: System
) -> Mapping[Key, Any]:
    """Wait for the answers; whatever goes wrong beside an upstream is an answer for every key too."""
    try:
        return await asked
    except Exception as error:
        log.error("batch_failed", system=system.value, error=type(error).__name__, exc_info=error)
        failure = Failure(
            code=FailureCode.INTERNAL, message="Something went wrong in the gateway.", system=system
        )
        return dict.fromkeys(keys, failure)
