"""The page in a real browser: search, filters, print, nothing obeyed, everybody can use it."""

import re
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("playwright", reason="playwright is not installed; see tests/run")

import axe_playwright_python  # type: ignore[import-untyped]
from playwright.sync_api import Browser, Locator, ViewportSize, expect

from syncer.model.actions import FieldChange
from syncer.model.plan import Plan
from syncer.render.journal_page import render_journal_html
from syncer.render.plan_page import render_html
from syncer.render.report_page import render_report_html
from tests.render import hard_samples, reports, samples
from tests.render.browser import Screen, chromium
from tests.render.journals import KILLED

AXE = Path(axe_playwright_python.__file__).with_name("axe.min.js").read_text(encoding="utf-8")
DESK: ViewportSize = {"width": 1280, "height": 900}
PHONE: ViewportSize = {"width": 390, "height": 844}
EVIL = "<img src=x onerror=alert(1)>"
PLANS = {
    "EVERY_KIND": samples.EVERY_KIND,
    "NASTY": hard_samples.NASTY,
    "WIDE": hard_samples.WIDE,
    "REFUSED": samples.REFUSED,
    "DOUBTS": samples.DOUBTS,
}


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as found:
        yield found


@pytest.fixture
def screen(browser: Browser) -> Iterator[Screen]:
    context = browser.new_context(viewport=DESK)
    found = Screen(context)
    yield found
    context.close()
    assert not found.complaints
    assert all(url.startswith("file:") for url in found.asked), found.asked
    assert len(found.asked) == 1


def opened(screen: Screen, folder: Path, plan: Plan) -> None:
    path = folder / "plan.html"
    path.write_text(render_html(samples.Shown(plan)), encoding="utf-8")
    screen.show(path)


def row_of(screen: Screen, name: str) -> Locator:
    page = screen.page
    return page.locator(".row", has=page.locator(".name", has_text=name))


def test_a_search_leaves_the_rows_that_have_all_its_words(screen: Screen, tmp_path: Path) -> None:
    opened(screen, tmp_path, samples.EVERY_KIND)
    search = screen.page.get_by_label("Search", exact=True)
    search.fill("lukasz FINANCE")  # neither letter case nor marks matter (zoë.łukasz stays apart)
    expect(screen.page.locator("#told")).to_have_text("0 of 14 entries shown.")
    expect(screen.page.locator("#nothing")).to_be_visible()
    search.fill("novak inactive")
    expect(screen.page.locator("#told")).to_have_text("1 of 14 entries shown.")
    expect(screen.page.locator(".row:visible .name")).to_have_text(["jan.novák@kranich.example"])
    expect(screen.page.locator(".group:visible")).to_have_count(1)
    search.press("Escape")
    expect(screen.page.locator("#told")).to_have_text("14 of 14 entries shown.")


def test_filters_narrow_together_and_reset_brings_all_back(screen: Screen, tmp_path: Path) -> None:
    plan = replace(samples.HELD, departments={"leaver.01@kranich.example": "Sales"})
    opened(screen, tmp_path, plan)
    page = screen.page
    page.get_by_label("State", exact=True).select_option("held")
    expect(page.locator("#told")).to_have_text("47 of 50 entries shown.")
    page.get_by_label("Guard", exact=True).select_option("deactivate")
    expect(page.locator("#told")).to_have_text("47 of 50 entries shown.")
    page.get_by_label("Department", exact=True).select_option("Sales")
    expect(page.locator("#told")).to_have_text("1 of 50 entries shown.")
    page.get_by_label("Action", exact=True).select_option("Create people")
    expect(page.locator("#told")).to_have_text("0 of 50 entries shown.")
    page.get_by_role("button", name="Reset").click()
    expect(page.locator("#told")).to_have_text("50 of 50 entries shown.")


def test_a_team_finds_its_actions_and_its_people(screen: Screen, tmp_path: Path) -> None:
    opened(screen, tmp_path, samples.EVERY_KIND)
    screen.page.get_by_label("Team", exact=True).select_option("Engineering")
    expect(screen.page.locator("#told")).to_have_text("5 of 14 entries shown.")


def test_a_row_opens_by_mouse_and_by_keyboard(screen: Screen, tmp_path: Path) -> None:
    opened(screen, tmp_path, samples.EVERY_KIND)
    row = row_of(screen, "ann.meier@kranich.example")
    expect(row.locator("table")).to_be_hidden()
    row.locator("summary").click()
    expect(row.locator("tbody tr").first).to_have_text("titleEngineerSenior Engineer")
    row.locator("summary").press("Enter")
    expect(row.locator("table")).to_be_hidden()
    screen.page.get_by_role("button", name="Expand all").click()
    expect(screen.page.locator("details[open]")).to_have_count(14)
    screen.page.get_by_role("button", name="Collapse all").click()
    expect(screen.page.locator("details[open]")).to_have_count(0)


def test_the_slash_goes_to_the_search_and_the_first_stop_skips_to_the_entries(
    screen: Screen, tmp_path: Path
) -> None:
    opened(screen, tmp_path, samples.EVERY_KIND)
    screen.page.keyboard.press("/")
    expect(screen.page.locator("#q")).to_be_focused()
    expect(screen.page.locator("#q")).to_have_value("")
    screen.page.reload()
    screen.asked.pop()
    screen.page.keyboard.press("Tab")
    expect(screen.page.get_by_text("Skip to the entries")).to_be_focused()
    screen.page.keyboard.press("Enter")
    expect(screen.page.locator("#entries")).to_be_focused()


def test_a_bar_leads_to_its_section(screen: Screen, tmp_path: Path) -> None:
    opened(screen, tmp_path, samples.REFUSED)
    screen.page.get_by_role("link", name="Update people").click()
    expect(screen.page.locator("h2", has_text="Update 1 person")).to_be_in_viewport()


def test_a_name_that_is_mark_up_is_a_text(screen: Screen, tmp_path: Path) -> None:
    evil = samples.update("x", 2, FieldChange("title", EVIL, f"</script>{EVIL}"))
    plan = Plan(
        actions=(
            replace(evil, user_name=EVIL, reason=EVIL, consequences=(EVIL,)),
            replace(samples.create("y", EVIL, 3), ref=EVIL),
        ),
        tenant=EVIL,
        departments={EVIL: EVIL},
    )
    opened(screen, tmp_path, plan)
    screen.page.get_by_role("button", name="Expand all").click()
    expect(screen.page.locator(".name").last).to_have_text(EVIL)
    expect(screen.page.locator("img")).to_have_count(0)
    expect(screen.page.locator("#f-department option").last).to_have_text(EVIL)


def test_a_print_has_every_detail_and_no_tools(screen: Screen, tmp_path: Path) -> None:
    opened(screen, tmp_path, samples.EVERY_KIND)
    screen.page.emulate_media(media="print")
    expect(screen.page.locator("#tools")).to_be_hidden()
    row = row_of(screen, "ann.meier@kranich.example")
    expect(row.locator("tbody tr").first).to_be_visible()
    assert screen.page.pdf().startswith(b"%PDF")


def test_without_a_script_everything_is_there_and_no_dead_button(
    browser: Browser, tmp_path: Path
) -> None:
    context = browser.new_context(java_script_enabled=False)
    screen = Screen(context)
    opened(screen, tmp_path, samples.EVERY_KIND)
    expect(screen.page.locator(".row")).to_have_count(14)
    expect(screen.page.locator("#tools")).to_be_hidden()
    context.close()


@pytest.mark.parametrize("viewport", [DESK, PHONE], ids=["desk", "phone"])
@pytest.mark.parametrize("plan", PLANS)
def test_nothing_sticks_out_of_the_screen(
    screen: Screen, tmp_path: Path, viewport: ViewportSize, plan: str
) -> None:
    screen.page.set_viewport_size(viewport)
    opened(screen, tmp_path, PLANS[plan])
    screen.page.get_by_role("button", name="Expand all").click()
    wide = screen.page.evaluate("document.documentElement.scrollWidth")
    assert wide <= viewport["width"]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("kind", ["every-kind", "refused", "doubts", "report", "journal"])
def test_axe_finds_nothing_serious(
    browser: Browser, tmp_path: Path, kind: str, scheme: Any
) -> None:
    text = {
        "every-kind": lambda: render_html(samples.Shown(samples.EVERY_KIND)),
        "refused": lambda: render_html(samples.Shown(samples.REFUSED)),
        "doubts": lambda: render_html(samples.Shown(samples.DOUBTS)),
        "report": lambda: render_report_html(reports.PARTLY_FAILED),
        "journal": lambda: render_journal_html(KILLED),
    }[kind]()
    path = tmp_path / "page.html"
    path.write_text(text, encoding="utf-8")
    # The page forbids any other script than its own, so that the policy is lifted for this one.
    context = browser.new_context(viewport=DESK, color_scheme=scheme, bypass_csp=True)
    page = context.new_page()
    page.goto(path.as_uri())
    page.get_by_role("button", name="Expand all").click()
    page.evaluate(AXE)
    found = page.evaluate("axe.run()")
    context.close()
    assert found["passes"]
    told = [
        (one["id"], one["impact"], [node["html"][:200] for node in one["nodes"][:3]])
        for one in found["violations"]
    ]
    assert not told


def test_ten_thousand_actions_are_quick(screen: Screen, tmp_path: Path) -> None:
    more = tuple(
        samples.update(f"extra.{number:05}", number, FieldChange("title", "A", "B"))
        for number in range(10_000 - len(hard_samples.MANY.actions))
    )
    opened(
        screen, tmp_path, replace(hard_samples.MANY, actions=(*hard_samples.MANY.actions, *more))
    )
    screen.page.locator("#q").fill("extra.00012")
    started = time.monotonic()
    expect(screen.page.locator("#told")).to_have_text(re.compile("^1 of 10,000 "))
    screen.page.get_by_role("button", name="Reset").click()
    expect(screen.page.locator("#told")).to_have_text(re.compile("^10,000 of "))
    # Two searches through 10 MB in well under a second each; a list that is counted again for
    # each row that goes takes over thirty.
    assert time.monotonic() - started < 10
