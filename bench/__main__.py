"""`python -m bench`: the gateway against its peers, its growth, and how long it keeps the event loop.

`python -m bench refusals` measures what a refused document costs, `python -m bench lists` what it takes to
filter, sort and count a whole prison, and `python -m bench extract` what a large extract does.
"""

import argparse
import os
import sys
import tempfile
from pathlib import Path
from time import perf_counter

import uvloop

from bench import cores, extract, refusals
from bench.callbacks import compile_times, longest_callbacks
from bench.document import OfTheGateway, document, write
from bench.growth import growth
from bench.lists import lists
from bench.load import Wrong
from bench.report import lists_table
from bench.rounds import Plan, run
from bench.sides import SIDES, before, has_node
from bench.workloads import WORKLOADS

PEOPLE = 11_000
QUICK_PEOPLE = 3_000
SMALL = 2_000
"""People where it is not their number that matters."""


def main() -> int:
    """Run what the arguments say and print it, or write it into the documents too."""
    if sys.argv[1:2] == ["refusals"]:
        refusals.main()
        return 0
    if sys.argv[1:2] == ["extract"]:
        extract.main()
        return 0
    # The upstreams are children of ours, and stay with us.
    os.sched_setaffinity(0, cores.OF_OTHERS)
    if sys.argv[1:2] == ["lists"]:
        print("\n".join(lists_table(uvloop.run(lists()))))
        return 0
    arguments = _arguments()
    plan = _plan(arguments)
    started = perf_counter()
    try:
        results = uvloop.run(run(plan))
    except Wrong as error:
        print(f"\nThe run is void: {error}", file=sys.stderr)
        return 1
    measured = _of_the_gateway() if arguments.whole else None
    text = document(plan, results, measured, perf_counter() - started)
    print(f"\n{text}")
    if arguments.write:
        write(plan, results, text)
    return 0


def _of_the_gateway() -> OfTheGateway:
    with tempfile.TemporaryDirectory() as folder:
        return OfTheGateway(
            growth=uvloop.run(growth(PEOPLE)),
            lists=uvloop.run(lists()),
            longest=uvloop.run(longest_callbacks(SMALL, folder)),
            compiled=uvloop.run(compile_times(SMALL)),
        )


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=1.75, help="of one window")
    parser.add_argument("--workloads", default=",".join(WORKLOADS), help="a comma list of W1 to W6")
    parser.add_argument("--sides", default=",".join(SIDES), help=f"a comma list of {', '.join(SIDES)}")
    parser.add_argument(
        "--before", type=Path, help="the root of another tree of the gateway, to be a side too"
    )
    parser.add_argument("--projection", choices=("on", "off", "both"), default="both")
    parser.add_argument("--quick", action="store_true", help="one short round, to see that it runs")
    parser.add_argument(
        "--only-sides", dest="whole", action="store_false", help="leave out growth and callbacks"
    )
    parser.add_argument(
        "--write", action="store_true", help="write the documents in docs/ and the README's table"
    )
    return parser.parse_args()


def _plan(arguments: argparse.Namespace) -> Plan:
    sides = [SIDES[name] for name in arguments.sides.split(",")]
    if arguments.before is not None:
        sides.append(before(arguments.before.resolve()))
    if any(side.needs_node for side in sides) and not has_node():
        print(
            "Without Node and its packages (scripts/node_packages bench/peers/node) its peers are left out."
        )
        sides = [side for side in sides if not side.needs_node]
    return Plan(
        sides=sides,
        workloads=[WORKLOADS[name] for name in arguments.workloads.split(",")],
        projections=("on", "off") if arguments.projection == "both" else (arguments.projection,),
        rounds=1 if arguments.quick else arguments.rounds,
        seconds=0.4 if arguments.quick else arguments.seconds,
        people=QUICK_PEOPLE if arguments.quick else PEOPLE,
    )


if __name__ == "__main__":
    sys.exit(main())
