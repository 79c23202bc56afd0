"""What the planner decides, corner by corner: desired and current in, the whole plan out."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from syncer.model.plan import InGrace
from tests.core.obey import obey
from tests.core.plan_input import plan_input, told

CASES = Path(__file__).parent / "cases" / "plan"
HEADINGS = {"actions", "unknown", "manual", "notices", "in_grace"}
DETAILS = {"counts", "reasons", "origins", "held", "refs", "by_hand"}


def cases() -> Iterator[Any]:
    for path in sorted(CASES.glob("*.yaml")):
        for case in yaml.safe_load(path.read_text(encoding="utf-8")):
            yield pytest.param(case, id=f"{path.stem}: {case['name']}")


@pytest.mark.parametrize("case", list(cases()))
def test_the_plan_is_exactly_as_expected(case: dict[str, Any]) -> None:
    expect = case["expect"]
    assert expect.keys() <= HEADINGS | DETAILS
    world = plan_input(case)
    plan = world.plan()
    found: dict[str, Any] = {
        "actions": [told(action) for action in plan.actions],
        "unknown": [f"{one.subject}: {one.reason}" for one in plan.unknown],
        "manual": [f"{work.subject}: {work.what}" for work in plan.manual],
        "notices": [f"{notice.subject}: {notice.text}" for notice in plan.notices],
        "in_grace": [waiting(one) for one in plan.in_grace],
    }
    assert found == {heading: expect.get(heading, []) for heading in found}
    details = {
        "reasons": [action.reason for action in plan.actions],
        "origins": [str(action.origin) for action in plan.actions],
        "refs": [action.ref for action in plan.actions],
        "by_hand": list(dict.fromkeys(work.reason for work in plan.manual)),
        "held": list(dict.fromkeys(action.held for action in plan.held)),
    }
    for name in details.keys() & expect.keys():
        assert details[name] == expect[name]
    for name, number in expect.get("counts", {}).items():
        assert getattr(plan.counts, name) == number, name
    obey(plan, world.current)


def waiting(one: InGrace) -> str:
    due = one.due_on or "-"
    return f"{one.user_name} since {one.absent_since} due {due} runs left {one.runs_left}"
