"""The pipeline for GitLab, carried out as it stands: every `script:` by bash, against a port."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.story.forge import GitLab, online
from tests.story.gitlab_runner import Pipeline, Runner
from tests.story.pipelines import OWNED, Company, company
from tests.story.programs import needs

pytestmark = needs("curl", "git")

MARKED = "SYNCER_REPOSITORY: https://git.example.com/syncer.git"


@dataclass
class World:
    """A company at GitLab."""

    company: Company
    forge: GitLab
    runner: Runner

    def check(self, commit: str, *labels: str) -> Pipeline:
        """What a merge request of this commit runs."""
        given = {"CI_MERGE_REQUEST_LABELS": ",".join(labels)} if labels else {}
        return self.runner.run(commit, "merge_request_event", **given)

    def merge(self, commit: str, *labels: str) -> str:
        """Say that the merge request was merged as this commit."""
        self.forge.merged[commit] = {
            "iid": 12,
            "state": "merged",
            "target_branch": "main",
            "labels": [*labels],
        }
        return commit

    def reviewed(self, commit: str, *labels: str) -> str:
        """Look at the plan of the merge request, and merge it."""
        self.check(commit, *labels)
        return self.merge(commit, *labels)

    def settle(self) -> str:
        """Merge and apply what there is."""
        commit = self.reviewed(self.company.repository.commit())
        assert self.runner.run(commit, "push", play="apply").codes()["apply"] == 0
        return commit


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    forge = GitLab()
    with online(forge), company(tmp_path, "gitlab-ci", MARKED) as ours:
        token = {"ASANA_SCIM_TOKEN": ours.token}
        scoped = {
            "asana-read": token,
            "asana": token,
            "asana-comment": {"GITLAB_COMMENT_TOKEN": "comment-token"},
        }
        protected = {"SYNCER_STATE_TOKEN": "state-token"}
        runner = Runner(tmp_path, ours.repository, forge, ours.programs, scoped, protected)
        yield World(ours, forge, runner)


def refused(world: World) -> str:
    """A commit whose plan breaks a guard: two of three have left, and one may."""
    guard = "guards: {deactivate: {count: 1, percent: null, floor: 1}}\n"
    expect = "  expect: {max_shrink_percent: null}\n"
    world.company.house.edit("syncer.yaml", "mapping:", f"{expect}{guard}mapping:")
    lines = (world.company.house.folder / "people.csv").read_text(encoding="utf-8").splitlines()
    world.company.house.write("people.csv", "\n".join(lines[:2]) + "\n")
    return world.company.repository.commit()


def test_a_merge_request_is_validated_planned_and_told_of_in_one_note(world: World) -> None:
    before = world.company.tenant()
    run = world.check(world.company.repository.commit(), "owner:ada", "two words")
    assert run.codes() == {"validate": 0, "plan": 0, "comment": 0}
    [note] = world.forge.comments
    assert note["body"].startswith("<!-- syncer:plan -->\n<!-- syncer:digest sha256:")
    assert "### 4 creates" in note["body"]
    assert "**No memory of earlier runs**" in note["body"]
    assert (run.artifacts("plan") / "plan/plan.json").exists()
    assert world.company.labels("plan") == ["owner:ada", "two words"]
    # A further commit changes that note, though somebody copied its marker before.
    theirs = {"id": 9, "author": {"id": 666}, "body": note["body"]}
    talk = [{"id": at, "author": {"id": 1}, "body": "hm"} for at in range(1000, 1100)]
    world.forge.comments = [theirs, *talk, note]
    world.check(world.company.commit(title=(",Engineer,", ",Plumber,")))
    assert "Plumber" in note["body"]
    assert "Plumber" not in theirs["body"]
    assert [line.split("/")[0] for line in world.forge.writes] == ["POST ", "PUT "]
    # Nothing was changed, neither in Asana nor in the repository.
    assert world.company.tenant() == before
    assert world.company.repository.branches() == ["main"]


def test_a_broken_guard_fails_the_job_with_3_and_is_still_told(world: World) -> None:
    world.settle()
    run = world.check(refused(world))
    assert run.codes() == {"validate": 0, "plan": 3, "comment": 0}
    [note] = world.forge.comments
    assert "REFUSED by" in note["body"]


def test_a_policy_is_given_the_labels_of_the_merge_request(world: World) -> None:
    world.company.house.edit("syncer.yaml", "mapping:", f"{OWNED}mapping:")
    commit = world.company.repository.commit()
    assert world.check(commit).codes() == {"validate": 0, "plan": 3, "comment": 0}
    assert world.check(commit, "other", "owner:ada").codes()["plan"] == 0
    world.merge(commit, "owner:ada")
    assert world.runner.run(commit, "push", play="apply").codes()["apply"] == 0


def test_a_forge_that_gives_no_list_gets_no_second_note(world: World) -> None:
    commit = world.company.repository.commit()
    world.forge.down = True
    run = world.check(commit)
    assert run.codes()["comment"] != 0
    assert "down" in run.jobs["comment"].log
    assert world.forge.writes == []


def test_without_a_token_it_is_validated_and_says_so(world: World) -> None:
    """As in a fork, whose pipelines have no variable of ours."""
    world.runner.scoped = {}
    run = world.check(world.company.repository.commit())
    assert run.codes() == {"validate": 0, "plan": 0, "comment": 0}
    assert "Not planned: there is no token here." in run.jobs["plan"].log
    assert "there is no plan to show" in run.jobs["comment"].log
    assert world.forge.writes == []


def test_after_the_merge_it_waits_for_a_person_and_applies_what_was_shown(world: World) -> None:
    commit = world.company.repository.commit()
    world.reviewed(commit, "owner:ada")
    # 1. The plan is shown and compared; `apply` waits.
    before = world.company.tenant()
    waiting = world.runner.run(commit, "push")
    assert waiting.codes() == {"validate": 0, "merged": 0, "plan": 0, "note": 0}
    assert waiting.manual == ["apply"]
    assert "This is the plan that was reviewed before the merge" in waiting.jobs["plan"].log
    assert world.company.tenant() == before
    # 2. Started, it applies with the same labels and remembers in a branch.
    run = world.runner.run(commit, "push", play="apply")
    assert run.codes()["apply"] == 0, run.jobs["apply"].log
    assert world.company.labels("apply") == ["owner:ada"]
    files = world.company.repository.state_files()
    assert "ledger.sqlite" in files
    assert "running" not in files
    assert (run.artifacts("apply") / "state/ledger.sqlite").exists()
    # 3. Nothing is left; that is noted without a person.
    again = world.runner.run(commit, "push", play="apply")
    assert "No memory" not in again.jobs["plan"].log
    assert "there is nothing to change" in again.jobs["apply"].log
    assert set(world.company.repository.state_files()) > set(files)


def test_a_plan_that_was_not_reviewed_waits_for_a_person_who_names_its_digest(
    world: World,
) -> None:
    world.check(world.company.repository.commit())
    commit = world.merge(world.company.commit(title=(",Engineer,", ",Plumber,")))
    before = world.company.tenant()
    run = world.runner.run(commit, "push", play="apply")
    assert run.codes()["plan"] == 5
    assert run.skipped == ["note", "apply"]
    assert "This is not the plan that was reviewed" in run.jobs["plan"].log
    digest = digest_of(run)
    assert f"give its digest to `approve`: `{digest}`" in run.jobs["plan"].log
    assert world.company.tenant() == before
    accepted = world.runner.run(commit, "web", play="apply", APPROVE=digest)
    assert accepted.codes()["apply"] == 0, accepted.jobs["apply"].log


def test_without_the_comment_s_token_nothing_counts_as_reviewed(world: World) -> None:
    commit = world.reviewed(world.company.repository.commit(), "owner:ada")
    world.runner.scoped = {**world.runner.scoped, "asana-comment": {}}
    run = world.runner.run(commit, "push", play="apply")
    assert "GITLAB_COMMENT_TOKEN is not set" in run.jobs["merged"].log
    assert "Nobody has reviewed this plan." in run.jobs["plan"].log
    assert run.skipped == ["note", "apply"]


def test_a_merge_without_a_token_fails(world: World) -> None:
    commit = world.reviewed(world.company.repository.commit())
    world.runner.scoped = {**world.runner.scoped, "asana-read": {}}
    run = world.runner.run(commit, "push", play="apply")
    assert run.codes()["plan"] not in {0, 5}
    assert "ASANA_SCIM_TOKEN" in run.jobs["plan"].log
    assert run.skipped == ["note", "apply"]


def digest_of(run: Pipeline) -> str:
    """The digest of the plan that a pipeline kept."""
    kept = run.artifacts("plan") / "plan/plan.json"
    digest: str = json.loads(kept.read_text(encoding="utf-8"))["digest"]
    return digest


def test_what_main_has_left_behind_is_not_applied(world: World) -> None:
    old = world.reviewed(world.company.repository.commit())
    world.company.commit(title=(",Engineer,", ",Plumber,"))
    before = world.company.tenant()
    run = world.runner.run(old, "push", play="apply")
    assert run.codes()["apply"] == 5
    assert "Out of date" in run.jobs["apply"].log
    assert world.company.tenant() == before


def test_a_broken_guard_waits_for_a_person_who_names_the_digest(world: World) -> None:
    world.settle()
    commit = world.reviewed(refused(world))
    stopped = world.runner.run(commit, "push", play="apply")
    assert stopped.codes()["plan"] == 3
    assert stopped.skipped == ["note", "apply"]
    digest = digest_of(stopped)
    other = world.runner.run(commit, "web", play="apply", APPROVE="sha256:0123456789")
    assert other.codes()["plan"] == 3
    run = world.runner.run(commit, "web", play="apply", APPROVE=digest)
    assert run.codes()["apply"] == 0, run.jobs["apply"].log


def test_what_cannot_be_remembered_is_not_applied(world: World) -> None:
    commit = world.reviewed(world.company.repository.commit())
    before = world.company.tenant()
    world.runner.protected = {}
    assert world.runner.run(commit, "push", play="apply").codes()["apply"] == 64
    world.runner.protected = {"SYNCER_STATE_TOKEN": "state-token"}
    hook = world.company.repository.bare / "hooks/pre-receive"
    hook.write_text("#!/bin/sh\necho 'the branch is protected'\nexit 1\n")
    hook.chmod(0o755)
    run = world.runner.run(commit, "push", play="apply")
    assert run.codes()["apply"] == 1
    assert "the branch is protected" in run.jobs["apply"].log
    assert world.company.tenant() == before


def test_a_job_that_was_cut_off_saves_afterwards(world: World) -> None:
    """GitLab runs `after_script` of a job that was cancelled, ran out of time or was killed."""
    commit = world.reviewed(world.company.repository.commit())
    with world.company.tampered(f"import os, signal\nif 'apply' in sys.argv:\n{KILL}"):
        run = world.runner.run(commit, "push", play="apply")
    assert run.codes()["apply"] != 0
    files = world.company.repository.state_files()
    assert "running" not in files
    bare = world.company.repository.bare
    said = world.company.repository.git("log", "--format=%s", "syncer-state", at=bare)
    assert [re.split("[ :]", line)[0] for line in said.splitlines()] == ["After", "Begin"]
    # Started again it carries out the same plan.
    run.retry("apply")
    assert run.codes()["apply"] == 0, run.jobs["apply"].log
    assert world.runner.run(commit, "schedule").codes() == {"drift": 0, "issue": 0}
    assert not world.forge.issues


KILL = """\
    scripts = pathlib.Path(f"/proc/{os.getppid()}/stat").read_text().split()
    os.kill(int(scripts[3]), signal.SIGKILL)
    os.kill(os.getppid(), signal.SIGKILL)
    os._exit(1)
"""


def test_drift_is_one_issue_that_closes_when_it_is_over(world: World) -> None:
    commit = world.company.repository.commit()
    # 1. One issue, however often it is seen; one of somebody else with its marker is left alone.
    theirs = {
        "iid": 3,
        "state": "opened",
        "author": {"id": 666},
        "description": "<!-- syncer:drift -->",
    }
    world.forge.issues.append(theirs)
    for _ in range(2):
        run = world.runner.run(commit, "schedule")
        assert run.codes() == {"drift": 0, "issue": 0}, run.jobs
    [_, issue] = world.forge.issues
    assert issue["author"] == {"id": 7}
    assert issue["confidential"] == "true"
    assert "### 4 creates" in issue["description"]
    # 2. Applied, by the digest that it shows: it is closed, and a next time opens another.
    told = re.search(r"<!-- syncer:digest (\S+) -->", issue["description"])
    assert told is not None
    applied = world.runner.run(commit, "web", play="apply", APPROVE=told[1])
    assert applied.codes()["apply"] == 0
    world.runner.run(commit, "schedule")
    assert issue["state"] == "closed"
    assert theirs["state"] == "opened"
    world.runner.run(world.company.commit(title=(",Engineer,", ",Plumber,")), "schedule")
    assert [entry["state"] for entry in world.forge.issues] == ["opened", "closed", "opened"]


def test_drift_beyond_a_guard_fails_and_is_told(world: World) -> None:
    world.settle()
    run = world.runner.run(refused(world), "schedule")
    assert run.codes() == {"drift": 3, "issue": 0}
    [issue] = world.forge.issues
    assert "REFUSED by" in issue["description"]


def test_drift_that_nobody_can_be_told_of_fails(world: World) -> None:
    commit = world.settle()
    world.runner.scoped = {**world.runner.scoped, "asana-comment": {}}
    assert world.runner.run(commit, "schedule").codes() == {"drift": 0, "issue": 0}
    moved = world.company.commit(title=(",Engineer,", ",Plumber,"))
    run = world.runner.run(moved, "schedule")
    assert run.codes() == {"drift": 0, "issue": 64}
    assert "no issue says so" in run.jobs["issue"].log


def test_a_branch_without_a_merge_request_runs_nothing(world: World) -> None:
    commit = world.company.repository.commit()
    assert world.runner.run(commit, "push", CI_COMMIT_BRANCH="feature").jobs == {}
