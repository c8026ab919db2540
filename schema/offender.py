"""`Offender`: one person, as NOMIS and Delius have them.

Each field stands beside the declaration it is made of.
"""

import datetime as dt

import strawberry

from resolvers import custody
from resolvers.declarations import (
    own_number,
    prison_named,
    prison_state,
    prisoner_part,
    prisoner_rule,
    probation_state,
    probation_value,
)
from schema.coded import CodedValue
from schema.custody import Alert, PrisonRecord, PrisonRef, Sentence
from schema.declared import declared
from schema.enums import CustodyStatus, LegalStatus
from schema.probation import CaseHandler, ProbationRecord, Tier
from schema.scalars import Crn, NomsNumber


@strawberry.type(
    description=(
        "One person: their prison record (NOMIS) and their probation record (Delius). "
        "Either half can be missing; `prisonRecord` and `probationRecord` say why."
    )
)
class Offender:
    noms_number: NomsNumber = declared(own_number(), "The person's number in NOMIS.")

    booking_id: strawberry.ID | None = declared(
        prisoner_part("booking_id"),
        "NOMIS's id of the current stay in custody; null for somebody never booked.",
    )
    book_number: str | None = declared(
        prisoner_part("book_number"), "The number of that booking, such as 38412A."
    )
    pnc_number: str | None = declared(
        prisoner_part("pnc_number"), "The number on the Police National Computer."
    )
    cro_number: str | None = declared(
        prisoner_part("cro_number"), "The number at the Criminal Records Office."
    )
    title: str | None = declared(prisoner_part("title"), "The title, where NOMIS has one.")
    first_name: str | None = declared(
        prisoner_part("first_name"), "The first name, as NOMIS writes it: upper case."
    )
    middle_names: str | None = declared(
        prisoner_part("middle_names"), "The middle names, as NOMIS writes them."
    )
    last_name: str | None = declared(
        prisoner_part("last_name"), "The last name, as NOMIS writes it: upper case."
    )
    date_of_birth: dt.date | None = declared(prisoner_part("date_of_birth"), "The date of birth in NOMIS.")
    gender: str | None = declared(prisoner_part("gender"), "The gender, in NOMIS's words.")
    ethnicity: str | None = declared(prisoner_part("ethnicity"), "The ethnicity, in NOMIS's words.")
    nationality: str | None = declared(prisoner_part("nationality"), "The nationality, in NOMIS's words.")
    religion: str | None = declared(prisoner_part("religion"), "The religion, in NOMIS's words.")
    youth_offender: bool | None = declared(
        prisoner_part("youth_offender"), "Whether NOMIS has the person as a youth offender."
    )
    custody_status: CustodyStatus | None = declared(
        prisoner_rule(custody.custody_status, *custody.CUSTODY_PARTS), "Where the person is now."
    )
    prison: PrisonRef | None = declared(
        prison_named("agency_id", name_part="agency_name"),
        "The prison that holds the person; null for somebody released or in transit.",
    )
    last_prison: PrisonRef | None = declared(
        prison_named("last_prison_id"), "The prison that held the person last."
    )
    supporting_prison: PrisonRef | None = declared(
        prison_named("supporting_prison_id"),
        "The prison that is responsible for a restricted patient; null for everybody else.",
    )
    cell_location: str | None = declared(prisoner_part("cell_location"), "The cell, such as B-2-014.")
    category: CodedValue | None = declared(prisoner_part("category"), "The security category.")
    csra: str | None = declared(prisoner_part("csra"), "The cell-sharing risk assessment.")
    legal_status: LegalStatus | None = declared(
        prisoner_rule(custody.legal_status, "legal_status"), "Why the person is held."
    )
    imprisonment_status: CodedValue | None = declared(
        prisoner_part("imprisonment_status"), "The kind of imprisonment."
    )
    convicted_status: str | None = declared(prisoner_part("convicted_status"), "Convicted or Remand.")
    recall: bool | None = declared(prisoner_part("recall"), "Whether the person was recalled from licence.")
    indeterminate_sentence: bool | None = declared(
        prisoner_part("indeterminate_sentence"), "Whether the sentence has no fixed end."
    )
    most_serious_offence: str | None = declared(
        prisoner_part("most_serious_offence"), "The most serious offence of the sentence."
    )
    sentence: Sentence | None = declared(
        prisoner_part("sentence"), "Key dates of the sentence; null where NOMIS has none."
    )
    alerts: list[Alert] | None = declared(
        prisoner_part("alerts"), "Alerts; an empty list says that there are none."
    )
    prison_record: PrisonRecord = declared(prison_state(), "How the NOMIS half was had.")

    probation_record: ProbationRecord = declared(probation_state(), "How the Delius half was had.")
    crn: Crn | None = declared(
        probation_value(lambda half: half.crn), "The person's case reference number in Delius."
    )
    tier: Tier | None = declared(
        probation_value(lambda half: half.tier),
        "The tier; where it is null in a record that was found, a warning says why.",
    )
    case_handler: CaseHandler | None = declared(
        probation_value(lambda half: half.case_handler),
        "Who handles the case in the community; null where the record has no active manager.",
    )
