"""What the pipelines of both forges need: a tenant on a port, a repository, a program."""

import subprocess
import sys
import textwrap
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from tests.story.forge import Repository
from tests.story.harness import CONFIG, House, furnish
from tests.story.test_sandbox_command import served
from tests.story.told import ROOT, page

OWNED = """\
policy:
  - name: owner
    forbid: "team == 'Engineering' and 'owner:ada' not in labels"
    message: a change of team Engineering wants the label of its owner
"""
"""A rule that wants a label."""

PROGRAM = """\
#!{python}
import pathlib, runpy, sys
sys.path.insert(0, {root!r})
with pathlib.Path(__file__).with_name("calls").open("a") as calls:
    calls.write("\\t".join(sys.argv[1:]) + "\\n")
sys.argv[1:1] = ["--log-level", "warning"]
runpy.run_module("syncer", run_name="__main__")
"""


@dataclass(frozen=True)
class Company:
    """A repository with a pipeline, a config and an export, and the tenant that it is about."""

    house: House
    repository: Repository
    programs: Path
    token: str

    def tenant(self) -> bytes:
        """The tenant, byte for byte."""
        return (self.repository.home / "tenant.json").read_bytes()

    def commit(self, **edits: tuple[str, str]) -> str:
        """The commit after these edits of the export, each of old into new."""
        for old, new in edits.values():
            self.house.edit("people.csv", old, new)
        return self.repository.commit()

    def labels(self, command: str) -> list[str]:
        """The labels that the last call of this command was given."""
        *_, call = [call for call in self.calls() if call[0] == command]
        return [value for word, value in pairwise(call) if word == "--label"]

    @contextmanager
    def tampered(self, code: str) -> Iterator[None]:
        """While the block lasts, `syncer` first does this."""
        program = self.programs / "syncer"
        whole = program.read_text(encoding="utf-8")
        start = "runpy.run_module"
        program.write_text(whole.replace(start, f"{code}\n{start}"), encoding="utf-8")
        try:
            yield
        finally:
            program.write_text(whole, encoding="utf-8")

    def calls(self) -> list[list[str]]:
        """The command lines that `syncer` was given."""
        lines = (self.programs / "calls").read_text(encoding="utf-8").splitlines()
        return [line.split("\t") for line in lines]


@contextmanager
def company(folder: Path, pipeline: str, marked: str) -> Iterator[Company]:
    """A company that copied the folder of a pipeline as its page says, with `syncer` installed.

    `marked` is the line of the pipeline that an administrator changes who has it installed.
    """
    repository = Repository.create(folder)
    told = page(ROOT / "configs" / pipeline / "README.md")
    blocks = {block.language: textwrap.dedent(block.text) for block in told.blocks}
    setup, memory = blocks["sh"], blocks["yaml"]
    copying = setup.replace("YOUR-REPOSITORY", str(repository.work))
    subprocess.run(["/bin/sh", "-e", "-c", copying], cwd=ROOT, check=True)
    changed = 0
    for path in repository.work.rglob("*.yml"):
        text = path.read_text(encoding="utf-8")
        changed += text.count(marked)
        path.write_text(text.replace(marked, 'SYNCER_REPOSITORY: "" #'), encoding="utf-8")
    assert changed
    programs = folder / "programs"
    programs.mkdir()
    program = PROGRAM.format(python=sys.executable, root=str(ROOT))
    (programs / "syncer").write_text(program, encoding="utf-8")
    (programs / "syncer").chmod(0o755)
    (programs / "python3").symlink_to(sys.executable)
    with served(folder / "tenant.json") as (_, tenant):
        config = CONFIG.replace(
            "sandbox: tenant.json",
            f"base_url: {tenant['base_url']}\n  token: {{env: ASANA_SCIM_TOKEN}}",
        )
        house = furnish(repository.work, memory + config)
        yield Company(house, repository, programs, tenant["token"])
