"""The join as a pure function: the order of the states, and that nothing of a record passes any but FOUND."""

from datetime import UTC, date, datetime

from hypothesis import given
from hypothesis import strategies as st

from resolvers.join import REASONS, ProbationHalf, probation_half
from resolvers.limited_access import Admitted
from resolvers.states import ProbationRecordStatus, ProbationRecordWarning
from upstreams.errors import BadAnswer, OutOfTime, Refused
from upstreams.records import (
    CodedValue,
    DeliusRoute,
    FieldFailure,
    NoRecord,
    OffenderManager,
    ProbationOfficer,
    ProbationRecord,
    Resourcing,
    System,
)

NUMBER = "A1234BC"
BORN = date(1980, 1, 2)
ROUTE = DeliusRoute.NDH
PARTS = frozenset({"tier", "managers", "date_of_birth"})
UNREADABLE = FieldFailure(BadAnswer(System.DELIUS, ROUTE).failure())

records = st.builds(
    ProbationRecord,
    noms_number=st.just(NUMBER),
    crn=st.just("X100001"),
    date_of_birth=st.sampled_from([BORN, date(1981, 1, 2), None, UNREADABLE]),
    excluded=st.none(),
    restricted=st.none(),
    resourcing=st.sampled_from([*Resourcing, None]),
    mappa_level=st.sampled_from([0, 3, None]),
    tier=st.sampled_from(["B1", "NA", "E", None]),
    managers=st.sampled_from(
        [
            (),
            (OffenderManager(provider=CodedValue("N03"), officer=ProbationOfficer(surname="S")),),
        ]
    ),
    retrieved_at=st.just(datetime(2026, 1, 1, tzinfo=UTC)),
)
failures = st.sampled_from(
    [error(System.DELIUS, ROUTE).failure() for error in (BadAnswer, OutOfTime, Refused)]
)
answers = records.map(Admitted) | st.sampled_from(NoRecord) | failures


def expected_status(answer):
    match answer:
        case Admitted():
            return ProbationRecordStatus.FOUND
        case NoRecord():
            return ProbationRecordStatus[answer.name]
    if answer.code.value == "DELIUS_FORBIDDEN":
        return ProbationRecordStatus.FORBIDDEN
    return ProbationRecordStatus.UNAVAILABLE


@given(answers, st.sampled_from([BORN, None]))
def test_nothing_of_a_record_passes_any_state_but_found(answer, born):
    half = probation_half(answer, born, ROUTE, PARTS)

    assert half.status is expected_status(answer)
    if half.status is not ProbationRecordStatus.FOUND:
        assert half == ProbationHalf(
            status=half.status,
            reason=REASONS[half.status],
            route=ROUTE,
            is_whole=half.failure is None,
            failure=half.failure,
        )
    else:
        assert half.crn == "X100001"


@given(records, st.sampled_from([BORN, None, UNREADABLE]))
def test_a_found_record_says_whether_the_dates_of_birth_agree(record, born):
    half = probation_half(Admitted(record), born, ROUTE, PARTS)

    differs = ProbationRecordWarning.DATE_OF_BIRTH_DIFFERS in half.warnings
    unchecked = ProbationRecordWarning.IDENTITY_UNCHECKED in half.warnings
    assert unchecked == (not {born, record.date_of_birth}.isdisjoint({None, UNREADABLE}))
    assert differs == (not unchecked and born != record.date_of_birth)
