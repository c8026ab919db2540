"""`Query`: the root fields.

Each asks the upstreams for all that is selected below it, and nothing below it waits.
"""

from collections.abc import Mapping
from typing import Annotated, Any, TypeAlias

import strawberry

from resolvers import prisons
from resolvers.context import RequestContext
from resolvers.declarations import Joined
from resolvers.offenders import offender_by_crn, offenders_by_noms_number
from schema.declared import asked_by
from schema.offender import Offender
from schema.prison import Prison
from schema.scalars import Crn, NomsNumber
from upstreams.identifiers import normalised

Info: TypeAlias = strawberry.Info[RequestContext, None]
Arguments: TypeAlias = Mapping[str, Any]


async def _offender(context: RequestContext, response_key: str, arguments: Arguments) -> Joined | None:
    """Ask for one person."""
    ask = context.plan.offenders[response_key]
    return (await offenders_by_noms_number(context, [arguments["nomsNumber"]], ask))[0]


async def _offenders(context: RequestContext, response_key: str, arguments: Arguments) -> list[Joined | None]:
    """Ask for many people at once."""
    ask = context.plan.offenders[response_key]
    return await offenders_by_noms_number(context, arguments["nomsNumbers"], ask)


async def _offender_by_crn(context: RequestContext, response_key: str, arguments: Arguments) -> Joined | None:
    """Ask whose record a CRN is, and for that person."""
    return await offender_by_crn(context, arguments["crn"], context.plan.offenders[response_key])


async def _prison(context: RequestContext, response_key: str, arguments: Arguments) -> prisons.Prison | None:
    """Ask for a prison and the pages of its population."""
    return await prisons.prison(context, response_key, normalised(arguments["id"]))


@strawberry.type(
    description=(
        "Who an offender is, which prison holds them, their tier, and who handles their case: what NOMIS and "
        "Delius have, joined."
    )
)
class Query:
    @strawberry.field(
        graphql_type=Offender | None,
        metadata=asked_by(_offender),
        description=(
            "One person by NOMS number; null without an error where NOMIS knows nobody by it. A number that "
            "NOMIS has merged into another is answered with the person who has that other. Where NOMIS does "
            "not answer, or you lack the prison role, the person is there with the Delius half alone."
        ),
    )
    async def offender(
        self,
        info: Info,
        noms_number: Annotated[NomsNumber, strawberry.argument(description="Whose record is asked for.")],
    ) -> Joined | None:
        """Ask for one person."""
        return await _offender(info.context, str(info.path.key), {"nomsNumber": noms_number})

    @strawberry.field(
        graphql_type=list[Offender | None],
        metadata=asked_by(_offenders),
        description=(
            "People by NOMS number, in the order of the question, with its repeats; null without an error in "
            "the place of a number by which NOMIS knows nobody. A number that NOMIS has merged into another "
            "is answered with the person who has that other."
        ),
    )
    async def offenders(
        self,
        info: Info,
        noms_numbers: Annotated[
            list[NomsNumber],
            strawberry.argument(
                description=(
                    "Whose records are asked for. MAX_OFFENDERS, which the operator sets, bounds the people "
                    "of the whole operation: its distinct NOMS numbers and every `first`, added up."
                )
            ),
        ],
    ) -> list[Joined | None]:
        """Ask for many people at once."""
        return await _offenders(info.context, str(info.path.key), {"nomsNumbers": noms_numbers})

    @strawberry.field(
        graphql_type=Offender | None,
        metadata=asked_by(_offender_by_crn, asks_again=True),
        description=(
            "One person by CRN: whose record it is in Delius, and then as by that person's NOMS number. Null "
            "without an error where Delius has no such record, or none that you may see, where it names "
            "nobody, and where NOMIS knows nobody by the number: which of these, is not told. Null with an "
            "error where Delius does not say, or where you lack the probation role."
        ),
    )
    async def offender_by_crn(
        self,
        info: Info,
        crn: Annotated[Crn, strawberry.argument(description="Whose record is asked for.")],
    ) -> Joined | None:
        """Ask whose record a CRN is, and for that person."""
        return await _offender_by_crn(info.context, str(info.path.key), {"crn": crn})

    @strawberry.field(
        graphql_type=Prison | None,
        metadata=asked_by(_prison),
        description=(
            "A prison, closed ones too; null without an error where NOMIS has none by the id (OUT and TRN "
            "are none), and with an error where you lack the prison role. Where the Prison API is not "
            "configured, every other well-formed id is taken for a prison."
        ),
    )
    async def prison(
        self,
        info: Info,
        id: Annotated[  # noqa: A002 - the contract's name
            strawberry.ID,
            strawberry.argument(
                description="The prison's three letters or digits in NOMIS, such as LEI, in either case."
            ),
        ],
    ) -> prisons.Prison | None:
        """Ask for a prison and the pages of its population."""
        return await _prison(info.context, str(info.path.key), {"id": id})
