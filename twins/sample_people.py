"""The people of the contract's samples, told so that the twins write them as the samples have them."""

from datetime import date

from twins import hard_cases
from twins.people import (
    Alert,
    Coded,
    Identifier,
    Incentive,
    InDelius,
    InNomis,
    Institution,
    OffenderManager,
    Person,
    RoshLevel,
    Sentence,
)

SENTENCED = Coded("SENT", "Adult Imprisonment Without Option")
NPS = Coded("NPS", "National Probation Service")
PROVIDER_ONE = Coded("PO1", "Provider One")

RHIANNON_TREVETHICK = OffenderManager(
    forenames="Rhiannon Mai",
    surname="Trevethick",
    staff_code="N03A017",
    team=Coded("N03T01", "Gwent OMU 1"),
    district=Coded("N03GWT", "Gwent"),
    borough=Coded("N03B01", "Wales Cluster 1"),
    area=Coded("N03", "NPS Wales"),
    area_id=51,
    nps=True,
    organisation=NPS,
    since=date(2023, 12, 1),
    staff_id=2500011001,
    email="rhiannon.trevethick@example.test",
)

JO_SADDLEWORTH = OffenderManager(
    forenames="Jo",
    surname="Saddleworth",
    staff_code="LEIA042",
    team=Coded("LEIPOM", "Prison Offender Managers"),
    area=Coded("LEI", "Leeds (HMP)"),
    area_id=902,
    nps=True,
    institution=Institution(157, "LEIHMP", "Leeds (HMP)", "LEI"),
    since=date(2024, 1, 4),
    staff_id=2500011044,
)

# The samples give this past manager the borough and the area id of Wales: kept as it is there.
PIERS_ASHGROVE_BEFORE = OffenderManager(
    forenames="Piers",
    surname="Ashgrove",
    staff_code="C20A002",
    team=Coded("C20T07", "Example Valley Team 7"),
    district=Coded("C20LD1", "Example Valley"),
    borough=Coded("N03B01", "Wales Cluster 1"),
    area=Coded("C20", "CPA Example Valley"),
    area_id=51,
    nps=False,
    organisation=PROVIDER_ONE,
    since=date(2019, 6, 3),
    until=date(2023, 12, 1),
    active=False,
)

PIERS_ASHGROVE = OffenderManager(
    forenames="Piers",
    surname="Ashgrove",
    staff_code="C20A002",
    team=Coded("C20T07", "Example Valley Team 7"),
    district=Coded("C20LD1", "Example Valley"),
    borough=Coded("C20B01", "Example Valley Cluster"),
    area=Coded("C20", "CPA Example Valley"),
    area_id=52,
    nps=False,
    organisation=PROVIDER_ONE,
    since=date(2018, 3, 20),
    staff_id=2500011002,
    email="piers.ashgrove@example.test",
    telephone="01632 960042",
)

_TOBIAS = Person(
    hard_cases.TOBIAS_FENHALE,
    InNomis(
        first_name="TOBIAS",
        middle_names="ARLO",
        last_name="FENHALE",
        date_of_birth=date(1991, 7, 19),
        pnc_number="11/402877K",
        ethnicity="White: Eng./Welsh/Scot./N.Irish/British",
        race_code="W1",
        nationality="British",
        religion="No Religion",
        booking_id=1153753,
        book_number="38412A",
        status="ACTIVE IN",
        movement_type="ADM",
        movement_reason="N",
        movement_date=date(2023, 11, 5),
        in_out="IN",
        prison_id="LEI",
        last_prison_id="LEI",
        cell="B-2-014",
        category="C",
        csra="Standard",
        legal_status="SENTENCED",
        imprisonment_status=SENTENCED,
        convicted_status="Convicted",
        most_serious_offence="Robbery",
        recall=False,
        indeterminate=False,
        received=date(2023, 11, 5),
        last_admitted=date(2023, 11, 5),
        sentence=Sentence(
            start=date(2023, 11, 5),
            release=date(2025, 11, 4),
            conditional_release=date(2025, 11, 4),
            expiry=date(2027, 11, 4),
            licence_expiry=date(2027, 11, 4),
            curfew_eligibility=date(2025, 6, 23),
            non_dto_release=date(2025, 11, 4),
            non_dto_release_type="CRD",
            days_added=14,
        ),
        incentive=Incentive(Coded("STD", "Standard"), "2024-01-10T14:20:00", date(2025, 1, 10)),
        alerts=(Alert("X", "XR"),),
        identifiers=(Identifier("PNC", "11/402877K", date(2011, 5, 2), "2011-05-02T11:04:09"),),
        offences_listed=True,
    ),
    (
        InDelius(
            crn="X100001",
            offender_id=2500000101,
            first_name="Tobias",
            middle_names=("Arlo",),
            surname="Fenhale",
            noms_number=hard_cases.TOBIAS_FENHALE,
            date_of_birth=date(1991, 7, 19),
            pnc_number="2011/0402877K",
            prisoner_number="38412A",
            ethnicity="White: British/English/Welsh/Scottish/Northern Irish",
            risk_colour="Amber",
            allow_sms=False,
            managers=(RHIANNON_TREVETHICK, PIERS_ASHGROVE_BEFORE),
            prison_manager=JO_SADDLEWORTH,
            tier="B1",
            mappa_level=2,
            rosh=RoshLevel.HIGH,
            resourcing=True,
            conviction_id=1219491,
            previous_surname="Fenn",
            indexed_early=True,
        ),
    ),
)

_MARCUS = Person(
    hard_cases.MARCUS_OLDROYD_QUAY,
    InNomis(
        first_name="MARCUS",
        last_name="OLDROYD-QUAY",
        date_of_birth=date(1979, 12, 2),
        booking_id=1160021,
        book_number="40021C",
        status="ACTIVE IN",
        movement_type="ADM",
        movement_reason="I",
        in_out="IN",
        prison_id="LEI",
        last_prison_id="LEI",
        cell="C-1-003",
        category="B",
        legal_status="SENTENCED",
        imprisonment_status=Coded("SENT", ""),
        convicted_status="Convicted",
        recall=False,
        indeterminate=False,
        received=date(2024, 2, 19),
        sentence=Sentence(
            start=date(2024, 2, 19),
            release=date(2024, 8, 26),
            conditional_release=date(2024, 8, 26),
            conditional_release_calculated=date(2024, 8, 19),
        ),
    ),
    (
        InDelius(
            crn="X100002",
            offender_id=2500000102,
            first_name="Marcus",
            surname="Oldroyd-Quay",
            noms_number=hard_cases.MARCUS_OLDROYD_QUAY,
            date_of_birth=date(1979, 12, 2),
            risk_colour="Green",
            managers=(PIERS_ASHGROVE,),
            tier="C1",
            rosh=RoshLevel.LOW,
            resourcing=False,
            body_of_2019=True,
        ),
    ),
)

_IVOR = Person(
    hard_cases.IVOR_PELLSTONE,
    InNomis(
        first_name="IVOR",
        last_name="PELLSTONE",
        date_of_birth=date(2001, 9, 14),
        booking_id=1171500,
        book_number="41190E",
        status="ACTIVE IN",
        movement_type="ADM",
        movement_reason="R",
        in_out="IN",
        prison_id="LEI",
        last_prison_id="LEI",
        cell="D-3-021",
        legal_status="REMAND",
        imprisonment_status=Coded("RX", "Remanded to Magistrates Court"),
        convicted_status="Remand",
        recall=False,
        indeterminate=False,
        received=date(2024, 5, 7),
    ),
)

_ALBERTA = Person(
    hard_cases.ALBERTA_NORTHMERE,
    InNomis(
        first_name="ALBERTA",
        last_name="NORTHMERE",
        date_of_birth=date(1985, 3, 30),
        gender=None,
        youth_offender=None,
    ),
)

SAMPLE_PEOPLE = (_TOBIAS, _MARCUS, _IVOR, _ALBERTA)
