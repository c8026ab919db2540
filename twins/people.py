"""A constructed person: what NOMIS knows, what Delius knows, and how each of them answers for this person."""

from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum


class DeliusAnswer(StrEnum):
    """How Delius answers when it is asked for one person."""

    PLAIN = "plain"
    SERVER_ERROR = "500"
    UNAVAILABLE = "503"
    FORBIDDEN = "403"
    UNAUTHORISED = "401"
    NO_CONTENT = "204"
    HTML_PAGE = "html"
    WRONG_SHAPE = "wrong shape"
    TRUNCATED = "truncated"
    CUT = "cut"
    SLOW = "slow"


class RoshLevel(StrEnum):
    """How serious a harm somebody may do, as probation judges it."""

    LOW = "LOW"
    MEDIUM = "MEDIUM"
    HIGH = "HIGH"
    VERY_HIGH = "VERY_HIGH"


class InOasys(StrEnum):
    """How OASys has the assessment of somebody's risk, if there is any."""

    ONCE = "once"
    LEVEL_BLANK = "level blank"
    TWICE = "twice"


class NomisRow(StrEnum):
    """How the row of one person comes in a list of NOMIS."""

    SINGLE = "single"
    DOUBLED = "doubled"
    DOUBLED_DIFFERENTLY = "doubled differently"


@dataclass(frozen=True, slots=True)
class Coded:
    """A code with its description."""

    code: str
    description: str


@dataclass(frozen=True, slots=True)
class Identifier:
    """One identifier of a person in NOMIS; type MERGED holds a number that was merged away."""

    type: str
    value: str
    issued: date | None = None
    created: str | None = None


@dataclass(frozen=True, slots=True)
class Alert:
    """A flag that staff set on a prisoner."""

    type: str
    code: str
    active: bool = True


@dataclass(frozen=True, slots=True)
class Incentive:
    """The incentive level of a prisoner, with the local time it was given."""

    level: Coded
    given: str
    next_review: date


@dataclass(frozen=True, slots=True)
class Sentence:
    """The dates of a sentence; each may be unknown.

    `conditional_release_calculated` is what NOMIS calculated where somebody has overridden it.
    """

    start: date | None = None
    release: date | None = None
    confirmed_release: date | None = None
    conditional_release: date | None = None
    conditional_release_calculated: date | None = None
    automatic_release: date | None = None
    expiry: date | None = None
    licence_expiry: date | None = None
    parole_eligibility: date | None = None
    tariff: date | None = None
    curfew_eligibility: date | None = None
    curfew_actual: date | None = None
    post_recall_release: date | None = None
    non_dto_release: date | None = None
    non_dto_release_type: str | None = None
    days_added: int | None = None


@dataclass(frozen=True, slots=True)
class InNomis:
    """What NOMIS knows of a person. Names are upper case there; None is what NOMIS does not know."""

    first_name: str
    last_name: str
    date_of_birth: date
    middle_names: str | None = None
    gender: str | None = "Male"
    title: str | None = None
    pnc_number: str | None = None
    cro_number: str | None = None
    ethnicity: str | None = None
    race_code: str | None = None
    nationality: str | None = None
    religion: str | None = None
    youth_offender: bool | None = False
    booking_id: int | None = None
    book_number: str | None = None
    status: str | None = None
    movement_type: str | None = None
    movement_reason: str | None = None
    movement_date: date | None = None
    in_out: str | None = None
    prison_id: str | None = None
    last_prison_id: str | None = None
    cell: str | None = None
    location_description: str | None = None
    category: str | None = None
    csra: str | None = None
    legal_status: str | None = None
    imprisonment_status: Coded | None = None
    convicted_status: str | None = None
    most_serious_offence: str | None = None
    recall: bool | None = None
    indeterminate: bool | None = None
    received: date | None = None
    last_admitted: date | None = None
    restricted_patient: bool = False
    supporting_prison_id: str | None = None
    hospital_id: str | None = None
    discharged: date | None = None
    sentence: Sentence = field(default_factory=Sentence)
    incentive: Incentive | None = None
    alerts: tuple[Alert, ...] = ()
    identifiers: tuple[Identifier, ...] = ()
    offences_listed: bool = False
    written_number: str | None = None
    row: NomisRow = NomisRow.SINGLE


@dataclass(frozen=True, slots=True)
class Institution:
    """A prison as Delius writes it."""

    institution_id: int
    code: str
    description: str
    prison_id: str


@dataclass(frozen=True, slots=True)
class OffenderManager:
    """One officer's time with a person; staff code, `nps` and organisation came after 2018/19."""

    forenames: str
    surname: str
    team: Coded
    area: Coded
    since: date
    borough: Coded | None = None
    district: Coded | None = None
    until: date | None = None
    active: bool = True
    staff_code: str | None = None
    unallocated: bool = False
    area_id: int | None = None
    nps: bool | None = None
    organisation: Coded | None = None
    institution: Institution | None = None
    staff_id: int | None = None
    email: str | None = None
    telephone: str | None = None


@dataclass(frozen=True, slots=True)
class InDelius:
    """What one Delius record says. `noms_number` is what the record itself carries, right or wrong.

    The two former levels stand in registrations that were ended. `resourcing` is enhanced, normal or, as
    None, not decided. OASys has assessed whoever has a `rosh`, at a local time. `excluded_users` count with
    `exclusion`, `restricted_to` counts with `restriction`.
    """

    crn: str
    offender_id: int
    first_name: str
    surname: str
    noms_number: str | None
    date_of_birth: date | None
    middle_names: tuple[str, ...] = ()
    title: str | None = "Mr"
    gender: str = "Male"
    pnc_number: str | None = None
    prisoner_number: str | None = None
    ethnicity: str | None = None
    risk_colour: str | None = None
    allow_sms: bool | None = None
    managers: tuple[OffenderManager, ...] = ()
    tier: str | None = None
    active_sentence: bool = True
    soft_deleted: bool = False
    restriction: bool | None = False
    restriction_message: str | None = None
    exclusion: bool | None = False
    exclusion_message: str | None = None
    excluded_users: tuple[str, ...] = ()
    restricted_to: tuple[str, ...] = ()
    mappa_level: int | None = None
    former_mappa_level: int | None = None
    rosh: RoshLevel | None = None
    former_rosh: RoshLevel | None = None
    registered: date = date(2023, 12, 10)
    in_oasys: InOasys = InOasys.ONCE
    assessed: str = "2024-01-30T10:11:12"
    resourcing: bool | None = None
    resourced: date = date(2023, 12, 2)
    conviction_id: int | None = None
    vlo: bool = False
    prison_manager: OffenderManager | None = None
    previous_surname: str | None = None
    body_of_2019: bool = False
    indexed_early: bool = False
    previous_crn: str | None = None


@dataclass(frozen=True, slots=True)
class Person:
    """A person under one NOMS number, in either system, in both, or in Delius several times."""

    noms_number: str
    nomis: InNomis | None = None
    delius: tuple[InDelius, ...] = ()
    delius_answer: DeliusAnswer = DeliusAnswer.PLAIN
