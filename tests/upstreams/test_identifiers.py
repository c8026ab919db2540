"""Identifiers are trimmed and put in upper case, and nothing else becomes one."""

import pytest

from upstreams.identifiers import read_noms_number


@pytest.mark.parametrize("written", ["A1234BC", " a1234bc ", "\tA1234bC\n", "\u00a0a1234bc"])
def test_case_and_padding_do_not_count(written):
    assert read_noms_number(written) == "A1234BC"


@pytest.mark.parametrize(
    "written",
    ["A1234\u00df", "A1234\u017fb", "\u01311234ab", "A1234\ufb00", "A\u0661234BC", "A1234BC1", "", None, 5],
)
def test_letters_that_only_become_ascii_in_upper_case_are_nobody_s(written):
    assert read_noms_number(written) is None
