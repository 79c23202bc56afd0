"""`syncer why` on the real command line: every source, every name, and never a write."""

import csv
import json
from pathlib import Path
from typing import Any

import pytest

from syncer.cli.main import run
from tests.render.golden import agrees
from tests.render.laws import stands_still
from tests.story.harness import PEOPLE, Ended, House, furnish
from tests.story.test_directories import ACTIVE_DIRECTORY, OPENLDAP, SAMPLES, YAML_PEOPLE
from tests.story.test_exit_codes import leavers

QUICKSTART = Path(__file__).parents[2] / "configs" / "quickstart"
DOMAIN = "kranich.example"

ACTING = {"deactivate", "create", "change", "held"}
MEMBERS = "change_members"


def quickstart(folder: Path) -> House:
    house = House(folder)
    for path in QUICKSTART.iterdir():
        house.write(path.name, path.read_bytes())
    return house


def verdict(ended: Ended) -> str:
    """The headline, unfolded."""
    assert ended.code == 0, ended.err
    head, _, _ = ended.out.partition("\n\nDirectory")
    return " ".join(head.split()).removeprefix("why: nothing is changed in Asana ")


def actions_about(plan: Any, user: Any, address: str) -> set[str]:
    """The refs of a plan that are about one user, or about a person who is yet to come."""
    found = set()
    for action in plan["actions"]:
        scim_id = action.get("scim_id")
        if action["kind"] == MEMBERS:
            members = (*action["add"], *action["remove"])
            mine = any(
                one["scim_id"] == user if one["scim_id"] else one["user"] == address
                for one in members
            )
        elif "user_name" in action:
            mine = scim_id == user if scim_id else action["user_name"] == address
        else:
            continue
        found |= {action["ref"]} if mine else set()
    return found


def test_everybody_of_the_quickstart_is_told_as_the_plan_tells(tmp_path: Path) -> None:
    house = quickstart(tmp_path)
    plan = house.plan("--format", "json").json["plan"]
    before = house.tenant()
    with (tmp_path / "people.csv").open(encoding="utf-8") as rows:
        people = [(row["Mail"], line) for line, row in enumerate(csv.DictReader(rows), start=2)]
    lines = dict(people)
    told = set()
    users = [user["userName"] for user in before["users"] if not user.get("guest")]
    for address in dict.fromkeys((*lines, *users)):
        ended = house.syncer("why", address, "--format", "json")
        assert ended.code == 0, ended.err
        for person in ended.json["people"]:
            user = (person["match"]["user"] or {}).get("scim_id")
            refs = {one["ref"] for one in (*person["plan"]["actions"], *person["plan"]["members"])}
            assert refs == actions_about(plan, user, person["name"])
            assert bool(refs) == (person["verdict"] in ACTING)
            told |= refs
        text = house.syncer("why", address)
        stands_still(text.out, 80, places=placed(tmp_path))
        if address in lines:
            assert f"people.csv:{lines[address]}" in text.out
    people_refs = {one["ref"] for one in plan["actions"] if not one["kind"].endswith("_team")}
    assert told == people_refs
    assert house.tenant() == before


def placed(folder: Path) -> set[str]:
    """Places of the config may stand on lines of their own, however long the folder's name."""
    lines = range(1, 200)
    return {f"({folder}/syncer.yaml:{line})" for line in lines}


@pytest.mark.parametrize(
    "name",
    [
        "lars.holm",
        "fatima.elamrani",
        "siobhan.oneill",
        "ilse.vogt",
        "henrike.kranich",
        "marco.bianchi",
        "chloe.baptiste",
        "breakglass",
    ],
)
def test_typical_people_are_told_like_this(
    name: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    quickstart(tmp_path)
    monkeypatch.chdir(tmp_path)
    assert run(["--log-level", "error", "why", f"{name}@{DOMAIN}"]) == 0
    agrees(f"why-{name}", capsys.readouterr().out)


def test_one_of_them_as_json_is_like_this(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    quickstart(tmp_path)
    monkeypatch.chdir(tmp_path)
    assert run(["--log-level", "error", "why", f"noam.peretz@{DOMAIN}", "--format", "json"]) == 0
    agrees("why-json", capsys.readouterr().out)


def test_a_doubled_row_shows_both(house: House) -> None:
    house.write(
        "people.csv", f"{PEOPLE}0003,zoe2@example.com,Zoe,M,Engineer,Engineering,,active\n"
    )
    ended = house.syncer("why", "0003")
    assert verdict(ended).startswith(
        "2 people could be meant by 0003: 1. zoe@example.com: unknown"
    )
    assert "people.csv:4" in ended.out
    assert "people.csv:5" in ended.out


def test_a_person_in_yaml(house: House) -> None:
    house.write("people.yaml", YAML_PEOPLE)
    house.edit(
        "syncer.yaml", "{format: csv, path: people.csv}", "{format: yaml, path: people.yaml}"
    )
    house.edit("syncer.yaml", "{{ givenName }} {{ sn }}", "{{ name }}")
    for line in ("  department: department\n", "  manager: manager\n"):
        house.edit("syncer.yaml", line, "")
    house.edit("syncer.yaml", "when: \"department == 'Engineering'\"", "groups: [leads, eng]")
    house.edit("syncer.yaml", "key:", "groups: [{format: yaml, path: people.yaml}]\n  key:")
    ended = house.syncer("why", "00124")
    assert "joins team Engineering" in verdict(ended)
    assert "people.yaml:3" in ended.out
    assert "people.yaml:5" in ended.out  # the group that puts the person into the team


@pytest.mark.parametrize(
    "asked", ["ADA@example.com", "ada", "1032", "UID=Ada, ou=people, dc=example, dc=com"]
)
def test_an_entry_of_an_ldif_export_by_each_of_its_names(house: House, asked: str) -> None:
    house.write("syncer.yaml", OPENLDAP)
    export = (SAMPLES / "openldap" / "ldapsearch-L0-with-comments.ldif").read_bytes()
    house.write("export.ldif", export)
    ended = house.syncer("why", asked)
    assert verdict(ended).startswith("ada@example.com: will be created: in the directory, not in")
    assert "export.ldif:49" in ended.out
    assert "uid=ada,ou=people,dc=example,dc=com" in ended.out


def test_nobody_is_answered_with_near_misses(house: House) -> None:
    ended = house.syncer("why", "zoo@example.com")
    assert (ended.code, ended.out) == (64, "")
    assert "nobody is called 'zoo@example.com'" in ended.err
    assert "hint: did you mean zoe@example.com?" in ended.err


def test_a_near_miss_cannot_write_on_the_terminal(house: House) -> None:
    house.edit("people.csv", "zoe@example.com", "zoe\x1b[2J@example.com")
    ended = house.syncer("why", "zoe\x1b[2K@example.com")
    assert ended.code == 64
    assert "did you mean zoe\\x1b[2J@example.com?" in ended.err
    assert "\x1b" not in ended.err


def test_nobody_in_an_ldif_export_may_be_an_entry_that_is_not_read(house: House) -> None:
    house.write("syncer.yaml", OPENLDAP)
    export = SAMPLES / "openldap" / "ldapsearch-L0-with-comments.ldif"
    house.write("export.ldif", export.read_bytes())
    ended = house.syncer("why", "cn=nobody,dc=nowhere")
    assert ended.code == 64
    assert "only entries that 'select' takes are people" in ended.err


def test_what_stops_a_plan_stops_why(house: House) -> None:
    house.edit("people.csv", "title", "job")
    planned, ended = house.plan(), house.syncer("why", "zoe@example.com")
    assert (planned.code, ended.code) == (64, 64)
    assert ended.err == planned.err
    assert not ended.out


def test_a_guard_that_refuses_does_not_silence_why(house: House) -> None:
    leavers(house, 12)
    assert house.plan().code == 3
    ended = house.syncer("why", "leaver3@example.com")
    assert ended.code == 0
    assert "guard deactivate refuses this run" in " ".join(ended.out.split())
    assert "--allow deactivate=" in ended.out


def test_json_has_the_same_people_in_a_versioned_document(house: House) -> None:
    ended = house.syncer("why", "ZOE@example.com", "--format", "json")
    assert ended.code == 0
    document = ended.json
    assert document["format_version"] == 1
    (person,) = document["people"]
    assert person["verdict"] == "create"
    assert person["directory"]["records"] == [{"path": "people.csv", "line": 4}]
    assert person["plan"]["actions"][0]["kind"] == "create_user"
    again = house.syncer("why", "ZOE@example.com", "--format", "json")
    assert json.dumps(document) == json.dumps(again.json)


def test_why_needs_a_person(house: House) -> None:
    ended = house.syncer("why")
    assert ended.code == 64
    assert "missing argument" in ended.err


def test_an_account_that_active_directory_disabled(tmp_path: Path) -> None:
    house = furnish(tmp_path, ACTIVE_DIRECTORY)
    for name, sample in (("users", "users-paged"), ("groups", "groups-LLL")):
        house.write(f"{name}.ldif", (SAMPLES / "active-directory" / f"{sample}.ldif").read_bytes())
    ended = house.syncer("why", "lea.ver@example.com")
    text = verdict(ended)
    assert text.startswith("lea.ver@example.com: nothing to do: inactive: userAccountControl is")
    assert "disabled, and not in Asana" in text
    assert "users.ldif:" in ended.out
