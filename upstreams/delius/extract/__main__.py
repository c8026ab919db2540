"""The process that reads an extract: `python -m upstreams.delius.extract FILE DESCRIPTOR`.

It writes the index to the descriptor and its report to standard output. A file that is made to exhaust its
reader exhausts this process alone.
"""

import os
import resource
import sys
from pathlib import Path

import msgspec

from upstreams.delius.extract.reading import read

MEMORY_BYTES = 1 << 30
INDEX_BYTES = 1 << 29
PROCESSOR_SECONDS = 600
BEHIND_THE_GATEWAY = 10


def main() -> None:
    """Read one file."""
    os.nice(BEHIND_THE_GATEWAY)
    for kind, most in (
        (resource.RLIMIT_AS, MEMORY_BYTES),
        (resource.RLIMIT_FSIZE, INDEX_BYTES),
        (resource.RLIMIT_CPU, PROCESSOR_SECONDS),
        (resource.RLIMIT_CORE, 0),
    ):
        _, hard = resource.getrlimit(kind)
        # The soft one alone: at the hard one it would be killed, as it is where memory is short.
        resource.setrlimit(kind, (most if hard == resource.RLIM_INFINITY else min(most, hard), hard))
    path, descriptor = sys.argv[1:]
    with os.fdopen(int(descriptor), "wb") as index:
        report = read(Path(path), index)
        # Before the index is closed, which fails where it has become too large.
        sys.stdout.buffer.write(msgspec.json.encode(report))
        sys.stdout.buffer.flush()


if __name__ == "__main__":
    main()
