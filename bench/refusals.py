"""What a document costs the event loop before anything runs: processor time of `Documents.read`, by family.

Run it by `python -m bench refusals`; it takes about ten seconds.
"""

import gc
from statistics import median
from time import thread_time

from bench.bombs import INVALID, LARGEST, TOO_COMPLEX
from gateway.edge.documents import Documents, Invalid
from gateway.edge.limits import Limits
from gateway.settings import Settings
from resolvers.context import Caller
from upstreams.errors import TooComplex

RUNS = 7
CALLER = Caller(reads_nomis=True, reads_delius=True, is_developer=False)
LIMITS = Limits.of(Settings.model_construct())


def main() -> None:
    """Print a row a document: its length, median and longest time in milliseconds, and what it got."""
    # As the service does when it starts.
    gc.collect()
    gc.freeze()
    for title, documents in (
        ("Refused by a limit", TOO_COMPLEX),
        ("Refused by the grammar or by validation", INVALID),
        ("The largest that are let through, read for the first time", LARGEST),
    ):
        print(f"\n{title}\n{'bytes':>9}{'median ms':>11}{'max ms':>9}  document")
        for name, document in documents.items():
            times, answers = zip(*(_read(document) for _ in range(RUNS)), strict=True)
            print(f"{len(document):>9,}{median(times):>11.1f}{max(times):>9.1f}  {name}: {answers[0]}")


def _read(document: str) -> tuple[float, str]:
    documents = Documents(LIMITS, introspection="on")
    started = thread_time()
    try:
        documents.read(document, CALLER)
        answer = "let through"
    except (Invalid, TooComplex) as error:
        answer = error.code
    return (thread_time() - started) * 1000, answer
