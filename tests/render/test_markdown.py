"""The plan in a pull request: golden texts, and what no text of a directory can do to it."""

import html
import re

import pytest
from hypothesis import given, settings

from syncer.model.plan import Plan
from syncer.render.characters import harmless
from syncer.render.comment import LARGEST
from syncer.render.markdown import render_markdown
from syncer.render.markup import cell, inert, literal, masked
from tests.render import golden, samples
from tests.render.laws import texts

LAW = settings(deadline=None, derandomize=True, max_examples=200)

OURS = re.compile(
    r"</?(?:details(?: open)?|summary|b|i|sub|code|br)>|&#\d+;|&rarr;|\*\*|###|^- |\||^[-|]+$",
    re.MULTILINE,
)
"""All the mark-up that is ours."""


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
    text = page(samples.NASTY)
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


def test_a_mask_hides_every_address_and_keeps_the_rest() -> None:
    text = html.unescape(page(samples.EVERY_KIND, mask=True))
    addresses = re.findall(r"[\w.łśćżźąęńóüéß*-]+@[\w.-]+", text)
    assert addresses
    assert all(re.fullmatch(r".\*\*\*@kranich\.example", one) for one in addresses), addresses
    assert "Finance & Controlling" in text
    assert (
        masked("from ann@x.example to (bo@y.example)") == "from a***@x.example to (b***@y.example)"
    )
