"""The schema's enums: the domain's own, described for callers, each value by itself."""

from collections.abc import Mapping
from enum import Enum
from typing import TypeVar

import strawberry

from resolvers.case_handler import CaseHandlerOrganisation
from resolvers.custody import CustodyStatus, LegalStatus
from resolvers.listing import OrderDirection, PopulationOrderField
from resolvers.recommendation import PomRule, PomType
from resolvers.states import PrisonRecordStatus, ProbationRecordStatus, ProbationRecordWarning
from resolvers.tier import TierLevel
from upstreams.records import DeliusRoute, NomisRoute, Resourcing, RiskLevel

__all__ = [
    "VALUES",
    "CaseHandlerOrganisation",
    "CustodyStatus",
    "DeliusRoute",
    "LegalStatus",
    "NomisRoute",
    "OrderDirection",
    "PomRule",
    "PomType",
    "PopulationOrderField",
    "PrisonRecordStatus",
    "ProbationRecordStatus",
    "ProbationRecordWarning",
    "Resourcing",
    "RiskLevel",
    "TierLevel",
    "describe",
]

E = TypeVar("E", bound=Enum)


VALUES: dict[str, dict[str, str]] = {}
"""For each enum the description of each value, by their names."""


def describe(enum: type[E], description: str, values: Mapping[E, str]) -> None:
    """Make an enum of the domain one of the schema. Raises `KeyError` for a value that nobody described.

    Strawberry takes a value's description from the enum's own class, which knows no GraphQL here.
    """
    VALUES[enum.__name__] = {value.name: values[value] for value in enum}
    strawberry.enum(enum, description=description)


describe(
    CustodyStatus,
    "Where the person is now, as the gateway reads NOMIS's booking, movement status and agency.",
    {
        CustodyStatus.IN_PRISON: "In prison (ACTIVE IN in NOMIS).",
        CustodyStatus.OUT_TEMPORARILY: "Out of prison for a time, such as at court (ACTIVE OUT in NOMIS).",
        CustodyStatus.IN_TRANSIT: "On the way between two prisons (INACTIVE TRN, or the agency TRN).",
        CustodyStatus.IN_HOSPITAL: (
            "A restricted patient, in hospital; `supportingPrison` is the prison responsible."
        ),
        CustodyStatus.RELEASED: (
            "Released (INACTIVE OUT, or the agency OUT); also a restricted patient on a route that does not "
            "tell them."
        ),
        CustodyStatus.NEVER_BOOKED: "Known to NOMIS, but never booked into a prison.",
        CustodyStatus.UNKNOWN: (
            "NOMIS has a booking, but nothing that tells the gateway where the person is."
        ),
    },
)

describe(
    LegalStatus,
    "Why the person is held in law, as NOMIS groups its imprisonment statuses.",
    {
        LegalStatus.RECALL: "Recalled to prison from licence.",
        LegalStatus.DEAD: "The person has died.",
        LegalStatus.INDETERMINATE_SENTENCE: "Serving a sentence without a fixed end, such as life.",
        LegalStatus.SENTENCED: "Serving a sentence with a fixed end.",
        LegalStatus.CONVICTED_UNSENTENCED: "Convicted, and not sentenced yet.",
        LegalStatus.CIVIL_PRISONER: "Held under civil law.",
        LegalStatus.IMMIGRATION_DETAINEE: "Held under immigration law.",
        LegalStatus.REMAND: "Held on remand, before a conviction.",
        LegalStatus.OTHER: "Another status of NOMIS, or one that is new to the gateway.",
        LegalStatus.UNKNOWN: "NOMIS says itself that the status is unknown.",
    },
)

describe(
    NomisRoute,
    "The way by which the gateway asks NOMIS.",
    {
        NomisRoute.PRISONER_SEARCH: "Prisoner Search: an index of NOMIS, which follows it with a delay.",
        NomisRoute.PRISON_API: (
            "The Prison API (once Elite2), straight from NOMIS; it does not tell restricted patients."
        ),
    },
)

describe(
    DeliusRoute,
    "The way by which the gateway asks Delius.",
    {
        DeliusRoute.NDH: "The Delius API through the NOMIS Data Hub (NDH), by mutual TLS.",
        DeliusRoute.COMMUNITY_API: "The Community API, by OAuth.",
        DeliusRoute.PROBATION_SEARCH: "Probation Offender Search, an index of Delius, by OAuth.",
        DeliusRoute.CASE_RECORDS: (
            "The case records of `manage-pom-cases-and-delius`, by OAuth; they name no NPS, CRC or provider."
        ),
        DeliusRoute.EXTRACT: "The Delius extract: a spreadsheet made once a day.",
    },
)

describe(
    PrisonRecordStatus,
    (
        "Whether the gateway could read the NOMIS half of a person. Somebody whom NOMIS does not know is a "
        "null `Offender`, and has no status."
    ),
    {
        PrisonRecordStatus.FOUND: "NOMIS has the person, and answered as agreed.",
        PrisonRecordStatus.FORBIDDEN: "You lack the prison role, or NOMIS refused the gateway.",
        PrisonRecordStatus.UNAVAILABLE: "NOMIS did not answer as agreed, or not in time.",
    },
)

describe(
    ProbationRecordStatus,
    (
        "Whether the gateway could read the Delius half of a person. With NOT_FOUND, AMBIGUOUS, MISMATCH "
        "and RESTRICTED a null is an answer; with FORBIDDEN and UNAVAILABLE it is a failure, with an error "
        "at the field."
    ),
    {
        ProbationRecordStatus.FOUND: (
            "Delius has exactly one live record under this NOMS number, or under one that was merged into it "
            "(FOUND_BY_MERGED_NUMBER), and you may see it."
        ),
        ProbationRecordStatus.NOT_FOUND: "Delius answered, and has no live record under this NOMS number.",
        ProbationRecordStatus.AMBIGUOUS: (
            "Delius has several live records under this NOMS number, and none is shown; probation staff have "
            "to put that right."
        ),
        ProbationRecordStatus.MISMATCH: (
            "The record that Delius answered is under another NOMS number, or none, so it is not shown."
        ),
        ProbationRecordStatus.RESTRICTED: (
            "Access is limited (LAO: limited access offender), or Delius does not say whether it is, and you "
            "are not known to be allowed; nothing of the record is shown."
        ),
        ProbationRecordStatus.FORBIDDEN: "You lack the probation role, or Delius refused the gateway.",
        ProbationRecordStatus.UNAVAILABLE: "Delius did not answer as agreed, or not in time.",
    },
)

describe(
    ProbationRecordWarning,
    "What the gateway doubts about a Delius record that was found.",
    {
        ProbationRecordWarning.DATE_OF_BIRTH_DIFFERS: (
            "NOMIS and Delius have different dates of birth: check that both halves are one person's."
        ),
        ProbationRecordWarning.IDENTITY_UNCHECKED: (
            "The dates of birth could not be compared: one is missing or unreadable, or NOMIS did not answer."
        ),
        ProbationRecordWarning.TIER_NOT_RECORDED: (
            "`tier` is null: the record has none. The Delius API of 2018/19 never tells one."
        ),
        ProbationRecordWarning.TIER_NOT_ASSESSED: (
            "`tier` is null: Delius says that the person is not assessed yet, or not supervised."
        ),
        ProbationRecordWarning.TIER_UNRECOGNISED: (
            "`tier` is null: Delius has something else than A to D, such as E to G of another scale."
        ),
        ProbationRecordWarning.CASE_HANDLER_CONFLICT: (
            "`organisation` is UNKNOWN: Delius's NPS flag and the provider's code contradict each other."
        ),
        ProbationRecordWarning.SEVERAL_ACTIVE_MANAGERS: (
            "The record has several active managers, and `caseHandler` is the one allocated last."
        ),
        ProbationRecordWarning.FOUND_BY_MERGED_NUMBER: (
            "Delius has the record under an old NOMS number, which NOMIS has merged into this person's "
            "(`mergedFrom`); probation staff have to put that right."
        ),
    },
)

describe(
    TierLevel,
    "The level of supervision in the community, from Delius; it is no priority.",
    {
        TierLevel.A: "The most intensive level.",
        TierLevel.B: "Less intensive than A.",
        TierLevel.C: "Less intensive than B.",
        TierLevel.D: "The least intensive level.",
    },
)

describe(
    CaseHandlerOrganisation,
    (
        "The organisation that handles the case, as the gateway reads it from Delius: by the NPS flag, else "
        "by the first letter of the provider's code. Since June 2021 there are no CRCs, and N areas are the "
        "unified Probation Service."
    ),
    {
        CaseHandlerOrganisation.NPS: (
            "The National Probation Service; since June 2021 the unified Probation Service."
        ),
        CaseHandlerOrganisation.CRC: "A community rehabilitation company; there are none since June 2021.",
        CaseHandlerOrganisation.UNKNOWN: (
            "Delius does not say, or contradicts itself (CASE_HANDLER_CONFLICT); never taken for NPS."
        ),
    },
)

describe(
    Resourcing,
    "How much attention the case is given, as decided in Delius: what has taken the place of NPS and CRC.",
    {
        Resourcing.ENHANCED: "Retained for enhanced resourcing, as cases of the NPS were.",
        Resourcing.NORMAL: "Allocated to normal resourcing, as cases of a CRC were.",
    },
)

describe(
    PopulationOrderField,
    "What a population is sorted by. Whoever has no such value stands last, whatever the direction.",
    {
        PopulationOrderField.NOMS_NUMBER: "By `nomsNumber`: asks nothing of the people themselves.",
        PopulationOrderField.LAST_NAME: "By `lastName`, without regard to case.",
        PopulationOrderField.RELEASE_DATE: "By `sentence.releaseDate`.",
        PopulationOrderField.TIER: (
            "By `tier.level`, A before B; needs the probation role, and asks Delius for the whole prison."
        ),
    },
)

describe(
    OrderDirection,
    "Upwards or downwards.",
    {
        OrderDirection.ASC: "Upwards: A before B, earlier before later.",
        OrderDirection.DESC: "Downwards: B before A, later before earlier.",
    },
)

describe(
    RiskLevel,
    "The risk of serious harm (RoSH): how serious a harm the person may do, as probation staff judge it.",
    {
        RiskLevel.LOW: "Nothing now points to a risk of serious harm.",
        RiskLevel.MEDIUM: "Serious harm is possible, but unlikely unless circumstances change.",
        RiskLevel.HIGH: "Serious harm could happen at any time.",
        RiskLevel.VERY_HIGH: "Serious harm is more likely than not, and imminent.",
    },
)

describe(
    PomType,
    "The kind of prison offender manager (POM): which officer is to manage the case in prison.",
    {
        PomType.PRISON_POM: "A prison officer (PRO in NOMIS).",
        PomType.PROBATION_POM: "A probation officer who works in the prison (PO in NOMIS).",
    },
)

describe(
    PomRule,
    "The rule by which a prison offender manager (POM) is recommended. The first line that holds decides.",
    {
        PomRule.TIER_2019: (
            "By the tier, as since 2019: immigration detention, or a POM who is not responsible: "
            "PRISON_POM; tier A or B: PROBATION_POM; C or D: PRISON_POM; no tier: none."
        ),
        PomRule.ROSH_2026: (
            "By tier A and the risk of serious harm, as tried in 2026: immigration detention, or a POM who "
            "is not responsible: PRISON_POM; tier A, or a risk that is HIGH or VERY_HIGH: PROBATION_POM; "
            "LOW or MEDIUM: PRISON_POM; not known: none."
        ),
    },
)
