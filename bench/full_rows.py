"""What real rows hold beside the rest, and constructed people have not: lists that nobody here asks for.

The two services write some 3.0 kB and 2.1 kB a person. Their samples have the shapes; the words are made up.
"""

from typing import Any

Row = dict[str, Any]

NOMIS: Row = {
    "raceCode": "W1",
    "maritalStatus": "Single-not married/in civil partnership",
    "lastMovementTypeCode": "ADM",
    "lastMovementReasonCode": "N",
    "lastMovementDate": "2023-11-05",
    "previousPrisonId": "BXI",
    "previousPrisonLeavingDate": "2023-11-05",
    "locationDescription": "Constructed (HMP)",
    "additionalDaysAwarded": 14,
    "receptionDate": "2023-11-05",
    "lastAdmissionDate": "2023-11-05",
    "currentIncentive": {
        "level": {"code": "STD", "description": "Standard"},
        "dateTime": "2024-01-10T14:20:00",
        "nextReviewDate": "2025-01-10",
    },
    "aliases": [
        {
            "firstName": "MADE",
            "lastName": f"UP{n}",
            "dateOfBirth": "1990-01-01",
            "gender": "Male",
            "ethnicity": "White: Eng./Welsh/Scot./N.Irish/British",
        }
        for n in range(2)
    ],
    "alerts": [
        {"alertType": kind, "alertCode": code, "active": True, "expired": False}
        for kind, code in (("X", "XR"), ("H", "HA"), ("R", "RCS"), ("V", "VIP"))
    ],
    "identifiers": [
        {
            "type": kind,
            "value": "made up",
            "issuedDate": "2011-05-02",
            "issuedAuthorityText": "Constructed Authority",
            "createdDateTime": "2011-05-02T11:04:09",
        }
        for kind in ("PNC", "CRO", "NINO", "DL")
    ],
    "addresses": [
        {
            "fullAddress": "1 Constructed Street, Madeup, Example, AB1 2CD, England",
            "postalCode": "AB1 2CD",
            "startDate": "2020-01-01",
            "primaryAddress": True,
            "noFixedAddress": False,
        }
    ],
    "phoneNumbers": [{"type": "MOB", "number": "07700900000"}],
    "allConvictedOffences": [
        {
            "statuteCode": "TH68",
            "offenceCode": f"TH6801{n}",
            "offenceDescription": "A constructed offence, in as many words as such a description has",
            "offenceDate": "2023-05-01",
            "latestBooking": True,
            "sentenceStartDate": "2023-11-05",
            "primarySentence": n == 0,
        }
        for n in range(2)
    ],
}
"""Keys of a row of Prisoner Search, none of which an operation of the benchmark selects."""

DELIUS: Row = {
    "contactDetails": {
        "allowSMS": False,
        "phoneNumbers": [{"number": "07700900000", "type": "MOBILE"}],
        "addresses": [
            {
                "from": "2020-01-01",
                "streetName": "Constructed Street",
                "town": "Madeup",
                "postcode": "AB1 2CD",
                "status": {"code": "M", "description": "Main"},
            }
        ],
    },
    "offenderProfile": {
        "ethnicity": "White: British/English/Welsh/Scottish/Northern Irish",
        "nationality": "British",
        "riskColour": "Amber",
        "disabilities": [],
    },
    "offenderAliases": [
        {"id": "1", "firstName": "Made", "surname": "Up", "dateOfBirth": "1990-01-01", "gender": "Male"}
    ],
}
"""Keys of a row of Probation Offender Search."""


def full_prisoner(row: Row) -> Row:
    """Return a row of Prisoner Search with what real ones hold; what it has itself stays."""
    return {**NOMIS, **{name: value for name, value in row.items() if value not in ([], None)}}


def full_offender(row: Row) -> Row:
    """Return an `OffenderDetail` with what real ones hold; what it has itself stays."""
    return {**DELIUS, **{name: value for name, value in row.items() if value not in ({}, [], None)}}
