"""What a population may be filtered, sorted and counted by: each a field of `Offender`, or one below it."""

import strawberry

from resolvers.listing import PopulationOrderField
from schema.declared import described, optional
from schema.enums import (
    CaseHandlerOrganisation,
    CustodyStatus,
    OrderDirection,
    ProbationRecordStatus,
    TierLevel,
)

_TIER, _ORGANISATION = ("tier", "level"), ("caseHandler", "organisation")
_STATUS = ("probationRecord", "status")

FILTERED_BY = {
    "tier": _TIER,
    "caseHandler": _ORGANISATION,
    "probationRecordStatus": _STATUS,
    "custodyStatus": ("custodyStatus",),
}
"""The path below `Offender` of the value that each field of `PopulationFilter` lets pass."""
SORTED_BY = {
    PopulationOrderField.NOMS_NUMBER: ("nomsNumber",),
    PopulationOrderField.LAST_NAME: ("lastName",),
    PopulationOrderField.RELEASE_DATE: ("sentence", "releaseDate"),
    PopulationOrderField.TIER: _TIER,
}
COUNTED_BY = {"byStatus": _STATUS, "byTier": _TIER, "byOrganisation": _ORGANISATION}
"""The path of the value that each field of `ProbationSummary` counts."""


@strawberry.input(
    description=(
        "Whom of a population to list: those who pass every filter that is given. A filter is a list of the "
        "values that pass it: null lets everybody pass, and an empty list nobody. The filters on Delius's "
        "values need the probation role, and ask Delius for the whole prison; if it does not answer about "
        "somebody, there is an error at `population`, and `totalCount` is null."
    )
)
class PopulationFilter:
    tier: list[TierLevel] | None = optional(
        "By `tier.level`; whoever has none, or is of limited access for you, does not pass."
    )
    case_handler: list[CaseHandlerOrganisation] | None = optional(
        "By `caseHandler.organisation`; whoever has no case handler, or is of limited access for you, does "
        "not pass."
    )
    probation_record_status: list[ProbationRecordStatus] | None = optional(
        "By `probationRecord.status`: NOT_FOUND, AMBIGUOUS and MISMATCH list the people whose records do not "
        "meet."
    )
    custody_status: list[CustodyStatus] | None = optional("By `custodyStatus`.")


@strawberry.input(
    description=(
        "How a population is sorted. Ties are in the order of NOMS numbers, and people without a value, or "
        "of limited access for you, stand last, whatever the direction."
    )
)
class PopulationOrder:
    field: PopulationOrderField = strawberry.field(
        default=PopulationOrderField.NOMS_NUMBER, description="What to sort by."
    )
    direction: OrderDirection = strawberry.field(default=OrderDirection.ASC, description="Which way.")


@strawberry.type(
    description=(
        "How many people of a list have this state of their probation record, as the gateway counts them."
    )
)
class StatusCount:
    value: ProbationRecordStatus = described("The state, as in `probationRecord.status`.", name="status")
    count: int = described("How many people have it: at least one.")


@strawberry.type(description="How many people of a list have this tier, as the gateway counts them.")
class TierCount:
    value: TierLevel = described("The tier's level, as in `tier.level`.", name="tier")
    count: int = described("How many people have it: at least one.")


@strawberry.type(
    description=(
        "How many people of a list have a case handler of this organisation, as the gateway counts them."
    )
)
class OrganisationCount:
    value: CaseHandlerOrganisation = described(
        "The organisation, as in `caseHandler.organisation`.", name="organisation"
    )
    count: int = described("How many people have it: at least one.")


@strawberry.type(
    description=(
        "The people of a list, on all its pages, counted by what Delius has of them. A value that nobody has "
        "is left out. People of limited access for you, and those about whom Delius did not answer, are "
        "counted by status alone."
    )
)
class ProbationSummary:
    by_status: list[StatusCount] = described("Everybody of the list, by `probationRecord.status`.")
    by_tier: list[TierCount] = described("Those who have a tier, by its level.")
    by_organisation: list[OrganisationCount] = described(
        "Those who have a case handler, by the organisation."
    )
