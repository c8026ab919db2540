"""Making records of rows in their own place, by code written for the parts that are asked for.

A row is decoded into a class that has the names of the record's; what is left is to read its texts, numbers
and lists. A loop over the parts would take thrice as long.
"""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Any, TypeAlias

from upstreams.generated import below, function

Complete: TypeAlias = Callable[[Mapping[Any, Any], datetime], bool]
"""Makes records of rows by their numbers, when they came; returns whether all are of the class it is for."""


def completion(record_type: type[Any], reading: Iterable[str], scope: Mapping[str, Any]) -> Complete:
    """Return what completes rows of this class, each once; `reading` are the lines for one `row`.

    They know its `number` and `retrieved_at` too.
    """
    lines = [
        "def complete(answers, retrieved_at):",
        "    all_typed = True",
        "    for number, row in answers.items():",
        "        if row.__class__ is Record:",
        *below(below(below(reading))),
        "        else:",
        "            all_typed = False",
        "    return all_typed",
    ]
    return function("complete", lines, {**scope, "Record": record_type})
