"""An apply at GitHub that is cut off in the middle: what it did is kept, and the next goes on."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.story.github_runner import Run
from tests.story.github_world import World, at_github
from tests.story.programs import needs

pytestmark = needs("curl", "git", "jq")

PLUG = """\
import httpx, os, signal
if "apply" in sys.argv:
    send, written = httpx.AsyncHTTPTransport.handle_async_request, []
    async def handle(self, request):
        answer = await send(self, request)
        if request.method != "GET":
            written.append(request)
            if len(written) == 3:
                os.kill(os.getpid(), signal.SIGKILL)
        return answer
    httpx.AsyncHTTPTransport.handle_async_request = handle
"""
"""Pulls the plug of `syncer apply` after its third write."""


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with at_github(tmp_path) as ours:
        yield ours


def cut_off(world: World, **more: str) -> tuple[str, Run]:
    """A commit that was reviewed and merged, and the run whose apply was killed."""
    commit = world.reviewed(world.company.repository.commit())
    before = world.company.tenant()
    with world.company.tampered(PLUG):
        run = world.apply(commit, **more)
    assert run.jobs["apply"].codes["Apply"] == 128 + 9
    assert run.results()["apply"] == "failure"
    assert world.company.tenant() != before
    return commit, run


def settled(world: World, commit: str) -> bool:
    """Whether nothing is left to do."""
    world.drift(commit)
    return not world.forge.issues


def test_the_failed_job_run_again_goes_on_with_its_plan(world: World) -> None:
    commit, run = cut_off(world)
    assert "syncer ended with 137" in run.jobs["apply"].summary
    assert run.jobs["apply"].steps["Save the ledger"] == "success"
    assert "running" not in world.company.repository.state_files()
    world.runner.again(run, "apply", "syncer-apply", commit)
    assert run.results()["apply"] == "success", run.jobs["apply"].log
    assert "this plan is partly applied" in " ".join(run.jobs["apply"].log.split())
    assert settled(world, commit)
    # A third time it is applied already, and nothing is left for a new plan.
    world.runner.again(run, "apply", "syncer-apply", commit)
    assert run.jobs["apply"].codes["Apply"] == 5
    assert "applied already" in run.jobs["apply"].log
    assert {path.name for path in (run.folder / "artifacts").iterdir()} == {
        "plan",
        *(f"applied-{attempt}" for attempt in (1, 2, 3)),
    }


def test_all_jobs_run_again_plan_the_rest_which_a_person_accepts(world: World) -> None:
    commit, _ = cut_off(world)
    rest = world.apply(commit)
    assert rest.jobs["plan"].codes["Plan"] == 5
    assert "This is not the plan that was reviewed" in rest.jobs["plan"].summary
    run = world.apply(commit, inputs={"approve": rest.digest()})
    assert run.results()["apply"] == "success", run.jobs["apply"].log
    assert settled(world, commit)


def test_a_runner_that_died_is_told_of_and_its_plan_is_stale(world: World) -> None:
    commit, run = cut_off(world, dies_after="Apply")
    assert "Save the ledger" not in run.jobs["apply"].steps
    assert "running" in world.company.repository.state_files()
    # 1. Its journal is lost: what it did is found in Asana, and nothing is done twice.
    world.runner.again(run, "apply", "syncer-apply", commit)
    summary = run.jobs["apply"].summary
    assert "never saved what it did" in summary
    assert run.jobs["apply"].codes["Apply"] == 5
    assert "**Stale**: nothing was changed" in summary
    assert "running" not in world.company.repository.state_files()
    # 2. The rest is a plan of its own.
    rest = world.apply(commit)
    assert f"give its digest to `approve`: `{rest.digest()}`" in summary
    world.apply(commit, inputs={"approve": rest.digest()})
    assert settled(world, commit)
