"""Whole runs through the real command line, in this process, on a sandbox in a folder."""

import contextlib
import io
import json
import textwrap
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from syncer.cli.main import run
from syncer.sandbox import Sandbox

PEOPLE = """\
employeeNumber,mail,givenName,sn,title,department,manager,status
0001,ada@example.com,Ada,Lovelace,Managing Director,Executive,,active
0002,grace@example.com,Grace,Hopper,Engineer,Engineering,ada@example.com,active
0003,zoe@example.com,Zoë,Müller,Engineer,Engineering,grace@example.com,active
"""

CONFIG = """\
version: 1
asana:
  sandbox: tenant.json
  domains: [example.com]
directory:
  people:
    - {format: csv, path: people.csv}
  key: employeeNumber
mapping:
  userName: mail
  name.formatted: "{{ givenName }} {{ sn }}"
  title: title
  department: department
  manager: manager
  employeeNumber: employeeNumber
teams:
  - {name: Engineering, when: "department == 'Engineering'"}
"""


@dataclass(frozen=True)
class Ended:
    """How a command line ended."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


@dataclass(frozen=True)
class House:
    """A folder with a config, a directory and a sandbox tenant."""

    folder: Path

    def write(self, name: str, text: str | bytes) -> Path:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        content = text if isinstance(text, bytes) else textwrap.dedent(text).encode()
        path.write_bytes(content)
        return path

    def edit(self, name: str, old: str, new: str) -> None:
        path = self.folder / name
        text = path.read_text(encoding="utf-8")
        assert old in text, f"{old!r} is not in {name}"
        path.write_text(text.replace(old, new), encoding="utf-8")

    def syncer(self, *arguments: str) -> Ended:
        out, err = io.StringIO(), io.StringIO()
        config = ("-c", str(self.folder / "syncer.yaml"))
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            code = run([*config, "--log-level", "error", *arguments])
        return Ended(int(code), out.getvalue(), err.getvalue())

    def plan(self, *arguments: str) -> Ended:
        return self.syncer("plan", *arguments)

    def apply(self, *arguments: str) -> Ended:
        return self.syncer("apply", "--yes", *arguments)

    def sandbox(self) -> Sandbox:
        return Sandbox.open(self.folder / "tenant.json")

    def tenant(self) -> Any:
        return json.loads((self.folder / "tenant.json").read_text(encoding="utf-8"))


def furnish(folder: Path, config: str = CONFIG, people: str = PEOPLE) -> House:
    """A house with these files and an empty tenant."""
    house = House(folder)
    house.write("syncer.yaml", config)
    house.write("people.csv", people)
    return house
