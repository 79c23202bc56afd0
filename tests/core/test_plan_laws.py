"""What holds for any directory and any tenant: obey the plan and nothing is left to do."""

import random
from dataclasses import replace
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from syncer.core.names import covering, folded, user_key
from syncer.core.planning.roster import employee_number_is_key, make_roster
from syncer.core.staleness import stale_differences
from syncer.model.actions import (
    Action,
    ChangeMembers,
    CreateUser,
    DeactivateUser,
    SetLicense,
    UpdateUser,
)
from tests.core.obey import obey
from tests.core.plan_input import PlanInput, plan_input

LAW = settings(deadline=None, derandomize=True, max_examples=60)
MODERATE = settings(deadline=None, derandomize=True, max_examples=30)

ADDRESSES = [f"{letter}@example.com" for letter in "abcdef"]
PROTECTED = ["svc-1@example.com", "svc-2@example.com"]
OUTSIDE = ["guest@other.org"]
NUMBERS = ["1", "2", "3", "4", "5"]
NAMES = ["Ann", "Bob", "Cid"]
TEAMS = ["Core", "Ops", "Sales", "Executive"]
LICENSES = ["enterprise", "view only"]


def optional(values: list[str]) -> st.SearchStrategy[str | None]:
    return st.one_of(st.none(), st.sampled_from(values))


@st.composite
def people(draw: st.DrawFn) -> list[dict[str, Any]]:
    addresses = draw(st.lists(st.sampled_from(ADDRESSES + PROTECTED), unique=True, max_size=6))
    numbers = draw(st.permutations([*NUMBERS, None, None]))
    found = []
    for address, number in zip(addresses, numbers, strict=False):
        person: dict[str, Any] = {"is": draw(st.sampled_from([address, address.upper()]))}
        person["number"] = number
        person["previous"] = draw(
            st.lists(st.sampled_from([a for a in ADDRESSES if a != address]), max_size=2)
        )
        if number is not None and draw(st.booleans()):
            person["employeeNumber"] = number
        for field, values in (
            ("title", ["Lead", "LEAD", "Boss", ""]),
            ("name.formatted", NAMES),
            ("manager", [*ADDRESSES, *PROTECTED, *OUTSIDE, ""]),
            ("license", LICENSES),
            ("license_if_new", LICENSES),
        ):
            if (value := draw(optional(values))) is not None:
                person[field] = value
        found.append(person)
    return found


@st.composite
def asana_users(draw: st.DrawFn) -> list[dict[str, Any]]:
    everybody = ADDRESSES + PROTECTED + OUTSIDE
    addresses = draw(
        st.one_of(
            st.lists(st.sampled_from(everybody), unique=True, max_size=7),
            st.lists(st.sampled_from(everybody), max_size=5),
        )
    )
    supported = draw(st.booleans())
    found = []
    for number, address in enumerate(addresses):
        user: dict[str, Any] = {"id": f"u{number}", "is": address}
        user["active"] = draw(st.sampled_from([True, True, True, False]))
        if supported:
            user["license"] = draw(st.sampled_from([*LICENSES, "Guest"]))
        ids = [f"u{other}" for other in range(len(addresses))]
        for field, values in (
            ("title", ["Lead", " Lead ", "Clerk"]),
            ("name.formatted", NAMES),
            ("employeeNumber", NUMBERS),
            ("manager", [*ids, *NAMES, *everybody, "gone"]),
        ):
            if (value := draw(optional(values))) is not None:
                user[field] = value
        found.append(user)
    return found


@st.composite
def teams(draw: st.DrawFn, ids: list[str]) -> dict[str, Any]:
    names = draw(st.lists(st.sampled_from(TEAMS), unique=True, max_size=3))
    wanted = [
        {
            "name": name,
            "members": draw(st.lists(st.sampled_from(ADDRESSES + PROTECTED), max_size=5)),
            "mode": draw(st.sampled_from(["exact", "exact", "add_only", "report"])),
            "create": draw(st.sampled_from([True, True, False])),
            "previously": draw(st.lists(st.sampled_from([*TEAMS, "Old"]), max_size=2)),
            "frozen": draw(st.sampled_from(["", "", "a group was not found"])),
            "letter_case": draw(st.sampled_from(["ignore", "ignore", "exact"])),
        }
        for name in names
    ]
    there = draw(st.lists(st.sampled_from([*TEAMS, "Old", "CORE"]), max_size=4))
    members = st.lists(st.sampled_from([*ids, "guest"]), unique=True, max_size=6)
    present = [
        {"id": f"t{number}", "name": name, "members": draw(st.one_of(members, members, st.none()))}
        for number, name in enumerate(there)
    ]
    return {"teams": draw(st.sampled_from([wanted, wanted, None])), "asana_teams": present}


@st.composite
def configs(draw: st.DrawFn) -> dict[str, Any]:
    sections: dict[str, Any] = {
        "lifecycle": {
            "leavers": draw(st.sampled_from(["deactivate", "deactivate", "view only", "report"])),
            "grace": {"days": draw(st.sampled_from([0, 0, 3])), "runs": 1},
            "reactivate": draw(st.sampled_from(["manual", "attempt"])),
            "address_cycles": draw(st.sampled_from(["manual", "temporary"])),
            "authority": draw(st.sampled_from(["domains", "domains", "known"])),
        },
        "protected": {"users": ["svc-*@example.com"], "teams": ["Executive*"]},
    }
    if draw(st.booleans()):
        sections["directory"] = {"key": draw(st.sampled_from(["employeeNumber", "objectGUID"]))}
    if draw(st.booleans()):
        sections["licenses"] = {
            "seats": draw(
                st.sampled_from([{}, {"enterprise": 2}, {"enterprise": 1, "view only": 2}])
            ),
            "when_full": draw(st.sampled_from(["hold", "view only"])),
            "downgrade": draw(st.booleans()),
        }
    return sections


@st.composite
def worlds(draw: st.DrawFn) -> PlanInput:
    """Small pools of addresses, numbers and names, so that everything collides."""
    users = draw(asana_users())
    ids = [user["id"] for user in users]
    known = draw(st.dictionaries(st.sampled_from(NUMBERS), st.sampled_from([*ids, "lost"])))
    doubtful = draw(
        st.lists(
            st.fixed_dictionaries(
                {
                    "is": st.lists(st.sampled_from(ADDRESSES), max_size=1),
                    "number": st.lists(st.sampled_from(NUMBERS), max_size=1),
                }
            ),
            max_size=1,
        )
    )
    case = {
        "people": draw(people()),
        "asana": users,
        **draw(teams(ids)),
        "config": draw(configs()),
        "doubtful": doubtful,
        "gone": draw(
            st.lists(
                st.fixed_dictionaries(
                    {
                        "is": st.lists(st.sampled_from(ADDRESSES), max_size=1),
                        "number": optional(NUMBERS),
                        "kind": st.sampled_from(["inactive", "out_of_scope"]),
                    }
                ),
                max_size=2,
            )
        ),
        "unidentified": draw(st.sampled_from([[], [], [], [7]])),
        "create_only": draw(st.sampled_from([[], [], ["title", "employeeNumber"], ["userName"]])),
        "any_case": draw(st.sampled_from([["userName"], ["userName"], ["userName", "title"], []])),
        "unreadable": draw(
            st.sampled_from(
                [
                    *([], [], []),
                    [{"is": ADDRESSES[0]}, {"id": "lost", "number": ""}],
                    [{"id": "lost", "number": NUMBERS[0]}, {"is": OUTSIDE[0], "number": "001"}],
                    [{"is": ADDRESSES[1], "number": NUMBERS[1]}, {"id": "lost"}],
                ]
            )
        ),
        "ledger": draw(
            st.sampled_from(
                [
                    None,
                    {"ids": known, "seen": ADDRESSES[:3]},
                    {"ids": known, "key": "badge"},
                    {"ids": known, "key": "employeenumber", "former": {"badge": {"1": "u0"}}},
                    {"ids": known, "absences": {"u0": ("2026-03-01T06:00:00+00:00", 4)}},
                ]
            )
        ),
    }
    return plan_input(case)


def everyone(action: Action) -> set[str]:
    """The SCIM ids that an action changes or moves between teams."""
    if isinstance(action, ChangeMembers):
        return {m.scim_id for m in (*action.add, *action.remove) if m.scim_id is not None}
    scim_id = getattr(action, "scim_id", None)
    return set() if scim_id is None else {scim_id}


@LAW
@given(worlds())
def test_obeying_the_plan_leaves_nothing_to_do(world: PlanInput) -> None:
    after = obey(world.plan(), world.current)
    again = replace(world, current=after).plan()
    assert again.runnable == ()


@LAW
@given(worlds())
def test_protected_and_unmanaged_users_stay_as_they_are(world: PlanInput) -> None:
    covers = covering(world.config.protected.users)
    untouchable = {
        user.id
        for user in world.current.users
        if covers(user.user_name) or not user.key.endswith("@example.com")
    }
    for action in world.plan().actions:
        assert not everyone(action) & untouchable
        if isinstance(action, CreateUser):
            assert not covers(action.user_name)


@LAW
@given(worlds())
def test_nobody_in_doubt_is_in_any_action(world: PlanInput) -> None:
    plan = world.plan()
    named = {key for unknown in world.desired.unknown for key in unknown.keys}
    named |= {user.key for user in world.current.unreadable if user.key is not None}
    ids = {user.id for user in world.current.users if user.key in named}
    unknown = {user_key(u.subject) for u in plan.unknown if u.what == "person"} | named
    for action in plan.actions:
        assert not everyone(action) & ids
        if isinstance(action, CreateUser):
            assert user_key(action.user_name) not in unknown
        if isinstance(action, ChangeMembers):
            assert not {user_key(m.user) for m in action.add if m.scim_id is None} & unknown


@LAW
@given(worlds())
def test_nobody_is_created_who_may_be_a_user_that_could_not_be_read(world: PlanInput) -> None:
    if not employee_number_is_key(world.config):
        return
    numbers = {folded(user.employee_number or "") for user in world.current.unreadable} - {""}
    people = {person.key: person.directory_key for person in world.desired.users}
    for action in world.plan().actions:
        if isinstance(action, CreateUser):
            assert folded(people[user_key(action.user_name)] or "") not in numbers


@LAW
@given(worlds())
def test_nobody_leaves_who_may_be_a_record_in_doubt(world: PlanInput) -> None:
    """A record that shows no present address may be about any account that no other explains."""
    lost = [unknown for unknown in world.desired.unknown if unknown.address is None]
    if not lost:
        return
    recorded = {key for gone in world.desired.not_desired for key in gone.keys}
    keys = {folded(gone.directory_key or "") for gone in world.desired.not_desired} - {""}
    ids = {world.memory.ids.get(gone.directory_key or "") for gone in world.desired.not_desired}
    for action in world.plan().runnable:
        if isinstance(action, DeactivateUser) and user_key(action.user_name) not in recorded:
            roster = make_roster(world.desired, world.current, world.config, world.memory)
            known = frozenset(roster.numbers.get(action.scim_id, ()))
            # Another directory key says that it is somebody else, once the key of the record
            # has led to its own account.
            named = action.scim_id in ids or known & keys
            assert named or (known and all(one.directory_keys for one in lost))


@LAW
@given(worlds())
def test_ids_of_another_directory_key_decide_nothing(world: PlanInput) -> None:
    if world.config.directory.key is None:
        return
    badges = replace(world.memory, key_attribute="badge")
    others = {"7": "u0", **dict.fromkeys(NUMBERS, "u1")}
    plan = replace(world, memory=badges).plan()
    again = replace(world, memory=replace(badges, ids=others)).plan()
    assert again == plan
    owners = {user.id: user.key for user in world.current.users}
    wanted = {key for person in world.desired.users for key in (person.key, *person.previous)}
    for action in plan.actions:
        if isinstance(action, UpdateUser) and action.scim_id is not None:
            assert owners[action.scim_id] in wanted


@LAW
@given(worlds(), st.integers(0, 5))
def test_the_order_of_the_input_does_not_matter(world: PlanInput, seed: int) -> None:
    assert shuffled(world, seed).plan() == world.plan()


def shuffled(world: PlanInput, seed: int) -> PlanInput:
    rng = random.Random(seed)

    def mixed(items: tuple[Any, ...]) -> tuple[Any, ...]:
        return tuple(rng.sample(items, len(items)))

    desired, current = world.desired, world.current
    return replace(
        world,
        desired=replace(
            desired,
            users=mixed(desired.users),
            teams=mixed(desired.teams),
            not_desired=mixed(desired.not_desired),
            unknown=mixed(desired.unknown),
        ),
        current=replace(
            current,
            users=mixed(current.users),
            teams=mixed(current.teams),
            unreadable=mixed(current.unreadable),
        ),
    )


@LAW
@given(worlds())
def test_every_action_has_its_own_ref_and_stands_after_what_it_needs(world: PlanInput) -> None:
    earlier: set[str] = set()
    for action in world.plan().actions:
        assert action.ref not in earlier
        assert set(action.depends_on) <= earlier
        earlier.add(action.ref)


@MODERATE
@given(worlds())
def test_a_record_that_could_be_anybody_holds_every_removal(world: PlanInput) -> None:
    if not world.desired.unidentified:
        return
    leavers = {u.id for u in world.current.users} - {
        user.id for user in world.current.users if user.key in {d.key for d in world.desired.users}
    }
    for action in world.plan().runnable:
        assert not isinstance(action, DeactivateUser)
        assert not (isinstance(action, ChangeMembers) and action.remove)
        if isinstance(action, SetLicense) and action.downgrade:
            assert action.reason == "licence rule" or action.scim_id not in leavers


@MODERATE
@given(worlds())
def test_a_plan_is_never_stale_against_its_own_tenant(world: PlanInput) -> None:
    assert stale_differences(world.plan(), world.current) == ()
