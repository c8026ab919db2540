"""Whatever is sent that cannot run gets a clear 4xx; the docs have the table of it."""

import gzip
import json
from dataclasses import dataclass, field
from pathlib import Path

import pytest

TABLE = Path(__file__).parents[2] / "docs" / "malformed-requests.md"
INTRODUCTION = """\
# Malformed requests and their answers

What `POST /graphql` answers to what cannot run.
The first status is with `Accept: application/graphql-response+json`, the second with `application/json`,
by which what is well formed and cannot run is 200 (GraphQL over HTTP), with the same errors.
`make docs` writes this table from the answers of a running gateway, and a test compares it.

| request | status | the older type | `extensions.code` | message |
| --- | --- | --- | --- | --- |
"""
OLDER = {"Accept": "application/json"}
GOOD = {"query": '{ offender(nomsNumber: "G4273GI") { nomsNumber } }'}
TWO = 'query A { prison(id: "LEI") { id } } query B { prison(id: "LEI") { id } }'
WITH_NUMBER = "query ($n: NomsNumber!) { offender(nomsNumber: $n) { nomsNumber } }"
NAMED = '{ offender(nomsNumber: "Fenhale") { nomsNumber } }'
PAGE = '{ prison(id: "LEI") { population(%s) { totalCount } } }'


@dataclass(frozen=True)
class Case:
    what: str
    body: bytes
    status: int
    code: str
    headers: dict[str, str] = field(default_factory=dict)


def case(what, body, code, status=400, **headers):
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    return Case(
        what, content, status, code, {name.replace("_", "-"): value for name, value in headers.items()}
    )


def bad(what, body, status=400, **headers):
    return case(what, body, "BAD_USER_INPUT", status, **headers)


def bad_document(what, document, **more):
    return bad(what, {"query": document, **more})


def not_taken(what, body=GOOD, **headers):
    return bad(what, body, 415, **headers)


def invalid(what, document):
    return case(what, {"query": document}, "GRAPHQL_VALIDATION_FAILED")


def unparsable(what, document):
    return case(what, {"query": document}, "GRAPHQL_PARSE_FAILED")


def too_much(what, body, status=400, **headers):
    return case(what, body, "OPERATION_TOO_COMPLEX", status, **headers)


CASES = [
    bad("no body", b""),
    bad("half a JSON document", b'{"query": '),
    bad("a JSON list (a batch)", [GOOD, GOOD]),
    bad("a JSON text", "text"),
    bad("JSON null", None),
    bad("JSON that is 100,000 deep", b'{"query": "{ a }", "variables": {"n": ' + b"[" * 100_000),
    bad(
        "JSON that is 90,000 deep, and whole", b'{"variables": {"n": ' + b"[" * 90_000 + b"]" * 90_000 + b"}}"
    ),
    bad("text that is not UTF-8", b'{"query": "\xff"}'),
    bad("half of a surrogate pair", b'{"query": "{ a }", "variables": {"n": "\\ud800"}}'),
    bad("NaN", b'{"query": "{ a }", "variables": {"n": NaN}}'),
    bad("a number of 5,000 digits", b'{"query": "{ a }", "variables": {"n": ' + b"1" * 5000 + b"}}"),
    bad("two objects", b'{"query": "{ a }"} {}'),
    bad("`query` twice", b'{"query": "{ a }", "query": "{ b }"}'),
    bad("a variable twice", b'{"query": "{ a }", "variables": {"n": 1, "n": 2}}'),
    bad("no `query`", {}),
    bad("`query` of another type", {"query": 1}),
    bad("`variables` of another type", GOOD | {"variables": []}),
    bad("`operationName` of another type", GOOD | {"operationName": 5}),
    bad("`extensions` of another type", GOOD | {"extensions": "text"}),
    bad("`documentId` of another type", {"documentId": 1}),
    bad("`documentId` and `query`", GOOD | {"documentId": "sha256:abc"}),
    case("`documentId` alone", {"documentId": "sha256:abc"}, "PERSISTED_DOCUMENT_NOT_FOUND"),
    unparsable("an empty document", ""),
    unparsable("half a GraphQL document", "{"),
    invalid("an unknown field", "{ unknown }"),
    invalid("a mutation", "mutation { a }"),
    invalid("a subscription", "subscription { a }"),
    invalid("the schema, where INTROSPECTION=off", "{ __schema { types { name } } }"),
    bad_document("two operations, none named", TWO),
    bad_document("two operations, another named", TWO, operationName="C"),
    bad_document("a variable that is missing", WITH_NUMBER),
    bad_document("a malformed NOMS number, as a variable", WITH_NUMBER, variables={"n": "Fenhale"}),
    bad_document("a malformed NOMS number, as a literal", NAMED),
    bad_document("a malformed prison id", '{ prison(id: "LEEDS") { id } }'),
    bad_document("a malformed cursor", PAGE % 'after: "x"'),
    bad_document("`first: 0`", PAGE % "first: 0"),
    too_much("`first: 1001`", {"query": PAGE % "first: 1001"}),
    too_much("6,000 words", {"query": "{" + " a" * 6000 + "}"}),
    too_much("6,000 tokens", {"query": "{ offenders(nomsNumbers: [" + "[]" * 3000 + "]) { crn } }"}),
    too_much("2,100 fields", {"query": '{ offender(nomsNumber: "G4273GI") {' + " crn" * 2100 + "} }"}),
    too_much("13 levels", {"query": "{ a" * 13 + "}" * 13}),
    too_much("31 aliases", {"query": '{ offender(nomsNumber: "G4273GI") {' + " a: crn" * 31 + "} }"}),
    too_much("21 root fields", {"query": "{" + " __typename" * 21 + "}"}),
    too_much("a body over MAX_BODY_BYTES", {"query": " " * 250_000}, 413),
    too_much("headers over 16 KiB", GOOD, 431, X_Padding="x" * 16_384),
    not_taken("no Content-Type", Content_Type=""),
    not_taken("Content-Type: text/plain", Content_Type="text/plain"),
    not_taken("Content-Type: multipart/form-data", Content_Type="multipart/form-data"),
    not_taken("a form", Content_Type="application/x-www-form-urlencoded"),
    not_taken("JSON in another charset", Content_Type="application/json; charset=utf-16"),
    not_taken("a compressed body", gzip.compress(json.dumps(GOOD).encode()), Content_Encoding="gzip"),
    bad("Accept: text/html", GOOD, 406, Accept="text/html"),
    case("no token", GOOD, "UNAUTHENTICATED", 401, Authorization=""),
    case("a malformed token", GOOD, "UNAUTHENTICATED", 401, Authorization="Bearer nonsense"),
    case("another scheme than Bearer", GOOD, "UNAUTHENTICATED", 401, Authorization="Basic dXNlcjpzZWNyZXQ="),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.what)
async def test_what_is_malformed_is_refused_with_words_and_asks_nobody(gw, stage, case):
    response = await gw.post(case.body, headers=case.headers)

    assert response.status_code == case.status, response.text
    assert set(response.json()) == {"errors"}
    for error in response.json()["errors"]:
        assert error["extensions"]["code"] == case.code
        assert error["extensions"]["correlationId"] == response.headers["x-correlation-id"]
        assert "Fenhale" not in error["message"]
    assert stage.prisoner_search.calls.count() == stage.delius.calls.count() == 0


async def test_the_table_of_malformed_requests_is_what_the_gateway_answers(gw, request):
    rows = []
    for case in CASES:
        response = await gw.post(case.body, headers=case.headers)
        older = await gw.post(case.body, headers=OLDER | case.headers)
        error = response.json()["errors"][0]
        message = error["message"].replace("|", "\\|")
        cells = [case.what, response.status_code, older.status_code, error["extensions"]["code"], message]
        rows.append(f"| {' | '.join(map(str, cells))} |\n")
    answered = INTRODUCTION + "".join(rows)

    if request.config.getoption("write_docs"):
        TABLE.write_text(answered, "utf-8")

    assert TABLE.read_text("utf-8") == answered, "run `make docs`, and read the difference"
