"""The case handler: who handles the case in the community, and for which organisation (contract b.6)."""

from collections.abc import Mapping, Sequence
from datetime import date
from enum import Enum
from functools import lru_cache
from typing import TypeAlias

import msgspec

from resolvers.states import ProbationRecordWarning
from upstreams.records import (
    CodedValue,
    FieldFailure,
    OffenderManager,
    OfficerContact,
    ProbationOfficer,
    ProbationTeam,
    Read,
)


class CaseHandlerOrganisation(Enum):
    """The organisation of the case handler."""

    NPS = "NPS"
    CRC = "CRC"
    UNKNOWN = "UNKNOWN"


class CaseHandler(msgspec.Struct, frozen=True, gc=False):
    """The active manager of the case; `officer` is None where nobody is allocated."""

    organisation: CaseHandlerOrganisation
    provider: CodedValue | None
    officer: ProbationOfficer | None
    team: ProbationTeam | None
    allocated_on: date | None


Contacts: TypeAlias = Read[Mapping[str, Read[OfficerContact]]]
"""How officers can be reached, by their staff codes."""

BY_FLAG = {True: CaseHandlerOrganisation.NPS, False: CaseHandlerOrganisation.CRC}
BY_LETTER = {
    "N": CaseHandlerOrganisation.NPS,
    "n": CaseHandlerOrganisation.NPS,
    "C": CaseHandlerOrganisation.CRC,
    "c": CaseHandlerOrganisation.CRC,
}


def case_handler(
    managers: Read[Sequence[OffenderManager]],
    contacts: Contacts = None,
) -> tuple[Read[CaseHandler], tuple[ProbationRecordWarning, ...]]:
    """Return the one active manager, or the latest of several; None where there is none.

    `contacts` are by the officers' staff codes.
    """
    if not managers:
        return None, ()
    if isinstance(managers, FieldFailure):
        return managers, ()
    manager = (
        managers[0] if len(managers) == 1 else max(managers, key=lambda one: one.allocated_on or date.min)
    )
    provider = manager.provider
    organisation, conflict = _organisation(manager.nps, "" if provider is None else provider.code[0])
    officer = manager.officer if contacts is None else _with_contact(manager.officer, contacts)
    handler = CaseHandler(organisation, provider, officer, manager.team, manager.allocated_on)
    warnings: tuple[ProbationRecordWarning, ...] = ()
    if conflict:
        warnings = (ProbationRecordWarning.CASE_HANDLER_CONFLICT,)
    if len(managers) > 1:
        warnings = (*warnings, ProbationRecordWarning.SEVERAL_ACTIVE_MANAGERS)
    return handler, warnings


def _with_contact(officer: ProbationOfficer | None, contacts: Contacts) -> ProbationOfficer | None:
    """Add how the officer can be reached, where that is told apart from the record."""
    if officer is None or contacts is None:
        return officer
    contact = contacts if isinstance(contacts, FieldFailure) else contacts.get(officer.code or "")
    if contact is None:
        return officer
    if isinstance(contact, FieldFailure):
        email, telephone = FieldFailure(contact.failure), FieldFailure(contact.failure)
        return ProbationOfficer(officer.code, officer.forenames, officer.surname, email, telephone)
    return ProbationOfficer(
        officer.code, officer.forenames, officer.surname, contact.email, contact.telephone
    )


@lru_cache(maxsize=256)
def _organisation(nps: bool | None, letter: str) -> tuple[CaseHandlerOrganisation, bool]:
    """Return NPS or CRC by the flag, else by the provider's letter; at odds: unknown, and that they are.

    What is not known never becomes NPS. Remembered, because there are so few of both.
    """
    by_letter = BY_LETTER.get(letter)
    if nps is None:
        return by_letter or CaseHandlerOrganisation.UNKNOWN, False
    by_flag = BY_FLAG[nps]
    if by_letter is not None and by_letter is not by_flag:
        return CaseHandlerOrganisation.UNKNOWN, True
    return by_flag, False
