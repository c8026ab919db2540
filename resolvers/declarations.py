"""What a field of `Offender` is made of: the one declaration that stands beside it in the schema.

The look-ahead reads from it which system to ask and for which parts; both executions read from it how the
value is had. None of them knows a field by name.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum
from operator import attrgetter
from typing import Any

import msgspec

from resolvers.custody import prison_id
from resolvers.join import ProbationHalf, prison_half
from resolvers.recommendation import PomRule, pom_recommendation
from resolvers.risk import risk_of_serious_harm
from upstreams.identifiers import NO_PRISON
from upstreams.records import (
    Agency,
    Failure,
    FieldFailure,
    NomisRoute,
    PrisonerRecord,
    Read,
    System,
)


class PrisonRef(msgspec.Struct, frozen=True, gc=False):
    """A prison as an Offender has it."""

    id: str
    name: Read[str]


class Joined(msgspec.Struct, gc=False):
    """Everything that was had about one person, from which every field is read without waiting.

    `half` is the Delius half, None where it was not asked for. Of somebody who `is_whole`, nothing failed.
    """

    noms_number: str
    prisoner: PrisonerRecord | Failure
    half: ProbationHalf | None
    agencies: Mapping[str, Agency | Failure | None]
    nomis_route: NomisRoute
    is_whole: bool


class Source(Enum):
    """What a field is read from: NOMIS's record, the Delius half, or all that was had about the person."""

    PRISONER = "prisoner"
    PROBATION = "probation"
    JOINED = "joined"


@dataclass(frozen=True, slots=True)
class Declaration:
    """`read` reads the field from its source; where that is a plain attribute, `attribute` names it.

    Where `fails_with` names a system that failed, the field fails too. `asks` is the system that has to be
    asked for it. `parts` are the parts of that system's record that it reads. `prison_id` says which prison
    the value names, whose name is a second look-up. `made_of` are fields that it reads beside its own parts,
    of either system.
    """

    source: Source
    read: Callable[[Any], Any]
    attribute: str | None = None
    asks: System | None = None
    fails_with: System | None = None
    parts: frozenset[str] = frozenset()
    prison_id: Callable[[PrisonerRecord], Read[str]] | None = None
    made_of: tuple["Declaration", ...] = ()

    def value(self, joined: Joined) -> Any:
        """Return the field of one person, or what went wrong with it."""
        if self.fails_with is System.NOMIS and type(joined.prisoner) is Failure:
            return FieldFailure(joined.prisoner)
        if self.source is Source.PRISONER:
            return self.read(joined.prisoner)
        if self.source is Source.JOINED:
            return self.read(joined)
        half = joined.half
        assert half is not None
        if self.fails_with is System.DELIUS and half.failure is not None:
            return FieldFailure(half.failure)
        return self.read(half)


def own_number() -> Declaration:
    """The number asked for: known without asking anybody."""
    return Declaration(Source.JOINED, attrgetter("noms_number"), "noms_number")


def prisoner_part(part: str) -> Declaration:
    """A part of NOMIS's record, as it stands."""
    return Declaration(
        Source.PRISONER,
        attrgetter(part),
        part,
        asks=System.NOMIS,
        fails_with=System.NOMIS,
        parts=frozenset({part}),
    )


def prisoner_rule(rule: Callable[[PrisonerRecord], Any], *parts: str) -> Declaration:
    """A pure rule over these parts of NOMIS's record."""
    return Declaration(
        Source.PRISONER, rule, asks=System.NOMIS, fails_with=System.NOMIS, parts=frozenset(parts)
    )


def prison_named(id_part: str, *, name_part: str | None = None) -> Declaration:
    """A prison that NOMIS's record names; `name_part` is the name that the record itself has for it."""
    agency_of = attrgetter(id_part)
    recorded_name_of: Callable[[Any], Read[str]] = attrgetter(name_part) if name_part else lambda _: None

    def id_of(prisoner: Any) -> Read[str]:
        return prison_id(agency_of(prisoner))

    def read(joined: Joined) -> Any:
        prisoner, agencies = joined.prisoner, joined.agencies
        prison = agency_of(prisoner)
        if prison is None or prison in NO_PRISON or prison.__class__ is FieldFailure:
            return prison_id(prison)
        name = recorded_name_of(prisoner)
        return PrisonRef(prison, prison_name(agencies.get(prison), name) if agencies else name)

    parts = frozenset({id_part} if name_part is None else {id_part, name_part})
    return Declaration(
        Source.JOINED, read, asks=System.NOMIS, fails_with=System.NOMIS, parts=parts, prison_id=id_of
    )


def prison_name(agency: Agency | Failure | None, recorded: Read[str]) -> Read[str]:
    """Return the Prison API's name where it was asked, else the one that the record has."""
    if agency is None:
        return recorded
    if isinstance(agency, Agency):
        return agency.name
    return FieldFailure(agency) if recorded is None else recorded


def probation_value(attribute: str, *parts: str) -> Declaration:
    """A value of the Delius half, null with every state but FOUND, that is made of these parts."""
    return Declaration(
        Source.PROBATION,
        attrgetter(attribute),
        attribute,
        asks=System.DELIUS,
        fails_with=System.DELIUS,
        parts=frozenset(parts),
    )


def probation_rule(rule: Callable[[ProbationHalf], Any], *parts: str) -> Declaration:
    """A pure rule over the Delius half in whatever state, which never fails."""
    return Declaration(Source.PROBATION, rule, asks=System.DELIUS, parts=frozenset(parts))


def prison_state() -> Declaration:
    """How the NOMIS half was had: never an error."""
    return Declaration(
        Source.JOINED, lambda joined: prison_half(joined.prisoner, joined.nomis_route), asks=System.NOMIS
    )


def probation_state() -> Declaration:
    """How the Delius half was had: never an error."""
    return Declaration(Source.PROBATION, lambda half: half, asks=System.DELIUS)


def recommended_pom(rule: PomRule, pom_responsible: bool | None) -> Declaration:
    """Which POM one rule recommends, over both halves: never an error."""
    risk = (probation_rule(risk_of_serious_harm, "risk"),) if rule is PomRule.ROSH_2026 else ()

    def read(joined: Joined) -> Any:
        assert joined.half is not None
        return pom_recommendation(joined.prisoner, joined.half, rule, pom_responsible)

    tier, status = probation_value("tier", "tier"), prisoner_part("imprisonment_status")
    return Declaration(Source.JOINED, read, made_of=(status, tier, *risk))
