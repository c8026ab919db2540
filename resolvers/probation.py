"""The Delius half of many people: ask, let through what this caller may see, ask for further parts of it.

It waits for nobody of the NOMIS half, and each of its waves is one wait for everybody.
"""

from collections.abc import Collection, Mapping, Sequence

from msgspec.structs import replace

from resolvers.context import RequestContext
from resolvers.join import Decided
from resolvers.limited_access import Admitted, by_check, is_open
from resolvers.match import is_record_of
from upstreams.records import (
    Failure,
    FailureCode,
    FieldFailure,
    NoRecord,
    ProbationAnswer,
    ProbationRecord,
    System,
)

LACKS_PROBATION_ROLE = Failure(
    code=FailureCode.FORBIDDEN,
    message="This needs a role for probation records, which your token does not have.",
    system=System.DELIUS,
    retryable=False,
)


async def probation_by_noms_number(
    context: RequestContext, numbers: Sequence[str], further_parts: Collection[str]
) -> dict[str, Decided]:
    """Return for each number a record that the caller may see, or why there is none to show."""
    if not context.caller.reads_delius:
        return dict.fromkeys(numbers, LACKS_PROBATION_ROLE)
    answers = await context.loaders.probation_by_noms_number(numbers)
    decided = await _let_through(context, dict(zip(numbers, answers, strict=True)))
    return await _with_further_parts(context, decided, further_parts)


async def _let_through(context: RequestContext, answers: Mapping[str, ProbationAnswer]) -> dict[str, Decided]:
    """Decide about limited access: of everybody who needs the check, in one batch.

    A record that is refused for another reason is not checked.
    """
    decided: dict[str, Decided] = {}
    to_check: dict[str, tuple[str, ProbationRecord]] = {}
    for number, answer in answers.items():
        if not isinstance(answer, ProbationRecord):
            decided[number] = answer
        elif not is_record_of(answer, number):
            decided[number] = NoRecord.MISMATCH
        elif is_open(answer):
            decided[number] = Admitted(answer)
        elif context.loaders.checks_access and isinstance(answer.crn, str):
            to_check[number] = answer.crn, answer
        else:
            decided[number] = NoRecord.RESTRICTED
    seen = await context.loaders.may_see_by_crn([crn for crn, _ in to_check.values()])
    for (number, (_, record)), may_see in zip(to_check.items(), seen, strict=True):
        decided[number] = by_check(record, may_see)
    return decided


async def _with_further_parts(
    context: RequestContext, decided: dict[str, Decided], parts: Collection[str]
) -> dict[str, Decided]:
    """Fill in what the route tells by a further call a person; a part that failed fails by itself."""
    admitted = {number: answer for number, answer in decided.items() if isinstance(answer, Admitted)}
    asked = sorted(context.loaders.further_parts & frozenset(parts))
    wanted = [(number, part) for number in admitted for part in asked]
    crns = {number: answer.record.crn for number, answer in admitted.items()}
    keys = [(part, crn) for number, part in wanted if isinstance(crn := crns[number], str)]
    told = dict(zip(keys, await context.loaders.further_parts_by_crn(keys), strict=True))
    for number, part in wanted:
        crn = crns[number]
        value = told[part, crn] if isinstance(crn, str) else crn and crn.failure
        read = FieldFailure(value) if isinstance(value, Failure) else value
        admitted[number] = Admitted(replace(admitted[number].record, **{part: read}))
    return {**decided, **admitted}
