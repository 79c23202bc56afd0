"""What is remembered between two runs at GitHub, and what is told every morning."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.story.forge import BOT
from tests.story.github_world import World, at_github
from tests.story.programs import needs

pytestmark = needs("curl", "git", "jq")


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with at_github(tmp_path) as ours:
        yield ours


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
    # Whoever judges the next pull request must know.
    world.check(commit)
    [comment] = world.forge.comments
    assert "never saved what it did" in comment["body"]
    run = world.apply(commit)
    assert "never saved what it did" in run.jobs["plan"].summary
    assert "https://example.com/runs/7" in run.jobs["plan"].summary
    assert "running" not in repository.state_files()
    world.check(commit)
    assert "never saved what it did" not in comment["body"]


def test_grace_runs_although_nothing_is_to_be_changed(world: World) -> None:
    world.company.house.edit(
        "syncer.yaml", "mapping:", "lifecycle: {grace: {days: 0, runs: 2}}\nmapping:"
    )
    world.settle()
    lines = (world.company.house.folder / "people.csv").read_text(encoding="utf-8").splitlines()
    world.company.house.write("people.csv", "\n".join(lines[:-1]) + "\n")
    commit = world.merge(world.company.repository.commit())
    before = world.company.tenant()
    noted = world.apply(commit)
    assert noted.results() == {"plan": "success", "apply": "skipped", "note": "success"}
    assert world.company.tenant() == before
    # Due by now, it is another plan than the one that was reviewed.
    due = world.apply(commit)
    assert due.jobs["plan"].codes["Plan"] == 5
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
    told = re.search(r"<sub>Plan <code>(\w+)</code>", issue["body"])
    assert told is not None
    assert world.apply(commit, inputs={"approve": told[1]}).results()["apply"] == "success"
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
