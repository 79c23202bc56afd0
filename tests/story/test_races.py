"""A moving world: what others do while a run is at work, and the run comes to the right end."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

import pytest

from syncer.apply.ledger import RunRecord, Sighting, record_run
from syncer.cli.locking import exclusive
from syncer.cli.wiring import Inputs
from tests.story.harness import PEOPLE, House


def test_what_another_run_did_while_this_one_waited_for_the_lock_counts(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    people = "".join(f"1{n:03},s{n}@example.com,S,{n},Guest,Sales,,active\n" for n in range(3))
    house.write("people.csv", PEOPLE + people)
    assert house.apply("--allow", "create=6").code == 0
    house.write("people.csv", PEOPLE + people[people.index("1001") :])

    @contextmanager
    def after_another(inputs: Inputs) -> Iterator[None]:
        gone = {str(number): f"gone{number}@example.com" for number in range(5)}
        other = RunRecord(
            run_id="another",
            at=datetime.now(UTC),
            people=6,
            good=False,
            sighting=Sighting(),
            deactivated=gone,
        )
        record_run(house.folder / "syncer-ledger.sqlite", other)
        with exclusive(inputs):
            yield

    monkeypatch.setattr("syncer.cli.apply.exclusive", after_another)
    assert house.plan().code == 0
    refused = house.apply()
    assert refused.code == 3
    assert "5 deactivated in the last 7 days" in refused.out
