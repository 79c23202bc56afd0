"""What `why` tells, corner by corner: a whole small world in, the verdict and the facts out."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from syncer.core.why import Answer, why
from syncer.render.why_json import why_json
from syncer.render.why_text import render_why
from tests.core.why_input import evidence_of
from tests.render.laws import stands_still

CASES = Path(__file__).parent / "cases" / "why"
KEYS = {
    "people",
    "more_people",
    "groups",
    "closed",
    "config",
    "asana",
    "asana_teams",
    "ledger",
    "organization",
    "organization_doubt",
}
EXPECTATIONS = {"name", "ask", "verdicts", "told", "untold", "near", "unreadable"}


def cases() -> Iterator[Any]:
    for path in sorted(CASES.glob("*.yaml")):
        for case in yaml.safe_load(path.read_text(encoding="utf-8")):
            yield pytest.param(case, id=f"{path.stem}: {case['name']}")


@pytest.mark.parametrize("case", list(cases()))
def test_why_tells_exactly_what_is_expected(case: dict[str, Any]) -> None:
    assert case.keys() <= KEYS | EXPECTATIONS
    answer = why(evidence_of(case), case["ask"])
    verdicts = [f"{one.name}: {one.verdict}: {one.sentence}" for one in answer.people]
    assert verdicts == case["verdicts"]
    assert list(answer.near) == case.get("near", [])
    text = render_why(answer)
    told = " ".join(text.split())
    for part in case.get("told", ()):
        assert part in told, text
    for part in case.get("untold", ()):
        assert part not in told, text
    assert_well_told(answer, text)


def assert_well_told(answer: Answer, text: str) -> None:
    """What holds of every answer: it fits, it names every record, and it is JSON as well."""
    places = {
        str(origin) for one in answer.people if one.directory for origin in one.directory.records
    }
    stands_still(text, 80, places={*places, *(f"({place})" for place in places)})
    assert all(place in text for place in places)
    assert len(json.loads(why_json(answer))["people"]) == len(answer.people)
