"""What an undo decides, corner by corner: what a run did and what is there now, and the plan."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from syncer.core.planner import work_out
from syncer.core.planning.parking import make_parking
from syncer.core.undoing.plan import undo_plan
from syncer.model.actions import Member
from syncer.model.origin import Origin
from syncer.model.past import PastChange, PastRun
from syncer.model.plan import Plan
from syncer.model.state import CurrentState
from tests.core.obey import obey
from tests.core.plan_input import NOW, PlanInput, plan_input, told

CASES = Path(__file__).parent / "cases" / "undo"
HEADINGS = {"actions", "manual", "notices", "unknown"}
DETAILS = {"reasons", "origins", "by_hand", "held", "refs", "consequences", "problems"}
AGAIN = (
    "the next ordinary plan asks for the same changes again, unless the directory or the config "
    "says otherwise by then"
)


def cases() -> Iterator[Any]:
    for path in sorted(CASES.glob("*.yaml")):
        for case in yaml.safe_load(path.read_text(encoding="utf-8")):
            yield pytest.param(case, id=f"{path.stem}: {case['name']}")


def past(case: Mapping[str, Any]) -> PastRun:
    return PastRun(
        run_id="r1",
        tenant="sandbox",
        changes=tuple(change(line, one) for line, one in enumerate(case["run"], 2)),
        ended=case.get("ended", True),
    )


def change(line: int, one: Mapping[str, Any]) -> PastChange:
    return PastChange(
        kind=one["kind"],
        subject=one["is"],
        scim_id=one.get("id"),
        origin=Origin("journal/r1.jsonl", line),
        before=one.get("before", {}),
        after=one.get("after", {}),
        add=tuple(member(text) for text in one.get("add", ())),
        remove=tuple(member(text) for text in one.get("remove", ())),
        adopted=one.get("adopted", False),
    )


def member(text: str) -> Member:
    user, _, scim_id = text.partition(" ")
    return Member(user, scim_id)


def undone(case: Mapping[str, Any], world: PlanInput, current: CurrentState) -> Plan:
    desired, config = world.desired, world.config
    ordinary, workings = work_out(desired, current, config, world.memory, NOW)
    parking = make_parking(desired, current, workings.roster, config)
    return undo_plan(past(case), ordinary, workings, current, config, parking)


@pytest.mark.parametrize("case", list(cases()))
def test_the_undo_is_exactly_as_expected(case: dict[str, Any]) -> None:
    expect = case["expect"]
    assert expect.keys() <= HEADINGS | DETAILS
    world = plan_input(case)
    plan = undone(case, world, world.current)
    again = [one for one in plan.notices if one.text == AGAIN]
    assert len(again) == bool(plan.actions)
    found: dict[str, Any] = {
        "actions": [told(action) for action in plan.actions],
        "manual": [f"{work.subject}: {work.what}" for work in plan.manual],
        "notices": [f"{one.subject}: {one.text}" for one in plan.notices if one not in again],
        "unknown": [f"{one.subject}: {one.reason}" for one in plan.unknown],
    }
    assert found == {heading: expect.get(heading, []) for heading in found}
    details = {
        "reasons": [action.reason for action in plan.actions],
        "origins": [str(action.origin) for action in plan.actions],
        "refs": [action.ref for action in plan.actions],
        "by_hand": list(dict.fromkeys(work.reason for work in plan.manual)),
        "held": list(dict.fromkeys(action.held for action in plan.held)),
        "problems": [str(problem.origin) for problem in plan.problems],
        "consequences": [text for action in plan.actions for text in action.consequences],
    }
    for name in details.keys() & expect.keys():
        assert details[name] == expect[name]
    assert all(one.reason.startswith("undo of run r1: ") for one in (*plan.actions, *plan.manual))
    assert plan.undoes == "r1"
    assert plan.counts.unknown == len(plan.unknown) + len(plan.problems)
    # The law of each case: carried out, nothing but what is held is left to do.
    after = obey(plan, world.current)
    assert not undone(case, world, after).runnable
