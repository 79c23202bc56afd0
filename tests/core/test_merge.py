"""Corners of making people and teams that need numbers rather than cases."""

from typing import Any

from syncer.model.origin import Size
from tests.core.directory_input import config_of, desired_of, where


def test_very_many_conflicts_of_one_kind_are_cut_short() -> None:
    rows = [{"mail": f"p{number}@example.com", "title": "x"} for number in range(30)]
    case: dict[str, Any] = {
        "people": rows,
        "more_people": [[{**row, "title": "y"} for row in rows]],
        "config": {"mapping": {"userName": "mail", "title": "title"}},
    }
    notices = [str(notice) for notice in desired_of(case).state.notices]
    assert len(notices) == 21
    assert notices[0] == "title: 10 more people have one value here and another elsewhere"
    assert notices[1].startswith("people.csv:2: title: 'x' here, 'y' at people2.csv:2")


def test_names_too_long_for_a_pattern_make_no_team() -> None:
    case: dict[str, Any] = {
        "people": [{"mail": "a@example.com", "groups": ["t-a", f"t-{'b' * 400}"]}],
        "config": {"teams": [{"for_each_group": "t-(?P<n>.+)", "name": "{{ n }}"}]},
    }
    assert [team.name for team in desired_of(case).state.teams] == ["a"]


def test_rules_that_do_not_compile_stop_everything() -> None:
    case: dict[str, Any] = {
        "people": [{"mail": "a@example.com"}],
        "config": {"mapping": {"userName": "{{ mail"}, "scope": [{"exclude": "(("}]},
    }
    desired = desired_of(case)
    assert [problem.size for problem in desired.problems] == [Size.STRUCTURAL] * 2
    assert desired.state.users == ()
    assert desired.state.unidentified == desired.problems
    assert desired.state.people_read == 1


def test_long_lists_of_attributes_are_cut_in_hints() -> None:
    row = {f"column{number:03}": "x" for number in range(80)}
    case: dict[str, Any] = {"people": [{"mail": "a@example.com", **row}]}
    case["config"] = {"scope": [{"exclude": "nothing_like_it"}]}
    (problem,) = desired_of(case).problems
    assert problem.origin == where("scope", 0, "exclude")
    assert problem.hint.startswith("The attributes are: column000, column001")
    assert problem.hint.endswith("column059 and 21 more")


def test_the_smallest_config_maps_mail() -> None:
    assert config_of({}).mapping.user_name.source == "mail"
    assert [user.key for user in desired_of({"people": [{"mail": "A@b.co"}]}).state.users] == [
        "a@b.co"
    ]
