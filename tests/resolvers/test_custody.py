"""Where a person is (contract, section 2)."""

from datetime import UTC, datetime

import pytest

from resolvers.custody import CustodyStatus, LegalStatus, custody_status, legal_status, prison_id
from upstreams.records import PrisonerRecord


def prisoner(**parts):
    return PrisonerRecord(noms_number="A1234BC", retrieved_at=datetime.now(UTC), **parts)


@pytest.mark.parametrize(
    ("booking", "status", "agency", "patient", "expected"),
    [
        ("1", "ACTIVE IN", "LEI", None, CustodyStatus.IN_PRISON),
        ("1", "ACTIVE OUT", "LEI", False, CustodyStatus.OUT_TEMPORARILY),
        ("1", "INACTIVE TRN", "TRN", False, CustodyStatus.IN_TRANSIT),
        ("1", "INACTIVE TRN", None, None, CustodyStatus.IN_TRANSIT),
        ("1", None, "TRN", None, CustodyStatus.IN_TRANSIT),
        ("1", "INACTIVE OUT", "OUT", None, CustodyStatus.RELEASED),
        ("1", "INACTIVE OUT", None, None, CustodyStatus.RELEASED),
        ("1", None, "OUT", None, CustodyStatus.RELEASED),
        ("1", "INACTIVE OUT", "OUT", True, CustodyStatus.IN_HOSPITAL),
        (None, None, None, None, CustodyStatus.NEVER_BOOKED),
        ("1", "ACTIVE UP", "LEI", None, CustodyStatus.UNKNOWN),
        ("1", None, None, None, CustodyStatus.UNKNOWN),
    ],
)
def test_the_custody_status_follows_from_what_nomis_records(booking, status, agency, patient, expected):
    person = prisoner(
        booking_id=booking, movement_status=status, agency_id=agency, restricted_patient=patient
    )

    assert custody_status(person) is expected


def test_a_legal_status_that_is_new_to_us_is_other_and_a_missing_one_is_null():
    assert legal_status(prisoner(legal_status="RECALL")) is LegalStatus.RECALL
    assert legal_status(prisoner(legal_status="SOMETHING_NEW")) is LegalStatus.OTHER
    assert legal_status(prisoner()) is None


@pytest.mark.parametrize(("agency", "expected"), [("LEI", "LEI"), ("OUT", None), ("TRN", None), (None, None)])
def test_the_pseudo_agencies_are_no_prisons(agency, expected):
    assert prison_id(agency) == expected
