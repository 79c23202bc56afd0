"""What a plan carries besides its actions: order, consequences, touched records, counts, facts."""

from datetime import timedelta

import pytest

from syncer.core.managed_teams import managed_team_keys
from syncer.core.planning.ordering import in_order, rank
from syncer.model.actions import ChangeMembers, DeactivateUser, SetLicense, UpdateUser
from syncer.model.plan import Facts, TouchedAbsence, TouchedTeam, TouchedUser
from tests.core.plan_input import NOW, PlanInput, desired_state, plan_input

WORLD = {
    "config": {"directory": {"key": "employeeNumber"}, "licenses": {}},
    "ledger": {"recent_deactivations": 3},
    "people": [
        {"is": "ann.new@example.com", "number": "1", "title": "Lead", "license": "enterprise"},
        {"is": "new@example.com", "manager": "ann.new@example.com"},
        {"is": "same@example.com", "title": "Clerk"},
        {"is": "boss@example.com", "license": "view only"},
    ],
    "gone": [{"is": ["out@example.com"]}],
    "teams": [
        {"name": "Eng", "members": ["new@example.com"]},
        {"name": "Core", "members": [], "previously": ["Kernel"]},
        {"name": "Fresh", "members": []},
    ],
    "asana": [
        {"id": "1", "is": "ann@example.com", "employeeNumber": "1", "license": "view only"},
        {"id": "2", "is": "same@example.com", "title": "Clerk", "license": "view only"},
        {"id": "3", "is": "gone@example.com", "license": "enterprise"},
        {"id": "4", "is": "boss@example.com", "license": "enterprise"},
        {"id": "5", "is": "guest@other.org", "manager": "3", "license": "enterprise"},
        {"id": "6", "is": "off@example.com", "active": False, "license": "enterprise"},
    ],
    "asana_teams": [
        {"id": "t1", "name": "Eng", "members": ["2", "3"]},
        {"id": "t2", "name": "Kernel", "members": ["3", "6"]},
    ],
}


def test_actions_stand_in_the_fixed_order() -> None:
    plan = plan_input(WORLD).plan()
    assert [action.ref for action in plan.actions] == [
        "set_license:boss@example.com",
        "deactivate_user:gone@example.com",
        "update_user:ann.new@example.com",
        "create_user:new@example.com",
        "set_license:ann.new@example.com",
        "create_team:fresh",
        "rename_team:core",
        "change_members:eng",
    ]
    ranks = [rank(action) for action in plan.actions]
    assert ranks == sorted(ranks)


def test_actions_that_wait_for_each_other_are_a_fault_of_the_planner() -> None:
    def step(ref: str, after: str) -> UpdateUser:
        return UpdateUser(
            ref=ref, reason="", depends_on=(after,), user_name=ref, scim_id=ref, changes=()
        )

    with pytest.raises(ValueError, match="depend on each other in a circle: a, b"):
        in_order((step("a", "b"), step("b", "a")))


def test_everything_the_actions_rely_on_is_touched_and_nothing_else() -> None:
    touched = plan_input(WORLD).plan().touched
    assert touched == (
        TouchedUser(
            scim_id="1",
            user_name="ann@example.com",
            active=True,
            license="view only",
            attributes={"title": ""},
        ),
        TouchedUser(
            scim_id="3",
            user_name="gone@example.com",
            active=True,
            license="enterprise",
            attributes={},
        ),
        TouchedUser(
            scim_id="4",
            user_name="boss@example.com",
            active=True,
            license="enterprise",
            attributes={},
        ),
        TouchedTeam(scim_id="t1", name="Eng", members={"2": True}),
        TouchedTeam(scim_id="t2", name="Kernel", members={}),
        TouchedAbsence(name="ann.new@example.com", kind="no_user"),
        TouchedAbsence(name="new@example.com", kind="no_user"),
        TouchedAbsence(name="Core", kind="no_team"),
        TouchedAbsence(name="Fresh", kind="no_team"),
    )


def test_an_address_that_the_plan_itself_releases_is_no_absence() -> None:
    world = {
        "config": {"directory": {"key": "employeeNumber"}},
        "people": [
            {"is": "b@example.com", "number": "1"},
            {"is": "a@example.com", "number": "2"},
        ],
        "asana": [{"id": "1", "is": "a@example.com", "employeeNumber": "1"}],
    }
    absences = [t for t in plan_input(world).plan().touched if isinstance(t, TouchedAbsence)]
    assert absences == [TouchedAbsence(name="b@example.com", kind="no_user")]


def test_what_is_held_is_not_touched() -> None:
    plan = plan_input({**WORLD, "unidentified": [9]}).plan()
    touched = {t.scim_id for t in plan.touched if isinstance(t, TouchedUser)}
    assert "3" not in touched
    assert [str(problem.origin) for problem in plan.problems] == ["people.csv:9"]
    assert plan.counts.unknown == 1


def test_counts_and_facts_say_what_needed_nothing() -> None:
    plan = plan_input(WORLD).plan()
    assert plan.facts == Facts(
        managed_users=4, current_users=5, desired_users=4, recent_deactivations=3, window_days=7
    )
    assert (plan.counts.unchanged, plan.counts.unmanaged, plan.counts.excluded) == (1, 1, 1)


def test_people_in_doubt_and_in_grace_are_managed_users() -> None:
    world = {
        **WORLD,
        "config": {"lifecycle": {"grace": {"days": 3}}},
        "doubtful": [{"is": ["same@example.com", "off@example.com", "guest@other.org"]}],
    }
    plan = plan_input(world).plan()
    # boss, same in doubt, and two in grace: gone, and ann who is not found without her number.
    assert plan.facts.managed_users == 4
    assert plan.counts.in_grace == 2
    assert plan.counts.unknown == len(plan.unknown) == 2


def test_a_deactivation_says_what_follows() -> None:
    plan = plan_input(WORLD).plan()
    (leaver,) = [action for action in plan.actions if isinstance(action, DeactivateUser)]
    assert leaver.consequences == (
        "leaves 2 teams: Core, Eng",
        "leaves nobody in 1 team: Core",
        "is manager of 1 person: guest@other.org",
        "leaves the teams that the config does not name too; those are not read",
        "tasks go to 'Previously assigned tasks', whose owner an Asana setting picks",
        "ownership of projects, portfolios and dashboards is not transferred",
        "SCIM cannot undo it: only an invitation from Asana's admin console does",
    )


def test_members_who_are_deactivated_are_counted_where_members_change() -> None:
    plan = plan_input(
        {
            "people": [{"is": "a@example.com"}, {"is": "b@example.com"}],
            "teams": [
                {"name": "Eng", "members": ["a@example.com"]},
                {"name": "Ops", "members": ["b@example.com"]},
            ],
            "asana": [
                {"id": "1", "is": "a@example.com"},
                {"id": "2", "is": "b@example.com"},
                {"id": "3", "is": "gone@example.com"},
            ],
            "asana_teams": [
                {"id": "t1", "name": "Eng", "members": ["2", "3"]},
                {"id": "t2", "name": "Ops", "members": ["2", "3"]},
            ],
        }
    ).plan()
    # Ops loses its leaver too, but has no entry of its own that could say a wrong number.
    assert plan.deactivated_members == {"t1": ("deactivate_user:gone@example.com",)}


def test_people_kept_out_are_counted_once_and_apart_from_the_inactive() -> None:
    plan = plan_input(
        {
            "config": {"protected": {"users": ["safe@example.com"]}},
            "people": [{"is": "a@example.com"}],
            "gone": [
                {"is": ["never@example.com"]},
                {"is": ["leaver@example.com"]},
                {"is": ["safe@example.com"]},
                {"is": ["other@else.org"], "kind": "inactive"},
                {"is": ["left@example.com"], "kind": "inactive"},
                {"is": ["off@example.com"], "kind": "inactive"},
            ],
            "asana": [
                {"id": "1", "is": "a@example.com"},
                {"id": "2", "is": "leaver@example.com"},
                {"id": "3", "is": "safe@example.com"},
                {"id": "4", "is": "other@else.org"},
                {"id": "5", "is": "off@example.com", "active": False},
            ],
        }
    ).plan()
    counts = plan.counts
    assert (counts.excluded, counts.inactive, counts.protected, counts.unmanaged) == (1, 2, 1, 1)


def test_protected_people_whom_the_directory_does_not_have_are_one_notice() -> None:
    def told(number: int) -> list[str]:
        accounts = [{"id": str(n), "is": f"svc-{n:02}@example.com"} for n in range(number)]
        protected = {"config": {"protected": {"users": ["svc-*"]}}}
        plan = plan_input({**protected, "people": [], "asana": accounts}).plan()
        return [f"{notice.subject}: {notice.text}" for notice in plan.notices]

    assert told(0) == []
    assert told(2) == [
        "protected: 2 people are not in the directory: svc-00@example.com, svc-01@example.com"
    ]
    (many,) = told(12)
    assert many.startswith("protected: 12 people are not in the directory: svc-00@example.com, ")
    assert many.endswith("svc-09@example.com and 2 more")


def test_reports_who_get_another_manager_are_not_orphaned() -> None:
    world = {
        "people": [{"is": "a@example.com", "manager": "b@example.com"}, {"is": "b@example.com"}],
        "asana": [
            {"id": "1", "is": "a@example.com", "manager": "9"},
            {"id": "2", "is": "b@example.com"},
            {"id": "9", "is": "boss@example.com"},
        ],
    }
    (leaver,) = [a for a in plan_input(world).plan().actions if isinstance(a, DeactivateUser)]
    assert not [line for line in leaver.consequences if "manager of" in line]


def test_a_long_list_of_teams_stays_on_one_line() -> None:
    names = [f"Department of Departments {number}" for number in range(9)]
    world = {
        "people": [{"is": "a@example.com"}],
        "teams": [{"name": name, "members": ["a@example.com"]} for name in names],
        "asana": [{"id": "1", "is": "a@example.com"}, {"id": "2", "is": "b@example.com"}],
        "asana_teams": [
            {"id": name, "name": name, "members": ["1", "2"] if number else ["2"]}
            for number, name in enumerate(names)
        ],
    }
    plan = plan_input(world).plan()
    (leaver,) = [action for action in plan.actions if isinstance(action, DeactivateUser)]
    assert leaver.consequences[0].startswith("leaves 9 teams: Department of Departments 0")
    assert all(len(line) < 76 for line in leaver.consequences)
    # The first team gains somebody in the same plan and is not left with nobody.
    assert not [line for line in leaver.consequences if "nobody" in line]


def test_a_team_that_loses_its_last_member_says_so_and_a_downgrade_what_is_lost() -> None:
    world = {
        "config": {"licenses": {}},
        "people": [
            {"is": "a@example.com", "license": "view only"},
            {"is": "b@example.com", "manager": "a@example.com"},
        ],
        "teams": [
            {"name": "Eng", "members": []},
            {"name": "Ops", "members": ["b@example.com"]},
        ],
        "asana": [
            {"id": "1", "is": "a@example.com", "license": "enterprise"},
            {"id": "2", "is": "b@example.com", "license": "enterprise", "manager": "1"},
        ],
        "asana_teams": [
            {"id": "t1", "name": "Eng", "members": ["1"]},
            {"id": "t2", "name": "Ops", "members": ["1", "2"]},
        ],
    }
    actions = plan_input(world).plan().actions
    told = [a.consequences for a in actions if isinstance(a, ChangeMembers)]
    assert told == [("leaves nobody in the team",), ()]
    (lowered,) = [action for action in actions if isinstance(action, SetLicense)]
    assert lowered.consequences == (
        "leaves 2 teams: Eng, Ops",
        "leaves nobody in 1 team: Eng",
        "stays the manager of 1 person: b@example.com",
        "cannot create, edit, complete or comment any more; tasks stay with the person",
        "can be undone by a later run while a seat is free",
    )


def test_time_alone_makes_a_leaver_due() -> None:
    world = plan_input(
        {
            "config": {"lifecycle": {"grace": {"days": 2}}},
            "ledger": {"absences": {"2": ["2026-03-09T06:00:00+00:00", 4]}},
            "people": [{"is": "a@example.com"}],
            "asana": [{"id": "1", "is": "a@example.com"}, {"id": "2", "is": "b@example.com"}],
        }
    )
    assert not world.plan(NOW).actions
    assert world.plan(NOW + timedelta(days=1)).actions


def test_a_problem_of_the_listing_is_a_problem_of_the_plan() -> None:
    world = plan_input({"people": [{"is": "a@example.com"}], "unreadable": [{"id": "7"}]})
    assert [problem.summary for problem in world.plan().problems] == [
        "a user of the listing has no userName"
    ]


def test_members_are_read_of_the_teams_that_the_config_names() -> None:
    assert managed_team_keys(desired_state(WORLD)) == {"eng", "core", "kernel", "fresh"}


def test_two_plans_of_one_world_are_equal() -> None:
    world: PlanInput = plan_input(WORLD)
    assert world.plan() == world.plan()
