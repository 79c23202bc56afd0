"""After the merge at GitHub, and every morning: the workflows carried out against a port."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.story.forge import BOT
from tests.story.github_world import World, at_github

pytestmark = pytest.mark.skipif(shutil.which("jq") is None, reason="the scripts use jq")


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with at_github(tmp_path) as ours:
        yield ours


def test_after_the_merge_the_plan_of_this_very_run_is_shown_and_applied(world: World) -> None:
    commit = world.company.repository.commit()
    world.check(commit, "owner:ada")
    world.merge(commit, "owner:ada")
    # 1. Until somebody approves, there is a plan on the page of the run, and nothing else.
    before = world.company.tenant()
    run = world.apply(commit, skip="apply")
    assert "Merged from #12." in run.jobs["plan"].summary
    assert "This is the plan that was reviewed before the merge" in run.jobs["plan"].summary
    assert "### 4 creates" in run.jobs["plan"].summary
    assert world.company.tenant() == before
    # 2. Approved, it is applied with the same labels, and remembered in a branch.
    run = world.apply(commit)
    assert run.results() == {"plan": "success", "apply": "success", "note": "skipped"}
    assert "all done, 7 actions applied and read back" in run.jobs["apply"].summary
    assert world.company.labels("plan") == ["owner:ada"]
    assert world.company.labels("apply") == ["owner:ada"]
    files = world.company.repository.state_files()
    assert "ledger.sqlite" in files
    assert "running" not in files
    assert any(name.startswith("journal/") for name in files)
    assert (run.artifact("applied") / "applied/applied.json").exists()
    # 3. The next run knows all that; there is nothing to do, nobody is asked, and it is noted.
    again = world.apply(commit)
    assert again.results() == {"plan": "success", "apply": "skipped", "note": "success"}
    assert "No memory" not in again.jobs["plan"].summary
    assert set(world.company.repository.state_files()) > set(files)


def test_a_plan_that_is_no_longer_the_reviewed_one_is_told_of(world: World) -> None:
    world.check(world.company.repository.commit())
    commit = world.merge(world.company.commit(title=(",Engineer,", ",Plumber,")))
    run = world.apply(commit, skip="apply")
    assert "This is not the plan that was reviewed" in run.jobs["plan"].summary


def test_a_push_without_a_pull_request_is_planned_as_well(world: World) -> None:
    run = world.apply(world.company.repository.commit(), skip="apply")
    assert "nothing was reviewed" in run.jobs["plan"].summary
    assert run.jobs["plan"].result == "success"


def test_what_main_has_left_behind_is_not_applied(world: World) -> None:
    old = world.merge(world.company.repository.commit())
    world.company.commit(title=(",Engineer,", ",Plumber,"))
    before = world.company.tenant()
    run = world.apply(old)
    assert run.results()["apply"] == "failure"
    assert run.jobs["apply"].codes["Begin"] == 5
    assert "Out of date" in run.jobs["apply"].summary
    assert run.jobs["apply"].steps["Apply"] == "skipped"
    assert world.company.tenant() == before
    assert world.company.repository.branches() == ["main"]


def test_a_plan_that_asana_has_left_behind_is_stale_and_the_ledger_is_saved(world: World) -> None:
    world.settle()
    commit = world.merge(world.company.commit(title=(",Engineer,", ",Plumber,")))
    program = world.company.programs / "syncer"
    # Between plan and apply somebody else changes one whom the plan touches.
    moved = program.read_text(encoding="utf-8").replace(
        "runpy.run_module", "if 'apply' in words: exec(MOVE)\nrunpy.run_module"
    )
    program.write_text(f"#!{moved.splitlines()[0][2:]}\nMOVE = {MOVE!r}\n{moved}")
    run = world.apply(commit)
    assert run.results()["apply"] == "failure"
    assert run.jobs["apply"].codes["Apply"] == 5
    assert "Stale" in run.jobs["apply"].summary
    assert run.jobs["apply"].steps["Save the ledger"] == "success"
    assert "running" not in world.company.repository.state_files()


MOVE = """
import json, os, re, urllib.request
base = re.search(r"base_url: (\\S+)", open("syncer.yaml").read())[1]
def ask(method, path, document=None):
    request = urllib.request.Request(
        base + path, method=method, data=json.dumps(document).encode() if document else None,
        headers={"Authorization": "Bearer " + os.environ["ASANA_SCIM_TOKEN"],
                 "Content-Type": "application/scim+json"})
    with urllib.request.urlopen(request) as answer:
        return json.load(answer)
for user in ask("GET", "/Users")["Resources"]:
    ask("PATCH", "/Users/" + user["id"], {
        "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
        "Operations": [{"op": "replace", "value": {"title": "Somebody else's idea"}}]})
"""


def test_a_broken_guard_waits_for_a_person_who_names_the_digest(world: World) -> None:
    world.settle()
    commit = world.merge(world.emptied())
    # 1. Refused, with the digest that accepts it.
    refused = world.apply(commit)
    assert refused.results() == {"plan": "failure", "apply": "skipped", "note": "skipped"}
    assert refused.jobs["plan"].codes["Plan"] == 3
    digest = json.loads((refused.artifact("plan") / "plan.json").read_text())["digest"]
    assert digest in refused.jobs["plan"].summary
    # 2. Another digest accepts nothing, and neither does a beginning that fits every plan.
    for given in ("sha256:0123456789abcdef", "sha256:", digest[:10]):
        other = world.apply(commit, inputs={"approve": given})
        assert other.jobs["plan"].codes["Plan"] == 3, given
    # 3. This one does.
    run = world.apply(commit, inputs={"approve": digest})
    assert run.results()["apply"] == "success", run.jobs["apply"].log
    assert "2 deactivations" in run.jobs["apply"].summary


def test_what_cannot_be_remembered_is_not_applied(world: World) -> None:
    commit = world.merge(world.company.repository.commit())
    hook = world.company.repository.bare / "hooks/pre-receive"
    hook.write_text("#!/bin/sh\necho 'the branch is protected'\nexit 1\n")
    hook.chmod(0o755)
    before = world.company.tenant()
    run = world.apply(commit)
    assert run.results()["apply"] == "failure"
    assert "the branch is protected" in run.jobs["apply"].log
    assert run.jobs["apply"].steps["Apply"] == "skipped"
    assert world.company.tenant() == before


def test_a_config_that_keeps_its_memory_elsewhere_is_refused(world: World) -> None:
    world.company.house.edit("syncer.yaml", "ledger: state/", "ledger: memory/")
    run = world.check(world.company.repository.commit())
    assert run.jobs["plan"].codes["Bring the ledger"] == 64
    assert "ledger: state/ledger.sqlite" in run.jobs["plan"].log


def test_a_run_that_never_saved_is_told_of_to_the_next(world: World) -> None:
    commit = world.settle()
    repository = world.company.repository
    repository.git("fetch", "--quiet", "origin", "syncer-state")
    repository.git("checkout", "--quiet", "-B", "syncer-state", "FETCH_HEAD")
    (repository.work / "running").write_text("https://example.com/runs/7\n")
    repository.git("add", "running")
    repository.git("commit", "--quiet", "--message", "Begin")
    repository.git("push", "--quiet", "origin", "syncer-state")
    run = world.apply(commit)
    assert "never saved what it did" in run.jobs["plan"].summary
    assert "https://example.com/runs/7" in run.jobs["plan"].summary
    assert "running" not in repository.state_files()


def test_grace_runs_although_nothing_is_to_be_changed(world: World) -> None:
    world.company.house.edit(
        "syncer.yaml", "mapping:", "lifecycle: {grace: {days: 0, runs: 2}}\nmapping:"
    )
    world.settle()
    commit = world.merge(world.company.commit(left=("zoe@example.com,Zoë,", "x,x,")))
    lines = (world.company.house.folder / "people.csv").read_text(encoding="utf-8").splitlines()
    world.company.house.write("people.csv", "\n".join(lines[:-1]) + "\n")
    commit = world.merge(world.company.repository.commit())
    before = world.company.tenant()
    noted = world.apply(commit)
    assert noted.results() == {"plan": "success", "apply": "skipped", "note": "success"}
    assert world.company.tenant() == before
    due = world.apply(commit, skip="apply")
    assert "1 removal" in due.jobs["plan"].summary


def test_drift_is_one_issue_that_closes_when_it_is_over(world: World) -> None:
    commit = world.company.repository.commit()
    # 1. One issue, however often it is seen; one of somebody else with its marker is left alone.
    theirs = {
        "number": 3,
        "state": "open",
        "user": {"login": "eve"},
        "body": "<!-- syncer:drift -->",
    }
    world.forge.issues.append(theirs)
    for _ in range(2):
        run = world.drift(commit)
        assert run.results() == {"plan": "success", "tell": "success"}
    [_, issue] = world.forge.issues
    assert issue["user"] == {"login": BOT}
    assert "### 4 creates" in issue["body"]
    # 2. Applied: it is closed, and a next time opens another.
    world.apply(world.merge(commit))
    world.drift(commit)
    assert issue["state"] == "closed"
    assert theirs["state"] == "open"
    world.drift(world.company.commit(title=(",Engineer,", ",Plumber,")))
    assert [entry["state"] for entry in world.forge.issues] == ["open", "closed", "open"]
    assert "syncer-state" in world.company.repository.branches()


def test_drift_beyond_a_guard_fails_and_is_told(world: World) -> None:
    world.settle()
    run = world.drift(world.emptied())
    assert run.results() == {"plan": "failure", "tell": "success"}
    assert run.jobs["plan"].codes["Plan"] == 3
    [issue] = world.forge.issues
    assert "REFUSED by" in issue["body"]
