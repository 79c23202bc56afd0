"""The config of an export: what goes over from the one it was made with, and how paths change."""

import os
from pathlib import Path

import pytest
import yaml

from tests.story.exporting import export, fill, is_empty
from tests.story.harness import House

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
def test_a_path_from_the_root_or_the_home_stays(varied: House, path: str) -> None:
    varied.edit("syncer.yaml", "  domains:", f"  token: {{file: {path}}}\n  domains:")
    exported = export(varied)
    config = yaml.safe_load((exported.folder / "syncer.yaml").read_text(encoding="utf-8"))
    assert config["asana"]["token"] == {"file": path}


def test_a_folder_below_the_current_one(varied: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(varied.folder)
    house = House(Path())
    assert house.syncer("export", "--out", os.path.join("a", "b")).code == 0  # noqa: PTH118
    assert is_empty(House(Path("a/b")))
