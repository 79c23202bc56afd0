"""Every command and every config in the README is executed, and ends as it is shown."""

import re
from pathlib import Path

import pytest
import yaml

from syncer.cli.main import COMMANDS, cli
from syncer.model.exits import Exit
from syncer.model.policy.config import Config
from tests.story.told import ROOT, follow, page

README = page(ROOT / "README.md")


def test_the_story_goes_as_told(tmp_path: Path) -> None:
    for block in README.of_kind("file"):
        (tmp_path / block.name).write_text(block.text, encoding="utf-8")
    assert len(README.commands()) >= 8
    follow(README, tmp_path, tmp_path)


def test_every_config_shown_is_valid() -> None:
    base = {
        "version": 1,
        "asana": {"sandbox": "tenant.json"},
        "directory": {"people": [{"format": "csv", "path": "people.csv"}]},
    }
    shown = README.of_kind("config")
    assert len(shown) == 2
    for block in shown:
        section = yaml.safe_load(block.text)[block.name]
        Config.model_validate({**base, block.name: section})


def test_the_exit_codes_are_all_there() -> None:
    rows = re.findall(r"^\| (\d+) \|", README.text, flags=re.MULTILINE)
    assert [int(row) for row in rows] == sorted(Exit)


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_is_told_of_and_has_help(name: str) -> None:
    assert f"syncer {name}" in README.text or f"`{name}`" in README.text
    command = cli.get_command(None, name)  # type: ignore[arg-type]  # the context is not used
    assert command is not None
    assert command.help


def test_links_lead_somewhere() -> None:
    assert not README.broken_links()


def test_the_one_check_runs_the_readme_s_own_command() -> None:
    commands = {block.name: block.text.strip() for block in README.of_kind("command")}
    assert commands["test"] in (ROOT / ".ci" / "run").read_text(encoding="utf-8")
