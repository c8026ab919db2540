"""`CodedValue`: a code of an upstream's reference data."""

import strawberry

from schema.declared import described


@strawberry.type(description="A code of the reference data of NOMIS or Delius, with what it means.")
class CodedValue:
    code: str = described("The code, as NOMIS or Delius writes it.")
    description: str | None = described(
        "What the code means, in the words of NOMIS or Delius; null where the code is all there is."
    )
