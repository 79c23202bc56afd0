"""JSON for machines: versioned, in a stable order, complete enough to page somebody with."""

import json

import pytest

from syncer.model.exits import Exit
from syncer.model.outcome import Outcome, Report, Result
from syncer.model.plan import Plan
from syncer.render.conclusion import MEANINGS
from syncer.render.json_text import problems_json, report_json
from syncer.render.report_schema import report_schema
from tests.json_schema import misfits
from tests.render import golden, hard_samples, reports, samples
from tests.render.test_problem_text import MIXED


def test_a_report_as_json_is_what_it_was() -> None:
    golden.agrees("report-partly-failed-json", report_json(reports.PARTLY_FAILED))


def test_problems_as_json_are_what_they_were() -> None:
    golden.agrees("problems-json", problems_json(MIXED))


def test_a_failure_names_the_person_and_the_cause() -> None:
    document = json.loads(report_json(reports.PARTLY_FAILED))
    assert document["format_version"] == 1
    assert document["exit"] == {
        "code": 4,
        "name": "some_failed",
        "meaning": "applied, but some actions failed",
    }
    first = document["failures"][0]
    assert first["subject"] == "marco.bianchi@kranich.example"
    assert first["scim_id"] == "id-marco.bianchi"
    assert first["detail"].startswith("PATCH /Users/7: 403")
    assert first["reversible"] is False


def test_outcomes_stand_in_the_order_of_the_plan() -> None:
    document = json.loads(report_json(reports.PARTLY_FAILED))
    refs = [outcome["ref"] for outcome in document["outcomes"]]
    assert refs == [action.ref for action in samples.EVERY_KIND.actions]
    assert sum(document["counts"].values()) == 2 * document["counts"]["total"]


def test_what_was_not_begun_is_listed() -> None:
    document = json.loads(report_json(reports.INTERRUPTED))
    assert document["not_started"] == [action.ref for action in samples.EVERY_KIND.actions[5:]]
    assert document["exit"]["code"] == 130


def test_an_outcome_without_an_action_has_no_subject() -> None:
    stray = Outcome(ref="create_user:ghost", result=Result.FAILED)
    report = reports.report(Plan(), outcomes=(stray,))
    outcome = json.loads(report_json(report, exit_code=Exit.FAILED))["outcomes"][0]
    assert (outcome["kind"], outcome["subject"], outcome["reversible"]) == (None, None, None)


def test_json_holds_no_character_that_a_terminal_obeys() -> None:
    report = reports.report(hard_samples.NASTY, stopped="\x1b[2K\u202e")
    assert report_json(report).replace("\n", "").isprintable()
    assert report_json(report).isascii()


def test_every_exit_code_has_a_meaning() -> None:
    assert set(MEANINGS) == set(Exit)


@pytest.mark.parametrize(
    "report", [reports.PARTLY_FAILED, reports.INTERRUPTED], ids=["failed", "interrupted"]
)
def test_a_report_fits_its_published_schema(report: Report) -> None:
    schema = report_schema()
    assert json.loads(json.dumps(schema)) == schema
    assert not list(misfits(json.loads(report_json(report)), schema, schema))
