"""A company at GitHub: what its people do, and what its workflows then do."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.story.forge import GitHub, online
from tests.story.github_runner import Run, Runner
from tests.story.pipelines import Company, company

MARKED = "SYNCER_REPOSITORY: https://git.example.com/syncer.git"


@dataclass
class World:
    """A company at GitHub."""

    company: Company
    forge: GitHub
    runner: Runner

    def check(self, commit: str, *labels: str, fork: bool = False) -> Run:
        """What a pull request of this commit runs."""
        pull = {
            "number": 12,
            "head": {"sha": commit},
            "labels": [{"name": label} for label in labels],
        }
        return self.runner.run("syncer-check", commit, fork=fork, pull_request=pull)

    def merge(self, commit: str, *labels: str) -> str:
        """Say that the pull request was merged as this commit."""
        self.forge.merged[commit] = {
            "number": 12,
            "merged_at": "2026-01-01T00:00:00Z",
            "base": {"ref": "main"},
            "labels": [{"name": label} for label in labels],
        }
        return commit

    def apply(self, commit: str, **more: Any) -> Run:
        """What the merge of this commit runs; a person approves."""
        return self.runner.run("syncer-apply", commit, **more)

    def shown(self, told: dict[str, Any]) -> str:
        """The digest of the plan that a comment or an issue shows."""
        found = re.search(r"<!-- syncer:digest (\S+) -->", told["body"])
        assert found is not None
        return found[1]

    def reviewed(self, commit: str, *labels: str) -> str:
        """Look at the plan of the pull request, and merge it."""
        self.check(commit, *labels)
        return self.merge(commit, *labels)

    def settle(self) -> str:
        """Merge and apply what there is: the tenant is as the directory says."""
        commit = self.reviewed(self.company.repository.commit())
        run = self.apply(commit)
        assert run.results() == {"plan": "success", "apply": "success", "note": "skipped"}, (
            run.jobs
        )
        return commit

    def emptied(self) -> str:
        """A commit in which all but one have left."""
        lines = (self.company.house.folder / "people.csv").read_text(encoding="utf-8").splitlines()
        guard = "guards: {deactivate: {count: 1, percent: null, floor: 1}}\n"
        expect = "  expect: {max_shrink_percent: null}\n"
        self.company.house.edit("syncer.yaml", "mapping:", f"{expect}{guard}mapping:")
        self.company.house.write("people.csv", "\n".join(lines[:2]) + "\n")
        return self.company.repository.commit()

    def drift(self, commit: str) -> Run:
        """What the schedule runs."""
        return self.runner.run("syncer-drift", commit)


@contextmanager
def at_github(folder: Path) -> Iterator[World]:
    """The company, whose tenant and forge listen on loopback while the block lasts."""
    forge = GitHub()
    with online(forge), company(folder, "github-actions", MARKED) as ours:
        secrets = {
            "asana-read": {"ASANA_READ_TOKEN": ours.token},
            "asana": {"ASANA_WRITE_TOKEN": ours.token},
        }
        yield World(ours, forge, Runner(folder, ours.repository, forge, ours.programs, secrets))
