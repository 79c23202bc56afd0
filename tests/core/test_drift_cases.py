"""What counts as drift, corner by corner: what runs left, and what is there now."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from syncer.core.drift.holding import with_held_drift
from syncer.core.drift.telling import with_drift
from syncer.core.guards import hold, judge
from syncer.core.plan_document import plan_digest
from syncer.core.planner import work_out
from syncer.core.planning.holding import hold_actions
from syncer.model.drift import ACTIVE, LICENSE, MEMBER, NAME, NO, YES, Drift
from syncer.model.past import History, Mark, MarkedRun
from syncer.model.plan import Plan
from syncer.model.state import ATTRIBUTES, MANAGER
from tests.core.plan_input import NOW, plan_input

CASES = Path(__file__).parent / "cases" / "drift"
SURE = "done"


def cases() -> Iterator[Any]:
    for path in sorted(CASES.glob("*.yaml")):
        for case in yaml.safe_load(path.read_text(encoding="utf-8")):
            yield pytest.param(case, id=f"{path.stem}: {case['name']}")


def history(case: Mapping[str, Any]) -> History:
    """The runs of a case, named r1, r2 and so on, a day apart."""
    return History(
        runs=tuple(
            MarkedRun(
                run_id=f"r{number}",
                at=f"2026-03-0{number}T06:00:00Z",
                ended=run.get("ended", True),
                marks=tuple(mark for one in run["left"] for mark in marks(one)),
            )
            for number, run in enumerate(case["runs"], 1)
        ),
        since=case.get("since", ""),
        doubts=tuple((name, text) for name, text in case.get("doubts", {}).items()),
    )


def marks(one: Mapping[str, Any]) -> Iterator[Mark]:
    sure, before = one.get("sure", SURE), one.get("before", {})
    if "team" in one:
        if "name" in one:
            yield Mark(kind="team", id=one["id"], what=NAME, subject=one["team"],
                       left_at=one["name"], before=before.get("name"), sure=sure)  # fmt: skip
        for side, left, was in (("in", YES, NO), ("out", NO, YES)):
            for text in one.get(side, ()):
                user, scim_id = text.split()
                yield Mark(kind="team", id=one["id"], what=MEMBER, subject=one["team"],
                           left_at=left, before=was, sure=sure, member=user,
                           member_id=scim_id)  # fmt: skip
        return
    for what in (ACTIVE, LICENSE, *ATTRIBUTES):
        if what in one:
            yield Mark(kind="person", id=one["id"], what=what, subject=one["is"],
                       left_at=one[what] or None, before=before.get(what), sure=sure,
                       reference=one.get("manager_id", "") if what == MANAGER else "")  # fmt: skip


def told(one: Drift) -> str:
    who = f"{one.subject} {one.what}{f' {one.member}' if one.member else ''}"
    found = one.found or ("-" if one.what not in {ACTIVE, NAME} else "not listed")
    return f"{who}: {one.left_at or '-'} -> {found}: {one.verdict} ({one.run})"


def planned(case: Mapping[str, Any]) -> tuple[Plan, Plan]:
    """The plan without and with its drift."""
    world = plan_input(case)
    plan, workings = work_out(world.desired, world.current, world.config, world.memory, NOW)
    plan = judge(plan, world.config.guards, world.config.approval)
    if case.get("held"):
        plan = hold(plan, plan.violations)
    return plan, with_drift(plan, history(case), world.desired, world.current, workings)


@pytest.mark.parametrize("case", list(cases()))
def test_the_drift_is_exactly_as_expected(case: dict[str, Any]) -> None:
    plan, drifted = planned(case)
    assert [told(one) for one in drifted.drift] == case.get("expect", [])
    # Nothing that is carried out or judged has changed, and what is told is told again alike.
    assert drifted.actions == plan.actions
    assert drifted.touched == plan.touched
    assert drifted.violations == plan.violations
    assert plan_digest(drifted) == plan_digest(plan)
    assert planned(case)[1] == drifted
    notices = [f"{one.subject}: {one.text}" for one in drifted.notices[len(plan.notices) :]]
    assert notices == case.get("notices", [])


def all_held(plan: Plan) -> Plan:
    waiting = {action.ref: "why" for action in plan.actions}
    return replace(plan, actions=hold_actions(plan.actions, waiting))


@pytest.mark.parametrize("case", list(cases()))
def test_a_plan_of_which_all_is_held_does_nothing_about_any_drift(case: dict[str, Any]) -> None:
    world = plan_input(case)
    plan, workings = work_out(world.desired, world.current, world.config, world.memory, NOW)
    told_first = with_drift(plan, history(case), world.desired, world.current, workings)
    held_first = with_drift(all_held(plan), history(case), world.desired, world.current, workings)
    held = with_held_drift(all_held(told_first)).drift
    assert held == held_first.drift
    assert not {one.verdict for one in held} & {"puts_back", "changes", "creates_anew"}
