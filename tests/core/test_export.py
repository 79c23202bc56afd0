"""Who and what goes into an export, and why everything else does not."""

import pytest

from syncer.core.exporting.export import Export, make_export
from syncer.core.exporting.saying import (
    address_fault,
    name_fault,
    protecting_pattern,
    value_fault,
)
from syncer.core.names import covering, team_key, user_key
from syncer.core.seal import Seal, seal_of, sealed
from syncer.model.origin import Problem, Size
from syncer.model.state import CurrentState, CurrentTeam, CurrentUser, TeamMode, UnreadableUser
from tests.core.plan_input import config


def user(scim_id: str, address: str, *, active: bool = True, **shown: str) -> CurrentUser:
    """A user; `name` is the full name, `license` no attribute."""
    attributes = {
        "name.formatted" if name == "name" else name: value
        for name, value in shown.items()
        if name != "license"
    }
    license_name = shown.get("license")
    return CurrentUser(scim_id, address, user_key(address), active, attributes, license_name)


def team(scim_id: str, name: str, *members: str) -> CurrentTeam:
    return CurrentTeam(scim_id, name, team_key(name), frozenset(members))


def export_of(*found: CurrentUser | CurrentTeam, **sections: object) -> Export:
    current = CurrentState(
        users=tuple(one for one in found if isinstance(one, CurrentUser)),
        teams=tuple(one for one in found if isinstance(one, CurrentTeam)),
        license_support=True,
    )
    return make_export(current, config(**sections))


@pytest.mark.parametrize(
    ("value", "why"),
    [
        ("00123", ""),
        (" leading", ""),
        ("👩\u200d💻", ""),
        ("\u202eevil", ""),
        ("Zoe\u0308", ""),
        ("a  b", "runs of blanks"),
        ("a\nb", "line breaks"),
        ("\x00", "control characters"),
        ("x" * 1024, ""),
        ("x" * 1025, "longer than 1,024 characters"),
        ("\ud800", "no file can hold"),
    ],
)
def test_a_value_is_said_only_where_it_comes_out_of_the_mapping_as_it_is(
    value: str, why: str
) -> None:
    assert why in value_fault(value)
    assert bool(why) == bool(value_fault(value))


@pytest.mark.parametrize(
    ("address", "why"),
    [
        ("ann@example.com", ""),
        ("o'brien@example.com", ""),
        ("=b@example.com", ""),
        ("ann", "none that a directory can hold"),
        ("a\u200bnn@example.com", "none that a directory can hold"),
        ("uid=ann@example.com", "reads like a distinguished name"),
    ],
)
def test_an_address_is_said_only_where_a_person_is_found_by_it(address: str, why: str) -> None:
    assert why in address_fault(address)
    assert bool(why) == bool(address_fault(address))


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("Growth & Sales", ""),
        ("  two  blanks ", ""),
        ("../../etc/passwd", ""),
        ("${HOME}", ""),
        ("line\nbreak", ""),
        ("", "nobody can see"),
        ("\u200b", "nobody can see"),
        ("bell\x07", "control characters"),
        ("NUL\x00", "no file can hold"),
        ("\ud800", "no file can hold"),
        ("{{ name }}", "reads like a template"),
        ("{% if %}", "reads like a template"),
    ],
)
def test_a_team_is_named_only_where_a_config_can_name_it(name: str, why: str) -> None:
    assert why in name_fault(name)
    assert bool(why) == bool(name_fault(name))


@pytest.mark.parametrize(
    ("address", "pattern"),
    [
        ("Ann@example.com", "ann@example.com"),
        ("*@example.com", "[*]@example.com"),
        ("[x]?@example.com", "[[]x][?]@example.com"),
        ("a b,c;d<e>@example.com", "a?b?c?d?e?@example.com"),
        ("a\x00@example.com", "a?@example.com"),
        ("@example.com", "[@]example.com"),
        ("ann", ""),
    ],
)
def test_a_pattern_protects_one_address_and_not_everybody(address: str, pattern: str) -> None:
    assert protecting_pattern(address) == pattern
    if pattern:
        covers = covering([pattern])
        assert covers(user_key(address))
        assert not covers("zoe@example.com")


def test_people_are_left_out_with_the_reason() -> None:
    export = export_of(
        user("1", "ann@example.com"),
        user("2", "gone@example.com", active=False),
        user("3", "ext@other.org"),
        user("4", "two@example.com"),
        user("5", "Two@example.com"),
        user("6", "uid=x@example.com"),
        user("7", "old@example.com"),
        user("8", "old@example.com", active=False),
    )
    assert [person.address for person in export.people] == ["ann@example.com", "old@example.com"]
    assert [(gone.scim_id, gone.why, gone.pattern) for gone in export.left_people] == [
        ("3", "outside asana.domains", ""),
        ("2", "deactivated", ""),
        ("8", "deactivated", ""),
        ("4", "several active users have the address", "two@example.com"),
        ("5", "several active users have the address", "two@example.com"),
        ("6", "the address reads like a distinguished name", "uid=x@example.com"),
    ]


def test_whoever_may_be_an_unreadable_user_is_left_out_too() -> None:
    problem = Problem(None, "odd", size=Size.RECORD)
    current = CurrentState(
        users=(user("1", "ann@example.com"), user("2", "bob@example.com")),
        unreadable=(UnreadableUser("9", user_key("bob@example.com"), problem),),
    )
    export = make_export(current, config())
    assert [person.address for person in export.people] == ["ann@example.com"]
    assert [(one.scim_id, one.pattern) for one in export.left_people] == [
        ("2", "bob@example.com"),
        ("9", "bob@example.com"),
    ]


@pytest.mark.parametrize(
    ("shown", "said"),
    [
        ("2", "bob@example.com"),
        ("BOB@example.com", "bob@example.com"),
        ("Bob", "bob@example.com"),
        ("1", None),
        ("3", None),
        ("nobody", None),
    ],
)
def test_a_manager_in_any_form_becomes_an_address_or_is_left_alone(
    shown: str, said: str | None
) -> None:
    export = export_of(
        user("1", "ann@example.com", manager=shown),
        user("2", "bob@example.com", name="Bob"),
        user("3", "gone@example.com", active=False),
    )
    ann = export.people[0]
    assert ann.attributes.get("manager") == said
    assert [unsaid.value for unsaid in ann.unsaid] == ([] if said else [shown])


def test_licences_that_nobody_can_ask_for_are_left_alone() -> None:
    export = export_of(
        user("1", "ann@example.com", license="View Only", licensingDivisionId="7"),
        user("2", "bob@example.com", license="business", licensingDivisionId="7"),
    )
    ann, bob = export.people
    assert (ann.license, bob.license) == ("view only", None)
    assert [unsaid.name for unsaid in ann.unsaid] == ["licensingDivisionId"]
    assert [unsaid.name for unsaid in bob.unsaid] == ["license"]
    assert export.licensed


def test_numbers_are_the_key_where_they_tell_people_apart() -> None:
    one = user("1", "ann@example.com", employeeNumber="1")
    two = user("2", "bob@example.com", employeeNumber="2")
    left = user("3", "ext@other.org", employeeNumber="2")
    gone = user("4", "gone@example.com", active=False, employeeNumber="1")
    assert export_of(one, two, gone).keyed
    shared = export_of(one, two, left)
    assert not shared.keyed
    assert shared.keyless == "several people have the employeeNumber '2'"
    assert not export_of(user("1", "ann@example.com")).keyed


def test_teams_are_left_out_with_the_reason_and_members_with_theirs() -> None:
    export = export_of(
        user("1", "zoe@example.com"),
        user("2", "ann@example.com"),
        user("3", "gone@example.com", active=False),
        team("t1", "Core", "1", "2", "3", "77"),
        team("t2", "Ops"),
        team("t3", "OPS"),
        team("t4", "{{ x }}"),
        CurrentTeam("t5", "Unread", team_key("Unread")),
        teams=[{"name": "core", "members": ["x"], "mode": "add_only"}],
    )
    (core,) = export.teams
    assert core.members == ("ann@example.com", "zoe@example.com")
    assert core.mode is TeamMode.ADD_ONLY
    assert [(one.value, one.why) for one in core.unsaid] == [
        ("3", "deactivated"),
        ("77", "not listed over SCIM"),
    ]
    assert [(one.scim_id, one.why) for one in export.left_teams] == [
        ("t2", "2 teams have this name"),
        ("t3", "2 teams have this name"),
        ("t5", "Asana does not show its members"),
        ("t4", "its name reads like a template"),
    ]


def test_a_seal_tells_an_edit_from_another_end_of_lines() -> None:
    text = sealed("a: 1\nb: 2\n")
    assert seal_of(text) is Seal.WHOLE
    assert seal_of(text.replace("\n", "\r\n")) is Seal.WHOLE
    assert seal_of(text.replace("b: 2", "b: 3")) is Seal.EDITED
    assert seal_of(text + "\n") is Seal.EDITED
    assert seal_of("a: 1\n") is Seal.NONE
    assert seal_of("") is Seal.NONE
