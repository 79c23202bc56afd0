"""Plans and reports of whole runs fit the schemas that are published for them."""

from collections.abc import Iterator
from typing import Any

import pytest

from syncer.render.json_text import REPORT_VERSION
from tests.json_schema import misfits
from tests.story.harness import PEOPLE, House
from tests.story.test_exit_codes import leavers


def schema(house: House, *arguments: str) -> Any:
    printed = house.syncer("schema", *arguments)
    assert printed.code == 0
    assert printed.json["$schema"].endswith("2020-12/schema")
    return printed.json


def assert_fits(value: Any, to: Any) -> None:
    assert not list(misfits(value, to, to))


def troubled(house: House) -> None:
    """More leavers than a guard lets go, a row in doubt, a change and a renamed team."""
    leavers(house, 12)
    people = PEOPLE.replace("zoe@example.com", "zoe at").replace("Hopper", "Murray")
    house.write("people.csv", people)
    house.edit("syncer.yaml", "{name: Eng", "{previously: [Engineering], name: Eng and oth")


def test_plans_fit_their_schema(house: House) -> None:
    plan_schema = schema(house, "--plan")
    assert_fits(house.plan("--format", "json").json, plan_schema)
    troubled(house)
    planned = house.plan("--format", "json")
    assert planned.code == 3
    found = planned.json["plan"]
    assert found["actions"]
    assert found["unknown"]
    assert found["violations"]
    assert_fits(planned.json, plan_schema)


def test_reports_fit_their_schema(house: House) -> None:
    report_schema = schema(house, "--report")
    assert_fits(house.apply("--format", "json").json, report_schema)
    troubled(house)
    refused = house.apply("--format", "json")
    held = house.apply("--format", "json", "--hold")
    assert (refused.code, held.code) == (3, 6)
    assert_fits(refused.json, report_schema)
    assert_fits(held.json, report_schema)


def test_a_schema_is_of_the_version_that_is_written(house: House) -> None:
    assert schema(house, "--plan")["properties"]["format_version"]["const"] == 1
    assert schema(house, "--report")["properties"]["format_version"]["const"] == REPORT_VERSION


def test_rehearsals_fit_their_schema(house: House) -> None:
    rehearsal_schema = schema(house, "--rehearsal")
    rehearsed = house.syncer("rehearse", "--format", "json").json
    assert_fits(rehearsed, rehearsal_schema)
    assert rehearsed["format_version"] == rehearsal_schema["properties"]["format_version"]["const"]
    del rehearsed["report"]["outcomes"]
    (misfit,) = misfits(rehearsed, rehearsal_schema, rehearsal_schema)
    assert misfit == "$.report: outcomes is missing"


def test_what_health_says_fits_its_schema(house: House) -> None:
    health_schema = schema(house, "--health")
    before = house.syncer("health", "--format", "json")
    assert house.apply("--allow", "create=9").code == 0
    after = house.syncer("health", "--format", "json")
    assert (before.code, after.code) == (1, 0)
    for ended in (before, after):
        assert_fits(ended.json, health_schema)
        assert ended.json.keys() == health_schema["properties"].keys()
    told = after.json
    del told["last_run"]["status"]
    (misfit,) = misfits(told, health_schema, health_schema)
    assert misfit == "$.last_run: status is missing"


def test_the_config_has_a_schema_of_its_own(house: House) -> None:
    assert "directory" in schema(house)["properties"]
    both = house.syncer("schema", "--plan", "--report")
    assert both.code == 64
    assert not both.out


@pytest.mark.parametrize("name", ["run_id", "outcomes", "exit"])
def test_a_report_without_a_key_does_not_fit(house: House, name: str) -> None:
    report_schema = schema(house, "--report")
    document = house.apply("--format", "json").json
    del document[name]
    (misfit,) = misfits(document, report_schema, report_schema)
    assert misfit == f"$: {name} is missing"


def undescribed(schema: Any, path: str = "$") -> Iterator[str]:
    """The keys of a document that its schema says nothing of."""
    if isinstance(schema, dict):
        for name, value in schema.get("properties", {}).items():
            if not value.get("description"):
                yield f"{path}.{name}"
        for name, value in schema.items():
            yield from undescribed(value, f"{path}/{name}")


@pytest.mark.parametrize("what", ["--plan", "--report", "--rehearsal"])
def test_every_key_of_a_document_is_described(house: House, what: str) -> None:
    assert list(undescribed(schema(house, what))) == []
