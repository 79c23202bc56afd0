"""A pull request at GitHub: every `run:` of its workflow carried out by bash, against a port."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.story.forge import LARGEST_COMMENT
from tests.story.github_world import World, at_github
from tests.story.programs import needs

pytestmark = needs("curl", "git", "jq")


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with at_github(tmp_path) as ours:
        yield ours


def test_a_pull_request_is_validated_planned_and_told_of_in_one_comment(world: World) -> None:
    commit = world.company.repository.commit()
    before = world.company.tenant()
    # 1. The first run writes the comment.
    run = world.check(commit)
    assert run.results() == {"validate": "success", "plan": "success", "comment": "success"}
    assert "ok: syncer.yaml" in run.jobs["validate"].log
    [comment] = world.forge.comments
    assert comment["body"].startswith("<!-- syncer:plan -->\n<!-- syncer:digest sha256:")
    assert "### 4 creates" in comment["body"]
    assert commit[:12] in comment["body"]
    assert "**No memory of earlier runs**" in comment["body"]
    assert "### 4 creates" in run.jobs["plan"].summary
    kept = {path.name for path in run.artifact("plan").iterdir()}
    assert kept == {"plan.json", "plan.md", "plan.html", "labels", "notice.md"}
    # 2. A further commit changes that comment, though somebody copied its marker before.
    world.forge.comments.insert(0, {"id": 9, "user": {"login": "eve"}, "body": comment["body"]})
    world.check(world.company.commit(title=(",Engineer,", ",Plumber,")))
    theirs, ours = world.forge.comments
    assert "Plumber" in ours["body"]
    assert "Plumber" not in theirs["body"]
    assert world.forge.writes == [
        "POST /repos/acme/people/issues/12/comments",
        "PATCH /repos/acme/people/issues/comments/100",
    ]
    # 3. Nothing was changed, neither in Asana nor in the repository.
    assert world.company.tenant() == before
    assert world.company.repository.branches() == ["main"]


def test_the_comment_is_found_behind_a_hundred_others(world: World) -> None:
    talk = [{"id": at, "user": {"login": "bo"}, "body": "hm"} for at in range(1000, 1130)]
    world.forge.comments = [*talk]
    commit = world.company.repository.commit()
    world.check(commit)
    world.check(commit)
    assert len(world.forge.comments) == 131


def test_a_forge_that_gives_no_list_gets_no_second_comment(world: World) -> None:
    commit = world.company.repository.commit()
    world.forge.down = True
    run = world.check(commit)
    assert run.results()["comment"] == "failure"
    assert "down" in run.jobs["comment"].log
    assert world.forge.writes == []


def test_labels_are_passed_as_they_are_called(world: World) -> None:
    nasty = "needs $(touch broken) `id` 'x' \"y\""
    world.check(world.company.repository.commit(), "owner:ada", nasty)
    assert world.company.labels("plan") == ["owner:ada", nasty]


def test_a_broken_guard_fails_the_job_with_3_and_is_still_told(world: World) -> None:
    world.settle()
    commit = world.emptied()
    run = world.check(commit)
    assert run.results() == {"validate": "success", "plan": "failure", "comment": "success"}
    assert run.jobs["plan"].codes["Plan"] == 3
    assert "exit 3" in run.jobs["plan"].summary
    [comment] = world.forge.comments
    assert "REFUSED by" in comment["body"]


@pytest.mark.parametrize("fork", [True, False])
def test_without_a_token_it_is_validated_and_says_so(world: World, *, fork: bool) -> None:
    if not fork:
        world.runner.secrets = {}
    run = world.check(world.company.repository.commit(), fork=fork)
    assert run.results() == {"validate": "success", "plan": "success", "comment": "skipped"}
    assert "Not planned: there is no token here." in run.jobs["plan"].summary
    assert run.jobs["plan"].steps["Plan"] == "skipped"
    assert world.forge.writes == []


def test_a_config_that_is_wrong_fails_both_jobs_and_writes_no_comment(world: World) -> None:
    # A plan in the repository is none, though it is where one would be.
    (world.company.house.folder / "plan").mkdir()
    for name in ("plan.json", "plan.md"):
        world.company.house.write(f"plan/{name}", '{"digest": "forged"}')
    world.company.house.edit("syncer.yaml", "key: employeeNumber", "key: [")
    run = world.check(world.company.repository.commit())
    assert run.results() == {"validate": "failure", "plan": "failure", "comment": "skipped"}
    assert run.jobs["validate"].codes["Validate"] == 64


def test_a_plan_at_the_limit_is_a_comment_all_the_same(world: World) -> None:
    rows = [f"1{at:04},n{at}@example.com,N,Ame,Nurse,Ward {at},,active\n" for at in range(800)]
    path = world.company.house.folder / "people.csv"
    path.write_text(path.read_text(encoding="utf-8") + "".join(rows), encoding="utf-8")
    run = world.check(world.company.repository.commit())
    assert run.results()["comment"] == "success"
    [comment] = world.forge.comments
    assert "Cut at 65,536 characters" in comment["body"]
    assert "run and artefacts" in comment["body"]
    assert LARGEST_COMMENT - 1500 < len(comment["body"]) <= LARGEST_COMMENT


def test_what_no_comment_can_hold_is_its_first_line_and_a_link(world: World) -> None:
    commit = world.company.repository.commit()
    run = world.check(commit)
    longer = run.artifact("plan") / "plan.md"
    longer.write_text(longer.read_text(encoding="utf-8") + "ä" * LARGEST_COMMENT, encoding="utf-8")
    script = world.runner.folder / "work/.github/syncer/comment.sh"
    environment = {
        "GITHUB_TOKEN": 'job:{"pull-requests": "write"}',
        "PULL": "12",
        "COMMIT": commit,
    }
    at = run.artifact("plan").parent
    ended = world.runner.bash(str(script), at, environment)
    assert ended.returncode == 0, ended.stdout
    [comment] = world.forge.comments
    assert len(comment["body"]) < 1000
    assert "### 4 creates" in comment["body"]
    assert "too long for a comment" in comment["body"]
