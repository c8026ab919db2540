"""Offenders: ask both systems side by side, and put together what was had about each person."""

import asyncio
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

from resolvers.context import Incomplete, RequestContext
from resolvers.declarations import Joined
from resolvers.join import Decided, failures, probation_half
from resolvers.limited_access import Admitted
from resolvers.merged_numbers import survivors_of, with_merged_numbers
from resolvers.plan import OffenderAsk
from resolvers.probation import probation_by_noms_number, record_by_crn
from resolvers.states import ProbationRecordStatus
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
SLICE = 500
"""People that are put together in one turn of the event loop."""


async def offenders_by_noms_number(
    context: RequestContext, numbers: Sequence[str], ask: OffenderAsk
) -> list[Joined | None]:
    """Return a person for each number, in the order of the question; None for one NOMIS does not know.

    A number that was merged into another is answered with the one who has that other now.
    """
    distinct = list(dict.fromkeys(numbers))
    prisoners: Mapping[str, PrisonerAnswer]
    survivors: Mapping[str, PrisonerAnswer] = {}
    if context.caller.reads_nomis:
        nomis = context.loaders.prisoners_by_noms_number(distinct, beside=ask.asks_probation)
        probation = await _probation(context, distinct, ask)
        prisoners = await nomis
        if not all(map(prisoners.get, distinct)):
            survivors = await survivors_of(context, distinct, prisoners)
            prisoners = {**prisoners, **survivors}
    else:
        probation = await _probation(context, distinct, ask)
        prisoners = dict.fromkeys(distinct, LACKS_PRISON_ROLE)
    if ask.asks_probation:
        probation = await with_merged_numbers(context, prisoners, survivors, probation, ask.probation_parts)
    people = await put_together(context, distinct, prisoners, probation, ask, survivors=survivors)
    return [people[number] for number in numbers]


async def offender_by_crn(context: RequestContext, crn: str, ask: OffenderAsk) -> Joined | None:
    """Return the person whose record this CRN is. Raises `FieldFailure`.

    Nobody is told whether there is a record that they may not see: it is None like one that is not there, and
    nothing of the way to it is counted.
    """
    decided = await record_by_crn(context, crn)
    if isinstance(decided, Failure):
        context.incomplete.add(decided, (crn,))
        raise FieldFailure(decided)
    number = decided.record.noms_number if isinstance(decided, Admitted) else None
    if number is None:
        return None
    apart = replace(context, incomplete=Incomplete())
    (person,) = await offenders_by_noms_number(apart, [number], ask)
    if person is None or (person.half and person.half.status is ProbationRecordStatus.RESTRICTED):
        return None
    context.incomplete.add_all(apart.incomplete)
    return person


async def offenders_of(
    context: RequestContext, prisoners: Mapping[str, PrisonerRecord | Failure], ask: OffenderAsk
) -> Mapping[str, Joined | None]:
    """Return the people of a list that NOMIS has answered already."""
    numbers = list(prisoners)
    probation = await _probation(context, numbers, ask)
    if ask.asks_probation:
        probation = await with_merged_numbers(context, prisoners, {}, probation, ask.probation_parts)
    return await put_together(context, numbers, prisoners, probation, ask)


async def _probation(context: RequestContext, numbers: Sequence[str], ask: OffenderAsk) -> dict[str, Decided]:
    if not ask.asks_probation:
        return {}
    return await probation_by_noms_number(context, numbers, ask.probation_parts)


async def put_together(
    context: RequestContext,
    numbers: Sequence[str],
    prisoners: Mapping[str, PrisonerAnswer],
    probation: Mapping[str, Decided],
    ask: OffenderAsk,
    *,
    survivors: Collection[str] = (),
) -> dict[str, Joined | None]:
    """Put both systems' answers about each person side by side, and count what failed.

    `survivors` are the numbers that were merged away, and are answered with others' records.
    """
    agencies = await _agencies(context, numbers, prisoners, ask)
    agencies_are_whole = not any(isinstance(agency, Failure) for agency in agencies.values())
    nomis_route, delius_route = context.loaders.nomis_route, context.loaders.delius_route
    people: dict[str, Joined | None] = {}
    for place, number in enumerate(numbers, 1):
        prisoner = prisoners.get(number)
        if prisoner is None:
            people[number] = None
        else:
            failed, decided, half = prisoner.unreadable, None, None
            if ask.asks_probation:
                decided = probation[number]
                # One who could not be had at all is their own failure.
                date_of_birth = None if failed is prisoner else prisoner.date_of_birth  # type: ignore[union-attr]
                half = probation_half(decided, date_of_birth, delius_route, ask.probation_parts)
            whole = failed is None and (half is None or half.is_whole)
            own, route = number, nomis_route
            if number in survivors and failed is not prisoner:
                own, route = prisoner.noms_number, context.loaders.merges_route or route  # type: ignore[union-attr]
            if not whole:
                _note_failures(context.incomplete, own, failed, decided)
            people[number] = Joined(own, prisoner, half, agencies, route, whole and agencies_are_whole)
        if place % SLICE == 0:
            await asyncio.sleep(0)
    return people


def _note_failures(
    incomplete: Incomplete, number: str, of_nomis: Failure | None, decided: Decided | None
) -> None:
    """Count what failed for this person also where only states are asked for, which never raise."""
    if of_nomis is not None:
        incomplete.add(of_nomis, (number,))
    if decided is not None:
        for failure in failures(decided):
            incomplete.add(failure, (number,))


async def _agencies(
    context: RequestContext,
    numbers: Sequence[str],
    prisoners: Mapping[str, PrisonerAnswer],
    ask: OffenderAsk,
) -> Mapping[str, Agency | Failure | None]:
    """Return the prisons these people's fields name, if names are asked for: a second wave, but one wait."""
    if not (ask.named_prisons and context.loaders.has_agencies):
        return {}
    people_by_prison: dict[str, set[str]] = {}
    for number in numbers:
        prisoner = prisoners.get(number)
        if prisoner is not None and type(prisoner) is not Failure:
            for declaration in ask.named_prisons:
                assert declaration.prison_id is not None
                if isinstance(prison := declaration.prison_id(prisoner), str):
                    people_by_prison.setdefault(prison, set()).add(number)
    agencies = await context.loaders.agencies_by_id(people_by_prison)
    for prison, people in people_by_prison.items():
        if isinstance(agency := agencies[prison], Failure):
            context.incomplete.add(agency, people)
    return agencies
