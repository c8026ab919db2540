"""The vocabulary: what every route answers about a person, whatever the upstream calls it.

Records mirror what callers see, so that most fields are plain attributes. A value that an upstream wrote in a
form not agreed is a `FieldFailure` in its place: it fails its own field and nothing else.

Records are kept from the garbage collector, which would look for cycles in a thousand of them: there is none
as long as no failure that stands in one keeps a traceback (ADR 15). To ask whether a value is an instance of
a record's class is quick where it is, and slow where it is not, since their metaclass is an abstract one: ask
for what is likely.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from enum import Enum
from typing import Any, TypeAlias, TypeVar, final

import msgspec


class System(Enum):
    """The two systems that are joined."""

    NOMIS = "NOMIS"
    DELIUS = "DELIUS"


class NomisRoute(Enum):
    """A way to reach NOMIS."""

    PRISONER_SEARCH = "PRISONER_SEARCH"
    PRISON_API = "PRISON_API"


class DeliusRoute(Enum):
    """A way to reach Delius."""

    NDH = "NDH"
    COMMUNITY_API = "COMMUNITY_API"
    PROBATION_SEARCH = "PROBATION_SEARCH"
    CASE_RECORDS = "CASE_RECORDS"
    EXTRACT = "EXTRACT"


Route: TypeAlias = NomisRoute | DeliusRoute


class User(msgspec.Struct, frozen=True):
    """The user in whose name somebody asks, and the source HMPPS Auth has them from (`nomis`, `delius`)."""

    name: str
    source: str


class FailureCode(Enum):
    """Why a field is null without that being an answer (`extensions.code`)."""

    FORBIDDEN = "FORBIDDEN"
    NOMIS_FORBIDDEN = "NOMIS_FORBIDDEN"
    NOMIS_UNAVAILABLE = "NOMIS_UNAVAILABLE"
    DELIUS_FORBIDDEN = "DELIUS_FORBIDDEN"
    DELIUS_UNAVAILABLE = "DELIUS_UNAVAILABLE"
    DEADLINE_EXCEEDED = "DEADLINE_EXCEEDED"
    OPERATION_TOO_COMPLEX = "OPERATION_TOO_COMPLEX"
    INTERNAL = "INTERNAL"


@final
class Failure(msgspec.Struct, frozen=True, kw_only=True):
    """What went wrong with one system for one person or list: plain data, shared by all fields it empties."""

    code: FailureCode
    message: str
    system: System | None = None
    route: Route | None = None
    retryable: bool | None = None

    @property
    def unreadable(self) -> Failure:
        """Return itself, as a record says what in it could not be read: here it is the whole."""
        return self


class FieldFailure(Exception):
    """A `Failure` in the place of a field's value.

    One instance a field: raising one twice grows its traceback.
    """

    def __init__(self, failure: Failure) -> None:
        super().__init__(failure.code.value)
        self.failure = failure

    def __eq__(self, other: object) -> bool:
        return isinstance(other, FieldFailure) and self.failure == other.failure

    def __hash__(self) -> int:
        return hash(self.failure)


T = TypeVar("T")
Read: TypeAlias = T | FieldFailure | None


class CodedValue(msgspec.Struct, frozen=True, gc=False):
    """A code of the upstream's reference data with its description."""

    code: str
    description: str | None = None


class Alert(msgspec.Struct, frozen=True, gc=False):
    """An alert on a prisoner's record."""

    code: str
    type: str | None
    active: bool | None
    expired: bool | None


class Sentence(msgspec.Struct, frozen=True, gc=False):
    """Key dates of the sentence, as NOMIS calculated them (overrides already applied)."""

    start_date: Read[date] = None
    expiry_date: Read[date] = None
    licence_expiry_date: Read[date] = None
    release_date: Read[date] = None
    confirmed_release_date: Read[date] = None
    conditional_release_date: Read[date] = None
    automatic_release_date: Read[date] = None
    parole_eligibility_date: Read[date] = None
    tariff_date: Read[date] = None
    home_detention_curfew_eligibility_date: Read[date] = None
    home_detention_curfew_actual_date: Read[date] = None


class PrisonerRecord(msgspec.Struct, frozen=True, gc=False):
    """One person as NOMIS has them. Only the parts that were asked for are filled.

    A route may answer a narrower class with the same names and those parts alone, into which it has decoded
    a row: to make another object of every row takes longer than to read it. What is not a `Failure` is a
    record.

    `agency_id` is the raw agency: a prison, `OUT` or `TRN`. `movement_status` is NOMIS's own (`ACTIVE IN`,
    ...). `unreadable` says that a part could not be read, or something within one.
    """

    noms_number: str
    retrieved_at: datetime
    unreadable: Failure | None = None
    booking_id: Read[str] = None
    book_number: Read[str] = None
    pnc_number: Read[str] = None
    cro_number: Read[str] = None
    title: Read[str] = None
    first_name: Read[str] = None
    middle_names: Read[str] = None
    last_name: Read[str] = None
    date_of_birth: Read[date] = None
    gender: Read[str] = None
    ethnicity: Read[str] = None
    nationality: Read[str] = None
    religion: Read[str] = None
    youth_offender: Read[bool] = None
    movement_status: Read[str] = None
    restricted_patient: Read[bool] = None
    agency_id: Read[str] = None
    agency_name: Read[str] = None
    last_prison_id: Read[str] = None
    supporting_prison_id: Read[str] = None
    cell_location: Read[str] = None
    category: Read[CodedValue] = None
    csra: Read[str] = None
    legal_status: Read[str] = None
    imprisonment_status: Read[CodedValue] = None
    convicted_status: Read[str] = None
    recall: Read[bool] = None
    indeterminate_sentence: Read[bool] = None
    most_serious_offence: Read[str] = None
    sentence: Read[Sentence] = None
    alerts: Read[tuple[Alert, ...]] = None
    merged_from: Read[tuple[str, ...]] = None
    identifiers: object = None
    """As they were written: old numbers are looked for among them, and for a few people alone."""


class Population(msgspec.Struct, frozen=True):
    """Everybody in a prison by NOMS number; not complete where NOMIS said there are more than it gave."""

    people: Mapping[str, PrisonerRecord | Failure]
    complete: bool


class Agency(msgspec.Struct, frozen=True):
    """A prison as the Prison API describes it."""

    name: str | None
    active: bool | None


class OfficerContact(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """How an officer can be reached."""

    email: str | None = None
    telephone: str | None = None


class ProbationOfficer(msgspec.Struct, frozen=True, gc=False):
    """A probation officer: staff, not a person under supervision."""

    code: str | None = None
    forenames: str | None = None
    surname: str | None = None
    email: Read[str] = None
    telephone: Read[str] = None


class ProbationTeam(msgspec.Struct, frozen=True, gc=False):
    """The team that a case belongs to, with its local delivery unit (LDU)."""

    code: str | None = None
    name: str | None = None
    telephone: str | None = None
    local_delivery_unit: CodedValue | None = None


class Resourcing(Enum):
    """How much attention the case is given: what has taken the place of NPS and CRC since June 2021."""

    ENHANCED = "ENHANCED"
    NORMAL = "NORMAL"


class RiskLevel(Enum):
    """How serious a harm somebody may do, as probation judges it."""

    LOW = "LOW"
    MEDIUM = "MEDIUM"
    HIGH = "HIGH"
    VERY_HIGH = "VERY_HIGH"


class AssessedRisk(msgspec.Struct, frozen=True, gc=False):
    """The risk of serious harm, with the day that it is of. `level` is None where it was left blank."""

    level: RiskLevel | None
    assessed_on: date | None


class OffenderManager(msgspec.Struct, frozen=True, gc=False):
    """One active manager of a case. `nps` is None where Delius does not say."""

    nps: bool | None = None
    provider: CodedValue | None = None
    officer: ProbationOfficer | None = None
    team: ProbationTeam | None = None
    allocated_on: date | None = None


class ProbationRecord(msgspec.Struct, frozen=True, gc=False):
    """One live record of Delius, before the join has decided whether it may be shown.

    As with a `PrisonerRecord`, a route may answer another class with the same names, and so may it for what
    stands in one: what a row was decoded into, rather than a copy of it.
    The parts `tier`, `managers`, `resourcing`, `mappa_level`, `officer_contacts` and `risk` are filled where
    they are asked for, and within managers `officer`, `team` and `local_delivery_unit`, parts of their own.
    The two flags of limited access are None where Delius does not say. `tier` is Delius's own words.
    `resourcing`, `mappa_level` (0 to 3) and `officer_contacts` (by staff code) are None where the route has
    them not, or not without a further call. `risk` says it where none is recorded, or several are.
    `unreadable` says that a part could not be read.
    """

    noms_number: str | None
    crn: Read[str]
    date_of_birth: Read[date]
    excluded: bool | None
    restricted: bool | None
    tier: Read[str]
    managers: Read[Sequence[OffenderManager]]
    retrieved_at: datetime
    unreadable: bool = False
    resourcing: Read[Resourcing] = None
    mappa_level: Read[int] = None
    officer_contacts: Read[Mapping[str, Read[OfficerContact]]] = None
    risk: Read[AssessedRisk | NoRecord] = None


def with_parts(record: ProbationRecord, **parts: Any) -> ProbationRecord:
    """Return the record with these parts too, of whichever class it was."""
    values = {name: getattr(record, name) for name in ProbationRecord.__struct_fields__}
    values["unreadable"] |= any(isinstance(one, FieldFailure) for one in parts.values())
    return ProbationRecord(**values | parts)


@final
class NoRecord(Enum):
    """Delius answered, and there is no record of this person to show."""

    NOT_FOUND = "NOT_FOUND"
    AMBIGUOUS = "AMBIGUOUS"
    MISMATCH = "MISMATCH"
    RESTRICTED = "RESTRICTED"


PrisonerAnswer: TypeAlias = PrisonerRecord | Failure | None
"""NOMIS's answer about one number: the record, why it could not be had, or None: NOMIS knows nobody by it."""

ProbationAnswer: TypeAlias = ProbationRecord | NoRecord | Failure
"""Delius's answer about one number."""
WITHOUT_RECORD = (Failure, NoRecord)
"""The classes of those answers that are none: what has another is a record, of whichever class."""

PrisonerAnswers: TypeAlias = Mapping[str, PrisonerAnswer]
"""Answers by NOMS number; a number that is missing is known to nobody."""
