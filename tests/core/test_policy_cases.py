"""What a policy forbids, corner by corner; the README beside the cases explains them."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from syncer.core.guards import hold
from syncer.core.policing.police import police
from syncer.model.plan import Plan
from tests.core.policy_input import THURSDAY, action, circumstances, policies

CASES = Path(__file__).parent / "cases" / "policy"
KEYS = {"name", "actions", "forbid", "at", "zone", "labels", "breaks", "whole", "says", "held"}


def cases() -> Iterator[Any]:
    for path in sorted(CASES.glob("*.yaml")):
        for case in yaml.safe_load(path.read_text(encoding="utf-8")):
            yield pytest.param(case, id=f"{path.stem}: {case['name']}")


def by_policy(expected: Any) -> Mapping[str, list[str]]:
    return {"it": expected} if isinstance(expected, list) else expected


@pytest.mark.parametrize("case", list(cases()))
def test_a_policy_forbids_exactly_what_it_says(case: dict[str, Any]) -> None:
    assert case.keys() <= KEYS
    plan = Plan(actions=tuple(map(action, case["actions"])))
    moment = circumstances(
        case.get("at", THURSDAY), case.get("zone", "UTC"), case.get("labels", ())
    )
    judged = police(plan, policies(case["forbid"]), moment)
    found = {one.guard.removeprefix("policy:"): one for one in judged.violations}
    assert {name: list(one.refs) for name, one in found.items()} == by_policy(case["breaks"])
    assert all(one.counted == len(one.refs) for one in judged.violations)
    if "whole" in case:
        whole = {name: list(one.whole) for name, one in found.items() if one.whole}
        assert whole == by_policy(case["whole"])
    for part in case.get("says", ()):
        assert any(part in one.message for one in judged.violations), judged.violations
    if "held" in case:
        held = hold(judged, judged.violations)
        assert [one.ref for one in held.held] == case["held"]
        assert all(one.held for one in held.actions if one.ref in case["held"])
