"""Who handles the case, and whether for NPS or CRC (contract b.6)."""

from datetime import date

import pytest

from resolvers.case_handler import CaseHandlerOrganisation, case_handler
from resolvers.states import ProbationRecordWarning
from upstreams.records import CodedValue, OffenderManager, ProbationOfficer

NPS, CRC, UNKNOWN = CaseHandlerOrganisation.NPS, CaseHandlerOrganisation.CRC, CaseHandlerOrganisation.UNKNOWN
CONFLICT = (ProbationRecordWarning.CASE_HANDLER_CONFLICT,)


def manager(code="N03", *, nps=None, since=None, surname="Trevethick"):
    return OffenderManager(
        nps=nps,
        provider=None if code is None else CodedValue(code),
        officer=ProbationOfficer(surname=surname),
        allocated_on=since,
    )


@pytest.mark.parametrize(
    ("nps", "code", "organisation", "warnings"),
    [
        (True, "N03", NPS, ()),
        (False, "C20", CRC, ()),
        (True, "X99", NPS, ()),
        (False, None, CRC, ()),
        (None, "N03", NPS, ()),
        (None, "c20", CRC, ()),
        (None, "X99", UNKNOWN, ()),
        (None, None, UNKNOWN, ()),
        (True, "C20", UNKNOWN, CONFLICT),
        (False, "N03", UNKNOWN, CONFLICT),
    ],
)
def test_the_organisation_is_by_flag_then_by_code_and_never_guessed(nps, code, organisation, warnings):
    handler, given = case_handler((manager(code, nps=nps),))

    assert handler.organisation is organisation
    assert given == warnings


def test_a_record_without_active_managers_has_no_case_handler():
    assert case_handler(()) == (None, ())
    assert case_handler(None) == (None, ())


def test_of_several_active_managers_the_latest_is_shown_with_a_warning():
    managers = (
        manager(since=date(2022, 1, 1), surname="Earlier"),
        manager(since=date(2023, 1, 1), surname="Later"),
        manager(since=None, surname="Undated"),
    )

    handler, warnings = case_handler(managers)

    assert handler.officer.surname == "Later"
    assert warnings == (ProbationRecordWarning.SEVERAL_ACTIVE_MANAGERS,)
