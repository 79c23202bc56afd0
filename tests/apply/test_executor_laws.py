"""Laws of carrying out a plan, for any plan and any faults."""

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from syncer.apply.execution import Execution, ExecutionLimits
from syncer.apply.executor import execute
from syncer.apply.journal_record import read_journal
from syncer.model.actions import Action, CreateTeam
from syncer.model.errors import (
    AsanaError,
    AuthenticationError,
    RejectedError,
    UnreachableError,
)
from syncer.model.outcome import Result
from syncer.model.state import CurrentTeam
from tests.apply.builders import new_journal, plan_of, run
from tests.apply.fake_asana import FakeAsana

LAW = settings(deadline=None, derandomize=True, max_examples=60)

FAULTS: Sequence[AsanaError | None] = (
    *[None] * 6,
    RejectedError("400", status=400),
    RejectedError("500", status=500),
    UnreachableError("lost"),
    UnreachableError("never sent", sent=False),
)


@dataclass
class Watched(FakeAsana):
    """A tenant that notes what had already ended when each create began."""

    def __post_init__(self) -> None:
        self.ended: set[str] = set()
        self.before: dict[str, set[str]] = {}

    async def create_team(self, name: str, members: Sequence[str] = ()) -> CurrentTeam:
        self.before[name] = set(self.ended)
        try:
            return await super().create_team(name, members)
        finally:
            self.ended.add(name)


@st.composite
def plans(draw: st.DrawFn) -> tuple[Action, ...]:
    """Teams that depend on each other in every way, impossible ones included."""
    count = draw(st.integers(1, 12))
    actions: list[Action] = []
    for number in range(count):
        deps = draw(st.lists(st.integers(0, count), max_size=3, unique=True))
        # Mostly earlier ones; now and then itself, a later one, or one that is not there.
        wild = draw(st.integers(0, 9)) == 0
        refs = tuple(f"t{dep}" for dep in deps if wild or dep < number)
        held = draw(st.sampled_from(["", "", "", "", "guard"]))
        name = f"t{number}"
        actions.append(CreateTeam(ref=name, reason="", team=name, depends_on=refs, held=held))
    return tuple(actions)


@given(actions=plans(), data=st.data(), workers=st.integers(1, 5))
@LAW
def test_every_action_has_one_outcome_and_never_begins_before_what_it_needs(
    actions: tuple[Action, ...], data: st.DataObject, workers: int
) -> None:
    asana = Watched()
    for action in actions:
        error = data.draw(st.sampled_from(FAULTS))
        if error is not None:
            committed = data.draw(st.booleans())
            asana.fail("create_team", error, about=action.ref, committed=committed)
    if data.draw(st.integers(0, 5)) == 0:
        asana.fail("create_team", AuthenticationError("401", status=401), about=actions[-1].ref)
    with tempfile.TemporaryDirectory() as folder:
        execution = run(_carry_out(actions, asana, Path(folder), workers))
        record = read_journal(Path(folder) / "run-1.jsonl")
    by_ref = {outcome.ref: outcome for outcome in execution.outcomes}
    assert [outcome.ref for outcome in execution.outcomes] == [one.ref for one in actions]
    assert {outcome.ref: outcome for outcome in record.outcomes} == by_ref
    for action in actions:
        began = action.ref in asana.before
        assert began == bool(by_ref[action.ref].requests)
        if began:
            assert not action.held
            assert set(action.depends_on) <= asana.before[action.ref]
            assert all(by_ref[ref].result is Result.APPLIED for ref in action.depends_on)
    applied = {one.ref for one in execution.outcomes if one.result is Result.APPLIED}
    names = [team.name for team in asana.teams.values()]
    assert applied <= set(names)
    assert len(names) == len(set(names)), "no team twice"


async def _carry_out(
    actions: tuple[Action, ...], asana: FakeAsana, folder: Path, workers: int
) -> Execution:
    journal = new_journal(folder)
    limits = ExecutionLimits(writes_in_flight=workers)
    execution = await execute(plan_of(*actions), asana, journal, limits=limits)
    journal.close()
    return execution
