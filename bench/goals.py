"""The goals by which the run is judged: ratios of processor time a request."""

from collections.abc import Iterator
from dataclasses import dataclass

from bench.rounds import Results
from bench.sides import GATEWAY

OF_MERCURIUS = {"W1": 0.9}
OF_MERCURIUS_OTHERWISE = 0.5
OF_BARE_NODE = 1.0
OF_STRAWBERRY = {"W3": 30.0, "W4": 30.0}
OF_STRAWBERRY_OTHERWISE = 40.0


@dataclass(frozen=True, slots=True)
class Goal:
    """A ratio of two sides' processor time, and how much or how little it has to be."""

    workload: str
    projection: str
    words: str
    ratio: float
    bound: float
    at_least: bool = False

    @property
    def reached(self) -> bool:
        """Tell whether it is."""
        return self.ratio >= self.bound if self.at_least else self.ratio <= self.bound


def goals(results: Results) -> Iterator[Goal]:
    """Return each goal for which both sides were measured."""
    for projection, workload in dict.fromkeys((key[0], key[1]) for key in results.windows):
        gateway = results.cpu_ms(projection, workload, GATEWAY.name)
        if gateway is None:
            continue
        if mercurius := results.cpu_ms(projection, workload, "mercurius"):
            most = OF_MERCURIUS.get(workload, OF_MERCURIUS_OTHERWISE)
            yield Goal(workload, projection, "gateway ÷ mercurius", gateway / mercurius, most)
        if node := results.cpu_ms(projection, workload, "bare node"):
            yield Goal(workload, projection, "gateway ÷ bare node", gateway / node, OF_BARE_NODE)
        strawberry = results.cpu_ms(projection, workload, "strawberry")
        # Whole rows are no way to ask the real service, so that this one is judged by projection alone.
        if strawberry and projection == "on":
            least = OF_STRAWBERRY.get(workload, OF_STRAWBERRY_OTHERWISE)
            words = "strawberry ÷ gateway"
            yield Goal(workload, projection, words, strawberry / gateway, least, at_least=True)
