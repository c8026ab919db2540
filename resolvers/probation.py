"""The Delius half of many people: ask, let through what this caller may see, ask for further parts of it.

It waits for nobody of the NOMIS half, and each of its waves is one wait for everybody.
"""

import asyncio
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from resolvers.context import RequestContext
from resolvers.join import Decided
from resolvers.limited_access import Admitted, by_check, is_open
from resolvers.match import is_record_of
from upstreams.errors import BadAnswer
from upstreams.records import (
    WITHOUT_RECORD,
    Failure,
    FailureCode,
    FieldFailure,
    NoRecord,
    ProbationAnswer,
    ProbationRecord,
    System,
    with_parts,
)

LACKS_PROBATION_ROLE = Failure(
    code=FailureCode.FORBIDDEN,
    message="This needs a role for probation records, which your token does not have.",
    system=System.DELIUS,
    retryable=False,
)


async def probation_by_noms_number(
    context: RequestContext, numbers: Sequence[str], parts: Collection[str]
) -> dict[str, Decided]:
    """Return for each number a record that the caller may see, or why there is none to show."""
    if not context.caller.reads_delius:
        return dict.fromkeys(numbers, LACKS_PROBATION_ROLE)
    answers = await context.loaders.probation_by_noms_number(numbers)
    decided, to_check = _decided(context, numbers, answers)
    further = frozenset(parts).intersection(context.loaders.further_parts)
    if not to_check:
        return await _with_parts(context, decided, further)
    if not further:
        return decided | await _checked(context, to_check)
    open_ones, checked = await asyncio.gather(
        _with_parts(context, decided, further), _checked_with_parts(context, to_check, further)
    )
    return open_ones | checked


async def record_by_crn(context: RequestContext, crn: str) -> Decided:
    """Return the record of this CRN where the caller may see it, or why there is none to show."""
    if not context.caller.reads_delius:
        return LACKS_PROBATION_ROLE
    answer: Any = await context.loaders.probation_by_crn(crn)
    if answer.__class__ in WITHOUT_RECORD:
        return answer
    if is_open(answer):
        return Admitted(answer)
    if not (context.loaders.checks_access and isinstance(answer.crn, str)):
        return NoRecord.RESTRICTED
    # Under the CRN that the record has today, which need not be the one asked for.
    return by_check(answer, (await context.loaders.may_see_by_crn([answer.crn]))[answer.crn])


def _decided(
    context: RequestContext, numbers: Sequence[str], answers: Mapping[str, ProbationAnswer]
) -> tuple[dict[str, Decided], dict[str, tuple[ProbationRecord, str]]]:
    """Decide where the record says enough; return also what is to be checked, with the CRN to check by.

    A record that is refused for another reason is not checked.
    """
    decided: dict[str, Decided] = {}
    to_check: dict[str, tuple[ProbationRecord, str]] = {}
    checks_access = context.loaders.checks_access
    for number in numbers:
        answer: Any = answers[number]
        if answer.__class__ in WITHOUT_RECORD:
            decided[number] = answer
        elif not is_record_of(answer, number):
            decided[number] = NoRecord.MISMATCH
        elif is_open(answer):
            decided[number] = Admitted(answer)
        elif checks_access and isinstance(answer.crn, str):
            to_check[number] = answer, answer.crn
        else:
            decided[number] = NoRecord.RESTRICTED
    return decided, to_check


async def _checked_with_parts(
    context: RequestContext, to_check: Mapping[str, tuple[ProbationRecord, str]], further: frozenset[str]
) -> dict[str, Decided]:
    """Nobody whose record is open waits for the check."""
    return await _with_parts(context, await _checked(context, to_check), further)


async def _checked(
    context: RequestContext, to_check: Mapping[str, tuple[ProbationRecord, str]]
) -> dict[str, Decided]:
    """Check everybody in one batch."""
    seen = await context.loaders.may_see_by_crn(list(dict.fromkeys(crn for _, crn in to_check.values())))
    return {number: by_check(record, seen[crn]) for number, (record, crn) in to_check.items()}


async def _with_parts(
    context: RequestContext, decided: dict[str, Decided], further: frozenset[str]
) -> dict[str, Decided]:
    """Fill in what takes a further call a person; a part that failed fails by itself."""
    if not further:
        return decided
    crns = {number: answer.record.crn for number, answer in decided.items() if isinstance(answer, Admitted)}
    keys = [(part, crn) for crn in crns.values() if isinstance(crn, str) for part in sorted(further)]
    told: Mapping[Any, Any] = await context.loaders.further_parts_by_crn(keys)
    # Without a CRN nobody can be asked: a null would look like an answer.
    unasked = BadAnswer(System.DELIUS, context.loaders.delius_route).failure()
    return {
        number: _filled(answer, {part: told.get((part, crns[number]), unasked) for part in further})
        if isinstance(answer, Admitted)
        else answer
        for number, answer in decided.items()
    }


def _filled(answer: Admitted, parts: Mapping[str, Any]) -> Decided:
    """Return the record with these parts; a call that says that access is limited restricts all of it."""
    if NoRecord.RESTRICTED in parts.values():
        return NoRecord.RESTRICTED
    read = {part: FieldFailure(one) if isinstance(one, Failure) else one for part, one in parts.items()}
    return Admitted(with_parts(answer.record, **read))
