"""Worlds with rules: a directory, a config made up of every kind of rule, and a tenant."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from hypothesis import strategies as st

from tests.core.rule_meaning import DOMAIN, Condition, Crowd, Mapped, Row, World, address

NAMES: Final = ("ann", "bob", "cid", "dan", "eva", "fay", "svc-bot")
GROUPS: Final = ("g1", "g2", "team-red", "team-blue")
COLUMNS: Final[Mapping[str, tuple[str, ...]]] = {
    "title": ("Lead", "Clerk", ""),
    "department": ("Sales", "Support", "Eng", ""),
    "employeeType": ("staff", "guest", ""),
    "displayName": ("Ann Lee", "Bob Ray", "Zoë", ""),
}
ATTRIBUTES: Final = (
    "name.formatted",
    "title",
    "department",
    "organization",
    "country",
    "locality",
    "phone",
    "roles",
    "preferredLanguage",
)
VALUES: Final = ("Lead", "Sales", "Zoë", "SALES", "Lead Sales", "fixed", "none given", "Old")
TEAMS: Final = ("Red", "Blue", "Executive", "Old", "Old", "T red", "Private")
LICENSES: Final = ("enterprise", "view only")


def _equals(column: str, value: str) -> Condition:
    return Condition(f"{column} == '{value}'", lambda row, _: row[column] == value)


def _filled(column: str) -> Condition:
    return Condition(column, lambda row, _: bool(row[column]))


def _grouped(group: str) -> Condition:
    return Condition(f"'{group}' in groups", lambda _, groups: group in groups)


def _starting(column: str, prefix: str) -> Condition:
    text = f"{column} is startingwith '{prefix}'"
    return Condition(text, lambda row, _: bool(row[column]) and row[column].startswith(prefix))


def _one_of(column: str, values: tuple[str, ...]) -> Condition:
    return Condition(f"{column} in {list(values)}", lambda row, _: row[column] in values)


def _both(one: Condition, other: Condition) -> Condition:
    return Condition(
        f"({one.text}) and ({other.text})",
        lambda row, groups: one.holds(row, groups) and other.holds(row, groups),
    )


def _either(one: Condition, other: Condition) -> Condition:
    return Condition(
        f"({one.text}) or ({other.text})",
        lambda row, groups: one.holds(row, groups) or other.holds(row, groups),
    )


def _not(one: Condition) -> Condition:
    return Condition(f"not ({one.text})", lambda row, groups: not one.holds(row, groups))


_columns = st.sampled_from(sorted(COLUMNS))
_atoms = st.one_of(
    _columns.flatmap(
        lambda column: st.sampled_from(COLUMNS[column]).map(lambda value: _equals(column, value))
    ),
    _columns.map(_filled),
    st.sampled_from(GROUPS).map(_grouped),
    st.builds(_starting, _columns, st.sampled_from(("S", "L", "Zo"))),
    _columns.map(lambda column: _one_of(column, COLUMNS[column][:2])),
    st.sampled_from((Condition("true", lambda *_: True), Condition("false", lambda *_: False))),
)
conditions = st.recursive(
    _atoms,
    lambda inner: st.one_of(
        st.builds(_both, inner, inner), st.builds(_either, inner, inner), st.builds(_not, inner)
    ),
    max_leaves=4,
)


@st.composite
def mapped(draw: st.DrawFn, attribute: str) -> Mapped:
    column, other = draw(_columns), draw(_columns)
    sources: dict[str, Callable[[Row, frozenset[str]], str]] = {
        column: lambda row, _: str(row[column]),
        f"{{{{ {column} | upper }}}}": lambda row, _: str(row[column].upper()),
        f"{{{{ {column} }}}} {{{{ {other} }}}}": lambda row, _: " ".join(
            f"{row[column]} {row[other]}".split()
        ),
        f"{{{{ {column} if {other} else '' }}}}": (
            lambda row, _: row[column] if row[other] else ""
        ),
        "{{ 'Old' if 'g1' in groups else '' }}": (
            lambda _, groups: "Old" if "g1" in groups else ""
        ),
    }
    if draw(st.sampled_from((False, False, False, False, True))):
        return Mapped({"constant": "fixed"}, lambda *_: "fixed")
    source = draw(st.sampled_from(sorted(sources)))
    options: dict[str, Any] = {
        name: value
        for name, value in (
            ("default", draw(st.sampled_from((None, None, "none given")))),
            # A PUT that keeps the name sends what Asana shows for want of one, the address, and
            # after a change of the address that is a name: emptying it takes a second run.
            ("clear", (draw(st.booleans()) and attribute != "name.formatted") or None),
            ("on", draw(st.sampled_from((None, None, None, "create")))),
        )
        if value is not None
    }
    return Mapped(
        {"from": source, **options} if options else source,
        sources[source],
        options.get("default"),
        bool(options.get("clear")),
        "on" in options,
    )


@st.composite
def rows(draw: st.DrawFn, name: str) -> Row:
    mail = draw(st.sampled_from((address(name),) * 6 + (address(name).upper(), f"{name} at", "")))
    row = {
        "employeeNumber": draw(st.sampled_from((str(NAMES.index(name)),) * 5 + ("",))),
        "mail": mail,
        **{column: draw(st.sampled_from(values)) for column, values in COLUMNS.items()},
        "manager": address(draw(st.sampled_from(NAMES))),
        "status": draw(st.sampled_from(("active",) * 5 + ("left",))),
        "groups": draw(st.lists(st.sampled_from(GROUPS), max_size=1)),
    }
    moved = draw(st.sampled_from(("",) * 7 + (f"{name}.new",) * 2 + NAMES[:3]))
    row["previous_emails"] = []
    if moved and moved != name:
        row |= {"mail": address(moved), "previous_emails": [address(name)]}
    return row


@st.composite
def tenant_users(draw: st.DrawFn) -> list[dict[str, Any]]:
    some = {name: draw(st.sampled_from((name, name, "", f"{name}.new"))) for name in NAMES}
    more = draw(st.lists(st.sampled_from(("ann", "bob.new", "stranger", "foreign"))))
    users = []
    for name in dict.fromkeys(filter(None, (*some.values(), *more))):
        person = name.removesuffix(".new")
        user: dict[str, Any] = {
            "id": name,
            "is": f"{name}@other.net" if name == "foreign" else address(name),
            "license": draw(st.sampled_from(LICENSES)),
            "active": draw(st.sampled_from((True,) * 4 + (False,))),
        }
        if person in NAMES and draw(st.booleans()):
            user["employeeNumber"] = str(NAMES.index(person))
        for attribute in draw(st.lists(st.sampled_from(ATTRIBUTES), unique=True, max_size=3)):
            user[attribute] = draw(st.sampled_from(VALUES))
        users.append(user)
    return users


@st.composite
def worlds(draw: st.DrawFn) -> World:
    """Small pools, so that everything meets; the first row is sound, so that there is somebody."""
    chosen = draw(st.lists(st.sampled_from(NAMES), unique=True, min_size=1, max_size=6))
    people = [draw(rows(name)) for name in chosen]
    people[0] |= {"status": "active", "title": "Lead", "groups": ["g1"]}
    references = [*map(address, NAMES), *GROUPS]
    groups = {
        name: draw(st.lists(st.sampled_from(references), unique=True, max_size=3))
        for name in GROUPS
    }
    groups["g1"] = [*{*groups["g1"], address(chosen[0])}]
    groups["g1"].sort()
    users = draw(tenant_users())
    scope = draw(st.lists(st.tuples(st.booleans(), conditions), max_size=3))
    attributes = draw(st.lists(st.sampled_from(ATTRIBUTES), unique=True, max_size=4))
    mapping = {attribute: draw(mapped(attribute)) for attribute in attributes}
    licensed = draw(st.sampled_from((True, True, False)))
    rules = draw(st.lists(st.tuples(st.sampled_from(LICENSES), conditions), max_size=3))
    crowds: dict[str, Crowd] = {
        name: (
            draw(st.none() | conditions),
            tuple(draw(st.lists(st.sampled_from(GROUPS), unique=True, max_size=2))),
            (address("ann"),),
        )
        for name in draw(st.lists(st.sampled_from(("Red", "Blue", "Executive")), unique=True))
    }
    config = draw(sections())
    config["mapping"] = {k: one.rule for k, one in mapping.items()}
    config["mapping"]["userName"] = draw(
        st.sampled_from(("mail", "mail", "mail", {"from": "mail", "on": "create"}))
    )
    active = draw(st.sampled_from((None, None, None, _filled("title"), _grouped("g1"))))
    if active is not None:
        config["directory"]["active"] = f"not (not {active.text})"
    if draw(st.booleans()):
        config["mapping"]["manager"] = {"from": "manager", "clear": draw(st.booleans())}
    config["scope"] = [{"include" if yes else "exclude": one.text} for yes, one in scope]
    if licensed:
        config["licenses"] = draw(license_policies()) | {
            "rules": [{"license": name, "when": one.text} for name, one in rules]
        }
    config["teams"] = draw(team_rules(crowds))
    ids = [user["id"] for user in users if user["active"]]
    members = st.lists(st.sampled_from(ids), unique=True) if ids else st.just([])
    present = draw(st.lists(st.sampled_from(TEAMS), max_size=4))
    return World(
        people=people,
        groups=groups,
        config=config,
        users=users,
        teams=[
            {"id": f"t{at}", "name": name, "members": draw(members)}
            for at, name in enumerate(dict.fromkeys(present))
        ],
        scope=scope,
        mapping=mapping,
        licenses=rules if licensed else [],
        crowds=crowds if config["teams"] is not None else {},
        active=active,
        seen=frozenset(draw(st.sampled_from(((), tuple(map(address, NAMES)))))),
    )


@st.composite
def sections(draw: st.DrawFn) -> dict[str, Any]:
    """What is not about single people: lifecycle, protection, authority, the key."""
    return {
        "asana": {"domains": [DOMAIN]},
        "directory": {
            "key": draw(st.sampled_from(("employeeNumber", "employeeNumber", None))),
            "expect": {"max_shrink_percent": None},
        },
        "lifecycle": {
            "leavers": draw(st.sampled_from(("deactivate", "deactivate", "view only", "report"))),
            "grace": {"runs": draw(st.sampled_from((1, 1, 2)))},
            "reactivate": draw(st.sampled_from(("manual", "attempt", "attempt"))),
            "authority": draw(st.sampled_from(("domains", "domains", "known"))),
        },
        "protected": {"users": ["svc-*@example.com"], "teams": ["Executive*"]},
    }


@st.composite
def license_policies(draw: st.DrawFn) -> dict[str, Any]:
    return {
        "default": draw(st.sampled_from(("view only", "enterprise", None))),
        "seats": draw(st.sampled_from(({}, {"enterprise": 2}, {"enterprise": 0}))),
        "when_full": draw(st.sampled_from(("hold", "view only"))),
        "downgrade": draw(st.booleans()),
    }


@st.composite
def team_rules(draw: st.DrawFn, crowds: Mapping[str, Any]) -> list[dict[str, Any]] | None:
    """The rules of these teams, and sometimes one for each group; None manages no team."""
    if draw(st.sampled_from((False, False, False, False, True))):
        return None
    found: list[dict[str, Any]] = []
    for name, (condition, groups, members) in crowds.items():
        rule: dict[str, Any] = {"name": name, "groups": list(groups), "members": list(members)}
        rule["mode"] = draw(st.sampled_from(("exact", "exact", "add_only", "report")))
        rule["create"] = draw(st.sampled_from((True, True, False)))
        if condition is not None:
            rule["when"] = condition.text
        if not found:
            rule["previously"] = ["Old"]
        found.append(rule)
    if draw(st.booleans()):
        found.append({"for_each_group": "team-(?P<name>.+)", "name": "T {{ name }}"})
    return found
