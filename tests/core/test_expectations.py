"""Readings that are too small, too old or suddenly smaller stop the run."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from syncer.core.expectations import check_expectations
from syncer.model.directory import Snapshot
from syncer.model.memory import Memory
from syncer.model.origin import Size
from tests.core.directory_input import config_of, groups_of, people_of, where

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


def found(
    people: int,
    *,
    expect: dict[str, float | None] | None = None,
    before: int | None = None,
    age: timedelta | None = None,
    groups_age: timedelta | None = None,
) -> list[str]:
    reading = people_of([{"mail": f"p{number}@example.com"} for number in range(people)])
    groups = groups_of([{"name": "g"}])
    if age is not None:
        reading = replace(reading, modified_at=(NOW - age).timestamp())
    if groups_age is not None:
        groups = replace(groups, modified_at=(NOW - groups_age).timestamp())
    config = config_of({"directory": {"expect": expect or {}}})
    memory = Memory(last_people=before)
    problems = check_expectations(Snapshot((reading,), (groups,)), config, memory, NOW, where)
    assert all(problem.size is Size.STRUCTURAL and problem.hint for problem in problems)
    return [str(problem).split("\n")[0] for problem in problems]


def test_a_plausible_reading_is_no_problem() -> None:
    assert found(3) == []
    assert found(80, before=100, age=timedelta(hours=1), expect={"max_age_hours": 24}) == []


def test_too_few_people() -> None:
    assert found(0) == [
        "config directory.expect.min_people: the directory holds 0 people; at least 1 are expected"
    ]
    assert len(found(9, expect={"min_people": 10})) == 1


@pytest.mark.parametrize(
    ("people", "before", "expect", "stops"),
    [
        (79, 100, {}, True),
        (80, 100, {}, False),
        (3, 4, {}, False),
        (2, 4, {}, True),
        (1, 100, {"max_shrink_percent": None}, False),
        (50, 100, {"max_shrink_percent": 60}, False),
        (120, 100, {}, False),
        (1, 0, {}, False),
        (1, None, {}, False),
    ],
)
def test_a_sudden_loss(
    people: int, before: int | None, expect: dict[str, float | None], *, stops: bool
) -> None:
    assert bool(found(people, before=before, expect=expect)) is stops


def test_the_message_of_a_loss_has_the_numbers() -> None:
    (message,) = found(47, before=212)
    assert message.startswith("config directory.expect.max_shrink_percent: the directory shrank")
    assert message.endswith("shrank from 212 to 47 people (77.8% fewer); the limit is 20%")


def test_old_files() -> None:
    day = timedelta(hours=24)
    assert found(1, age=timedelta(days=9)) == []
    assert found(1, age=day, groups_age=day, expect={"max_age_hours": 24}) == []
    hours = "at most 24 hours are expected"
    old = found(
        1, age=timedelta(hours=30), groups_age=timedelta(days=5), expect={"max_age_hours": 24}
    )
    assert old == [
        f"config directory.people[0]: directory.people[0] was last written 30 hours ago; {hours}",
        f"config directory.groups[0]: directory.groups[0] was last written 5 days ago; {hours}",
    ]
