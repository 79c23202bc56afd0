"""A long run looks again, and leaves alone what others have changed in the meantime."""

from collections.abc import Callable
from pathlib import Path

import pytest

from syncer.apply.execution import ExecutionLimits
from syncer.apply.freshness import OLDEST_READING
from syncer.model.actions import Action
from syncer.model.errors import AuthenticationError, UnreachableError
from syncer.model.outcome import Outcome, Report
from syncer.model.plan import Plan
from syncer.model.state import CurrentState
from tests.apply.builders import create, plan_of, title, update
from tests.apply.fake_asana import FakeAsana
from tests.apply.listings import Listed
from tests.apply.stage import Stage, touched

PEOPLE = ("1", "2", "3")
ONE_BY_ONE = ExecutionLimits(writes_in_flight=1)


def a_plan() -> Plan:
    names = {one: f"u{one}@example.com" for one in PEOPLE}
    return plan_of(
        create("new@example.com"),
        *(update(name, one, title("A", "B")) for one, name in names.items()),
        touched=tuple(touched(one, name, title="A") for one, name in names.items()),
    )


class Long:
    """A run in which every action takes so many seconds, and somebody else is at work."""

    def __init__(self, folder: Path, seconds: float) -> None:
        self.asana = FakeAsana()
        for one in PEOPLE:
            self.asana.with_user(one, f"u{one}@example.com", title="A")
        self.stage = Stage(self.asana, folder)
        self.seconds = seconds
        self.now = 0.0
        self.readings: list[float] = []
        self.meanwhile: dict[str, Callable[[], object]] = {}

    async def read(self) -> CurrentState:
        self.readings.append(self.now)
        return await self.stage.read()

    def passes(self, action: Action, _: Outcome) -> None:
        self.now += self.seconds
        self.meanwhile.get(action.ref, lambda: None)()

    def apply(self) -> Report:
        ports = {"read": self.read, "listings": Listed(self.stage.asana, self.read),
                 "monotonic": lambda: self.now, "on_outcome": self.passes}  # fmt: skip
        current = self.asana.state()
        return self.stage.apply(a_plan(), current=current, limits=ONE_BY_ONE, ports=ports)


def results(report: Report) -> list[str]:
    return [one.result.value for one in report.outcomes]


def test_a_short_run_goes_by_its_first_reading(tmp_path: Path) -> None:
    run = Long(tmp_path, OLDEST_READING / 4)
    assert results(run.apply()) == ["applied"] * 4
    assert run.readings == [run.now]  # the read-back


def test_a_long_run_reads_again_and_skips_what_moved(tmp_path: Path) -> None:
    run = Long(tmp_path, OLDEST_READING / 2 + 1)
    run.meanwhile["update_user:u1@example.com"] = lambda: run.asana.with_user(
        "3", "u3@example.com", title="Z"
    )
    report = run.apply()
    # Its own new user and its own changes are no news to it.
    assert results(report) == ["applied", "applied", "applied", "skipped"]
    assert "title is 'Z'" in report.outcomes[3].detail
    assert run.asana.users["3"].attributes["title"] == "Z"
    assert run.readings[:-1] == [2 * run.seconds]


def test_what_moved_between_two_readings_of_a_short_time_is_not_seen(tmp_path: Path) -> None:
    run = Long(tmp_path, 1.0)
    run.meanwhile["create_user:new@example.com"] = lambda: run.asana.with_user(
        "3", "u3@example.com", title="Z"
    )
    assert results(run.apply()) == ["applied"] * 4


def test_several_who_come_at_once_read_once(tmp_path: Path) -> None:
    run = Long(tmp_path, OLDEST_READING + 1)
    ports = {"read": run.read, "listings": Listed(run.stage.asana, run.read),
             "monotonic": lambda: run.now, "on_outcome": run.passes}  # fmt: skip
    report = run.stage.apply(a_plan(), current=run.asana.state(), ports=ports)
    assert results(report) == ["applied"] * 4
    assert run.readings[0] == run.seconds
    assert len(run.readings) == 2


@pytest.mark.parametrize(
    "error",
    [UnreachableError("no line"), AuthenticationError("401", status=401)],
    ids=["no line", "no token"],
)
def test_what_cannot_be_read_again_is_not_written(tmp_path: Path, error: Exception) -> None:
    run = Long(tmp_path, OLDEST_READING + 1)

    def failing() -> CurrentState:
        raise error

    run.stage.reads = [failing]
    report = run.apply()
    assert results(report) == ["applied", "skipped", "skipped", "skipped"]
    assert report.stopped == f"what Asana has could not be read again: {error}"
    assert [call[0] for call in run.asana.writes] == ["create_user"]
    assert len(run.readings) == 2  # that one, and the read-back
