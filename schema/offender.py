"""`Offender`: one person, as NOMIS and Delius have them.

Each field stands beside the declaration it is made of.
"""

import datetime as dt
from collections.abc import Mapping
from functools import lru_cache
from typing import Annotated, Any

import strawberry

from resolvers import custody
from resolvers.declarations import (
    Declaration,
    own_number,
    prison_named,
    prison_state,
    prisoner_part,
    prisoner_rule,
    probation_rule,
    probation_state,
    probation_value,
    recommended_pom,
)
from resolvers.risk import risk_of_serious_harm
from schema.coded import CodedValue
from schema.custody import Alert, PrisonRecord, PrisonRef, Sentence
from schema.declared import bound_by, declared
from schema.enums import CustodyStatus, LegalStatus, PomRule, Resourcing
from schema.probation import CaseHandler, ProbationRecord, RiskOfSeriousHarm, Tier
from schema.recommendation import PomRecommendation
from schema.scalars import Crn, NomsNumber


def _recommended(arguments: Mapping[str, Any]) -> Declaration:
    return _recommended_pom(arguments["rule"], arguments.get("pomResponsible"))


_recommended_pom = lru_cache(recommended_pom)
"""The standard execution binds the field for every person."""


@strawberry.type(
    description=(
        "One person: the NOMIS half (prison) and the Delius half (probation), joined by the NOMS number. A "
        "field of the NOMIS half is null where NOMIS has no value, and null with an error with every "
        "`prisonRecord.status` but FOUND. A field of the Delius half is null with every "
        "`probationRecord.status` but FOUND; with FORBIDDEN and UNAVAILABLE there is an error at it too. In "
        "either half, a value that cannot be read is null with an error."
    )
)
class Offender:
    noms_number: NomsNumber = declared(
        own_number(), "The person's identity in NOMIS, by which the gateway joins both halves; always known."
    )
    merged_from: list[NomsNumber] | None = declared(
        prisoner_part("merged_from"),
        "The old NOMS numbers that NOMIS has merged into this one, in their order; an empty list says that "
        "there are none, null that NOMIS could not be read. Delius is asked under them too where it has "
        "nobody under `nomsNumber`: on the Prison API, where they take a further call, only of somebody who "
        "was asked for by an old number.",
    )

    booking_id: strawberry.ID | None = declared(
        prisoner_part("booking_id"),
        "NOMIS's id of the latest booking (one stay in custody); null for somebody never booked.",
    )
    book_number: str | None = declared(
        prisoner_part("book_number"),
        "NOMIS's number of the same booking, such as 38412A; null for somebody never booked.",
    )
    pnc_number: str | None = declared(
        prisoner_part("pnc_number"),
        "The number on the Police National Computer (PNC), from NOMIS; null where it has none.",
    )
    cro_number: str | None = declared(
        prisoner_part("cro_number"),
        "The number at the Criminal Records Office (CRO), from NOMIS; null where it has none.",
    )
    title: str | None = declared(
        prisoner_part("title"), "The title in NOMIS, such as Ms; null where it has none."
    )
    first_name: str | None = declared(
        prisoner_part("first_name"),
        "The first name, as NOMIS writes it: upper case; null where it has none.",
    )
    middle_names: str | None = declared(
        prisoner_part("middle_names"),
        "All middle names, as NOMIS writes them: upper case; null where it has none.",
    )
    last_name: str | None = declared(
        prisoner_part("last_name"), "The last name, as NOMIS writes it: upper case; null where it has none."
    )
    date_of_birth: dt.date | None = declared(
        prisoner_part("date_of_birth"),
        "The date of birth in NOMIS, with which the gateway compares that in Delius; null where NOMIS has "
        "none.",
    )
    gender: str | None = declared(
        prisoner_part("gender"), "The gender, in NOMIS's words; null where it has none."
    )
    ethnicity: str | None = declared(
        prisoner_part("ethnicity"), "The ethnicity, in NOMIS's words; null where it has none."
    )
    nationality: str | None = declared(
        prisoner_part("nationality"), "The nationality, in NOMIS's words; null where it has none."
    )
    religion: str | None = declared(
        prisoner_part("religion"), "The religion, in NOMIS's words; null where it has none."
    )
    youth_offender: bool | None = declared(
        prisoner_part("youth_offender"),
        "Whether NOMIS has the person as a youth offender; null where it does not say.",
    )
    custody_status: CustodyStatus | None = declared(
        prisoner_rule(custody.custody_status, *custody.CUSTODY_PARTS),
        "Where the person is now, as the gateway reads it from NOMIS; null only with an error.",
    )
    prison: PrisonRef | None = declared(
        prison_named("agency_id", name_part="agency_name"),
        "The prison that holds the person, from NOMIS; null for somebody released, in hospital, between two "
        "prisons, or never booked.",
    )
    last_prison: PrisonRef | None = declared(
        prison_named("last_prison_id"),
        "The prison that held the person last, from NOMIS: for somebody in prison the same as `prison`; null "
        "where it names none.",
    )
    supporting_prison: PrisonRef | None = declared(
        prison_named("supporting_prison_id"),
        "The prison responsible for a restricted patient, from NOMIS; null for everybody else, and on a "
        "route that does not tell it.",
    )
    cell_location: str | None = declared(
        prisoner_part("cell_location"), "The cell in NOMIS, such as B-2-014; null where it has none."
    )
    category: CodedValue | None = declared(
        prisoner_part("category"),
        "The security category in NOMIS, such as C; null where it has none. Prisoner Search gives the code "
        "alone.",
    )
    csra: str | None = declared(
        prisoner_part("csra"),
        "The cell-sharing risk assessment in NOMIS, such as Standard; null where it has none.",
    )
    legal_status: LegalStatus | None = declared(
        prisoner_rule(custody.legal_status, "legal_status"),
        "Why the person is held in law, from NOMIS; null where it does not say.",
    )
    imprisonment_status: CodedValue | None = declared(
        prisoner_part("imprisonment_status"),
        "The kind of sentence or order that the person is held under, in NOMIS; null where it has none.",
    )
    convicted_status: str | None = declared(
        prisoner_part("convicted_status"),
        "Convicted or Remand, in NOMIS's words; null where it does not say.",
    )
    recall: bool | None = declared(
        prisoner_part("recall"),
        "Whether the person was recalled from licence, from NOMIS; null where it does not say.",
    )
    indeterminate_sentence: bool | None = declared(
        prisoner_part("indeterminate_sentence"),
        "Whether the sentence has no fixed end, from NOMIS; null where it does not say.",
    )
    most_serious_offence: str | None = declared(
        prisoner_part("most_serious_offence"),
        "The most serious offence of the sentence, in NOMIS's words; null where it has none, as for somebody "
        "who is not convicted.",
    )
    sentence: Sentence | None = declared(
        prisoner_part("sentence"), "Key dates of the sentence in NOMIS; null where it has not one of them."
    )
    alerts: list[Alert] | None = declared(
        prisoner_part("alerts"),
        "Alerts in NOMIS; Prisoner Search lists those in force. An empty list says that there are none, null "
        "that NOMIS gives no list.",
    )
    prison_record: PrisonRecord = declared(
        prison_state(), "Whether the gateway could read the NOMIS half, and how."
    )

    probation_record: ProbationRecord = declared(
        probation_state(), "Whether the gateway could read the Delius half, and how."
    )
    crn: Crn | None = declared(
        probation_value("crn", "crn"),
        "The person's identity in Delius: the case reference number (CRN); null unless "
        "`probationRecord.status` is FOUND.",
    )
    tier: Tier | None = declared(
        probation_value("tier", "tier"),
        "The tier in Delius; null unless `probationRecord.status` is FOUND, and where the record has no tier "
        "of A to D: a warning TIER_* then says why.",
    )
    case_handler: CaseHandler | None = declared(
        probation_value("case_handler", "managers"),
        "Who handles the case in the community, from Delius; null unless `probationRecord.status` is FOUND, "
        "and where the record has no active manager.",
    )
    resourcing: Resourcing | None = declared(
        probation_value("resourcing", "resourcing"),
        "How much attention the case is given, from Delius; null unless `probationRecord.status` is FOUND, "
        "where no decision is recorded, and on a route that does not tell it (NDH, Probation Search, "
        "the extract).",
    )
    mappa_level: int | None = declared(
        probation_value("mappa_level", "mappa_level"),
        "The level of multi-agency public protection arrangements (MAPPA) in Delius, 0 to 3: 0 for somebody "
        "under none, or of no known level; null unless `probationRecord.status` is FOUND, and where an "
        "extract does not say. On NDH and the Community API it takes a further call a person.",
    )
    risk_of_serious_harm: RiskOfSeriousHarm = declared(
        probation_rule(risk_of_serious_harm, "risk"),
        "The risk of serious harm (RoSH), as assessed by probation staff, and how the gateway had it. Where "
        "Assess Risks and Needs is asked, it takes a further call a person.",
    )

    @strawberry.field(
        graphql_type=PomRecommendation,
        metadata=bound_by(_recommended),
        description=(
            "Which kind of prison offender manager (POM) a rule recommends, as the gateway works it out from "
            "NOMIS and Delius. ROSH_2026 asks for the risk of serious harm too."
        ),
    )
    def pom_recommendation(
        self,
        pom_responsible: Annotated[
            bool | None,
            strawberry.argument(
                description=(
                    "Whether the POM is responsible for the case, and not in support of the community; left "
                    "out, or null, it counts as true, and the reason says so."
                )
            ),
        ] = strawberry.UNSET,
        rule: Annotated[PomRule, strawberry.argument(description="The rule to go by.")] = PomRule.TIER_2019,
    ) -> Any:
        """Give the field its arguments; its declaration makes it, as any other field here."""
        raise NotImplementedError
