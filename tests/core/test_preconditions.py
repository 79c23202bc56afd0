"""A fault in one place hides no fault of another place, and makes up none."""

from typing import Any

import pytest

from syncer.core.desired import desire
from syncer.model.directory import GroupsReading, PeopleReading, Snapshot
from syncer.model.origin import Origin, Problem
from tests.core.directory_input import config_of, desired_of, people_of, where

ADA = {"mail": "ada@example.com", "title": "Chief", "nr": "1"}
GUEST = {"mail": "", "title": "Guest", "nr": "2"}
BROKEN = Problem(Origin("people.csv", 9), "cut short")


def told(case: dict[str, Any]) -> list[str]:
    desired = desired_of(case)
    assert not desired.state.users
    return [f"{problem.origin}: {problem.summary}" for problem in desired.problems]


@pytest.mark.parametrize(
    ("config", "fault"),
    [
        ({"teams": [{"name": "T", "groups": ["g"]}]}, "teams[0]: the directory has no groups"),
        ({"teams": [{"name": "T", "when": "title == "}]}, "teams[0].when: 'title == ' is no"),
        ({"mapping": {"title": "titel"}}, "mapping.title: the directory has no attribute 'titel'"),
        ({"directory": {"key": "number"}}, "directory.key: the directory has no attribute"),
        (
            {"licenses": {"rules": [{"license": "enterprise", "when": "'g' in groups"}]}},
            "licenses.rules[0].when: the directory has no groups",
        ),
    ],
    ids=["no-groups", "broken-rule", "unknown-column", "unknown-key", "no-groups-for-licences"],
)
def test_people_are_judged_beside_a_fault_that_does_not_pick_them(
    config: dict[str, Any], fault: str
) -> None:
    found = told({"people": [ADA, GUEST], "config": config})
    assert len(found) == 2
    assert any(fault in text for text in found)
    assert "people.csv:3: no address" in found


@pytest.mark.parametrize(
    "config",
    [
        {"scope": [{"exclude": "title == "}]},
        {"scope": [{"exclude": "titel == 'Guest'"}]},
        {"scope": [{"exclude": "'guests' in groups"}]},
        {"directory": {"active": "title !"}},
        {"mapping": {"userName": "address"}},
        {"mapping": {"userName": "{{ address"}},
    ],
    ids=["syntax", "column", "groups", "active", "address-column", "address-template"],
)
def test_nobody_is_judged_by_a_rule_that_cannot_be_worked_out(config: dict[str, Any]) -> None:
    assert [
        text for text in told({"people": [ADA, GUEST], "config": config}) if "csv" in text
    ] == []


def test_nobody_is_judged_by_a_group_that_was_not_found() -> None:
    case = {
        "people": [ADA, GUEST],
        "groups": [{"name": "others", "members": ["ada@example.com"]}],
        "config": {"scope": [{"exclude": "'guests' in groups"}]},
    }
    (found,) = told(case)
    assert "group 'guests' was not found" in found


def snapshot_of_damaged(
    *further: PeopleReading, groups: tuple[GroupsReading, ...] = ()
) -> Snapshot:
    whole = people_of([ADA, GUEST])
    damaged = PeopleReading(whole.records, whole.names, (BROKEN,), closed=True)
    return Snapshot((damaged, *further), groups)


def test_what_was_read_of_a_damaged_source_is_judged_alone() -> None:
    """Of whom the source may have had more, nothing is said: no team, no manager."""
    config = config_of(
        {
            "mapping": {"title": "title", "manager": "nr", "region": "st"},
            "teams": [{"name": "T", "members": ["zoe@example.com"]}],
        }
    )
    problems = desire(snapshot_of_damaged(), config, where).problems
    assert [problem.summary for problem in problems] == [
        "mapping.region: the directory has no attribute 'st'",
        "no address",
        "cut short",
    ]


def test_of_several_sources_a_damaged_one_may_be_the_one_with_the_addresses() -> None:
    config = config_of({"directory": {"key": "nr"}})
    snapshot = snapshot_of_damaged(people_of([{"nr": "3", "mail": ""}], path="more.csv"))
    assert desire(snapshot, config, where).problems == (BROKEN,)


def test_a_source_without_a_header_is_not_asked_for_names() -> None:
    missing = PeopleReading((), {}, (BROKEN,))
    config = config_of({"mapping": {"title": "title"}, "teams": [{"name": "T", "groups": ["g"]}]})
    assert desire(Snapshot((missing,)), config, where).problems == (BROKEN,)


def test_a_damaged_source_of_groups_leaves_no_group_to_miss() -> None:
    config = config_of({"teams": [{"name": "T", "groups": ["g"]}, {"name": "U", "when": "true"}]})
    snapshot = Snapshot((people_of([ADA, GUEST]),), (GroupsReading((), (BROKEN,)),))
    summaries = [problem.summary for problem in desire(snapshot, config, where).problems]
    assert summaries == ["no address", "cut short"]


def test_two_rules_for_one_team_are_told_once() -> None:
    teams = [{"name": "T", "when": "true"}, {"name": "t", "members": ["ada@example.com"]}]
    (found,) = told({"people": [ADA], "config": {"teams": teams}})
    assert "two rules for one team" in found
