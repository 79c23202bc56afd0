"""Whether a reading is plausible: enough people, recent files, no sudden loss."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from syncer.core.directory.rules import Where
from syncer.model.directory import Snapshot
from syncer.model.memory import Memory
from syncer.model.origin import Origin, Problem
from syncer.model.policy.config import Config


def check_expectations(
    snapshot: Snapshot, config: Config, memory: Memory, now: datetime, where: Where
) -> tuple[Problem, ...]:
    """A structural problem for each expectation of `directory.expect` that is not met."""
    return (
        *_too_few(snapshot, config, where),
        *_too_old(snapshot, config, now, where),
        *_shrunk(snapshot, config, memory, where),
    )


def _expectation(where: Where, name: str) -> Origin:
    return where("directory", "expect", name)


def _too_few(snapshot: Snapshot, config: Config, where: Where) -> Iterator[Problem]:
    least, found = config.directory.expect.min_people, snapshot.people_read
    if found < least and not _unread(snapshot):
        yield Problem(
            _expectation(where, "min_people"),
            f"the directory holds {_people(found)}; at least {least} are expected",
            "check the export; if it is right, lower directory.expect.min_people",
        )


def _too_old(snapshot: Snapshot, config: Config, now: datetime, where: Where) -> Iterator[Problem]:
    hours = config.directory.expect.max_age_hours
    if hours is None:
        return
    written = [
        *(("people", number, one.modified_at) for number, one in enumerate(snapshot.people)),
        *(("groups", number, one.modified_at) for number, one in enumerate(snapshot.groups)),
    ]
    for kind, number, modified_at in written:
        if modified_at is None:
            continue
        age = now - datetime.fromtimestamp(modified_at, UTC)
        if age > timedelta(hours=hours):
            yield Problem(
                where("directory", kind, number),
                f"directory.{kind}[{number}] was last written {_spoken(age)} ago; "
                f"at most {hours:g} hours are expected",
                "did the export run? if so, raise directory.expect.max_age_hours",
            )


def _unread(snapshot: Snapshot) -> bool:
    """Whether there are people whom nobody asked for: their number is not known."""
    return any(reading.unread for reading in snapshot.people)


def _people(count: int) -> str:
    return "1 person" if count == 1 else f"{count} people"


def _spoken(age: timedelta) -> str:
    hours = age.total_seconds() / 3600
    return f"{hours:.0f} hours" if hours < 72 else f"{hours / 24:.0f} days"


def _shrunk(snapshot: Snapshot, config: Config, memory: Memory, where: Where) -> Iterator[Problem]:
    most, before = config.directory.expect.max_shrink_percent, memory.last_people
    if most is None or not before or _unread(snapshot):
        return
    found = snapshot.people_read
    lost = before - found
    # One person is no sudden loss, whatever share of a small company that is.
    if lost > 1 and lost * 100 > most * before:
        yield Problem(
            _expectation(where, "max_shrink_percent"),
            f"the directory shrank from {before} to {found} people ({lost / before:.1%} fewer); "
            f"the limit is {most:g}%",
            "check the export; if it is right, raise directory.expect.max_shrink_percent "
            "for this run",
        )
