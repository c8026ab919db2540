"""The largest documents that the limits let through are let through."""

import pytest

from bench.bombs import LARGEST
from gateway.edge.documents import Documents
from gateway.edge.limits import Limits
from gateway.settings import Settings
from resolvers.context import Caller

DEFAULTS = Limits.of(Settings.model_construct())


@pytest.mark.parametrize("document", LARGEST.values(), ids=LARGEST)
def test_a_document_within_the_limits_is_let_through(document):
    caller = Caller(reads_nomis=True, reads_delius=True, is_developer=False)

    read = Documents(DEFAULTS, introspection="on").read(document, caller)

    assert read.parsed.definitions
