"""Who watches from afar: through the real command line, to a real listener on this machine."""

import subprocess
import sys
from pathlib import Path

import pytest

from syncer.cli.locking import exclusive
from syncer.cli.logs import EventLog
from syncer.cli.main import run
from syncer.cli.options import Settings
from syncer.cli.wiring import read_inputs
from syncer.model.exits import Exit
from syncer.sandbox import Answer, Sandbox
from tests.story.harness import PEOPLE, House
from tests.story.watchers import SECRET, ZOE, finished, logged, told
from tests.watch.listener import Listener
from tests.watch.test_metrics import read


def test_a_life_told_from_afar(watched_house: House, listener: Listener) -> None:
    house = watched_house
    house.edit("people.csv", "\n0001", "\n0001,broken\n0001")
    # 1. The first night fails: a directory that cannot be read is no directory.
    (house.folder / "people.csv").rename(house.folder / "away.csv")
    assert house.apply().code == Exit.USAGE
    assert told(listener) == ["wrong usage, or a config or source that cannot be used"]
    assert not listener.at(f"/ping/{SECRET}")
    # 2. So does the second, and nobody is told again.
    assert house.apply().code == Exit.USAGE
    assert len(told(listener)) == 1
    # 3. It works again: told once, and a sign of life.
    house.write("people.csv", PEOPLE)
    assert house.apply().code == Exit.DONE
    assert house.apply().code == Exit.DONE
    assert told(listener)[1:] == ["it works again"]
    assert len(listener.at(f"/ping/{SECRET}")) == 2
    # 4. A guard refuses: told once for just these actions.
    house.write("people.csv", PEOPLE.replace(ZOE, ""))
    assert house.apply().code == Exit.GUARD_REFUSED
    assert house.apply().code == Exit.GUARD_REFUSED
    assert told(listener)[2:] == ["a guard refused, nothing was changed"]
    # 5. Held, the removal is news too; the run is a success.
    assert house.apply("--hold").code == Exit.REMOVALS_HELD
    assert house.apply("--hold").code == Exit.REMOVALS_HELD
    assert told(listener)[3:] == ["1 removal waits for a person"]
    assert len(listener.at(f"/ping/{SECRET}")) == 4
    # 6. Accepted, nothing is left to tell.
    assert house.apply("--allow", "deactivate=1").code == Exit.DONE
    assert len(told(listener)) == 4


def test_a_message_says_what_happened_to_whom_and_what_to_do(
    watched_house: House, listener: Listener
) -> None:
    house = watched_house
    house.apply()
    house.write("people.csv", PEOPLE.replace(ZOE, ""))
    house.apply("--hold")
    (posted,) = listener.at(f"/{SECRET}")
    assert posted.json["type"] == "warning"
    text = posted.json["message"]
    assert "**1 removal waits for a person** (exit 6)" in text
    assert "- `deactivate z***@example.com`" in text
    assert "zoe@example.com" not in text
    assert "--allow deactivate=1" in text
    # Who wants the names has them.
    house.edit("syncer.yaml", "  ping:", "  mask: false\n  ping:")
    (house.folder / "journal" / ".told-apply.json").unlink()
    house.apply("--hold")
    assert "- `deactivate zoe@example.com`" in listener.at(f"/{SECRET}")[-1].json["message"]


def test_numbers_are_left_for_the_collector_and_the_gateway(
    watched_house: House, listener: Listener
) -> None:
    house = watched_house
    assert house.plan().code == Exit.DONE
    assert house.apply().code == Exit.DONE
    path = house.folder / "syncer.prom"
    assert path.stat().st_mode & 0o777 == 0o644
    assert not list(house.folder.glob(".syncer.prom*"))
    series = read(path.read_text(encoding="utf-8"))
    known = {dict(labels)["command"] for _, labels in series}
    assert known == {"plan", "apply"}
    pushed = [one for one in listener.heard if one.path.startswith("/metrics/")]
    assert [one.path for one in pushed] == [
        f"/metrics/job/syncer/command/{command}/tenant/example.com"
        for command in ("plan", "apply")
    ]
    assert {one.method for one in pushed} == {"POST"}
    assert read(pushed[0].body).items() | read(pushed[1].body).items() == series.items()
    labels = {"tenant": "example.com", "command": "apply"}
    created = {**labels, "kind": "create_user", "outcome": "applied"}
    assert series["syncer_last_plan_actions", frozenset(created.items())] == 3
    answered = {**labels, "status": "201"}
    assert series["syncer_last_run_requests", frozenset(answered.items())] == 4
    # A run that fails keeps when one last succeeded.
    success = ("syncer_last_success_timestamp_seconds", frozenset(labels.items()))
    (house.folder / "people.csv").unlink()
    assert house.apply().code == Exit.USAGE
    after = read(path.read_text(encoding="utf-8"))
    assert after[success] == series[success]
    assert after["syncer_last_run_exit_code", frozenset(labels.items())] == 64
    assert success not in read(listener.at(pushed[1].path)[-1].body)


def test_each_run_is_one_line_in_the_log(house: House, tmp_path: Path) -> None:
    planned = finished(logged(house, "plan"))
    assert planned["actions"] == {
        "change_members": 1,
        "create_team": 1,
        "create_user": 3,
        "update_user": 2,
    }
    assert planned["outcomes"] == {"planned": 7, "held": 0}
    assert (planned["exit"], planned["violations"], planned["unknown"]) == (0, {}, 0)
    assert planned["requests"] == {"GET": planned["statuses"]["200"]}
    assert planned["quota_used"] > 0
    assert planned["seconds"].keys() == {"config", "sources", "rules", "journals", "read", "plan"}
    applied = finished(logged(house, "apply", "--yes"))
    assert applied["outcomes"] == {
        "applied": 7, "failed": 0, "skipped": 0, "held": 0, "not_started": 0
    }  # fmt: skip
    assert applied["statuses"]["201"] == 4
    assert applied["digest"] == planned["digest"]
    assert "why" not in applied
    # What ends a run early is in the line as well.
    house.edit("people.csv", "ada@example.com", "ada at example.com")
    doubted = finished(logged(house, "plan"))
    assert doubted["unknown"] == 1
    (tmp_path / "people.csv").unlink()
    failed = finished(logged(house, "plan"))
    assert (failed["exit"], failed["run"]) == (64, "")
    assert "people.csv" in failed["why"]
    assert "actions" not in failed
    (tmp_path / "syncer.yaml").write_text("version: 1")
    assert finished(logged(house, "apply", "--yes"))["exit"] == 64


def test_a_refusal_of_asana_is_counted_by_its_status(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    def respond(*_: object) -> Answer:
        return Answer(401, {}, b"")

    monkeypatch.setattr(Sandbox, "respond", respond)
    line = finished(logged(house, "plan"))
    assert line["exit"] == 1
    assert line["statuses"].keys() == {"401"}


@pytest.mark.parametrize("command", [["validate"], ["schema"], ["why", "ada@example.com"]])
def test_only_runs_are_told(watched_house: House, listener: Listener, command: list[str]) -> None:
    watched_house.syncer(*command)
    assert not listener.heard
    assert not (watched_house.folder / "syncer.prom").exists()


@pytest.mark.parametrize("command", [["plan"], ["apply", "--yes"]])
def test_a_part_says_nothing_of_the_whole(
    watched_house: House, listener: Listener, command: list[str]
) -> None:
    assert watched_house.syncer(*command, "--only", "ada@example.com").code == Exit.DONE
    assert not listener.heard
    assert not (watched_house.folder / "syncer.prom").exists()


def test_a_plan_is_told_only_where_the_config_says_so(
    watched_house: House, listener: Listener
) -> None:
    assert watched_house.plan().code == Exit.DONE
    assert {one.path.split("/")[1] for one in listener.heard} == {"metrics"}
    watched_house.edit("syncer.yaml", "  ping:", "  commands: [plan]\n  ping:")
    assert watched_house.plan("--detailed-exitcode").code == Exit.CHANGES_PENDING
    assert len(listener.at(f"/ping/{SECRET}")) == 1
    assert watched_house.plan("--only", "ada@example.com").code == Exit.DONE
    (watched_house.folder / "people.csv").unlink()
    watched_house.plan()
    title = "syncer plan, example.com: wrong usage, or a config or source that cannot be used"
    assert [one.json["title"] for one in listener.at(f"/{SECRET}")] == [title]
    assert len(listener.at(f"/ping/{SECRET}")) == 1
    # Of apply nobody hears now.
    watched_house.apply()
    assert len(listener.at(f"/{SECRET}")) == 1


def test_check_says_whether_those_who_watch_can_be_reached(
    watched_house: House, listener: Listener, monkeypatch: pytest.MonkeyPatch
) -> None:
    def lines(*options: str) -> list[tuple[str, str]]:
        checks = watched_house.syncer("check", "--format", "json", *options).json["checks"]
        names = {"metrics", "pushgateway", "ping", "notify"}
        return [(one["name"], one["verdict"]) for one in checks if one["name"] in names]

    good = [("metrics", "ok"), ("pushgateway", "ok"), ("ping", "ok"), ("notify", "ok")]
    assert lines() == [*good, ("notify", "ok")]
    assert not listener.heard
    assert lines("--notify") == [*good, *[("notify", "ok")] * 3]
    (posted,) = listener.at(f"/{SECRET}")
    assert posted.json["title"] == "syncer check, example.com: a test"
    assert len(listener.heard) == 2
    listener.status = 500
    monkeypatch.delenv("PUSH_URL")
    monkeypatch.setenv("NOTIFY_URLS", f"nonsense://{SECRET} json://{listener.place}/{SECRET}")
    shown = watched_house.syncer("check", "--notify")
    assert shown.code == Exit.FAILED
    assert SECRET not in shown.out + shown.err
    said = " ".join(shown.out.split())
    assert "metrics.pushgateway: the environment variable PUSH_URL is not set" in said
    assert "NOTIFY_URLS (1 of 2) is no URL that apprise knows" in said
    assert "NOTIFY_URLS (2 of 2) was refused, or could not be reached" in said


def test_a_test_message_needs_somebody_to_go_to(house: House) -> None:
    assert house.syncer("check").code == Exit.DONE
    shown = house.syncer("check", "--notify")
    assert shown.code == Exit.FAILED
    assert "there is nobody to send a test to" in shown.out


def test_another_run_at_work_is_no_news(watched_house: House, listener: Listener) -> None:
    settings = Settings(config=watched_house.folder / "syncer.yaml", log_level="error")
    with exclusive(read_inputs(settings.config_path, EventLog(settings))):
        assert watched_house.apply().code == Exit.STALE_OR_LOCKED
    assert {one.path.split("/")[1] for one in listener.heard} == {"metrics"}


def test_no_url_is_in_anything_that_a_run_leaves(watched_house: House, listener: Listener) -> None:
    said = []
    for status in (200, 404):
        listener.status = status
        watched_house.write("people.csv", PEOPLE)
        for level in ("debug", "info"):
            said.append(watched_house.syncer("apply", "--yes", "--log-level", level))
            said.append(watched_house.syncer("plan", "--log-level", level))
        (watched_house.folder / "people.csv").unlink()
        said.append(watched_house.apply())
    # There was something to find.
    assert listener.at(f"/{SECRET}")
    assert listener.at(f"/ping/{SECRET}")
    assert (
        "Authorization"
        in listener.at("/metrics/job/syncer/command/plan/tenant/example.com")[0].headers
    )
    left = [path.read_bytes() for path in watched_house.folder.rglob("*") if path.is_file()]
    texts = [text.decode("utf-8", "replace") for text in left]
    texts += [text for ended in said for text in (ended.out, ended.err)]
    assert not [text for text in texts if SECRET in text]


def test_who_is_to_hear_of_runs_makes_no_plan_stale(house: House) -> None:
    saved = str(house.folder / "p.json")
    assert house.plan("--out", saved).code == Exit.DONE
    house.edit(
        "syncer.yaml", "version: 1", "version: 1\nname: Example\nmetrics: {textfile: syncer.prom}"
    )
    assert house.apply(saved).code == Exit.DONE
    text = (house.folder / "syncer.prom").read_text(encoding="utf-8")
    assert 'tenant="Example"' in text


def test_without_watchers_a_run_leaves_and_loads_nothing_for_them(house: House) -> None:
    program = (
        "import sys\n"
        "from syncer.cli.main import run\n"
        f"code = run(['-c', {str(house.folder / 'syncer.yaml')!r}, 'apply', '--yes'])\n"
        "loaded = {'apprise', 'prometheus_client', 'requests'} & sys.modules.keys()\n"
        "assert not loaded, loaded\n"
        "sys.exit(code)\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, check=False)
    assert done.returncode == 0, done.stderr.decode()
    assert not list((house.folder / "journal").glob(".told*"))


def test_wrong_usage_before_there_is_a_config_is_one_line_too(tmp_path: Path) -> None:
    assert run(["-c", str(tmp_path / "none.yaml"), "plan", "--log-level", "error"]) == Exit.USAGE
