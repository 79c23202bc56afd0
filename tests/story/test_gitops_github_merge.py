"""After the merge at GitHub, and every morning: the workflows carried out against a port."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.story.github_world import World, at_github
from tests.story.pipelines import OWNED
from tests.story.programs import needs

pytestmark = needs("curl", "git", "jq")


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with at_github(tmp_path) as ours:
        yield ours


def test_after_the_merge_the_plan_of_this_very_run_is_shown_and_applied(world: World) -> None:
    commit = world.company.repository.commit()
    world.reviewed(commit, "owner:ada")
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
    assert (run.artifact("applied-1") / "applied/applied.json").exists()
    # 3. The next run knows all that; there is nothing to do, nobody is asked, and it is noted.
    again = world.apply(commit)
    assert again.results() == {"plan": "success", "apply": "skipped", "note": "success"}
    assert "No memory" not in again.jobs["plan"].summary
    assert set(world.company.repository.state_files()) > set(files)


def test_a_plan_that_was_not_reviewed_waits_for_a_person_who_names_its_digest(
    world: World,
) -> None:
    world.check(world.company.repository.commit())
    commit = world.merge(world.company.commit(title=(",Engineer,", ",Plumber,")))
    before = world.company.tenant()
    # 1. The job fails, and shows what it is about and how to go on.
    run = world.apply(commit)
    assert run.results() == {"plan": "failure", "apply": "skipped", "note": "skipped"}
    assert run.jobs["plan"].codes["Plan"] == 5
    assert "This is not the plan that was reviewed" in run.jobs["plan"].summary
    digest = run.digest()
    assert f"give its digest to `approve`: `{digest}`" in run.jobs["plan"].summary
    # 2. The digest of the comment is not that of this plan.
    [comment] = world.forge.comments
    other = world.apply(commit, inputs={"approve": world.shown(comment)})
    assert other.jobs["plan"].codes["Plan"] == 5
    assert world.company.tenant() == before
    # 3. Its own is.
    run = world.apply(commit, inputs={"approve": digest})
    assert run.results()["apply"] == "success"
    assert "accepted by its digest" in run.jobs["plan"].summary
    assert "7 actions applied" in run.jobs["apply"].summary


def test_a_push_without_a_pull_request_is_planned_and_not_applied(world: World) -> None:
    run = world.apply(world.company.repository.commit())
    assert "nothing was reviewed" in run.jobs["plan"].summary
    assert "Nobody has reviewed this plan." in run.jobs["plan"].summary
    assert run.results() == {"plan": "failure", "apply": "skipped", "note": "skipped"}


def test_neither_another_branch_nor_a_tag_of_that_name_is_applied(world: World) -> None:
    commit = world.reviewed(world.company.repository.commit())
    for ref in ("refs/heads/feature", "refs/tags/main"):
        run = world.apply(commit, ref=ref)
        assert set(run.results().values()) == {"skipped"}, ref


def test_a_comment_of_somebody_else_reviews_nothing(world: World) -> None:
    commit = world.company.repository.commit()
    world.reviewed(commit)
    [comment] = world.forge.comments
    comment["user"] = {"login": "eve"}
    assert world.apply(commit).jobs["plan"].codes["Plan"] == 5


def test_what_main_has_left_behind_is_not_applied(world: World) -> None:
    old = world.reviewed(world.company.repository.commit())
    world.company.commit(title=(",Engineer,", ",Plumber,"))
    before = world.company.tenant()
    run = world.apply(old)
    assert run.results()["apply"] == "failure"
    assert run.jobs["apply"].codes["Begin"] == 5
    assert "Out of date" in run.jobs["apply"].summary
    assert run.jobs["apply"].steps["Apply"] == "skipped"
    assert world.company.tenant() == before
    assert world.company.repository.branches() == ["main"]


def test_a_plan_that_asana_has_left_behind_is_stale_and_a_new_one_is_shown(world: World) -> None:
    world.settle()
    commit = world.reviewed(world.company.commit(title=(",Engineer,", ",Plumber,")))
    # Between plan and apply somebody else changes one whom the plan touches.
    with world.company.tampered(f"if 'apply' in sys.argv: exec({MOVE!r})"):
        run = world.apply(commit)
    assert run.results()["apply"] == "failure"
    assert run.jobs["apply"].codes["Apply"] == 5
    summary = run.jobs["apply"].summary
    assert "**Stale**: nothing was changed" in summary
    assert "Somebody else's idea" in summary
    renewed = json.loads((run.artifact("applied-1") / "applied/plan.json").read_text())["digest"]
    assert renewed != run.digest()
    assert f"give its digest to `approve`: `{renewed}`" in summary
    assert run.jobs["apply"].steps["Save the ledger"] == "success"
    assert "running" not in world.company.repository.state_files()
    # Somebody reads that one and accepts it.
    accepted = world.apply(commit, inputs={"approve": renewed})
    assert accepted.results()["apply"] == "success", accepted.jobs["apply"].log


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
    commit = world.reviewed(world.emptied())
    # 1. Refused, though it was seen, with the digest that accepts it.
    refused = world.apply(commit)
    assert refused.results() == {"plan": "failure", "apply": "skipped", "note": "skipped"}
    assert refused.jobs["plan"].codes["Plan"] == 3
    digest = refused.digest()
    assert digest in refused.jobs["plan"].summary
    # 2. Another digest accepts nothing, and neither does a beginning that fits every plan.
    for given in ("sha256:0123456789abcdef", "sha256:", digest[:10]):
        other = world.apply(commit, inputs={"approve": given})
        assert other.jobs["plan"].codes["Plan"] == 3, given
    # 3. This one does.
    run = world.apply(commit, inputs={"approve": digest})
    assert run.results()["apply"] == "success", run.jobs["apply"].log
    assert "2 deactivations" in run.jobs["apply"].summary


def test_a_team_s_change_waits_for_the_label_of_its_owner_and_goes_with_it(world: World) -> None:
    world.company.house.edit("syncer.yaml", "mapping:", f"{OWNED}mapping:")
    commit = world.company.repository.commit()
    # 1. Without it the check fails, merged or not.
    refused = world.check(commit)
    assert refused.jobs["plan"].codes["Plan"] == 3
    [comment] = world.forge.comments
    assert "a change of team Engineering wants the label of its owner" in comment["body"]
    world.merge(commit, "another")
    assert world.apply(commit).jobs["plan"].codes["Plan"] == 3
    # 2. The label is given, which runs the check again; then it is applied with it.
    assert world.check(commit, "owner:ada").jobs["plan"].codes["Plan"] == 0
    world.merge(commit, "owner:ada")
    assert world.apply(commit).results()["apply"] == "success"


def test_what_cannot_be_remembered_is_not_applied(world: World) -> None:
    commit = world.reviewed(world.company.repository.commit())
    hook = world.company.repository.bare / "hooks/pre-receive"
    hook.write_text("#!/bin/sh\necho 'the branch is protected'\nexit 1\n")
    hook.chmod(0o755)
    before = world.company.tenant()
    run = world.apply(commit)
    assert run.results()["apply"] == "failure"
    assert "the branch is protected" in run.jobs["apply"].log
    assert run.jobs["apply"].steps["Apply"] == "skipped"
    assert world.company.tenant() == before
