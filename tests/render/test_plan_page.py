"""The plan as a page: all of it is there, removals first, and no text of a directory is obeyed."""

import base64
import hashlib
import re
from dataclasses import replace

import pytest
from hypothesis import given, settings

from syncer.core.guards import NEVER, hold
from syncer.model.actions import REVERSIBLE, ChangeMembers, FieldChange
from syncer.model.origin import Origin
from syncer.model.plan import ManualWork, Notice, Plan, UnknownSubject, Violation
from syncer.render.characters import harmless
from syncer.render.plan_page import render_html
from syncer.render.report_page import render_report_html
from syncer.render.sections import second_steps
from tests.render import hard_samples, reports, samples
from tests.render.html_page import Element, facts, parsed
from tests.render.laws import texts

LAW = settings(deadline=None, derandomize=True, max_examples=60)

PLANS = {
    "EMPTY": samples.EMPTY,
    "EVERY_KIND": samples.EVERY_KIND,
    "REFUSED": samples.REFUSED,
    "HELD": samples.HELD,
    "DOUBTS": samples.DOUBTS,
    "NASTY": hard_samples.NASTY,
    "WIDE": hard_samples.WIDE,
}
TAGS = {
    "", "a", "bdi", "body", "button", "code", "dd", "details", "div", "dl", "dt", "footer", "form",
    "h1", "h2", "head", "header", "html", "input", "label", "li", "main", "meta", "option",
    "output", "p", "rect", "script", "section", "select", "span", "strong", "style", "summary",
    "svg", "table", "tbody", "td", "th", "thead", "title", "tr", "ul",
}  # fmt: skip
"""All the tags that are ours."""


def page(plan: Plan, *, mask: bool = False) -> Element:
    return parsed(render_html(samples.Shown(plan), mask=mask))


def rows(root: Element) -> list[Element]:
    return root.all("li", "row")


def everything(root: Element) -> list[Element]:
    """Every element of the page."""
    inner = [part for part in root.parts if isinstance(part, Element)]
    return [*inner, *(one for part in inner for one in everything(part))]


@pytest.mark.parametrize("plan", PLANS.values(), ids=PLANS)
def test_every_action_is_on_the_page_with_what_it_does(plan: Plan) -> None:
    found = [facts(row) for row in rows(page(plan)) if row.all("dl", "facts")]
    told = [one["Action"][0] for one in found if "Action" in one]
    later = second_steps(plan.actions)
    assert set(told) == {harmless(a.ref) for a in plan.actions if a.ref not in later}
    for action in plan.actions:
        if action.ref in later:
            continue
        mine = [one for one in found if one.get("Action") == [harmless(action.ref)]]
        both = isinstance(action, ChangeMembers) and bool(action.add and action.remove)
        assert len(mine) == (2 if both else 1)
        for one in mine:
            assert ("Undo" in one) is not REVERSIBLE[action.kind]
            assert one.get("Then", []) == [harmless(text) for text in action.consequences]
            assert one.get("Held", [""]) == [harmless(action.held)]
            place = [str(action.origin)] if action.origin else []
            assert one.get("Asked for by", []) == place


def test_an_update_shows_before_and_after_and_a_create_what_it_sets() -> None:
    root = page(samples.EVERY_KIND)
    by_name = {row.one("bdi", "name").text: row for row in rows(root)}
    cells = [
        [cell.text for cell in (*line.all("th"), *line.all("td"))]
        for line in by_name["ann.meier@kranich.example"].one("tbody").all("tr")
    ]
    assert cells == [
        ["title", "Engineer", "Senior Engineer"],
        ["department", "(empty)", "Platform"],
        ["phone", "+49 30 1234567", "(empty)"],
    ]
    created = by_name["zoë.łukasz@kranich.example"].one("table")
    assert [cell.text for cell in created.one("thead").all("th")] == ["Attribute", "Value"]
    assert ["manager", "ann.meier@kranich.example"] in [
        [cell.text for cell in (*line.all("th"), *line.all("td"))]
        for line in created.one("tbody").all("tr")
    ]
    leaving = [one.text for one in root.all("ul", "roll")[0].all("bdi")]
    assert leaving == ["ilse.vogt@kranich.example"]


def test_removals_come_first_and_each_class_has_a_bar() -> None:
    root = page(samples.EVERY_KIND)
    titles = [section.one("h2").text.split()[0] for section in root.all("section", "group")]
    assert titles[:3] == ["Deactivate", "Downgrade", "Remove"]
    bars = root.one("ul", "bars").all("li")
    assert [bar.one("span", "size").text for bar in bars] == list("21111121114")
    assert [bar.one("rect").attributes["width"] for bar in bars][-1] == "100.00%"
    targets = {section.attributes.get("id") for section in root.all("section", "group")}
    assert {bar.one("a").attributes["href"].removeprefix("#") for bar in bars} <= targets


def test_the_verdict_says_what_stands_in_the_way_and_how_to_accept_it() -> None:
    root = page(samples.REFUSED)
    head = root.one("header")
    assert "REFUSED by 1 guard (deactivate)" in head.one("p", "verdict").text
    assert head.attributes["class"] == "warning"
    (problem,) = head.one("ul", "problems").all("li")
    assert "47 of 212 managed users" in problem.text
    assert "--allow deactivate=47" in problem.one("span", "remedy").text
    assert "--approve 3f9a0c1b22d4" in head.one("p", "accept").text
    accepted = render_html(samples.Shown(samples.REFUSED), unresolved=())
    assert "(accepted)" in accepted
    assert "--approve" not in accepted


def test_what_nothing_may_accept_is_not_offered_for_approval() -> None:
    violation = Violation(
        guard=min(NEVER), message="m", remedy="r", counted=1, refs=("deactivate_user:leaver.01",)
    )
    root = page(replace(samples.REFUSED, violations=(violation,)))
    assert not root.all("p", "accept")


@pytest.mark.parametrize("plan", PLANS.values(), ids=PLANS)
def test_the_page_asks_nothing_of_a_network(plan: Plan) -> None:
    text = render_html(samples.Shown(plan))
    root = parsed(text)
    for element in everything(root):
        assert element.tag in TAGS
        assert not {"src", "style", "srcset", "action"} & element.attributes.keys()
        assert not [name for name in element.attributes if name.startswith("on")]
        assert element.attributes.get("href", "#").startswith("#")
    assert not re.search(r"url\(|@import|//[a-z]", root.one("style").text)
    metas = {one.attributes.get("http-equiv"): one.attributes for one in root.all("meta")}
    policy = metas["Content-Security-Policy"]["content"]
    for kind in ("style", "script"):
        source = root.one(kind).text.encode()
        digest = base64.b64encode(hashlib.sha256(source).digest()).decode()
        assert f"{kind}-src 'sha256-{digest}'" in policy
    assert policy.startswith("default-src 'none'; ")
    assert "unsafe" not in policy


@given(texts, texts)
@LAW
def test_no_text_of_a_directory_is_mark_up(name: str, said: str) -> None:
    action = replace(
        samples.update("x", 2, FieldChange("title", said, name), reason=said),
        user_name=name or "x",
        origin=Origin(said or "people.csv", 1),
        consequences=(said,),
        held=said,
    )
    plan = Plan(
        actions=(action, samples.create("new", name, 3)),
        manual=(ManualWork(subject=name, what=said, reason=said),),
        unknown=(UnknownSubject(subject=name, what="person", reason=said, hint=said),),
        notices=(Notice(subject=name, text=said),),
        tenant=said,
        departments={name or "x": said},
    )
    text = render_html(samples.Shown(plan))
    root = parsed(text)
    assert {one.tag for one in everything(root)} <= TAGS
    assert text.encode()  # nothing that could not be written to a file
    told = facts(next(row for row in rows(root) if "Held" in row.text)) if said else {}
    assert told.get("Held", [harmless(said)]) == [harmless(said)]


def test_a_mask_hides_every_address() -> None:
    text = page(samples.EVERY_KIND, mask=True).text
    assert "m***@kranich.example" in text
    assert not re.search(r"[^*]@kranich", text)


def test_a_row_is_found_by_action_team_department_guard_and_state() -> None:
    root = page(replace(samples.HELD, departments={"leaver.01@kranich.example": "Sales"}))
    options = {
        one.attributes["data-filter"]: [part.text for part in one.all("option")]
        for one in root.all("select")
    }
    assert options["action"][1:] == ["Create people", "Update people", "Deactivate people"]
    assert options["guard"][1:] == ["deactivate"]
    assert options["state"][1:] == ["not held", "held"]
    assert options["department"][1:] == ["Sales"]
    mine = next(row for row in rows(root) if "leaver.01@" in row.text)
    assert mine.attributes["data-guard"] == "0"
    assert mine.attributes["data-department"] == "0"
    assert mine.attributes["data-state"] == "1"


def test_the_part_of_a_team_that_a_guard_holds_back_is_found_by_that_guard() -> None:
    change = ChangeMembers(
        ref="change_members:press",
        reason="members differ",
        origin=None,
        team="Press",
        scim_id="7",
        add=samples.members("joiner", reason="in group press"),
        remove=samples.members("leaver", reason="no rule puts this person in the team"),
        members_before=9,
    )
    violation = Violation(
        guard="policy:quiet", message="m", remedy="r", counted=1, refs=(change.ref,),
        on_violation="hold",
    )  # fmt: skip
    plan = hold(Plan(actions=(change,), violations=(violation,)), (violation,))
    going, waiting = rows(page(plan))
    assert (going.one("bdi", "brief").text, waiting.one("bdi", "brief").text) == (
        "joiner@kranich.example joins",
        "leaver@kranich.example leaves",
    )
    assert "data-guard" not in going.attributes
    assert waiting.attributes["data-guard"] == "0"


def test_what_waits_has_a_bar_of_its_own() -> None:
    bars = page(samples.HELD).one("ul", "bars").all("li")
    told = [(bar.one("span", "label").text, bar.one("span", "size").text) for bar in bars]
    assert told == [
        ("Create people", "2"),
        ("Update people", "1"),
        ("Held: deactivate people", "47"),
    ]
    assert bars[-1].one("span", "remark").text == "not applied"


def test_somebody_is_found_by_the_team_that_he_joins_or_leaves() -> None:
    root = page(samples.EVERY_KIND)
    teams = [one.text for one in root.all("select")[1].all("option")][1:]
    engineering = str(teams.index("Engineering"))
    found = [
        row.one("bdi", "name").text
        for row in rows(root)
        if engineering in row.attributes.get("data-team", "").split()
    ]
    assert set(found) == {"Eng", "Engineering", "ilse.vogt@kranich.example",
                          "ana.ruiz@kranich.example"}  # fmt: skip


def test_the_same_plan_is_the_same_page() -> None:
    assert render_html(samples.Shown(hard_samples.MANY)) == render_html(
        samples.Shown(hard_samples.MANY)
    )


def test_a_report_tells_of_every_action_how_it_went() -> None:
    root = parsed(render_report_html(reports.PARTLY_FAILED))
    titles = [section.one("h2").text.split(":")[0] for section in root.all("section", "group")]
    assert titles == ["Failed", "Skipped", "Applied"]
    told = [facts(row) for row in rows(root)]
    assert len(told) == len(reports.PARTLY_FAILED.plan.actions)
    assert told[0]["Outcome"] == ["PATCH /Users/7: 403 not allowed to deprovision a super admin"]
    assert "3 of 14 actions FAILED" in root.one("h1").text


def test_a_report_of_a_run_that_was_cut_short_shows_what_was_not_begun() -> None:
    root = parsed(render_report_html(reports.INTERRUPTED))
    titles = [section.one("h2").text.strip() for section in root.all("section", "group")]
    assert titles == ["Not begun: 9 actions", "Applied: 5 actions"]
    assert "INTERRUPTED" in root.one("h1").text
    assert "Stopped: SIGTERM" in root.one("p", "verdict").text
