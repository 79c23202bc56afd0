"""A snapshot as text, one line per fact, so that a case file can hold what is expected."""

from collections.abc import Iterable, Iterator
from pathlib import Path

from syncer.model.directory import DirectoryGroup, Record, Snapshot
from syncer.model.origin import Origin, Problem
from syncer.model.policy.directory import DirectoryPolicy
from syncer.sources.ldap_question import LiveDirectory
from syncer.sources.reading import read_snapshot

CONFIG = "syncer.yaml"


def where(*location: str | int) -> Origin:
    """Every config key stands in line 7 of the config of these tests."""
    assert location[0] == "directory"
    return Origin(CONFIG, 7)


def read(
    base: Path,
    people: Iterable[dict[str, object]] = (),
    groups: Iterable[dict[str, object]] = (),
    *,
    key: str | None = None,
    wanted: frozenset[str] | None = None,
    live: LiveDirectory | None = None,
) -> Snapshot:
    """The snapshot of these sources; one of people is needed by the config, so one is made up."""
    policy = DirectoryPolicy.model_validate(
        {"people": tuple(people) or ({"format": "csv", "path": "none"},), "key": key}
        | {"groups": tuple(groups)}
    )
    return read_snapshot(policy, base, where, wanted, live)


def shown(snapshot: Snapshot, *, groups_only: bool) -> str:
    """Everything the snapshot says, but for digest and times."""
    lines: list[str] = []
    for people in () if groups_only else snapshot.people:
        lines += (f"person {at(one.origin)} {person(one)}" for one in people.records)
        names = " | ".join(people.names.values())
        lines += [f"names {names}{' (no others)' if people.closed else ''}"] if names else []
        lines += (fault for one in people.problems for fault in problem(one))
    for groups in snapshot.groups:
        lines += (group(one) for one in groups.groups)
        lines += (fault for one in groups.problems for fault in problem(one))
    return "".join(f"{line}\n" for line in lines)


def person(record: Record) -> str:
    return " | ".join(f"{name}={value}" for name, value in sorted(record.attributes.items()))


def group(one: DirectoryGroup) -> str:
    doubt = "" if one.complete else f" INCOMPLETE: {one.why_incomplete}"
    dn = f" <{one.dn}>" if one.dn else ""
    return f"group {at(one.origin)} {one.name}{dn}: {' | '.join(one.members)}{doubt}"


def problem(one: Problem) -> Iterator[str]:
    named = f" {one.identity}" if one.identity else ""
    column = f"{one.column}: " if one.column else ""
    yield f"{one.size.value} {at(one.origin)} {column}{one.summary}{named}"
    if one.hint:
        yield f"  hint: {one.hint}"


def at(origin: Origin | None) -> str:
    return "nowhere" if origin is None else str(origin)
