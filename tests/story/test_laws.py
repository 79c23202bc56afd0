"""The law, on whole runs: apply, and nothing is left to do; what is not ours is not touched."""

import csv
import io
import json
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest import mock

import pytest
from hypothesis import HealthCheck, Phase, given, note, settings
from hypothesis import strategies as st

from syncer.sandbox import Sandbox
from tests.story.harness import Ended, House

CONFIG = """\
version: 1
asana: {sandbox: tenant.json, domains: [example.com], requests_per_minute: 100000}
directory:
  people: [{format: csv, path: people.csv}]
  groups: [{format: csv, path: groups.csv}]
  expect: {max_shrink_percent: null}
  # key
scope:
  - {exclude: "kind == 'contractor'", because: contractors use guest access}
mapping:
  userName: mail
  name.formatted: name
  title: {from: title, clear: true}
  department: {from: department, default: Unassigned}
  employeeNumber: number
  manager: manager
licenses:
  rules: [{license: enterprise, when: "department == 'R&D'"}]
teams:
  - {name: Research, when: "department == 'R&D'", previously: [Lab]}
  - {name: Lunch, when: "title", mode: add_only}
  - {name: Board, when: "title"}
  - {for_each_group: "team-(?P<name>.+)", name: "{{ name | title }}"}
protected: {users: ["boss@example.com"], teams: ["Board*"]}
guards: {deactivate: null, downgrade: null, update: null, rename: null, create: null,
         remove_members: null}
"""

STAFF = ("ada", "bob", "cem", "dee", "eve", "boss", "Zoë", "o'neil")
STRANGERS = ("xan", "yve")
DOMAIN = "example.com"
TEXTS = ("", "Engineer", "Lead, Platform", "R&D", "Sales", "東京", " padded ", "=1+1")
TEAMS = ("Research", "Lab", "Lunch", "Board", "Alpha", "Private")
GROUPS = ("team-alpha", "team-beta", "others")
COLUMNS = (
    "number",
    "mail",
    "previous_emails",
    "name",
    "title",
    "department",
    "manager",
    "kind",
    "status",
)

Record = dict[str, Any]


@dataclass(frozen=True, repr=False)
class Case:
    """One directory, as rows of cells, and one tenant; `doubtful` are names of people."""

    keyed: bool
    people: list[list[str]]
    groups: list[tuple[str, str]]
    users: list[Record]
    teams: list[Record]
    doubtful: frozenset[str]

    @property
    def moved(self) -> list[str]:
        """Somebody who gets a new address afterwards; the key tells who it is."""
        sure = [row for row in self.people if row[3].casefold() not in self.doubtful]
        staff = [row[3].casefold() for row in sure if row[-2:] == ["staff", "active"]]
        return [name for name in staff if name != "boss"][:1] if self.keyed else []

    def __repr__(self) -> str:
        return "<the files noted below>"

    def files(self) -> Iterator[tuple[str, str]]:
        key = "key: number" if self.keyed else "# no key"
        yield "syncer.yaml", CONFIG.replace("# key", key)
        yield "people.csv", text_of([list(COLUMNS), *self.people])
        yield "groups.csv", text_of([["group", "member"], *map(list, self.groups)])


def text_of(rows: list[list[str]]) -> str:
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows(rows)
    return out.getvalue()


def spelled(draw: st.DrawFn, name: str, domain: str = DOMAIN) -> str:
    address = f"{name}@{domain}"
    return draw(st.sampled_from((address, address, address.upper(), address.title())))


@st.composite
def rows(draw: st.DrawFn, name: str, *, whole: bool) -> tuple[list[str], bool]:
    """The row of one person, and whether it is doubtful; `whole` has nothing wrong with it."""
    row = {
        "number": f"00{STAFF.index(name)}",
        "mail": spelled(draw, name),
        "previous_emails": draw(st.sampled_from(("", "", f"{name}.old@{DOMAIN}"))),
        "name": name.title(),
        "title": draw(st.sampled_from(TEXTS)),
        "department": draw(st.sampled_from(("R&D", "R&D", *TEXTS))),
        "manager": f"{draw(st.sampled_from(STAFF))}@{DOMAIN}",
        "kind": draw(st.sampled_from(("staff", "staff", "staff", "contractor"))),
        "status": draw(st.sampled_from(("active", "active", "active", "left"))),
    }
    fault = "" if whole else draw(st.sampled_from((*[""] * 9, "status", "address", "cells")))
    if fault:
        row["kind"] = "staff"
    if fault == "status":
        row["status"] = "on the moon"
    if fault == "address":
        row |= {"mail": f"{name} at {DOMAIN}", "status": "active"}
    cells = list(row.values())
    return cells[:4] if fault == "cells" else cells, bool(fault)


@st.composite
def tenant_users(draw: st.DrawFn, listed: list[str]) -> list[Record]:
    """Accounts of those who are listed, by their new or their old address, and of others."""
    some = st.lists(st.sampled_from(listed), unique=True)
    olds = [f"{name}.old" for name in draw(some)]
    others = draw(st.lists(st.sampled_from((*STRANGERS, *STAFF)), max_size=3))
    names = dict.fromkeys([*draw(some), *olds, *others])
    users: list[Record] = []
    for number, name in enumerate(names):
        foreign = draw(st.sampled_from((False, False, False, False, True)))
        person = name.removesuffix(".old")
        known = person in STAFF and draw(st.booleans())
        user = {
            "id": str(100 + number),
            "userName": spelled(draw, name, "partner.example.net" if foreign else DOMAIN),
            "status": draw(st.sampled_from((*["active"] * 4, "invited", "deactivated"))),
            "userType": draw(st.sampled_from(("enterprise", "view only"))),
            **draw(st.sampled_from(({}, {"name.formatted": name}))),
            **draw(st.sampled_from(({}, {"title": "Lead, Platform"}, {"title": "Old"}))),
            **({"employeeNumber": f"00{STAFF.index(person)}"} if known else {}),
        }
        users.append({key: value for key, value in user.items() if value != "active"})
    guests = draw(st.lists(st.sampled_from(("gil@partner.example.net", f"gus@{DOMAIN}"))))
    for number, guest in enumerate(dict.fromkeys(guests)):
        users.append(
            {
                "id": str(200 + number),
                "userName": guest,
                "userType": "enterprise",
                "title": "Guest",
                "guest": True,
            }
        )
    return users


@st.composite
def cases(draw: st.DrawFn) -> Case:
    chosen = draw(st.lists(st.sampled_from(STAFF), min_size=2, max_size=6, unique=True))
    people: list[list[str]] = []
    doubtful: set[str] = set()
    for name in chosen:
        # A directory without anybody to be read is no directory, and stops the run.
        row, in_doubt = draw(rows(name, whole=not people))
        people.append(row)
        if in_doubt:
            doubtful.add(name)
    if draw(st.sampled_from((False, False, False, True))):
        row, _ = draw(rows(chosen[-1], whole=True))
        people.append(row)
        for double in people[-2:]:
            double[-2:] = double[-2:] if len(double) < len(COLUMNS) else ["staff", double[-1]]
        doubtful.add(chosen[-1])
    addresses = [f"{name}@{DOMAIN}" for name in STAFF]
    pairs = st.tuples(st.sampled_from(GROUPS), st.sampled_from([*addresses, *GROUPS, ""]))
    users = draw(tenant_users(chosen))
    ids = [user["id"] for user in users]
    members = st.lists(st.sampled_from(ids), unique=True) if ids else st.just([])
    names = draw(st.lists(st.sampled_from(TEAMS), unique=True))
    return Case(
        keyed=draw(st.sampled_from((True, True, False))),
        people=people,
        groups=[(GROUPS[0], ""), *draw(st.lists(pairs, max_size=5, unique=True))],
        users=users,
        teams=[
            {"id": str(900 + at), "displayName": name, "members": draw(members)}
            for at, name in enumerate(names)
        ],
        doubtful=frozenset(name.casefold() for name in doubtful),
    )


def furnished(folder: Path, case: Case, profile: str) -> House:
    house = House(folder)
    for name, text in case.files():
        note(f"--- {name}\n{text}")
        house.write(name, text)
    assert house.syncer("sandbox", "reset", "--yes", "--profile", profile).code == 0
    state = house.tenant()
    state.update(users=case.users, groups=case.teams, nextId=1000)
    house.write("tenant.json", json.dumps(state))
    lines = [json.dumps(row, ensure_ascii=False) for row in (*case.users, *case.teams)]
    note("\n  ".join(["--- tenant.json", *lines]))
    return house


@contextmanager
def writes() -> Iterator[list[str]]:
    """What is asked of the sandbox in the meantime, but for reads."""
    seen: list[str] = []
    answer = Sandbox.respond

    def respond(self: Sandbox, method: str, target: str, headers: Any, body: bytes) -> Any:
        if method != "GET":
            seen.append(f"{method} {target} {body.decode()}")
        return answer(self, method, target, headers, body)

    with mock.patch.object(Sandbox, "respond", respond):
        yield seen


def key_of(user: Record) -> str:
    return str(user["userName"]).casefold()


def is_ours(user: Record) -> bool:
    """Whether a run may change this user at all."""
    foreign = not key_of(user).endswith(f"@{DOMAIN}")
    return not (foreign or user.get("guest") or key_of(user) == f"boss@{DOMAIN}")


def gone(before: Record, after: Record) -> set[str]:
    """The ids of the people whom a run deactivated."""
    left = {user["id"] for user in after["users"] if user.get("status") == "deactivated"}
    return left - {u["id"] for u in before["users"] if u.get("status") == "deactivated"}


def addresses_in_doubt(case: Case) -> set[str]:
    """The addresses of doubtful rows, and those that rows with a bad address stand for, whatever
    account the key or the former address of such a row leads to besides."""
    return {f"{name}@{DOMAIN}" for name in case.doubtful}


def check_untouched(case: Case, before: Record, after: Record) -> None:
    """Whoever is protected, foreign, a guest or in doubt is as before, record by record, and so
    are the teams that nobody named, or that are protected; whom Asana deactivates leaves teams
    by itself."""
    doubtful = addresses_in_doubt(case)
    now = {user["id"]: user for user in after["users"]}
    for user in before["users"]:
        if not is_ours(user) or key_of(user) in doubtful:
            assert now[user["id"]] == user
    fixed = {user["id"] for user in before["users"] if not is_ours(user)}
    left = gone(before, after)
    teams = {team["id"]: team for team in after["groups"]}
    for team in before["groups"]:
        later = teams[team["id"]]
        if team["displayName"] in {"Private", "Board"}:
            stayed = [member for member in team["members"] if member not in left]
            assert later == {**team, "members": stayed}
        assert fixed & set(team["members"]) <= set(later["members"])


def check_people(case: Case, before: Record, after: Record) -> None:
    """Nobody is there twice, and nobody whom the directory wants was deactivated."""
    keys = [key_of(user) for user in after["users"]]
    assert len(keys) == len(set(keys))
    names = [team["displayName"].casefold() for team in after["groups"]]
    assert len(names) == len(set(names))
    wanted = {
        row[1].casefold() for row in case.people if row[-1] == "active" and row[-2] == "staff"
    }
    now = {user["id"]: user for user in after["users"]}
    assert not {key_of(now[scim_id]) for scim_id in gone(before, after)} & wanted


def carried_out(house: House) -> Ended:
    """Apply whatever the plan is, but for what it holds."""
    planned = house.plan("--format", "json")
    assert planned.code in {0, 3}, planned.err  # 3: everybody would go, which takes the digest
    applied = house.apply("--approve", planned.json["digest"])
    note(f"--- apply ended with {applied.code}\n{applied.out}{applied.err}")
    return applied


def check_settled(house: House) -> None:
    """Only what is held is left to do, and doing it again asks nothing of Asana."""
    after = house.tenant()
    second = house.plan("--format", "json")
    left = [action for action in second.json["plan"]["actions"] if not action["held"]]
    note(f"--- left to do: {json.dumps(left, indent=1)}")
    assert not left
    with writes() as asked:
        assert house.apply().code in {0, 6}
    assert asked == []
    assert house.tenant() == after


def check_move(house: House, case: Case, name: str) -> None:
    """A new address of somebody with a key is one update: the account stays the same one."""
    before = {key_of(user): user for user in house.tenant()["users"]}
    accounts = [user for key, user in before.items() if key.startswith((f"{name}@", f"{name}."))]
    # Of two accounts either could be meant. Of an account without a name Asana shows the
    # address as one, so that both would change.
    account = accounts[0] if len(accounts) == 1 else {}
    if "name.formatted" not in account or not is_ours(account) or "status" in account:
        return
    (row,) = (row for row in case.people if row[3].casefold() == name.casefold())
    house.edit("people.csv", row[1], f"{name}.moved@{DOMAIN}")
    assert carried_out(house).code in {0, 6}
    now = {user["id"]: user for user in house.tenant()["users"]}
    moved = {**account, "userName": now[account["id"]]["userName"]}
    assert now[account["id"]] == moved
    assert key_of(moved) == f"{name}.moved@{DOMAIN}".casefold()
    assert len(now) == len(before)
    check_settled(house)


def lawful(profile: str, case: Case) -> None:
    with tempfile.TemporaryDirectory() as folder:
        house = furnished(Path(folder), case, profile)
        before = house.tenant()
        first = carried_out(house)
        assert first.code in {0, 6}, first
        check_untouched(case, before, house.tenant())
        check_people(case, before, house.tenant())
        check_settled(house)
        for name in case.moved:
            check_move(house, case, name)


LAW = settings(
    max_examples=60,
    deadline=None,
    derandomize=True,
    phases=[Phase.explicit, Phase.generate, Phase.shrink],
    suppress_health_check=[HealthCheck.too_slow],
)


@given(case=cases())
@LAW
@pytest.mark.parametrize("profile", ["strict", "lenient"])
def test_apply_then_plan_is_empty(profile: str, case: Case) -> None:
    lawful(profile, case)
