"""What occurred in the cases of a run, printed at its end."""

import pytest

from tests.execution.occurrences import Occurrences

COUNTED = pytest.StashKey[Occurrences]()


@pytest.fixture(scope="session")
def occurrences(pytestconfig):
    return pytestconfig.stash.setdefault(COUNTED, Occurrences())


def pytest_terminal_summary(terminalreporter, config):
    counted = config.stash.get(COUNTED, None)
    if counted is not None and counted.cases:
        terminalreporter.section("both executions")
        if config.getoption("occurrences"):
            terminalreporter.write_line(counted.table())
        terminalreporter.write_line(str(counted))
