"""Whether a Delius record is this person's: the number decides, the date of birth warns."""

from datetime import date

from resolvers.states import ProbationRecordWarning
from upstreams.records import ProbationRecord, Read


def is_record_of(record: ProbationRecord, noms_number: str) -> bool:
    """Tell whether the record's own number is the one asked for. One without a number is nobody's."""
    return record.noms_number == noms_number


def compare_dates_of_birth(nomis: Read[date], delius: Read[date]) -> ProbationRecordWarning | None:
    """Return the warning that the two dates give; a date that is missing or unreadable checks nothing."""
    if not isinstance(nomis, date) or not isinstance(delius, date):
        return ProbationRecordWarning.IDENTITY_UNCHECKED
    return None if nomis == delius else ProbationRecordWarning.DATE_OF_BIRTH_DIFFERS
