"""Laws of `why` in random worlds: it tells of every action, and of nothing that is not planned."""

from typing import Any

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from syncer.core import desired
from syncer.core.why import Answer, Evidence, Trace, Verdict, why
from syncer.model.actions import ChangeMembers, CreateUser, UserAction
from syncer.model.origin import Size
from syncer.render.why_text import render_why
from tests.core.directory_input import config_of, snapshot_of, where
from tests.core.test_desired_laws import ADDRESSES, KEYS, cases
from tests.core.test_why_cases import assert_well_told
from tests.core.why_input import DOMAINS, evidence_of

laws = settings(deadline=None, derandomize=True, max_examples=150)

ACTING = {Verdict.DEACTIVATE, Verdict.CREATE, Verdict.CHANGE, Verdict.HELD}
STAFF = ("ann", "bob", "cem", "dee", "eve")

odd_users = st.lists(
    st.fixed_dictionaries(
        {
            "id": st.sampled_from(["u1", "u2", "u3", "u4"]),
            "is": st.sampled_from([one for one in ADDRESSES if "@" in one]),
            "active": st.sampled_from([True, True, False]),
            "license": st.sampled_from(["enterprise", "view only"]),
        },
        optional={"employeeNumber": st.sampled_from(KEYS), "title": st.just("Lead")},
    ),
    max_size=4,
    unique_by=lambda user: str(user["id"]),
)


@st.composite
def ordinary_rows(draw: st.DrawFn) -> list[dict[str, Any]]:
    """Rows as most are: a few people move, a few leave, one in many is doubtful."""
    rows = []
    for name in draw(st.lists(st.sampled_from(STAFF), unique=True)):
        number = str(STAFF.index(name))
        address = draw(st.sampled_from((name, name, name, f"{name}.new", f"{name} at")))
        row = {
            "mail": f"{address}@example.com",
            "id": number,
            "kind": draw(st.sampled_from(("staff", "staff", "staff", "guest"))),
            "status": draw(st.sampled_from(("active", "active", "active", "inactive"))),
            "title": draw(st.sampled_from(("", "Lead", "Clerk"))),
            "manager": f"{draw(st.sampled_from(STAFF))}@example.com",
            "groups": draw(st.lists(st.sampled_from(("g1", "t-a")), unique=True)),
            "previous_emails": [f"{name}@example.com"] if draw(st.booleans()) else [],
        }
        rows.append(row)
    return rows


@st.composite
def ordinary_users(draw: st.DrawFn) -> list[dict[str, Any]]:
    """Users of Asana who are mostly somebody in the directory."""
    users = []
    for name in draw(st.lists(st.sampled_from((*STAFF, "xan", "yve")), unique=True)):
        user = {
            "id": f"u-{name}",
            "is": f"{draw(st.sampled_from((name, name, f'{name}.old')))}@example.com",
            "active": draw(st.sampled_from((True, True, True, False))),
            "license": draw(st.sampled_from(("enterprise", "view only"))),
            "title": draw(st.sampled_from(("Lead", "Clerk"))),
        }
        if name in STAFF:
            user["employeeNumber"] = str(STAFF.index(name))
        users.append(user)
    return users


sections = st.fixed_dictionaries(
    {
        "lifecycle": st.sampled_from(
            [{}, {"leavers": "view only"}, {"leavers": "report"}, {"grace": {"runs": 2}}]
        ),
        "protected": st.sampled_from([{}, {"users": ["ann@*"], "teams": ["Two"]}]),
        "approval": st.sampled_from([{}, {"deactivate": True, "remove_members": True}]),
    }
)


@st.composite
def worlds(draw: st.DrawFn) -> dict[str, Any]:
    """A directory, a config, a tenant and a ledger."""
    case: dict[str, Any] = draw(cases)
    ordinary = draw(st.sampled_from((True, True, True, False)))
    if ordinary:
        # A few people in no particular order, and one group that every rule can find.
        people = [*draw(ordinary_rows()), {"mail": "zoe@example.com", "id": "z", "kind": "staff"}]
        groups: list[Any] = [{"name": name, "members": []} for name in ("g1", "g2", "g3", "t-a")]
        case = {**case, "people": people, "more_people": [], "groups": groups}
        case["config"]["directory"] = {"key": "id"}
        case["config"]["scope"] = [{"exclude": "kind == 'guest'"}]
    config: dict[str, Any] = {**case["config"], **draw(sections)}
    config["asana"] = DOMAINS | config.get("asana", {})
    config["mapping"] = {**config["mapping"], "employeeNumber": "id"}
    tenant = draw(ordinary_users() if ordinary else odd_users)
    ids = [user["id"] for user in tenant]
    members = st.lists(st.sampled_from(ids), unique=True) if ids else st.just([])
    teams = [
        {"id": f"t-{name}", "name": name, "members": draw(members)} for name in ("One", "Two")
    ]
    ledger = {"ids": {"1": "u1"}} if draw(st.booleans()) else None
    world = {**case, "config": config, "asana": tenant, "asana_teams": teams, "ledger": ledger}
    asked = desired.desire(snapshot_of(world), config_of(config), where)
    assume(not any(problem.size is Size.STRUCTURAL for problem in asked.problems))
    return world


def of_user(evidence: Evidence, action: UserAction) -> Answer:
    scim_id = None if isinstance(action, CreateUser) else action.scim_id
    return why(evidence, scim_id or action.user_name)


@laws
@given(worlds())
def test_every_action_is_told_of(world: dict[str, Any]) -> None:
    evidence = evidence_of(world)
    for action in evidence.shown_plan.actions:
        if isinstance(action, UserAction):
            told = [one for one in of_user(evidence, action).people if action in one.plan.actions]
            assert len(told) == 1
            assert told[0].verdict in ACTING
        if isinstance(action, ChangeMembers):
            for member in (*action.add, *action.remove):
                people = why(evidence, member.scim_id or member.user).people
                assert any(tells(one, action, member.user) for one in people)


def tells(trace: Trace, action: ChangeMembers, user: str) -> bool:
    narrowed = (one for one in trace.plan.members if one.ref == action.ref)
    return any(
        member.user == user
        for one in narrowed
        if isinstance(one, ChangeMembers)
        for member in (*one.add, *one.remove)
    )


@laws
@given(worlds())
def test_everybody_has_one_verdict_and_it_is_the_plan_s(world: dict[str, Any]) -> None:
    evidence = evidence_of(world)
    origins = [record.origin for reading in evidence.snapshot.people for record in reading.records]
    places = [*map(str, origins), *(str(problem.origin) for problem in evidence.unreadable)]
    for asked in (*places, *(user.id for user in evidence.current.users)):
        answer = why(evidence, asked)
        assert answer.people, asked
        assert_well_told(answer, render_why(answer))
        for trace in answer.people:
            acting = bool(trace.plan.actions or trace.plan.members)
            assert acting == (trace.verdict in ACTING)
            assert not acting or trace.directory is None or trace.directory.doubt is None


@laws
@given(worlds())
def test_doubt_grace_and_manual_work_are_told(world: dict[str, Any]) -> None:
    evidence = evidence_of(world)
    for unknown in evidence.plan.unknown:
        if unknown.what == "person" and unknown.origin is not None:
            verdicts = [one.verdict for one in why(evidence, str(unknown.origin)).people]
            assert Verdict.UNKNOWN in verdicts
    for leaver in evidence.plan.in_grace:
        (trace,) = [
            one
            for one in why(evidence, leaver.scim_id).people
            if one.match.user and one.match.user.scim_id == leaver.scim_id
        ]
        assert trace.verdict is Verdict.IN_GRACE
    for work in evidence.plan.manual:
        told = [one for one in why(evidence, str(work.origin)).people if work in one.plan.manual]
        assert told
