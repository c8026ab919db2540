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
    TierLevel,
)


@strawberry.type(
    description=(
        "How the Delius half was had. Never null and never an error: it tells whether a null is an answer."
    )
)
class ProbationRecord:
    status: ProbationRecordStatus = described(
        "Whether there is one record that may be shown, and if not, why."
    )
    reason: str = described("The same in plain words, without personal data.")
    warnings: list[ProbationRecordWarning] = described("What is doubtful about a record that was found.")
    route: DeliusRoute = described("The way by which Delius was asked.")
    retrieved_at: dt.datetime | None = described("When Delius answered; null where no record is shown.")
    stale: bool = described("Whether this is an older answer, shown because Delius does not answer now.")


@strawberry.type(description="The tier: the level of supervision in the community, from Delius.")
class Tier:
    level: TierLevel = described("The letter, A to D.")
    code: str = described(
        "The whole code in one spelling: letter, change level and S for unsupervised, such as B1 or A2S."
    )
    change_level: int | None = described("The digit, 0 to 3; null where Delius gives the letter alone.")


@strawberry.type(description="A probation officer, from Delius.")
class ProbationOfficer:
    code: str | None = described("The staff code; the Delius API of 2018/19 has none.")
    forenames: str | None = described("The officer's forenames.")
    surname: str | None = described("The officer's surname.")
    email: str | None = described("The officer's address; null on routes that do not tell it.")
    telephone: str | None = described("The officer's telephone number; null on routes that do not tell it.")


@strawberry.type(description="A probation team, from Delius.")
class ProbationTeam:
    code: str | None = described("The team's code.")
    name: str | None = described("The team's name.")
    telephone: str | None = described("The team's telephone number.")
    local_delivery_unit: CodedValue | None = described(
        "The local delivery unit (LDU) that the team belongs to."
    )


@strawberry.type(
    description="Who handles the case in the community: the active manager of the Delius record."
)
class CaseHandler:
    organisation: CaseHandlerOrganisation = described("NPS or CRC; UNKNOWN where Delius does not say.")
    provider: CodedValue | None = described("The probation area or provider.")
    officer: ProbationOfficer | None = described("The officer; null where the case is not allocated to one.")
    team: ProbationTeam | None = described("The team.")
    allocated_on: dt.date | None = described("Since when this manager has the case.")
