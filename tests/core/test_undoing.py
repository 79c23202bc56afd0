"""What is put back, in which order, and what is left to a person: one case after the other."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from syncer.core.names import team_key, user_key
from syncer.core.planner import work_out
from syncer.core.planning.ordering import in_order
from syncer.core.planning.parking import make_parking
from syncer.core.undoing.net import net_of
from syncer.core.undoing.teams import TeamsUndone, Untouched, undo_teams
from syncer.core.undoing.users import UsersUndone, undo_users
from syncer.core.verification import Lookup
from syncer.model.actions import ChangeMembers, Member, RenameTeam
from syncer.model.origin import Origin
from syncer.model.past import PastChange, PastRun
from syncer.model.state import CurrentState, CurrentTeam, CurrentUser
from tests.core.plan_input import NOW, plan_input

HERE = Origin("journal/run.jsonl", 1)


def user(scim_id: str, name: str, *, active: bool = True, **attributes: str) -> CurrentUser:
    license_name = attributes.pop("license", None)
    return CurrentUser(
        scim_id, name, user_key(name), active, attributes=attributes, license=license_name
    )


def team(scim_id: str, name: str, *members: str) -> CurrentTeam:
    return CurrentTeam(scim_id, name, team_key(name), frozenset(members))


def updated(scim_id: str, **fields: tuple[str | None, str | None]) -> PastChange:
    return PastChange(
        kind="update_user",
        subject=f"user {scim_id}",
        scim_id=scim_id,
        origin=HERE,
        before={name: values[0] for name, values in fields.items()},
        after={name: values[1] for name, values in fields.items()},
    )


def moved(scim_id: str, before: str, after: str) -> PastChange:
    return updated(scim_id, userName=(f"{before}@x.example", f"{after}@x.example"))


def members(name: str, *, add: str = "", remove: str = "", scim_id: str = "9") -> PastChange:
    def people(ids: str) -> tuple[Member, ...]:
        return tuple(Member(f"u{one}@x.example", one) for one in ids)

    return PastChange(
        kind="change_members",
        subject=name,
        scim_id=scim_id,
        origin=HERE,
        add=people(add),
        remove=people(remove),
    )


def renamed(before: str, after: str) -> PastChange:
    names = {"displayName": before}, {"displayName": after}
    return PastChange(
        kind="rename_team", subject=after, scim_id="9", origin=HERE, before=names[0],
        after=names[1],
    )  # fmt: skip


def people(
    *users: CurrentUser,
    changes: tuple[PastChange, ...],
    keyed: str = "",
    temporary: bool = False,
    protected: tuple[str, ...] = (),
    guests: tuple[str, ...] = (),
) -> UsersUndone:
    """`keyed` are the ids of those whom the directory key finds again."""
    case: dict[str, Any] = {
        "config": {
            "asana": {"domains": ["x.example"]},
            "directory": {"key": "employeeNumber"},
            "lifecycle": {"address_cycles": "temporary" if temporary else "manual"},
            "protected": {"users": list(protected)},
        },
        "people": [{"is": one.user_name, "number": one.id} for one in users if one.id in keyed],
        "ledger": {"ids": {one: one for one in keyed}},
    }
    if guests:
        members = [{"gid": f"g{one}", "is": one, "guest": True} for one in guests]
        case["organization"] = {"members": members}
    world = plan_input(case)
    current, desired, config = replace(world.current, users=users), world.desired, world.config
    ordinary, workings = work_out(desired, current, config, world.memory, NOW)
    run = PastRun(run_id="r1", tenant="t", changes=changes)
    lookup = Lookup.of(current, ordinary.any_case)
    parking = make_parking(desired, current, workings.roster, config)
    return undo_users("r1", net_of(run).users, lookup, workings, config, parking)


def teams(
    *found: CurrentTeam,
    changes: tuple[PastChange, ...],
    users: tuple[CurrentUser, ...] = (),
    protected: tuple[str, ...] = (),
) -> TeamsUndone:
    run = PastRun(run_id="r1", tenant="t", changes=changes)
    lookup = Lookup.of(CurrentState(users=users, teams=found))
    return undo_teams("r1", net_of(run).teams, lookup, Untouched(protected, frozenset({"7"}), {}))


def told(undone: UsersUndone | TeamsUndone) -> list[str]:
    return [notice.text for notice in undone.notices]


def addresses(undone: UsersUndone) -> list[tuple[str, str | None]]:
    return [
        (one.user_name, one.changes[0].after)
        for one in in_order(undone.updates)
        if hasattr(one, "changes") and hasattr(one, "user_name")
    ]


def test_a_chain_of_addresses_goes_back_from_its_end() -> None:
    # The run moved a to b, b to c, c to d: d leaves first.
    users = (user("1", "b@x.example"), user("2", "c@x.example"), user("3", "d@x.example"))
    chain = (moved("3", "c", "d"), moved("2", "b", "c"), moved("1", "a", "b"))
    undone = people(*users, changes=chain)
    assert addresses(undone) == [
        ("b@x.example", "a@x.example"),
        ("c@x.example", "b@x.example"),
        ("d@x.example", "c@x.example"),
    ]
    assert [one.depends_on for one in undone.updates] == [
        (), ("update_user:a@x.example",), ("update_user:b@x.example",),
    ]  # fmt: skip


SWAPPED = (user("1", "b@x.example", title="B"), user("2", "a@x.example"))
SWAP = (moved("1", "a", "b"), moved("2", "b", "a"), updated("1", title=("A", "B")))


def test_a_circle_is_a_person_s_work_and_the_rest_goes() -> None:
    undone = people(*SWAPPED, changes=SWAP)
    assert {work.subject for work in undone.manual} == {"a@x.example", "b@x.example"}
    (update,) = undone.updates
    assert [(one.field, one.after) for one in update.changes] == [("title", "A")]


def test_a_circle_goes_by_way_of_a_temporary_address_where_the_key_finds_somebody() -> None:
    undone = people(*SWAPPED, changes=SWAP, temporary=True, keyed="2")
    assert undone.manual == ()
    refs = [one.ref for one in in_order(undone.updates)]
    # A ref names the address that somebody goes back to.
    assert refs == [
        "temporary_address:b@x.example",
        "update_user:a@x.example",
        "update_user:b@x.example",
    ]
    assert people(*SWAPPED, changes=SWAP, temporary=True).updates[0].changes[0].field == "title"


def test_who_waits_for_a_circle_waits_with_it() -> None:
    users = (*SWAPPED, user("3", "c@x.example"))
    undone = people(*users, changes=(*SWAP, moved("3", "b", "c")))
    assert len(undone.manual) == 3


def test_an_address_that_is_protected_or_hidden_or_kept_is_not_claimed() -> None:
    users = (user("1", "b@x.example"), user("2", "kept@x.example"))
    chain = (moved("1", "kept", "b"), moved("2", "other", "gone"))
    kept = people(*users, changes=chain)
    # Whoever keeps it is protected too where the pattern is one of that address.
    protected = people(*users[:1], changes=chain[:1], protected=("kept@*",))
    hidden = people(*users[:1], changes=chain[:1], guests=("kept@x.example",))
    for undone, said in (
        (kept, "belongs to the Asana user with id 2"),
        (protected, "is protected"),
        (hidden, "a guest"),
    ):
        assert undone.updates == []
        assert said in undone.manual[0].reason


def test_who_waits_for_an_address_that_is_not_released_waits_for_ever() -> None:
    users = (user("2", "b@x.example"), user("1", "c@x.example"), user("3", "a@x.example"))
    undone = people(*users, changes=(moved("2", "a", "b"), moved("1", "b", "c")))
    reasons = [work.reason for work in undone.manual]
    assert "belongs to the Asana user with id 3" in reasons[0]
    assert "b@x.example is not free" in reasons[1]


def test_a_manager_comes_back_by_id_and_only_while_there_is_one() -> None:
    change = updated("1", manager=("boss@x.example", "new@x.example"))
    users = (user("1", "a@x.example", manager="5"), user("5", "new@x.example"))
    undone = people(*users, user("4", "boss@x.example"), changes=(change,))
    (back,) = undone.updates[0].changes
    assert (back.before, back.after, back.reference) == ("new@x.example", "boss@x.example", "4")
    gone = people(*users, user("4", "boss@x.example", active=False), changes=(change,))
    assert gone.updates == []
    assert told(gone) == [
        "manager boss@x.example cannot be found in Asana for certain: left as it is"
    ]
    none = people(*users, changes=(updated("1", manager=(None, "new@x.example")),))
    assert none.updates[0].clears == ("manager",)


def test_who_is_gone_inactive_or_protected_is_told_and_left() -> None:
    changes = tuple(updated(one, title=("A", "B")) for one in ("1", "2", "3"))
    users = (
        user("2", "b@x.example", active=False, title="B"),
        user("3", "c@x.example", title="B"),
    )
    undone = people(*users, changes=changes, protected=("c@*",))
    assert (undone.updates, undone.licenses) == ([], [])
    assert told(undone) == [
        "is no longer in Asana's listing: nothing of it is put back",
        "is deactivated: nothing of it is put back",
        "is protected: left as it is",
    ]


def test_several_steps_are_one_and_what_went_back_and_forth_is_none() -> None:
    steps = (updated("1", title=("A", "B")), updated("1", title=("B", "C")))
    undone = people(user("1", "a@x.example", title="C"), changes=steps)
    assert [one.after for one in undone.updates[0].changes] == ["A"]
    circle = (updated("1", title=("A", "B")), updated("1", title=("B", "A")))
    assert people(user("1", "a@x.example", title="A"), changes=circle).updates == []


def test_a_licence_comes_back_where_it_is_known() -> None:
    def change(before: str | None) -> PastChange:
        return PastChange(
            kind="set_license", subject="a", scim_id="1", origin=HERE,
            before={"userType": before}, after={"userType": "view only"},
        )  # fmt: skip

    now = user("1", "a@x.example", license="view only")
    (back,) = people(now, changes=(change("enterprise"),)).licenses
    assert (back.before, back.after) == ("view only", "enterprise")
    assert people(now, changes=(change(None),)).licenses == []
    other = user("1", "a@x.example", license="business")
    assert "left as it is" in told(people(other, changes=(change("enterprise"),)))[0]
    done = user("1", "a@x.example", license="enterprise")
    assert people(done, changes=(change("enterprise"),)) == UsersUndone()


def test_members_of_a_run_go_out_and_those_it_removed_come_in() -> None:
    users = tuple(user(one, f"u{one}@x.example") for one in "1234")
    steps = (members("Eng", add="12", remove="3"), members("Eng", add="3", remove="2"))
    undone = teams(team("9", "Eng", "1", "3", "4"), changes=steps, users=users)
    (change,) = undone.actions
    assert isinstance(change, ChangeMembers)
    assert ([one.scim_id for one in change.add], [one.scim_id for one in change.remove]) == (
        [], ["1"],
    )  # fmt: skip


def test_members_who_are_gone_or_protected_are_left() -> None:
    users = (user("1", "u1@x.example", active=False), user("7", "u7@x.example"))
    undone = teams(
        team("9", "Eng", "7"), changes=(members("Eng", add="7", remove="12"),), users=users
    )
    assert undone.actions == []
    assert [text.split(":")[0] for text in told(undone)] == [
        "u1@x.example is not active in Asana",
        "u2@x.example is not active in Asana",
        "u7@x.example is protected",
    ]


def test_a_name_comes_back_where_it_is_free_and_still_as_the_run_left_it() -> None:
    change = (renamed("Lab", "Research"),)
    (back,) = teams(team("9", "Research"), changes=change).actions
    assert isinstance(back, RenameTeam)
    assert (back.before, back.team) == ("Research", "Lab")
    cases: Mapping[str, tuple[CurrentTeam, ...]] = {
        "is no longer called": (team("9", "Else"),),
        "another team is called 'Lab' now": (team("9", "Research"), team("8", "lab")),
        "is no longer in Asana's listing": (team("8", "Other"),),
    }
    for said, found in cases.items():
        undone = teams(*found, changes=change)
        assert undone.actions == []
        assert said in told(undone)[0]
    assert teams(team("9", "Lab"), changes=change) == TeamsUndone()


def test_a_protected_team_is_left_by_either_name() -> None:
    change = (renamed("Lab", "Research"), members("Research", add="1"))
    for pattern in ("Lab", "Research"):
        undone = teams(team("9", "Research", "1"), changes=change, protected=(pattern,))
        assert undone.actions == []
        assert told(undone) == ["is protected: left as it is"]


def test_members_that_cannot_be_read_are_left() -> None:
    unread = CurrentTeam("9", "Eng", team_key("Eng"), None)
    undone = teams(unread, changes=(members("Eng", add="1"),))
    assert undone.actions == []
    assert "could not be read" in told(undone)[0]
