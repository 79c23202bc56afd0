"""One exit code per ending, each from a whole run."""

import fcntl
import json
import os
import resource
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from syncer.sandbox import Answer, Sandbox
from syncer.sandbox.server import SandboxServer
from tests.story.harness import PEOPLE, House

ROOT = Path(__file__).parents[2]
ALL = ("--allow", "create=9")


def leavers(house: House, count: int) -> None:
    """Fill the tenant with more people than the directory has."""
    rows = [f"1{n:03},leaver{n}@example.com,L,{n},Guest,Sales,,active\n" for n in range(count)]
    house.write("people.csv", PEOPLE + "".join(rows))
    assert house.apply("--allow", f"create={count + 3}").code == 0
    house.write("people.csv", PEOPLE)
    house.edit("syncer.yaml", "  key:", "  expect: {max_shrink_percent: null}\n  key:")


def test_0_done_and_nothing_to_do(house: House) -> None:
    assert house.plan().code == 0
    assert house.apply(*ALL).code == 0
    assert house.apply().code == 0
    assert house.plan("--detailed-exitcode").code == 0


def test_2_changes_pending_only_when_asked(house: House) -> None:
    assert house.plan("--detailed-exitcode").code == 2
    assert house.plan().code == 0


def test_3_a_guard_refuses_and_nothing_changes(house: House) -> None:
    leavers(house, 12)
    before = house.tenant()
    planned = house.plan("--detailed-exitcode")
    assert planned.code == 3
    assert "--allow deactivate=12" in planned.out
    refused = house.apply()
    assert refused.code == 3
    assert house.tenant() == before
    assert house.apply("--allow", "deactivate=11").code == 3
    assert house.apply("--allow", "deactivate=12", "--allow", "remove_members=9").code == 0
    assert house.plan("--detailed-exitcode").code == 0


def test_3_a_refused_run_reports_in_json(house: House) -> None:
    leavers(house, 12)
    refused = house.apply("--format", "json")
    assert refused.code == 3
    assert refused.json["exit"]["code"] == 3
    assert "guard" in refused.json["stopped"]


def test_an_approved_digest_accepts_exactly_that_plan(house: House) -> None:
    leavers(house, 12)
    digest = house.plan("--format", "json").json["digest"]
    assert house.apply("--approve", "sha256:" + "0" * 64).code == 3
    assert house.apply("--approve", digest.removeprefix("sha256:")[:7]).code == 3
    assert house.apply("--approve", digest.removeprefix("sha256:")[:12]).code == 0


def test_a_saved_plan_can_be_approved(house: House) -> None:
    leavers(house, 12)
    saved = house.folder / "saved.json"
    assert house.plan("--out", str(saved)).code == 3
    assert saved.stat().st_mode & 0o777 == 0o600
    digest = json.loads(saved.read_text())["digest"]
    assert house.apply(str(saved)).code == 3
    assert house.apply(str(saved), "--approve", digest).code == 0


def test_4_some_actions_failed(house: House) -> None:
    # The tenant knows one domain less than the config believes, and nobody may ask for them.
    Sandbox.open(house.folder / "tenant.json", domains=("example.com",))
    domains = "domains: [example.com, example.net]\n  workspace: null"
    house.edit("syncer.yaml", "domains: [example.com]", domains)
    house.edit("people.csv", "zoe@example.com", "zoe@example.net")
    ended = house.apply(*ALL, "--format", "json")
    assert ended.code == 4
    failed = [failure["ref"] for failure in ended.json["failures"]]
    assert failed == ["create_user:zoe@example.net", "change_members:engineering"]
    assert "Traceback" not in ended.err
    assert [user["userName"] for user in house.tenant()["users"]] == [
        "ada@example.com",
        "grace@example.com",
    ]


def test_5_a_plan_that_no_longer_fits_is_stale(house: House) -> None:
    assert house.apply(*ALL).code == 0
    house.edit("people.csv", "Zoë,Müller,Engineer", "Zoë,Müller,Chief")
    saved = str(house.folder / "saved.json")
    assert house.plan("--out", saved).code == 0
    house.edit(
        "tenant.json",
        '"title": "Engineer", "department": "Engineering", "manager": "1002"',
        '"title": "Boss", "department": "Engineering", "manager": "1002"',
    )
    stale = house.apply(saved)
    assert stale.code == 5
    assert "zoe@example.com" in stale.err
    assert "'Boss'" in stale.err
    assert "'Engineer'" in stale.err
    assert house.syncer("show", saved).code == 0


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (lambda house: house.edit("saved.json", "Chief", "Thief"), "altered"),
        (lambda house: house.edit("people.csv", "Ada", "Eda"), "directory has changed"),
        (
            lambda house: house.edit("syncer.yaml", "title: title", "title: sn"),
            "config has changed",
        ),
    ],
    ids=["plan-altered", "sources-changed", "config-changed"],
)
def test_5_a_plan_made_from_other_inputs_is_refused(
    house: House, spoil: Callable[[House], None], said: str
) -> None:
    assert house.apply(*ALL).code == 0
    house.edit("people.csv", "Zoë,Müller,Engineer", "Zoë,Müller,Chief")
    saved = str(house.folder / "saved.json")
    assert house.plan("--out", saved).code == 0
    spoil(house)
    refused = house.apply(saved)
    assert refused.code == 5
    assert said in refused.err


def test_5_an_old_plan_is_refused(house: House) -> None:
    saved = str(house.folder / "saved.json")
    assert house.plan("--out", saved).code == 0
    assert house.apply(saved, "--max-age", "0.0000001").code == 5


def test_5_another_run_holds_the_lock(house: House) -> None:
    (house.folder / "journal").mkdir()
    with (house.folder / "journal" / ".lock").open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        ended = house.apply(*ALL)
    assert ended.code == 5
    assert "another run" in ended.err
    assert house.apply(*ALL).code == 0


def test_6_removals_held(house: House) -> None:
    leavers(house, 12)
    house.edit("people.csv", "Engineer,Engineering,grace", "Lead,Engineering,grace")
    ended = house.apply("--hold", "--format", "json")
    assert ended.code == 6, ended
    assert ended.json["counts"]["held"] == 12
    titles = {user["userName"]: user.get("title") for user in house.tenant()["users"]}
    assert titles["zoe@example.com"] == "Lead"
    assert not [user for user in house.tenant()["users"] if user.get("status") == "deactivated"]


def test_6_whoever_waits_for_a_seat_is_held_and_so_is_the_team(house: House) -> None:
    house.write("tenant.json", json.dumps({"sandbox": 1, "seats": {"enterprise": 0}}))
    house.edit("syncer.yaml", "teams:", "licenses: {default: enterprise}\nteams:")
    ended = house.apply(*ALL, "--format", "json")
    assert ended.code == 6, ended
    # Three people, two who have one of them as manager, and the team of two of them.
    counts = ended.json["counts"]
    assert (counts["applied"], counts["held"], counts["total"]) == (1, 6, 7)
    assert [team["displayName"] for team in house.tenant()["groups"]] == ["Engineering"]


def test_a_class_that_wants_approval_waits_and_the_rest_goes(house: House) -> None:
    leavers(house, 1)
    house.edit("people.csv", "Engineer,Engineering,grace", "Lead,Engineering,grace")
    text = (house.folder / "syncer.yaml").read_text(encoding="utf-8")
    house.write("syncer.yaml", f"{text}approval: {{deactivate: true}}\n")
    planned = house.plan("--detailed-exitcode")
    assert planned.code == 2
    assert "Held: 1 action" in planned.out
    held = house.apply()
    assert held.code == 6
    users = {user["userName"]: user for user in house.tenant()["users"]}
    assert users["zoe@example.com"]["title"] == "Lead"
    assert users["leaver0@example.com"].get("status") != "deactivated"
    digest = house.plan("--format", "json").json["digest"]
    assert house.apply("--approve", digest).code == 0
    users = {user["userName"]: user for user in house.tenant()["users"]}
    assert users["leaver0@example.com"]["status"] == "deactivated"


def test_64_apply_without_a_terminal_wants_yes(house: House) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "syncer", "-c", str(house.folder / "syncer.yaml"), "apply"],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=False,
        cwd=ROOT,
    )
    assert done.returncode == 64
    assert b"--yes" in done.stderr
    assert not (house.folder / "tenant.json").exists()


@pytest.mark.parametrize(
    "arguments",
    [
        ("plan", "--fromat", "json"),
        ("plan", "--format", "yaml"),
        ("plan", "--report", "plan.docx"),
        ("apply", "--yes", "--allow", "deactivate"),
        ("apply", "--yes", "--allow", "nothing=3"),
        ("apply", "--yes", "--allow", "deactivate=-1"),
        ("apply", "--yes", "no-such-plan.json"),
        ("show", "no-such-plan.json"),
        ("show", "syncer.yaml"),
        ("nonsense",),
    ],
    ids=" ".join,
)
def test_64_wrong_usage(
    house: House, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...]
) -> None:
    monkeypatch.chdir(house.folder)
    ended = house.syncer(*arguments)
    assert ended.code == 64, ended
    assert ended.err
    assert "Traceback" not in ended.err


def limited() -> None:
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))


@pytest.mark.parametrize("arguments", [("apply", "--yes"), ("plan", "--out", "saved.json")])
def test_1_a_full_disk_is_said_before_any_change(house: House, arguments: tuple[str, ...]) -> None:
    assert house.plan().code == 0
    house.write("people.csv", PEOPLE)
    before = (house.folder / "tenant.json").exists()
    done = subprocess.run(
        [sys.executable, "-B", "-m", "syncer", "-c", "syncer.yaml", *arguments],
        capture_output=True,
        check=False,
        cwd=house.folder,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        preexec_fn=limited,  # no threads here
    )
    assert done.returncode == 1, done
    assert b"Traceback" not in done.stderr
    assert done.stderr.startswith(b"error: ") or b"\nerror: " in done.stderr
    assert (house.folder / "tenant.json").exists() == before


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_130_interrupted_finishes_what_is_in_flight(
    house: House, monkeypatch: pytest.MonkeyPatch, number: signal.Signals
) -> None:
    class Interrupting:
        """A sandbox that signals the client while its first write is in flight."""

        def __init__(self, sandbox: Sandbox) -> None:
            self.sandbox = sandbox
            self.base_path = sandbox.base_path
            self.victim = 0

        def respond(
            self, method: str, target: str, headers: Mapping[str, str], body: bytes
        ) -> Answer:
            if method != "GET" and self.victim:
                os.kill(self.victim, number)
            return self.sandbox.respond(method, target, headers, body)

    sandbox = Sandbox.open(house.folder / "remote.json", domains=("example.com",))
    monkeypatch.setenv("ASANA_SCIM_TOKEN", sandbox.token)
    interrupting = Interrupting(sandbox)
    server = SandboxServer(interrupting)  # type: ignore[arg-type]  # answers as one
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        house.edit("syncer.yaml", "sandbox: tenant.json", f"base_url: {server.url}")
        command = [sys.executable, "-m", "syncer", "-c", str(house.folder / "syncer.yaml")]
        process = subprocess.Popen(
            [*command, "apply", "--yes", "--format", "json"],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            cwd=ROOT,
        )
        interrupting.victim = process.pid
        out, said = process.communicate(timeout=60)
    finally:
        server.stop()
        thread.join()
    assert process.returncode == 130, said.decode()
    report = json.loads(out)
    assert report["interrupted"] is True
    assert 0 < report["counts"]["applied"] < 7
    (journal,) = (house.folder / "journal").glob("*.jsonl")
    assert house.syncer("show", "--verify", str(journal)).code == 0


def test_plan_mode_sends_nothing_but_get(house: House) -> None:
    sandbox = Sandbox.open(house.folder / "remote.json")
    seen: list[str] = []

    class Watching:
        base_path = sandbox.base_path

        def respond(
            self, method: str, target: str, headers: Mapping[str, str], body: bytes
        ) -> Answer:
            seen.append(method)
            return sandbox.respond(method, target, headers, body)

    server = SandboxServer(Watching())  # type: ignore[arg-type]  # answers as one
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        house.write("token", sandbox.token)
        house.edit(
            "syncer.yaml",
            "sandbox: tenant.json",
            f"base_url: {server.url}\n  token: {{file: token}}",
        )
        assert house.plan("--out", str(house.folder / "saved.json")).code == 0
        assert house.syncer("validate").code == 0
        assert house.syncer("show", str(house.folder / "saved.json")).code == 0
    finally:
        server.stop()
        thread.join()
    assert seen
    assert set(seen) == {"GET"}


@pytest.mark.usefixtures("no_waiting")
def test_the_hostile_sandbox_never_gets_a_wrong_write(house: House) -> None:
    for seed in range(20):
        assert (
            house.syncer(
                "sandbox", "reset", "--yes", "--profile", "hostile", "--seed", str(seed)
            ).code
            == 0
        )
        ended = house.apply(*ALL)
        assert ended.code in {0, 1, 4}, ended
        assert "Traceback" not in ended.err
        names = [user["userName"] for user in house.tenant()["users"]]
        assert len(names) == len(set(names))
        assert set(names) <= {"ada@example.com", "grace@example.com", "zoe@example.com"}
