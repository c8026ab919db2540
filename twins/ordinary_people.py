"""Makes one ordinary person after another: made-up names, and the mixture of records that a prison holds."""

import random
from dataclasses import replace
from datetime import date, timedelta

from twins.agencies import Agency
from twins.delius_users import EXCLUDED_USER, TRUSTED_USER
from twins.people import Alert, Coded, InDelius, InNomis, OffenderManager, Person, RoshLevel, Sentence

_FORENAME_LIST = """
Aldous Barnaby Caspian Dorrick Emlyn Fabian Gethin Hollis Idris Jarrow Kelso Lorcan Merrick Nestor Osric
Perrin Quillon Ranulf Selwyn Tarquin Ulric Vaughn Wystan Yorick Zebedee Ambrose Bertram Crispin Digory Evander
"""
_SURNAME_LIST = """
Ashenhurst Birkwhistle Cranmoor Dellforth Eastermoor Fallowdale Greywater Hazelrigg Inglebright Jessamy
Kettlewick Larkholme Mossgrove Nettlefold Oakenshaw Pemberlow Quarrington Ravensmoor Silverdene Thistlewood
Underhay Vellacombe Winterbourn Yarrowby Zeal Applegarth Blackwell-Rowe Copperthwaite Dovecote Elmstead
Fernsby
"""
FORENAMES = _FORENAME_LIST.split()
SURNAMES = _SURNAME_LIST.split()
OFFENCES = ("Robbery", "Burglary dwelling", "Fraud by false representation", "Wounding", "Arson", "Affray")
TIERS = [f"{letter}{digit}" for letter in "ABCD" for digit in range(4)]

_NPS = Coded("NPS", "National Probation Service")
_TODAY = date(2024, 6, 3)


def ordinary_person(number: str, prison: Agency, serial: int, chance: random.Random) -> Person:
    """Return a person in this prison, about one in seven of them without a Delius record.

    `serial` is nobody else's: the booking and the CRN are made of it.
    """
    nomis = _prisoner(prison, serial, chance)
    records = _records(number, serial, nomis, chance)
    return Person(number, nomis, tuple(_assessed(record, number, serial) for record in records))


def _prisoner(prison: Agency, serial: int, chance: random.Random) -> InNomis:
    admitted = _TODAY - timedelta(days=chance.randrange(20, 2500))
    born = date(1950, 1, 1) + timedelta(days=chance.randrange(19000))
    remand = _happens(chance, 0.12)
    at_court = _happens(chance, 0.02)
    return InNomis(
        first_name=chance.choice(FORENAMES).upper(),
        middle_names=chance.choice(FORENAMES).upper() if _happens(chance, 0.4) else None,
        last_name=chance.choice(SURNAMES).upper(),
        date_of_birth=born,
        title="MR",
        cro_number=f"{100000 + serial}/05L" if _happens(chance, 0.3) else None,
        nationality="British",
        religion=chance.choice(("No Religion", "Christian", None)),
        youth_offender=born > date(2003, 1, 1),
        booking_id=2000000 + serial,
        book_number=f"{60000 + serial}B",
        status="ACTIVE OUT" if at_court else "ACTIVE IN",
        movement_type="CRT" if at_court else "ADM",
        movement_reason="CA" if at_court else "N",
        movement_date=admitted,
        in_out="OUT" if at_court else "IN",
        prison_id=prison.agency_id,
        last_prison_id=prison.agency_id,
        cell=f"{chance.choice('ABCD')}-{chance.randrange(1, 5)}-{serial % 60:03d}",
        category=None if remand else chance.choice("BCCCD"),
        csra=chance.choice(("Standard", "High", None)),
        legal_status="REMAND" if remand else "SENTENCED",
        imprisonment_status=_imprisonment(remand),
        convicted_status="Remand" if remand else "Convicted",
        most_serious_offence=chance.choice(OFFENCES),
        recall=False,
        indeterminate=False,
        received=admitted,
        last_admitted=admitted,
        sentence=Sentence() if remand else _sentence(admitted, chance),
        alerts=(Alert("X", "XR"),) if _happens(chance, 0.2) else (),
    )


def _imprisonment(remand: bool) -> Coded:
    if remand:
        return Coded("RX", "Remanded to Magistrates Court")
    return Coded("SENT", "Adult Imprisonment Without Option")


def _sentence(start: date, chance: random.Random) -> Sentence:
    length = timedelta(days=chance.randrange(400, 4000))
    release = start + length / 2
    automatic = _happens(chance, 0.1)
    tagged = _happens(chance, 0.05)
    return Sentence(
        start=start,
        release=release,
        confirmed_release=release if _happens(chance, 0.1) else None,
        conditional_release=None if automatic else release,
        automatic_release=release if automatic else None,
        expiry=start + length,
        licence_expiry=start + length,
        curfew_eligibility=release - timedelta(days=135),
        curfew_actual=release - timedelta(days=120) if tagged else None,
    )


def _records(number: str, serial: int, nomis: InNomis, chance: random.Random) -> tuple[InDelius, ...]:
    if _happens(chance, 0.14):
        return ()
    other_birth = _happens(chance, 0.01)
    restricted = _happens(chance, 0.01)
    excluded = not restricted and _happens(chance, 0.01)
    return (
        InDelius(
            crn=f"X{200000 + serial}",
            offender_id=2600000000 + serial,
            first_name=nomis.first_name.capitalize(),
            middle_names=(nomis.middle_names.capitalize(),) if nomis.middle_names else (),
            surname=nomis.last_name.title(),
            noms_number=number,
            date_of_birth=nomis.date_of_birth + timedelta(days=1 if other_birth else 0),
            prisoner_number=nomis.book_number,
            managers=(_manager(chance),),
            tier=None if _happens(chance, 0.08) else chance.choice(TIERS),
            restriction=restricted,
            restriction_message="Made-up restriction text" if restricted else None,
            exclusion=excluded,
            exclusion_message="Made-up exclusion text" if excluded else None,
        ),
    )


def _assessed(record: InDelius, number: str, serial: int) -> InDelius:
    """Add what other services tell, drawn apart, so that every earlier draw stays as it was."""
    chance = random.Random(f"Delius {number}")
    return replace(
        record,
        managers=tuple(_reachable(manager, chance) for manager in record.managers),
        mappa_level=chance.choice((1, 1, 1, 2, 2, 3)) if _happens(chance, 0.25) else None,
        former_mappa_level=chance.randrange(1, 4) if _happens(chance, 0.08) else None,
        rosh=chance.choice(tuple(RoshLevel)) if _happens(chance, 0.85) else None,
        former_rosh=chance.choice(tuple(RoshLevel)) if _happens(chance, 0.15) else None,
        registered=_TODAY - timedelta(days=chance.randrange(1, 900)),
        resourcing=None if _happens(chance, 0.1) else _happens(chance, 0.5),
        resourced=_TODAY - timedelta(days=chance.randrange(1, 900)),
        conviction_id=1300000 + serial,
        vlo=_happens(chance, 0.1),
        restricted_to=(TRUSTED_USER,) if record.restriction and _happens(chance, 0.5) else (),
        excluded_users=(EXCLUDED_USER,) if record.exclusion else (),
        indexed_early=_happens(chance, 0.3),
    )


def _reachable(manager: OffenderManager, chance: random.Random) -> OffenderManager:
    written = _happens(chance, 0.8)
    return replace(
        manager,
        staff_id=2500020000 + chance.randrange(9000),
        email=f"{manager.forenames}.{manager.surname}@example.test".lower() if written else None,
        telephone=f"01632 960{chance.randrange(1000):03d}" if _happens(chance, 0.5) else None,
    )


def _manager(chance: random.Random) -> OffenderManager:
    nps = _happens(chance, 0.55)
    area = f"N{chance.randrange(1, 8):02d}" if nps else f"C{chance.randrange(1, 22):02d}"
    officer = chance.randrange(1, 90)
    unit = Coded(f"{area}LD{officer % 5}", f"Constructed Unit {officer % 5}")
    return OffenderManager(
        forenames=FORENAMES[officer % len(FORENAMES)],
        surname=SURNAMES[officer % len(SURNAMES)],
        staff_code=f"{area}A{officer:03d}",
        team=Coded(f"{area}T{officer % 9:02d}", f"Constructed Team {officer % 9}"),
        district=unit,
        borough=Coded(f"{area}B01", "Constructed Cluster"),
        area=Coded(area, f"{'NPS' if nps else 'CPA'} Constructed Area {area[1:]}"),
        area_id=100 + int(area[1:]) + (0 if nps else 50),
        nps=nps,
        organisation=_NPS if nps else Coded("PO1", "Provider One"),
        since=_TODAY - timedelta(days=chance.randrange(1, 1500)),
    )


def _happens(chance: random.Random, share: float) -> bool:
    """Draw whether something is so that is so of this share of people."""
    return chance.random() < share
