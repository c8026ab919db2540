"""Merged numbers: who took over a number that NOMIS does not know, and whom Delius has under an old one.

NOMIS merges two records of one person into one number, and Delius may be left with the other (ADR 18).
"""

from collections.abc import Collection, Mapping, Sequence

from resolvers.context import RequestContext
from resolvers.join import Decided
from resolvers.limited_access import Admitted
from resolvers.probation import probation_by_noms_number
from upstreams.errors import BadAnswer
from upstreams.records import (
    Failure,
    FailureCode,
    FieldFailure,
    NoRecord,
    PrisonerAnswer,
    PrisonerRecord,
    System,
)

NOT_FOUND = NoRecord.NOT_FOUND
FORBIDDING = frozenset({FailureCode.FORBIDDEN, FailureCode.DELIUS_FORBIDDEN})


async def survivors_of(
    context: RequestContext, numbers: Sequence[str], prisoners: Mapping[str, PrisonerAnswer]
) -> Mapping[str, PrisonerAnswer]:
    """Return what is to be had of those whom NOMIS does not know by the number asked for."""
    unknown = [number for number in numbers if prisoners.get(number) is None]
    return await context.loaders.survivors_by_merged_number(unknown) if unknown else {}


async def with_merged_numbers(
    context: RequestContext,
    prisoners: Mapping[str, PrisonerAnswer],
    survivors: Mapping[str, PrisonerAnswer],
    answers: dict[str, Decided],
    parts: Collection[str],
) -> dict[str, Decided]:
    """Return Delius's answers about these people, each under the number that they were asked for by.

    A survivor is asked for under their own number, and whoever Delius did not have once more under all their
    old ones. `answers` are those under the numbers asked for: no number is asked for twice.
    """
    own: dict[str, str] = {}
    theirs: dict[str, PrisonerRecord] = {}
    if survivors:
        found = [(number, one) for number, one in survivors.items() if one and type(one) is not Failure]
        own = {number: survivor.noms_number for number, survivor in found}
        theirs = {survivor.noms_number: survivor for _, survivor in found}
        answers = await _asked_too(context, own.values(), answers, parts)
    merged = {
        number: old
        for number, answer in answers.items()
        if answer is NOT_FOUND and (old := _merged_into(context, number, prisoners, theirs))
    }
    if merged:
        answers = answers | await _under_old_numbers(context, merged, prisoners, answers, parts)
    return answers | {number: answers[who] for number, who in own.items()} if own else answers


async def _under_old_numbers(
    context: RequestContext,
    merged: Mapping[str, Sequence[str] | FieldFailure],
    prisoners: Mapping[str, PrisonerAnswer],
    answers: dict[str, Decided],
    parts: Collection[str],
) -> dict[str, Decided]:
    """Return what Delius has of these people under their old numbers.

    Old numbers that could not be read leave it open whether Delius has them. One that NOMIS answers as
    another person's own is no old number of anybody's: their record would be shown as somebody else's.
    """
    unknown = BadAnswer(System.DELIUS, context.loaders.delius_route).failure()
    decided: dict[str, Decided] = {}
    asked: dict[str, Sequence[str]] = {}
    for number, old in merged.items():
        if isinstance(old, FieldFailure):
            context.incomplete.add(old.failure, (number,))
            decided[number] = unknown
        elif any(_holder(one, prisoners) is not None for one in old):
            decided[number] = NoRecord.MISMATCH
        else:
            asked[number] = old
    under = await _asked_too(context, [one for old in asked.values() for one in old], answers, parts)
    return decided | {number: _one_of([under[one] for one in old]) for number, old in asked.items()}


def _holder(number: str, prisoners: Mapping[str, PrisonerAnswer]) -> PrisonerRecord | None:
    """Return the person who has this number today, as far as NOMIS answered them."""
    one = prisoners.get(number)
    return None if one is None or type(one) is Failure or one.noms_number != number else one


async def _asked_too(
    context: RequestContext, numbers: Collection[str], answers: dict[str, Decided], parts: Collection[str]
) -> dict[str, Decided]:
    """Return the answers with those about further numbers, of which some may be there already."""
    new = list(dict.fromkeys(number for number in numbers if number not in answers))
    return answers | await probation_by_noms_number(context, new, parts) if new else answers


def _merged_into(
    context: RequestContext,
    number: str,
    prisoners: Mapping[str, PrisonerAnswer],
    survivors: Mapping[str, PrisonerRecord],
) -> Sequence[str] | FieldFailure:
    """Return the old numbers of the person who has this one today, as far as NOMIS tells them.

    `survivors` are here by their own numbers.
    """
    if number in survivors:
        return survivors[number].merged_from or ()
    holder = _holder(number, prisoners)
    return () if holder is None else context.loaders.old_numbers(holder) or ()


def _one_of(answers: Sequence[Decided]) -> Decided:
    """Return what the answers under a person's old numbers come to: the first state that fits one of them.

    A record that carries another number than it was asked for by is refused already, and two that are not
    known to be one are several.
    """
    failed = [answer for answer in answers if isinstance(answer, Failure)]
    if failed:
        return next((one for one in failed if one.code in FORBIDDING), failed[0])
    there = [answer for answer in answers if answer is not NoRecord.NOT_FOUND]
    records = [answer for answer in there if answer is not NoRecord.MISMATCH]
    if NoRecord.AMBIGUOUS in records or any(not _is_the_same(records[0], other) for other in records[1:]):
        return NoRecord.AMBIGUOUS
    if len(records) < len(there):
        return NoRecord.MISMATCH
    if not records:
        return NoRecord.NOT_FOUND
    first = records[0]
    return Admitted(first.record, by_merged_number=True) if isinstance(first, Admitted) else first


def _is_the_same(one: Decided, other: Decided) -> bool:
    """Tell whether two records are known to be one; what is not shown is not known to be anything."""
    if not (isinstance(one, Admitted) and isinstance(other, Admitted)):
        return False
    return isinstance(one.record.crn, str) and one.record.crn == other.record.crn
