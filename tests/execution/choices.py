"""Choices out of bytes, one a choice: as fast as a seed, and hypothesis can still make them smaller.

Where the bytes are at an end, or nought, the first option is chosen: so the first is always the simplest.
"""

from collections.abc import Sequence
from typing import TypeVar

from hypothesis import strategies as st

T = TypeVar("T")


def written(count: int) -> st.SearchStrategy[bytes]:
    """Draw the bytes of so many choices."""
    return st.binary(min_size=count, max_size=count)


class Choices:
    """Chooses by the bytes, in their order."""

    def __init__(self, made: bytes) -> None:
        self._made = iter(made)

    def below(self, count: int) -> int:
        """Choose a number from 0, at most 255."""
        return next(self._made, 0) % count

    def pick(self, options: Sequence[T]) -> T:
        """Choose one of at most 256 options."""
        return options[self.below(len(options))]

    def chance(self, percent: int) -> bool:
        """Choose yes in so many of a hundred cases."""
        return self.below(100) >= 100 - percent
