"""`apply --format json` says enough to page somebody, however the run ends."""

import fcntl
import json
from collections.abc import Callable
from html import unescape
from typing import Any

import pytest

from syncer.apply.requests import Requests
from syncer.render.report_schema import report_schema
from syncer.sandbox import Sandbox
from tests.json_schema import misfits
from tests.story.harness import PEOPLE, House
from tests.story.test_exit_codes import leavers

ALL = ("--allow", "create=99")
SCHEMA = report_schema()


def fitting(document: Any) -> Any:
    assert not list(misfits(document, SCHEMA, SCHEMA))
    return document


def refused_by_the_tenant(house: House, people: int) -> None:
    """So many people whom the tenant will not take: it knows one domain less than the config."""
    Sandbox.open(house.folder / "tenant.json", domains=("example.com",))
    domains = "domains: [example.com, example.net]\n  workspace: null"
    house.edit("syncer.yaml", "domains: [example.com]", domains)
    rows = "".join(f"1{n:03},s{n}@example.net,S,{n},Guest,Sales,,active\n" for n in range(people))
    house.write("people.csv", PEOPLE + rows)


def stale(house: House) -> tuple[str, ...]:
    saved = str(house.folder / "saved.json")
    assert house.plan("--out", saved).code == 0
    house.edit("people.csv", "Ada", "Eda")
    return (saved,)


def without_a_config(house: House) -> tuple[str, ...]:
    (house.folder / "syncer.yaml").unlink()
    return ()


def without_a_column(house: House) -> tuple[str, ...]:
    house.edit("people.csv", "mail,", "post,")
    return ()


def without_a_server(house: House) -> tuple[str, ...]:
    house.write("token", "a-token")
    house.edit(
        "syncer.yaml",
        "sandbox: tenant.json",
        "base_url: http://127.0.0.1:9/scim\n  token: {file: token}",
    )
    return ()


ENDS: dict[str, tuple[Callable[[House], tuple[str, ...]], int, str]] = {
    "stale": (stale, 5, "the directory has changed since"),
    "no-config": (without_a_config, 64, "syncer.yaml"),
    "no-column": (without_a_column, 64, "mail"),
    "no-server": (without_a_server, 1, "127.0.0.1:9"),
}


@pytest.mark.usefixtures("no_waiting")
@pytest.mark.parametrize("name", ENDS)
def test_what_ends_a_run_before_any_change_is_reported_as_json(house: House, name: str) -> None:
    spoil, code, said = ENDS[name]
    arguments = spoil(house)
    reports = [str(house.folder / "report.json"), str(house.folder / "report.txt")]
    written = [option for path in reports for option in ("--report", path)]
    ended = house.apply(*arguments, "--format", "json", *written)
    assert ended.code == code, ended
    document = fitting(ended.json)
    assert document["exit"]["code"] == code
    assert said in json.dumps(document["error"])
    assert document["headline"] == f"NOTHING DONE (exit {code})."
    assert document["next"]
    assert document["host"]
    assert document["counts"]["total"] == 0
    assert json.loads((house.folder / "report.json").read_text()) == document
    assert "NOTHING DONE" in (house.folder / "report.txt").read_text()
    # Whoever reads stderr is told all the same.
    assert said in ended.err


def test_another_run_is_named_in_the_report(house: House) -> None:
    (house.folder / "journal").mkdir()
    holder = '{"run_id": "r7", "pid": 4711, "host": "box", "since": "2026-11-25T10:00:00+00:00"}'
    with (house.folder / "journal" / ".lock").open("w") as held:
        held.write(holder)
        held.flush()
        fcntl.flock(held, fcntl.LOCK_EX)
        ended = house.apply("--format", "json")
    assert ended.code == 5
    assert "run r7 (process 4711 on box" in fitting(ended.json)["error"]["message"]


def test_in_text_an_error_leaves_stdout_empty(house: House) -> None:
    without_a_config(house)
    ended = house.apply()
    assert (ended.code, ended.out) == (64, "")


def test_a_refusal_names_the_guard_and_what_accepts_it(house: House) -> None:
    leavers(house, 12)
    ended = house.apply("--format", "json")
    assert ended.code == 3
    document = fitting(ended.json)
    (violation,) = document["violations"]
    assert violation["guard"] == "deactivate"
    assert "--allow deactivate=12" in violation["remedy"]
    assert len(violation["refs"]) == 12
    assert len(document["not_started"]) == 12
    accepted = house.apply("--format", "json", "--allow", "deactivate=12")
    assert (accepted.code, fitting(accepted.json)["violations"]) == (0, [])


def test_whoever_needs_a_person_is_in_the_report(house: House) -> None:
    assert house.apply(*ALL).code == 0
    house.edit("people.csv", "zoe@example.com", "zoe at example.com")
    document = fitting(house.apply("--format", "json").json)
    (unknown,) = document["unknown"]
    assert unknown["origin"] == {"path": "people.csv", "line": 4}
    assert unknown["hint"]


def test_a_row_of_failures_ends_the_run_and_says_so(house: House) -> None:
    refused_by_the_tenant(house, 40)
    house.edit("syncer.yaml", "teams:", "apply: {failures_in_a_row: 2}\nteams:")
    ended = house.apply(*ALL, "--format", "json")
    assert ended.code == 4
    document = fitting(ended.json)
    assert document["stopped"].endswith("actions in a row failed")
    # Those in flight at that moment still end.
    assert 2 <= document["counts"]["failed"] < 20
    assert document["counts"]["skipped"] > 20
    assert all(failure["subject"] for failure in document["failures"])


@pytest.mark.parametrize(("people", "stopped"), [(9, ""), (60, "10 actions in a row failed")])
def test_ten_in_a_row_are_the_limit_unless_told_otherwise(
    house: House, people: int, stopped: str
) -> None:
    refused_by_the_tenant(house, people)
    ended = house.apply(*ALL, "--format", "json")
    assert (ended.code, ended.json["stopped"]) == (4, stopped)


def test_a_defect_of_ours_in_the_middle_is_no_run_without_changes(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    carry_out, first = Requests.carry_out, True

    async def broken(self: Requests, *action: Any) -> Any:
        nonlocal first
        if first:
            first = False
            return await carry_out(self, *action)
        raise ZeroDivisionError

    monkeypatch.setattr(Requests, "carry_out", broken)
    ended = house.apply(*ALL, "--format", "json")
    assert ended.code == 4
    document = fitting(ended.json)
    assert document["stopped"].startswith("internal error (ZeroDivisionError)")
    assert document["counts"]["applied"] == 1
    assert len(house.tenant()["users"]) == 1


@pytest.mark.parametrize(
    ("error", "code", "said"),
    [(KeyboardInterrupt(), 130, "interrupted"), (ZeroDivisionError(), 1, "internal error")],
    ids=["interrupted", "defect"],
)
def test_what_ends_a_run_while_it_plans_is_reported_too(
    house: House, monkeypatch: pytest.MonkeyPatch, error: BaseException, code: int, said: str
) -> None:
    def broken(*_: object) -> None:
        raise error

    monkeypatch.setattr("syncer.cli.carry_out.compute", broken)
    ended = house.apply("--format", "json")
    assert ended.code == code
    document = fitting(ended.json)
    assert document["exit"]["code"] == code
    assert said in document["error"]["message"]


def test_plan_show_and_apply_write_markdown_too(house: House) -> None:
    saved, page = str(house.folder / "p.json"), house.folder / "p.md"
    planned = house.plan("--format", "markdown", "--out", saved, "--report", str(page))
    assert planned.code == 0
    assert planned.out == page.read_text(encoding="utf-8")
    assert planned.out.startswith("### 4 creates")
    shown = house.syncer("show", saved, "--format", "markdown", "--mask")
    assert "a***@example.com" in unescape(shown.out)
    assert "ada@" not in unescape(shown.out)
    ended = house.apply(saved, "--format", "markdown", "--report", str(page), "--mask")
    assert ended.code == 0
    assert ended.out.startswith("### all done, 7 actions applied and read back.")
    assert ended.out == page.read_text(encoding="utf-8")


def test_a_failure_stands_open_in_markdown_and_a_refusal_is_told(house: House) -> None:
    refused_by_the_tenant(house, 1)
    failed = house.apply(*ALL, "--format", "markdown")
    assert failed.code == 4
    assert "<details open><summary><b>Failed: 1 action</b></summary>" in unescape(failed.out)
    assert "create s0@example.net" in unescape(failed.out)
    leavers(house, 12)
    refused = house.apply("--format", "markdown")
    assert refused.code == 3
    assert "12 of" in refused.out
    assert "NOT DONE (exit 3)" in refused.out
