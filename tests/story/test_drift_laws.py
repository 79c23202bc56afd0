"""The laws of drift: what nobody changed is never told, and of what somebody did change exactly
what was ours; and what is said to come of it comes of it."""

import copy
import json
import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from hypothesis import Phase, given, note, settings
from hypothesis import strategies as st

from syncer.core.names import license_key, plain
from tests.story.harness import House
from tests.story.test_hostile_worlds import stirred, troubles, world
from tests.story.test_kill_every_kind import (
    Strike,
    a_house,
    after_a_write,
    before_a_write,
    forked,
    within_a_line,
)
from tests.story.test_laws import (
    COLUMNS,
    LAW,
    STAFF,
    Case,
    Record,
    carried_out,
    cases,
    furnished,
    key_of,
    rows,
    text_of,
)

UNDOING = {"puts_back", "changes"}
FIELDS = ("title", "department", "name.formatted", "employeeNumber", "manager", "userType")


class Thing(NamedTuple):
    """One thing that can differ: `what` of a person or team, of a member whose."""

    id: str
    what: str
    member: str = ""


def things(tenant: Record) -> dict[Thing, str]:
    """Everything a tenant has, without spelling that nobody compares."""
    found: dict[Thing, str] = {}
    for user in tenant["users"]:
        active = user.get("status") != "deactivated"
        found[Thing(user["id"], "active")] = "yes" if active else "no"
        found[Thing(user["id"], "userName")] = key_of(user)
        for field in FIELDS:
            text = plain(str(user.get(field, "")))
            if field == "userType":
                found[Thing(user["id"], "license")] = license_key(text) or ""
            else:
                found[Thing(user["id"], field)] = text
    for team in tenant["groups"]:
        found[Thing(team["id"], "name")] = team["displayName"].casefold()
        for member in team["members"]:
            found[Thing(team["id"], "member", member)] = "yes"
    return found


def differing(before: Mapping[Thing, str], after: Mapping[Thing, str]) -> set[Thing]:
    return {
        thing
        for thing in before.keys() | after.keys()
        if before.get(thing, "") != after.get(thing, "")
    }


def inactive(tenant: Record) -> set[str]:
    return {user["id"] for user in tenant["users"] if user.get("status") == "deactivated"}


def meddle_with(user: dict[str, Any], what: str, number: int, ids: list[str]) -> None:
    """Change one thing of a user by hand."""
    if what == "userName":
        user["userName"] = f"by-hand-{number}@example.com"
    elif what == "active":
        if user.pop("status", "") != "deactivated":
            user["status"] = "deactivated"
    elif what == "manager":
        user["manager"] = ids[number // 2]
    elif what == "userType":
        other = user.get("userType") != "enterprise"
        user["userType"] = "enterprise" if other else "view only"
    elif what:
        user[what] = f"By hand {number}"


@st.composite
def meddling(draw: st.DrawFn, tenant: Record) -> dict[str, Any]:
    """The tenant after somebody was at work in it by hand."""
    state: dict[str, Any] = copy.deepcopy(dict(tenant))
    ids = [user["id"] for user in state["users"]]
    choices = ("", *FIELDS, "title", "title", "department", "userName", "active")
    for number, user in enumerate(state["users"]):
        for what in draw(st.lists(st.sampled_from(choices), min_size=1, max_size=3)):
            meddle_with(user, what, number, ids)
    standing = [one for one in ids if one not in inactive(state)]
    for number, team in enumerate(state["groups"]):
        if draw(st.sampled_from(("", "", "", "", "", "", "renamed"))):
            team["displayName"] = f"By hand {number}"
        flipped = draw(st.lists(st.sampled_from(standing or [""]), unique=True, max_size=2))
        members = set(team["members"]) - inactive(state)
        team["members"] = sorted((members ^ set(flipped)) - {""})
    return state


def drift_of(house: House) -> list[dict[str, Any]]:
    planned = house.plan("--format", "json")
    assert planned.code in {0, 3}, planned
    plan = planned.json["plan"]
    assert [one for one in plan["notices"] if "journal" in one["subject"]] == []
    return list(plan["drift"])


def thing_of(one: Mapping[str, Any]) -> Thing:
    return Thing(one["id"], one["what"], one["member_id"])


def ours(before: Record, after: Record, now: Record) -> Iterator[Thing]:
    """What our run wrote and what is not so any more, but for what Asana does by itself."""
    was, left, found = things(before), things(after), things(now)
    gone = inactive(now)
    for thing in differing(was, left) & differing(left, found):
        # Whom Asana deactivates it takes out of his teams.
        dropped = thing.member in gone and thing not in found
        if not dropped and (thing.what == "active" or thing.id not in gone):
            yield thing


def unread(now: Record) -> set[str]:
    """The teams that the config does not name by now; the members of those may not be shown."""
    return {team["id"] for team in now["groups"] if team["displayName"].startswith("By hand")}


def check_verdicts(drift: list[dict[str, Any]], left: Record, now: Record, end: Record) -> None:
    """What is put back is back, and what is left is as it was found."""
    was, found, after = things(left), things(now), things(end)
    for one in drift:
        thing = thing_of(one)
        if one["verdict"] == "puts_back":
            assert after.get(thing, "") == was.get(thing, ""), one
        elif one["verdict"] == "changes":
            assert after.get(thing, "") != found.get(thing, ""), one
        else:
            assert after.get(thing, "") == found.get(thing, ""), one


def another_directory(draw: st.DrawFn, case: Case) -> str:
    """The same people with other rows; whoever stands in it is in no doubt."""
    names = dict.fromkeys(row[3].casefold() for row in case.people)
    names = dict.fromkeys(name for name in STAFF if name.casefold() in names)
    return text_of([list(COLUMNS), *(draw(rows(name, whole=True))[0] for name in names)])


def lawful(profile: str, case: Case, data: st.DataObject, verdicts: Counter[str]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        house = furnished(Path(folder), case, profile)
        before = house.tenant()
        assert carried_out(house).code in {0, 6}
        after = house.tenant()
        assert drift_of(house) == []
        now = data.draw(meddling(after))
        house.write("tenant.json", json.dumps(now))
        note("\n  ".join(["--- by hand", *map(json.dumps, (*now["users"], *now["groups"]))]))
        if data.draw(st.booleans()):
            house.write("people.csv", data.draw(st.composite(another_directory)(case)))
        drift = drift_of(house)
        verdicts.update(one["verdict"] for one in drift)
        note(f"--- drift\n{json.dumps(drift, indent=1)}")
        differs = set(ours(before, after, now)) ^ {thing_of(one) for one in drift}
        assert not [thing for thing in differs if not (thing.member and thing.id in unread(now))]
        assert carried_out(house).code in {0, 4, 6}
        check_verdicts(drift, after, now, house.tenant())
        assert not [one for one in drift_of(house) if one["verdict"] in UNDOING]


@pytest.mark.parametrize("profile", ["strict", "lenient"])
def test_all_that_somebody_changed_of_ours_is_told_and_nothing_else(profile: str) -> None:
    verdicts: Counter[str] = Counter()

    @given(case=cases(), data=st.data())
    @settings(LAW, phases=[Phase.generate])
    def worlds(case: Case, data: st.DataObject) -> None:
        lawful(profile, case, data, verdicts)

    worlds()
    assert verdicts.keys() >= {"puts_back", "changes", "agrees", "unmanaged"}


@pytest.mark.usefixtures("no_waiting")
def test_what_nobody_changed_is_never_told_whatever_befell_the_runs() -> None:
    """Faults before and after a write was carried out, and answers of every form."""

    @settings(LAW, max_examples=40, phases=[Phase.generate])
    @given(case=cases(), seed=st.integers(0, 10**6))
    def worlds(case: Case, seed: int) -> None:
        with tempfile.TemporaryDirectory() as name:
            house = world(Path(name) / "wild", case, double=seed % 5 == 0, switches=troubles(seed))
            for number in range(1, 6):
                stirred(house, 1000 * seed + number)
                ended = house.apply("--hold", "--format", "json")
                note(f"--- run {number} ended with {ended.code}\n{ended.out}{ended.err}")
                wild = house.tenant()
                house.write("tenant.json", json.dumps({**wild, "switches": {}}))
                assert drift_of(house) == []
                house.write("tenant.json", json.dumps(wild))

    worlds()


@pytest.mark.parametrize("strike", [before_a_write, after_a_write, within_a_line])
def test_what_nobody_changed_is_never_told_after_a_kill(tmp_path: Path, strike: Strike) -> None:
    told = 0
    for place in range(1, 30, 3):
        house = a_house(tmp_path / str(place))
        before = house.tenant()
        killed = forked(house, strike, place) < 0
        assert drift_of(house) == []
        left = house.tenant()
        users = [{**user, "title": "By hand"} for user in left["users"]]
        house.write("tenant.json", json.dumps({**left, "users": users}))
        drift = drift_of(house)
        now = house.tenant()
        assert {thing_of(one) for one in drift} <= set(ours(before, left, now))
        told += bool(drift) and killed
        house.write("tenant.json", json.dumps(left))
        assert house.apply().code == 0
        assert drift_of(house) == []
    assert told
