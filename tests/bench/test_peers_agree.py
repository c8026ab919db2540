"""The benchmark compares like with like: its peers and the gateway give the same answers to its questions."""

import asyncio
from contextlib import AsyncExitStack

import pytest
from node_programs import NODE_MISSING, set_up

from bench.load import wired
from bench.people import numbers_of, open_numbers_of, people
from bench.rounds import EVERYTHING, compare
from bench.sides import NODE_PEERS, SIDES, running, upstreams
from bench.workloads import WORKLOADS, requests_of

PEOPLE = 150
IN_A_PRISON = 60
FEW = 2


@pytest.fixture(scope="module")
async def sides():
    """Return the gateway and its peers; without Node, those of Python alone."""
    ended = await set_up("node_packages", NODE_PEERS)
    assert ended.status in {0, NODE_MISSING}, ended.said
    return [side for side in SIDES.values() if ended.status == 0 or not side.needs_node]


@pytest.mark.parametrize("route", ["probation-search", "ndh"])
async def test_every_peer_answers_the_hard_cases_and_the_workloads_as_the_gateway_does(sides, route):
    population = people(PEOPLE, full=IN_A_PRISON)
    numbers, open_numbers = numbers_of(population), open_numbers_of(population)

    async with AsyncExitStack() as stack, asyncio.timeout(60):
        staged = await stack.enter_async_context(upstreams(people=PEOPLE, full=IN_A_PRISON, ndh=False))
        requests = {
            one.name: wired(requests_of(one, numbers, open_numbers)[:FEW], staged.token)
            for one in WORKLOADS.values()
        }
        started = (stack.enter_async_context(running(side, staged, route=route)) for side in sides)
        answers = await compare(await asyncio.gather(*started), staged, requests, route)

    assert answers.keys() == {(side.name, name) for side in sides for name in [EVERYTHING, *WORKLOADS]}
