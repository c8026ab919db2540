"""Which cores run what: a side has one of its own, and the load and the upstreams have all others.

Processes that take turns on a core throw each other's memory out of its caches, so that what was measured
of one would depend on the others; and how much, on how often it waits for them.
"""

import os

_OURS = sorted(os.sched_getaffinity(0))
OF_A_SIDE = set(_OURS[:1])
OF_OTHERS = set(_OURS[1:]) or OF_A_SIDE
"""The same core where there is no other."""
