"""The people of the benchmark: the hard cases, and ordinary people by rule, a prison of 1,000 among them."""

import random
from collections.abc import Iterator
from itertools import count

from twins import hard_cases as case
from twins.agencies import BRIXTON, EASTWOOD, LEEDS, MOORLAND, WAYLAND, Agency
from twins.hard_people import hard_people
from twins.ordinary_people import ordinary_person
from twins.people import DeliusAnswer, Person
from twins.population import Population

SEED = 20261125
FULL_PRISON = MOORLAND
FULL = 1000
OTHERS = (LEEDS, EASTWOOD, WAYLAND, BRIXTON)
WITHOUT_DELIUS = 20
"""Every so-maniest person has no Delius record."""

LEFT_OUT = {
    case.ROW_DOUBLED_DIFFERENTLY: "NOMIS contradicts itself, which is an error; what is compared has none",
    case.MERGED_SURVIVOR: "a merged number is a question to NOMIS that none of the peers asks",
    case.MERGED_AWAY: "likewise",
}
"""Hard cases that are not among the people. Nor are those whose Delius answer fails by a one-person route."""


def hard_cases() -> list[Person]:
    """Return everybody who is odd in what a record says, and not in how an upstream fails."""
    return [
        person
        for person in hard_people()
        if person.noms_number not in LEFT_OUT and person.delius_answer is DeliusAnswer.PLAIN
    ]


def people(size: int, *, full: int = FULL) -> Population:
    """Return this many people or somewhat more, `full` of them in the prison that W4 asks for."""
    hard = hard_cases()
    chance = random.Random(SEED)
    there = sum(
        person.nomis is not None and person.nomis.prison_id == FULL_PRISON.agency_id for person in hard
    )
    homes = [FULL_PRISON] * (full - there)
    homes += [OTHERS[n % len(OTHERS)] for n in range(size - len(hard) - len(homes))]
    ordinary = (_ordinary(serial, prison, chance) for serial, prison in enumerate(homes))
    return Population([*hard, *ordinary])


def _ordinary(serial: int, prison: Agency, chance: random.Random) -> Person:
    """Return an ordinary person; whether Delius knows them is by the serial, not by the rule's own share."""
    known = serial % WITHOUT_DELIUS != 0
    drawn = (ordinary_person(_number(serial), prison, serial, chance) for _ in count())
    return next(person for person in drawn if bool(person.delius) is known)


def _number(serial: int) -> str:
    letters = "ABCDEFGHJKLMNPQRSTUVWXYZ"
    # Spread by 7, which 10,000 is no multiple of, so that the order of numbers is not that of making.
    return f"B{serial * 7 % 10000:04d}{letters[serial // 10000]}{letters[serial % len(letters)]}"


def numbers_of(population: Population) -> list[str]:
    """Return everybody's number, those whom NOMIS does not know left out."""
    return [person.noms_number for person in population if person.nomis is not None]


def open_numbers_of(population: Population) -> list[str]:
    """Return the numbers of those with one Delius record that nothing limits."""
    return [person.noms_number for person in population if person.nomis is not None and _is_open(person)]


def _is_open(person: Person) -> bool:
    return len(person.delius) == 1 and all(
        record.noms_number == person.noms_number
        and not record.soft_deleted
        and record.exclusion is False
        and record.restriction is False
        for record in person.delius
    )


def shares(population: Population) -> Iterator[str]:
    """Say in words what the people are like."""
    known = [person for person in population if person.nomis is not None]
    limited = sum(any(record.restriction or record.exclusion for record in one.delius) for one in known)
    without = sum(not one.delius for one in known)
    yield f"{len(known):,} people"
    yield f"{100 * without / len(known):.1f} % without a Delius record"
    yield f"{100 * limited / len(known):.1f} % of limited access"
