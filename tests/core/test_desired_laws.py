"""Laws of the directory side that hold for every directory, however odd."""

import random
from dataclasses import replace
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from syncer.core.desired import Desired, desire
from syncer.model.directory import Snapshot
from syncer.model.origin import Origin, Size
from syncer.model.policy.config import Config
from syncer.model.state import DesiredState
from tests.core.directory_input import config_of, snapshot_of, where

laws = settings(deadline=None, derandomize=True, max_examples=200)

NAMES = ["ann", "bob", "Cy", "dee", "Ann"]
ADDRESSES = [f"{name}@example.com" for name in NAMES] + ["", "broken", "x@other.org"]
KEYS = ["1", "2", "3", "e4", "E4", ""]
REFERENCES = [*ADDRESSES, *KEYS, "g1", "g2", "g3", "nobody", "cn=g1,ou=g", "uid=ann,ou=p"]

rows = st.fixed_dictionaries(
    {
        "mail": st.sampled_from(ADDRESSES) | st.lists(st.sampled_from(ADDRESSES), min_size=2),
        "id": st.sampled_from(KEYS),
        "uid": st.sampled_from([*NAMES, ""]),
        "dn": st.sampled_from(["", *(f"uid={name},ou=p" for name in NAMES)]),
        "kind": st.sampled_from(["staff", "guest", "7"]),
        "status": st.sampled_from(["", "active", "inactive", "odd"]),
        "manager": st.sampled_from(REFERENCES),
        "title": st.sampled_from(["", "Lead", "x" * 2000]),
        "groups": st.lists(st.sampled_from(["g1", "g2", "t-a", "t-A", "cn=g1,ou=g"]), max_size=2),
        "previous_emails": st.lists(st.sampled_from(ADDRESSES), max_size=2),
    }
)
bad_rows = st.fixed_dictionaries(
    {
        "problem": st.just("cut short"),
        "identity": st.lists(st.sampled_from([*ADDRESSES, *KEYS]), max_size=2),
    }
)
people = st.lists(st.one_of(rows, rows, bad_rows), max_size=7)
groups = st.lists(
    st.fixed_dictionaries(
        {
            "name": st.sampled_from(["g1", "g2", "g3", "T-b"]),
            "dn": st.sampled_from([None, "cn=g1,ou=g", "cn=g2,ou=g"]),
            "members": st.lists(st.sampled_from(REFERENCES), max_size=4),
        },
        optional={"incomplete": st.just("read in part")},
    ),
    max_size=4,
)
configs = st.fixed_dictionaries(
    {
        "directory": st.fixed_dictionaries(
            {}, optional={"key": st.just("id"), "active": st.just("status")}
        ),
        "asana": st.fixed_dictionaries({}, optional={"domains": st.just(["example.com"])}),
        "scope": st.lists(
            st.sampled_from(
                [
                    {"exclude": "kind == 'guest'"},
                    {"include": "'g1' in groups"},
                    {"exclude": "kind | int > 3"},
                    {"exclude": "not mail"},
                ]
            ),
            max_size=3,
        ),
        "mapping": st.just({"userName": "mail", "title": "title", "manager": "manager"}),
        "teams": st.just(
            [
                {"name": "One", "groups": ["g1", "g2"], "members": ["ann@example.com"]},
                {"name": "Two", "when": "kind == 'staff' and 'g3' in groups"},
                {"name": "Three", "when": "title | first_chars(1) == 'L'"},
                {"for_each_group": "t-(?P<name>.+)", "name": "Team {{ name }}"},
            ]
        ),
        "licenses": st.just({"rules": [{"license": "enterprise", "when": "kind == 'staff'"}]}),
    }
)
cases = st.fixed_dictionaries(
    {
        "people": people,
        "more_people": st.just([]) | st.lists(people, max_size=1),
        "groups": groups,
        "config": configs,
        "closed": st.sampled_from([False]),
    }
)


def parts(case: dict[str, Any]) -> tuple[Snapshot, Config]:
    return snapshot_of(case), config_of(case["config"])


def stopped(desired: Desired) -> bool:
    return any(problem.size is Size.STRUCTURAL for problem in desired.problems)


def shuffled(snapshot: Snapshot, seed: int) -> Snapshot:
    """The same records in another order, with their places."""
    rng = random.Random(seed)

    def mixed(items: tuple[Any, ...]) -> tuple[Any, ...]:
        return tuple(rng.sample(items, len(items)))

    return Snapshot(
        tuple(
            replace(reading, records=mixed(reading.records), problems=mixed(reading.problems))
            for reading in snapshot.people
        ),
        tuple(replace(reading, groups=mixed(reading.groups)) for reading in snapshot.groups),
    )


@laws
@given(cases, st.integers())
def test_the_order_of_records_does_not_count(case: dict[str, Any], seed: int) -> None:
    snapshot, config = parts(case)
    first = desire(snapshot, config, where)
    second = desire(shuffled(snapshot, seed), config, where)
    assert first == second
    assert repr(first.state.users) == repr(second.state.users)


@laws
@given(cases)
def test_every_state_keeps_the_laws(case: dict[str, Any]) -> None:
    snapshot, config = parts(case)
    desired = desire(snapshot, config, where)
    every_problem_of_the_readers_is_passed_on(snapshot, desired)
    nobody_is_two_things_at_once(desired.state)
    people_in_doubt_are_in_no_team_and_nobodys_manager(desired.state)
    all_is_sorted_and_told_once(desired)
    if stopped(desired):
        assert desired.state.unidentified
    else:
        every_record_ends_in_exactly_one_place(snapshot, desired.state)


def every_problem_of_the_readers_is_passed_on(snapshot: Snapshot, desired: Desired) -> None:
    read = {problem for reading in snapshot.people for problem in reading.problems}
    assert read <= set(desired.problems)


def nobody_is_two_things_at_once(state: DesiredState) -> None:
    wanted = [user.key for user in state.users]
    unknown = {key for person in state.unknown for key in person.keys}
    gone = {key for person in state.not_desired for key in person.keys}
    former = {key for user in state.users for key in user.previous}
    assert len(wanted) == len(set(wanted))
    assert not unknown & set(wanted)
    assert not (gone | former) & {*wanted, *unknown}


def every_record_ends_in_exactly_one_place(snapshot: Snapshot, state: DesiredState) -> None:
    records = [record.origin for reading in snapshot.people for record in reading.records]
    bad = [problem.origin for reading in snapshot.people for problem in reading.problems]
    ends: list[Origin | None] = [user.origin for user in state.users]
    ends += [gone.origin for gone in state.not_desired]
    ends += [person.origin for person in state.unknown]
    ends += [problem.origin for problem in state.unidentified]
    # Records of several sources may be one person, told of by the place of the first.
    assert set(ends) <= {*records, *bad}
    assert len(ends) == len(set(ends))
    if len(snapshot.people) == 1:
        assert sorted(map(str, ends)) == sorted(map(str, (*records, *bad)))


def people_in_doubt_are_in_no_team_and_nobodys_manager(state: DesiredState) -> None:
    wanted = {user.key for user in state.users}
    for team in state.teams:
        assert team.members <= wanted
        assert set(team.member_reasons) == team.members
    for user in state.users:
        assert user.attributes.get("manager", "") in {"", *wanted} - {user.key}


def all_is_sorted_and_told_once(desired: Desired) -> None:
    assert list(desired.state.users) == sorted(desired.state.users, key=lambda user: user.key)
    assert list(desired.state.teams) == sorted(desired.state.teams, key=lambda team: team.key)
    assert len(desired.problems) == len(set(desired.problems))


@settings(laws, max_examples=20)
@given(cases)
def test_a_policy_of_stop_lets_no_doubt_through(case: dict[str, Any]) -> None:
    case["config"]["directory"]["on_problem"] = "stop"
    desired = desire(*parts(case), where)
    assert not any(problem.size is Size.RECORD for problem in desired.problems)
    assert not desired.state.unknown or stopped(desired)
