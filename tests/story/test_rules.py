"""Every rule of the config on whole runs: the same directory as CSV, as YAML and as LDIF."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.story.harness import Ended, House
from tests.story.rule_case import Case, Clock, Stage, cases, check, plan_of, said
from tests.story.spellings import FORMATS

ALL = list(cases())


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("syncer.cli.wiring.datetime", Clock)
    monkeypatch.setattr("syncer.cli.perform.datetime", Clock)


def test_no_two_cases_have_one_name() -> None:
    names = [case["name"] for case in ALL]
    assert len(names) == len(set(names))


@pytest.mark.usefixtures("no_waiting")
@pytest.mark.parametrize("case", ALL, ids=lambda case: f"{case['file']}: {case['name']}")
def test_a_rule_holds_in_every_format(case: Case, tmp_path: Path) -> None:
    forms = case.get("formats", FORMATS)
    applying = forms[ALL.index(case) % len(forms)]
    results = {}
    for form in forms:
        (tmp_path / form).mkdir()
        stage = Stage(House(tmp_path / form), form)
        for step in case.get("before", ()):
            stage.furnish(step)
            ended = stage.house.apply(*step.get("apply_with", ()))
            assert ended.code == step.get("exit", 0), ended
        results[form] = judged(case, stage.play(case))
        if form == applying:
            carry_out(case, stage.house, results[form].get("digest", ""))
    first = results[forms[0]]
    assert all(result == first for result in results.values()), results


def judged(case: Case, ended: Ended) -> Mapping[str, Any]:
    """What the plan says, which must be as the case has it."""
    assert ended.code == case.get("exit", 0), ended
    for part in case.get("errors", ()):
        assert part in " ".join(ended.err.split()), ended.err
    if ended.code == 64:
        assert "errors" in case
        return {}
    plan = plan_of(ended)
    found = said(plan)
    check(case, found)
    return {**found, "digest": ended.json["digest"]}


def carry_out(case: Case, house: House, digest: str) -> None:
    """Apply as the case asks, and see that only what it names is left to do."""
    code = case.get("apply", 0 if case.get("exit", 0) == 0 else None)
    if code is None:
        return
    options = [digest if one == "DIGEST" else one for one in case.get("apply_with", ())]
    ended = house.apply(*options)
    assert ended.code == code, ended
    check_after(case.get("after", {}), house)
    again = house.plan("--format", "json")
    assert said(plan_of(again))["actions"] == case.get("left", []), again


def check_after(expected: Mapping[str, Any], house: House) -> None:
    """Hold the tenant against `after`: attributes by user id, members by team name."""
    assert expected.keys() <= {"users", "teams"}
    tenant = house.tenant()
    users = {user["id"]: user for user in tenant["users"]}
    teams = {team["displayName"]: team["members"] for team in tenant["groups"]}
    for scim_id, attributes in expected.get("users", {}).items():
        found = {name: users[scim_id].get(name) for name in attributes}
        assert found == attributes, scim_id
    for name, members in expected.get("teams", {}).items():
        assert sorted(teams[name]) == sorted(members), name
