"""`offender-gateway demo`: it shows how far it is, answers what it prints, and leaves nothing behind."""

import asyncio
import json
import re
import signal
import socket
from pathlib import Path

import pytest
from processes import command, free_port, output_of, printed_until

RISK = "riskOfSeriousHarm { status level }"


def children_of(pid):
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                parent = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
            except OSError:
                continue
            if parent == pid:
                found += [int(entry.name), *children_of(int(entry.name))]
    return found


async def pasted(shell_lines):
    process = await asyncio.create_subprocess_shell(shell_lines, stdout=asyncio.subprocess.PIPE)
    return json.loads((await process.communicate())[0])


@pytest.mark.parametrize("stop", [signal.SIGTERM, signal.SIGINT])
async def test_the_demo_answers_the_curl_that_it_prints_and_stops_with_nothing_left(stop):
    async with command("demo", "--port", str(free_port()), environment={}) as process:
        printed = await printed_until(process, '{"data":')
        exports = re.findall(r"^export \w+=\S+", printed, re.MULTILINE)
        curl = printed[printed.index("\ncurl -s") : printed.index("\nIt answers:")]
        answer = await pasted("\n".join([*exports, curl]))
        risk = await pasted("\n".join([*exports, curl.replace("tier { code }", RISK)]))
        prison_alone = await pasted("\n".join([*exports, curl.replace("$TOKEN", "$PRISON_TOKEN")]))
        children = children_of(process.pid)
        process.send_signal(stop)
        await process.communicate()

    assert printed.index("[1/3]") < printed.index("[2/3]") < printed.index("[3/3]") < printed.index("Ready")
    assert "the sidecar (Envoy)" in printed
    assert f"\n{json.dumps(answer, separators=(',', ':'))}\n" in printed
    assert answer["data"]["offender"]["tier"] == {"code": "B1"}
    assert prison_alone["data"]["offender"]["tier"] is None
    assert risk["data"]["offender"]["riskOfSeriousHarm"] == {"status": "FOUND", "level": "HIGH"}
    assert len(children) == 2
    assert process.returncode == 0
    assert not any(Path(f"/proc/{child}").exists() for child in children)  # noqa: ASYNC240 - a look at /proc does not wait


async def test_without_an_envoy_the_demo_does_the_mutual_tls_itself_and_says_so():
    async with command(
        "demo", "--port", str(free_port()), environment={"OFFENDER_GATEWAY_ENVOY": "none"}
    ) as process:
        printed = await printed_until(process, '{"data":')
        process.send_signal(signal.SIGTERM)
        await process.communicate()

    assert "no sidecar: the gateway does the mutual TLS itself" in printed
    assert "direct mutual TLS" in printed
    assert '"tier":{"code":"B1"}' in printed
    assert process.returncode == 0


async def test_a_port_that_is_taken_is_said_in_plain_words():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        status, printed = await output_of("demo", "--port", str(port), environment={})

    assert status == 1
    assert f"port {port} is taken" in printed
    assert "Traceback" not in printed
