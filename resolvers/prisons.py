"""Prisons and their populations: whom a list lists, a page at a time."""

import asyncio
from collections.abc import Hashable, Mapping, Sequence

import msgspec

from resolvers.context import Notice, RequestContext
from resolvers.cursors import Cursors, Place
from resolvers.declarations import Joined, prison_name
from resolvers.listing import Listing, Members, Summary
from resolvers.offenders import LACKS_PRISON_ROLE, offenders_of
from resolvers.plan import OffenderAsk, PageAsk, PrisonAsk
from resolvers.probation import LACKS_PROBATION_ROLE
from upstreams.errors import BadAnswer
from upstreams.identifiers import NO_PRISON
from upstreams.records import (
    Agency,
    Failure,
    FieldFailure,
    Population,
    PrisonerRecord,
    Read,
    System,
)


class PageInfo(msgspec.Struct, frozen=True):
    """Where a page stands among the others."""

    has_next_page: bool
    has_previous_page: bool
    start_cursor: str | None
    end_cursor: str | None


class Edge(msgspec.Struct, frozen=True):
    """A person and the cursor that leads on from them, sealed when it is asked for."""

    node: Joined
    place: Place
    cursors: Cursors

    @property
    def cursor(self) -> str:
        """Return the cursor."""
        return self.cursors.write(self.place)


class Page(msgspec.Struct, frozen=True):
    """One page of a list of the prison's people, and where each stands in that list.

    `values` are what people are sorted by; there are none where that is their number.
    `total_count` and `probation_summary` are of the whole list, and None where that is not known.
    """

    prison_id: str
    listing: Listing
    nodes: Sequence[Joined]
    values: Mapping[str, str | None]
    cursors: Cursors
    has_next_page: bool
    has_previous_page: bool
    total_count: int | None
    probation_summary: Summary | None

    @property
    def edges(self) -> list[Edge]:
        """Return the people with their cursors."""
        return [Edge(node, self._place_of(node), self.cursors) for node in self.nodes]

    @property
    def page_info(self) -> PageInfo:
        """Return where the page stands, with the cursors of its ends."""
        first, last = (self.nodes[0], self.nodes[-1]) if self.nodes else (None, None)
        return PageInfo(
            has_next_page=self.has_next_page,
            has_previous_page=self.has_previous_page,
            start_cursor=None if first is None else self.cursors.write(self._place_of(first)),
            end_cursor=None if last is None else self.cursors.write(self._place_of(last)),
        )

    def _place_of(self, person: Joined) -> Place:
        number = person.noms_number
        return Place(self.prison_id, number, self.listing.key, self.values.get(number, number))


class Prison(msgspec.Struct, frozen=True):
    """A prison, with the pages of its population that were asked for, by their response keys."""

    id: str
    name: Read[str]
    active: Read[bool]
    population: Mapping[str, Page | FieldFailure]


async def prison(context: RequestContext, response_key: str, prison_id: str) -> Prison | None:
    """Return a prison, or None where there is no such; `OUT` and `TRN` are none. Raises `FieldFailure`."""
    ask = context.plan.prisons[response_key]
    if not context.caller.reads_nomis:
        raise FieldFailure(LACKS_PRISON_ROLE)
    if prison_id in NO_PRISON:
        return None
    by_people = not context.loaders.has_agencies and ask.describes
    agencies = context.loaders.agencies_by_id([prison_id])
    population = await _population(context, prison_id, needed=bool(ask.pages) or by_people)
    agency = (await agencies)[prison_id]
    if agency is None and context.loaders.has_agencies:
        return None
    if isinstance(agency, Failure):
        context.incomplete.add(agency, ())
    return Prison(
        id=prison_id,
        name=_name(agency, population, prison_id) if ask.describes else None,
        active=_active(agency),
        population=await _pages(context, response_key, prison_id, ask, population),
    )


async def _population(
    context: RequestContext, prison_id: str, *, needed: bool
) -> Population | Failure | None:
    """Return everybody in the prison, in the order of their numbers."""
    if not needed:
        return None
    answer = await context.loaders.population_by_prison(prison_id)
    if isinstance(answer, Failure):
        context.incomplete.add(answer, ())
        return answer
    people = answer.people
    return Population(people={number: people[number] for number in sorted(people)}, complete=answer.complete)


def _name(
    agency: Agency | Failure | None, population: Population | Failure | None, prison_id: str
) -> Read[str]:
    return prison_name(agency, _name_by_people(population, prison_id))


def _name_by_people(population: Population | Failure | None, prison_id: str) -> Read[str]:
    if isinstance(population, Failure):
        return FieldFailure(population)
    people = population.people.values() if population else ()
    held_here = (
        person.agency_name
        for person in people
        if type(person) is not Failure and person.agency_id == prison_id
    )
    return next((name for name in held_here if isinstance(name, str)), None)


def _active(agency: Agency | Failure | None) -> Read[bool]:
    if isinstance(agency, Failure):
        return FieldFailure(agency)
    return agency.active if agency else None


async def _pages(
    context: RequestContext,
    response_key: str,
    prison_id: str,
    ask: PrisonAsk,
    population: Population | Failure | None,
) -> dict[str, Page | FieldFailure]:
    if population is None:
        return {}
    if isinstance(population, Failure):
        return {key: FieldFailure(population) for key in ask.pages}
    if not population.complete:
        _note_incomplete(context, response_key, ask)
    members = await _members(context, population, ask)
    pages = [
        _page(context, (response_key, key), prison_id, population, page, members.get(page.listing.identity))
        for key, page in ask.pages.items()
    ]
    if len(pages) == 1:
        return dict(zip(ask.pages, [await pages[0]], strict=True))
    return dict(zip(ask.pages, await asyncio.gather(*pages), strict=True))


async def _members(
    context: RequestContext, population: Population, ask: PrisonAsk
) -> dict[Hashable, Members]:
    """Return whom each list holds for which everybody in the prison has to be read, one after the other."""
    members: dict[Hashable, Members] = {}
    for page in ask.pages.values():
        identity, needed = page.listing.identity, page.everybody
        if needed is None or identity in members or _lacks_role(context, page):
            continue
        everybody = await _with_parts(context, population, list(population.people), needed)
        people = await offenders_of(context, everybody, needed)
        members[identity] = Members.of([one for one in people.values() if one is not None], page.listing)
        await asyncio.sleep(0)
    return members


def _lacks_role(context: RequestContext, page: PageAsk) -> bool:
    asks = page.everybody is not None and page.everybody.asks_probation
    return asks and not context.caller.reads_delius


def _note_incomplete(context: RequestContext, response_key: str, ask: PrisonAsk) -> None:
    failure = BadAnswer(System.NOMIS, context.loaders.nomis_route).failure()
    context.incomplete.add(failure, ())
    context.notices += [Notice((response_key, key), failure) for key in ask.pages]


async def _page(
    context: RequestContext,
    path: tuple[str, str],
    prison_id: str,
    population: Population,
    ask: PageAsk,
    members: Members | None,
) -> Page | FieldFailure:
    """Cut one page out of the whole list: people may come and go between pages, their places stay."""
    if _lacks_role(context, ask):
        return FieldFailure(LACKS_PROBATION_ROLE)
    listed = members or Members.of_numbers(population.people, ask.listing)
    context.notices += [Notice(path, doubt) for doubt in listed.doubts]
    following = listed.after(ask.after, descending=ask.listing.descending)
    chosen = await _with_parts(context, population, following[: ask.first], ask.offender)
    people = await offenders_of(context, chosen, ask.offender)
    is_known = population.complete and not listed.doubts
    return Page(
        prison_id=prison_id,
        listing=ask.listing,
        nodes=[person for person in people.values() if person is not None],
        values=listed.values,
        cursors=context.cursors,
        has_next_page=len(following) > len(chosen),
        has_previous_page=len(following) < len(listed.numbers),
        total_count=len(listed.numbers) if is_known else None,
        probation_summary=listed.summary if population.complete else None,
    )


async def _with_parts(
    context: RequestContext, population: Population, numbers: Sequence[str], ask: OffenderAsk
) -> dict[str, PrisonerRecord | Failure]:
    """Return these people with the parts asked for: by number where the prison's list has them not."""
    if ask.parts <= context.loaders.population_parts:
        return {number: population.people[number] for number in numbers}
    answers = await context.loaders.prisoners_by_noms_number(numbers)
    # NOMIS contradicts itself about whom it lists and does not know: their nulls would look like answers.
    unknown = BadAnswer(System.NOMIS, context.loaders.nomis_route).failure()
    return {number: answers.get(number) or unknown for number in numbers}
