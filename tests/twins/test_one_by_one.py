"""Every service that is asked for one person at a time stumbles over the same people in the same ways."""

import asyncio

import httpx
import pytest
from waiting import until

from twins import hard_cases as case


@pytest.fixture(params=["ndh", "community-api", "case-records"])
def service(request, stage, from_delius, community_api, case_records):
    """The twin, and the way to ask it for the record of one person."""

    async def offender(number):
        return await community_api(f"nomsNumber/{number}/all")

    ways = {
        "ndh": (stage.delius, from_delius),
        "community-api": (stage.community_api, offender),
        "case-records": (stage.case_records, case_records),
    }
    return ways[request.param]


@pytest.mark.parametrize(
    ("number", "status"),
    [
        (case.DELIUS_500, 500),
        (case.DELIUS_503, 503),
        (case.DELIUS_403, 403),
        (case.DELIUS_401, 401),
        (case.DELIUS_204, 204),
        (case.DELIUS_HTML, 200),
        (case.IVOR_PELLSTONE, 404),
    ],
)
async def test_a_person_is_answered_with_the_status_of_their_name(service, number, status):
    _, ask = service

    assert (await ask(number)).status_code == status


async def test_the_wrong_shape_is_a_list(service):
    _, ask = service

    assert isinstance((await ask(case.DELIUS_WRONG_SHAPE)).json(), list)


async def test_a_truncated_answer_is_complete_http_and_broken_json(service):
    _, ask = service

    answer = await ask(case.DELIUS_TRUNCATED)

    assert len(answer.content) == int(answer.headers["content-length"])
    with pytest.raises(ValueError, match=r"Unterminated|Expecting"):
        answer.json()


async def test_a_cut_answer_ends_in_mid_body(service):
    _, ask = service

    with pytest.raises(httpx.RemoteProtocolError, match=r"incomplete|without sending complete"):
        await ask(case.DELIUS_CUT)


async def test_a_slow_answer_ends_when_the_caller_hangs_up(service):
    twin, ask = service
    asking = asyncio.create_task(ask(case.DELIUS_SLOW))
    await until(lambda: twin.calls.in_flight == 1)

    asking.cancel()

    await until(lambda: twin.calls.in_flight == 0)
