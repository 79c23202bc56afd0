"""Taking back what a run did, through the command line: what comes back and what does not."""

import json
import sqlite3
from typing import Any

import pytest

from tests.render import golden
from tests.story.harness import House
from tests.story.undoing import ALL, changed, latest, person, plan_of, undo, undone

LICENSED = """\
licenses:
  rules: [{license: enterprise, when: "title == 'Chief'"}]
teams:
"""


def test_a_run_is_taken_back_and_nothing_is_left_to_undo(staffed: House) -> None:
    before = staffed.tenant()
    run = changed(staffed, "Zoë,Müller,Engineer,Engineering", "Zoë,Miller,Chief,Sales")
    assert staffed.tenant() != before
    shown = undo(staffed, run)
    assert shown.code == 0
    assert shown.out.startswith(f"plan --undo {run}: nothing is changed in Asana\n")
    assert max(map(len, shown.out.splitlines())) <= 80
    assert "the next ordinary plan asks for the same changes again" in " ".join(shown.out.split())
    ended = undone(staffed, run)
    assert ended.code == 0, ended
    assert staffed.tenant() == before
    assert "put the directory or the config right" in " ".join(ended.out.split())
    assert undo(staffed, run, "--detailed-exitcode").code == 0
    # The directory still says what it said.
    assert staffed.plan("--detailed-exitcode").code == 2


def test_an_undo_can_be_undone(staffed: House) -> None:
    run = changed(staffed, "Zoë,Müller,Engineer", "Zoë,Miller,Chief")
    after = staffed.tenant()
    assert undone(staffed, run).code == 0
    assert undone(staffed, latest(staffed).stem).code == 0
    assert staffed.tenant() == after


def test_an_undo_that_changes_something_is_told_by_the_exit_code(staffed: House) -> None:
    run = changed(staffed, "Zoë,Müller,Engineer", "Zoë,Müller,Chief")
    assert undo(staffed, run, "--detailed-exitcode").code == 2


def test_every_action_says_which_line_of_which_journal_it_takes_back(staffed: House) -> None:
    run = changed(staffed, "Zoë,Müller,Engineer", "Zoë,Müller,Chief")
    plan = plan_of(undo(staffed, run, "--format", "json"))
    assert plan["undoes"] == run
    (action,) = plan["actions"]
    assert action["reason"] == f"undo of run {run}: title as before"
    assert action["origin"]["path"] == f"journal/{run}.jsonl"
    line = latest(staffed).read_text().splitlines()[action["origin"]["line"] - 1]
    assert json.loads(line)["after"] == {"title": "Chief"}


def test_what_somebody_changed_since_is_left_and_told(staffed: House) -> None:
    run = changed(staffed, "Zoë,Müller,Engineer", "Zoë,Miller,Chief")
    staffed.edit("tenant.json", '"title": "Chief"', '"title": "Boss"')
    planned = undo(staffed, run, "--format", "json")
    (action,) = plan_of(planned)["actions"]
    assert [one["field"] for one in action["changes"]] == ["name.formatted"]
    told = [one["text"] for one in plan_of(planned)["notices"]]
    assert "title is 'Boss' now, and was 'Chief' after the run: left as it is" in told
    assert undone(staffed, run).code == 0
    assert person(staffed, "zoe")["title"] == "Boss"


def test_whoever_is_in_doubt_is_left_and_listed_with_the_reason(staffed: House) -> None:
    run = changed(staffed, "Zoë,Müller,Engineer", "Zoë,Müller,Chief")
    staffed.edit("people.csv", ",Chief,Engineering,grace@example.com,active",
                 ",Chief,Engineering,grace@example.com,active,extra")  # fmt: skip
    before = staffed.tenant()
    shown = undo(staffed, run)
    assert shown.code == 0
    assert "Unknown" in shown.out
    assert "cells" in shown.out
    plan = plan_of(undo(staffed, run, "--format", "json"))
    assert plan["actions"] == []
    (unknown,) = plan["unknown"]
    assert (unknown["subject"], unknown["origin"]["path"]) == ("zoe@example.com", "people.csv")
    assert undone(staffed, run).code == 0
    assert staffed.tenant() == before


def test_a_directory_that_was_put_right_meanwhile_is_no_reason_against_an_undo(
    staffed: House,
) -> None:
    before = staffed.tenant()
    run = changed(staffed, "Zoë,Müller,Engineer", "Zoë,Müller,Chief")
    saved = str(staffed.folder / "undo.json")
    assert undo(staffed, run, "--out", saved).code == 0
    staffed.edit("people.csv", "Zoë,Müller,Chief", "Zoë,Müller,Engineer")
    assert staffed.apply(saved).code == 0
    assert staffed.tenant() == before
    assert staffed.plan("--detailed-exitcode").code == 0


def test_licences_and_memberships_come_back(staffed: House) -> None:
    switches = {**staffed.tenant()["switches"], "view_only_domain": True}
    users = [{**one, "userType": "view only"} for one in staffed.tenant()["users"]]
    document = {**staffed.tenant(), "switches": switches, "users": users}
    staffed.write("tenant.json", json.dumps(document))
    staffed.edit("syncer.yaml", "teams:\n", LICENSED)
    before = staffed.tenant()
    run = changed(staffed, "Zoë,Müller,Engineer,Engineering", "Zoë,Müller,Chief,Sales")
    assert person(staffed, "zoe")["userType"] == "enterprise"
    kinds = [one["kind"] for one in plan_of(undo(staffed, run, "--format", "json"))["actions"]]
    assert kinds == ["set_license", "update_user", "change_members"]
    assert undone(staffed, run).code == 0
    assert staffed.tenant()["users"] == before["users"]
    assert staffed.tenant()["groups"] == before["groups"]


def test_a_team_gets_its_name_back(staffed: House) -> None:
    staffed.edit(
        "syncer.yaml", "{name: Engineering,", "{name: Builders, previously: [Engineering],"
    )
    assert staffed.apply().code == 0
    assert staffed.tenant()["groups"][0]["displayName"] == "Builders"
    assert undone(staffed, latest(staffed).stem).code == 0
    assert staffed.tenant()["groups"][0]["displayName"] == "Engineering"


SWAP = "lifecycle: {address_cycles: temporary}\nteams:"


@pytest.mark.parametrize("cycles", ["temporary", "manual"])
def test_two_who_swapped_their_addresses_swap_them_back(staffed: House, cycles: str) -> None:
    staffed.edit("syncer.yaml", "teams:", SWAP)
    before = staffed.tenant()
    people = (staffed.folder / "people.csv").read_text(encoding="utf-8")
    swapped = people.replace("0002,grace@", "0002,X@").replace("0003,zoe@", "0003,grace@")
    staffed.write("people.csv", swapped.replace("0002,X@", "0002,zoe@"))
    assert staffed.apply("--allow", "rename=3").code == 0
    run = latest(staffed).stem
    if cycles == "manual":
        staffed.edit("syncer.yaml", "address_cycles: temporary", "address_cycles: manual")
        plan = plan_of(undo(staffed, run, "--format", "json"))
        assert not [one for one in plan["actions"] if one["kind"] == "update_user"]
        back = [one["what"] for one in plan["manual"]]
        assert [what for what in back if what.startswith("change the address to ")] == back
        assert len(back) == 2
        return
    assert undone(staffed, run, "--allow", "rename=3").code == 0
    assert {(one["id"], one["userName"]) for one in staffed.tenant()["users"]} == {
        (one["id"], one["userName"]) for one in before["users"]
    }


def test_an_address_that_somebody_else_has_by_now_is_manual_work(staffed: House) -> None:
    run = changed(staffed, "0003,zoe@example.com", "0003,zed@example.com")
    staffed.edit("tenant.json", '"userName": "s1@example.com"', '"userName": "zoe@example.com"')
    plan = plan_of(undo(staffed, run, "--format", "json"))
    assert plan["actions"] == []
    (work,) = plan["manual"]
    assert work["what"].startswith("change the address to zoe@example.com")
    assert "belongs to the Asana user" in work["reason"]


def test_what_scim_cannot_undo_is_a_person_s_work(staffed: House) -> None:
    staffed.edit("people.csv", "1000,s0@example.com,S,0,Guest,Sales,,active\n", "")
    staffed.edit("people.csv", "1001,s1@example.com,S,1", "2001,new@example.com,New,One")
    assert staffed.apply(*ALL).code == 0
    plan = plan_of(undo(staffed, latest(staffed).stem, "--format", "json"))
    work = {one["subject"]: one["what"] for one in plan["manual"]}
    assert work["s0@example.com"] == "invite the person again in Asana's admin console"
    assert work["new@example.com"].startswith("deactivate the person in Asana's admin console")
    assert not [one for one in plan["actions"] if one["kind"] == "deactivate_user"]


def test_whoever_is_protected_by_now_is_left_alone(staffed: House) -> None:
    run = changed(staffed, "Zoë,Müller,Engineer", "Zoë,Müller,Chief")
    staffed.edit("syncer.yaml", "teams:", 'protected: {users: ["zoe@example.com"]}\nteams:')
    plan = plan_of(undo(staffed, run, "--format", "json"))
    assert plan["actions"] == []
    assert "is protected: left as it is" in [one["text"] for one in plan["notices"]]


def test_a_large_undo_meets_the_guards(staffed: House) -> None:
    people = (staffed.folder / "people.csv").read_text(encoding="utf-8")
    staffed.write("people.csv", people.replace("Guest", "Host"))
    assert staffed.apply("--allow", "update=99").code == 0
    run = latest(staffed).stem
    refused = undo(staffed, run, "--format", "json", "--out", str(staffed.folder / "undo.json"))
    assert refused.code == 3
    (violation,) = plan_of(refused)["violations"]
    assert violation["guard"] == "update"
    assert staffed.apply(str(staffed.folder / "undo.json")).code == 3
    assert staffed.apply(str(staffed.folder / "undo.json"), "--allow", "update=30").code == 0


def test_the_whole_of_an_undo_reads_as_it_should(staffed: House) -> None:
    run = eventful(staffed)
    text = undo(staffed, run).out.replace(run, "20261125T100000Z-abc123")
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


def test_undo_after_the_events_comes_to_its_end(staffed: House) -> None:
    run = eventful(staffed)
    ended = undone(staffed, run)
    assert ended.code == 0, ended
    plan = plan_of(undo(staffed, run, "--format", "json"))
    assert plan["actions"] == []
    # What a person has to do stays to be done.
    assert {one["subject"] for one in plan["manual"]} == {
        "HR",
        "new@example.com",
        "s0@example.com",
        "s1@example.com",
    }
    (team,) = (one for one in staffed.tenant()["groups"] if one["displayName"] == "HR")
    assert team["members"] == []


def test_the_reports_and_the_journal_say_what_was_undone(staffed: House) -> None:
    run = changed(staffed, "Zoë,Müller,Engineer", "Zoë,Müller,Chief")
    reports = [staffed.folder / f"undo.{ending}" for ending in ("json", "txt")]
    options = [text for path in reports for text in ("--report", str(path))]
    assert undo(staffed, run, *options).code == 0
    assert all(run in path.read_text(encoding="utf-8") for path in reports)
    assert undone(staffed, run).code == 0
    shown = staffed.syncer("show", str(latest(staffed)))
    assert "title  Chief -> Engineer" in shown.out
    lines = staffed.syncer("show", "--format", "json", str(latest(staffed))).out.splitlines()
    (outcome,) = (one for one in map(json.loads, lines) if one["entry"] == "outcome")
    assert (outcome["before"], outcome["after"]) == ({"title": "Chief"}, {"title": "Engineer"})
    assert staffed.syncer("show", "--verify", str(latest(staffed))).code == 0


def test_a_saved_undo_is_stale_once_somebody_changed_the_record(staffed: House) -> None:
    run = changed(staffed, "Zoë,Müller,Engineer", "Zoë,Müller,Chief")
    saved = str(staffed.folder / "undo.json")
    assert undo(staffed, run, "--out", saved).code == 0
    staffed.edit("tenant.json", '"title": "Chief"', '"title": "Boss"')
    refused = staffed.apply(saved)
    assert refused.code == 5
    assert person(staffed, "zoe")["title"] == "Boss"


def test_an_undo_teaches_the_ledger_nothing_of_people(staffed: House) -> None:
    staffed.edit("syncer.yaml", "version: 1", "version: 1\nledger: ledger.sqlite")
    staffed.edit("syncer.yaml", "teams:", "lifecycle: {grace: {days: 9, runs: 9}}\nteams:")
    run = changed(staffed, "1000,s0@example.com,S,0,Guest", "1000,s0@example.com,S,0,Host")
    staffed.edit("people.csv", "1000,s0@example.com,S,0,Host,Sales,,active\n", "")
    # He is in grace now, and the undo of an older run is about him all the same.
    assert staffed.apply().code == 0
    before = remembered(staffed)
    assert [name for name, *_ in before["absences"]] == [person(staffed, "s0@")["id"]]
    assert undone(staffed, run).code == 0
    assert person(staffed, "s0@")["title"] == "Guest"
    assert remembered(staffed) == before


def remembered(house: House) -> dict[str, list[Any]]:
    with sqlite3.connect(house.folder / "ledger.sqlite") as database:
        tables = ("seen", "identities", "absences")
        return {one: database.execute(f"SELECT * FROM {one}").fetchall() for one in tables}  # noqa: S608 - ours
