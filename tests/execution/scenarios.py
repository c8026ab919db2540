"""A scenario: who asks by which routes, what the upstreams have of whom, and which of their calls go wrong.

It is plain data, and says what each call is answered whenever it is made: both executions meet the same.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import Enum, auto

from resolvers.context import Caller
from tests.execution.choices import Choices
from tests.execution.people import CRNS, NUMBERS, PEOPLE, PRISONS, Row, Written, person, spoilt
from upstreams.records import DeliusRoute, NomisRoute, User

DELIUS_ROUTES = (
    DeliusRoute.PROBATION_SEARCH,
    *(DeliusRoute.COMMUNITY_API,) * 2,
    DeliusRoute.NDH,
    DeliusRoute.CASE_RECORDS,
    DeliusRoute.EXTRACT,
)
NOMIS_ROUTES = (NomisRoute.PRISONER_SEARCH, NomisRoute.PRISONER_SEARCH, NomisRoute.PRISON_API)
USERS = (
    User("NPS_USER", "delius"),
    User("NPS_USER", "delius"),
    User("NOMIS_USER", "nomis"),
    None,
    User("", ""),
)
POPULATIONS = (3000, 3000, 3000, 3000, 3000, 1)


class Fault(Enum):
    """How a call goes wrong."""

    UNREACHABLE = auto()
    TIMED_OUT = auto()
    OUT_OF_TIME = auto()
    UNAUTHORISED = auto()
    FORBIDDEN = auto()
    LIMITED = auto()
    NOT_FOUND = auto()
    NOT_FOUND_PAGE = auto()
    NO_CONTENT = auto()
    SEVERAL = auto()
    CONFLICT = auto()
    SERVER_ERROR = auto()
    PAGE = auto()
    TRUNCATED = auto()
    WRONG_SHAPE = auto()
    EMPTY_OBJECT = auto()
    EMPTY_LIST = auto()
    ODD_ROWS = auto()
    CUT = auto()
    NAMELESS = auto()


class Kind(Enum):
    """The kinds of calls, by the names that they have in metrics."""

    PRISONER_NUMBERS = "prisoner-numbers"
    PRISON = "prison"
    OFFENDER = "offender"
    PRISONERS = "prisoners"
    SENTENCES = "offender-sentences"
    CATEGORIES = "categories"
    INMATES = "inmates"
    AGENCY = "agency"
    BY_NOMS_NUMBER = "offender-by-noms-number"
    NOMS_NUMBERS = "noms-numbers"
    CASE_RECORD = "case-record"
    REGISTRATIONS = "registrations"
    RESOURCING = "resourcing"
    MANAGERS = "all-offender-managers"
    ACCESS = "limited-access"
    RISK = "risk-of-serious-harm"
    ATTRIBUTE_SEARCH = "attribute-search"
    BY_CRN = "offender-by-crn"
    CRNS = "crns"
    CASE_RECORD_BY_CRN = "case-record-by-crn"
    EXTRACT = "extract"


OF_NOMIS = {
    NomisRoute.PRISONER_SEARCH: (Kind.PRISONER_NUMBERS, Kind.PRISON),
    NomisRoute.PRISON_API: (Kind.OFFENDER, Kind.PRISONERS, Kind.SENTENCES, Kind.CATEGORIES, Kind.INMATES),
}
OF_DELIUS = {
    DeliusRoute.PROBATION_SEARCH: (Kind.NOMS_NUMBERS, Kind.CRNS),
    DeliusRoute.COMMUNITY_API: (
        *(Kind.BY_NOMS_NUMBER, Kind.REGISTRATIONS, Kind.RESOURCING, Kind.MANAGERS),
        Kind.BY_CRN,
    ),
    DeliusRoute.NDH: (Kind.BY_NOMS_NUMBER, Kind.REGISTRATIONS, Kind.BY_CRN),
    DeliusRoute.CASE_RECORDS: (Kind.CASE_RECORD, Kind.CASE_RECORD_BY_CRN),
    DeliusRoute.EXTRACT: (Kind.EXTRACT,),
}
ABOUT = {
    **dict.fromkeys((Kind.OFFENDER, Kind.BY_NOMS_NUMBER, Kind.CASE_RECORD), NUMBERS),
    **dict.fromkeys((Kind.REGISTRATIONS, Kind.RESOURCING, Kind.MANAGERS, Kind.RISK), CRNS),
    **dict.fromkeys((Kind.BY_CRN, Kind.CASE_RECORD_BY_CRN), CRNS),
    **dict.fromkeys((Kind.PRISON, Kind.INMATES, Kind.AGENCY), PRISONS),
}
"""Whom or which prison a call of a kind is about; the others are about a list."""


@dataclass(frozen=True, slots=True)
class Scenario:
    """What one case meets. `faults` are of all calls of a kind, or of those about one number or CRN."""

    caller: Caller
    nomis: NomisRoute
    delius: DeliusRoute
    has_agencies: bool
    checks_access: bool
    assesses_risks: bool
    max_population: int
    people: dict[str, Written]
    agencies: dict[str, Row] = field(default_factory=dict)
    faults: dict[tuple[Kind, str | None], Fault] = field(default_factory=dict)
    salt: int = 0
    """Gives the order in which calls come back, and rows stand in a list."""
    tells_merges: bool = True


def scenario(choices: Choices) -> Scenario:
    """Return a scenario."""
    nomis, delius = choices.pick(NOMIS_ROUTES), choices.pick(DELIUS_ROUTES)
    people = {
        one.noms_number: person(choices, one, nomis, delius) for one in PEOPLE if not choices.chance(12)
    }
    has_agencies, checks_access, assesses_risks = (choices.chance(60) for _ in range(3))
    tells_merges = nomis is NomisRoute.PRISONER_SEARCH or not choices.chance(40)
    kinds = [
        *OF_NOMIS[nomis],
        *OF_DELIUS[delius],
        *((Kind.AGENCY,) if has_agencies else ()),
        *((Kind.ACCESS,) if checks_access else ()),
        *((Kind.RISK,) if assesses_risks else ()),
        *((Kind.ATTRIBUTE_SEARCH,) if tells_merges else ()),
    ]
    faults = dict(_fault(choices, kinds) for _ in range(choices.pick((0, 0, 0, 1, 1, 2, 3))))
    roles = choices.pick(((True, True),) * 12 + ((True, False), (False, True), (False, False)))
    return Scenario(
        caller=Caller(*roles, is_developer=False, user=choices.pick(USERS)),
        nomis=nomis,
        delius=delius,
        has_agencies=has_agencies,
        checks_access=checks_access,
        assesses_risks=assesses_risks,
        max_population=choices.pick(POPULATIONS),
        people=people,
        agencies={one: _agency(choices, one) for one in PRISONS if not choices.chance(15)},
        faults=faults,
        salt=choices.below(256),
        tells_merges=tells_merges,
    )


def _fault(choices: Choices, kinds: Sequence[Kind]) -> tuple[tuple[Kind, str | None], Fault]:
    kind = choices.pick(kinds)
    about = choices.pick(ABOUT[kind]) if kind in ABOUT and choices.chance(60) else None
    return (kind, about), choices.pick(tuple(Fault))


def _agency(choices: Choices, agency_id: str) -> Row:
    return spoilt(
        choices,
        {
            "agencyId": agency_id,
            "description": f"{agency_id} (HMP)",
            "agencyType": choices.pick(("INST", "INST", "INST", "CRT")),
            "active": choices.pick((True, False)),
        },
    )
