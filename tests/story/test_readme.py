"""Every command and every config in the README is executed, and ends as it is shown."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from syncer.cli.main import COMMANDS, cli
from syncer.model.exits import Exit
from syncer.model.policy.config import Config

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
BLOCK = re.compile(r"(?:<!-- (\w+): ([\w.]+) -->\n)?```(\w+)\n(.*?)```", re.DOTALL)
BLOCKS = [match.groups() for match in BLOCK.finditer(README)]


def sessions() -> list[tuple[str, str]]:
    """Every command of the console blocks with the output shown below it."""
    found = []
    for _, _, language, text in BLOCKS:
        if language == "console":
            for part in re.split(r"^\$ ", text, flags=re.MULTILINE)[1:]:
                command, _, output = part.partition("\n")
                found.append((command, output))
    return found


def as_pattern(output: str) -> re.Pattern[str]:
    """The shown output, where `...` stands for anything."""
    return re.compile(".*?".join(map(re.escape, output.rstrip("\n").split("..."))), re.DOTALL)


def test_the_story_goes_as_told(tmp_path: Path) -> None:
    for kind, name, _, text in BLOCKS:
        if kind == "file":
            (tmp_path / name).write_text(text, encoding="utf-8")
    programs = tmp_path / "bin"
    programs.mkdir()
    (programs / "syncer").write_text(f'#!/bin/sh\nexec {sys.executable} -m syncer "$@"\n')
    (programs / "syncer").chmod(0o755)
    environment = {
        "PATH": f"{programs}:{os.environ['PATH']}",
        "PYTHONPATH": str(ROOT),
        "HOME": str(tmp_path),
        "LANG": "C.UTF-8",
    }
    commands = sessions()
    assert len(commands) >= 8
    for command, shown in commands:
        # On a terminal the log is quiet below warnings; here there is none.
        quiet = command.replace("syncer ", "syncer --log-level warning ", 1)
        done = subprocess.run(
            ["/bin/sh", "-c", f"{quiet} 2>&1"],  # a shell is what readers type into
            cwd=tmp_path,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, (command, done.stdout)
        assert as_pattern(shown).fullmatch(done.stdout.rstrip("\n")), (command, done.stdout)


def test_every_config_shown_is_valid() -> None:
    base = {
        "version": 1,
        "asana": {"sandbox": "tenant.json"},
        "directory": {"people": [{"format": "csv", "path": "people.csv"}]},
    }
    shown = [(name, text) for kind, name, _, text in BLOCKS if kind == "config"]
    assert len(shown) == 2
    for name, text in shown:
        Config.model_validate({**base, name: yaml.safe_load(text)[name]})


def test_the_exit_codes_are_all_there() -> None:
    rows = re.findall(r"^\| (\d+) \|", README, flags=re.MULTILINE)
    assert [int(row) for row in rows] == sorted(Exit)


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_is_told_of_and_has_help(name: str) -> None:
    assert f"syncer {name}" in README or f"`{name}`" in README
    command = cli.get_command(None, name)  # type: ignore[arg-type]  # the context is not used
    assert command is not None
    assert command.help


def test_links_lead_somewhere() -> None:
    for target in re.findall(r"\]\(([^)#]+)\)", README):
        assert target.startswith("https://") or (ROOT / target).exists(), target


def test_the_one_check_runs_the_readme_s_own_command() -> None:
    commands = {name: text.strip() for kind, name, _, text in BLOCKS if kind == "command"}
    assert commands["test"] in (ROOT / ".ci" / "run").read_text(encoding="utf-8")
