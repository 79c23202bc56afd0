"""The files of the pipelines, read: linted, pinned, with the least rights, without injection."""

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.story.forge import Repository
from tests.story.programs import needs
from tests.story.told import ROOT, page

GITHUB = ROOT / "configs" / "github-actions"
GITLAB = ROOT / "configs" / "gitlab-ci"
WORKFLOWS = sorted((GITHUB / ".github" / "workflows").glob("*.yml"))
SCRIPTS = sorted([*GITHUB.glob(".github/syncer/*.sh"), *GITLAB.glob(".gitlab/syncer/*.sh")])
SOURCED = {"job.sh", "api.sh"}
SHARED = ("job.sh", "install.sh", "token.sh", "state.sh", "plan.sh", "apply.sh")

PINNED = {
    "actions/checkout": "de0fac2e4500dabe0009e67214ff5f5447ce83dd # v6.0.2",
    "actions/setup-python": "a309ff8b426b58ec0e2a45f0f869d46889d02405 # v6.2.0",
    "actions/upload-artifact": "043fb46d1a93c77aae656e7c1c64a875d1fc6a0a # v7.0.1",
    "actions/download-artifact": "3e5f45b2cfb9172054b4087a40e8e0b5a5461e7c # v8.0.1",
}
"""All that is used of others, by the commit of a release."""


def tool(name: str) -> str:
    """A program of the development packages."""
    return str(Path(sys.executable).parent / name)


def is_content(*words: str) -> None:
    """Run a linter, which must find nothing."""
    done = subprocess.run(
        words, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False
    )
    assert done.returncode == 0, done.stdout


def read(path: Path) -> dict[Any, Any]:
    found: dict[Any, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    return found


def jobs_of(path: Path) -> dict[str, dict[str, Any]]:
    jobs: dict[str, dict[str, Any]] = read(path)["jobs"]
    return jobs


def test_the_workflows_are_of_the_form_that_github_takes() -> None:
    schema = ("--builtin-schema", "vendor.github-workflows")
    is_content(tool("check-jsonschema"), *schema, *map(str, WORKFLOWS))


def test_the_pipeline_is_of_the_form_that_gitlab_takes() -> None:
    schema = ("--builtin-schema", "vendor.gitlab-ci")
    is_content(tool("check-jsonschema"), *schema, str(GITLAB / ".gitlab-ci.yml"))


def test_an_auditor_of_workflows_has_no_complaint() -> None:
    options = ("--offline", "--no-progress", "--persona", "auditor", "--min-severity", "low")
    is_content(tool("zizmor"), *options, str(GITHUB / ".github" / "workflows"))


@needs("shellcheck")
def test_an_auditor_of_scripts_has_no_complaint() -> None:
    sourced = ("--external-sources", "--source-path", "SCRIPTDIR")
    is_content("shellcheck", *sourced, *map(str, SCRIPTS))


def inline_scripts() -> list[str]:
    """The scripts that stand in the files themselves."""
    steps = [s for path in WORKFLOWS for job in jobs_of(path).values() for s in job["steps"]]
    found = [step["run"] for step in steps if "run" in step]
    pipeline = read(GITLAB / ".gitlab-ci.yml")
    for job in (value for value in pipeline.values() if isinstance(value, dict)):
        keys = ("before_script", "script", "after_script")
        found.extend("\n".join(job[key]) for key in keys if job.get(key))
    return found


@needs("shellcheck")
def test_scripts_in_the_files_are_sound_and_short(tmp_path: Path) -> None:
    scripts = inline_scripts()
    assert len(scripts) > 10
    for at, script in enumerate(scripts):
        assert script.count("\n") < 16, script
        # What a runner gives is not assigned in the script.
        (tmp_path / f"{at}.sh").write_text(f"# shellcheck disable=SC2154\n{script}\n")
    paths = [str(path) for path in sorted(tmp_path.iterdir())]
    is_content("shellcheck", "--shell", "bash", *paths)


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: f"{path.parts[-4]}-{path.name}")
def test_scripts_say_what_they_are_and_stop_at_the_first_failure(path: Path) -> None:
    lines = path.read_text(encoding="utf-8").splitlines()
    assert lines[1].startswith("# ")
    runnable = bool(path.stat().st_mode & 0o100)
    assert runnable is (path.name not in SOURCED)
    if runnable:
        assert lines[0] == "#!/usr/bin/env bash"
        assert "set -euo pipefail" in lines
    else:
        assert "shopt -s inherit_errexit" in lines


@pytest.mark.parametrize("name", SHARED)
def test_what_both_forges_do_is_one_script(name: str) -> None:
    ours, theirs = GITHUB / ".github" / "syncer" / name, GITLAB / ".gitlab" / "syncer" / name
    assert ours.read_bytes() == theirs.read_bytes()


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)
def test_every_action_of_others_is_pinned_to_a_commit(path: Path) -> None:
    used = re.findall(r"uses: (\S+?)@(.*)", path.read_text(encoding="utf-8"))
    assert used
    assert {(name, PINNED[name]) for name, _ in used} == set(used)


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)
def test_no_script_holds_an_expression(path: Path) -> None:
    """A title or label of a pull request in a script would be a command of whoever wrote it."""
    for job in jobs_of(path).values():
        assert not [step for step in job["steps"] if "${{" in step.get("run", "")]


def test_each_job_has_the_least_rights() -> None:
    rights = {
        (path.stem, name): (job["permissions"], job.get("environment"))
        for path in WORKFLOWS
        for name, job in jobs_of(path).items()
    }
    reading = {"contents": "read"}
    assert rights == {
        ("syncer-check", "validate"): (reading, None),
        ("syncer-check", "plan"): (reading, "asana-read"),
        ("syncer-check", "comment"): ({**reading, "pull-requests": "write"}, None),
        ("syncer-apply", "plan"): ({**reading, "pull-requests": "read"}, "asana-read"),
        ("syncer-apply", "apply"): ({"contents": "write"}, "asana"),
        ("syncer-apply", "note"): ({"contents": "write"}, "asana-read"),
        ("syncer-drift", "plan"): (reading, "asana-read"),
        ("syncer-drift", "tell"): ({**reading, "issues": "write"}, None),
    }
    for path in WORKFLOWS:
        assert read(path)["permissions"] == {}


def test_a_secret_reaches_only_the_step_that_asks_asana() -> None:
    for path in WORKFLOWS:
        for name, job in jobs_of(path).items():
            for step in job["steps"]:
                secret = re.findall(r"secrets\.(\w+)", str(step))
                if secret:
                    wanted = (
                        "ASANA_WRITE_TOKEN"
                        if job["environment"] == "asana"
                        else "ASANA_READ_TOKEN"
                    )
                    assert secret == [wanted], (path.name, name)
                    assert step["run"].endswith(("/token.sh", "/plan.sh", "/apply.sh"))
                    assert "REPOSITORY_TOKEN" not in step["env"]
            assert "secrets." not in str({key: job[key] for key in job if key != "steps"})


def test_forks_are_checked_without_any_right() -> None:
    # YAML reads the key `on` as true.
    triggers = {path.stem: set(read(path)[True]) for path in WORKFLOWS}
    assert triggers == {
        "syncer-check": {"pull_request"},
        "syncer-apply": {"push", "workflow_dispatch"},
        "syncer-drift": {"schedule", "workflow_dispatch"},
    }


def test_two_runs_never_apply_at_once() -> None:
    [path] = [path for path in WORKFLOWS if path.stem == "syncer-apply"]
    assert read(path)["concurrency"] == {"group": "syncer-apply", "cancel-in-progress": False}
    pipeline = read(GITLAB / ".gitlab-ci.yml")
    assert {pipeline[name]["resource_group"] for name in ("apply", "note")} == {"asana"}
    assert pipeline["apply"]["rules"][0]["when"] == "manual"
    assert pipeline["apply"]["environment"] == "asana"


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)
def test_what_a_workflow_refers_to_is_there(path: Path) -> None:
    jobs = jobs_of(path)
    for job in jobs.values():
        told = str(job)
        for name, output in re.findall(r"needs\.(\w+)\.outputs\.(\w+)", told):
            assert name == job["needs"]
            assert output in jobs[name]["outputs"]
        steps = {step["id"] for step in job["steps"] if "id" in step}
        assert set(re.findall(r"steps\.(\w+)\.", told)) <= steps
        for script in re.findall(r"\.github/syncer/[\w.]+", told):
            assert (GITHUB / script).exists(), script


def test_what_the_pipeline_refers_to_is_there() -> None:
    text = (GITLAB / ".gitlab-ci.yml").read_text(encoding="utf-8")
    for script in re.findall(r"\.gitlab/syncer/[\w.]+", text):
        assert (GITLAB / script).exists(), script


@pytest.mark.parametrize("folder", [GITHUB, GITLAB], ids=lambda path: path.name)
def test_the_page_leads_somewhere_and_names_what_there_is(folder: Path) -> None:
    told = page(folder / "README.md")
    assert not told.broken_links()
    files = {path.name for path in folder.rglob("*") if path.is_file()} - {"README.md"}
    assert {name for name in files if name in told.text} == files
    sources = [path.read_text(encoding="utf-8") for path in folder.rglob("*") if path.is_file()]
    for name in re.findall(r"`([A-Z]+_[A-Z_]+)`", told.text):
        assert any(name in source for source in sources), name


def installed(tmp_path: Path, commit: str) -> subprocess.CompletedProcess[str]:
    """What install.sh makes of a repository with a program that says from where it runs."""
    script = GITHUB / ".github" / "syncer" / "install.sh"
    (tmp_path / "runner").mkdir(exist_ok=True)
    (tmp_path / "path").touch()
    environment = {
        "PATH": f"{Path(sys.executable).parent}:/usr/local/bin:/usr/bin:/bin",
        "HOME": str(tmp_path),
        "RUNNER_TEMP": str(tmp_path / "runner"),
        "GITHUB_PATH": str(tmp_path / "path"),
        "SYNCER_REPOSITORY": (tmp_path / "host/acme/people.git").as_uri(),
        "SYNCER_COMMIT": commit,
        "PIP_NO_INDEX": "1",
    }
    return subprocess.run(
        [str(script)],
        cwd=tmp_path / "exports",
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )


@needs("git")
def test_the_commit_that_is_named_is_installed_and_nothing_in_the_exports_shadows_it(
    tmp_path: Path,
) -> None:
    repository = Repository.create(tmp_path)
    (repository.work / "requirements.lock").write_text("# nothing\n")
    (repository.work / "syncer").mkdir()
    (repository.work / "syncer/__init__.py").touch()
    (repository.work / "syncer/__main__.py").write_text("import yaml_\nprint('ours', yaml_.WHO)\n")
    (repository.work / "yaml_.py").write_text("WHO = 'locked'\n")
    commit = repository.commit()
    (repository.work / "yaml_.py").write_text("WHO = 'newer'\n")
    repository.commit()
    exports = tmp_path / "exports"
    (exports / "syncer").mkdir(parents=True)
    (exports / "syncer/__main__.py").write_text("print('theirs')\n")
    (exports / "yaml_.py").write_text("WHO = 'theirs'\n")
    # 1. A name that may move, or none, is refused.
    for moving in ("main", "v1.0", commit[:12], ""):
        assert installed(tmp_path, moving).returncode == 64
    # 2. The commit is taken, though the branch has moved on; a second time changes nothing.
    for _ in range(2):
        ended = installed(tmp_path, commit)
        assert ended.returncode == 0, ended.stdout
        assert ended.stdout.splitlines()[-1] == "ours locked"
    added = (tmp_path / "path").read_text().splitlines()
    program = Path(added[0]) / "syncer"
    shown = subprocess.run([program], cwd=exports, capture_output=True, text=True, check=True)
    assert shown.stdout == "ours locked\n"
