"""The example directories: each is loaded, planned, carried out and told of as it stands."""

import csv
import json
import os
import re
import shlex
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.render.golden import agrees
from tests.story.harness import House
from tests.story.programs import needs
from tests.story.told import ROOT, follow, page

CONFIGS = ROOT / "configs"
HEADERS = ROOT / "tests" / "samples" / "csv-headers"
EXPORTS = {
    "active-directory": "export.ldif",
    "entra": "exportUsers.csv",
    "google-workspace": "users.csv",
    "okta": "people.csv",
    "openldap": "export.ldif",
}
"""The main export of each example that stands for a product."""

PIPELINES = {"github-actions", "gitlab-ci"}
"""What is copied beside a config; tests/story/test_gitops_*.py tries them."""

SAMPLES = {
    ("entra", "exportUsers.csv"): "entra_download_users",
    ("google-workspace", "users.csv"): "google_download_users",
    ("okta", "people.csv"): "okta_import_template",
    ("okta", "password-health.csv"): "okta_password_health_report",
}
"""Which real header each CSV export carries."""

IN_DOUBT = {
    "active-directory": 1,  # the second account of an administrator
    "entra": 1,  # the cloud account of an administrator
    "google-workspace": 1,  # the only one of a second domain
    "okta": 0,
    "openldap": 1,  # a service
}
"""How many a config that `init` made of the export leaves for a person to decide."""

SCHEDULES = ("compose", "cron", "kubernetes", "systemd")
"""What starts syncer each night: tests/schedule has these."""

EXAMPLES = sorted(EXPORTS)
example = pytest.mark.parametrize("name", EXAMPLES)


def moved_in(name: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> House:
    """A copy of the example, with its folder as the working directory."""
    shutil.copytree(CONFIGS / name, folder, dirs_exist_ok=True)
    monkeypatch.chdir(folder)
    return House(Path())


def test_no_example_is_forgotten() -> None:
    folders = {path.name for path in CONFIGS.iterdir()}
    assert folders == {*EXPORTS, *PIPELINES, *SCHEDULES, "prometheus", "quickstart"}
    for name, export in EXPORTS.items():
        files = {path.name for path in (CONFIGS / name).iterdir()}
        assert files >= {"README.md", "syncer.yaml", "tenant.json", export}


@example
def test_it_is_valid(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ended = moved_in(name, tmp_path, monkeypatch).syncer("validate")
    assert ended.code == 0, ended
    assert "ok: syncer.yaml: " in ended.out, ended.out


@example
def test_the_plan_shows_each_kind_of_change(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    house = moved_in(name, tmp_path, monkeypatch)
    shown = house.plan()
    assert shown.code == 0, shown
    agrees(f"configs-{name}", shown.out)
    planned = house.plan("--format", "json").json["plan"]
    kinds = {action["kind"] for action in planned["actions"]}
    assert kinds >= {"create_user", "update_user", "deactivate_user", "change_members"}
    assert planned["counts"]["unknown"] == 0, "an example leaves nobody in doubt"


@example
def test_it_is_carried_out_and_then_nothing_is_left_to_do(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    house = moved_in(name, tmp_path, monkeypatch)
    before = {user["id"]: user["userName"] for user in house.tenant()["users"]}
    ended = house.apply()
    assert ended.code == 0, ended
    assert house.plan("--detailed-exitcode").code == 0
    after = house.tenant()["users"]
    gone = {user["userName"] for user in after if user.get("active") is False}
    assert not any(user.startswith("breakglass@") for user in gone)
    assert before.keys() <= {user["id"] for user in after}


@example
def test_init_makes_a_config_of_the_same_export_that_plans(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    house = moved_in(name, tmp_path / "export", monkeypatch)
    export = EXPORTS[name]
    started = House(tmp_path / "started")
    source = export.rpartition(".")[2]
    folder = str(started.folder)
    made = house.syncer("init", "--dir", folder, "--from", source, str(house.folder / export))
    assert made.code == 0, made
    planned = started.plan("--format", "json")
    assert planned.code == 0, planned
    assert planned.json["plan"]["actions"]
    assert planned.json["plan"]["counts"]["unknown"] == IN_DOUBT[name]


@pytest.mark.parametrize(("file", "sample"), SAMPLES.items(), ids=str)
def test_its_header_is_that_of_the_real_export(file: tuple[str, str], sample: str) -> None:
    ours = CONFIGS.joinpath(*file).read_text(encoding="utf-8-sig").splitlines()[0]
    real = (HEADERS / f"{sample}.csv").read_text(encoding="utf-8-sig").splitlines()[0]
    assert ours == real
    with CONFIGS.joinpath(*file).open(encoding="utf-8-sig", newline="") as rows:
        assert {len(row) for row in csv.reader(rows)} == {ours.count(",") + 1}


@example
def test_its_page_goes_as_told(name: str, tmp_path: Path) -> None:
    told = page(CONFIGS / name / "README.md")
    folder = tmp_path / name
    shutil.copytree(CONFIGS / name, folder)
    (tmp_path / "home").mkdir()
    assert any(command == "syncer plan" for command, _ in told.commands())
    follow(told, folder, tmp_path / "home")


@example
def test_its_page_quotes_its_own_config(name: str) -> None:
    told = page(CONFIGS / name / "README.md")
    config = (CONFIGS / name / "syncer.yaml").read_text(encoding="utf-8")
    shown = told.of_kind("config")
    assert shown
    for block in shown:
        section = re.search(rf"^{block.name}:.*?(?=^\S|\Z)", config, re.DOTALL | re.MULTILINE)
        assert section is not None, block.name
        assert f"\n{block.text}" in section[0], block.text


@example
def test_its_page_leads_somewhere(name: str) -> None:
    assert not page(CONFIGS / name / "README.md").broken_links()


def ldapsearch(name: str) -> list[str]:
    [shown] = page(CONFIGS / name / "README.md").of_kind("theirs")
    words = shlex.split(shown.text.replace("\\\n", " "))
    assert words[0] == "ldapsearch"
    return words


@pytest.mark.parametrize("name", [name for name in EXAMPLES if EXPORTS[name].endswith(".ldif")])
def test_its_export_is_what_the_shown_command_asks_for(name: str) -> None:
    words = ldapsearch(name)
    asked = next(at for at, word in enumerate(words) if word.startswith("("))
    attributes = words[asked + 1 : words.index(">")]
    export = (CONFIGS / name / "export.ldif").read_text(encoding="utf-8")
    assert f"# base <{words[words.index('-b') + 1]}> with scope subtree\n" in export
    assert f"# filter: {words[asked]}\n" in export
    assert f"# requesting: {' '.join(attributes)} \n" in export
    present = set(re.findall(r"^([A-Za-z]+)::? ", export, re.MULTILINE)) - {"dn", "ref"}
    present -= {"search", "result", "control", "pagedresults"}
    assert present <= set(attributes)


OKTA = """\
#!/bin/sh
printf 'HTTP/2 200\\n%s\\n' "$NEXT" > headers.txt
for last; do :; done
case "$last" in
  */groups\\?*) cat "$ANSWERS/groups.json" ;;
  */users\\?*) group=${last%/users*}; cat "$ANSWERS/${group##*/}.json" ;;
  *) exit 22 ;;
esac
"""
NEXT = 'link: <https://brightwater.okta.com/api/v1/groups?after=1>; rel="next"'


def groups_by_the_shown_command(folder: Path, header: str) -> int:
    """Run what the page of Okta shows on answers that are made of the example's groups."""
    [shown] = page(CONFIGS / "okta" / "README.md").of_kind("theirs")
    with (CONFIGS / "okta" / "groups.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file))[1:]
    names = list(dict.fromkeys(name for name, _ in rows))
    for at, name in enumerate(names):
        logins = [login for group, login in rows if group == name and login]
        members = [{"profile": {"login": login}} for login in logins]
        (folder / f"g{at}.json").write_text(json.dumps(members))
    groups = [{"id": f"g{at}", "profile": {"name": name}} for at, name in enumerate(names)]
    (folder / "groups.json").write_text(json.dumps(groups))
    (folder / "curl").write_text(OKTA)
    (folder / "curl").chmod(0o755)
    environment = {
        "PATH": f"{folder}:{os.environ['PATH']}",
        "ANSWERS": str(folder),
        "NEXT": header,
        "OKTA_TOKEN": "token",
    }
    ended = subprocess.run(
        ["/bin/sh", "-c", shown.text],
        cwd=folder,
        env=environment,
        capture_output=True,
        check=False,
    )
    return ended.returncode


@needs("jq")
def test_okta_s_groups_are_written_by_the_shown_command(tmp_path: Path) -> None:
    assert groups_by_the_shown_command(tmp_path, "x-rate-limit-limit: 600") == 0
    written = (tmp_path / "groups.csv").read_text(encoding="utf-8")
    assert written == (CONFIGS / "okta" / "groups.csv").read_text(encoding="utf-8")


@needs("jq")
def test_okta_s_groups_stay_as_they_were_when_there_is_more(tmp_path: Path) -> None:
    assert groups_by_the_shown_command(tmp_path, NEXT) == 1
    assert not (tmp_path / "groups.csv").exists()
