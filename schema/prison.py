"""`Prison` and the pages of its population."""

from typing import Annotated

import strawberry

from resolvers import prisons
from schema.declared import by_response_key, described
from schema.offender import Offender
from schema.population import PopulationFilter, PopulationOrder, ProbationSummary
from upstreams.records import FieldFailure


@strawberry.type(description="Where the gateway's page stands among the others.")
class PageInfo:
    has_next_page: bool = described("Whether more people follow this page.")
    has_previous_page: bool = described("Whether people come before this page.")
    start_cursor: str | None = described("The cursor of the page's first person; null on an empty page.")
    end_cursor: str | None = described(
        "The cursor of the page's last person, to hand in as `after` for the next page; null on an empty "
        "page."
    )


@strawberry.type(description="A person in a population, with the gateway's cursor that leads on from them.")
class OffenderEdge:
    cursor: str = described(
        "Hand it in as `after` for the people who follow. It tells nothing about the person."
    )
    node: Offender = described("The person, as in `nodes`.")


@strawberry.type(description="One page of a prison's population, as the gateway cuts it.")
class OffenderConnection:
    nodes: list[Offender] = described("The people of this page, in the order asked for.")
    edges: list[OffenderEdge] = described("The same people with their cursors.")
    page_info: PageInfo = described("Where this page stands among the others.")
    total_count: int | None = described(
        "How many people there are on all pages; null, with an error at `population`, where that is not "
        "known: NOMIS's list is not as long as it says, or a system did not answer about somebody whom the "
        "filter, the order or the summary has to be told of."
    )
    probation_summary: ProbationSummary | None = described(
        "The people on all pages, counted; asks Delius for the whole prison. Without the probation role "
        "`population` is null with an error. Null, with an error at `population`, where it is not known who "
        "is in the list."
    )


@strawberry.type(description="A prison in NOMIS.")
class Prison:
    id: strawberry.ID = described("The prison's three letters or digits in NOMIS, such as LEI.")
    name: str | None = described(
        "The prison's name from the Prison API, else from the records of its people in NOMIS. Null where "
        "neither tells it; with an error where the one that was asked did not answer."
    )
    active: bool | None = described(
        "Whether the prison is open, from the Prison API; null where that is not configured or does not "
        "say, and with an error where it did not answer."
    )

    @strawberry.field(
        graphql_type=OffenderConnection | None,
        metadata=by_response_key(),
        description=(
            "The people whom NOMIS has in this prison, and the restricted patients whom it supports. Null "
            "with an error where NOMIS did not answer, where they are more than MAX_POPULATION, which the "
            "operator sets, and where a filter, an order or a summary needs the probation role, which you "
            "lack."
        ),
    )
    def population(
        self,
        info: strawberry.Info,
        first: Annotated[  # noqa: ARG002 - the look-ahead has read it
            int | None,
            strawberry.argument(
                description=(
                    "How many people a page has: from 1 to MAX_OFFENDERS, which the operator sets and which "
                    "bounds the whole operation; null means 100."
                )
            ),
        ] = 100,
        after: Annotated[  # noqa: ARG002 - the look-ahead has read it
            str | None,
            strawberry.argument(
                description=(
                    "The cursor of a person of this list, whom the page follows, even if they have left; "
                    "null for the first page. It is one of the same prison, filter and order."
                )
            ),
        ] = strawberry.UNSET,
        filter: Annotated[  # noqa: A002, ARG002 - the contract's name; the look-ahead has read it
            PopulationFilter | None,
            strawberry.argument(description="Whom to list; null for everybody."),
        ] = strawberry.UNSET,
        order_by: Annotated[  # noqa: ARG002 - the look-ahead has read it
            PopulationOrder | None,
            strawberry.argument(description="In which order; null for that of NOMS numbers."),
        ] = strawberry.UNSET,
    ) -> prisons.Page | FieldFailure:
        """Return the page that the root has fetched for this place of the operation."""
        found: prisons.Prison = self  # type: ignore[assignment]
        return found.population[str(info.path.key)]
