"""Whatever a tenant holds: a plan on its export is empty, and equal tenants give equal bytes."""

import random
import tempfile
from dataclasses import dataclass, replace
from pathlib import Path

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from syncer.cli.export_folder import Folder
from syncer.config.loader import load_config
from syncer.core.desired import Desired, desire
from syncer.core.exporting.export import make_export
from syncer.core.names import covering, team_key, user_key
from syncer.core.planner import build_plan
from syncer.core.rules_check import check_rules
from syncer.core.wanted import wanted_attributes
from syncer.model.memory import Memory
from syncer.model.origin import Problem, Size
from syncer.model.plan import Plan
from syncer.model.policy.config import Config
from syncer.model.state import (
    ATTRIBUTES,
    CurrentState,
    CurrentTeam,
    CurrentUser,
    Organization,
    OrganizationMember,
    UnreadableUser,
)
from syncer.render.export_config import CONFIG, export_files
from syncer.sources.reading import read_snapshot
from tests.core.plan_input import NOW, PlanInput, config
from tests.core.test_plan_laws import worlds
from tests.story.harness import House
from tests.story.test_laws import Case, cases, furnished

LAW = settings(
    deadline=None,
    derandomize=True,
    max_examples=150,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)


@dataclass(frozen=True)
class Exported:
    """The files of one export, and what a plan makes of them."""

    files: dict[str, str]
    people: int
    desired: Desired
    faults: tuple[Problem, ...]
    plan: Plan


def exported(current: CurrentState, using: Config, *, authority: str = "known") -> Exported:
    """Export this tenant, write and read the files, and plan on them."""
    export = make_export(current, using)
    files = export_files(export, using, using.asana)
    with tempfile.TemporaryDirectory() as folder:
        Folder(Path(folder)).write(files)
        written = Path(folder) / CONFIG
        text = written.read_text(encoding="utf-8")
        written.write_text(text.replace("authority: known", f"authority: {authority}"))
        loaded = load_config(written)
        wanted = wanted_attributes(loaded.config)
        snapshot = read_snapshot(loaded.config.directory, Path(folder), loaded.where, wanted)
        desired = desire(snapshot, loaded.config, loaded.where)
        faults = check_rules(loaded.config, loaded.where)
        plan = build_plan(desired.state, current, loaded.config, Memory(), NOW)
    return Exported(files, len(export.people), desired, faults, plan)


def check(current: CurrentState, using: Config) -> None:
    """The plan on the export is empty, whoever counts as a leaver; nothing is in doubt."""
    for authority in ("known", "domains"):
        found = exported(current, using, authority=authority)
        if not found.people:
            return  # an empty directory stops any run, so that nothing is written
        assert found.faults == ()
        assert [p for p in found.desired.problems if p.size is not Size.NOTICE] == []
        assert found.plan.actions == ()
        assert found.plan.unknown == ()
        assert found.plan.manual == ()
        assert found.plan.in_grace == ()
        assert found.plan.problems == tuple(user.problem for user in current.unreadable)


@LAW
@given(worlds())
def test_a_plan_on_the_export_of_any_world_is_empty(world: PlanInput) -> None:
    check(world.current, world.config)


TEXTS = st.one_of(
    st.sampled_from(
        [
            "00123",
            "no",
            "~",
            "null",
            "12:30",
            "2026-03-10",
            "1e3",
            "0x1F",
            " leading",
            "trailing ",
            "a  b",
            "a\nb",
            "tab\there",
            "\x00",
            "\x85",
            "\u2028",
            "\u202eevil",
            "\ufeffmark",
            "👩\u200d💻 emoji",
            "Zoe\u0308",
            "'single' \"double\" \\back",
            "# no comment",
            "key: value",
            "- item",
            "{{ title }}",
            "{% raw %}",
            "${HOME}",
            "*anchor",
            "&anchor",
            "!tag",
            "%TAG",
            "@at",
            "x" * 1025,
            "y" * 1024,
            "\ud800",
            "cn=Ann,dc=example",
            "İstanbul ß ǆ",
        ]
    ),
    st.text(max_size=12),
)
PLAIN = [name for name in ATTRIBUTES if name not in {"userName", "manager", "employeeNumber"}]
ODD = st.builds(
    "{}{}".format,
    st.one_of(
        st.sampled_from(["ann", "uid=ann", "a=b", "*", "[x]", "?", "a b", "a,b", "a\u200bb", ""]),
        st.text(max_size=4),
    ),
    st.sampled_from(
        ["@example.com", "@EXAMPLE.com", "@münchen.example", "@xn--mnchen-3ya.example", "@x", ""]
    ),
)
NAMES = st.one_of(
    st.sampled_from(
        [
            "Core",
            "CORE",
            "core ",
            "Co\u200bre",
            "Growth & Sales",
            "growth sales",
            "..",
            "../../etc/passwd",
            "a/b",
            "a\\b",
            "CON",
            "nul.txt",
            "",
            " ",
            "\u200b",
            "NUL\x00byte",
            "bell\x07",
            "line\nbreak",
            "cn=eng,dc=example",
            "{{ name }}",
            "{%",
            "${HOME}",
            "asana-team-x",
            "n" * 300,
            "エンジニア",
            "Süd",
            "Sud",
            ".hidden",
            "-rf",
            "\ud800",
        ]
    ),
    st.text(max_size=8),
)


@st.composite
def tenants(draw: st.DrawFn) -> CurrentState:
    """Tenants in which everything is odd and much of it collides."""
    ids = [f"u{number}" for number in range(draw(st.integers(1, 7)))]
    users = tuple(draw(users_of(scim_id, ids)) for scim_id in ids)
    names = draw(st.lists(NAMES, max_size=5))
    members = st.frozensets(st.sampled_from([*ids, "stranger"]), min_size=1, max_size=5)
    teams = tuple(
        CurrentTeam(
            f"t{number}",
            name,
            team_key(name),
            draw(st.one_of(members, members, st.just(frozenset[str]()), st.none())),
        )
        for number, name in enumerate(names)
    )
    unreadable = draw(
        st.lists(
            st.sampled_from([(None, "ann@example.com"), ("u0", None), ("u9", "z@x")]), max_size=1
        )
    )
    return CurrentState(
        users=users,
        teams=teams,
        license_support=any(user.license for user in users),
        unreadable=tuple(
            UnreadableUser(
                i, user_key(key) if key else None, Problem(None, "odd", size=Size.RECORD)
            )
            for i, key in unreadable
        ),
        organization=draw(organizations(users)),
    )


@st.composite
def users_of(draw: st.DrawFn, scim_id: str, ids: list[str]) -> CurrentUser:
    address = draw(st.one_of(st.just(f"{scim_id}@example.com"), st.just("ann@example.com"), ODD))
    attributes: dict[str, str] = {}
    for name in draw(st.lists(st.sampled_from(PLAIN), unique=True, max_size=3)):
        attributes[name] = draw(TEXTS)
    for name, values in (
        ("manager", [*ids, f"{ids[-1]}@example.com", "ann@example.com", "a=b@example.com", "Ann"]),
        ("employeeNumber", ["1", "01", "2", "2 ", "٣", "a\tb", scim_id, scim_id]),
    ):
        if value := draw(st.one_of(st.none(), st.sampled_from(values))):
            attributes[name] = value
    return CurrentUser(
        id=scim_id,
        user_name=address,
        key=user_key(address),
        active=draw(st.sampled_from([True, True, True, False])),
        attributes={name: text for name, text in attributes.items() if text},
        license=draw(st.sampled_from([None, "enterprise", "View Only", "view only", "business"])),
    )


@st.composite
def organizations(draw: st.DrawFn, users: tuple[CurrentUser, ...]) -> Organization | None:
    if draw(st.booleans()):
        return None
    members = tuple(
        OrganizationMember(
            gid=user.id,
            address=user.user_name,
            key=user.key,
            active=user.active,
            admin=draw(st.booleans()),
            guest=draw(st.sampled_from([False, False, False, True])),
        )
        for user in users
        if draw(st.booleans())
    )
    return Organization(gid="1", name="Org", domains=("example.com",), members=members)


USING = st.builds(
    lambda domains, protected, leavers, mode: config(
        asana={"domains": domains},
        protected={"users": protected, "teams": ["Core*"] if protected else []},
        lifecycle={"leavers": leavers, "reactivate": "attempt"},
        teams=[{"name": "core", "members": ["x"], "mode": mode}],
    ),
    st.sampled_from([["example.com", "münchen.example"], ["example.com"], []]),
    st.sampled_from([[], ["ann@*"]]),
    st.sampled_from(["deactivate", "view only", "report"]),
    st.sampled_from(["exact", "add_only", "report"]),
)


@LAW
@given(tenants(), USING)
def test_a_plan_on_the_export_of_the_oddest_tenant_is_empty(
    current: CurrentState, using: Config
) -> None:
    check(current, using)


@LAW
@given(tenants(), USING, st.randoms(use_true_random=False))
def test_the_order_of_a_listing_changes_no_byte(
    current: CurrentState, using: Config, chance: random.Random
) -> None:
    users, teams = list(current.users), list(current.teams)
    chance.shuffle(users)
    chance.shuffle(teams)
    shuffled = replace(current, users=tuple(users), teams=tuple(teams))
    one = export_files(make_export(current, using), using, using.asana)
    other = export_files(make_export(shuffled, using), using, using.asana)
    assert one == other


@LAW
@given(tenants(), USING)
def test_whoever_is_left_out_within_our_domains_is_protected(
    current: CurrentState, using: Config
) -> None:
    export = make_export(current, using)
    for gone in export.left_people:
        if gone.pattern:
            assert covering([gone.pattern])(user_key(gone.name))


@settings(
    parent=LAW,
    max_examples=12,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)
@given(cases(), st.sampled_from(["strict", "lenient", "hostile"]))
def test_before_and_after_a_whole_run_nothing_is_planned(case: Case, profile: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        house = furnished(Path(folder), case, profile)
        for number in range(2):
            out = House(Path(folder) / f"out{number}")
            ended = house.syncer("export", "--out", str(out.folder))
            if ended.code == 1 and "has nobody whom a directory could have" in ended.err:
                continue
            assert ended.code == 0, ended
            planned = out.plan("--detailed-exitcode")
            assert planned.code == 0, planned
            assert out.syncer("validate").code == 0
            house.apply()
