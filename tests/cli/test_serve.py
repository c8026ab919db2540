"""`offender-gateway serve` as a process.

It starts, stops cleanly, says what is wrong, and writes nothing of a person.
"""

import asyncio
import signal

import httpx
import pytest
from gateways import PRISON
from processes import answering, command, free_port, output_of
from waiting import until
from wires import all_said_to, statuses

from twins import hard_cases as people
from twins.faults import Fault

EVERYTHING = """
query Canary ($n: [NomsNumber!]!) {
  offenders(nomsNumbers: $n) {
    firstName lastName dateOfBirth prison { name } crn tier { code } caseHandler { officer { surname } }
    probationRecord { status reason }
  }
}
"""
CANARIES = [
    "FENHALE",
    "Fenhale",
    "TOBIAS",
    "1991-07-19",
    "G4273GI",
    "X100001",
    "Trevethick",
    "eyJ",
    "Canary",
    "nomsNumber/",
]


async def ask(http, port, token, query, **variables):
    return await http.post(
        f"http://127.0.0.1:{port}/graphql",
        json={"query": query, "variables": variables},
        headers={"Authorization": f"Bearer {token}"},
    )


async def test_nothing_of_a_person_is_written_whatever_happens(stage, token):
    port = free_port()
    settings = stage.environment(GATEWAY_PORT=str(port), LOG_LEVEL="debug", DELIUS_TIMEOUT_SECONDS="1")
    faults = [
        None,
        Fault(status=500, body='{"message":"TOBIAS FENHALE G4273GI"}', content_type="application/json"),
        Fault(status=200, body='{"otherIds":"FENHALE"}', content_type="application/json"),
        Fault(cut_after_bytes=40),
        Fault(status=401),
        Fault(status=403, body="FENHALE"),
    ]

    async with command("serve", environment=settings) as process, httpx.AsyncClient(trust_env=False) as http:
        await answering(process, port)
        answers = []
        for fault in faults:
            for twin in (stage.delius, stage.prisoner_search, stage.prison_api, stage.auth):
                stage.heal()
                if fault is not None:
                    twin.faults.put(fault)
                numbers = ["G4273GI", people.PETRA_LINDQVALE]
                answers.append(await ask(http, port, token(), EVERYTHING, n=numbers))
        stage.heal()
        answers.append(await ask(http, port, token(), EVERYTHING, n=[people.DELIUS_SLOW, people.DELIUS_HTML]))
        answers.append(await ask(http, port, token(PRISON), EVERYTHING, n=["G4273GI"]))
        answers.append(await ask(http, port, token(), '{ offender(nomsNumber: "FENHALE") { crn } }'))
        answers.append(await ask(http, port, token(expires_in=-600), EVERYTHING, n=["G4273GI"]))
        answers.append(await ask(http, port, token(), 'query Canary { prison(id: "FENHALE") { id } }'))
        metrics = (await http.get(f"http://127.0.0.1:{port}/metrics")).text
        process.send_signal(signal.SIGTERM)
        printed = (await process.communicate())[0].decode()

    assert process.returncode == 0
    assert [canary for canary in CANARIES if canary in printed] == []
    assert [canary for canary in CANARIES if canary in metrics] == []
    messages = [str(error["message"]) for answer in answers for error in answer.json().get("errors", [])]
    assert messages
    assert [canary for canary in CANARIES for message in messages if canary in message] == []


LIMITED = """
query Canary ($n: [NomsNumber!]!) {
  offenders(nomsNumbers: $n) {
    crn tier { code } caseHandler { officer { surname } } resourcing mappaLevel
    probationRecord { status reason warnings }
  }
}
"""
LIMITED_CANARIES = [
    *("G2911VD", "X100003", "Petra", "Lindqvale", "A2", "Trevethick", "Gwent"),
    *("H1009RE", "X110016", "Made-up", "made-up"),
    *("TRUSTED_USER", "NPS_USER", "Quentin", "eyJ", "Canary", "username=", "nomsNumber/", "crn/X"),
]


@pytest.mark.parametrize("route", ["ndh", "community-api", "probation-search", "case-records"])
async def test_nothing_of_a_limited_record_is_written_whatever_the_check_does(stage, delius_user, route):
    port = free_port()
    settings = stage.route(route, access=True) | {"GATEWAY_PORT": str(port), "LOG_LEVEL": "debug"}
    ask_quentin = '{"crn":"X100003","userRestricted":true,"restrictionMessage":"Ask Quentin"}'
    faults = [
        None,
        Fault(status=403, body=ask_quentin),
        Fault(status=500, body=ask_quentin),
        Fault(status=200, body=f'{{"access":[{ask_quentin}]}}'),
        Fault(status=200, body=f'{{"access":{ask_quentin}}}'),
        Fault(cut_after_bytes=40),
    ]
    numbers = [people.PETRA_LINDQVALE, people.RESTRICTED]

    async with command("serve", environment=settings) as process, httpx.AsyncClient(trust_env=False) as http:
        await answering(process, port)
        answers = []
        for fault in faults:
            stage.heal()
            if fault is not None:
                stage.access.faults.put(fault)
            answers.append((await ask(http, port, delius_user("NPS_USER"), LIMITED, n=numbers)).text)
        stage.heal()
        shown = await ask(http, port, delius_user("TRUSTED_USER"), LIMITED, n=numbers)
        metrics = (await http.get(f"http://127.0.0.1:{port}/metrics")).text
        process.send_signal(signal.SIGTERM)
        printed = (await process.communicate())[0].decode()

    assert shown.json()["data"]["offenders"][0]["crn"] == "X100003"
    for written in (*answers, metrics, printed):
        assert [canary for canary in LIMITED_CANARIES if canary in written] == []


async def test_what_is_in_flight_is_answered_when_the_service_is_told_to_stop(stage, token):
    port = free_port()
    stage.prisoner_search.faults.put(Fault(delay_seconds=0.5))

    async with (
        command("serve", environment=stage.environment(GATEWAY_PORT=str(port))) as process,
        httpx.AsyncClient(trust_env=False) as http,
    ):
        await answering(process, port)
        asking = asyncio.create_task(
            ask(http, port, token(), '{ offender(nomsNumber: "G4273GI") { lastName } }')
        )
        await until(lambda: stage.prisoner_search.calls.in_flight)
        process.send_signal(signal.SIGTERM)
        answer = await asking
        await process.communicate()

    assert answer.json() == {"data": {"offender": {"lastName": "FENHALE"}}}
    assert process.returncode == 0


async def test_the_service_itself_reads_the_wire_as_the_tests_do(stage):
    port = free_port()
    offer = b"GET /health/ping HTTP/1.1\r\nHost: x\r\nConnection: Upgrade, close\r\nUpgrade: h2c\r\n"

    async with command("serve", environment=stage.environment(GATEWAY_PORT=str(port))) as process:
        await answering(process, port)
        url = f"http://127.0.0.1:{port}"
        upgraded = await all_said_to(url, offer + b"Content-Length: 5\r\n\r\n12345")
        endless = await all_said_to(url, b"GET / HTTP/1.1\r\n", *[b"X-A: y\r\n" * 100] * 100)

    assert statuses(upgraded) == [200]
    assert statuses(endless) in ([431], [])


async def test_several_workers_answer_and_stop(stage, token):
    port = free_port()
    settings = stage.environment(GATEWAY_PORT=str(port), GATEWAY_WORKERS="2")

    async with command("serve", environment=settings) as process, httpx.AsyncClient(trust_env=False) as http:
        await answering(process, port)
        answers = [
            await ask(http, port, token(), '{ offender(nomsNumber: "G4273GI") { lastName } }')
            for _ in range(4)
        ]
        process.send_signal(signal.SIGTERM)
        await process.communicate()

    assert {answer.json()["data"]["offender"]["lastName"] for answer in answers} == {"FENHALE"}
    assert process.returncode == 0


@pytest.mark.parametrize("argument", ["serve", "check"])
async def test_wrong_settings_stop_the_start_with_a_line_each(stage, argument):
    settings = stage.environment(DELIUS_ROUTE="pigeon", HMPPS_AUTH_CLIENT_SECRET="", MAX_ERRORS="0")

    status, printed = await output_of(argument, environment=settings)

    assert status == 2
    assert [line.split(":")[1].strip() for line in printed.splitlines()] == [
        "HMPPS_AUTH_CLIENT_SECRET",
        "DELIUS_ROUTE",
        "MAX_ERRORS",
    ]


async def test_certificates_that_do_not_fit_stop_the_start(stage, tmp_path):
    other = stage.certificates.client_authority.issue("another.test")
    key = tmp_path / "tls.key"
    key.write_bytes(other.key_pem)
    settings = stage.environment(**stage.direct_mutual_tls(), GATEWAY_PORT=str(free_port()))

    status, printed = await output_of("serve", environment={**settings, "DELIUS_NDH_CLIENT_KEY": str(key)})

    assert status != 0
    assert "DELIUS_NDH_CLIENT_KEY" in printed
