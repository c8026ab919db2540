"""`Prison` and the pages of its population."""

import strawberry

from resolvers import prisons
from schema.declared import described
from schema.offender import Offender
from upstreams.records import FieldFailure


@strawberry.type(description="Where a page stands among the others.")
class PageInfo:
    has_next_page: bool = described("Whether more people follow.")
    has_previous_page: bool = described("Whether people come before.")
    start_cursor: str | None = described("The cursor of the first person; null on an empty page.")
    end_cursor: str | None = described(
        "The cursor of the last person: hand it in as `after` for the next page."
    )


@strawberry.type(description="A person in a population, with the cursor that leads on from them.")
class OffenderEdge:
    cursor: str = described(
        "Hand it in as `after` for the people who follow. It tells nothing about the person."
    )
    node: Offender = described("The person.")


@strawberry.type(description="One page of a prison's population.")
class OffenderConnection:
    nodes: list[Offender] = described("The people of this page.")
    edges: list[OffenderEdge] = described("The same people with their cursors.")
    page_info: PageInfo = described("Where this page stands among the others.")
    total_count: int | None = described(
        "How many people there are on all pages; null where that cannot be known."
    )


@strawberry.type(description="A prison.")
class Prison:
    id: strawberry.ID = described("The prison's three letters or digits in NOMIS, such as LEI.")
    name: str | None = described("The prison's name; null where NOMIS does not tell it.")
    active: bool | None = described(
        "Whether the prison is open; null where the Prison API is not configured."
    )

    @strawberry.field(
        graphql_type=OffenderConnection | None,
        description=(
            "The people whom this prison holds, and restricted patients whom it supports, in the order of "
            "their NOMS numbers."
        ),
    )
    def population(
        self,
        info: strawberry.Info,
        first: int | None = 100,  # noqa: ARG002 - the look-ahead has read them
        after: str | None = strawberry.UNSET,  # noqa: ARG002 - the look-ahead has read them
    ) -> prisons.Page | FieldFailure:
        """Return the page that the root has fetched for this place of the operation."""
        found: prisons.Prison = self  # type: ignore[assignment]
        return found.pages[str(info.path.key)]
