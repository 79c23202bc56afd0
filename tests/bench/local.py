"""Local work: CPU and memory of `syncer plan` against a floor that finds the same actions.

The plan is rendered twice: text to stdout, JSON to a file.
"""

import json
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tests.bench import organisation as invented
from tests.bench.figures import Figure
from tests.bench.measured import SYNCER, TOKEN, Measured, answering, best

FORMATS: Final = ("csv", "ldif", "yaml")
FLOOR: Final = str(Path(__file__).with_name("floor.py"))
RESTED: Final = """\
import gc, runpy, sys
gc.disable()
sys.argv.pop(0)
runpy.run_path(sys.argv[0], run_name="__main__")
"""
"""Runs the floor without Python's cyclic collector."""
UNPACED: Final = 100_000
"""Requests a minute: here the work is measured and not the waiting."""

SOURCES: Final = {
    "csv": ("{format: csv, path: people.csv}", "{format: csv, path: groups.csv}"),
    "yaml": ("{format: yaml, path: people.yaml}", "{format: yaml, path: groups.yaml}"),
    "ldif": ("{format: ldif, path: export.ldif}", "{format: ldif, path: export.ldif}"),
}
CONFIG: Final = """\
version: 1
asana: {{base_url: "{url}", token: {{file: token}}, domains: [example.com], workspace: null,
  requests_per_minute: {per_minute}}}
directory:
  people: [{people}]
  groups: [{groups}]
  key: employeeNumber
  active: "true"
scope:
  - {{exclude: "{country} == 'XX'", because: nobody is there}}
mapping:
  userName: mail
  name.formatted: "{{{{ givenName }}}} {{{{ sn }}}}"
  title: title
  department: {department}
  country: {country}
  employeeNumber: employeeNumber
  manager: manager
teams:
  - {{for_each_group: "(?P<name>Team .+)", name: "{{{{ name }}}}"}}
guards: {{deactivate: null, update: null, create: null, remove_members: null, rename: null}}
"""


MOST_CPU: Final = 2
MOST_MEMORY: Final = 400
MOST_GROWTH: Final = 11
AT_SCALE: Final = 100_000
"""The goals, in times the floor, MiB, and times for ten times the people; the first two count
at this many people, below which start-up weighs more than the work."""


@dataclass(frozen=True, slots=True)
class Row:
    """One measurement beside its floor."""

    people: int
    form: str
    plan: Measured
    floor: Measured
    rested: Measured
    """The floor once more, with the cyclic collector at rest as it is in `syncer`."""

    def figures(self) -> Iterator[Figure]:
        """CPU and memory."""
        subject, large = f"{self.form}, {self.people:,} people", self.people >= AT_SCALE
        yield Figure(part="local", subject=subject, measure="CPU seconds",
                     value=self.plan.cpu, floor=self.floor.cpu,
                     most=MOST_CPU if large else None)  # fmt: skip
        yield Figure(part="local", subject=subject, measure="CPU, no collector in the floor",
                     value=self.plan.cpu, floor=self.rested.cpu)  # fmt: skip
        yield Figure(part="local", subject=subject, measure="MiB resident",
                     value=self.plan.memory, most=MOST_MEMORY if large else None)  # fmt: skip


def figures(
    sizes: Sequence[int], runs: int, formats: tuple[str, ...] = FORMATS
) -> Iterator[Figure]:
    """Every size, and how the work grows from one to the next that is ten times as large."""
    seen: dict[tuple[str, int], Measured] = {}
    for people in sizes:
        for row in rows(people, runs, formats):
            yield from row.figures()
            seen[row.form, people] = row.plan
            if smaller := seen.get((row.form, people // 10)):
                yield Figure(part="local", subject=f"{row.form}, {people:,} people",
                             measure="CPU, of a tenth as many", value=row.plan.cpu,
                             floor=smaller.cpu, most=MOST_GROWTH)  # fmt: skip
        if "csv" in formats:
            yield asked_by_team(people, runs)


def furnish(found: invented.Organisation, folder: Path) -> dict[str, bytes]:
    """Every file of the organisation; what the tenant answers."""
    invented.write_csv(found, folder)
    invented.write_yaml(found, folder)
    invented.write_ldif(found, folder)
    bodies = {
        "Users": invented.listing(invented.scim_users(found)),
        "Groups": invented.listing(invented.scim_groups(found)),
    }
    (folder / "users.json").write_bytes(bodies["Users"])
    (folder / "groups.json").write_bytes(bodies["Groups"])
    (folder / "token").write_text(TOKEN, encoding="utf-8")
    return bodies


def configure(folder: Path, form: str, url: str, per_minute: int = 1500) -> Path:
    """The config for one format."""
    people, groups = SOURCES[form]
    ldif = form == "ldif"
    path = folder / f"{form}.yaml.config"
    path.write_text(
        CONFIG.format(
            url=url,
            per_minute=per_minute,
            people=people,
            groups=groups,
            country="c" if ldif else "country",
            department="departmentNumber" if ldif else "department",
        ),
        encoding="utf-8",
    )
    return path


def rows(people: int, runs: int, formats: tuple[str, ...] = FORMATS) -> Iterator[Row]:
    """Plan and floor for each format, measured one after the other."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        bodies = furnish(invented.organisation(people), folder)
        with answering(bodies) as url:
            for form in formats:
                config = configure(folder, form, url)
                floor = best(runs, (sys.executable, FLOOR, form, str(folder)))
                rested = best(runs, (sys.executable, "-c", RESTED, FLOOR, form, str(folder)))
                plan = best(
                    runs,
                    (*SYNCER, "-c", str(config), "plan",
                     "--report", str(folder / "plan.json")),
                )  # fmt: skip
                agree(json.loads((folder / "plan.json").read_bytes()), floor)
                yield Row(people, form, plan, floor, rested)


def asked_by_team(people: int, runs: int) -> Figure:
    """The plan on a tenant whose listing shows no members, as in Asana's example of one.

    Then nearly all of it is requests, one for each team, and those wait for the quota.
    """
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        found = invented.organisation(people)
        furnish(found, folder)
        teams = invented.scim_groups(found)
        bare = [{key: team[key] for key in team if key != "members"} for team in teams]
        bodies = {
            "Users": (folder / "users.json").read_bytes(),
            "Groups": invented.listing(bare),
            **{team["id"]: json.dumps(team).encode() for team in teams},
        }
        with answering(bodies) as url:
            config = configure(folder, "csv", url, UNPACED)
            report = folder / "plan.json"
            plan = best(runs, (*SYNCER, "-c", str(config), "plan", "--report", str(report)))
        floor = best(runs, (sys.executable, FLOOR, "csv", str(folder)))
        agree(json.loads(report.read_bytes()), floor)
    subject = f"csv, {people:,} people, {len(teams):,} teams asked"
    return Figure(part="local", subject=subject, measure="CPU seconds",
                  value=plan.cpu, floor=floor.cpu)  # fmt: skip


def agree(document: dict[str, dict[str, list[dict[str, str]]]], floor: Measured) -> None:
    """Fail when plan and floor found different actions: then the figures say nothing."""
    found: dict[str, list[str]] = {}
    for action in document["plan"]["actions"]:
        found.setdefault(action["kind"], []).append(action.get("team") or action["user_name"])
    told = {kind: sorted(names) for kind, names in found.items()}
    asked = {kind: names for kind, names in json.loads(floor.out).items() if names}
    if asked != told:
        counts = [{kind: len(names) for kind, names in one.items()} for one in (asked, told)]
        raise SystemExit(f"the floor finds {counts[0]}, the plan {counts[1]}, or other names")
