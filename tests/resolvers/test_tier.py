"""Every form in which Delius and the services around it are known to write a tier (contract b.2 and b.4)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from resolvers.states import ProbationRecordWarning
from resolvers.tier import TierLevel, read_tier

READABLE = {
    "A": ("A", "A", None),
    "B1": ("B", "B1", 1),
    "Tier B1": ("B", "B1", 1),
    "tier b1": ("B", "B1", 1),
    "TIERB1": ("B", "B1", 1),
    "A-2": ("A", "A2", 2),
    "B_1": ("B", "B1", 1),
    "D 2": ("D", "D2", 2),
    "UD0": ("D", "D0", 0),
    "UA2S": ("A", "A2S", 2),
    "a2s": ("A", "A2S", 2),
    "Tier UC3": ("C", "C3", 3),
    "  c  ": ("C", "C", None),
}

WITHOUT_A_TIER = {
    None: ProbationRecordWarning.TIER_NOT_RECORDED,
    "": ProbationRecordWarning.TIER_NOT_RECORDED,
    "   ": ProbationRecordWarning.TIER_NOT_RECORDED,
    "NA": ProbationRecordWarning.TIER_NOT_ASSESSED,
    "na": ProbationRecordWarning.TIER_NOT_ASSESSED,
    "Not Yet Assessed": ProbationRecordWarning.TIER_NOT_ASSESSED,
    "MISSING": ProbationRecordWarning.TIER_NOT_ASSESSED,
    "NOT_SUPERVISED": ProbationRecordWarning.TIER_NOT_ASSESSED,
    "E": ProbationRecordWarning.TIER_UNRECOGNISED,
    "F": ProbationRecordWarning.TIER_UNRECOGNISED,
    "G": ProbationRecordWarning.TIER_UNRECOGNISED,
    "Q7": ProbationRecordWarning.TIER_UNRECOGNISED,
    "Tier 2": ProbationRecordWarning.TIER_UNRECOGNISED,
    "B12": ProbationRecordWarning.TIER_UNRECOGNISED,
    "B1 or C1": ProbationRecordWarning.TIER_UNRECOGNISED,
    "B٣": ProbationRecordWarning.TIER_UNRECOGNISED,
    "A2\u017f": ProbationRecordWarning.TIER_UNRECOGNISED,
}


@pytest.mark.parametrize(("written", "expected"), READABLE.items())
def test_a_tier_is_read_in_every_spelling(written, expected):
    tier, warning = read_tier(written)

    assert (tier.level.value, tier.code, tier.change_level) == expected
    assert warning is None


@pytest.mark.parametrize(("written", "expected"), WITHOUT_A_TIER.items())
def test_words_that_are_no_tier_give_the_reason(written, expected):
    assert read_tier(written) == (None, expected)


@given(st.text(max_size=12))
def test_any_text_is_a_tier_of_a_to_d_or_has_one_reason(written):
    tier, warning = read_tier(written)

    assert (tier is None) == (warning is not None)
    assert tier is None or (tier.level in TierLevel and tier.code.startswith(tier.level.value))
