"""The whole population: the hard cases, and ordinary people made by rule until the prisons are full."""

import random
from collections import Counter
from collections.abc import Iterable, Iterator
from functools import cache

from twins.agencies import PRISONS
from twins.hard_cases import HARD_CASES
from twins.hard_people import hard_people
from twins.ordinary_people import ordinary_person
from twins.people import InDelius, Person

SEED = 20190128


class Population:
    """People by number; iteration goes in the order of their making."""

    def __init__(self, people: Iterable[Person]) -> None:
        self._people = {person.noms_number: person for person in people}
        self._by_crn = {record.crn: (person, record) for person in self for record in person.delius}

    def __iter__(self) -> Iterator[Person]:
        return iter(self._people.values())

    def __len__(self) -> int:
        return len(self._people)

    def get(self, noms_number: str) -> Person | None:
        """Return the person under this very number."""
        return self._people.get(noms_number)

    def by_crn(self, crn: str) -> tuple[Person, InDelius] | None:
        """Return the Delius record of this very CRN, and whose it is."""
        return self._by_crn.get(crn)

    def in_prison(self, prison_id: str) -> list[Person]:
        """Return whom NOMIS has in this prison, without its restricted patients."""
        return [person for person in self if person.nomis is not None and person.nomis.prison_id == prison_id]


@cache
def default_population() -> Population:
    """Return the population of the demo and the tests; the same people every time."""
    return Population(_people())


def _people() -> Iterator[Person]:
    hard = hard_people()
    yield from hard
    taken = Counter(person.nomis.prison_id for person in hard if person.nomis is not None)
    chance = random.Random(SEED)
    homes = [prison for prison in PRISONS for _ in range(prison.places - taken[prison.agency_id])]
    for serial, (number, prison) in enumerate(zip(_numbers(chance), homes, strict=False)):
        yield ordinary_person(number, prison, serial, chance)


def _numbers(chance: random.Random) -> Iterator[str]:
    """Yield NOMS numbers that are nobody's else; no hard case begins with A but the one that is nobody."""
    letters = "ABCDEFGHJKLMNPQRSTUVWXYZ"
    given = set(HARD_CASES)
    while True:
        number = f"A{chance.randrange(10000):04d}{chance.choice(letters)}{chance.choice(letters)}"
        if number not in given:
            given.add(number)
            yield number
