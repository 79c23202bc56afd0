"""Carry out a pipeline of GitLab's here: the jobs that its rules admit, each by bash.

Jobs share nothing but artefacts and `dotenv`, a variable reaches only the jobs of its environment,
and a protected one only pipelines of the default branch, as at GitLab.
"""

import re
import shutil
import subprocess
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from tests.story.forge import IDENTITY, GitLab, Repository
from tests.story.github_runner import keep

_TERM = re.compile(r'\$(\w+) (==|!=) (?:"([^"]*)"|\$(\w+))')


@dataclass
class JobRun:
    """What became of a job."""

    code: int
    log: str


@dataclass
class Pipeline:
    """What became of a pipeline, by job. A job that its rules leave out is not there."""

    folder: Path
    jobs: dict[str, JobRun] = field(default_factory=dict)
    manual: list[str] = field(default_factory=list)
    skipped: list[str] = field(default_factory=list)
    retry: Callable[[str], None] = field(default=lambda _: None)
    """Start a job of it again."""

    def codes(self) -> dict[str, int]:
        return {name: job.code for name, job in self.jobs.items()}

    def artifacts(self, job: str) -> Path:
        return self.folder / job / "artifacts"


@dataclass
class Runner:
    """A runner with `syncer` installed. `scoped` are by environment, `protected` for `main`."""

    folder: Path
    repository: Repository
    forge: GitLab
    programs: Path
    scoped: Mapping[str, Mapping[str, str]]
    protected: Mapping[str, str]
    runs: int = 0

    def run(self, commit: str, source: str, play: str = "", **given: str) -> Pipeline:
        """The pipeline of this commit; the manual job `play` is started by somebody."""
        self.runs += 1
        pipeline = Pipeline(self.folder / f"pipeline{self.runs}")
        told = yaml.safe_load(self.repository.git("show", f"{commit}:.gitlab-ci.yml"))
        variables = self._variables(commit, source, given)
        top = {key: told.pop(key) for key in ("variables", "workflow", "stages", "default")}
        for key, value in top["variables"].items():
            text = value["value"] if isinstance(value, dict) else value
            variables.setdefault(key, _expanded(text, variables))
        if not _admitted(top["workflow"]["rules"], variables):
            return pipeline
        for stage in top["stages"]:
            for name in (name for name, job in told.items() if job["stage"] == stage):
                self._job(pipeline, name, told[name], top["default"], variables, commit, play)
        pipeline.retry = lambda name: self._retry(
            pipeline, name, told[name], top["default"], variables, commit
        )
        return pipeline

    def _retry(
        self,
        pipeline: Pipeline,
        name: str,
        job: dict[str, Any],
        default: dict[str, Any],
        variables: dict[str, str],
        commit: str,
    ) -> None:
        (pipeline.folder / name).rename(pipeline.folder / f"{name}-before")
        self._job(pipeline, name, job, default, variables, commit, name)

    def _job(
        self,
        pipeline: Pipeline,
        name: str,
        job: dict[str, Any],
        default: dict[str, Any],
        variables: dict[str, str],
        commit: str,
        play: str,
    ) -> None:
        rule = _admitted(job["rules"], variables)
        if rule is None:
            return
        needs = [need["job"] if isinstance(need, dict) else need for need in job.get("needs", [])]
        before = [pipeline.jobs[need] for need in needs if need in pipeline.jobs]
        lacking = any(need in pipeline.skipped for need in needs)
        failed = lacking or any(run.code for run in before)
        if failed and rule.get("when") != "always":
            pipeline.skipped.append(name)
            return
        if rule.get("when") == "manual" and name != play:
            pipeline.manual.append(name)
            return
        work = pipeline.folder / name / "workspace"
        work.parent.mkdir(parents=True)
        self.repository.check_out(commit, work)
        seen = dict(variables)
        for need in needs:
            seen |= _received(pipeline.artifacts(need), work)
        environment = job.get("environment", {})
        scope = environment if isinstance(environment, str) else environment.get("name", "")
        seen |= self.scoped.get(scope, {})
        steps = [*job.get("before_script", default["before_script"]), *job["script"]]
        ended = self._bash(steps, work, seen)
        after = self._bash(job["after_script"], work, seen) if "after_script" in job else None
        pipeline.jobs[name] = JobRun(
            ended.returncode, ended.stdout + (after.stdout if after else "")
        )
        if "artifacts" in job and (
            not ended.returncode or job["artifacts"].get("when") == "always"
        ):
            keep(work, job["artifacts"]["paths"], pipeline.artifacts(name), whole=True)

    def _variables(self, commit: str, source: str, given: Mapping[str, str]) -> dict[str, str]:
        merge_request = source == "merge_request_event"
        own = (
            {"CI_MERGE_REQUEST_IID": "12"}
            if merge_request
            else {"CI_COMMIT_BRANCH": "main", **self.protected}
        )
        return {
            **IDENTITY,
            "PATH": f"{self.programs}:/usr/local/bin:/usr/bin:/bin",
            "HOME": str(self.folder),
            "LANG": "C.UTF-8",
            "CI": "true",
            "CI_PIPELINE_SOURCE": source,
            "CI_DEFAULT_BRANCH": "main",
            "CI_COMMIT_SHA": commit,
            "CI_PROJECT_ID": "9",
            "CI_PROJECT_URL": (self.repository.home / "host/acme/people").as_uri(),
            "CI_API_V4_URL": self.forge.url,
            "CI_JOB_TOKEN": "job-token",
            "CI_JOB_URL": f"https://gitlab.example.com/jobs/{self.runs}",
            "CI_PIPELINE_URL": f"https://gitlab.example.com/pipelines/{self.runs}",
            **own,
            **given,
        }

    def _bash(
        self, steps: list[str], work: Path, variables: dict[str, str]
    ) -> subprocess.CompletedProcess[str]:
        """The lines of a script, one after the other in one shell, as a runner does it."""
        return subprocess.run(
            ["/bin/bash", "-c", "set -eo pipefail\n" + "\n".join(steps)],
            cwd=work,
            env=variables,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )


def _expanded(text: str, variables: Mapping[str, str]) -> str:
    return re.sub(r"\$(\w+)", lambda found: variables.get(found[1], ""), str(text))


def _admitted(rules: list[dict[str, Any]], variables: Mapping[str, str]) -> dict[str, Any] | None:
    """The first rule that holds."""
    return next((rule for rule in rules if _holds(rule["if"], variables)), None)


def _holds(condition: str, variables: Mapping[str, str]) -> bool:
    for term in condition.split(" && "):
        found = _TERM.fullmatch(term)
        assert found is not None, term
        name, operator, text, other = found.groups()
        value = text if other is None else variables.get(other)
        if (variables.get(name) == value) is (operator == "!="):
            return False
    return True


def _received(artifacts: Path, work: Path) -> dict[str, str]:
    """What a job gets of one before it: its files, and the variables of its `dotenv`."""
    if not artifacts.exists():
        return {}
    shutil.copytree(artifacts, work, dirs_exist_ok=True)
    told = work / "plan" / "outputs"
    lines = told.read_text(encoding="utf-8").splitlines() if told.exists() else []
    return dict(line.split("=", 1) for line in lines)
