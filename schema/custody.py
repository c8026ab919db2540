"""The NOMIS half: prison, sentence, alerts, and how the record was had."""

import datetime as dt

import strawberry

from schema.declared import described
from schema.enums import NomisRoute, PrisonRecordStatus


@strawberry.type(description="A prison, as a person's record in NOMIS names it.")
class PrisonRef:
    id: strawberry.ID = described("The prison's three letters or digits in NOMIS, such as LEI.")
    name: str | None = described(
        "The prison's name from the Prison API, else from the record, which names only the prison that holds "
        "the person. Null where neither tells it; with an error where the Prison API did not answer."
    )


@strawberry.type(description="Key dates of the sentence, as NOMIS calculated them, overrides applied.")
class Sentence:
    start_date: dt.date | None = described("When the sentence started; null where NOMIS has no date.")
    expiry_date: dt.date | None = described(
        "When the sentence expires (SED, sentence expiry date); null where NOMIS has no date."
    )
    licence_expiry_date: dt.date | None = described(
        "When the licence expires (LED, licence expiry date); null where NOMIS has no date."
    )
    release_date: dt.date | None = described(
        "The actual or most likely release date, which NOMIS works out from the others, the confirmed one "
        "first; null where it has none."
    )
    confirmed_release_date: dt.date | None = described(
        "The release date that prison staff have confirmed; null where NOMIS has none."
    )
    conditional_release_date: dt.date | None = described(
        "The conditional release date (CRD): release on licence; null where NOMIS has none."
    )
    automatic_release_date: dt.date | None = described(
        "The automatic release date (ARD); null where NOMIS has none."
    )
    parole_eligibility_date: dt.date | None = described(
        "From when the person may be released on parole (PED); null where NOMIS has no date."
    )
    tariff_date: dt.date | None = described(
        "When the tariff of an indeterminate sentence ends; null where NOMIS has no date."
    )
    home_detention_curfew_eligibility_date: dt.date | None = described(
        "From when the person may be released on home detention curfew (HDCED); null where NOMIS has no date."
    )
    home_detention_curfew_actual_date: dt.date | None = described(
        "The date approved for release on home detention curfew (HDCAD); null where NOMIS has none."
    )


@strawberry.type(description="An alert on the person's record in NOMIS.")
class Alert:
    code: str = described("What the alert is about, as a code of NOMIS such as HA.")
    type: str | None = described("The kind of alert, as a code such as H; null where NOMIS gives none.")
    active: bool | None = described("Whether the alert is in force; null where NOMIS does not say.")
    expired: bool | None = described("Whether the alert's time is over; null where NOMIS does not say.")


@strawberry.type(
    description=(
        "Whether the gateway could read the NOMIS half of a person, and how. Never null and never an error: "
        "ask it when a field of that half is null."
    )
)
class PrisonRecord:
    status: PrisonRecordStatus = described("Whether NOMIS answered about the person, and if not, why.")
    route: NomisRoute = described("The way by which the gateway asks NOMIS.")
    retrieved_at: dt.datetime | None = described(
        "When NOMIS answered, by the gateway's clock; null with every `status` but FOUND."
    )
    stale: bool = described(
        "Whether this is an older answer that the gateway kept, shown because NOMIS does not answer now; "
        "always false as long as it keeps none."
    )
