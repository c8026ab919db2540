"""What a field of `Offender` is made of: the one declaration that stands beside it in the schema.

The look-ahead reads from it which system to ask and for which parts; the resolvers read from it how the value
is had. Neither knows a field by name.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import msgspec

from resolvers.custody import prison_id
from resolvers.join import PrisonHalf, ProbationHalf
from upstreams.records import Agency, Failure, FieldFailure, PrisonerRecord, Read, System


class PrisonRef(msgspec.Struct, frozen=True):
    """A prison as an Offender has it."""

    id: str
    name: Read[str]


class Joined(msgspec.Struct):
    """Everything that was had about one person, from which every field is read without waiting."""

    noms_number: str
    prison: PrisonHalf
    probation: ProbationHalf | None
    agencies: Mapping[str, Agency | Failure | None]


@dataclass(frozen=True, slots=True)
class Declaration:
    """`value` reads the field from what was had.

    Where `fails_with` names a system that failed, the field fails too. `asks` is the system that has to be
    asked for it. `parts` are the parts of `PrisonerRecord` that it reads. `prison_id` says which prison the
    value names, whose name is a second look-up.
    """

    value: Callable[[Joined], Any]
    asks: System | None = None
    fails_with: System | None = None
    parts: frozenset[str] = frozenset()
    prison_id: Callable[[PrisonerRecord], Read[str]] | None = None


def own_number() -> Declaration:
    """The number asked for: known without asking anybody."""
    return Declaration(lambda joined: joined.noms_number)


def prisoner_part(part: str) -> Declaration:
    """A part of NOMIS's record, as it stands."""
    return prisoner_rule(lambda prisoner: getattr(prisoner, part), part)


def prisoner_rule(rule: Callable[[PrisonerRecord], Any], *parts: str) -> Declaration:
    """A pure rule over these parts of NOMIS's record."""

    def value(joined: Joined) -> Any:
        assert joined.prison.record is not None
        return rule(joined.prison.record)

    return Declaration(value, asks=System.NOMIS, fails_with=System.NOMIS, parts=frozenset(parts))


def prison_named(id_part: str, *, name_part: str | None = None) -> Declaration:
    """A prison that NOMIS's record names; `name_part` is the name that the record itself has for it."""

    def id_of(prisoner: PrisonerRecord) -> Read[str]:
        return prison_id(getattr(prisoner, id_part))

    def value(joined: Joined) -> Any:
        assert joined.prison.record is not None
        prison = id_of(joined.prison.record)
        if prison is None or isinstance(prison, FieldFailure):
            return prison
        recorded = None if name_part is None else getattr(joined.prison.record, name_part)
        return PrisonRef(prison, prison_name(joined.agencies.get(prison), recorded))

    parts = frozenset({id_part} if name_part is None else {id_part, name_part})
    return Declaration(value, asks=System.NOMIS, fails_with=System.NOMIS, parts=parts, prison_id=id_of)


def prison_name(agency: Agency | Failure | None, recorded: Read[str]) -> Read[str]:
    """Return the Prison API's name where it was asked, else the one that the record has."""
    if isinstance(agency, Agency):
        return agency.name
    if recorded is None and agency is not None:
        return FieldFailure(agency)
    return recorded


def probation_value(read: Callable[[ProbationHalf], Any]) -> Declaration:
    """A value of the Delius half, null with every state but FOUND."""

    def value(joined: Joined) -> Any:
        assert joined.probation is not None
        return read(joined.probation)

    return Declaration(value, asks=System.DELIUS, fails_with=System.DELIUS)


def prison_state() -> Declaration:
    """How the NOMIS half was had: never an error."""
    return Declaration(lambda joined: joined.prison, asks=System.NOMIS)


def probation_state() -> Declaration:
    """How the Delius half was had: never an error."""
    return Declaration(lambda joined: joined.probation, asks=System.DELIUS)
