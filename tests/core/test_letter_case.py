"""Letter case from the config to the plan, and from the plan to what counts as applied."""

from dataclasses import replace
from typing import Any

import pytest

from syncer.core.guards import judge
from syncer.core.plan_document import document_json, make_document, read_document
from syncer.core.staleness import already_done, stale_differences
from syncer.core.verification import Lookup, unmet
from syncer.model.actions import CreateUser, FieldChange, UpdateUser
from syncer.model.policy.limits import Approval, GuardPolicy
from tests.core.directory_input import desired_of
from tests.core.plan_input import NOW, current_state, plan_input

ROW = {"mail": "ann@example.com", "title": "Lead", "dept": "R"}


@pytest.mark.parametrize(
    ("mapping", "expected"),
    [
        ({}, {"userName"}),
        ({"title": "title"}, {"userName"}),
        ({"title": {"from": "title", "letter_case": "ignore"}}, {"userName", "title"}),
        ({"title": {"from": "title", "letter_case": "exact"}}, {"userName"}),
        ({"userName": {"from": "mail", "letter_case": "ignore"}}, {"userName"}),
        ({"userName": {"from": "mail", "letter_case": "exact"}}, set()),
    ],
)
def test_the_mapping_says_where_letter_case_counts(
    mapping: dict[str, Any], expected: set[str]
) -> None:
    state = desired_of({"people": [ROW], "config": {"mapping": mapping}}).state
    assert state.any_case == expected


@pytest.mark.parametrize(("given", "exact"), [({}, False), ({"letter_case": "exact"}, True)])
def test_a_team_rule_says_whether_its_name_is_exact(given: dict[str, str], *, exact: bool) -> None:
    teams = [
        {"name": "Eng", "when": "true", **given},
        {"name": "{{ name }}", "for_each_group": "team-(?P<name>.+)", **given},
    ]
    groups = [{"name": "team-Ops", "members": ["ann@example.com"]}]
    state = desired_of({"people": [ROW], "groups": groups, "config": {"teams": teams}}).state
    assert [team.exact_case for team in state.teams] == [exact, exact]


def renamed(after: str) -> UpdateUser:
    change = FieldChange("userName", "ann@example.com", after)
    return UpdateUser(ref="u", reason="", user_name="x", scim_id="1", changes=(change,))


HERE = current_state({"asana": [{"id": "1", "is": "ann@example.com", "title": "LEAD"}]})


def test_what_was_sent_is_compared_as_the_plan_compares() -> None:
    exact, usual = Lookup.of(HERE, ()), Lookup.of(HERE)
    assert unmet(renamed("Ann@example.com"), usual) == ""
    ignored = "userName is 'ann@example.com' instead of 'Ann@example.com'"
    assert unmet(renamed("Ann@example.com"), exact) == ignored
    made = CreateUser(ref="c", reason="", user_name="Ann@example.com", attributes=())
    assert unmet(made, usual) == ""
    assert unmet(made, exact) == ignored
    titled = replace(made, attributes=(FieldChange("title", None, "Lead"),))
    assert unmet(titled, usual) == "title is 'LEAD' instead of 'Lead'"
    assert unmet(titled, Lookup.of(HERE, ("userName", "title"))) == ""


WORLD = {
    "any_case": [],
    "people": [{"is": "Ann@example.com"}],
    "teams": [{"name": "Eng", "members": [], "letter_case": "exact"}],
    "asana": [{"id": "1", "is": "ann@example.com"}],
    "asana_teams": [{"id": "t1", "name": "ENG", "members": []}],
}


def test_a_saved_plan_knows_what_letter_case_means() -> None:
    world = plan_input(WORLD)
    plan = world.plan()
    saved = read_document(document_json(make_document(plan, created_at=NOW, version="1"))).plan
    assert saved == plan
    assert stale_differences(saved, world.current) == ()
    assert already_done(saved, world.current) == frozenset()
    after = current_state(
        {
            "asana": [{"id": "1", "is": "Ann@example.com"}],
            "asana_teams": [{"id": "t1", "name": "Eng", "members": []}],
        }
    )
    assert already_done(saved, after) == {"update_user:ann@example.com", "rename_team:eng"}
    assert len(stale_differences(saved, after)) == 2
    assert stale_differences(saved, after, resume=True) == ()


def test_a_respelled_address_counts_as_a_rename() -> None:
    limits = GuardPolicy.model_validate({"rename": {"count": 0, "floor": 0}})
    judged = judge(plan_input(WORLD).plan(), limits, Approval())
    assert [(one.guard, one.counted) for one in judged.violations] == [("rename", 1)]
