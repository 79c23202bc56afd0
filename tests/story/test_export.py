"""`syncer export`: what it writes plans to nothing, and what is not its own it leaves alone."""

import json
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from syncer.cli.main import run
from tests.story.harness import House
from tests.story.test_laws import writes
from tests.story.told import ROOT

CONFIGS = sorted(path.parent.name for path in (ROOT / "configs").glob("*/tenant.json"))
PROFILES = [("strict", 0), ("lenient", 0), *(("hostile", seed) for seed in range(12))]

BLANK = "it has line breaks, control characters or runs of blanks"
USERS = [
    {"id": "1", "userName": "ada@example.com", "name.formatted": "Ada", "manager": "2"},
    {"id": "2", "userName": "bob@example.com", "title": "00123", "employeeNumber": "0002"},
    {"id": "3", "userName": "gone@example.com", "status": "deactivated"},
    {"id": "4", "userName": "ext@other.example", "userType": "view only"},
    {"id": "5", "userName": "o=brien@example.com"},
    {"id": "6", "userName": "svc-1@example.com", "title": "two  blanks"},
]
TEAMS = [
    {"id": "11", "displayName": "Core", "members": ["1", "2", "3", "4"]},
    {"id": "12", "displayName": "../Growth & Sales", "members": ["1"]},
    {"id": "13", "displayName": "Empty", "members": []},
]


@pytest.fixture
def filled(house: House) -> House:
    """A house whose tenant holds something of everything."""
    fill(house)
    return house


def fill(house: House, **changes: Any) -> None:
    state = {"sandbox": 1, "domains": [], "users": USERS, "groups": TEAMS, "nextId": 100}
    house.write("tenant.json", json.dumps({**state, **changes}))


def out(house: House) -> House:
    """The house in the folder of the export."""
    return House(house.folder / "out")


def export(house: House, *arguments: str) -> House:
    """Export into the folder `out`, which must work."""
    ended = house.syncer("export", "--out", str(out(house).folder), *arguments)
    assert ended.code == 0, ended
    return out(house)


def contents(folder: Path) -> dict[str, bytes]:
    files = (path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(files)}


def moved_in(name: str, folder: Path, profile: str = "strict", seed: int = 0) -> House:
    shutil.copytree(ROOT / "configs" / name, folder, dirs_exist_ok=True)
    house = House(folder)
    tenant = house.tenant()
    tenant.update(profile=profile, seed=seed)
    house.write("tenant.json", json.dumps(tenant))
    return house


def is_empty(exported: House) -> bool:
    """Whether a plan on the export has nothing to do, nothing in doubt, and nothing to judge."""
    planned = exported.plan("--format", "json", "--detailed-exitcode")
    if planned.code != 0:
        return False
    plan = planned.json["plan"]
    kinds = ("actions", "unknown", "manual", "violations", "problems", "in_grace")
    return not any(plan[kind] for kind in kinds)


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


def test_what_it_tells(filled: House) -> None:
    filled.edit("syncer.yaml", "teams:", "protected: {users: [svc-*]}\nteams:")
    filled.edit("syncer.yaml", "svc-*", "svc-*@example.com")
    ended = filled.syncer("export", "--out", str(out(filled).folder))
    config = out(filled).folder / "syncer.yaml"
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
    assert is_empty(out(filled))
    files = contents(out(filled).folder)
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
    assert not any(filled.sandbox().token.encode() in text for text in files.values())
    protected = yaml.safe_load(files["syncer.yaml"])["protected"]["users"]
    assert protected == ["svc-*@example.com", "o=brien@example.com"]


def test_what_you_take_away_is_not_managed(filled: House) -> None:
    exported = export(filled)
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


def test_once_it_was_applied_whoever_is_taken_away_is_a_leaver(filled: House) -> None:
    exported = export(filled)
    assert exported.apply().code == 0
    text = (exported.folder / "people.yaml").read_text(encoding="utf-8")
    exported.write("people.yaml", text.partition('  - mail: "svc-1@')[0])
    actions = exported.plan("--format", "json").json["plan"]["actions"]
    assert [action["ref"] for action in actions] == ["deactivate_user:svc-1@example.com"]
    assert is_empty(exported) is False


def test_without_a_folder_people_and_teams_are_one_document(filled: House) -> None:
    ended = filled.syncer("export")
    assert ended.code == 0
    filled.write("tenant.yaml", ended.out)
    document = yaml.safe_load(ended.out)
    assert [*document] == ["people", "groups"]
    assert [group["name"] for group in document["groups"]] == [
        "../Growth & Sales",
        "Core",
        "Empty",
    ]
    config = filled.write(
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


def test_a_small_change_in_asana_is_a_small_change_of_the_files(filled: House) -> None:
    exported = export(filled)
    before = contents(exported.folder)
    users = [{**user, "title": "Lead"} if user["id"] == "1" else user for user in USERS]
    teams = [
        {**TEAMS[0], "displayName": "Kernel"},
        *TEAMS[1:],
        {"id": "14", "displayName": "New", "members": ["1"]},
    ]
    fill(filled, users=users, groups=teams)
    ended = filled.syncer("export", "--out", str(exported.folder))
    after = contents(exported.folder)
    assert f"{exported.folder / 'teams/core.yaml'}: removed, its team is gone\n" in ended.out
    assert after.keys() - before.keys() == {"teams/kernel.yaml", "teams/new.yaml"}
    assert before.keys() - after.keys() == {"teams/core.yaml"}
    assert {name for name in before.keys() & after.keys() if before[name] != after[name]} == {
        "people.yaml",
        "syncer.yaml",
    }
    assert is_empty(exported)


@pytest.fixture(params=["a stranger's folder", "a file", "an edited config", "an edited team"])
def occupied(request: pytest.FixtureRequest, filled: House) -> Iterator[tuple[House, str]]:
    """A house whose folder `out` must not be written, and what is said of it."""
    if request.param == "a file":
        filled.write("out", "text")
        yield filled, "is a file"
    elif request.param == "a stranger's folder":
        filled.write("out/notes.txt", "mine")
        yield filled, "is not empty, and holds no earlier export"
    else:
        name = "syncer.yaml" if request.param == "an edited config" else "teams/core.yaml"
        export(filled)
        out(filled).write(name, (out(filled).folder / name).read_bytes() + b"# mine\n")
        yield filled, f"{name}:\n    was edited since it was exported"


def test_what_is_not_ours_is_not_overwritten(occupied: tuple[House, str]) -> None:
    house, told = occupied
    before = contents(house.folder)
    ended = house.syncer("export", "--out", str(out(house).folder))
    assert ended.code == 64, ended
    assert told in ended.err
    assert contents(house.folder) == before


def test_a_file_in_the_place_of_a_new_team_is_not_overwritten(filled: House) -> None:
    exported = export(filled)
    exported.write("teams/new.yaml", "name: mine\nmembers: []\n")
    fill(filled, groups=[*TEAMS, {"id": "14", "displayName": "New", "members": ["1"]}])
    before = contents(exported.folder)
    ended = filled.syncer("export", "--out", str(exported.folder))
    assert ended.code == 64, ended
    assert "teams/new.yaml:\n    is there already, and is no file of an export" in ended.err
    assert contents(exported.folder) == before


@pytest.mark.parametrize("text", ["name: Zzz\nmembers: []\n", "garbage: [\n"])
def test_a_file_that_would_be_read_as_a_team_is_no_part_of_an_export(
    filled: House, text: str
) -> None:
    exported = export(filled)
    exported.write("teams/zzz.yaml", text)
    before = contents(exported.folder)
    ended = filled.syncer("export", "--out", str(exported.folder))
    assert ended.code == 64, ended
    assert "teams/zzz.yaml:\n    is there already, and is no file of an export" in ended.err
    assert contents(exported.folder) == before


def test_files_of_others_beside_it_stay(filled: House) -> None:
    out(filled).write(".git/config", "mine")
    exported = export(filled)
    exported.write("README.md", "mine")
    exported.write("teams/notes.txt", "mine")
    export(filled)
    files = contents(exported.folder)
    assert {files[name] for name in (".git/config", "README.md", "teams/notes.txt")} == {b"mine"}


def test_personal_data_are_private(filled: House) -> None:
    exported = export(filled)
    for path in exported.folder.rglob("*"):
        assert path.stat().st_mode & 0o077 == 0, path
    assert exported.folder.stat().st_mode & 0o077 == 0


def test_an_export_that_was_cut_off_is_taken_up_again(
    filled: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    replace = Path.replace

    def full(self: Path, target: Path) -> Path:
        if target.name == "syncer.yaml":
            raise OSError(28, "No space left on device")
        return replace(self, target)

    monkeypatch.setattr(Path, "replace", full)
    ended = filled.syncer("export", "--out", str(out(filled).folder))
    assert ended.code == 1, ended
    assert "the disk is full" in ended.err
    assert "syncer.yaml" not in contents(out(filled).folder)
    monkeypatch.setattr(Path, "replace", replace)
    assert is_empty(export(filled))


def test_nobody_to_export_is_said_and_nothing_written(filled: House) -> None:
    fill(filled, users=USERS[2:4], groups=[])
    ended = filled.syncer("export", "--out", str(out(filled).folder))
    assert ended.code == 1
    assert "has nobody whom a directory could have" in ended.err
    assert "left out: 1 user: deactivated: gone@example.com" in ended.err
    assert not out(filled).folder.exists()


def test_a_tenant_without_teams_and_licences(filled: House) -> None:
    fill(filled, groups=[], switches={"view_only_domain": False})
    exported = export(filled)
    assert is_empty(exported)
    config = yaml.safe_load((exported.folder / "syncer.yaml").read_text(encoding="utf-8"))
    assert {"teams", "licenses"}.isdisjoint(config)
    assert "groups" not in config["directory"]


def test_no_source_is_needed(filled: House) -> None:
    (filled.folder / "people.csv").unlink()
    assert is_empty(export(filled))


ODD = """\
version: 1
asana:
  sandbox: ../state/tenant.json
  token: {file: secrets/token}
  domains: [example.com]
  workspace: null
  requests_per_minute: 900
  share: 0.5
  timeout_seconds: 12.5
  ca_bundle: "tls/our ca.pem"
  member_removal: list
directory:
  people: [{format: csv, path: nowhere.csv}]
licenses: {default: enterprise, seats: {enterprise: 7}, when_full: view only, downgrade: false}
lifecycle: {leavers: report, grace: {days: 3, runs: 2}, reactivate: attempt,
            address_cycles: temporary}
protected: {users: ["svc-*@example.com"], teams: ["Board*"], administrators: false}
guards: {deactivate: {count: 1}, create: null, window_days: 3, on_violation: hold}
approval: {rename: true}
apply: {failures_in_a_row: 3}
ledger: own.sqlite
"""


def test_what_does_not_depend_on_the_directory_goes_over(tmp_path: Path) -> None:
    """Paths are as the new place must name them, through links of folders too."""
    (tmp_path / "real" / "deep").mkdir(parents=True)
    (tmp_path / "in").mkdir()
    (tmp_path / "linked").symlink_to(tmp_path / "real" / "deep")
    house = House(tmp_path / "in")
    house.write("syncer.yaml", ODD)
    (tmp_path / "state").mkdir()
    fill(House(tmp_path / "state"))
    folder = tmp_path / "linked" / "out"
    ended = house.syncer("export", "--out", str(folder))
    assert ended.code == 0, ended
    exported = House(folder)
    assert is_empty(exported)
    written = (folder / "syncer.yaml").read_text(encoding="utf-8")
    config = yaml.safe_load(written)
    old = yaml.safe_load(ODD)
    assert config["asana"] == {
        **old["asana"],
        "sandbox": "../../../state/tenant.json",
        "ca_bundle": "../../../in/tls/our ca.pem",
        "token": {"file": "../../../in/secrets/token"},
    }
    rules = config["licenses"].pop("rules")
    assert [rule["license"] for rule in rules] == ["enterprise", "view only"]
    for section in ("licenses", "approval", "apply"):
        assert config[section] == old[section]
    assert config["lifecycle"] == {**old["lifecycle"], "authority": "known"}
    assert config["guards"] == {
        "deactivate": {"count": 1, "percent": 5, "floor": 2},
        "create": None,
        "window_days": 3,
        "on_violation": "hold",
    }
    assert config["protected"]["users"] == ["svc-*@example.com", "o=brien@example.com"]
    assert config["protected"]["teams"] == ["Board*"]
    assert config["protected"]["administrators"] is False


@pytest.mark.parametrize("path", ["/run/secrets/token", "~/token"])
def test_a_path_from_the_root_or_the_home_stays(filled: House, path: str) -> None:
    filled.edit("syncer.yaml", "  domains:", f"  token: {{file: {path}}}\n  domains:")
    exported = export(filled)
    config = yaml.safe_load((exported.folder / "syncer.yaml").read_text(encoding="utf-8"))
    assert config["asana"]["token"] == {"file": path}


def test_a_folder_below_the_current_one(filled: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(filled.folder)
    house = House(Path())
    assert house.syncer("export", "--out", os.path.join("a", "b")).code == 0  # noqa: PTH118
    assert is_empty(House(Path("a/b")))
