"""A log that may be shown and a bundle that may be sent: nobody's name or value is in them."""

import io
import json
import re
import zipfile
from pathlib import Path
from typing import Any

import pytest

from tests.story.harness import House
from tests.story.test_exit_codes import ALL

WORDS = (
    "lovelace",
    "hopper",
    "müller",
    "m\\u00fcller",
    "managing",
    "ada@",
    "grace@",
    "zoe@",
)
NUMBER = re.compile(r"(?<![\w.])0001(?!\w)")
"""As a value of its own: a digest may well have these digits in the middle."""


@pytest.fixture
def lived_in(house: House) -> House:
    """After two runs, the second with a row in doubt and a failure."""
    assert house.apply(*ALL).code == 0
    house.edit("people.csv", "zoe@example.com", "zoe at example")
    house.edit("people.csv", "Managing Director", "Managing Partner")
    house.apply()
    return house


def bundle(house: House, *arguments: str) -> dict[str, str]:
    path = house.folder / "bundle.zip"
    ended = house.syncer("support-bundle", "--out", str(path), *arguments)
    assert ended.code == 0, ended
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name).decode() for name in archive.namelist()}


def test_nobody_is_in_the_bundle_and_what_happened_is(lived_in: House) -> None:
    parts = bundle(lived_in)
    for name, text in parts.items():
        found = [word for word in WORDS if word in text.casefold()] + NUMBER.findall(text)
        assert not found, (name, found)
    runs = [name for name in parts if name.startswith("journals/")]
    assert len(runs) == 2
    lines = [json.loads(line) for name in runs for line in parts[name].splitlines()]
    assert lines[0]["entry"] == "header"
    outcomes = [one for one in lines if one["entry"] == "outcome"]
    assert {one["kind"] for one in outcomes} >= {"create_user", "create_team", "change_members"}
    created = next(one for one in outcomes if one["kind"] == "create_user")
    assert created["ref"] == f"create_user:{created['user']}"
    assert created["user"].endswith("@example.com")
    assert created["after"]["title"].startswith("~")
    assert created["scim_id"]


def test_neither_is_the_address_in_a_label(house: House) -> None:
    assert house.apply("--label", "approved-by-ada@example.com", "--label", "finance").code == 0
    (journal,) = (text for name, text in bundle(house).items() if name.startswith("journals/"))
    other, label = json.loads(journal.splitlines()[0])["labels"]
    assert label == "finance"
    assert other.startswith("~")
    assert other.endswith("@example.com")


def test_one_person_has_one_name_throughout(lived_in: House) -> None:
    parts = bundle(lived_in)
    runs = [text for name, text in sorted(parts.items()) if name.startswith("journals/")]
    users = [
        {
            one["user"]
            for one in map(json.loads, text.splitlines())
            if one.get("user", "").count("@")
        }
        for text in runs
    ]
    assert users[0] & users[1]


def test_versions_config_problems_and_memory_are_told(lived_in: House) -> None:
    parts = bundle(lived_in)
    assert json.loads(parts["about.json"])["libraries"]["httpx"]
    config = json.loads(parts["config.json"])
    assert config["asana"]["token"] == {"env": "ASANA_SCIM_TOKEN"}
    told = json.loads(parts["problems.json"])
    assert told["people_read"] == 3
    assert told["problems"] == {"record: people.csv": 1}
    assert json.loads(parts["memory.json"])["exists"] is True
    assert "Look it through" in parts["README.txt"]


def test_the_host_of_a_pushgateway_has_a_pseudonym_as_every_host(house: House) -> None:
    gateway = "metrics: {pushgateway: 'https://push.corp.internal:9091/gate'}\n"
    house.edit("syncer.yaml", "version: 1\n", f"version: 1\n{gateway}")
    parts = bundle(house)
    assert not [name for name, text in parts.items() if "corp.internal" in text]
    assert ":9091" in json.loads(parts["config.json"])["metrics"]["pushgateway"]


def test_the_number_of_runs_is_chosen(lived_in: House) -> None:
    assert len([name for name in bundle(lived_in, "--runs", "1") if "jsonl" in name]) == 1


def test_no_variable_of_the_environment_is_in_it(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ASANA_SCIM_TOKEN", "2/secret:0123456789")
    monkeypatch.setenv("SYNCER_HASH_KEY", "quite-secret")
    text = "".join(bundle(house).values())
    assert "ASANA_SCIM_TOKEN" in text
    assert "secret:" not in text
    assert "quite-secret" not in text


@pytest.mark.parametrize("damage", ["config", "journal", "ledger", "people"])
def test_what_is_damaged_is_told_in_its_place(lived_in: House, damage: str) -> None:
    paths = {
        "config": "syncer.yaml",
        "ledger": "syncer-ledger.sqlite",
        "people": "people.csv",
        "journal": str(
            next(Path(lived_in.folder, "journal").glob("*.jsonl")).relative_to(lived_in.folder)
        ),
    }
    if damage == "ledger":
        lived_in.edit("syncer.yaml", "version: 1", "version: 1\nledger: syncer-ledger.sqlite")
    lived_in.write(paths[damage], "ada@example.com {{ '\n\x00[\n")
    parts = bundle(lived_in)
    told = '"structural: people.csv": 1' if damage == "people" else '"error": '
    assert any(told in text for text in parts.values())
    assert "ada@" not in "".join(parts.values())


def test_nothing_is_overwritten(house: House) -> None:
    house.write("bundle.zip", "mine")
    ended = house.syncer("support-bundle", "--out", str(house.folder / "bundle.zip"))
    assert (ended.code, "there already" in ended.err) == (64, True)
    assert (house.folder / "bundle.zip").read_text(encoding="utf-8") == "mine"


def told_of(house: House, *arguments: str) -> Any:
    return house.syncer(*arguments, "--log-level", "debug", "--log-format", "json")


def test_errors_and_log_hide_people_where_that_is_wanted(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    house.edit("people.csv", "zoe@example.com", "ada@example.com")
    plain = told_of(house, "validate")
    assert "ada@example.com" in plain.err
    hidden = told_of(house, "validate", "--hash-people")
    assert "ada@" not in hidden.err
    assert "@example.com" in hidden.err
    assert hidden.err != told_of(house, "validate", "--hash-people").err
    monkeypatch.setenv("SYNCER_HASH_KEY", "kept")
    names = [
        {word for word in told_of(house, "validate", "--hash-people").err.split() if "~" in word}
        for _ in range(2)
    ]
    assert names[0] == names[1]
    nobody = told_of(house, "--hash-people", "plan", "--only", "ghost@example.com")
    assert "ghost@" not in nobody.err


def test_httpx_does_not_log_what_is_asked_for(house: House) -> None:
    buffer = io.StringIO()
    ended = told_of(house, "plan")
    buffer.write(ended.err)
    assert "HTTP Request" not in buffer.getvalue()
