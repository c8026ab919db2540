"""The body of a request: no object of it has a key twice, however it is written."""

import asyncio
import json

from hypothesis import example, given
from hypothesis import strategies as st

from gateway.edge.body import Malformed, read_body

SPACE = st.text(" \t\r\n", max_size=2)
KEYS = st.sampled_from(['"a"', r'"\u0061"', '"b"', '"c:"', '"{"'])
SCALARS = st.sampled_from(["1", "null", '"a"', r'"\"a\":1"', '""'])


@st.composite
def objects(draw, values):
    pairs = draw(st.lists(st.tuples(KEYS, values), max_size=3))
    gap = draw(SPACE)
    return f"{{{gap}{f',{gap}'.join(f'{key}{gap}:{gap}{value}' for key, value in pairs)}{gap}}}"


VALUES = st.recursive(
    SCALARS,
    lambda below: objects(below) | st.lists(below, max_size=3).map(lambda them: f"[{','.join(them)}]"),
)
BODIES = st.builds(
    '{0}{{"query": "{{ a }}", "variables": {1}, "more": {2}}}{0}'.format, SPACE, objects(VALUES), VALUES
)


def has_a_key_twice(body):
    pairs = []
    json.loads(body, object_pairs_hook=pairs.append)
    return any(len(dict(one)) < len(one) for one in pairs)


def is_refused(body):
    async def receive():
        return {"type": "http.request", "body": body.encode()}

    try:
        asyncio.run(read_body({b"content-type": b"application/json"}, receive, max_bytes=10_000))
    except Malformed as error:
        return str(error) == "Send each key of a JSON object once."
    return False


@example(' \r\n\t{"query": "{ a }", "variables": {"n": 1, "\\u006e": 2}}')
@given(BODIES)
def test_a_body_is_refused_where_an_object_has_a_key_twice_and_nowhere_else(body):
    assert is_refused(body) == has_a_key_twice(body)
