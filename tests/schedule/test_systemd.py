"""The units: systemd takes them, finds little exposed, and they fit what syncer does."""

import configparser
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml

from syncer.asana.settings import RetryPolicy
from syncer.model.policy.asana import AsanaPolicy
from syncer.model.policy.config import Config
from syncer.model.policy.health import HealthPolicy
from tests.story.told import ROOT, page

FOLDER = ROOT / "configs" / "systemd"
UNITS = ("syncer@.service", "syncer@.timer", "syncer-health@.service", "syncer-health@.timer")
EXPOSED = {"syncer@.service": 1.2, "syncer-health@.service": 0.4}
"""At most; systemd's own scale goes to 10."""

needs_systemd = pytest.mark.skipif(
    not shutil.which("systemd-analyze") and not os.environ.get("SYNCER_NEEDS_SYSTEMD"),
    reason="systemd-analyze is not installed",
)


class Unit(configparser.RawConfigParser):
    """A unit file; of a key that stands there twice the last one."""

    def __init__(self, name: str) -> None:
        super().__init__(strict=False, delimiters=("=",), comment_prefixes=("#",))
        self.read(FOLDER / name, encoding="utf-8")

    def optionxform(self, optionstr: str) -> str:
        """Keys have capitals."""
        return optionstr


def seconds(text: str) -> float:
    """A time span of systemd's, in the units that are used here."""
    told = re.fullmatch(r"(\d+)(h|min)", text)
    assert told, text
    return int(told[1]) * {"h": 3600, "min": 60}[told[2]]


def analyze(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["systemd-analyze", "--no-pager", *arguments],  # noqa: S607
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture
def installed(tmp_path: Path) -> Path:
    """The units as they are, but for the program: systemd asks whether it is there."""
    for name in UNITS:
        text = (FOLDER / name).read_text(encoding="utf-8")
        (tmp_path / name).write_text(text.replace("/opt/syncer/bin/syncer", "/bin/true"))
    return tmp_path


def test_no_file_is_forgotten() -> None:
    files = {path.name for path in FOLDER.iterdir()}
    assert files == {*UNITS, "README.md", "sysusers.conf"}
    assert not page(FOLDER / "README.md").broken_links()


@needs_systemd
def test_systemd_takes_them_all(installed: Path) -> None:
    done = analyze("verify", "--man=no", *(str(installed / name) for name in UNITS))
    assert (done.returncode, done.stderr) == (0, "")


@needs_systemd
def test_systemd_would_not_take_what_is_misspelt(installed: Path) -> None:
    path = installed / UNITS[0]
    path.write_text(path.read_text(encoding="utf-8").replace("ProtectHome=", "ProtectHouse="))
    assert "ProtectHouse" in analyze("verify", "--man=no", str(path)).stderr


@needs_systemd
@pytest.mark.parametrize("name", EXPOSED)
def test_little_is_exposed(name: str, installed: Path) -> None:
    threshold = f"--threshold={EXPOSED[name] * 10:.0f}"
    done = analyze("security", "--offline=true", threshold, str(installed / name))
    assert done.returncode == 0, done.stdout
    assert f"{EXPOSED[name]}" in (FOLDER / "README.md").read_text(encoding="utf-8")


@needs_systemd
@pytest.mark.parametrize("name", ["syncer@.timer", "syncer-health@.timer"])
def test_the_hours_are_some(name: str) -> None:
    done = analyze("calendar", Unit(name)["Timer"]["OnCalendar"])
    assert done.returncode == 0, done.stderr


@pytest.mark.skipif(not shutil.which("systemd-sysusers"), reason="it is not installed")
@pytest.mark.skipif(os.geteuid() != 0, reason="makes an account, in a folder of its own")
def test_the_account_can_be_made(tmp_path: Path) -> None:
    (tmp_path / "etc").mkdir()
    command = ["systemd-sysusers", f"--root={tmp_path}", str(FOLDER / "sysusers.conf")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    made = (tmp_path / "etc" / "passwd").read_text(encoding="utf-8")
    assert re.search(r"^syncer:x:\d+:\d+:.*:/var/lib/syncer:\S*nologin$", made, re.MULTILINE)


@pytest.mark.parametrize("name", EXPOSED)
def test_both_services_have_one_account_and_one_state(name: str) -> None:
    service = Unit(name)["Service"]
    assert service["Type"] == "oneshot"
    assert service["User"] == "syncer"
    assert service["StateDirectory"] == "syncer/%i"
    assert service["WorkingDirectory"] == "/var/lib/syncer/%i"
    assert service["Environment"] == "SYNCER_CONFIG=/etc/syncer/%i/syncer.yaml"
    assert service["UMask"] == "0077"


def test_the_look_has_no_token_and_no_network() -> None:
    service = Unit("syncer-health@.service")["Service"]
    assert "LoadCredential" not in service
    assert service["PrivateNetwork"] == "yes"


def test_there_is_time_for_a_run_to_end_in_order() -> None:
    service = Unit("syncer@.service")["Service"]
    patience = RetryPolicy().total_seconds + float(
        AsanaPolicy.model_fields["timeout_seconds"].default
    )
    assert seconds(service["TimeoutStopSec"]) >= patience + 30
    longest = seconds(service["TimeoutStartSec"]) + seconds(service["TimeoutStopSec"])
    assert longest < HealthPolicy().max_run_hours * 3600
    assert service["SuccessExitStatus"] == "6"
    begins, looks = (
        Unit(name)["Timer"]["OnCalendar"] for name in ("syncer@.timer", "syncer-health@.timer")
    )
    hours = [int(text.split()[1].split(":")[0]) for text in (begins, looks)]
    assert (hours[1] - hours[0]) * 3600 > longest + 20 * 60


def test_the_page_names_the_paths_that_the_units_make() -> None:
    told = page(FOLDER / "README.md")
    shown = {block.name: yaml.safe_load(block.text) for block in told.of_kind("config")}
    config = Config.model_validate(
        {
            "version": 1,
            **shown["asana"],
            **shown["state"],
            "directory": {"people": [{"format": "csv", "path": "people.csv"}]},
        }
    )
    service = Unit("syncer@.service")["Service"]
    credential, _, source = service["LoadCredential"].partition(":")
    assert config.asana.token is not None
    token = config.asana.token.model_dump()["file"]
    assert token == f"/run/credentials/syncer@main.service/{credential}"
    state = f"/var/lib/{service['StateDirectory']}".replace("%i", "main")
    assert (config.ledger, config.journal) == (f"{state}/ledger.sqlite", f"{state}/journal")
    assert source.replace("%i", "main") in told.text
    for number in ("TimeoutStartSec", "TimeoutStopSec", "Persistent", "LoadCredential"):
        assert f"`{number}`" in told.text
        assert number in (*service, *Unit("syncer@.timer")["Timer"])
