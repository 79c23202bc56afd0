"""The commands about the stand-in: served to another process, on show, made anew."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from syncer.sandbox import QUESTIONS, TABLE
from tests.story.harness import House

ROOT = Path(__file__).parents[2]


@contextmanager
def served(path: Path) -> Iterator[tuple[subprocess.Popen[str], dict[str, str]]]:
    """`sandbox serve` in a process of its own, and the two values that it prints."""
    process = subprocess.Popen(
        [sys.executable, "-m", "syncer", "sandbox", "serve", "--port", "0", str(path)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
    )
    try:
        assert process.stdout is not None
        lines = [process.stdout.readline() for _ in range(3)]
        assert lines[2] == "stop with Ctrl-C\n", (lines, process.poll())
        yield process, {key: text.strip() for key, _, text in (s.partition(":") for s in lines)}
    finally:
        process.kill()
        process.communicate()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_served_tenant_is_planned_and_applied_against_until_a_signal_ends_it(
    house: House, monkeypatch: pytest.MonkeyPatch, number: signal.Signals
) -> None:
    path = house.folder / "remote.json"
    with served(path) as (process, told):
        monkeypatch.setenv("ASANA_SCIM_TOKEN", told["token"])
        house.edit("syncer.yaml", "sandbox: tenant.json", f"base_url: {told['base_url']}")
        assert house.plan("--detailed-exitcode").code == 2
        assert house.apply("--allow", "create=9").code == 0
        assert house.plan("--detailed-exitcode").code == 0
        process.send_signal(number)
        out, said = process.communicate(timeout=30)
    assert (process.returncode, out, said) == (0, "", "")
    state = json.loads(path.read_text(encoding="utf-8"))
    assert len(state["users"]) == 3


def test_a_port_in_use_ends_the_command_with_1(house: House) -> None:
    with served(house.folder / "remote.json") as (_, told):
        port = told["base_url"].split(":")[2].split("/")[0]
        ended = house.syncer("sandbox", "serve", "--port", port, str(house.folder / "other.json"))
    assert ended.code == 1
    assert "cannot be served" in ended.err
    assert "--port" in ended.err


def test_a_host_beyond_this_machine_must_be_exposed(house: House) -> None:
    ended = house.syncer("sandbox", "serve", "--host", "192.0.2.1")
    assert ended.code == 1
    assert "not an address of this machine alone" in ended.err


def test_show_lists_who_is_there_and_what_differs(house: House) -> None:
    assert house.apply("--allow", "create=9").code == 0
    shown = house.syncer("sandbox", "show")
    assert shown.code == 0
    assert "3 invited" in shown.out
    assert "Engineering     2 members" in shown.out
    assert "switch " not in shown.out


def test_show_tells_what_only_rest_shows(house: House) -> None:
    users = [
        {"id": "1", "userName": "gus@partner.com", "guest": True},
        {"id": "2", "userName": "ivy@example.com", "status": "invited"},
        {"id": "3", "userName": "sue@example.com", "superAdmin": True},
        {"id": "4", "userName": "pat@example.com", "admin": True},
    ]
    state = {
        "domains": ["example.com"],
        "workspace": {"gid": "77", "name": "Example AG"},
        "furtherWorkspaces": [{"gid": "5", "name": "Mine"}],
        "switches": {"rest_workspaces": "several"},
        "users": users,
    }
    house.write("tenant.json", json.dumps(state))
    shown = house.syncer("sandbox", "show")
    assert shown.code == 0
    assert shown.out.splitlines()[1:7] == [
        "  domains   example.com",
        "  workspace Example AG (gid 77); also Mine",
        "  users     2 active, 1 guest, 1 invited",
        "  admins    1 plain, 1 super",
        "  licences  3 enterprise",
        "  teams     0",
    ]


def test_show_lists_every_switch_with_the_profiles_value_its_question_and_meaning(
    house: House,
) -> None:
    reset = ("sandbox", "reset", "--yes", "--profile", "lenient")
    assert house.syncer(*reset, "--switch", "paging=capped").code == 0
    shown = house.syncer("sandbox", "show", "--switches")
    assert shown.code == 0
    lines = shown.out.splitlines()
    text = " ".join(shown.out.split())
    assert "paging = capped (the profile has honours)" in lines
    assert "  switch    paging = capped (the profile has honours)" in lines
    assert "view_only_domain = true" in lines
    for name, row in TABLE.items():
        assert any(line.startswith(f"{name} = ") for line in lines), name
        assert " ".join(row.knob.about.split()) in text, name
        for part in row.knob.unknown:
            assert f"{part} {QUESTIONS[part]}" in text, name
    assert "values: ignores, honours, capped" in text
    # The first line has the path of the file, which may be of any length.
    assert max(map(len, lines[1:])) < 100


def test_show_needs_a_tenant(house: House) -> None:
    ended = house.syncer("sandbox", "show")
    assert ended.code == 64
    assert "sandbox reset" in ended.err


def test_reset_takes_switches_of_every_kind(house: House) -> None:
    given = (
        "paging=CAPPED",
        "page_cap=3",
        "view_only_domain=False",
        "default_user_type=view only",
    )
    options = [part for text in given for part in ("--switch", text)]
    ended = house.syncer("sandbox", "reset", *options)
    assert ended.code == 0, ended
    assert "profile strict, paging = capped, page_cap = 3" in ended.out
    assert house.tenant()["switches"] == {
        "paging": "capped",
        "page_cap": 3,
        "view_only_domain": False,
        "default_user_type": "view only",
    }
    assert house.sandbox().switches.page_cap == 3


def test_reset_keeps_the_last_value_and_none_that_the_profile_has(house: House) -> None:
    ended = house.syncer(
        "sandbox", "reset", "--switch", "paging=capped", "--switch", "paging=ignores"
    )
    assert ended.code == 0
    assert house.tenant()["switches"] == {}


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ("pagin=capped", "no switch 'pagin', did you mean 'paging'?"),
        ("paging=sometimes", "'sometimes' is none of 'ignores', 'honours', 'capped'"),
        ("page_cap=-1", "'-1' is not a whole number from 0 on"),
        ("page_cap=many", "'many' is not a whole number from 0 on"),
        ("view_only_domain=perhaps", "is none of False, True"),
        ("paging", "no value given"),
    ],
)
def test_reset_refuses_a_wrong_switch_before_anything_is_emptied(
    house: House, given: str, said: str
) -> None:
    assert house.apply("--allow", "create=9").code == 0
    before = house.tenant()
    ended = house.syncer("sandbox", "reset", "--yes", "--switch", given, "--switch", "ids=text")
    assert ended.code == 64
    assert said in ended.err
    assert house.tenant() == before


def test_reset_names_all_wrong_switches_at_once(house: House) -> None:
    ended = house.syncer("sandbox", "reset", "--switch", "pagin=x", "--switch", "ids=y")
    assert ended.code == 64
    assert "'paging'" in ended.err
    assert "'text', 'number'" in ended.err


def test_reset_refuses_a_seed_below_0(house: House) -> None:
    ended = house.syncer("sandbox", "reset", "--profile", "hostile", "--seed", "-1")
    assert ended.code == 64
    assert not (house.folder / "tenant.json").exists()


def test_schema_prints_a_json_schema(house: House) -> None:
    ended = house.syncer("schema")
    assert (ended.code, ended.err) == (0, "")
    assert ended.json["type"] == "object"
    assert {"version", "asana", "directory", "mapping"} <= ended.json["properties"].keys()
    process = subprocess.run(
        [sys.executable, "-m", "syncer", "schema"], cwd=ROOT, capture_output=True, check=True
    )
    assert json.loads(process.stdout) == ended.json
