"""Carry out a workflow file of GitHub's here: its jobs and `run:` steps in order, by bash.

Jobs share nothing but outputs and artefacts, a secret reaches only the jobs of its environment, a
token has the permissions that the job asks for, and forks get neither, as at GitHub.
"""

import json
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from tests.story.expressions import filled, holds
from tests.story.forge import IDENTITY, GitHub, Repository


@dataclass
class JobRun:
    """What became of a job."""

    result: str = "success"
    outputs: dict[str, str] = field(default_factory=dict)
    steps: dict[str, str] = field(default_factory=dict)
    codes: dict[str, int] = field(default_factory=dict)
    log: str = ""
    summary: str = ""


@dataclass
class Run:
    """What became of a workflow, by job, and its artefacts."""

    folder: Path
    jobs: dict[str, JobRun] = field(default_factory=dict)
    ref: str = "refs/heads/main"
    attempt: int = 1
    dies_after: str = ""

    def results(self) -> dict[str, str]:
        return {name: job.result for name, job in self.jobs.items()}

    def digest(self) -> str:
        """The digest of the plan that the run kept."""
        text = (self.artifact("plan") / "plan.json").read_text(encoding="utf-8")
        digest: str = json.loads(text)["digest"]
        return digest

    def artifact(self, name: str) -> Path:
        return self.folder / "artifacts" / name


@dataclass
class Runner:
    """A runner with `syncer` installed, for the workflows of one repository."""

    folder: Path
    repository: Repository
    forge: GitHub
    programs: Path
    secrets: Mapping[str, Mapping[str, str]]
    runs: int = 0

    def run(
        self,
        workflow: str,
        commit: str,
        *,
        fork: bool = False,
        ref: str = "refs/heads/main",
        skip: str = "",
        dies_after: str = "",
        **event: Any,
    ) -> Run:
        """Carry out the workflow; the job `skip` is not approved, and the machine dies there."""
        self.runs += 1
        run = Run(self.folder / f"run{self.runs}", ref=ref, dies_after=dies_after)
        source = self.repository.git("show", f"{commit}:.github/workflows/{workflow}.yml")
        told = yaml.safe_load(source)
        for name, job in told["jobs"].items():
            if name != skip:
                run.jobs[name] = self._job(run, told, name, job, commit, fork=fork, event=event)
        return run

    def again(self, run: Run, name: str, workflow: str, commit: str, **event: Any) -> None:
        """Run this failed job again: on a new machine, with what the others told and kept."""
        source = self.repository.git("show", f"{commit}:.github/workflows/{workflow}.yml")
        told = yaml.safe_load(source)
        run.attempt += 1
        run.dies_after = ""
        (run.folder / name).rename(run.folder / f"{name}{run.attempt}")
        run.jobs[name] = self._job(
            run, told, name, told["jobs"][name], commit, fork=False, event=event
        )

    def _job(
        self,
        run: Run,
        told: dict[str, Any],
        name: str,
        job: dict[str, Any],
        commit: str,
        *,
        fork: bool,
        event: dict[str, Any],
    ) -> JobRun:
        needed = [run.jobs[job["needs"]]] if "needs" in job else []
        secrets = {} if fork else self.secrets.get(job.get("environment", ""), {})
        allowed = {
            key: "read" if fork and value == "write" else value
            for key, value in job["permissions"].items()
        }
        github = {
            "token": f"job:{json.dumps(allowed)}",
            "sha": commit,
            "ref": run.ref,
            "ref_name": run.ref.split("/", 2)[2],
            "run_id": str(self.runs),
            "run_attempt": str(run.attempt),
            "server_url": (self.repository.home / "host").as_uri(),
            "repository": "acme/people",
            "event": {"repository": {"default_branch": "main"}, **event},
        }
        contexts: dict[str, Any] = {
            "github": github,
            "secrets": dict(secrets),
            "inputs": event.get("inputs", {}),
            "needs": {job["needs"]: {"outputs": needed[0].outputs}} if needed else {},
            "steps": {},
        }
        failed = any(before.result != "success" for before in needed)
        if not holds(job.get("if"), contexts, {"failure": failed, "cancelled": False}):
            return JobRun(result="skipped")
        work = run.folder / name / "workspace"
        done = JobRun()
        for at, step in enumerate(job["steps"]):
            self._step(run, work, done, told, at, step, contexts)
            if run.dies_after and run.dies_after in done.steps:
                done.result = "failure"
                break
        for key, text in job.get("outputs", {}).items():
            done.outputs[key] = filled(text, contexts, {"failure": False, "cancelled": False})
        return done

    def _step(
        self,
        run: Run,
        work: Path,
        done: JobRun,
        told: dict[str, Any],
        at: int,
        step: dict[str, Any],
        contexts: dict[str, Any],
    ) -> None:
        status = {"failure": done.result == "failure", "cancelled": False}
        label = step.get("name") or step["uses"].split("@")[0]
        if not holds(step.get("if"), contexts, status):
            done.steps[label] = "skipped"
            return
        if "uses" in step:
            options = {
                key: filled(value, contexts, status) if isinstance(value, str) else value
                for key, value in step.get("with", {}).items()
            }
            self._use(run, work, label, options, contexts)
            done.steps[label] = "success"
            return
        files = {key: work.parent / f"{at}-{key}" for key in ("output", "summary", "path")}
        for path in files.values():
            path.touch()
        texts = {**told.get("env", {}), **step.get("env", {})}
        given = {key: filled(str(text), contexts, status) for key, text in texts.items()}
        ended = self.bash(step["run"], work, {**self._defaults(contexts, files), **given})
        done.codes[label] = ended.returncode
        done.log += ended.stdout
        done.summary += files["summary"].read_text(encoding="utf-8")
        done.steps[label] = "failure" if ended.returncode else "success"
        if ended.returncode:
            done.result = "failure"
        lines = files["output"].read_text(encoding="utf-8").splitlines()
        outputs = dict(line.split("=", 1) for line in lines)
        if "id" in step:
            contexts["steps"][step["id"]] = {"outputs": outputs, "outcome": done.steps[label]}

    def _everywhere(self) -> dict[str, str]:
        return {
            **IDENTITY,
            "PATH": f"{self.programs}:/usr/local/bin:/usr/bin:/bin",
            "HOME": str(self.folder),
            "LANG": "C.UTF-8",
            "CI": "true",
            "GITHUB_API_URL": self.forge.url,
            "GITHUB_SERVER_URL": (self.repository.home / "host").as_uri(),
            "GITHUB_REPOSITORY": "acme/people",
            "GITHUB_RUN_ID": str(self.runs),
        }

    def _defaults(self, contexts: dict[str, Any], files: dict[str, Path]) -> dict[str, str]:
        return {
            "GITHUB_SHA": contexts["github"]["sha"],
            "GITHUB_OUTPUT": str(files["output"]),
            "GITHUB_STEP_SUMMARY": str(files["summary"]),
            "GITHUB_PATH": str(files["path"]),
        }

    def bash(
        self, script: str, work: Path, environment: dict[str, str]
    ) -> subprocess.CompletedProcess[str]:
        """The script, as a runner does it where no shell is named."""
        environment = {**self._everywhere(), **environment}
        return subprocess.run(
            ["/bin/bash", "-e", "-c", script],
            cwd=work,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )

    def _use(
        self, run: Run, work: Path, action: str, options: dict[str, Any], contexts: dict[str, Any]
    ) -> None:
        if action == "actions/checkout":
            assert options == {"persist-credentials": False}
            work.parent.mkdir(parents=True)
            self.repository.check_out(contexts["github"]["sha"], work)
        elif action == "actions/upload-artifact":
            target = run.artifact(options["name"])
            # One that is there already is refused, as at GitHub.
            if options.get("overwrite"):
                shutil.rmtree(target, ignore_errors=True)
            assert not target.exists(), target
            keep(work, options["path"].split(), target)
        elif action == "actions/download-artifact":
            shutil.copytree(run.artifact(options["name"]), work / options["path"])
        else:
            assert action == "actions/setup-python", action


def keep(work: Path, paths: list[str], target: Path, *, whole: bool = False) -> None:
    """Copy what an artefact is made of: as it stands, or of a single folder what is in it."""
    whole = whole or len(paths) > 1
    for text in paths:
        source = work / text
        place = target / text if whole else target
        if source.is_dir():
            hidden = shutil.ignore_patterns(".*")
            shutil.copytree(source, place, ignore=hidden, dirs_exist_ok=True)
        elif source.exists():
            place.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(source, place)
