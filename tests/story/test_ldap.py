"""A directory server in place of an export: whole runs against a real OpenLDAP."""

import json
import re
import shutil
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from syncer.model.origin import Origin
from syncer.render.comment import Comment
from tests.slapd import ROOT_PASSWORD, Settings, Slapd, serving, tree_of
from tests.story.harness import PEOPLE, Ended, House
from tests.story.told import ROOT, page

CONFIGS = ROOT / "configs"
SUFFIXES = {
    "active-directory": "DC=corp,DC=nordlicht,DC=example",
    "openldap": "dc=helio,dc=example",
}
SECRET = "LDAP_PASSWORD"
PLACES = {"created_at", "origin", "checksum", "digest", "config_digest", "sources_digest"}
"""What says when and from where a plan was made, and not what it is."""


def at(server: Slapd, shown: dict[str, Any]) -> dict[str, Any]:
    """A source as a page shows it, with a server that is there in place of a fictitious one."""
    place = {"url": server.ldap if shown.get("start_tls") else server.ldaps, "base": server.suffix}
    login = {"bind_dn": server.root, "password": {"env": SECRET}, "ca_bundle": str(server.ca)}
    return {**shown, **place, **login, "page_size": 4}


def asking(name: str, server: Slapd, folder: Path) -> House:
    """The example as its page changes it: with the server in place of its export."""
    shutil.copytree(CONFIGS / name, folder)
    house = House(folder)
    config = yaml.safe_load((folder / "syncer.yaml").read_text(encoding="utf-8"))
    (block,) = page(CONFIGS / name / "README.md").of_kind("live")
    for kind, sources in yaml.safe_load(block.text)["directory"].items():
        assert len(config["directory"][kind]) == len(sources)
        config["directory"][kind] = [at(server, source) for source in sources]
    house.write("syncer.yaml", json.dumps(config, indent=1))
    return house


def planned(house: House) -> Any:
    """The plan of a run, but for what must differ: when it was, and where people stand."""
    ended = house.plan("--format", "json")
    assert ended.code == 0, ended
    return without_places(ended.json)


def without_places(node: Any) -> Any:
    if isinstance(node, dict):
        return {key: without_places(one) for key, one in node.items() if key not in PLACES}
    if isinstance(node, list):
        return [without_places(one) for one in node]
    return re.sub(r"\S+/syncer.yaml:\d+", "syncer.yaml", node) if isinstance(node, str) else node


@pytest.mark.parametrize("name", sorted(SUFFIXES))
def test_a_server_and_an_export_of_it_lead_to_the_same_plan(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Licences, teams of groups and managers by distinguished name are in both examples."""
    suffix = SUFFIXES[name]
    tree = tree_of((CONFIGS / name / "export.ldif").read_text(encoding="utf-8"), suffix)
    monkeypatch.setenv(SECRET, ROOT_PASSWORD)
    with serving(tmp_path / "slapd", tree, Settings(suffix)) as server:
        exported = House(tmp_path / "exported")
        shutil.copytree(CONFIGS / name, exported.folder)
        exported.write("export.ldif", server.export("(objectClass=*)", "*", "+"))
        live = planned(asking(name, server, tmp_path / "live"))
        there = planned(exported)
    assert live["plan"]["actions"]
    assert live == there


@pytest.fixture(scope="module")
def helio(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Slapd]:
    suffix = SUFFIXES["openldap"]
    tree = tree_of((CONFIGS / "openldap" / "export.ldif").read_text(encoding="utf-8"), suffix)
    with serving(tmp_path_factory.mktemp("helio") / "slapd", tree, Settings(suffix)) as server:
        yield server


@pytest.fixture
def live(helio: Slapd, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> House:
    """The example of OpenLDAP, with a server in place of its export."""
    monkeypatch.setenv(SECRET, ROOT_PASSWORD)
    return asking("openldap", helio, tmp_path / "live")


def told(ended: Ended) -> str:
    """What a run said on stderr, in one line."""
    return " ".join(ended.err.split())


def everything(house: House) -> Iterator[tuple[str, bytes]]:
    for path in house.folder.rglob("*"):
        if path.is_file():
            yield path.name, path.read_bytes()


def test_what_the_readme_shows_is_asked_as_it_stands(live: House, helio: Slapd) -> None:
    blocks = page(ROOT / "README.md").of_kind("config")
    (shown,) = (one for one in map(yaml.safe_load, (block.text for block in blocks))
                if "ldaps://" in str(one))  # fmt: skip
    directory = shown["directory"]
    for kind in ("people", "groups"):
        directory[kind] = [at(helio, source) for source in directory[kind]]
    config = json.loads((live.folder / "syncer.yaml").read_text(encoding="utf-8"))
    config["scope"].append({"exclude": "not mail", "because": "services"})
    live.write("syncer.yaml", json.dumps({**config, "directory": directory}))
    ended = live.plan()
    assert ended.code == 0, ended
    assert re.search(r", 1\d wanted by the directory", ended.out)


def test_a_plan_is_applied_and_then_nothing_is_left_to_do(live: House) -> None:
    saved = str(live.folder / "plan.json")
    assert live.plan("--out", saved).code == 0
    ended = live.syncer("apply", "--yes", saved)
    assert ended.code == 0, ended
    assert live.plan("--detailed-exitcode").code == 0


def test_a_saved_plan_is_refused_when_the_directory_has_changed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What nobody looks at may change."""
    monkeypatch.setenv(SECRET, ROOT_PASSWORD)
    suffix = SUFFIXES["openldap"]
    tree = tree_of((CONFIGS / "openldap" / "export.ldif").read_text(encoding="utf-8"), suffix)
    # Only whole entries can be changed.
    person = "objectClass: inetOrgPerson\n"
    tree = tree.replace("objectClass: posixAccount\n", "")
    tree = tree.replace(person, f"{person}structuralObjectClass: inetOrgPerson\n")
    with serving(tmp_path / "slapd", tree, Settings(suffix)) as server:
        refused_after_a_change(asking("openldap", server, tmp_path / "live"), server)


def refused_after_a_change(live: House, server: Slapd) -> None:
    who = "uid=otto,ou=people,dc=helio,dc=example"
    change = f"dn: {who}\nchangetype: modify\nreplace: "
    first, second = str(live.folder / "first.json"), str(live.folder / "second.json")
    assert live.plan("--out", first).code == 0
    server.modify(f"{change}description\ndescription: x\n")
    ended = live.syncer("apply", "--yes", first)
    assert ended.code == 0, ended
    live.edit("tenant.json", "Data Scientist", "Scientist")
    assert live.plan("--out", second).code == 0
    server.modify(f"{change}title\ntitle: Sunspotter\n")
    ended = live.syncer("apply", "--yes", second)
    assert ended.code == 5, ended
    assert "the directory" in ended.err


def test_validate_asks_no_server_and_says_so(live: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without password and server; rules are checked all the same, and nobody is missed."""
    monkeypatch.delenv(SECRET)
    monkeypatch.setattr("socket.socket", None)
    ended = live.syncer("validate")
    assert ended.code == 0, ended
    assert "2 sources are servers and not asked: 'syncer plan' reads there" in ended.out
    live.edit("syncer.yaml", '"from": "title"', '"from": "{{ title"')
    live.edit("syncer.yaml", "inetOrgPerson)", "inetOrgPerson")
    ended = live.syncer("validate")
    assert ended.code == 64
    assert "mapping.title" in ended.err
    assert "select: character 27 of '(objectClass=inetOrgPerson'" in told(ended)
    assert "holds 0 people" not in told(ended)


def test_validate_misses_no_group_that_only_a_server_has(house: House, helio: Slapd) -> None:
    """People of a file are judged as ever; who is in a group of the server is not known."""
    rules = "teams:\n  - {name: Engineering, when: \"department == 'Engineering'\"}\n"
    house.edit("syncer.yaml", rules, "teams:\n  - {name: Project, groups: [developers]}\n")
    source = at(helio, {"format": "ldap"})
    house.edit("syncer.yaml", "  key:", f"  groups:\n    - {json.dumps(source)}\n  key:")
    house.write("people.csv", PEOPLE.replace("grace@example.com,Grace", "nonsense,Grace"))
    ended = house.syncer("validate")
    assert ended.code == 64
    assert ended.err.count("people.csv:") == 1
    assert "developers" not in ended.err
    house.write("people.csv", PEOPLE)
    assert house.syncer("validate").code == 0


def test_why_names_the_entry(live: House) -> None:
    ended = live.syncer("why", "iroche")
    assert ended.code == 0, ended
    assert "/uid=iroche,ou=people,dc=helio,dc=example\n" in ended.out
    nobody = live.syncer("why", "nobody@helio.example")
    assert nobody.code == 64
    assert "of an LDAP directory only entries that 'select' takes are people" in nobody.err


def test_check_logs_in_to_the_server(live: House, monkeypatch: pytest.MonkeyPatch) -> None:
    good = live.syncer("check", "--format", "json")
    assert good.code == 0, good
    (line,) = (one for one in good.json["checks"] if one["name"] == "directory")
    assert line["verdict"] == "ok"
    monkeypatch.setenv(SECRET, "wrong")
    bad = live.syncer("check", "--format", "json")
    assert bad.code == 1
    (line,) = (one for one in bad.json["checks"] if one["name"] == "directory")
    assert line["verdict"] == "failed"
    assert line["detail"].endswith("the server refused the login: invalid credentials (49)")
    assert "are bind_dn and the password right" in line["remedy"]


@pytest.mark.parametrize(("mode", "verdict"), [(0o600, "ok"), (0o644, "warning")])
def test_check_looks_at_who_may_read_the_password(live: House, mode: int, verdict: str) -> None:
    live.write("secret", ROOT_PASSWORD).chmod(mode)
    live.edit("syncer.yaml", f'"env": "{SECRET}"', '"file": "secret"')
    checks = live.syncer("check", "--format", "json").json["checks"]
    assert [one["verdict"] for one in checks if one["name"] == "secret"] == [verdict]


def test_a_server_that_fails_stops_the_run_before_asana_is_asked(
    live: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both sources say so at once, each with its place in the config."""
    monkeypatch.setenv(SECRET, "wrong")
    for ended in (live.plan(), live.apply()):
        assert ended.code == 64
        assert told(ended).count("refused the login: invalid credentials (49)") == 2
        assert "syncer.yaml:" in ended.err
    assert not list(live.folder.glob("journal/*"))


@pytest.mark.parametrize("password", [ROOT_PASSWORD, "wrong-but-secret"])
def test_the_password_is_nowhere(
    live: House, password: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not on the screen, not in the log at its loudest, not in any file."""
    monkeypatch.setenv(SECRET, password)
    bundle = str(live.folder / "bundle.zip")
    saved = str(live.folder / "plan.json")
    shown = ""
    for arguments in (
        ["plan", "--out", saved, "--report", str(live.folder / "plan.html")],
        ["apply", "--yes"],
        ["why", "iroche"],
        ["check"],
        ["support-bundle", "--out", bundle],
    ):
        ended = live.syncer(*arguments, "--log-level", "debug")
        shown += ended.out + ended.err
    assert password not in shown
    assert not [name for name, content in everything(live) if password.encode() in content]


def test_the_bundle_for_support_names_neither_entries_nor_the_account(
    live: House, helio: Slapd
) -> None:
    path = live.folder / "bundle.zip"
    assert live.syncer("support-bundle", "--out", str(path)).code == 0
    with zipfile.ZipFile(path) as archive:
        text = "\n".join(archive.read(name).decode() for name in archive.namelist())
    assert helio.root not in text
    assert "uid=" not in text
    assert "cn=project" not in text
    assert "notice: a directory server" in text


def test_what_is_masked_is_masked_in_names_of_entries_too() -> None:
    origin = Origin("ldaps://dc1.example.com/uid=ada@example.com,dc=example,dc=com")
    assert "ada@" not in Comment(mask=True, where="").place(origin)
    assert "uid=ada&#64;example.com" in Comment(mask=False, where="").place(origin)
