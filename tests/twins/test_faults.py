"""Any twin can be spoilt and healed, in process and over HTTP, and tells its calls without a token."""

import asyncio
import gzip
import time

import httpx
import pytest
from waiting import until

from twins.faults import Fault
from twins.hard_cases import IVOR_PELLSTONE, MARCUS_OLDROYD_QUAY, TOBIAS_FENHALE


@pytest.fixture
def put_faults(stage, http):
    async def put(fault) -> httpx.Response:
        return await http.put(f"{stage.delius_url}/twin/faults", json=fault)

    return put


async def test_a_status_is_answered_instead(put_faults, from_delius):
    await put_faults({"status": 503, "retryAfter": 30})

    answer = await from_delius(TOBIAS_FENHALE)

    assert (answer.status_code, answer.headers["retry-after"], answer.content) == (503, "30", b"")


async def test_a_body_is_answered_instead(put_faults, from_delius):
    await put_faults({"body": "<html></html>", "contentType": "text/html", "status": 200})

    answer = await from_delius(TOBIAS_FENHALE)

    assert (answer.status_code, answer.text) == (200, "<html></html>")
    assert answer.headers["content-type"].startswith("text/html")


async def test_a_fault_is_taken_away(put_faults, stage, http, from_delius):
    await put_faults({"status": 503})

    await http.delete(f"{stage.delius_url}/twin/faults")

    assert (await from_delius(TOBIAS_FENHALE)).status_code == 200


async def test_a_fault_heals_after_so_many_times(put_faults, from_delius):
    await put_faults({"status": 500, "times": 2})

    statuses = [(await from_delius(TOBIAS_FENHALE)).status_code for _ in range(3)]

    assert statuses == [500, 500, 200]


async def test_a_fault_keeps_to_the_paths_it_names(put_faults, from_delius):
    await put_faults([{"status": 500, "pathContains": TOBIAS_FENHALE}, {"status": 502, "pathContains": "G7"}])

    statuses = [
        (await from_delius(number)).status_code
        for number in (TOBIAS_FENHALE, MARCUS_OLDROYD_QUAY, IVOR_PELLSTONE)
    ]

    assert statuses == [500, 502, 404]


@pytest.mark.parametrize("fault", [{"shoeSize": 12}, {"status": "many"}, {"rows": "rotated"}, 5])
async def test_an_unknown_fault_is_400_and_changes_nothing(put_faults, from_delius, fault):
    answer = await put_faults(fault)

    assert answer.status_code == 400
    assert (await from_delius(TOBIAS_FENHALE)).status_code == 200


async def test_a_delayed_answer_is_the_ordinary_one_later(put_faults, from_delius):
    plain = await from_delius(TOBIAS_FENHALE)
    await put_faults({"delaySeconds": 0.2})
    began = time.monotonic()

    late = await from_delius(TOBIAS_FENHALE)

    assert late.content == plain.content
    assert time.monotonic() - began >= 0.2


async def test_a_delay_ends_when_the_caller_hangs_up(put_faults, stage, from_delius):
    await put_faults({"delaySeconds": 60})
    asking = asyncio.create_task(from_delius(TOBIAS_FENHALE))
    await until(lambda: stage.delius.calls.in_flight == 1)

    asking.cancel()

    await until(lambda: stage.delius.calls.in_flight == 0)


async def test_a_cut_answer_promises_more_than_it_holds(put_faults, stage, http):
    await put_faults({"cutAfterBytes": 100})

    got = bytearray()

    async def read(answer):
        async for chunk in answer.aiter_bytes():
            got.extend(chunk)

    url = f"{stage.delius_url}/api/offenders/nomsNumber/{TOBIAS_FENHALE}/all"
    async with http.stream("GET", url) as answer:
        with pytest.raises(httpx.RemoteProtocolError):
            await read(answer)

    assert len(got) == 100
    assert int(answer.headers["content-length"]) > 100


async def test_a_trickled_answer_comes_byte_by_byte(put_faults, from_delius):
    plain = await from_delius(IVOR_PELLSTONE)
    await put_faults({"body": "[1,2,3]", "trickleSecondsPerByte": 0.01})
    began = time.monotonic()

    answer = await from_delius(IVOR_PELLSTONE)

    assert plain.status_code == 404
    assert answer.json() == [1, 2, 3]
    assert time.monotonic() - began >= 0.06


async def test_a_gzipped_answer_is_the_ordinary_one_compressed(put_faults, stage, http, from_delius):
    plain = await from_delius(TOBIAS_FENHALE)
    await put_faults({"gzip": True})

    async with http.stream(
        "GET", f"{stage.delius_url}/api/offenders/nomsNumber/{TOBIAS_FENHALE}/all"
    ) as answer:
        raw = b"".join([chunk async for chunk in answer.aiter_raw()])

    assert answer.headers["content-encoding"] == "gzip"
    assert gzip.decompress(raw) == plain.content


async def test_a_huge_answer_is_as_large_as_asked_for(put_faults, from_delius):
    await put_faults({"hugeBytes": 5_000_000})

    assert len((await from_delius(TOBIAS_FENHALE)).content) == 5_000_004


async def test_a_fault_may_be_set_in_process(stage, from_delius):
    stage.delius.faults.put(Fault(status=418))
    spoilt = await from_delius(TOBIAS_FENHALE)

    stage.delius.faults.clear()

    assert (spoilt.status_code, (await from_delius(TOBIAS_FENHALE)).status_code) == (418, 200)


async def test_a_fault_leaves_the_controls_alone(put_faults, stage, http):
    await put_faults({"status": 503})

    assert (await http.get(f"{stage.delius_url}/twin/calls")).status_code == 200


async def test_calls_are_counted_by_route_and_told_without_numbers_or_tokens(
    stage, http, json_headers, by_numbers
):
    stage.heal()

    await by_numbers(TOBIAS_FENHALE, MARCUS_OLDROYD_QUAY)
    await http.get(f"{stage.prisoner_search_url}/prisoner/{TOBIAS_FENHALE}")

    told = await http.get(f"{stage.prisoner_search_url}/twin/calls")
    assert told.json() == {
        "counts": {"POST /prisoner-search/prisoner-numbers": 1, "GET /prisoner/{prisoner_id}": 1},
        "mostInFlight": 1,
        "last": [
            {
                "method": "POST",
                "path": "/prisoner-search/prisoner-numbers",
                "status": 200,
                "ids": 2,
                "hadAuthorization": True,
            },
            {
                "method": "GET",
                "path": "/prisoner/{prisoner_id}",
                "status": 401,
                "ids": 1,
                "hadAuthorization": False,
            },
        ],
    }
    assert TOBIAS_FENHALE not in told.text
    assert json_headers["Authorization"].split()[1] not in told.text


async def test_a_call_is_remembered_with_its_body_and_headers(stage, by_numbers):
    stage.heal()

    await by_numbers(TOBIAS_FENHALE, responseFields="prisonerNumber")

    call = stage.prisoner_search.calls[-1]
    assert call.body == {"prisonerNumbers": [TOBIAS_FENHALE]}
    assert (call.query, call.headers["content-type"]) == ("responseFields=prisonerNumber", "application/json")
    assert "authorization" not in call.headers
    assert stage.prisoner_search.calls.count("/prisoner-search") == 1
    assert stage.prisoner_search.calls.count("/prisoner/") == 0


async def test_calls_are_forgotten_on_demand(stage, http, from_delius):
    await from_delius(TOBIAS_FENHALE)

    await http.delete(f"{stage.delius_url}/twin/calls")

    assert len(stage.delius.calls) == 0
    assert (await http.get(f"{stage.delius_url}/twin/calls")).json()["counts"] == {}


async def test_calls_side_by_side_are_counted(put_faults, stage, from_delius):
    await put_faults({"delaySeconds": 0.2})

    await asyncio.gather(*(from_delius(TOBIAS_FENHALE) for _ in range(5)))

    assert stage.delius.calls.most_in_flight == 5


async def test_any_other_control_is_404(stage, http):
    assert (await http.get(f"{stage.delius_url}/twin/faults")).status_code == 404
