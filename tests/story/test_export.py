"""`syncer export`: what it writes plans to nothing, and what it leaves out it tells."""

import json
import shutil
from pathlib import Path

import pytest
import yaml

from syncer.cli.main import run
from tests.story.exporting import BLANK, TEAMS, USERS, contents, export, fill, is_empty, out
from tests.story.harness import House
from tests.story.test_laws import writes
from tests.story.told import ROOT

CONFIGS = sorted(path.parent.name for path in (ROOT / "configs").glob("*/tenant.json"))
PROFILES = [("strict", 0), ("lenient", 0), *(("hostile", seed) for seed in range(12))]


def moved_in(name: str, folder: Path, profile: str = "strict", seed: int = 0) -> House:
    shutil.copytree(ROOT / "configs" / name, folder, dirs_exist_ok=True)
    house = House(folder)
    tenant = house.tenant()
    tenant.update(profile=profile, seed=seed)
    house.write("tenant.json", json.dumps(tenant))
    return house


@pytest.mark.usefixtures("no_waiting")
@pytest.mark.parametrize(("profile", "seed"), PROFILES)
@pytest.mark.parametrize("name", CONFIGS)
def test_every_example_is_exported_whatever_the_tenant_answers(
    name: str, profile: str, seed: int, tmp_path: Path
) -> None:
    house = moved_in(name, tmp_path, profile, seed)
    before = house.tenant()["users"], house.tenant()["groups"]
    with writes() as seen:
        ended = house.syncer("export", "--out", str(out(house).folder))
    assert not seen
    assert (house.tenant()["users"], house.tenant()["groups"]) == before
    if ended.code == 1 and profile == "hostile":
        assert not out(house).folder.exists(), "a reading that failed writes nothing"
        return
    assert ended.code == 0, ended
    planned = out(house).plan("--detailed-exitcode")
    assert planned.code == 0 or (planned.code == 1 and profile == "hostile"), planned
    assert out(house).syncer("validate").code == 0


@pytest.mark.parametrize("name", CONFIGS)
def test_before_and_after_an_apply_and_twice(name: str, tmp_path: Path) -> None:
    house = moved_in(name, tmp_path)
    exported = export(house)
    assert is_empty(exported)
    assert house.apply("--allow", "deactivate=9").code == 0
    export(house)
    assert is_empty(exported)
    first = contents(exported.folder)
    export(house)
    assert contents(exported.folder) == first
    assert exported.syncer("export", "--out", str(exported.folder)).code == 0
    assert contents(exported.folder) == first, "an export of an export is the same"
    assert house.plan("--detailed-exitcode").code == 0


def test_what_it_tells(varied: House) -> None:
    varied.edit("syncer.yaml", "teams:", "protected: {users: [svc-*]}\nteams:")
    varied.edit("syncer.yaml", "svc-*", "svc-*@example.com")
    ended = varied.syncer("export", "--out", str(out(varied).folder))
    config = out(varied).folder / "syncer.yaml"
    assert ended.out == (
        f"{config}: written, with 3 people and 3 teams; a plan on it is empty: "
        f"syncer -c {config} plan\n"
    )
    assert ended.err.splitlines() == [
        "left out: 1 user: deactivated: gone@example.com",
        "left out: 1 user: outside asana.domains: ext@other.example",
        "left out: 1 user: the address reads like a distinguished name: o=brien@example.com",
        f"left as it is in Asana: title of 1 person: {BLANK}",
    ]
    assert is_empty(out(varied))
    files = contents(out(varied).folder)
    assert [*files] == [
        "people.yaml",
        "syncer.yaml",
        "teams/core.yaml",
        "teams/empty.yaml",
        "teams/growth-sales-1f51750b3612.yaml",
    ]
    assert yaml.safe_load(files["people.yaml"])["people"] == [
        {
            "mail": "ada@example.com",
            "displayName": "Ada",
            "manager": "bob@example.com",
            "license": "enterprise",
        },
        {
            "mail": "bob@example.com",
            "displayName": "bob",
            "title": "00123",
            "employeeNumber": "0002",
            "license": "enterprise",
        },
        {"mail": "svc-1@example.com", "displayName": "svc-1", "license": "enterprise"},
    ]
    assert b'# title "two  blanks" is left as it is in Asana' in files["people.yaml"]
    assert yaml.safe_load(files["teams/growth-sales-1f51750b3612.yaml"]) == {
        "name": "../Growth & Sales",
        "members": ["ada@example.com"],
    }
    assert not any(varied.sandbox().token.encode() in text for text in files.values())
    protected = yaml.safe_load(files["syncer.yaml"])["protected"]["users"]
    assert protected == ["svc-*@example.com", "o=brien@example.com"]


def test_what_you_take_away_is_not_managed(varied: House) -> None:
    exported = export(varied)
    exported.edit("people.yaml", '  - mail: "bob@example.com"\n', '  - mail: "ada@example.com"\n')
    text = (exported.folder / "people.yaml").read_text(encoding="utf-8")
    kept = text.partition('  - mail: "ada@example.com"')[0]
    svc = text.partition('  - mail: "svc-1@')[2]
    exported.write("people.yaml", f'{kept}  - mail: "svc-1@{svc}')
    exported.edit("syncer.yaml", '  - {name: "Core", groups: ["Core"]}\n', "")
    exported.edit("syncer.yaml", "  title: title\n", "")
    exported.edit("syncer.yaml", "  manager: manager\n", "")
    exported.edit("syncer.yaml", "  employeeNumber: employeeNumber\n", "")
    exported.edit("syncer.yaml", "  key: employeeNumber\n", "")
    assert is_empty(exported)


def test_once_it_was_applied_whoever_is_taken_away_is_a_leaver(varied: House) -> None:
    exported = export(varied)
    assert exported.apply().code == 0
    text = (exported.folder / "people.yaml").read_text(encoding="utf-8")
    exported.write("people.yaml", text.partition('  - mail: "svc-1@')[0])
    actions = exported.plan("--format", "json").json["plan"]["actions"]
    assert [action["ref"] for action in actions] == ["deactivate_user:svc-1@example.com"]
    assert is_empty(exported) is False


def test_without_a_folder_people_and_teams_are_one_document(varied: House) -> None:
    ended = varied.syncer("export")
    assert ended.code == 0
    varied.write("tenant.yaml", ended.out)
    document = yaml.safe_load(ended.out)
    assert [*document] == ["people", "groups"]
    assert [group["name"] for group in document["groups"]] == [
        "../Growth & Sales",
        "Core",
        "Empty",
    ]
    config = varied.write(
        "other.yaml",
        """\
        version: 1
        asana: {sandbox: tenant.json, domains: [example.com]}
        directory:
          people: [{format: yaml, path: tenant.yaml}]
          groups: [{format: yaml, path: tenant.yaml}]
        mapping: {userName: mail, name.formatted: displayName, title: title, manager: manager}
        teams: [{for_each_group: "(?P<team>.+)", name: "{{ team }}"}]
        lifecycle: {authority: known}
        """,
    )
    assert run(["-c", str(config), "--log-level", "error", "plan", "--detailed-exitcode"]) == 0


def test_a_small_change_in_asana_is_a_small_change_of_the_files(varied: House) -> None:
    exported = export(varied)
    before = contents(exported.folder)
    users = [{**user, "title": "Lead"} if user["id"] == "1" else user for user in USERS]
    teams = [
        {**TEAMS[0], "displayName": "Kernel"},
        *TEAMS[1:],
        {"id": "14", "displayName": "New", "members": ["1"]},
    ]
    fill(varied, users=users, groups=teams)
    ended = varied.syncer("export", "--out", str(exported.folder))
    after = contents(exported.folder)
    assert f"{exported.folder / 'teams/core.yaml'}: removed, its team is gone\n" in ended.out
    assert after.keys() - before.keys() == {"teams/kernel.yaml", "teams/new.yaml"}
    assert before.keys() - after.keys() == {"teams/core.yaml"}
    assert {name for name in before.keys() & after.keys() if before[name] != after[name]} == {
        "people.yaml",
        "syncer.yaml",
    }
    assert is_empty(exported)


def test_nobody_to_export_is_said_and_nothing_written(varied: House) -> None:
    fill(varied, users=USERS[2:4], groups=[])
    ended = varied.syncer("export", "--out", str(out(varied).folder))
    assert ended.code == 1
    assert "has nobody whom a directory could have" in ended.err
    assert "left out: 1 user: deactivated: gone@example.com" in ended.err
    assert not out(varied).folder.exists()


def test_a_tenant_without_teams_and_licences(varied: House) -> None:
    fill(varied, groups=[], switches={"view_only_domain": False})
    exported = export(varied)
    assert is_empty(exported)
    config = yaml.safe_load((exported.folder / "syncer.yaml").read_text(encoding="utf-8"))
    assert {"teams", "licenses"}.isdisjoint(config)
    assert "groups" not in config["directory"]


def test_no_source_is_needed(varied: House) -> None:
    (varied.folder / "people.csv").unlink()
    assert is_empty(export(varied))
