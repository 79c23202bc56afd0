"""Plans, reports and journals as pages and comments, through the real command line."""

import json
import stat
from html import unescape
from pathlib import Path

import pytest

from tests.render.html_page import Element, facts, parsed
from tests.story.harness import House
from tests.story.test_exit_codes import leavers


def refs(root: Element) -> set[str]:
    return {facts(row)["Action"][0] for row in root.all("li", "row") if row.all("dl", "facts")}


def journal(house: House) -> Path:
    (path,) = (house.folder / "journal").glob("*.jsonl")
    return path


def test_plan_and_show_write_the_same_page(house: House) -> None:
    saved, page = str(house.folder / "p.json"), house.folder / "p.html"
    planned = house.plan("--format", "html", "--out", saved, "--report", str(page))
    assert planned.code == 0
    assert planned.out == page.read_text(encoding="utf-8")
    root = parsed(planned.out)
    assert root.one("h1").text.startswith("4 creates")
    actions = json.loads(Path(saved).read_text(encoding="utf-8"))["plan"]["actions"]
    assert refs(root) == {one["ref"] for one in actions if one["kind"] != "update_user"}
    shown = parsed(house.syncer("show", saved, "--format", "html").out)
    assert refs(shown) == refs(root)
    assert "a plan made on" in shown.one("p", "mode").text
    assert "by syncer" in shown.one("dl", "stamps").text


def test_a_page_is_for_its_owner_alone(house: House) -> None:
    page = house.folder / "p.html"
    assert house.plan("--report", str(page)).code == 0
    assert stat.S_IMODE(page.stat().st_mode) == 0o600


def test_a_refused_plan_is_written_into_every_report(house: House) -> None:
    assert house.apply("--allow", "create=9").code == 0
    leavers(house, 12)
    paths = [house.folder / f"p.{ending}" for ending in ("html", "md", "txt", "json")]
    given = [part for path in paths for part in ("--report", str(path))]
    assert house.plan("--quiet", *given).code == 3
    told = {path.suffix: unescape(path.read_text(encoding="utf-8")) for path in paths}
    assert all("REFUSED" in told[ending] for ending in (".html", ".md", ".txt"))
    assert json.loads(told[".json"])["plan"]["violations"]


def test_what_a_guard_holds_is_shown_as_held_in_every_report(house: House) -> None:
    assert house.apply("--allow", "create=9").code == 0
    leavers(house, 12)
    house.edit("syncer.yaml", "version: 1", "version: 1\nguards: {on_violation: hold}")
    page, comment = house.folder / "p.html", house.folder / "p.md"
    planned = house.plan("--report", str(page), "--report", str(comment))
    assert planned.code == 0
    titles = [one.text for one in parsed(page.read_text(encoding="utf-8")).all("h2")]
    assert any(title.startswith("Held: deactivate 12 people") for title in titles)
    assert "Held&#58; deactivate 12 people" in comment.read_text(encoding="utf-8")
    assert "Held: 12 actions" in planned.out


@pytest.mark.parametrize("style", ["html", "markdown"])
def test_apply_reports_in_the_format_that_was_asked_for(house: House, style: str) -> None:
    ended = house.apply("--format", style, "--report", str(house.folder / "r.html"))
    assert ended.code == 0
    written = (house.folder / "r.html").read_text(encoding="utf-8")
    assert "all done, 7 actions applied and read back." in unescape(ended.out).lower()
    assert len(parsed(written).all("li", "row")) == 7
    assert (written == ended.out) is (style == "html")


def test_a_run_that_ends_before_any_change_leaves_a_page_too(house: House) -> None:
    house.edit("syncer.yaml", "version: 1", "version: 9")
    page = house.folder / "r.html"
    ended = house.apply("--format", "html", "--report", str(page))
    assert ended.code == 64
    assert parsed(ended.out).one("h1").text
    assert "Exit code 64" in page.read_text(encoding="utf-8") or "Stopped" in ended.out


def test_a_journal_is_shown_in_all_formats(house: House) -> None:
    assert house.apply("--allow", "create=9").code == 0
    path = journal(house)
    root = parsed(house.syncer("show", str(path), "--format", "html").out)
    assert root.one("h1").text == f"Run {path.stem}"
    outcomes = [
        entry
        for entry in map(json.loads, path.read_text(encoding="utf-8").splitlines())
        if entry["entry"] == "outcome"
    ]
    rows = root.all("li", "row")
    assert [facts(row)["Action"] for row in rows] == [[entry["ref"]] for entry in outcomes]
    names = [row.one("bdi", "name").text for row in rows]
    assert {"create ada@example.com", "change the members of Engineering"} <= set(names)
    text = house.syncer("show", str(path)).out
    comment = house.syncer("show", str(path), "--format", "markdown").out
    assert comment.startswith(f"### Run {path.stem}")
    for name in names:
        assert name in unescape(comment)
        assert f"* {name}" in text
    lines = house.syncer("show", str(path), "--format", "json").out
    assert lines == path.read_text(encoding="utf-8")


def test_quiet_leaves_the_head_of_a_journal(house: House) -> None:
    assert house.apply("--allow", "create=9").code == 0
    path = str(journal(house))
    quiet, whole = house.syncer("show", path, "--quiet").out, house.syncer("show", path).out
    assert whole.startswith(quiet.rstrip("\n"))
    assert len(quiet) < len(whole)


def test_quiet_leaves_the_head_of_a_comment_and_json_and_pages_whole(house: House) -> None:
    leavers(house, 12)
    whole = house.plan("--format", "markdown").out
    quiet = house.plan("--format", "markdown", "--quiet").out
    assert whole.startswith(quiet)
    assert "REFUSED by 1 guard" in quiet
    assert "<details" not in quiet
    for style in ("json", "html"):
        pages = [house.plan("--format", style, *more).out for more in ((), ("--quiet",))]
        assert all("deactivate_user:leaver0@example.com" in page for page in pages), style
    assert house.apply("--hold", "--format", "markdown", "--quiet").code == 6
    comment = house.apply("--hold", "--format", "markdown").out
    assert "<summary><b>Held" in comment
    assert "<summary><b>Held" not in house.apply("--hold", "--format", "markdown", "--quiet").out
    path = str(max((house.folder / "journal").glob("*.jsonl")))
    short = house.syncer("show", path, "--format", "markdown", "--quiet").out
    assert house.syncer("show", path, "--format", "markdown").out.startswith(short)
    assert "Held" not in short


def test_verify_goes_with_no_other_option(house: House) -> None:
    assert house.apply("--allow", "create=9").code == 0
    path = str(journal(house))
    assert house.syncer("show", path, "--verify").code == 0
    for more in (("--quiet",), ("--mask",), ("--format", "html")):
        ended = house.syncer("show", path, "--verify", *more)
        assert ended.code == 64
        assert more[0] in ended.err


@pytest.mark.parametrize("style", ["html", "markdown"])
def test_a_mask_hides_addresses_in_a_journal(house: House, style: str) -> None:
    assert house.apply("--allow", "create=9").code == 0
    shown = house.syncer("show", str(journal(house)), "--format", style, "--mask")
    assert "a***@example.com" in unescape(shown.out)
    assert "ada@" not in unescape(shown.out)


@pytest.mark.parametrize("command", ["plan", "apply"])
def test_a_mask_over_what_is_not_masked_is_refused(house: House, command: str) -> None:
    ended = house.syncer(command, "--mask")
    assert ended.code == 64
    assert "--mask hides addresses in markdown and html alone" in ended.err
