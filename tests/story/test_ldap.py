"""A directory server in place of an export: whole runs against a real OpenLDAP."""

import json
import re
import shutil
from pathlib import Path
from typing import Any

import pytest

from tests.slapd import ROOT_PASSWORD, Settings, Slapd, serving, tree_of
from tests.story.harness import House
from tests.story.told import ROOT

CONFIGS = ROOT / "configs"
SUFFIXES = {
    "active-directory": "DC=corp,DC=nordlicht,DC=example",
    "openldap": "dc=helio,dc=example",
}
SECRET = "LDAP_PASSWORD"
PLACES = {"created_at", "origin", "checksum", "digest", "config_digest", "sources_digest"}
"""What says when and from where a plan was made, and not what it is."""


def live_source(server: Slapd, **further: object) -> str:
    """A source of `format: ldap` in one line."""
    keys = {
        "format": "ldap",
        "url": server.ldaps,
        "base": server.suffix,
        "bind_dn": server.root,
        "password": {"env": SECRET},
        "ca_bundle": str(server.ca),
        "page_size": 4,
        **further,
    }
    return f"- {json.dumps(keys)}"


def asking(name: str, server: Slapd, folder: Path) -> House:
    """The example with the server in place of its export."""
    shutil.copytree(CONFIGS / name, folder)
    house = House(folder)
    text = (folder / "syncer.yaml").read_text(encoding="utf-8")
    select = 'select: "(objectClass=inetOrgPerson)"'
    people = {"select": "(objectClass=inetOrgPerson)"} if select in text else {}
    for further in (people, {}):
        source = "    - format: ldif\n      path: export.ldif\n"
        assert source in text
        text = text.replace(source, f"    {live_source(server, **further)}\n", 1)
    (folder / "syncer.yaml").write_text(text.replace(f"      {select}\n", ""), encoding="utf-8")
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
