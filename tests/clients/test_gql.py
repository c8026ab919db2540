"""gql, the client of Python: the schema by introspection, answers whole or in part, and refusals."""

import pytest
from gql import Client, GraphQLRequest
from gql.transport.aiohttp import AIOHTTPTransport
from gql.transport.exceptions import TransportQueryError
from graphql import GraphQLError, print_schema
from node_programs import CLIENTS

from twins.faults import Fault
from twins.hard_cases import MARCUS_OLDROYD_QUAY, TOBIAS_FENHALE

SCHEMA = CLIENTS.parents[1] / "schema" / "schema.graphql"


def operation(*files, **variables):
    """Return an operation as the other clients send it, with the fragments that it spreads."""
    documents = [(CLIENTS / "operations" / f"{file}.graphql").read_text("utf-8") for file in files]
    return GraphQLRequest("\n".join(documents), variable_values=variables)


def offender_by_number(number):
    return operation("offender", "prison-half", "probation-half", nomsNumber=number)


def client(gateway, **options):
    headers = {"Authorization": f"Bearer {gateway.token}"}
    transport = AIOHTTPTransport(f"{gateway.url}/graphql", headers=headers, timeout=30)
    return Client(transport=transport, **options)


async def test_the_schema_that_introspection_tells_is_the_committed_one(start):
    async with start(INTROSPECTION="on") as gw, client(gw, fetch_schema_from_transport=True) as session:
        told = session.client.schema

    assert print_schema(told) + "\n" == SCHEMA.read_text("utf-8")


async def test_a_field_that_is_not_in_the_schema_fails_before_anything_is_sent(start, stage):
    async with start(INTROSPECTION="on") as gw, client(gw, fetch_schema_from_transport=True) as session:
        with pytest.raises(GraphQLError, match="shoeSize"):
            await session.execute(GraphQLRequest('{ offender(nomsNumber: "G4273GI") { shoeSize } }'))

    assert stage.prisoner_search.calls.count() == 0


async def test_a_person_is_read_by_a_variable_and_fragments(gw):
    async with client(gw) as session:
        answer = await session.execute(offender_by_number(TOBIAS_FENHALE))

    person = answer["offender"]
    assert person["prison"] == {"id": "LEI", "name": "Leeds (HMP)"}
    assert person["tier"] == {"level": "B", "code": "B1"}
    assert person["caseHandler"]["officer"]["surname"] == "Trevethick"


async def test_a_list_of_people_is_read_by_one_variable(gw):
    async with client(gw) as session:
        answer = await session.execute(
            operation("genders", nomsNumbers=[MARCUS_OLDROYD_QUAY, TOBIAS_FENHALE])
        )

    assert [person["nomsNumber"] for person in answer["offenders"]] == [MARCUS_OLDROYD_QUAY, TOBIAS_FENHALE]


async def test_with_delius_down_the_error_carries_the_nomis_half(gw, stage):
    stage.delius.faults.put(Fault(status=503))

    async with client(gw) as session:
        with pytest.raises(TransportQueryError) as raised:
            await session.execute(offender_by_number(TOBIAS_FENHALE))

    person = raised.value.data["offender"]
    assert (person["lastName"], person["tier"]) == ("FENHALE", None)
    assert person["probationRecord"]["status"] == "UNAVAILABLE"
    assert [error["path"] for error in raised.value.errors] == [
        ["offender", "crn"],
        ["offender", "tier"],
        ["offender", "caseHandler"],
    ]
    assert {error["extensions"]["code"] for error in raised.value.errors} == {"DELIUS_UNAVAILABLE"}
    assert raised.value.extensions["incomplete"][0]["system"] == "DELIUS"


async def test_a_token_that_does_not_hold_reaches_the_caller_by_its_code(gw):
    gw.token = "no.good.token"

    async with client(gw) as session:
        with pytest.raises(TransportQueryError) as raised:
            await session.execute(offender_by_number(TOBIAS_FENHALE))

    assert [error["extensions"]["code"] for error in raised.value.errors] == ["UNAUTHENTICATED"]
    assert raised.value.data is None


async def test_a_request_that_cannot_run_reaches_the_caller_by_its_code(gw):
    async with client(gw) as session:
        with pytest.raises(TransportQueryError) as raised:
            await session.execute(offender_by_number("Fenhale"))

    assert [error["extensions"]["code"] for error in raised.value.errors] == ["BAD_USER_INPUT"]
    assert raised.value.data is None
