"""Limited access (LAO): exclusions and restrictions of a Delius record, failing closed (contract b.7)."""

from upstreams.records import ProbationRecord


def open_to_everybody(record: ProbationRecord) -> bool:
    """Tell whether neither limit applies. A flag that Delius does not give is not one that says no."""
    return record.excluded is False and record.restricted is False
