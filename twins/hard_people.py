"""Builds the people of the hard cases: each is an ordinary prisoner of Leeds but for the one thing named."""

from dataclasses import replace
from datetime import date
from typing import Any

from twins import hard_cases as case
from twins.delius_users import EXCLUDED_USER, TRUSTED_USER
from twins.people import (
    Alert,
    Coded,
    DeliusAnswer,
    Identifier,
    InDelius,
    InNomis,
    InOasys,
    NomisRow,
    Person,
    RoshLevel,
    Sentence,
)
from twins.sample_people import (
    NPS,
    PIERS_ASHGROVE,
    PIERS_ASHGROVE_BEFORE,
    RHIANNON_TREVETHICK,
    SAMPLE_PEOPLE,
    SENTENCED,
)

_SURNAME_LIST = "Ambersley Brackenthorpe Coldfallow Dunmarrow Elverwick Farthinghoe Gorsebridge Hollinmere"
_FORENAME_LIST = "Alder Bramwell Corwin Dorian Edric Fenwick Garrick Hadley Ingram Jocelyn Kendrick"
_SURNAMES = _SURNAME_LIST.split()
_FORENAMES = _FORENAME_LIST.split()

_FIRST_BOOKING = 1200001
_SHARED_BOOKING = 1299999


def hard_people() -> list[Person]:
    """Return everybody of HARD_CASES whom at least one system knows."""
    return [
        *SAMPLE_PEOPLE,
        *_states(),
        *_managers(),
        *_tiers(),
        *_custody(),
        *_broken_rows(),
        *_broken_answers(),
        *_registered(),
    ]


def _states() -> list[Person]:
    padded = f" {case.NUMBER_PADDED_IN_DELIUS.lower()}  "
    restricted: dict[str, Any] = {
        "restriction": True,
        "restriction_message": "Made-up restriction text",
        "restricted_to": (TRUSTED_USER,),
    }
    excluded: dict[str, Any] = {
        "exclusion": True,
        "exclusion_message": "Not for you to view: made-up exclusion text",
        "excluded_users": (EXCLUDED_USER,),
    }
    return [
        _named(
            case.PETRA_LINDQVALE,
            "Petra",
            "Lindqvale",
            "X100003",
            tier="A2",
            title="Ms",
            gender="Female",
            rosh=RoshLevel.VERY_HIGH,
            mappa_level=1,
            resourcing=True,
            **restricted,
        ),
        _person(case.TWO_DELIUS_RECORDS, more=1),
        _person(
            case.MERGED_SURVIVOR, {"identifiers": (Identifier("MERGED", case.MERGED_AWAY),)}, known=False
        ),
        _only_in_delius(case.MERGED_AWAY, as_of=case.MERGED_SURVIVOR),
        _only_in_delius(case.UNKNOWN_TO_NOMIS, as_of=case.UNKNOWN_TO_NOMIS),
        _person(case.ANOTHERS_NUMBER, noms_number=case.IVOR_PELLSTONE),
        _person(case.NUMBER_PADDED_IN_DELIUS, noms_number=padded),
        _person(case.NUMBER_ABSENT_IN_DELIUS, noms_number=None),
        _person(case.BORN_ANOTHER_DAY, date_of_birth=date(1966, 6, 6)),
        _person(case.BIRTH_UNKNOWN_TO_DELIUS, date_of_birth=None),
        _person(case.EXCLUDED, **excluded),
        _person(case.RESTRICTED, **restricted),
        _person(case.EXCLUDED_AND_RESTRICTED, **excluded, **restricted),
        _person(case.ACCESS_FLAGS_ABSENT, restriction=None, exclusion=None),
        _person(case.SOFT_DELETED, soft_deleted=True),
        _person(case.ONE_OF_TWO_SENTENCED, more=1, others_sentenced=False),
    ]


def _managers() -> list[Person]:
    unallocated = replace(
        RHIANNON_TREVETHICK,
        forenames="Unallocated",
        surname="Staff",
        staff_code="N03UATU",
        staff_id=2500011000,
        email=None,
        unallocated=True,
    )
    later = replace(PIERS_ASHGROVE, since=date(2024, 2, 1))
    at_odds = replace(PIERS_ASHGROVE, nps=True, organisation=NPS)
    unknown = replace(PIERS_ASHGROVE, area=Coded("X99", "Area of no known kind"), nps=None, organisation=None)
    return [
        _person(case.OFFICER_UNALLOCATED, managers=(unallocated,)),
        _person(case.NO_MANAGER, managers=()),
        _person(case.PAST_MANAGERS_ONLY, managers=(PIERS_ASHGROVE_BEFORE,)),
        _person(case.SEVERAL_ACTIVE_MANAGERS, managers=(RHIANNON_TREVETHICK, later)),
        _person(case.FLAG_AND_AREA_AT_ODDS, managers=(at_odds,)),
        _person(case.AREA_UNKNOWN, managers=(unknown,)),
    ]


def _tiers() -> list[Person]:
    tiers = {
        case.TIER_WRITTEN_OUT: "Tier B1",
        case.TIER_WITH_HYPHEN: "A-2",
        case.TIER_WITH_UNDERSCORE: "D_2",
        case.TIER_UNIFIED: "UD0",
        case.TIER_UNIFIED_UNSUPERVISED: "UA2S",
        case.TIER_SMALL_LETTER: "c",
        case.TIER_BLANK: "   ",
        case.TIER_ABSENT: None,
        case.TIER_NA: "NA",
        case.TIER_NOT_YET_ASSESSED: "Not Yet Assessed",
        case.TIER_MISSING: "MISSING",
        case.TIER_NOT_SUPERVISED: "NOT_SUPERVISED",
        case.TIER_OF_ANOTHER_SCALE: "E",
        case.TIER_UNKNOWN: "Q7",
    }
    return [_person(number, tier=tier) for number, tier in tiers.items()]


def _custody() -> list[Person]:
    released = {
        "status": "INACTIVE OUT",
        "in_out": "OUT",
        "prison_id": "OUT",
        "movement_type": "REL",
        "cell": None,
    }
    halloway = {**released, "location_description": "Outside - released from Leeds", "booking_id": 998212}
    desmond = _named(
        case.DESMOND_HALLOWAY, "Desmond", "Halloway", "X100004", nomis=halloway, born=date(1968, 1, 28)
    )
    patient = {**released, "restricted_patient": True, "supporting_prison_id": "LEI", "movement_reason": "HP"}
    hospital = {"hospital_id": "RAMPTN", "discharged": date(2023, 9, 1)}
    transit = {
        "status": "INACTIVE TRN",
        "in_out": "TRN",
        "prison_id": "TRN",
        "movement_type": "TRN",
        "cell": None,
    }
    court = {"status": "ACTIVE OUT", "in_out": "OUT", "movement_type": "CRT", "movement_reason": "CA"}
    life = {
        "legal_status": "INDETERMINATE_SENTENCE",
        "imprisonment_status": Coded("LIFE", "Sentenced to Life Imprisonment"),
        "indeterminate": True,
        "sentence": Sentence(
            start=date(2015, 3, 2), tariff=date(2031, 3, 1), parole_eligibility=date(2031, 3, 1)
        ),
    }
    recalled = {
        "legal_status": "RECALL",
        "imprisonment_status": Coded("LR", "Recalled to Prison"),
        "recall": True,
        "sentence": Sentence(
            start=date(2021, 1, 5), post_recall_release=date(2026, 2, 3), release=date(2026, 2, 3)
        ),
    }
    detained = {
        "legal_status": "IMMIGRATION_DETAINEE",
        "imprisonment_status": Coded("DET", "Immigration Detainee"),
        "sentence": Sentence(),
    }
    return [
        desmond,
        _person(case.RESTRICTED_PATIENT, {**patient, **hospital}),
        _person(case.IN_TRANSIT, transit),
        _person(case.AT_COURT, court),
        _person(case.SHARED_BOOKING, {"booking_id": _SHARED_BOOKING}),
        _person(case.SHARED_BOOKING_TOO, {"booking_id": _SHARED_BOOKING}),
        _person(case.INDETERMINATE, life),
        _person(case.RECALLED, recalled, previous_crn="X130001"),
        _person(case.IMMIGRATION_DETAINEE, detained),
        _person(
            case.SEVERAL_ALERTS,
            {"alerts": (Alert("X", "XA"), Alert("R", "RSS"), Alert("H", "HA", active=False))},
        ),
    ]


def _broken_rows() -> list[Person]:
    frankland = {"prison_id": "FKI", "last_prison_id": "FKI"}
    return [
        _person(case.ROW_PADDED, {**frankland, "written_number": f" {case.ROW_PADDED.lower()} "}),
        _person(case.ROW_DOUBLED, {**frankland, "row": NomisRow.DOUBLED}),
        _person(case.ROW_DOUBLED_DIFFERENTLY, {**frankland, "row": NomisRow.DOUBLED_DIFFERENTLY}),
    ]


def _broken_answers() -> list[Person]:
    answers = {
        case.DELIUS_500: DeliusAnswer.SERVER_ERROR,
        case.DELIUS_503: DeliusAnswer.UNAVAILABLE,
        case.DELIUS_403: DeliusAnswer.FORBIDDEN,
        case.DELIUS_401: DeliusAnswer.UNAUTHORISED,
        case.DELIUS_204: DeliusAnswer.NO_CONTENT,
        case.DELIUS_HTML: DeliusAnswer.HTML_PAGE,
        case.DELIUS_WRONG_SHAPE: DeliusAnswer.WRONG_SHAPE,
        case.DELIUS_TRUNCATED: DeliusAnswer.TRUNCATED,
        case.DELIUS_CUT: DeliusAnswer.CUT,
        case.DELIUS_SLOW: DeliusAnswer.SLOW,
    }
    frankland = {"prison_id": "FKI", "last_prison_id": "FKI"}
    return [replace(_person(number, frankland), delius_answer=answer) for number, answer in answers.items()]


def _registered() -> list[Person]:
    ended: dict[str, Any] = {"former_mappa_level": 3, "former_rosh": RoshLevel.VERY_HIGH}
    return [
        _person(case.REGISTRATIONS_ENDED, rosh=RoshLevel.LOW, **ended),
        _person(case.MAPPA_OF_LEVEL_NOUGHT, mappa_level=0, vlo=True),
        _person(case.RESOURCING_UNDECIDED, resourcing=None),
        _person(case.RISK_NOT_ASSESSED, rosh=None),
        _person(case.RISK_LEVEL_BLANK, in_oasys=InOasys.LEVEL_BLANK),
        _person(case.RISK_ASSESSED_TWICE, in_oasys=InOasys.TWICE),
    ]


def _person(
    number: str,
    nomis: dict[str, Any] | None = None,
    *,
    known: bool = True,
    more: int = 0,
    others_sentenced: bool = True,
    **delius: Any,
) -> Person:
    """Return a prisoner of Leeds, changed as said; `more` are further Delius records of the same person."""
    place = _place(number)
    prisoner = replace(_prisoner(place), **(nomis or {}))
    record = replace(_record(number, place), **delius)
    others = [
        replace(
            record,
            crn=f"X12{place:04d}",
            offender_id=record.offender_id + 500,
            active_sentence=others_sentenced,
        )
    ] * more
    return Person(number, prisoner, (record, *others) if known else ())


def _named(
    number: str,
    forename: str,
    surname: str,
    crn: str,
    *,
    nomis: dict[str, Any] | None = None,
    born: date | None = None,
    **delius: Any,
) -> Person:
    """Return one of the samples' people of whom the samples give little more than the name."""
    birth: dict[str, Any] = {"date_of_birth": born} if born else {}
    names: dict[str, Any] = {"first_name": forename.upper(), "last_name": surname.upper(), **birth}
    record: dict[str, Any] = {"first_name": forename, "surname": surname, "crn": crn, **birth}
    gender = {"gender": delius["gender"]} if "gender" in delius else {}
    return _person(number, {**names, **gender, **(nomis or {})}, **record, **delius)


def _only_in_delius(number: str, *, as_of: str) -> Person:
    """Return a Delius record under a number that NOMIS does not know, otherwise like another person's."""
    record = _record(as_of, _place(as_of))
    return Person(number, None, (replace(record, noms_number=number),))


def _place(number: str) -> int:
    return list(case.HARD_CASES).index(number)


def _prisoner(place: int) -> InNomis:
    return InNomis(
        first_name=_FORENAMES[place % len(_FORENAMES)].upper(),
        last_name=_SURNAMES[place % len(_SURNAMES)].upper(),
        date_of_birth=date(1970 + place % 30, 1 + place % 12, 1 + place % 28),
        nationality="British",
        booking_id=_FIRST_BOOKING + place,
        book_number=f"{50000 + place}A",
        status="ACTIVE IN",
        movement_type="ADM",
        movement_reason="N",
        in_out="IN",
        prison_id="LEI",
        last_prison_id="LEI",
        cell=f"E-1-{place:03d}",
        category="C",
        legal_status="SENTENCED",
        imprisonment_status=SENTENCED,
        convicted_status="Convicted",
        recall=False,
        indeterminate=False,
        received=date(2023, 4, 3),
        sentence=Sentence(
            start=date(2023, 4, 3), release=date(2026, 4, 2), conditional_release=date(2026, 4, 2)
        ),
    )


def _record(number: str, place: int) -> InDelius:
    prisoner = _prisoner(place)
    return InDelius(
        crn=f"X11{place:04d}",
        offender_id=2500001000 + place,
        first_name=prisoner.first_name.capitalize(),
        surname=prisoner.last_name.capitalize(),
        noms_number=number,
        date_of_birth=prisoner.date_of_birth,
        managers=(RHIANNON_TREVETHICK,),
        tier="C1",
        rosh=RoshLevel.MEDIUM,
        resourcing=False,
        conviction_id=1220000 + place,
    )
