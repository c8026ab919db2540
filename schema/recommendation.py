"""`PomRecommendation`: which prison offender manager (POM) a rule recommends, and by which fact."""

import strawberry

from schema.declared import described
from schema.enums import PomRule, PomType


@strawberry.type(
    description=(
        "Which kind of prison offender manager (POM) one rule recommends for the case, as the gateway works "
        "it out from both halves. Never an error: where a fact is missing there is no recommendation, and "
        "the reason says so. Who allocates the case decides."
    )
)
class PomRecommendation:
    type: PomType | None = described(
        "The kind of officer; null where nobody is recommended, as with every status but FOUND of either "
        "half."
    )
    reason: str = described(
        "The fact that decides, or what is missing, in plain words for the one who allocates the case; "
        "without personal data."
    )
    rule: PomRule = described("The rule that was asked for.")
