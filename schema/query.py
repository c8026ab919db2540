"""`Query`: the root fields.

Each asks the upstreams for all that is selected below it, and nothing below it waits.
"""

from typing import TypeAlias

import strawberry

from resolvers import offenders as resolve
from resolvers import prisons
from resolvers.context import RequestContext
from schema.offender import Offender
from schema.prison import Prison
from schema.scalars import NomsNumber
from upstreams.identifiers import normalised

Info: TypeAlias = strawberry.Info[RequestContext, None]


@strawberry.type(
    description="Who an offender is, which prison holds them, their tier, and who handles their case."
)
class Query:
    @strawberry.field(
        graphql_type=Offender | None,
        description="One person by NOMS number; null without an error where NOMIS knows nobody by it.",
    )
    async def offender(self, info: Info, noms_number: NomsNumber) -> resolve.OffenderFields | None:
        """Ask for one person."""
        return (await _offenders(info, [noms_number]))[0]

    @strawberry.field(
        graphql_type=list[Offender | None],
        description=(
            "People by NOMS number, in the order of the question; null where NOMIS knows nobody by a number."
        ),
    )
    async def offenders(
        self, info: Info, noms_numbers: list[NomsNumber]
    ) -> list[resolve.OffenderFields | None]:
        """Ask for many people at once."""
        return await _offenders(info, noms_numbers)

    @strawberry.field(
        graphql_type=Prison | None,
        description=(
            "A prison by its three letters or digits; null without an error where there is none. "
            "OUT and TRN are none."
        ),
    )
    async def prison(self, info: Info, id: strawberry.ID) -> prisons.Prison | None:  # noqa: A002 - the contract's name
        """Ask for a prison and the pages of its population."""
        return await prisons.prison(info.context, str(info.path.key), normalised(id))


async def _offenders(info: Info, numbers: list[NomsNumber]) -> list[resolve.OffenderFields | None]:
    ask = info.context.plan.offenders[str(info.path.key)]
    return await resolve.offenders_by_noms_number(info.context, numbers, ask)
