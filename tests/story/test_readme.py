"""Every command and every config in the README is executed, and ends as it is shown."""

import re
from pathlib import Path

import pytest
import yaml

from syncer.cli.main import COMMANDS, cli
from syncer.core.policing.rules import check_policies
from syncer.core.policing.vocabulary import VOCABULARY
from syncer.model.exits import Exit
from syncer.model.origin import Origin
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
    assert len(shown) == 5
    for block in shown:
        config = Config.model_validate({**base, **yaml.safe_load(block.text)})
        assert not list(check_policies(config.policy, lambda *_: Origin(path="README.md")))


def test_every_name_that_a_policy_may_use_is_told_with_what_it_can_be() -> None:
    rows = {
        name: told
        for names, told in re.findall(r"^\| (`[^|]+`) \| (.+) \|$", README.text, re.MULTILINE)
        for name in re.findall(r"`(\w+)`", names)
    }
    assert rows.keys() >= VOCABULARY.keys()
    assert all(f"`{kind}`" in rows["kind"] for kind in VOCABULARY["kind"].values)


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
