"""Snapshots and configs made from plain data, for tests of the directory side."""

from collections.abc import Mapping, Sequence
from typing import Any

from syncer.core.desired import Desired, desire
from syncer.core.locations import spelled
from syncer.core.names import attribute_key
from syncer.model.directory import (
    DirectoryGroup,
    GroupsReading,
    PeopleReading,
    Record,
    Snapshot,
    Value,
)
from syncer.model.origin import Origin, Problem, Size
from syncer.model.policy.config import Config

SPECIAL = ("at", "problem", "identity", "source")


def where(*location: str | int) -> Origin:
    """The place of a key in a config that is no file."""
    return Origin(f"config {spelled(location)}")


def config_of(fragment: Mapping[str, Any]) -> Config:
    """A config with what every config needs, and this."""
    directory = {"people": [{"format": "csv", "path": "people.csv"}]}
    whole: dict[str, Any] = {"version": 1, "asana": {"sandbox": "tenant.json"}}
    whole |= fragment
    whole["asana"] = {"sandbox": "tenant.json"} | dict(fragment.get("asana", {}))
    whole["directory"] = directory | dict(fragment.get("directory", {}))
    return Config.model_validate(whole)


def value_of(raw: object) -> Value:
    return tuple(map(str, raw)) if isinstance(raw, list) else str(raw)


def people_of(
    rows: Sequence[Mapping[str, Any]], *, path: str = "people.csv", closed: bool = True
) -> PeopleReading:
    """A reading of these rows. Lines count from 2 on; a row with `problem` is unreadable."""
    records, problems, names = [], [], dict[str, str]()
    for line, row in enumerate(rows, start=2):
        origin = Origin(path, row.get("at", line))
        if "problem" in row:
            identity = tuple(row.get("identity", ()))
            problems.append(Problem(origin, row["problem"], size=Size.RECORD, identity=identity))
            continue
        given = {name: value for name, value in row.items() if name not in SPECIAL}
        names |= {attribute_key(name): name for name in given}
        attributes = {
            attribute_key(name): value_of(raw)
            for name, raw in given.items()
            if raw not in ("", [])
        }
        records.append(Record(attributes, origin))
    return PeopleReading(tuple(records), names, tuple(problems), closed=closed)


def groups_of(rows: Sequence[Mapping[str, Any]], *, path: str = "groups.csv") -> GroupsReading:
    """A reading of these groups: `name`, `members`, and maybe `dn` and `incomplete`."""
    return GroupsReading(
        tuple(
            DirectoryGroup(
                row["name"],
                tuple(row.get("members", ())),
                Origin(path, row.get("at", line)),
                dn=row.get("dn"),
                complete="incomplete" not in row,
                why_incomplete=row.get("incomplete", ""),
            )
            for line, row in enumerate(rows, start=2)
        )
    )


def snapshot_of(case: Mapping[str, Any]) -> Snapshot:
    """The snapshot of a case: `people` (rows), maybe `more_people` (further sources), `groups`."""
    closed = case.get("closed", True)
    people = [people_of(case["people"], closed=closed)]
    for number, rows in enumerate(case.get("more_people", ()), start=2):
        people.append(people_of(rows, path=f"people{number}.csv", closed=closed))
    groups = (groups_of(case["groups"]),) if "groups" in case else ()
    return Snapshot(tuple(people), groups)


def desired_of(case: Mapping[str, Any]) -> Desired:
    """The desired state of a case."""
    return desire(snapshot_of(case), config_of(case.get("config", {})), where)
