"""The schema's enums: the domain's own, described for callers."""

from enum import Enum

import strawberry

from resolvers.case_handler import CaseHandlerOrganisation
from resolvers.custody import CustodyStatus, LegalStatus
from resolvers.states import PrisonRecordStatus, ProbationRecordStatus, ProbationRecordWarning
from resolvers.tier import TierLevel
from upstreams.records import DeliusRoute, NomisRoute

__all__ = [
    "CaseHandlerOrganisation",
    "CustodyStatus",
    "DeliusRoute",
    "LegalStatus",
    "NomisRoute",
    "PrisonRecordStatus",
    "ProbationRecordStatus",
    "ProbationRecordWarning",
    "TierLevel",
]

DESCRIPTIONS: dict[type[Enum], str] = {
    CustodyStatus: (
        "Where the person is now, from NOMIS. IN_HOSPITAL: a restricted patient. "
        "RELEASED: also a restricted patient on a route that does not tell them."
    ),
    LegalStatus: "Why the person is held, from NOMIS. OTHER: also a status that is new to the gateway.",
    NomisRoute: "The way by which NOMIS was asked.",
    DeliusRoute: "The way by which Delius was asked. NDH: through the NOMIS Data Hub, by mutual TLS.",
    PrisonRecordStatus: (
        "How the NOMIS half was had. FORBIDDEN: you lack the role, or NOMIS refused the gateway. "
        "UNAVAILABLE: NOMIS did not answer as agreed."
    ),
    ProbationRecordStatus: (
        "How the Delius half was had. NOT_FOUND: Delius has no record. AMBIGUOUS: it has several. "
        "MISMATCH: the record answered is another person's. RESTRICTED: access is limited, and you are not "
        "known to be allowed. FORBIDDEN: you lack the role, or Delius refused the gateway. "
        "UNAVAILABLE: Delius did not answer as agreed."
    ),
    ProbationRecordWarning: (
        "What is doubtful about a record that was found. DATE_OF_BIRTH_DIFFERS: NOMIS and Delius disagree. "
        "IDENTITY_UNCHECKED: the dates of birth could not be compared. TIER_*: why `tier` is null. "
        "CASE_HANDLER_CONFLICT: Delius contradicts itself on the organisation. "
        "SEVERAL_ACTIVE_MANAGERS: the latest of them is shown."
    ),
    TierLevel: "The level of supervision in the community; A is the most intensive.",
    CaseHandlerOrganisation: (
        "NPS: the National Probation Service. CRC: a community rehabilitation company. Since June 2021 there "
        "are no CRCs, and N areas are the unified Probation Service. UNKNOWN: Delius does not say, or "
        "contradicts itself."
    ),
}

for enum, description in DESCRIPTIONS.items():
    strawberry.enum(enum, description=description)
