"""The plan in a pull request: golden texts, and what no text of a directory can do to it."""

import html
import re
from dataclasses import replace

import pytest
from hypothesis import given, settings

from syncer.model.origin import Origin, Problem, Size
from syncer.model.plan import Notice, Plan, Violation
from syncer.render.characters import harmless
from syncer.render.comment import LARGEST
from syncer.render.markdown import render_markdown
from syncer.render.markup import cell, inert, literal, masked
from syncer.render.report_markdown import render_report_markdown
from syncer.render.text import render_plan
from tests.render import golden, hard_samples, reports, samples
from tests.render.laws import texts

LAW = settings(deadline=None, derandomize=True, max_examples=200)

OURS = re.compile(
    r"</?(?:details(?: open)?|summary|b|i|sub|code|br)>|&#\d+;|&rarr;|\*\*|###|^- |\||^[-|]+$",
    re.MULTILINE,
)
"""All the mark-up that is ours."""

PLACE = re.compile(r"[\w./-]+\.(?:csv|yaml|ldif):\d+")


def page(plan: Plan, *, mask: bool = False, where: str = "") -> str:
    return render_markdown(samples.Shown(plan), mask=mask, where=where)


@pytest.mark.parametrize(
    ("name", "plan"),
    [
        ("markdown-every-kind", samples.EVERY_KIND),
        ("markdown-refused", samples.REFUSED),
        ("markdown-doubts-and-grace", samples.DOUBTS),
        ("markdown-held", samples.HELD),
        ("markdown-empty", samples.EMPTY),
    ],
)
def test_a_plan_reads_as_it_should(name: str, plan: Plan) -> None:
    golden.agrees(name, page(plan))


@given(texts)
@LAW
def test_every_text_is_shown_as_it_is_and_obeyed_by_nobody(text: str) -> None:
    assert html.unescape(literal(text)) == harmless(text)
    assert html.unescape(inert(text)).replace("\u200b", "") == harmless(text)
    for safe in (inert(text), literal(text)):
        assert not set(re.sub(r"&#\d+;", "", safe)) & set("<>&*_`~|\\[]{}#^$@:\n!")
        assert "www." not in safe.lower()
    assert cell(text).count("<") == 2


CALLS = re.compile(r"(?<![A-Za-z0-9_])@\w|#\d|(?<!\w)[!$&~%]\d|://|GH-\d")
"""What GitHub and GitLab look for in a text that is rendered already, outside of code."""


@pytest.mark.parametrize(
    "text",
    [
        "@someone",
        "in group (@org/team)",
        "é@someone",
        ".@someone",
        "fixes #12, owner/name#12, GH-12",
        'see !12, $12, &12, %12, ~"bug"',
        "http://evil.example and ftp://evil.example",
    ],
)
def test_a_forge_finds_nobody_and_nothing_in_what_is_rendered(text: str) -> None:
    assert CALLS.search(text)
    assert not CALLS.search(html.unescape(inert(text)))


@pytest.mark.parametrize("text", ["ann@x.example", "R&D at 5% (C#)", "a: b", "50 $"])
def test_what_calls_nobody_can_be_copied(text: str) -> None:
    assert html.unescape(inert(text)) == text


def test_nothing_of_a_nasty_plan_is_mark_up() -> None:
    text = page(hard_samples.NASTY)
    rest = OURS.sub("", text)
    assert not set(rest) & set("<>*_`~\\[]{}#^$@&")
    assert text.count("<details") == text.count("</details>")


def test_removals_come_first_and_open_and_the_rest_is_folded() -> None:
    text = page(samples.EVERY_KIND)
    found = re.findall(r"<details( open)?><summary><b>(\w+)", text)
    opened = [verb for state, verb in found if state]
    assert opened == ["Deactivate", "Downgrade", "Remove"]
    assert [verb for _, verb in found][: len(opened)] == opened


@pytest.mark.parametrize("number", [300, 10_000])
def test_a_comment_is_never_too_long_and_says_what_is_missing(number: int) -> None:
    plan = Plan(actions=tuple(samples.deactivation(f"leaver{n}") for n in range(number)))
    text = page(plan, where="the artefact plan.html")
    assert len(text) <= LARGEST
    assert text.count("<details") == text.count("</details>")
    shown = text.count("<code>leaver")
    missing = re.search(r"Cut at 65,536 characters: ([\d,]+) rows? missing", text)
    if number == 300:
        assert (shown, missing) == (300, None)
        return
    assert missing is not None
    assert shown + int(missing[1].replace(",", "")) == number
    assert "the artefact plan.html" in text


def test_a_thousand_broken_guards_leave_room_for_the_removals_and_are_counted() -> None:
    violations = tuple(
        Violation(
            guard="remove_members",
            message=f"60 of 100 members leave team {n:04}, and the limits are 50 members and 30%",
            remedy="check the export; if it is right, --allow remove_members=60",
            counted=60,
            refs=(),
            subject=f"Team {n:04}",
        )
        for n in range(1_000)
    )
    plan = replace(samples.REFUSED, violations=violations)
    text = page(plan, where="the artefact plan.html")
    assert len(text) <= LARGEST
    assert text.count("<code>leaver.") == 44
    shown = text.count("- **remove")
    missing = re.search(r"Cut at 65,536 characters: ([\d,]+) rows? missing", text)
    assert missing is not None
    assert shown + int(missing[1].replace(",", "")) == 1_000
    report = replace(reports.ALL_FINE, warnings=tuple(one.message * 3 for one in violations))
    assert len(render_report_markdown(report)) <= LARGEST


def test_what_follows_from_each_removal_is_said_once() -> None:
    told = ("tasks go to a project of a super admin", "SCIM cannot undo it")
    plan = Plan(
        actions=tuple(
            replace(samples.deactivation(f"leaver{n}"), consequences=(f"leaves {n} teams", *told))
            for n in (2, 3)
        )
    )
    text = page(plan)
    assert text.count("tasks go to a project") == text.count("SCIM cannot undo it") == 1
    assert text.index("SCIM cannot undo it") < text.index("<code>leaver2")
    assert re.findall(r"<i>then: (.*?)</i>", text) == ["leaves 2 teams", "leaves 3 teams"]
    alone = page(replace(plan, actions=plan.actions[:1]))
    assert re.findall(r"<i>then: (.*?)</i>", alone) == ["leaves 2 teams", *told]


def test_a_team_that_loses_members_shows_how_many_stay() -> None:
    text = html.unescape(page(samples.EVERY_KIND))
    assert "1 of 12 members leaves, 1 joins; 12 afterwards" in text


@pytest.mark.parametrize("name", ["EVERY_KIND", "REFUSED", "HELD", "DOUBTS"])
def test_a_comment_names_every_file_and_line_that_the_terminal_names(name: str) -> None:
    plan = getattr(samples, name)
    told = set(PLACE.findall(render_plan(samples.Shown(plan))))
    assert told
    assert told <= set(PLACE.findall(html.unescape(page(plan))))


def test_a_comment_says_of_doubts_what_the_terminal_says() -> None:
    problem = Problem(
        origin=Origin("groups.csv", 3),
        summary="group 'press' has no members",
        hint="export it again",
        size=Size.STRUCTURAL,
    )
    notice = Notice(subject="", text=problem.summary, origin=problem.origin)
    plan = replace(samples.DOUBTS, problems=(*samples.DOUBTS.problems, problem))
    text = html.unescape(page(plan))
    assert "team <code>Press Office</code>" in text
    assert samples.ABSENT in text.partition("In grace")[2]
    assert "group 'press' has no members; export it again" in text
    twice = replace(plan, notices=(*plan.notices, notice))
    assert html.unescape(page(twice)).count(problem.summary) == 1


def test_a_mask_hides_every_address_and_keeps_the_rest() -> None:
    text = html.unescape(page(samples.EVERY_KIND, mask=True))
    addresses = re.findall(r"[\w.łśćżźąęńóüéß*-]+@[\w.-]+", text)
    assert addresses
    assert all(re.fullmatch(r".\*\*\*@kranich\.example", one) for one in addresses), addresses
    assert "Finance & Controlling" in text
    assert masked("from o'brien@x.example") == "from o***@x.example"
    assert masked("status is 'ann@x.example'") == "status is 'a***@x.example'"
    assert (
        masked("from ann@x.example to (bo@y.example)") == "from a***@x.example to (b***@y.example)"
    )
