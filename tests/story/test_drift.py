"""What changed in Asana by hand since our last runs, told through the command line."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta, tzinfo
from html import unescape
from typing import Any, Self
from unittest import mock

import pytest

from syncer.sandbox import Sandbox
from tests.json_schema import misfits
from tests.render import golden
from tests.story.harness import House
from tests.story.test_kill_every_kind import after_a_write, forked

RUN = "20261120T100000Z-abc123"


@pytest.fixture
def settled(house: House) -> House:
    """A tenant as our run left it; the run has a name and a day of its own."""
    assert house.apply().code == 0
    assert drift_of(house) == []
    (journal,) = (house.folder / "journal").glob("*.jsonl")
    journal.rename(journal.with_name(f"{RUN}.jsonl"))
    return house


def drift_of(house: House, *arguments: str) -> list[dict[str, Any]]:
    return list(house.plan("--format", "json", *arguments).json["plan"]["drift"])


def told(drift: list[dict[str, Any]]) -> list[tuple[str, str, str, str]]:
    return [(one["subject"], one["what"], one["found"], one["verdict"]) for one in drift]


def by_hand(house: House, name: str, **changes: Any) -> None:
    """Somebody changes a user in Asana."""
    tenant = house.tenant()
    (user,) = (one for one in tenant["users"] if one["userName"].startswith(name))
    user.update(changes)
    house.write("tenant.json", json.dumps(tenant))


def test_a_change_by_hand_is_told_undone_and_told_no_more(settled: House) -> None:
    settled.edit("tenant.json", '"title": "Managing Director"', '"title": "Chair"')
    (one,) = drift_of(settled)
    (ada,) = (user for user in settled.tenant()["users"] if user["userName"].startswith("ada"))
    run = one.pop("run")
    assert one.pop("at") == "2026-11-20T10:00:00Z"
    assert run.startswith("2026")
    assert one == {
        "subject": "ada@example.com",
        "id": ada["id"],
        "kind": "person",
        "what": "title",
        "left_at": "Managing Director",
        "found": "Chair",
        "verdict": "puts_back",
        "member": "",
        "member_id": "",
    }
    assert "drift     1 change made in Asana since 2026-11-20" in settled.plan("--quiet").out
    assert "Drift" not in settled.plan("--quiet").out
    assert settled.apply().code == 0
    assert drift_of(settled) == []
    assert "drift" not in settled.plan().out


def test_the_digest_and_the_exit_code_are_those_of_a_plan_without_drift(settled: House) -> None:
    by_hand(settled, "ada", title="Chair")
    told_of = settled.plan("--format", "json", "--detailed-exitcode")
    (settled.folder / "journal").rename(settled.folder / "elsewhere")
    untold = settled.plan("--format", "json", "--detailed-exitcode")
    assert (told_of.code, untold.code) == (2, 2)
    assert told_of.json["plan"]["drift"]
    assert not untold.json["plan"]["drift"]
    assert told_of.json["digest"] == untold.json["digest"]
    assert told_of.json["plan"]["actions"] == untold.json["plan"]["actions"]
    # What agrees with the directory by now is told, and changes no exit code.
    (settled.folder / "elsewhere").rename(settled.folder / "journal")
    settled.edit("people.csv", "Managing Director", "Chair")
    quiet = settled.plan("--format", "json", "--detailed-exitcode")
    assert (quiet.code, told(quiet.json["plan"]["drift"])) == (
        0, [("ada@example.com", "title", "Chair", "agrees")],
    )  # fmt: skip


def eventful(house: House) -> None:
    """Somebody was at work in Asana, and the directory has moved on as well."""
    by_hand(house, "ada", title="Chair")
    by_hand(house, "grace", department="Sales", **{"name.formatted": "Grace Murray"})
    by_hand(house, "zoe", status="deactivated")
    house.edit("people.csv", "Grace,Hopper,Engineer,Engineering", "Grace,Murray,Engineer,Research")
    tenant = house.tenant()
    ids = {one["userName"].partition("@")[0]: one["id"] for one in tenant["users"]}
    tenant["groups"][0]["members"] = []
    house.write("tenant.json", json.dumps(tenant))
    assert ids.keys() == {"ada", "grace", "zoe"}


def test_the_whole_of_it_reads_as_it_should(settled: House) -> None:
    eventful(settled)
    for name, arguments in (
        ("plan-drift", ()),
        ("markdown-drift", ("--format", "markdown")),
    ):
        text = settled.plan(*arguments).out
        for one in drift_of(settled):
            text = text.replace(one["run"], RUN)
        text = text.replace(f"{settled.folder}/", "")
        if not arguments:
            assert max(map(len, text.splitlines())) <= 80
        golden.agrees(name, text)


def test_what_is_told_fits_the_schema_and_is_shown_again(settled: House) -> None:
    eventful(settled)
    saved = str(settled.folder / "plan.json")
    planned = settled.plan("--format", "json", "--out", saved)
    schema = settled.syncer("schema", "--plan").json
    assert not list(misfits(planned.json, schema, schema))
    shown = settled.syncer("show", saved)
    assert "Drift: 5 changes" in shown.out
    # A plan of before says nothing of drift, and is read all the same.
    document = json.loads((settled.folder / "plan.json").read_text(encoding="utf-8"))
    del document["plan"]["drift"]
    del document["plan"]["drift_since"]
    old = settled.write("old.json", json.dumps(document))
    assert settled.syncer("show", str(old)).code == 0
    assert "Drift" not in settled.syncer("show", str(old)).out


def test_a_plan_for_some_tells_of_those_alone(settled: House) -> None:
    eventful(settled)
    assert {one[0] for one in told(drift_of(settled, "--only", "ada@example.com"))} == {
        "ada@example.com"
    }
    (team,) = drift_of(settled, "--only", "team:Engineering")
    assert (team["subject"], team["member"]) == ("Engineering", "grace@example.com")
    (of_grace, *_, membership) = drift_of(settled, "--only", "0002")
    assert of_grace["subject"] == "grace@example.com"
    assert membership["member"] == "grace@example.com"


def test_apply_shows_it_before_it_asks(settled: House) -> None:
    by_hand(settled, "ada", title="Chair")
    assert "Drift: 1 change" in settled.apply().out


def test_an_undo_is_a_word_like_any_other(settled: House) -> None:
    settled.edit("people.csv", "Managing Director", "Chair")
    assert settled.apply().code == 0
    latest = max(
        (settled.folder / "journal").glob("*.jsonl"), key=lambda path: path.stat().st_mtime_ns
    )
    saved = str(settled.folder / "undo.json")
    assert settled.plan("--undo", str(latest), "--out", saved).code == 0
    assert settled.apply(saved).code == 0
    assert drift_of(settled) == []
    by_hand(settled, "ada", title="Chair")
    assert told(drift_of(settled)) == [("ada@example.com", "title", "Chair", "agrees")]


def test_who_is_invited_again_under_a_new_id_is_nobody_s_drift(settled: House) -> None:
    settled.edit("people.csv", "Zoë,Müller,Engineer,Engineering,grace@example.com,active",
                 "Zoë,Müller,Engineer,Engineering,grace@example.com,left")  # fmt: skip
    assert settled.apply().code == 0
    assert drift_of(settled) == []
    invited = settled.tenant()
    for user in invited["users"]:
        if user["userName"].startswith("zoe"):
            user.update(id="77", status="active")
    by_hand(settled, "zoe", status="active")
    assert told(drift_of(settled)) == [("zoe@example.com", "active", "yes", "puts_back")]
    settled.write("tenant.json", json.dumps(invited))
    assert drift_of(settled) == []


def test_after_a_kill_only_what_was_certain_is_told(house: House) -> None:
    assert forked(house, after_a_write, 2) < 0
    assert drift_of(house) == []
    tenant = house.tenant()
    tenant["users"] = [{**one, "title": "By hand"} for one in tenant["users"]]
    house.write("tenant.json", json.dumps(tenant))
    assert {one["what"] for one in drift_of(house)} <= {"title"}
    assert house.apply().code == 0
    assert drift_of(house) == []


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (b'"Managing Director"', b'"Managing Janitor"', "is not as it was written"),
        (b'"entry":"intent"', b'"entry" "intent"', "the journal is damaged"),
    ],
)
def test_a_journal_that_is_not_believed_is_told_and_stops_nothing(
    house: House, old: bytes, new: bytes, said: str
) -> None:
    # The ledger knows this run, so that no guard depends on its journal.
    settled = house
    assert settled.apply().code == 0
    by_hand(settled, "ada", title="Chair")
    (journal,) = (settled.folder / "journal").glob("*.jsonl")
    journal.write_bytes(journal.read_bytes().replace(old, new))
    planned = settled.plan("--format", "json", "--detailed-exitcode")
    assert planned.code == 2
    assert planned.json["plan"]["drift"] == []
    (notice,) = (one for one in planned.json["plan"]["notices"] if said in one["text"])
    assert notice["subject"] == journal.name
    assert said in " ".join(settled.plan().out.split())


@contextmanager
def at_the_first_read(act: Any) -> Iterator[None]:
    """Do something else while Asana is read."""
    answer = Sandbox.respond
    done: list[object] = []

    def respond(self: Sandbox, *rest: Any) -> Any:
        if not done:
            done.append(act())
        return answer(self, *rest)

    with mock.patch.object(Sandbox, "respond", respond):
        yield


def test_a_run_at_work_meanwhile_is_no_drift(settled: House) -> None:
    by_hand(settled, "ada", title="Chair")
    (journal,) = (settled.folder / "journal").glob("*.jsonl")
    other = journal.with_name("20261121T100000Z-abc123.jsonl")
    with at_the_first_read(lambda: other.write_bytes(b"")):
        plan = settled.plan("--format", "json").json["plan"]
    assert plan["drift"] == []
    texts = [one["text"] for one in plan["notices"]]
    assert texts == ["a run was at work while Asana was read: what else changed in it is not told"]


def test_a_run_at_work_under_a_clock_set_back_is_none_either(settled: House) -> None:
    by_hand(settled, "ada", title="Chair")
    (journal,) = (settled.folder / "journal").glob("*.jsonl")
    other = journal.with_name("20261119T100000Z-abc123.jsonl")
    with at_the_first_read(lambda: other.write_bytes(b"")):
        assert drift_of(settled) == []


@pytest.mark.parametrize("days", [-1, -400, 1])
def test_what_the_last_run_left_is_the_last_word_whatever_the_clock_said(
    house: House, monkeypatch: pytest.MonkeyPatch, days: int
) -> None:
    assert house.apply().code == 0
    away = timedelta(days=days)

    class Clock(datetime):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> Self:
            return super().now(tz) + away

    with monkeypatch.context() as patch:
        patch.setattr("syncer.cli.wiring.datetime", Clock)
        house.edit("people.csv", "Managing Director", "Chair")
        assert house.apply().code == 0
        assert drift_of(house) == []
    house.edit("people.csv", "Chair", "President")
    assert house.apply().code == 0
    assert drift_of(house) == []
    by_hand(house, "ada", title="Boss")
    (one,) = drift_of(house)
    assert (one["left_at"], one["found"]) == ("President", "Boss")


def test_runs_before_the_bound_are_said_not_to_be_looked_at(
    settled: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("syncer.apply.history.MOST_RUNS", 1)
    settled.edit("people.csv", "Managing Director", "Chair")
    settled.edit("people.csv", "Hopper,Engineer", "Hopper,Admiral")
    assert settled.apply().code == 0
    by_hand(settled, "ada", title="Boss", department="Sales")
    by_hand(settled, "grace", title="Boss")
    plan = settled.plan("--format", "json").json["plan"]
    # Their departments were left by the run before.
    assert {one["what"] for one in plan["drift"]} == {"title"}
    assert plan["drift_since"].startswith("20")
    assert f"runs before {plan['drift_since']} were not looked at" in settled.plan().out


def test_many_changes_are_folded(house: House) -> None:
    people = "".join(f"1{n:03},s{n}@example.com,S,{n},Guest,Sales,,active\n" for n in range(40))
    path = house.folder / "people.csv"
    house.write("people.csv", path.read_text(encoding="utf-8") + people)
    assert house.apply("--allow", "create=99").code == 0
    tenant = house.tenant()
    tenant["users"] = [{**one, "title": "By hand"} for one in tenant["users"]]
    house.write("tenant.json", json.dumps(tenant))
    text = house.plan().out
    assert "Drift: 43 changes" in text
    assert "... and 23 more; all of them: --format json" in text
    assert len(drift_of(house)) == 43


def test_no_name_reaches_the_terminal_as_it_is(settled: House) -> None:
    by_hand(settled, "ada", title="\x1b[31mred\n")
    assert "\x1b[31m" not in settled.plan().out
    assert "<img" not in settled.plan("--format", "markdown").out


def test_a_masked_comment_hides_addresses_here_too(settled: House) -> None:
    eventful(settled)
    text = settled.plan("--format", "markdown", "--mask").out
    assert "Drift" in text
    assert "zoe" not in text


HOLDING = {
    "approval": "approval: {create: true}\n",
    "guard": "guards: {create: {count: 0, percent: null, floor: 0}, on_violation: hold}\n",
    "policy": """\
policy:
  - name: none-new
    forbid: "kind in ['create_user', 'create_team']"
    message: not now
    on_violation: hold
""",
}


def lost(house: House) -> None:
    """Somebody removes a person and a team that the directory asks for."""
    tenant = house.tenant()
    tenant["users"] = [one for one in tenant["users"] if not one["userName"].startswith("zoe")]
    house.write("tenant.json", json.dumps({**tenant, "groups": []}))


def renamed(house: House) -> None:
    """Somebody gives both names of which the directory knows nothing, nor any ledger."""
    (house.folder / "syncer-ledger.sqlite").unlink()
    by_hand(house, "zoe", userName="other@example.com", employeeNumber="77")
    tenant = house.tenant()
    tenant["groups"][0]["displayName"] = "Builders"
    house.write("tenant.json", json.dumps(tenant))


@pytest.mark.parametrize("somebody", [lost, renamed])
@pytest.mark.parametrize("how", HOLDING)
def test_a_create_that_is_held_makes_no_other_one(
    settled: House, how: str, somebody: Callable[[House], None]
) -> None:
    somebody(settled)
    config = (settled.folder / "syncer.yaml").read_text(encoding="utf-8")
    settled.write("syncer.yaml", f"{config}lifecycle: {{leavers: report}}\n")
    anew = "left; this plan creates another one of that name"
    assert f"{anew} (2 changes):" in settled.plan().out
    settled.write("syncer.yaml", f"{config}lifecycle: {{leavers: report}}\n{HOLDING[how]}")
    files = [settled.folder / f"plan{ending}" for ending in (".md", ".html", ".txt")]
    written = [option for path in files for option in ("--report", str(path))]
    texts = [settled.plan(*written).out, settled.apply().out]
    texts += [unescape(path.read_text(encoding="utf-8")) for path in files]
    # The guard and the approval speak of people; the team is created.
    held = 2 if how == "policy" else 1
    for text in texts:
        assert text.count("held: what would be done about it waits") in {1, held}
        assert (anew in text) is (held == 1)


def test_why_tells_what_somebody_changed_about_a_person(settled: House) -> None:
    settled.edit("tenant.json", '"title": "Managing Director"', '"title": "Chair"')
    tenant = settled.tenant()
    (grace,) = (user["id"] for user in tenant["users"] if user["userName"].startswith("grace"))
    tenant["groups"][0]["members"].remove(grace)
    settled.write("tenant.json", json.dumps(tenant))
    drift = drift_of(settled)
    assert [one["what"] for one in drift] == ["title", "member"]
    for name, mine in (("ada", drift[:1]), ("grace", drift[1:]), ("zoe", [])):
        (person,) = settled.syncer("why", f"{name}@example.com", "--format", "json").json["people"]
        assert person["plan"]["drift"] == mine
    text = settled.syncer("why", "ada@example.com").out.partition("\nDrift")[2]
    assert "this plan puts it back (1 change):" in text
    assert "title  Managing Director -> Chair" in text
    assert "is no member any more" in settled.syncer("why", "grace@example.com").out
    assert "\nDrift" not in settled.syncer("why", "zoe@example.com").out
    settled.edit("syncer.yaml", "teams:", "approval: {update: true}\nteams:")
    text = settled.syncer("why", "ada@example.com").out.partition("\nDrift")[2]
    assert "held: what would be done about it waits (1 change):" in text
