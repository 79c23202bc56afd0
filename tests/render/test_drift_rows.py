"""Drift on the page of a plan, and what a policy says of its rows."""

from dataclasses import replace

from syncer.model.actions import ChangeMembers, Member
from syncer.model.drift import Drift, Verdict
from syncer.model.plan import Plan, Violation
from syncer.render.plan_page import render_html
from tests.render import samples
from tests.render.html_page import Element, facts, parsed

RUN = "20261120T100000Z-abc123"


def drifted(what: str, left: str | None, now: str | None, verdict: Verdict, **more: str) -> Drift:
    return Drift(
        subject=more.pop("subject", "ann@kranich.example"),
        id="7",
        kind="team" if what in {"name", "member"} else "person",
        what=what,
        left_at=left,
        found=now,
        run=RUN,
        at="2026-11-20T10:00:00Z",
        verdict=verdict,
        **more,
    )


def groups(plan: Plan, *, mask: bool = False) -> dict[str, Element]:
    """The groups of the page by their titles."""
    root = parsed(render_html(samples.Shown(plan), mask=mask))
    return {one.one("h2").text.strip(): one for one in root.all("section", "group")}


def told(row: Element) -> tuple[str, str, list[str]]:
    badges = [badge.text for badge in row.all("span", "badge")]
    return row.one("bdi", "name").text, row.one("bdi", "brief").text, badges


def test_what_this_plan_undoes_comes_first_and_says_so() -> None:
    drift = (
        drifted("title", "Engineer", "Lead", "agrees"),
        drifted("active", "yes", None, "left", subject="bob@kranich.example"),
        drifted("title", "Engineer", "<b>Chief</b>", "puts_back", subject="eve@kranich.example"),
        drifted("member", "yes", "no", "puts_back", subject="Core", member="eve@kranich.example"),
    )
    plan = replace(samples.EVERY_KIND, drift=drift, drift_since="2026-11-01")
    (group,) = (one for name, one in groups(plan).items() if name.startswith("Drift"))
    heading = " ".join(group.one("h2").text.split())
    assert heading == "Drift: 4 changes made in Asana since 2026-11-20"
    assert group.one("p", "lead").text == "runs before 2026-11-01 were not looked at"
    rows = group.all("li", "row")
    assert [told(row) for row in rows] == [
        ("eve@kranich.example", "title Engineer → <b>Chief</b>", ["undone by this plan"]),
        ("team Core", "eve@kranich.example is no member any more", ["undone by this plan"]),
        ("ann@kranich.example", "title Engineer → Lead", []),
        ("bob@kranich.example", "active yes → no longer listed", []),
    ]
    assert facts(rows[0]) == {
        "This plan": ["puts it back"],
        "Left so by": [f"run {RUN} of 2026-11-20"],
        "Id in Asana": ["7"],
    }
    cells = [cell.text for cell in rows[0].one("tbody").all("td")]
    assert cells == ["Engineer", "<b>Chief</b>"]
    assert not rows[1].all("table")


def test_addresses_in_it_are_masked_too() -> None:
    drift = (drifted("member", "yes", "no", "left", subject="Core", member="eve@kranich.example"),)
    root = parsed(render_html(samples.Shown(replace(samples.EMPTY, drift=drift)), mask=True))
    assert "eve@" not in root.text


def test_without_drift_there_is_no_group_of_it() -> None:
    assert not [name for name in groups(samples.EVERY_KIND) if name.startswith("Drift")]


def test_a_policy_is_told_beside_the_actions_that_it_forbids() -> None:
    both = ChangeMembers(
        ref="change_members:7", reason="", team="Core", scim_id="7", members_before=4,
        add=(Member("ann@kranich.example", "1"),), remove=(Member("eve@kranich.example", "2"),),
    )  # fmt: skip
    removals = Violation(
        guard="policy:quiet-friday", message="nobody leaves", remedy="wait", counted=1,
        refs=(both.ref,),
    )  # fmt: skip
    plan = Plan(actions=(both,), violations=(removals,), tenant="t")
    badges = {name[:6]: told(one.one("li", "row"))[2] for name, one in groups(plan).items()}
    assert badges == {"Remove": ["against a policy"], "Add 1 ": []}
    assert ["against a policy" in name for name in groups(plan)] == [True, False]
    whole = replace(plan, violations=(replace(removals, whole=(both.ref,)),))
    assert [told(one.one("li", "row"))[2] for one in groups(whole).values()] == [
        ["against a policy"],
        ["against a policy"],
    ]
    text = " ".join(parsed(render_html(samples.Shown(plan))).text.split())
    assert "policy:quiet-friday: nobody leaves; concerns" in text
