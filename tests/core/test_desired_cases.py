"""What the directory side decides, case by case. The cases are data: cases/desired/*.yaml.

A case gives `people` (rows of a source), maybe `more_people` (further sources), `groups` and
`config` (a fragment), and what it expects. Only what a case names is compared; of `users`,
`teams` and the rest the keys are always compared whole.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from syncer.core.desired import Desired
from syncer.model.origin import Size
from syncer.model.state import DesiredTeam, DesiredUser
from tests.core.directory_input import desired_of

CASES = Path(__file__).parent / "cases" / "desired"
EXPECTED = {
    "create_only",
    "managed",
    "notices",
    "not_desired",
    "problems",
    "structural",
    "teams",
    "unidentified",
    "unknown",
    "users",
}


def cases() -> Iterator[Any]:
    for path in sorted(CASES.glob("*.yaml")):
        for name, case in yaml.safe_load(path.read_text(encoding="utf-8")).items():
            yield pytest.param(case, id=f"{path.stem}: {name}")


def shown_user(user: DesiredUser, asked: Mapping[str, Any]) -> dict[str, Any]:
    """Of a user what the case asks: attributes by name, and our own words with a dash."""
    own = {
        "-name": user.user_name,
        "-key": user.directory_key,
        "-previous": list(user.previous),
        "-license": user.license,
        "-license_if_new": user.license_if_new,
        "-license_reason": user.license_reason,
        "-at": str(user.origin),
        "-attributes": dict(user.attributes),
    }
    return {name: own[name] if name in own else user.attributes.get(name) for name in asked}


def shown_team(team: DesiredTeam, asked: Mapping[str, Any]) -> dict[str, Any]:
    own = {
        "members": sorted(team.members),
        "frozen": team.frozen,
        "mode": team.mode.value,
        "create": team.create,
        "previously": list(team.previously),
        "reasons": dict(team.member_reasons),
    }
    return {name: own[name] for name in asked}


def texts(desired: Desired, size: Size) -> list[str]:
    return [str(problem) for problem in desired.problems if problem.size is size]


@pytest.mark.parametrize("case", list(cases()))
def test_desired_state_of_the_case(case: Mapping[str, Any]) -> None:
    desired = desired_of(case)
    state, expected = desired.state, case["expect"]
    assert expected.keys() <= EXPECTED
    structural = expected.get("structural", [])
    contains(texts(desired, Size.STRUCTURAL), structural)
    if structural:
        assert state.unidentified, "a state that must not be planned from holds every removal"
        return
    if "users" in expected:
        wanted = {key: asked or {} for key, asked in expected["users"].items()}
        found = {user.key: shown_user(user, wanted.get(user.key, {})) for user in state.users}
        assert found == wanted
    if "teams" in expected:
        wanted = expected["teams"]
        teams = {team.name: shown_team(team, wanted.get(team.name, {})) for team in state.teams}
        assert teams == wanted
    if "not_desired" in expected:
        gone = {str(one.origin): f"{one.kind}: {one.reason}" for one in state.not_desired}
        assert gone == expected["not_desired"]
    if "unknown" in expected:
        unknown = {
            str(one.origin): [*one.keys, *one.directory_keys, one.reason] for one in state.unknown
        }
        assert unknown == expected["unknown"]
    if "unidentified" in expected:
        assert [str(problem) for problem in state.unidentified] == expected["unidentified"]
    if "notices" in expected:
        contains([str(notice) for notice in state.notices], expected["notices"])
        assert len(state.notices) == len(expected["notices"])
    contains(texts(desired, Size.RECORD), expected.get("problems", []))
    assert state.managed >= set(expected.get("managed", ()))
    assert state.create_only >= set(expected.get("create_only", ()))


def contains(found: list[str], wanted: list[str]) -> None:
    """Every wanted text stands in some found one, and without wanted ones there are none."""
    for text in wanted:
        assert any(text in one for one in found), f"{text!r} is not in {found}"


def test_doubles_are_told_in_one_sentence_that_names_their_places() -> None:
    desired = desired_of({"people": [{"mail": "ann@example.com"}] * 9})
    places = (
        "people.csv:2, people.csv:3, people.csv:4, people.csv:5, people.csv:6 and 4 more places"
    )
    assert {one.reason for one in desired.state.unknown} == {f"ann@example.com stands at {places}"}
    assert len(desired.state.unknown) == len(desired.problems) == 9


def test_a_double_whose_other_record_has_a_fault_of_its_own_names_it_all_the_same() -> None:
    desired = desired_of(
        {
            "people": [{"mail": "no address", "id": "1"}, {"mail": "a@example.com", "id": "1"}],
            "config": {"directory": {"key": "id"}},
        }
    )
    first, second = (problem.summary for problem in desired.problems)
    assert "no address" in first
    assert second == "the directory key 1 stands at people.csv:2 and people.csv:3"
