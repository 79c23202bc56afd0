"""Taking back what a run did, through the command line."""

import json
import sqlite3
from pathlib import Path
from typing import Any

import pytest

from tests.render import golden
from tests.story.conftest import VirtualTime
from tests.story.harness import PEOPLE, Ended, House

ALL = ("--allow", "create=99")
LICENSED = """\
licenses:
  rules: [{license: enterprise, when: "title == 'Chief'"}]
teams:
"""


@pytest.fixture
def settled(house: House, no_waiting: VirtualTime) -> House:  # noqa: ARG001 - thirty creates
    """A tenant as the directory has it, so that the next run is one of changes."""
    sales = "".join(f"1{n:03},s{n}@example.com,S,{n},Guest,Sales,,active\n" for n in range(30))
    house.write("people.csv", PEOPLE + sales)
    assert house.apply(*ALL).code == 0
    return house


def latest(house: House) -> Path:
    return max(
        (house.folder / "journal").glob("*.jsonl"), key=lambda path: path.stat().st_mtime_ns
    )


def changed(house: House, old: str, new: str) -> str:
    """The id of a run that carried this change of the directory out."""
    house.edit("people.csv", old, new)
    ended = house.apply("--format", "json")
    assert ended.code == 0, ended
    return str(ended.json["run_id"])


def undo(house: House, run: str, *arguments: str) -> Ended:
    return house.plan("--undo", run, *arguments)


def undone(house: House, run: str, *arguments: str) -> Ended:
    saved = str(house.folder / "undo.json")
    assert undo(house, run, "--out", saved).code in {0, 3}
    return house.apply(saved, *arguments)


def plan_of(ended: Ended) -> Any:
    return ended.json["plan"]


def person(house: House, name: str) -> Any:
    (found,) = (one for one in house.tenant()["users"] if one["userName"].startswith(name))
    return found


def test_a_run_is_taken_back_and_nothing_is_left_to_undo(settled: House) -> None:
    before = settled.tenant()
    run = changed(settled, "Zoë,Müller,Engineer,Engineering", "Zoë,Miller,Chief,Sales")
    assert settled.tenant() != before
    shown = undo(settled, run)
    assert shown.code == 0
    assert shown.out.startswith(f"plan --undo {run}: nothing is changed in Asana\n")
    assert max(map(len, shown.out.splitlines())) <= 80
    assert "the next ordinary plan asks for the same changes again" in " ".join(shown.out.split())
    ended = undone(settled, run)
    assert ended.code == 0, ended
    assert settled.tenant() == before
    assert "put the directory or the config right" in " ".join(ended.out.split())
    assert undo(settled, run, "--detailed-exitcode").code == 0
    # The directory still says what it said.
    assert settled.plan("--detailed-exitcode").code == 2


def test_an_undo_can_be_undone(settled: House) -> None:
    run = changed(settled, "Zoë,Müller,Engineer", "Zoë,Miller,Chief")
    after = settled.tenant()
    assert undone(settled, run).code == 0
    assert undone(settled, latest(settled).stem).code == 0
    assert settled.tenant() == after


def test_an_undo_that_changes_something_is_told_by_the_exit_code(settled: House) -> None:
    run = changed(settled, "Zoë,Müller,Engineer", "Zoë,Müller,Chief")
    assert undo(settled, run, "--detailed-exitcode").code == 2


def test_every_action_says_which_line_of_which_journal_it_takes_back(settled: House) -> None:
    run = changed(settled, "Zoë,Müller,Engineer", "Zoë,Müller,Chief")
    plan = plan_of(undo(settled, run, "--format", "json"))
    assert plan["undoes"] == run
    (action,) = plan["actions"]
    assert action["reason"] == f"undo of run {run}: title as before"
    assert action["origin"]["path"] == f"journal/{run}.jsonl"
    line = latest(settled).read_text().splitlines()[action["origin"]["line"] - 1]
    assert json.loads(line)["after"] == {"title": "Chief"}


def test_what_somebody_changed_since_is_left_and_told(settled: House) -> None:
    run = changed(settled, "Zoë,Müller,Engineer", "Zoë,Miller,Chief")
    settled.edit("tenant.json", '"title": "Chief"', '"title": "Boss"')
    planned = undo(settled, run, "--format", "json")
    (action,) = plan_of(planned)["actions"]
    assert [one["field"] for one in action["changes"]] == ["name.formatted"]
    told = [one["text"] for one in plan_of(planned)["notices"]]
    assert "title is 'Boss' now, and was 'Chief' after the run: left as it is" in told
    assert undone(settled, run).code == 0
    assert person(settled, "zoe")["title"] == "Boss"


def test_whoever_is_in_doubt_is_left_and_listed_with_the_reason(settled: House) -> None:
    run = changed(settled, "Zoë,Müller,Engineer", "Zoë,Müller,Chief")
    settled.edit("people.csv", ",Chief,Engineering,grace@example.com,active",
                 ",Chief,Engineering,grace@example.com,active,extra")  # fmt: skip
    before = settled.tenant()
    shown = undo(settled, run)
    assert shown.code == 0
    assert "Unknown" in shown.out
    assert "cells" in shown.out
    plan = plan_of(undo(settled, run, "--format", "json"))
    assert plan["actions"] == []
    (unknown,) = plan["unknown"]
    assert (unknown["subject"], unknown["origin"]["path"]) == ("zoe@example.com", "people.csv")
    assert undone(settled, run).code == 0
    assert settled.tenant() == before


def test_a_directory_that_was_put_right_meanwhile_is_no_reason_against_an_undo(
    settled: House,
) -> None:
    before = settled.tenant()
    run = changed(settled, "Zoë,Müller,Engineer", "Zoë,Müller,Chief")
    saved = str(settled.folder / "undo.json")
    assert undo(settled, run, "--out", saved).code == 0
    settled.edit("people.csv", "Zoë,Müller,Chief", "Zoë,Müller,Engineer")
    assert settled.apply(saved).code == 0
    assert settled.tenant() == before
    assert settled.plan("--detailed-exitcode").code == 0


def test_licences_and_memberships_come_back(settled: House) -> None:
    switches = {**settled.tenant()["switches"], "view_only_domain": True}
    users = [{**one, "userType": "view only"} for one in settled.tenant()["users"]]
    document = {**settled.tenant(), "switches": switches, "users": users}
    settled.write("tenant.json", json.dumps(document))
    settled.edit("syncer.yaml", "teams:\n", LICENSED)
    before = settled.tenant()
    run = changed(settled, "Zoë,Müller,Engineer,Engineering", "Zoë,Müller,Chief,Sales")
    assert person(settled, "zoe")["userType"] == "enterprise"
    kinds = [one["kind"] for one in plan_of(undo(settled, run, "--format", "json"))["actions"]]
    assert kinds == ["set_license", "update_user", "change_members"]
    assert undone(settled, run).code == 0
    assert settled.tenant()["users"] == before["users"]
    assert settled.tenant()["groups"] == before["groups"]


def test_a_team_gets_its_name_back(settled: House) -> None:
    settled.edit(
        "syncer.yaml", "{name: Engineering,", "{name: Builders, previously: [Engineering],"
    )
    assert settled.apply().code == 0
    assert settled.tenant()["groups"][0]["displayName"] == "Builders"
    assert undone(settled, latest(settled).stem).code == 0
    assert settled.tenant()["groups"][0]["displayName"] == "Engineering"


SWAP = "lifecycle: {address_cycles: temporary}\nteams:"


@pytest.mark.parametrize("cycles", ["temporary", "manual"])
def test_two_who_swapped_their_addresses_swap_them_back(settled: House, cycles: str) -> None:
    settled.edit("syncer.yaml", "teams:", SWAP)
    before = settled.tenant()
    people = (settled.folder / "people.csv").read_text(encoding="utf-8")
    swapped = people.replace("0002,grace@", "0002,X@").replace("0003,zoe@", "0003,grace@")
    settled.write("people.csv", swapped.replace("0002,X@", "0002,zoe@"))
    assert settled.apply("--allow", "rename=3").code == 0
    run = latest(settled).stem
    if cycles == "manual":
        settled.edit("syncer.yaml", "address_cycles: temporary", "address_cycles: manual")
        plan = plan_of(undo(settled, run, "--format", "json"))
        assert not [one for one in plan["actions"] if one["kind"] == "update_user"]
        back = [one["what"] for one in plan["manual"]]
        assert [what for what in back if what.startswith("change the address to ")] == back
        assert len(back) == 2
        return
    assert undone(settled, run, "--allow", "rename=3").code == 0
    assert {(one["id"], one["userName"]) for one in settled.tenant()["users"]} == {
        (one["id"], one["userName"]) for one in before["users"]
    }


def test_an_address_that_somebody_else_has_by_now_is_manual_work(settled: House) -> None:
    run = changed(settled, "0003,zoe@example.com", "0003,zed@example.com")
    settled.edit("tenant.json", '"userName": "s1@example.com"', '"userName": "zoe@example.com"')
    plan = plan_of(undo(settled, run, "--format", "json"))
    assert plan["actions"] == []
    (work,) = plan["manual"]
    assert work["what"].startswith("change the address to zoe@example.com")
    assert "belongs to the Asana user" in work["reason"]


def test_what_scim_cannot_undo_is_a_person_s_work(settled: House) -> None:
    settled.edit("people.csv", "1000,s0@example.com,S,0,Guest,Sales,,active\n", "")
    settled.edit("people.csv", "1001,s1@example.com,S,1", "2001,new@example.com,New,One")
    assert settled.apply(*ALL).code == 0
    plan = plan_of(undo(settled, latest(settled).stem, "--format", "json"))
    work = {one["subject"]: one["what"] for one in plan["manual"]}
    assert work["s0@example.com"] == "invite the person again in Asana's admin console"
    assert work["new@example.com"].startswith("deactivate the person in Asana's admin console")
    assert not [one for one in plan["actions"] if one["kind"] == "deactivate_user"]


def test_whoever_is_protected_by_now_is_left_alone(settled: House) -> None:
    run = changed(settled, "Zoë,Müller,Engineer", "Zoë,Müller,Chief")
    settled.edit("syncer.yaml", "teams:", 'protected: {users: ["zoe@example.com"]}\nteams:')
    plan = plan_of(undo(settled, run, "--format", "json"))
    assert plan["actions"] == []
    assert "is protected: left as it is" in [one["text"] for one in plan["notices"]]


def test_a_large_undo_meets_the_guards(settled: House) -> None:
    people = (settled.folder / "people.csv").read_text(encoding="utf-8")
    settled.write("people.csv", people.replace("Guest", "Host"))
    assert settled.apply("--allow", "update=99").code == 0
    run = latest(settled).stem
    refused = undo(settled, run, "--format", "json", "--out", str(settled.folder / "undo.json"))
    assert refused.code == 3
    (violation,) = plan_of(refused)["violations"]
    assert violation["guard"] == "update"
    assert settled.apply(str(settled.folder / "undo.json")).code == 3
    assert settled.apply(str(settled.folder / "undo.json"), "--allow", "update=30").code == 0


def test_of_a_killed_run_what_took_effect_is_taken_back(settled: House) -> None:
    before = settled.tenant()
    run = changed(settled, "Zoë,Müller,Engineer,Engineering", "Zoë,Miller,Chief,Sales")
    journal = latest(settled)
    lines = journal.read_bytes().splitlines(keepends=True)
    intents = [number for number, line in enumerate(lines) if b'"intent"' in line]
    # The last request left, and nobody lived to see its answer.
    journal.write_bytes(b"".join(lines[: intents[-1] + 1]) + b'{"entry":"answ')
    assert undone(settled, run).code == 0
    assert settled.tenant() == before


def resumed(house: House) -> tuple[str, str]:
    """The ids of a run that was killed after its first change, and of the one that went on."""
    house.edit("people.csv", "Zoë,Müller,Engineer", "Zoë,Müller,Chief")
    house.edit("people.csv", "Grace,Hopper,Engineer", "Grace,Hopper,Admiral")
    saved = str(house.folder / "plan.json")
    assert house.plan("--out", saved).code == 0
    assert house.apply(saved).code == 0
    killed = latest(house)
    lines = killed.read_bytes().splitlines(keepends=True)
    (late,) = (n for n, line in enumerate(lines) if b'"intent"' in line and b"zoe@" in line)
    killed.write_bytes(b"".join(lines[:late]))
    house.edit("tenant.json", '"title": "Chief"', '"title": "Engineer"')
    house.apply(saved)
    assert latest(house) != killed
    assert person(house, "zoe")["title"] == "Chief"
    return killed.stem, latest(house).stem


def test_of_a_run_that_went_on_with_another_both_are_taken_back(settled: House) -> None:
    before = settled.tenant()
    first, second = resumed(settled)
    plan = plan_of(undo(settled, second, "--format", "json"))
    assert plan["undoes"] == second
    told = [one["text"] for one in plan["notices"] if one["subject"] == f"run {second}"]
    assert told == [f"it carried on with the plan of {first}: what that did is taken back too"]
    origins = {action["origin"]["path"] for action in plan["actions"]}
    assert origins == {f"journal/{first}.jsonl", f"journal/{second}.jsonl"}
    assert undone(settled, second).code == 0
    assert settled.tenant() == before


def test_of_a_run_that_another_went_on_with_its_own_part_is_taken_back(settled: House) -> None:
    first, second = resumed(settled)
    plan = plan_of(undo(settled, first, "--format", "json"))
    assert [action["user_name"] for action in plan["actions"]] == ["grace@example.com"]
    told = [one["text"] for one in plan["notices"] if one["subject"] == f"run {first}"]
    assert f"run {second} carried on with its plan: undo that run to take back both" in told


def test_without_the_journal_of_the_first_part_nothing_is_taken_back(settled: House) -> None:
    first, second = resumed(settled)
    (settled.folder / "journal" / f"{first}.jsonl").unlink()
    ended = undo(settled, second)
    assert ended.code == 64
    assert f"went on with what run {first} had begun" in " ".join(ended.err.split())


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (b'"title":"Engineer"', b'"title":"Janitor!"', "was edited"),
        (b'"result":"applied"', b'"result":"failed"', "was edited"),
    ],
)
def test_an_edited_journal_is_refused(settled: House, old: bytes, new: bytes, said: str) -> None:
    run = changed(settled, "Zoë,Müller,Engineer", "Zoë,Müller,Chief")
    journal = latest(settled)
    assert old in journal.read_bytes()
    journal.write_bytes(journal.read_bytes().replace(old, new))
    refused = undo(settled, run)
    assert refused.code == 64
    assert said in refused.err
    assert refused.out == ""


def test_a_run_of_another_tenant_is_refused(settled: House) -> None:
    run = changed(settled, "Zoë,Müller,Engineer", "Zoë,Müller,Chief")
    settled.edit("syncer.yaml", "sandbox: tenant.json", "sandbox: other.json")
    refused = undo(settled, run)
    assert refused.code == 64
    assert "that run changed sandbox tenant.json, and this is sandbox other.json" in refused.err


def test_a_run_is_named_by_its_id_the_beginning_of_it_or_its_file(settled: House) -> None:
    run = changed(settled, "Zoë,Müller,Engineer", "Zoë,Müller,Chief")
    for name in (run, run[:-1], str(latest(settled))):
        assert plan_of(undo(settled, name, "--format", "json"))["undoes"] == run
    several = undo(settled, "20")
    assert several.code == 64
    assert "2 runs begin so" in several.err
    assert run in several.err
    for name in ("nobody", "", str(settled.folder / "people.csv"), "x" * 300 + ".jsonl"):
        unknown = undo(settled, name)
        assert unknown.code == 64, unknown
        assert "there is no such run" in unknown.err
        assert run in unknown.err


def test_without_any_run_there_is_nothing_to_undo(house: House) -> None:
    refused = undo(house, "20261125T000000Z-abcdef")
    assert refused.code == 64
    assert "there is no journal yet" in refused.err


def test_the_whole_of_an_undo_reads_as_it_should(settled: House) -> None:
    run = eventful(settled)
    text = undo(settled, run).out.replace(run, "20261125T100000Z-abc123")
    assert max(map(len, text.splitlines())) <= 80
    golden.agrees("plan-undo", text)


def eventful(house: House) -> str:
    """The id of a run of which some can be taken back and some cannot."""
    house.edit("people.csv", "Zoë,Müller,Engineer,Engineering", "Zoë,Miller,Chief,Sales")
    house.edit("people.csv", "0002,grace@example.com", "0002,g.hopper@example.com")
    house.edit("people.csv", "1000,s0@example.com,S,0,Guest,Sales,,active\n", "")
    house.edit("people.csv", "1001,s1@example.com,S,1,Guest", "2001,new@example.com,New,One,Boss")
    house.edit("people.csv", "1002,s2@example.com,S,2,Guest,Sales", "1002,s2@example.com,S,2,,HR")
    house.edit("syncer.yaml", "teams:", "teams:\n  - {name: HR, when: \"department == 'HR'\"}")
    ended = house.apply(*ALL, "--allow", "rename=2", "--format", "json")
    assert ended.code == 0, ended
    house.edit("tenant.json", '"title": "Chief"', '"title": "Head"')
    return str(ended.json["run_id"])


def test_undo_after_the_events_comes_to_its_end(settled: House) -> None:
    run = eventful(settled)
    ended = undone(settled, run)
    assert ended.code == 0, ended
    plan = plan_of(undo(settled, run, "--format", "json"))
    assert plan["actions"] == []
    # What a person has to do stays to be done.
    assert {one["subject"] for one in plan["manual"]} == {
        "HR",
        "new@example.com",
        "s0@example.com",
        "s1@example.com",
    }
    (team,) = (one for one in settled.tenant()["groups"] if one["displayName"] == "HR")
    assert team["members"] == []


def test_a_team_that_a_killed_run_created_gives_its_members_back(settled: House) -> None:
    settled.edit("syncer.yaml", "teams:", "teams:\n  - {name: All, when: \"title == 'Engineer'\"}")
    assert settled.apply().code == 0
    journal = latest(settled)
    lines = journal.read_bytes().splitlines(keepends=True)
    first = next(at for at, line in enumerate(lines) if b'"answer"' in line)
    # The team came with its first members, and nobody lived to write its id down.
    journal.write_bytes(b"".join(lines[:first]))
    plan = plan_of(undo(settled, journal.stem, "--format", "json"))
    (action,) = plan["actions"]
    assert [one["user"] for one in action["remove"]] == ["grace@example.com", "zoe@example.com"]
    assert [one["subject"] for one in plan["manual"]] == ["All"]
    assert any("its journal has no end" in one["text"] for one in plan["notices"])
    assert undone(settled, journal.stem).code == 0
    assert not plan_of(undo(settled, journal.stem, "--format", "json"))["actions"]


def test_the_reports_and_the_journal_say_what_was_undone(settled: House) -> None:
    run = changed(settled, "Zoë,Müller,Engineer", "Zoë,Müller,Chief")
    reports = [settled.folder / f"undo.{ending}" for ending in ("json", "txt")]
    options = [text for path in reports for text in ("--report", str(path))]
    assert undo(settled, run, *options).code == 0
    assert all(run in path.read_text(encoding="utf-8") for path in reports)
    assert undone(settled, run).code == 0
    shown = settled.syncer("show", str(latest(settled)))
    assert "title  Chief -> Engineer" in shown.out
    lines = settled.syncer("show", "--format", "json", str(latest(settled))).out.splitlines()
    (outcome,) = (one for one in map(json.loads, lines) if one["entry"] == "outcome")
    assert (outcome["before"], outcome["after"]) == ({"title": "Chief"}, {"title": "Engineer"})
    assert settled.syncer("show", "--verify", str(latest(settled))).code == 0


def test_a_saved_undo_is_stale_once_somebody_changed_the_record(settled: House) -> None:
    run = changed(settled, "Zoë,Müller,Engineer", "Zoë,Müller,Chief")
    saved = str(settled.folder / "undo.json")
    assert undo(settled, run, "--out", saved).code == 0
    settled.edit("tenant.json", '"title": "Chief"', '"title": "Boss"')
    refused = settled.apply(saved)
    assert refused.code == 5
    assert person(settled, "zoe")["title"] == "Boss"


def test_an_undo_teaches_the_ledger_nothing_of_people(settled: House) -> None:
    settled.edit("syncer.yaml", "version: 1", "version: 1\nledger: ledger.sqlite")
    settled.edit("syncer.yaml", "teams:", "lifecycle: {grace: {days: 9, runs: 9}}\nteams:")
    run = changed(settled, "1000,s0@example.com,S,0,Guest", "1000,s0@example.com,S,0,Host")
    settled.edit("people.csv", "1000,s0@example.com,S,0,Host,Sales,,active\n", "")
    # He is in grace now, and the undo of an older run is about him all the same.
    assert settled.apply().code == 0
    before = remembered(settled)
    assert [name for name, *_ in before["absences"]] == [person(settled, "s0@")["id"]]
    assert undone(settled, run).code == 0
    assert person(settled, "s0@")["title"] == "Guest"
    assert remembered(settled) == before


def remembered(house: House) -> dict[str, list[Any]]:
    with sqlite3.connect(house.folder / "ledger.sqlite") as database:
        tables = ("seen", "identities", "absences")
        return {one: database.execute(f"SELECT * FROM {one}").fetchall() for one in tables}  # noqa: S608 - ours
