"""A swap of addresses by way of a temporary one: through the command line, and killed in it."""

import signal
from pathlib import Path

import pytest

from syncer.sandbox import Sandbox
from tests.story.harness import CONFIG, House, furnish
from tests.story.test_kill import Plug, killed, on_a_port

LIFECYCLE = "lifecycle: {address_cycles: temporary}\nteams:"
WRITES = 4
"""One goes aside, two follow in a circle of three, and the one gets there."""


def swapping(folder: Path, config: str = CONFIG) -> House:
    """A house whose three people are in Asana, and whose addresses go round in the directory."""
    house = furnish(folder, config.replace("teams:", LIFECYCLE))
    assert house.apply("--allow", "create=9").code == 0
    for old, new in (("ada", "one"), ("grace", "two"), ("zoe", "three")):
        house.edit("people.csv", f"{old}@", f"{new}@")
    for old, new in (("one", "grace"), ("two", "zoe"), ("three", "ada")):
        house.edit("people.csv", f"{old}@", f"{new}@")
    return house


def addresses(house: House) -> dict[str, str]:
    return {user["name.formatted"]: user["userName"] for user in house.tenant()["users"]}


WANTED = {
    "Ada Lovelace": "grace@example.com",
    "Grace Hopper": "zoe@example.com",
    "Zoë Müller": "ada@example.com",
}


def test_addresses_go_round_and_everybody_keeps_the_account(tmp_path: Path) -> None:
    house = swapping(tmp_path)
    before = {user["id"]: user["name.formatted"] for user in house.tenant()["users"]}
    planned = house.plan()
    assert planned.code == 3, planned
    told = " ".join(planned.out.split())
    assert "Change the address of 3 people" in told
    assert "plan renames 3 of 3 managed users" in told
    assert "mail to syncer-swap-" in told
    assert house.apply("--allow", "rename=3").code == 0
    assert addresses(house) == WANTED
    assert {user["id"]: user["name.formatted"] for user in house.tenant()["users"]} == before
    assert house.plan("--detailed-exitcode").code == 0


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("at", range(1, WRITES + 1))
@pytest.mark.parametrize("saved", [True, False])
def test_killed_in_the_circle_the_next_run_finishes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, at: int, when: str, *, saved: bool
) -> None:
    house = swapping(tmp_path)
    house.write("remote.json", (tmp_path / "tenant.json").read_bytes())
    sandbox = Sandbox.open(tmp_path / "remote.json", domains=("example.com",))
    monkeypatch.setenv("ASANA_SCIM_TOKEN", sandbox.token)
    plug = Plug(sandbox, at, when)
    plan_file = (str(tmp_path / "saved.json"),) if saved else ()
    with on_a_port(plug) as url:
        house.edit("syncer.yaml", "sandbox: tenant.json", f"base_url: {url}")
        assert not saved or house.plan("--out", *plan_file).code == 3
        assert killed(house, plug, *plan_file, "--allow", "rename=3") == -signal.SIGKILL
        plug.victim = None
        again = house.apply(*plan_file, "--allow", "rename=3")
        assert again.code == 0, again
        assert house.plan("--detailed-exitcode").code == 0
    house.write("tenant.json", (tmp_path / "remote.json").read_bytes())
    assert addresses(house) == WANTED


def test_where_only_the_ledger_knows_the_key_it_finds_them_again(tmp_path: Path) -> None:
    config = CONFIG.replace("  employeeNumber: employeeNumber\n", "").replace(
        "key: employeeNumber", "key: staffId"
    )
    house = furnish(tmp_path, config.replace("teams:", f"ledger: ledger.sqlite\n{LIFECYCLE}"))
    house.edit("people.csv", "employeeNumber,mail", "staffId,mail")
    assert house.apply("--allow", "create=9").code == 0
    house.edit("people.csv", "grace@example.com,Grace", "zoe@example.com,Grace")
    house.edit("people.csv", "zoe@example.com,Zoë", "grace@example.com,Zoë")
    assert house.apply("--allow", "rename=2").code == 0
    assert addresses(house) == {
        "Ada Lovelace": "ada@example.com",
        "Grace Hopper": "zoe@example.com",
        "Zoë Müller": "grace@example.com",
    }
    assert house.plan("--detailed-exitcode").code == 0
