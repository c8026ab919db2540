"""Offenders: ask both systems side by side, join, and lay out every field asked for as a plain value."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any

from resolvers.context import RequestContext
from resolvers.declarations import Joined
from resolvers.join import Decided, PrisonHalf, ProbationHalf, prison_half, probation_half
from resolvers.plan import OffenderAsk
from resolvers.probation import probation_by_noms_number
from upstreams.records import (
    Agency,
    Failure,
    FailureCode,
    FieldFailure,
    PrisonerAnswer,
    PrisonerRecord,
    System,
)

LACKS_PRISON_ROLE = Failure(
    code=FailureCode.FORBIDDEN,
    message="This needs a role for prison records, which your token does not have.",
    system=System.NOMIS,
    retryable=False,
)


class OffenderFields:
    """The fields of one person that the operation asks for, each as a plain attribute."""

    def __init__(self, values: dict[str, Any]) -> None:
        self.__dict__ = values


async def offenders_by_noms_number(
    context: RequestContext, numbers: Sequence[str], ask: OffenderAsk
) -> list[OffenderFields | None]:
    """Return a person for each number, in the order of the question; None for one NOMIS does not know."""
    distinct = list(dict.fromkeys(numbers))
    prisoners, probation = await asyncio.gather(
        _prisoners(context, distinct), _probation(context, distinct, ask)
    )
    people = await lay_out(context, dict(zip(distinct, prisoners, strict=True)), probation, ask)
    return [people[number] for number in numbers]


async def offenders_of(
    context: RequestContext, prisoners: Mapping[str, PrisonerRecord | Failure], ask: OffenderAsk
) -> Mapping[str, OffenderFields | None]:
    """Return the people of a list that NOMIS has answered already."""
    return await lay_out(context, prisoners, await _probation(context, list(prisoners), ask), ask)


async def _prisoners(context: RequestContext, numbers: Sequence[str]) -> list[PrisonerAnswer]:
    if not context.caller.reads_nomis:
        return [LACKS_PRISON_ROLE] * len(numbers)
    return await context.loaders.prisoners_by_noms_number(numbers)


async def _probation(context: RequestContext, numbers: Sequence[str], ask: OffenderAsk) -> dict[str, Decided]:
    if not ask.asks_probation:
        return {}
    return await probation_by_noms_number(context, numbers, ask.further_parts)


async def lay_out(
    context: RequestContext,
    prisoners: Mapping[str, PrisonerAnswer],
    probation: Mapping[str, Decided],
    ask: OffenderAsk,
) -> dict[str, OffenderFields | None]:
    """Join each person's answers and read the fields that were asked for."""
    agencies = await _agencies(context, prisoners, ask)
    people: dict[str, OffenderFields | None] = {}
    for number, prisoner in prisoners.items():
        if prisoner is None:
            people[number] = None
            continue
        joined = _joined(context, number, prisoner, probation.get(number), agencies)
        _note_failures(context, joined)
        people[number] = OffenderFields(_values(joined, ask))
    return people


def _joined(
    context: RequestContext,
    number: str,
    prisoner: PrisonerRecord | Failure,
    probation: Decided | None,
    agencies: Mapping[str, Agency | Failure | None],
) -> Joined:
    prison = prison_half(prisoner, context.loaders.nomis_route)
    half: ProbationHalf | None = None
    if probation is not None:
        date_of_birth = prison.record.date_of_birth if prison.record else None
        half = probation_half(probation, date_of_birth, context.loaders.delius_route)
    return Joined(number, prison, half, agencies)


def _note_failures(context: RequestContext, joined: Joined) -> None:
    """Count what failed for this person also where only states are asked for, which never raise."""
    prison, probation = joined.prison, joined.probation
    failures = [prison.failure, prison.record.unreadable if prison.record else None]
    if probation is not None:
        failures += probation.failures
    for failure in failures:
        if failure is not None:
            context.incomplete.add(failure, (joined.noms_number,))


def _values(joined: Joined, ask: OffenderAsk) -> dict[str, Any]:
    halves: dict[System, PrisonHalf | ProbationHalf | None] = {
        System.NOMIS: joined.prison,
        System.DELIUS: joined.probation,
    }
    values: dict[str, Any] = {}
    for name, declaration in ask.fields.items():
        half = halves[declaration.fails_with] if declaration.fails_with else None
        if half is not None and half.failure is not None:
            values[name] = FieldFailure(half.failure)
        else:
            values[name] = declaration.value(joined)
    return values


async def _agencies(
    context: RequestContext, prisoners: Mapping[str, PrisonerAnswer], ask: OffenderAsk
) -> Mapping[str, Agency | Failure | None]:
    """Return the prisons these people's fields name, if names are asked for: a second wave, but one wait."""
    if not (ask.names_prisons and context.loaders.has_agencies):
        return {}
    named = [declaration.prison_id for declaration in ask.fields.values() if declaration.prison_id]
    people_by_prison: dict[str, set[str]] = {}
    for number, prisoner in prisoners.items():
        if isinstance(prisoner, PrisonerRecord):
            for prison_id in named:
                if isinstance(prison := prison_id(prisoner), str):
                    people_by_prison.setdefault(prison, set()).add(number)
    ids = list(people_by_prison)
    agencies = dict(zip(ids, await context.loaders.agencies_by_id(ids), strict=True))
    for prison, agency in agencies.items():
        if isinstance(agency, Failure):
            context.incomplete.add(agency, people_by_prison[prison])
    return agencies
