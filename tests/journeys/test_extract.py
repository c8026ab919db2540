"""Delius by the extract: a file of the real shape, which is replaced and broken while the gateway runs."""

import re
from contextlib import asynccontextmanager
from datetime import datetime

import pytest
from gateways import gateway
from waiting import until

from twins import hard_cases as people
from twins.delius_users import EXCLUDED_USER, TRUSTED_USER
from twins.extract import HEADERS, OF_17_COLUMNS, rows_of, write_csv, write_xlsx
from twins.faults import Fault

STATES = """
query ($n: [NomsNumber!]!) {
  offenders(nomsNumbers: $n) { lastName tier { code } probationRecord { status warnings route } }
}
"""
WHOLE = """
query ($n: [NomsNumber!]!) {
  offenders(nomsNumbers: $n) {
    crn tier { code } resourcing mappaLevel
    caseHandler {
      organisation allocatedOn provider { code description }
      officer { code forenames surname email telephone }
      team { code name telephone localDeliveryUnit { code description } }
    }
    probationRecord { status warnings route retrievedAt }
  }
}
"""
TIER = '{ offender(nomsNumber: "G4273GI") { lastName tier { code } probationRecord { status } } }'


@pytest.fixture(scope="module")
def rows(_stage):
    return rows_of(_stage.population)


@pytest.fixture(scope="module", params=["csv", "xlsx"])
async def by_extract(_stage, rows, request, tmp_path_factory):
    file = tmp_path_factory.mktemp("extract") / f"extract.{request.param}"
    {"csv": write_csv, "xlsx": write_xlsx}[request.param](file, rows)
    settings = {**_stage.route("extract", access=True), "DELIUS_EXTRACT_FILE": str(file)}
    async with gateway(settings) as running:
        await until(lambda: metrics(running))
        yield running


@pytest.fixture
def gw(by_extract, token):
    by_extract.token = token()
    return by_extract


@pytest.fixture
def on_file(stage, token, tmp_path):
    """Run a gateway on a file of this test's own, once it has looked at it."""

    @asynccontextmanager
    async def run(name="extract.csv"):
        settings = {**stage.route("extract", access=True), "DELIUS_EXTRACT_FILE": str(tmp_path / name)}
        async with gateway(settings, token()) as running:
            await until(lambda: metrics(running))
            yield running

    return run


async def metrics(gw):
    """Return the metrics of the extract by name and labels."""
    text = (await gw.http.get(f"{gw.url}/metrics")).text
    found = re.findall(r"^gateway_extract_(\S+) (\S+)$", text, re.MULTILINE)
    return {name: float(value) for name, value in found}


async def loads(gw, outcome):
    return (await metrics(gw)).get(f'loads_total{{outcome="{outcome}"}}', 0)


def person(rows, number):
    return next(row for row in rows if row.get("NOMS No") == number)


async def tier(gw):
    return (await gw.ask(TIER))["data"]["offender"]["tier"]


async def test_a_person_is_answered_with_all_that_the_row_tells_after_one_check(gw, stage):
    answer = await gw.ask(WHOLE, n=["G4273GI", "G4273GI"])

    expected = {
        "crn": "X100001",
        "tier": {"code": "B1"},
        "resourcing": None,
        "mappaLevel": 2,
        "caseHandler": {
            "organisation": "NPS",
            "allocatedOn": None,
            "provider": {"code": "N03", "description": "NPS Wales"},
            "officer": {
                "code": None,
                "forenames": "Rhiannon Mai",
                "surname": "Trevethick",
                "email": None,
                "telephone": None,
            },
            "team": {
                "code": "N03T01",
                "name": "Gwent OMU 1",
                "telephone": None,
                "localDeliveryUnit": {"code": "N03GWT", "description": "Gwent"},
            },
        },
    }
    assert "errors" not in answer
    for one in answer["data"]["offenders"]:
        how = one.pop("probationRecord")
        assert one == expected
        assert (how["status"], how["warnings"], how["route"]) == ("FOUND", [], "EXTRACT")
    assert [(call.query, call.body) for call in stage.access.calls] == [("", {"crns": ["X100001"]})]


STATES_OF = {
    people.TOBIAS_FENHALE: ("FOUND", []),
    people.NUMBER_PADDED_IN_DELIUS: ("FOUND", []),
    people.IVOR_PELLSTONE: ("FOUND", ["DATE_OF_BIRTH_DIFFERS"]),
    people.BORN_ANOTHER_DAY: ("FOUND", ["DATE_OF_BIRTH_DIFFERS"]),
    people.BIRTH_UNKNOWN_TO_DELIUS: ("FOUND", ["IDENTITY_UNCHECKED"]),
    people.TIER_ABSENT: ("FOUND", ["TIER_NOT_RECORDED"]),
    people.NUMBER_ABSENT_IN_DELIUS: ("NOT_FOUND", []),
    people.SOFT_DELETED: ("NOT_FOUND", []),
    people.TWO_DELIUS_RECORDS: ("AMBIGUOUS", []),
    people.RESTRICTED: ("RESTRICTED", []),
    people.EXCLUDED: ("FOUND", []),
}


@pytest.mark.parametrize(("number", "expected"), STATES_OF.items())
async def test_each_state_is_told(gw, number, expected):
    answer = await gw.ask(STATES, n=[number])

    record = answer["data"]["offenders"][0]["probationRecord"]
    assert (record["status"], record["warnings"]) == expected
    assert "errors" not in answer


@pytest.mark.parametrize(
    ("user", "expected"), [(TRUSTED_USER, ["FOUND", "FOUND"]), (EXCLUDED_USER, ["RESTRICTED", "RESTRICTED"])]
)
async def test_a_delius_user_sees_whom_the_check_lets_them_see(gw, delius_user, user, expected):
    answer = await gw.ask(STATES, token=delius_user(user), n=[people.RESTRICTED, people.EXCLUDED])

    assert [one["probationRecord"]["status"] for one in answer["data"]["offenders"]] == expected


async def test_without_the_check_nobody_is_shown(gw, stage):
    stage.access.faults.put(Fault(status=503))

    answer = await gw.ask(STATES, n=["G4273GI"])

    (one,) = answer["data"]["offenders"]
    assert (one["lastName"], one["tier"]) == ("FENHALE", None)
    assert one["probationRecord"]["status"] == "UNAVAILABLE"


async def test_with_17_columns_the_dates_cannot_be_compared(on_file, rows, tmp_path):
    write_xlsx(tmp_path / "extract.xlsx", rows, OF_17_COLUMNS)

    async with on_file("extract.xlsx") as gw:
        answer = await gw.ask(STATES, n=["G4273GI", people.BORN_ANOTHER_DAY])

    for one in answer["data"]["offenders"]:
        assert one["probationRecord"]["status"] == "FOUND"
        assert one["probationRecord"]["warnings"] == ["IDENTITY_UNCHECKED"]


async def test_a_new_file_is_taken_up_and_says_when_it_was_written(on_file, rows, tmp_path):
    file = tmp_path / "extract.csv"
    write_csv(file, rows)
    changed = {**person(rows, "G4273GI"), "Tier Cd (OMT)": "D2"}

    async with on_file() as gw:
        before = await tier(gw)
        write_csv(file, [changed])
        await until(lambda: changed_tier(gw, "D2"))
        answer = await gw.ask(WHOLE, n=["G4273GI"])
        told = await metrics(gw)

    assert before == {"code": "B1"}
    (one,) = answer["data"]["offenders"]
    retrieved_at = datetime.fromisoformat(one["probationRecord"]["retrievedAt"])
    assert abs(retrieved_at.timestamp() - file.stat().st_mtime) < 1
    assert told["file_timestamp_seconds"] == pytest.approx(file.stat().st_mtime)
    assert told['rows{kind="held"}'] == 1


async def changed_tier(gw, code):
    return await tier(gw) == {"code": code}


BROKEN = {
    "no_spreadsheet": b"PK\x03\x04 and then nothing of a workbook",
    "headers": b"CRN,NOMS Number\nX100001,G4273GI\n",
    "no_rows": f"{','.join(HEADERS)}\n".encode(),
}


@pytest.mark.parametrize(("outcome", "content"), BROKEN.items(), ids=BROKEN)
async def test_a_broken_file_leaves_the_one_before_in_use_and_is_seen(
    on_file, rows, tmp_path, outcome, content
):
    file = tmp_path / "extract.csv"
    write_csv(file, rows)

    async with on_file() as gw:
        before = await metrics(gw)
        file.write_bytes(content)
        await until(lambda: loads(gw, outcome))
        answer, after = await tier(gw), await metrics(gw)

    assert answer == {"code": "B1"}
    assert "failed_timestamp_seconds" not in before
    assert (before["broken"], after["broken"]) == (0, 1)
    assert after["failed_timestamp_seconds"] > after["file_timestamp_seconds"]
    same = [name for name in before if name.startswith(("file_", "rows"))]
    assert len(same) == 6
    assert [after[name] for name in same] == [before[name] for name in same]


async def test_without_a_file_everybody_is_unavailable_until_one_comes(on_file, rows, tmp_path):
    async with on_file() as gw:
        answer = await gw.ask(TIER)
        health = await gw.http.get(f"{gw.url}/health/readiness")
        failed = await loads(gw, "unreadable")
        write_csv(tmp_path / "extract.csv", rows)
        await until(lambda: loads(gw, "taken_up"))
        afterwards, told = await tier(gw), await metrics(gw)

    (offender,) = answer["data"].values()
    assert (offender["lastName"], offender["probationRecord"]["status"]) == ("FENHALE", "UNAVAILABLE")
    (error,) = answer["errors"]
    assert error["extensions"]["code"] == "DELIUS_UNAVAILABLE"
    assert error["extensions"]["route"] == "EXTRACT"
    assert health.status_code == 200
    assert failed == 1
    assert afterwards == {"code": "B1"}
    assert told["broken"] == 0


async def test_what_is_left_out_is_counted(on_file, rows, tmp_path):
    tobias = person(rows, "G4273GI")
    nameless = {header: text for header, text in tobias.items() if header != "NOMS No"}
    malformed = {**tobias, "NOMS No": "G4273"}
    other = person(rows, people.MARCUS_OLDROYD_QUAY)
    write_csv(tmp_path / "extract.csv", [other, tobias, tobias, nameless, malformed, malformed, {}])

    async with on_file() as gw:
        answer = await gw.ask(STATES, n=["G4273GI", people.MARCUS_OLDROYD_QUAY])
        told = await metrics(gw)

    assert [one["probationRecord"]["status"] for one in answer["data"]["offenders"]] == ["AMBIGUOUS", "FOUND"]
    assert {name: count for name, count in told.items() if name.startswith("rows")} == {
        'rows{kind="held"}': 1,
        'rows{kind="doubled"}': 2,
        'rows{kind="without_number"}': 1,
        'rows{kind="malformed_number"}': 2,
        'rows{kind="shifted"}': 0,
    }


async def test_an_odd_value_fails_its_own_field(on_file, rows, tmp_path):
    odd = {"Birth Dt (O)": "1985-03-19", "MAPPA Y/N": "perhaps"}
    write_csv(tmp_path / "extract.csv", [{**person(rows, "G4273GI"), **odd}])

    async with on_file() as gw:
        answer = await gw.ask(WHOLE, n=["G4273GI"])

    (one,) = answer["data"]["offenders"]
    assert (one["tier"], one["mappaLevel"]) == ({"code": "B1"}, None)
    assert one["probationRecord"]["status"] == "FOUND"
    assert one["probationRecord"]["warnings"] == ["IDENTITY_UNCHECKED"]
    assert [error["path"] for error in answer["errors"]] == [["offenders", 0, "mappaLevel"]]
    assert "perhaps" not in str(answer)
