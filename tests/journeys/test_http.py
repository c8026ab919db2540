"""The HTTP surface: what a client meets that is not a good GraphQL request, and what every answer has."""

import asyncio

import pytest
from gateways import PRISON
from waiting import until

QUERY = '{ offender(nomsNumber: "G4273GI") { nomsNumber } }'


@pytest.mark.parametrize("path", ["/health", "/health/ping", "/health/liveness", "/health/readiness"])
async def test_health_needs_no_token_and_no_upstream(gw, stage, path):
    response = await gw.http.get(f"{gw.url}{path}")

    assert (response.status_code, response.json()["status"]) == (200, "UP")
    assert stage.prisoner_search.calls.count() == stage.auth.calls.count() == 0


async def test_the_version_is_told(gw):
    build = (await gw.http.get(f"{gw.url}/info")).json()["build"]

    assert build["name"] == "offender-gateway"
    assert build["version"]


async def test_metrics_count_requests_and_upstream_calls(start):
    async with start() as gw:
        await gw.ask('{ offender(nomsNumber: "G4273GI") { tier { code } } }')
        text = (await gw.http.get(f"{gw.url}/metrics")).text

    assert 'gateway_requests_total{path="/graphql",status="200"} 1.0' in text
    assert (
        'gateway_upstream_calls_total{operation="offender-by-noms-number",outcome="200",route="NDH"} 1.0'
        in text
    )
    assert (
        'gateway_upstream_calls_total{operation="prisoner-numbers",outcome="200",route="PRISONER_SEARCH"} 1.0'
        in text
    )


async def test_nothing_is_to_be_kept_of_any_answer(gw):
    for response in (
        await gw.post({"query": QUERY}),
        await gw.http.get(f"{gw.url}/health"),
        await gw.post(b"{"),
    ):
        assert response.headers["cache-control"] == "no-store"


async def test_a_correlation_id_is_the_caller_s_where_it_is_well_formed(gw):
    given = await gw.post({"query": "{ x }"}, headers={"X-Correlation-Id": "a-well-formed-1"})
    odd = await gw.post({"query": "{ x }"}, headers={"X-Correlation-Id": 'x"}\t{"evil": 1'})

    assert given.headers["x-correlation-id"] == "a-well-formed-1"
    assert given.json()["errors"][0]["extensions"]["correlationId"] == "a-well-formed-1"
    assert "evil" not in odd.headers["x-correlation-id"]


async def test_a_malformed_number_is_bad_input_as_a_literal_and_as_a_variable_and_not_repeated(gw):
    literal = await gw.post({"query": '{ offender(nomsNumber: "Fenhale") { nomsNumber } }'})
    variable = await gw.post(
        {
            "query": "query ($n: NomsNumber!) { offender(nomsNumber: $n) { nomsNumber } }",
            "variables": {"n": "Fenhale"},
        }
    )
    listed = await gw.post(
        {
            "query": "query ($n: [NomsNumber!]!) { offenders(nomsNumbers: $n) { nomsNumber } }",
            "variables": {"n": ["G4273GI", {"name": "Fenhale"}]},
        }
    )
    number = await gw.post({"query": "{ offender(nomsNumber: 5) { nomsNumber } }"})

    for response in (literal, variable, listed, number):
        assert response.status_code == 400
        (error,) = response.json()["errors"]
        assert error["extensions"]["code"] == "BAD_USER_INPUT"
        assert "A1234BC" in error["message"]
        assert "Fenhale" not in response.text


@pytest.mark.parametrize(
    "slip",
    [
        'offender("Fenhale")',
        'offender(nomsNumber: "G4273GI" "Fenhale")',
        'offender(nomsNumber: """Fenhale""" 7)',
    ],
)
async def test_a_slip_in_the_grammar_is_told_without_the_literal(gw, slip):
    response = await gw.post({"query": f"{{ {slip} {{ crn }} }}"})

    (error,) = response.json()["errors"]
    assert error["extensions"]["code"] == "GRAPHQL_PARSE_FAILED"
    assert error["message"].startswith("Syntax Error: Expected Name, found ")
    assert error["locations"][0]["line"] == 1
    assert "Fenhale" not in response.text


async def test_the_paths_are_as_they_are_written(gw):
    answers = [
        await gw.http.request(method, f"{gw.url}{path}", headers={"Host": "elsewhere.test"})
        for method, path in (("POST", "/graphql/?query=x"), ("GET", "/health/"), ("GET", "/info/"))
    ]

    assert [answer.status_code for answer in answers] == [404, 404, 404]


async def test_a_variable_of_another_type_is_not_repeated(gw):
    query = 'query ($f: Int) { prison(id: "LEI") { population(first: $f) { totalCount } } }'

    variable = await gw.post({"query": query, "variables": {"f": "Fenhale"}})
    literal = await gw.post({"query": query.replace("$f)", '"Fenhale")').replace("query ($f: Int)", "query")})

    for response in (variable, literal):
        assert response.status_code == 400
        assert response.json()["errors"][0]["extensions"]["code"] == "BAD_USER_INPUT"
        assert "Fenhale" not in response.text


async def test_too_many_people_are_refused_by_name_also_when_named_twice_they_count_once(start):
    query = "query ($n: [NomsNumber!]!) { offenders(nomsNumbers: $n) { nomsNumber } }"

    async with start(MAX_OFFENDERS="2") as gw:
        twice = await gw.post({"query": query, "variables": {"n": ["G4273GI", "g4273gi ", "G7106UN"]}})
        refused = await gw.post({"query": query, "variables": {"n": ["G4273GI", "G7106UN", "A0000AA"]}})

    assert twice.status_code == 200
    assert refused.status_code == 400
    (error,) = refused.json()["errors"]
    assert error["extensions"]["code"] == "OPERATION_TOO_COMPLEX"
    assert "MAX_OFFENDERS (2)" in error["message"]


async def test_a_number_named_over_and_over_is_refused_though_it_is_one_person(start):
    query = "query ($n: [NomsNumber!]!) { offenders(nomsNumbers: $n) { nomsNumber } }"

    async with start(MAX_OFFENDERS="10") as gw:
        some = await gw.post({"query": query, "variables": {"n": ["G4273GI"] * 50}})
        refused = await gw.post({"query": query, "variables": {"n": ["G4273GI"] * 51}})

    assert some.status_code == 200
    assert refused.status_code == 400
    assert refused.json()["errors"][0]["extensions"]["code"] == "OPERATION_TOO_COMPLEX"


async def test_a_request_that_never_ends_is_cut_at_its_time(start):
    async with start(REQUEST_TIMEOUT_SECONDS="0.3") as gw:
        host, port = gw.url.removeprefix("http://").split(":")
        reader, writer = await asyncio.open_connection(host, int(port))
        head = [
            "POST /graphql HTTP/1.1",
            "Host: gateway",
            f"Authorization: Bearer {gw.token}",
            "Content-Type: application/json",
            "Content-Length: 1000",
        ]
        writer.write("\r\n".join([*head, "", '{"query"']).encode())
        async with asyncio.timeout(10):
            status = await reader.readline()
        writer.close()
        await writer.wait_closed()

    assert status.startswith(b"HTTP/1.1 408")


async def test_a_caller_who_hangs_up_in_mid_body_is_no_fault_of_ours(start):
    async with start() as gw:
        host, port = gw.url.removeprefix("http://").split(":")
        _, writer = await asyncio.open_connection(host, int(port))
        head = ["POST /graphql HTTP/1.1", "Host: gateway", f"Authorization: Bearer {gw.token}"]
        head += ["Content-Type: application/json", "Content-Length: 1000"]
        writer.write("\r\n".join([*head, "", '{"query"']).encode())
        await writer.drain()
        writer.close()
        await writer.wait_closed()

        async def metrics():
            return (await gw.http.get(f"{gw.url}/metrics")).text

        async def counted():
            return 'path="/graphql"' in await metrics()

        await until(counted)
        text = await metrics()

    assert 'gateway_requests_total{path="/graphql",status="400"} 1.0' in text


async def test_the_schema_is_shown_to_those_who_may_see_it(start, token):
    query = {"query": "{ __schema { queryType { name } } }"}

    async with start(INTROSPECTION="role") as gw:
        caller = await gw.post(query, token=token(PRISON))
        developer = await gw.post(query, token=token("ROLE_OFFENDER_GATEWAY__DEVELOPER"))
        caller_again = await gw.post(query, token=token(PRISON))

    assert [response.status_code for response in (caller, developer, caller_again)] == [400, 200, 400]
    assert "Ask with a token that has their role" in caller.json()["errors"][0]["message"]


async def test_the_whole_schema_can_be_asked_about_wrapped_types_too(start):
    query = "{ __schema { types { fields { type { kind isOneOf ofType { isOneOf } } } } } }"

    async with start(INTROSPECTION="on") as gw:
        answer = await gw.ask(query)

    assert "errors" not in answer


async def test_names_are_suggested_to_developers_alone(gw, token):
    query = {"query": '{ offender(nomsNumber: "G4273GI") { nomsNumbr } }'}

    caller = await gw.post(query)
    developer = await gw.post(query, token=token("ROLE_OFFENDER_GATEWAY__DEVELOPER"))

    assert "Did you mean" not in caller.text
    assert "Did you mean" in developer.text


async def test_nested_fragments_cost_their_length(start):
    """Thirteen levels that each spread the next one four times: 4^13 selections, if they were expanded."""
    levels = " ".join(f"fragment F{n} on Offender {{ {f'...F{n + 1} ' * 4} }}" for n in range(13))
    query = (
        f'{{ offender(nomsNumber: "G4273GI") {{ ...F0 }} }} {levels} fragment F13 on Offender {{ lastName }}'
    )

    async with start(MAX_SELECTIONS="1000000000") as gw:
        answer = await gw.ask(query)

    assert answer["data"]["offender"] == {"lastName": "FENHALE"}
