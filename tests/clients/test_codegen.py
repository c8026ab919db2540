"""TypeScript out of the committed schema and the clients' operations: what compiles, and what must not."""

import shutil

import pytest
from node_programs import CLIENTS, run


@pytest.fixture(scope="module")
async def generated(node_packages, tmp_path_factory):
    """Generate the types into a folder that has the programs over them, and the packages that those use."""
    folder = tmp_path_factory.mktemp("codegen")
    shutil.copytree(CLIENTS / "typed", folder, dirs_exist_ok=True)
    (folder / "node_modules").symlink_to(node_packages)
    ended = await run(
        *(node_packages / ".bin" / "graphql-codegen", "--config", "codegen.yml"),
        environment={"FOLDER": str(folder)},
    )
    assert ended.status == 0, ended.printed + ended.said
    return folder


async def compiled(folder, program):
    return await run(folder / "node_modules" / ".bin" / "tsc", "--noEmit", "--strict", folder / program)


async def test_a_program_that_reads_by_the_generated_types_compiles(generated):
    ended = await compiled(generated, "reads.ts")

    assert (ended.status, ended.printed) == (0, "")


async def test_a_program_that_reads_a_field_that_is_not_there_does_not_compile(generated):
    ended = await compiled(generated, "misreads.ts")

    assert ended.status != 0
    (error,) = ended.printed.splitlines()
    assert "misreads.ts" in error
    assert "TS2339: Property 'shoeSize' does not exist on type" in error
