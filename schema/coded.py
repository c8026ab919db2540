"""`CodedValue`: a code of an upstream's reference data."""

import strawberry

from schema.declared import described


@strawberry.type(description="A code of an upstream's reference data with its description.")
class CodedValue:
    code: str = described("The code, as the upstream writes it.")
    description: str | None = described("What the code means; null where the upstream does not say.")
