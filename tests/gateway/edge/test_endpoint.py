"""Whatever goes wrong on the way to an answer is an answer too."""

import json

import pytest

from gateway.edge.caller import Callers
from gateway.edge.endpoint import GraphQLEndpoint
from gateway.settings import load
from tests.gateway.test_settings import GOOD


class Operations:
    """Runs nothing, and answers what it is told to."""

    def __init__(self, content):
        self.content = content

    async def run(self, *_):
        if isinstance(self.content, Exception):
            raise self.content
        return self.content


@pytest.mark.parametrize(
    "content", [{"data": object()}, RuntimeError("of ours")], ids=["unwritable", "raised"]
)
async def test_a_bug_is_a_masked_answer(content):
    settings = load({**GOOD, "CALLER_AUTH": "off"})
    endpoint = GraphQLEndpoint(
        Callers(settings, None), Operations(content), takes_get=False, max_body_bytes=1000, timeout=5
    )

    async def receive():
        return {"type": "http.request", "body": b'{"query": "{ __typename }"}'}

    answer = await endpoint.answer(
        {"method": "POST"}, receive, {b"content-type": b"application/json"}, "an-id-of-ours"
    )

    assert answer.status == 500
    (error,) = json.loads(answer.body)["errors"]
    assert error["extensions"] == {"code": "INTERNAL", "correlationId": "an-id-of-ours"}
    assert "of ours" not in error["message"]
