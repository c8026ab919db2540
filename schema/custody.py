"""The NOMIS half: prison, sentence, alerts, and how the record was had."""

import datetime as dt

import strawberry

from schema.declared import described
from schema.enums import NomisRoute, PrisonRecordStatus


@strawberry.type(description="A prison, as an offender's record names it.")
class PrisonRef:
    id: strawberry.ID = described("The prison's three letters or digits in NOMIS, such as LEI.")
    name: str | None = described("The prison's name; null where NOMIS does not tell it.")


@strawberry.type(
    description="Key dates of the sentence, as NOMIS calculated them. Each is null where NOMIS has none."
)
class Sentence:
    start_date: dt.date | None = described("When the sentence started.")
    expiry_date: dt.date | None = described("When the sentence expires (SED).")
    licence_expiry_date: dt.date | None = described("When the licence expires (LED).")
    release_date: dt.date | None = described("The release date that NOMIS works out from the others.")
    confirmed_release_date: dt.date | None = described("The release date that staff have confirmed.")
    conditional_release_date: dt.date | None = described("The conditional release date (CRD).")
    automatic_release_date: dt.date | None = described("The automatic release date (ARD).")
    parole_eligibility_date: dt.date | None = described("The parole eligibility date (PED).")
    tariff_date: dt.date | None = described("When the tariff of an indeterminate sentence ends.")
    home_detention_curfew_eligibility_date: dt.date | None = described(
        "When home detention curfew may start (HDCED)."
    )
    home_detention_curfew_actual_date: dt.date | None = described(
        "When home detention curfew is to start (HDCAD)."
    )


@strawberry.type(description="An alert on the prisoner's record.")
class Alert:
    code: str = described("The alert's code in NOMIS.")
    type: str | None = described("The code of the kind of alert.")
    active: bool | None = described("Whether the alert is in force.")
    expired: bool | None = described("Whether its time is over.")


@strawberry.type(
    description="How the NOMIS half was had. Never null and never an error: ask it when a field is null."
)
class PrisonRecord:
    status: PrisonRecordStatus = described("Whether the NOMIS half was had, and if not, why.")
    route: NomisRoute = described("The way by which NOMIS was asked.")
    retrieved_at: dt.datetime | None = described("When NOMIS answered; null where it did not.")
    stale: bool = described("Whether this is an older answer, shown because NOMIS does not answer now.")
