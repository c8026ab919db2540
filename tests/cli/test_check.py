"""`offender-gateway check`: what it says of a stage that is well, and of each thing that is not."""

import pytest
from processes import output_of

from twins.faults import Fault


def outcomes(printed):
    return {line[8:].split(":")[0]: line.split()[0] for line in printed.splitlines()}


@pytest.mark.parametrize("way", ["sidecar", "direct"])
async def test_a_stage_that_is_well_is_ready_to_serve(stage, way):
    settings = stage.environment(**(stage.direct_mutual_tls() if way == "direct" else {}))

    status, printed = await output_of("check", environment=settings)

    assert status == 0, printed
    assert set(outcomes(printed).values()) == {"ok"}
    assert printed.splitlines()[-1].endswith("ready to serve")


async def test_a_number_that_is_expected_is_found(stage):
    status, printed = await output_of("check", environment=stage.environment(CHECK_NOMS_NUMBER="G4273GI"))

    assert status == 0, printed
    assert "G4273GI" not in printed


BROKEN = {
    "no person by that number": (
        {"CHECK_NOMS_NUMBER": "A0000AA"},
        {},
        "NOMIS by prisoner-search",
        "CHECK_NOMS_NUMBER",
    ),
    "a wrong secret": ({"HMPPS_AUTH_CLIENT_SECRET": "wrong"}, {}, "token", "HMPPS_AUTH_CLIENT_SECRET"),
    "a wrong address of HMPPS Auth": (
        {"HMPPS_AUTH_URL": "http://127.0.0.1:9/auth"},
        {},
        "token",
        "HMPPS_AUTH_URL",
    ),
    "no sidecar": ({"DELIUS_NDH_URL": "http://127.0.0.1:9/api"}, {}, "Delius by ndh", "DELIUS_NDH_URL"),
    "a role that is missing": (
        {},
        {"prisoner_search": Fault(status=403)},
        "NOMIS by prisoner-search",
        "ROLE_PRISONER_SEARCH__PRISONER__RO",
    ),
    "a Prison API that is down": (
        {},
        {"prison_api": Fault(status=503)},
        "prisons by the Prison API",
        "PRISON_API_URL",
    ),
}


@pytest.mark.parametrize(("settings", "faults", "step", "advice"), BROKEN.values(), ids=BROKEN.keys())
async def test_what_is_not_well_is_named_with_what_to_do(stage, settings, faults, step, advice):
    for twin, fault in faults.items():
        getattr(stage, twin).faults.put(fault)

    status, printed = await output_of("check", environment=stage.environment(**settings))

    line = next(line for line in printed.splitlines() if line[8:].startswith(step))
    assert status == 1
    assert line.startswith("FAILED")
    assert advice in line
    assert settings.get("HMPPS_AUTH_CLIENT_SECRET", "no secret") not in printed
