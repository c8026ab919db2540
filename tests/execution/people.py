"""People as the upstreams write them, made of choices: the twins' people, changed, and their JSON spoilt."""

import copy
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

import msgspec

from tests.execution.choices import Choices
from twins import prison_api_rows as prison_api
from twins.delius_bodies import (
    all_managers,
    coded,
    indexed_detail,
    offender_detail_of_2019,
    resourcing_detail,
)
from twins.extract import HEADERS
from twins.extract import row as extract_row
from twins.hard_people import hard_people
from twins.people import (
    Alert,
    Coded,
    Identifier,
    InDelius,
    InNomis,
    NomisRow,
    OffenderManager,
    Person,
    RoshLevel,
    Sentence,
)
from twins.prisoner_rows import rows_of
from twins.registration_bodies import registrations, rosh_detail
from upstreams.records import DeliusRoute, NomisRoute

Row = dict[str, Any]

PEOPLE = [person for person in hard_people() if person.nomis and person.delius and person.delius[0].managers][
    :6
]
NUMBERS = [person.noms_number for person in PEOPLE]
CRNS = [person.delius[0].crn for person in PEOPLE]
PRISONS = ("LEI", "MDI", "123", "ZZZ", "OUT", "TRN")
STATUSES = ("ACTIVE IN", "ACTIVE OUT", "INACTIVE OUT", "INACTIVE TRN", "ELSEWHERE", None)
AGENCIES = ("LEI", "LEI", "LEI", "MDI", "123", "OUT", "TRN", "GHOST", None)
LEGAL_STATUSES = (
    *("RECALL", "DEAD", "INDETERMINATE_SENTENCE", "SENTENCED", "CONVICTED_UNSENTENCED", "CIVIL_PRISONER"),
    *("IMMIGRATION_DETAINEE", "REMAND", "OTHER", "UNKNOWN", "NEW", None),
)
TIERS = ("A0", "Tier B1", "UC2S", "d_3", "A", "E2", "NA", "Not Yet Assessed", "  ", None)
TELEPHONES = ("0113 496 0000", None)
AREAS = ("N07", "C12", "n01", "X99")
ODD = (
    *(None, "", "   ", " padded ", 0, -1, 7, 1.5, 2**40, True, False, [], {}, [None], [{}], {"code": "X"}),
    *("2020-02-30", "1980-01-01", "2020-1-1", "Ⅷ", '<"\\\u2028\u0007>', "🙂", "a" * 300, "\ud800", "ß"),
)
"""What may stand in the place of any value."""
CELLS = (
    *("", " ", " padded ", "Y", "N", "3", "1,2,Nominal", "2,4", "A1", "E", "********", "30/02/1980"),
    *(
        "1/2/1980",
        "1980-01-01",
        "Unallocated",
        "Inactive, A",
        "One",
        ",",
        "a" * 300,
        '<"\\\u2028\u0007>',
        "ß",
    ),
)
"""What may stand in any cell."""
ALWAYS_THERE = frozenset(
    {
        *(
            "prisonerNumber",
            "offenderNo",
            "otherIds",
            "nomsNumber",
            "nomsId",
            "crn",
            "alertCode",
            "agencyType",
        ),
        *("currentRestriction", "currentExclusion", "offenderManagers", "manager"),
    }
)
IMMIGRATION_DETAINEE = Coded("DET", "Immigration Detainee")
RISKS = (*("LOW", "MEDIUM", "HIGH", "VERY_HIGH") * 3, " ", None, "EXTREME")
ALERTS = (Alert("H", "HA"), Alert("X", "XA", active=False))
A_DAY = date(2030, 6, 1)
PNC = Identifier("PNC", "80/1234A")
DATES = [name for name in Sentence.__dataclass_fields__ if name not in ("non_dto_release_type", "days_added")]


@dataclass(frozen=True, slots=True)
class Written:
    """One person as each call shows them on the routes of a scenario; `crn` is Delius's first one."""

    number: str
    crn: str
    prisoner_rows: list[Row] = field(default_factory=list)
    whole: Row | None = None
    bulk_rows: list[Row] = field(default_factory=list)
    booking_rows: list[Row] = field(default_factory=list)
    sentence_rows: list[Row] = field(default_factory=list)
    category_rows: list[Row] = field(default_factory=list)
    details: list[Row] = field(default_factory=list)
    case_record: Row | None = None
    extract_rows: list[dict[str, str]] = field(default_factory=list)
    registrations: Row = field(default_factory=dict)
    resourcing: Row | None = None
    managers: list[Any] = field(default_factory=list)
    access_rows: list[Row] = field(default_factory=list)
    risks: Row | None = None


def person(choices: Choices, base: Person, nomis: NomisRoute, delius: DeliusRoute) -> Written:
    """Return one of PEOPLE as these two routes write them."""
    assert base.nomis is not None
    known = replace(base, nomis=None if choices.chance(10) else _in_nomis(choices, base.nomis))
    crn = base.delius[0].crn
    return Written(
        number=base.noms_number,
        crn=crn,
        **(
            {"prisoner_rows": [spoilt(choices, row, "alerts", "identifiers") for row in rows_of(known)]}
            # It is asked about survivors whatever the route.
            | ({} if nomis is NomisRoute.PRISONER_SEARCH else _by_prison_api(choices, known))
        ),
        **_by_delius(choices, known, delius),
        access_rows=_access_rows(choices, crn),
        risks=_risks(choices),
    )


def spoilt(choices: Choices, written: Any, *within: str) -> Any:
    """Return JSON in which some values are missing, or others than they should be; most often `within` it."""
    if choices.chance(30):
        return _thinned(choices, written)
    changes = choices.pick((0, 0, 1, 1, 3, 8))
    if changes == 0:
        return written
    # `copy.deepcopy` takes ten times as long.
    changed = msgspec.json.decode(msgspec.json.encode(written))
    for _ in range(changes):
        inner = changed.get(choices.pick(within)) if within and choices.chance(50) else None
        _spoil(choices, inner if isinstance(inner, dict | list) else changed)
    return changed


def _thinned(choices: Choices, written: Any, percent: int = 30) -> Any:
    """Return JSON of which much is missing, most of it within, but not who it is of and who may see it."""
    if isinstance(written, list):
        return [_thinned(choices, one, percent) for one in written]
    if not isinstance(written, dict):
        return written
    return {
        key: _thinned(choices, value, 50)
        for key, value in written.items()
        if key in ALWAYS_THERE or not choices.chance(percent)
    }


def _spoil(choices: Choices, written: Any) -> None:
    keys = list(written) if isinstance(written, dict) else list(range(len(written)))
    if not keys:
        return
    key = choices.pick(keys)
    if isinstance(written[key], dict | list) and choices.chance(70):
        _spoil(choices, written[key])
    elif choices.chance(20):
        del written[key]
    elif choices.chance(25):
        written[key] = None
    else:
        # A copy, because what stands there may be spoilt in its turn.
        written[key] = copy.deepcopy(choices.pick(ODD))


def identifiers(choices: Choices) -> tuple[Identifier, ...]:
    """Return identifiers, most often one that tells of a merge, or of several."""
    merged = [Identifier("MERGED", choices.pick(NUMBERS)) for _ in range(choices.pick((1, 1, 0, 2, 3)))]
    odd = Identifier("MERGED", choices.pick((*(f" {number.lower()} " for number in NUMBERS), "no number")))
    return (*merged, *((odd,) if choices.chance(20) else ()), *((PNC,) if choices.chance(50) else ()))


def _in_nomis(choices: Choices, nomis: InNomis) -> InNomis:
    flags: tuple[bool | None, ...] = (True, False, None)
    restricted = choices.chance(8)
    return replace(
        nomis,
        status=choices.pick((nomis.status, *STATUSES)),
        prison_id=choices.pick((nomis.prison_id, *AGENCIES)),
        last_prison_id=choices.pick((nomis.last_prison_id, *AGENCIES)),
        restricted_patient=restricted,
        supporting_prison_id=choices.pick(AGENCIES) if restricted else None,
        booking_id=None if choices.chance(8) else nomis.booking_id,
        legal_status=choices.pick(LEGAL_STATUSES),
        imprisonment_status=choices.pick((nomis.imprisonment_status,) * 9 + (IMMIGRATION_DETAINEE, None)),
        title=choices.pick((None, "Ms")),
        middle_names=choices.pick((nomis.middle_names, "JO")),
        youth_offender=choices.pick(flags),
        recall=choices.pick(flags),
        indeterminate=choices.pick(flags),
        cro_number=choices.pick((nomis.cro_number, "CRO1")),
        csra=choices.pick((nomis.csra, "Standard")),
        most_serious_offence=choices.pick((nomis.most_serious_offence, "Theft")),
        convicted_status=choices.pick((nomis.convicted_status, None)),
        alerts=choices.pick((ALERTS, ALERTS, nomis.alerts)),
        identifiers=identifiers(choices),
        sentence=Sentence(**{name: A_DAY for name in DATES if choices.chance(50)}),
        row=choices.pick((NomisRow.SINGLE,) * 8 + (NomisRow.DOUBLED, NomisRow.DOUBLED_DIFFERENTLY)),
    )


def _by_prison_api(choices: Choices, known: Person) -> dict[str, Any]:
    nomis = known.nomis
    if nomis is None:
        return {}

    def rows(row: Row) -> list[Row]:
        once = spoilt(choices, row, "sentenceDetail")
        match nomis.row:
            case NomisRow.DOUBLED:
                return [once, once]
            case NomisRow.DOUBLED_DIFFERENTLY:
                return [once, {**once, "lastName": "OTHERWISE", "classificationCode": "Z"}]
        return [once]

    in_bulk = nomis.booking_id is not None
    return {
        "whole": spoilt(choices, prison_api.inmate_detail(known, nomis, 1), "sentenceDetail", "alerts"),
        "bulk_rows": rows(prison_api.prisoner_detail(known, nomis)) if in_bulk else [],
        "booking_rows": rows(prison_api.offender_booking(known, nomis, alerts=False, category=False)),
        "sentence_rows": rows(prison_api.offender_sentence(known, nomis)) if in_bulk else [],
        "category_rows": rows(prison_api.category_assessment(known, nomis)) if nomis.category else [],
    }


def _by_delius(choices: Choices, known: Person, route: DeliusRoute) -> dict[str, Any]:
    # Forty records are more than a list of Probation Offender Search has room for.
    count = choices.pick((1,) * 12 + (0, 2, 40))
    record = _in_delius(choices, known.delius[0])
    parts = {
        "registrations": spoilt(choices, registrations(record, active_only=True)),
        "resourcing": None if record.resourcing is None else spoilt(choices, resourcing_detail(record)),
        "managers": spoilt(choices, all_managers(record)),
    }
    if route is DeliusRoute.CASE_RECORDS:
        case_record = spoilt(choices, _case_record(record), "manager") if count else None
        return {**parts, "case_record": case_record, "details": [{}] * count}
    if route is DeliusRoute.EXTRACT:
        rows = [
            _spoilt_cells(choices, extract_row(record)),
            *[extract_row(replace(record, crn="X999999"))] * 2,
        ]
        return {**parts, "extract_rows": [] if record.soft_deleted else rows[:count]}
    write: Callable[[InDelius], Row] = (
        offender_detail_of_2019 if route is DeliusRoute.NDH and record.body_of_2019 else indexed_detail
    )
    first = spoilt(choices, _with_odd_teams(choices, write(record)), "offenderManagers")
    return {**parts, "details": [first, *[write(replace(record, crn="X999999"))] * (count - 1)][:count]}


def _spoilt_cells(choices: Choices, row: dict[str, str]) -> dict[str, str]:
    changed = dict(row)
    for _ in range(choices.pick((0, 0, 1, 1, 3, 8))):
        header = choices.pick([one for one in HEADERS if one != "NOMS No"])
        changed[header] = choices.pick(CELLS)
    return changed


def _with_odd_teams(choices: Choices, detail: Row) -> Row:
    """Return a record of whose officers and teams less is told; the twins write no team's telephone."""
    for manager in detail["offenderManagers"]:
        manager["team"]["telephone"] = choices.pick(TELEPHONES)
        for key in ("staff", "team"):
            if choices.chance(25):
                manager[key] = _thinned(choices, manager[key], 50)
    return detail


def _in_delius(choices: Choices, record: InDelius) -> InDelius:
    limits = (False,) * 10 + (True, None)
    return replace(
        record,
        noms_number=choices.pick((record.noms_number,) * 10 + ("Z9999ZZ", None)),
        date_of_birth=choices.pick((record.date_of_birth, record.date_of_birth, A_DAY, None)),
        tier=choices.pick(TIERS),
        restriction=choices.pick(limits),
        exclusion=choices.pick(limits),
        soft_deleted=choices.chance(5),
        mappa_level=choices.pick((None, 1, 2, 3)),
        rosh=choices.pick((*RoshLevel, None)),
        resourcing=choices.pick((True, False, True, False, None)),
        managers=tuple(_manager(choices, one) for one in record.managers * choices.pick((1, 1, 1, 1, 2, 0))),
        body_of_2019=choices.chance(20),
        indexed_early=choices.chance(10),
        previous_crn=choices.pick((*(None,) * 12, *CRNS)),
    )


def _manager(choices: Choices, manager: OffenderManager) -> OffenderManager:
    return replace(
        manager,
        nps=choices.pick((manager.nps, True, False, None)),
        district=choices.pick((manager.district, manager.district, None)),
        area=replace(manager.area, code=choices.pick((manager.area.code, *AREAS))),
        unallocated=choices.chance(12),
        active=not choices.chance(10),
        since=choices.pick((manager.since, A_DAY)),
        email=choices.pick((manager.email, "officer@example.test")),
        telephone=choices.pick((manager.telephone, TELEPHONES[0], TELEPHONES[0])),
    )


def _case_record(record: InDelius) -> Row:
    manager = next(iter(record.managers), None)
    officer = manager and {
        "code": manager.staff_code,
        "name": {"forename": manager.forenames, "surname": manager.surname},
        "email": manager.email,
    }
    return {
        "crn": record.crn,
        "nomsId": record.noms_number,
        "currentTier": record.tier,
        "resourcing": {True: "ENHANCED", False: "NORMAL", None: None}[record.resourcing],
        "manager": manager
        and {
            "team": {
                "code": manager.team.code,
                "description": manager.team.description,
                "localDeliveryUnit": coded(manager.district),
            },
            **({} if manager.unallocated else officer or {}),
        },
        "mappaLevel": record.mappa_level or 0,
        "rosh": rosh_detail(record),
    }


def _access_rows(choices: Choices, crn: str) -> list[Row]:
    may_see = {"crn": crn, "userExcluded": False, "userRestricted": False}
    excluded = {**may_see, "userExcluded": True, "exclusionMessage": "Made-up words"}
    restricted = {**may_see, "userRestricted": True}
    unclear = {"crn": crn, "userExcluded": None, "userRestricted": False}
    return choices.pick(
        ([may_see], [may_see], [may_see], [excluded], [restricted], [unclear], [], [may_see, excluded])
    )


def _risks(choices: Choices) -> Row | None:
    assessed = {
        "riskToSelf": {},
        "summary": {"riskInCommunity": {"HIGH": ["Public"]}, "overallRiskLevel": choices.pick(RISKS)},
        "assessedOn": "2024-01-30T10:11:12",
    }
    return None if choices.chance(10) else spoilt(choices, assessed, "summary")
