"""Every route gives the same `Offender` for the same people; the docs have the table of what is not the same.

All fields of the schema are asked for, of all hard cases and a hundred ordinary people, by each route in
turn. A field that is not the same, or a person, has to be named below with the reason; and what is named has
to differ, so that the table tells neither too little nor too much.
"""

from dataclasses import dataclass, field
from pathlib import Path

import pytest
from gateways import PRISON, PROBATION, gateway
from graphql import GraphQLList, GraphQLNonNull, GraphQLObjectType, get_named_type

from schema.build import SCHEMA
from twins import hard_cases as people
from twins.delius_users import NPS_USER
from twins.people import DeliusAnswer

TABLE = Path(__file__).parents[2] / "docs" / "conformance.md"
INTRODUCTION = """\
# What each route tells

Every route was asked for all fields of {people} constructed people, by a Delius user on nobody's list:
all hard cases but those whose Delius answer is broken, and ordinary people.
`same`: the value is the same as by the other routes, for everybody who is not named at the end.
`lacks`: this route never tells it, and the value is null, or UNKNOWN.
`untold`: no route tells it of any of these people.
`differs`: by design, for the reason below the table.
`route` and `retrievedAt` are each route's own.
The risk of serious harm was told by Assess Risks and Needs (RISK_ASSESSMENT_URL), which goes with every
route; without it `case-records` alone tells one.
`make docs` writes this page from the answers of running gateways, and a test compares it.
"""
OWN = (
    "prisonRecord.route",
    "prisonRecord.retrievedAt",
    "probationRecord.route",
    "probationRecord.retrievedAt",
)
NOMIS = ("prisoner-search", "prison-api")
DELIUS = ("ndh", "community-api", "probation-search", "case-records", "extract")
NONE = (None, "UNKNOWN")


@dataclass(frozen=True)
class ByDesign:
    """What a route lacks or tells differently: fields and people, each with the reason."""

    lacks: dict[str, str] = field(default_factory=dict)
    differs: dict[str, str] = field(default_factory=dict)
    people: dict[str, str] = field(default_factory=dict)


NO_DATE_OF_BIRTH = (
    "it tells no date of birth, so the dates cannot be compared: IDENTITY_UNCHECKED for everybody"
)
NEVER_SAID = "it never says"
NO_PATIENTS = "it does not tell restricted patients"
BY_NUMBER = "the index is searched by the number that the record itself carries"
BY_CELL = "a row is found by the number that it carries itself"
BY_DESIGN = {
    "ndh": ByDesign(
        lacks={
            "caseHandler.officer.email": NEVER_SAID,
            "caseHandler.officer.telephone": NEVER_SAID,
            "resourcing": "the Delius API has no such decision",
        },
        people={
            people.MARCUS_OLDROYD_QUAY: "the body of 2018/19: no tier, no staff code",
            people.ONE_OF_TWO_SENTENCED: "the Delius API answers the one of two records that has a sentence",
        },
    ),
    "community-api": ByDesign(),
    "probation-search": ByDesign(
        lacks={
            "caseHandler.officer.email": NEVER_SAID,
            "caseHandler.officer.telephone": NEVER_SAID,
            "resourcing": "the index does not hold it",
        },
        people={
            people.ANOTHERS_NUMBER: BY_NUMBER,
            people.IVOR_PELLSTONE: f"{BY_NUMBER}: another's record is under his; DATE_OF_BIRTH_DIFFERS warns",
            people.NUMBER_PADDED_IN_DELIUS: BY_NUMBER,
            people.NUMBER_ABSENT_IN_DELIUS: BY_NUMBER,
        },
    ),
    "case-records": ByDesign(
        lacks={
            "caseHandler.organisation": "it tells neither flag nor provider; `resourcing` stands in",
            "caseHandler.provider.code": NEVER_SAID,
            "caseHandler.provider.description": NEVER_SAID,
            "caseHandler.officer.telephone": NEVER_SAID,
            "caseHandler.allocatedOn": NEVER_SAID,
        },
        differs={"probationRecord.warnings": NO_DATE_OF_BIRTH},
        people={
            people.NO_MANAGER: "it answers 500 for somebody without an active manager",
            people.PAST_MANAGERS_ONLY: "it answers 500 for somebody without an active manager",
            people.SEVERAL_ACTIVE_MANAGERS: "it tells the first active manager alone",
        },
    ),
    "extract": ByDesign(
        lacks={
            "caseHandler.officer.code": NEVER_SAID,
            "caseHandler.officer.email": NEVER_SAID,
            "caseHandler.officer.telephone": NEVER_SAID,
            "caseHandler.allocatedOn": NEVER_SAID,
            "resourcing": "it was last sent before there was such a decision",
        },
        people={
            people.ANOTHERS_NUMBER: BY_CELL,
            people.IVOR_PELLSTONE: f"{BY_CELL}: another's row is under his; DATE_OF_BIRTH_DIFFERS warns",
            people.NUMBER_ABSENT_IN_DELIUS: BY_CELL,
            people.SEVERAL_ACTIVE_MANAGERS: "a row has room for one manager, and tells of no more",
            people.FLAG_AND_AREA_AT_ODDS: "it tells no flag; the provider's code alone decides",
        },
    ),
    "prisoner-search": ByDesign(lacks={"category.description": "it gives the code alone"}),
    "prison-api": ByDesign(
        lacks={"supportingPrison.id": NO_PATIENTS, "supportingPrison.name": NO_PATIENTS},
        people={
            people.RESTRICTED_PATIENT: f"{NO_PATIENTS}; `custodyStatus` is RELEASED",
            people.ROW_DOUBLED_DIFFERENTLY: "it has one record, where Prisoner Search has two that differ",
        },
    ),
}


def selection(of):
    """Return all fields of a type, with all below them."""
    below = []
    for name, one in of.fields.items():
        named = get_named_type(one.type)
        below.append(f"{name} {selection(named)}" if isinstance(named, GraphQLObjectType) else name)
    return "{ " + " ".join(below) + " }"


def paths(of, prefix=""):
    """Return the paths of all values of a type; a list is one value."""
    for name, one in of.fields.items():
        named = get_named_type(one.type)
        kind = one.type.of_type if isinstance(one.type, GraphQLNonNull) else one.type
        if isinstance(named, GraphQLObjectType) and not isinstance(kind, GraphQLList):
            yield from paths(named, f"{prefix}{name}.")
        elif f"{prefix}{name}" not in OWN:
            yield f"{prefix}{name}"


def at(person, path):
    for name in path.split("."):
        person = None if person is None else person[name]
    return person


OFFENDER = SCHEMA.type_map["Offender"]
PATHS = list(paths(OFFENDER))
FIELDS_OF_DELIUS = {
    *("probationRecord", "crn", "tier", "caseHandler", "resourcing", "mappaLevel"),
    *("riskOfSeriousHarm", "pomRecommendation"),
}
OF_DELIUS = [path for path in PATHS if path.split(".")[0] in FIELDS_OF_DELIUS]
OF_NOMIS = [path for path in PATHS if path not in OF_DELIUS]
QUERY = f"query ($n: [NomsNumber!]!) {{ offenders(nomsNumbers: $n) {selection(OFFENDER)} }}"


@pytest.fixture(scope="module")
async def answers(_stage):
    """Return what each route answers about each person."""
    _stage.heal()
    asked = [
        person.noms_number for person in _stage.population if person.delius_answer is DeliusAnswer.PLAIN
    ][: len(people.HARD_CASES) + 100]
    token = _stage.auth.caller_token(roles=[PRISON, PROBATION], username=NPS_USER, auth_source="delius")
    answered = {}
    routes = [("prisoner-search", delius) for delius in DELIUS] + [("prison-api", "community-api")]
    for nomis, delius in routes:
        async with gateway(_stage.route(delius, nomis, access=True, risks=True), token) as gw:
            answer = await gw.ask(QUERY, n=asked)
        known = {n: person for n, person in zip(asked, answer["data"]["offenders"], strict=True) if person}
        answered[nomis if nomis == "prison-api" else delius] = known
    answered["prisoner-search"] = answered["ndh"]
    return answered


def ordinary(answers, route):
    """Return those of whom the route is to tell the same as the others, one by one."""
    odd = {n for one in BY_DESIGN.values() for n in one.people}
    return {n: person for n, person in answers[route].items() if n not in odd}


def tells(answers, route, path):
    """Tell whether the route ever tells this."""
    return any(at(person, path) not in NONE for person in answers[route].values())


def cell(answers, routes, route, path):
    telling = [one for one in routes if tells(answers, one, path)]
    if not telling:
        return "untold"
    if not tells(answers, route, path):
        return "lacks"
    own, told = ordinary(answers, route), ordinary(answers, telling[0])
    return "same" if all(at(own[n], path) == at(told[n], path) for n in own) else "differs"


def odd_people(answers, route, standard_route):
    """Return of whom the route tells something else, in the fields that it is to tell alike."""
    apart = {*BY_DESIGN[route].lacks, *BY_DESIGN[route].differs, *BY_DESIGN[standard_route].lacks}
    alike = [path for path in (OF_DELIUS if route in DELIUS else OF_NOMIS) if path not in apart]
    return {
        n
        for n, person in answers[route].items()
        if any(at(person, path) != at(answers[standard_route][n], path) for path in alike)
    }


def test_the_same_people_are_known_by_every_route(answers):
    assert len({frozenset(known) for known in answers.values()}) == 1
    assert len(answers["ndh"]) > 150


@pytest.mark.parametrize(
    ("route", "routes", "all_paths"),
    [
        *((route, NOMIS, OF_NOMIS) for route in NOMIS),
        *((route, DELIUS, OF_DELIUS) for route in DELIUS),
    ],
)
def test_every_field_is_the_same_save_those_that_are_named(answers, route, routes, all_paths):
    cells = {path: cell(answers, routes, route, path) for path in all_paths}

    assert {path for path, how in cells.items() if how == "lacks"} == set(BY_DESIGN[route].lacks)
    assert {path for path, how in cells.items() if how == "differs"} == set(BY_DESIGN[route].differs)


@pytest.mark.parametrize(
    ("route", "standard_route"),
    [("prison-api", "prisoner-search"), *((route, "community-api") for route in DELIUS)],
)
def test_every_person_is_told_alike_save_those_who_are_named(answers, route, standard_route):
    assert odd_people(answers, route, standard_route) == set(BY_DESIGN[route].people)


def test_the_page_in_the_docs_is_what_the_routes_answered(answers, request):
    page = "\n".join(
        [
            INTRODUCTION.format(people=len(answers["ndh"])),
            *fields_table(answers, "NOMIS", NOMIS, OF_NOMIS),
            *fields_table(answers, "Delius", DELIUS, OF_DELIUS),
            *people_table(answers),
        ]
    )
    if request.config.getoption("write_docs"):
        TABLE.write_text(page, encoding="utf-8")

    assert TABLE.read_text("utf-8") == page


def fields_table(answers, system, routes, all_paths):
    yield f"## Fields of the {system} half\n"
    yield f"| field | {' | '.join(routes)} |"
    yield f"| --- |{' --- |' * len(routes)}"
    for path in all_paths:
        yield f"| {path} | {' | '.join(cell(answers, routes, route, path) for route in routes)} |"
    yield ""
    for route in routes:
        for kind in ("lacks", "differs"):
            for path, reason in getattr(BY_DESIGN[route], kind).items():
                yield f"- {route} {kind} `{path}`: {reason}."
    yield ""


def people_table(answers):
    yield "## People whom the routes tell differently, by design\n"
    yield f"| person | {' | '.join(DELIUS)} | why |"
    yield f"| --- |{' --- |' * len(DELIUS)} --- |"
    for route in DELIUS:
        for number, reason in BY_DESIGN[route].people.items():
            states = " | ".join(state(answers[one][number]) for one in DELIUS)
            yield f"| {people.HARD_CASES[number]} | {states} | {route}: {reason} |"
    yield ""
    for number, reason in BY_DESIGN["prison-api"].people.items():
        yield f"- prison-api, {people.HARD_CASES[number]}: {reason}."
    yield ""


def state(person):
    """Return the state, with tier and case handler where they are shown."""
    handler = person["caseHandler"] and (person["caseHandler"]["officer"] or {}).get("surname")
    shown = [at(person, "tier.code"), handler]
    return " ".join([at(person, "probationRecord.status"), *(one for one in shown if one)])
