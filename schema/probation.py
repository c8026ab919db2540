"""The Delius half: tier, case handler, and how the record was had."""

import datetime as dt

import strawberry

from schema.coded import CodedValue
from schema.declared import described
from schema.enums import (
    CaseHandlerOrganisation,
    DeliusRoute,
    ProbationRecordStatus,
    ProbationRecordWarning,
    RiskLevel,
    TierLevel,
)


@strawberry.type(
    description=(
        "Whether the gateway could read the Delius half of a person, and how. Never null and never an error: "
        "it tells whether a null of that half is an answer or a failure."
    )
)
class ProbationRecord:
    status: ProbationRecordStatus = described(
        "Whether Delius has exactly one live record that you may see, and if not, why."
    )
    reason: str = described("The `status` in the gateway's plain words, for people; without personal data.")
    warnings: list[ProbationRecordWarning] = described(
        "What the gateway doubts about the record; empty with every `status` but FOUND.",
        "tier",
        "managers",
        "date_of_birth",
    )
    route: DeliusRoute = described("The way by which the gateway asks Delius.")
    retrieved_at: dt.datetime | None = described(
        "When Delius answered, by the gateway's clock, or when the extract was written; null with every "
        "`status` but FOUND."
    )
    stale: bool = described(
        "Whether this is an older answer that the gateway kept, shown because Delius does not answer now; "
        "always false as long as it keeps none."
    )


@strawberry.type(description="The tier: the level of supervision in the community, from Delius.")
class Tier:
    level: TierLevel = described("The letter of the tier, A to D.")
    code: str = described(
        "The whole tier in one spelling, whatever Delius writes: letter, digit, and S for unsupervised, such "
        "as B1 or A2S."
    )
    change_level: int | None = described(
        "The digit of the tier, in practice 0 to 3; null where Delius gives the letter alone."
    )


@strawberry.type(description="A probation officer, from Delius.")
class ProbationOfficer:
    code: str | None = described(
        "The officer's staff code; null where Delius gives none, as in its API of 2018/19 and in an extract."
    )
    forenames: str | None = described("All forenames of the officer; null where Delius gives none.")
    surname: str | None = described("The officer's surname; null where Delius gives none.")
    email: str | None = described(
        "The officer's email address; null where Delius gives none, and on a route that tells none (NDH, "
        "Probation Search). On the Community API it takes a further call a person.",
        "officer_contacts",
    )
    telephone: str | None = described(
        "The officer's telephone number; null where Delius gives none, and on every route but the Community "
        "API, where it takes a further call a person.",
        "officer_contacts",
    )


@strawberry.type(description="A probation team, from Delius.")
class ProbationTeam:
    code: str | None = described("The team's code; null where Delius gives none.")
    name: str | None = described("The team's name; null where Delius gives none.")
    telephone: str | None = described("The team's telephone number; null where Delius gives none.")
    local_delivery_unit: CodedValue | None = described(
        "The local delivery unit (LDU) that the team belongs to; null where Delius gives none.",
        "local_delivery_unit",
    )


@strawberry.type(
    description=(
        "Who handles the case in the community: the active manager of the Delius record, of several the one "
        "allocated last (the case records tell the first alone). The role is called community offender "
        "manager (COM) now; it is not the prison offender manager (POM)."
    )
)
class CaseHandler:
    organisation: CaseHandlerOrganisation = described(
        "NPS (National Probation Service) or CRC (community rehabilitation company); UNKNOWN where Delius "
        "does not tell which."
    )
    provider: CodedValue | None = described(
        "The probation area or provider; null where Delius names none.", "provider"
    )
    officer: ProbationOfficer | None = described(
        "The officer who has the case; null where it is allocated to nobody.", "officer"
    )
    team: ProbationTeam | None = described(
        "The team that has the case; null where Delius names none.", "team"
    )
    allocated_on: dt.date | None = described(
        "Since when this manager has the case; null where Delius gives no date."
    )


@strawberry.type(
    description=(
        "The risk of serious harm (RoSH), and how it was had: from Assess Risks and Needs where the gateway "
        "asks it, else from Delius where the route tells it. Never null and never an error: with every "
        "`probationRecord.status` but FOUND it has that status, and nothing else."
    )
)
class RiskOfSeriousHarm:
    status: ProbationRecordStatus = described(
        "Whether one assessment is recorded, and you may see it; if not, why. UNAVAILABLE is also what the "
        "gateway says where it is not set up to ask for it."
    )
    level: RiskLevel | None = described(
        "The level, from Assess Risks and Needs or from Delius; null with every `status` but FOUND, and "
        "where the assessment leaves it blank."
    )
    assessed_on: dt.date | None = described(
        "The day of the assessment, or of the registration in Delius, which may be years ago; null with "
        "every `status` but FOUND, and where no day is told."
    )
