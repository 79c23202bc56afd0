"""The schema for editors: it describes every key, and agrees with the loader."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from syncer.config.keys import known_keys
from syncer.config.loader import load_config
from syncer.config.schema import config_schema
from syncer.model.errors import UsageError
from syncer.model.policy.config import Config
from syncer.model.policy.limits import GUARD_DEFAULTS
from tests.json_schema import misfits

CASES = Path(__file__).parent / "cases"
SCHEMA: Any = config_schema()


class PlainLoader(yaml.SafeLoader):
    """YAML as editors read it: without dates, and with true and false as the only booleans."""


PlainLoader.yaml_implicit_resolvers = {
    first: [(tag, regexp) for tag, regexp in resolvers if not tag.endswith(("timestamp", "bool"))]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
PlainLoader.add_implicit_resolver(
    "tag:yaml.org,2002:bool", re.compile("true|True|TRUE|false|False|FALSE"), list("tTfF")
)


def fits(value: Any) -> bool:
    """Whether a value fits the schema."""
    return not list(misfits(value, SCHEMA, SCHEMA))


def test_the_schema_is_a_closed_json_document() -> None:
    assert json.loads(json.dumps(SCHEMA)) == SCHEMA
    assert SCHEMA["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert "$id" not in SCHEMA
    assert set(SCHEMA["properties"]) == set(known_keys(Config))
    assert SCHEMA["required"] == ["version", "asana", "directory"]


def objects(schema: Any) -> Iterator[Any]:
    if isinstance(schema, dict):
        yield schema
        for inner in schema.values():
            yield from objects(inner)
    elif isinstance(schema, list):
        for inner in schema:
            yield from objects(inner)


def test_every_key_has_a_title_and_a_description_and_no_other_key_is_taken() -> None:
    sections = [found for found in objects(SCHEMA) if isinstance(found.get("properties"), dict)]
    assert len(sections) > 15
    for section in sections:
        assert section["additionalProperties"] is False
        for key, value in section["properties"].items():
            assert value["title"] == key
            assert value["description"].endswith(".") or "auto" in value["description"], key


def test_no_word_of_another_standard_is_left() -> None:
    for found in objects(SCHEMA):
        assert "discriminator" not in found


def test_a_guard_may_name_one_limit_and_its_defaults_are_told() -> None:
    guards = SCHEMA["$defs"]["GuardPolicy"]
    assert "required" not in guards
    for name, limits in GUARD_DEFAULTS.items():
        assert guards["properties"][name]["default"] == limits


@pytest.mark.parametrize("path", sorted((CASES / "good").glob("*.yaml")), ids=lambda p: p.stem)
def test_what_the_loader_takes_the_schema_takes(path: Path) -> None:
    text = path.read_text(encoding="utf-8").replace(" off}", " false}").replace(" No}", " false}")
    text = text.replace("clear: no}", "clear: false}")  # a YAML 1.1 habit that only we forgive
    assert fits(yaml.load(text, PlainLoader))  # noqa: S506  # a SafeLoader underneath


@pytest.mark.parametrize(
    "name",
    [
        "a-key-that-nobody-knows",
        "a-secret-in-the-config",
        "a-secret-without-a-name",
        "every-kind-of-wrong-value",
        "no-version",
        "nothing-but-a-version",
    ],
)
def test_what_the_schema_refuses_the_loader_refuses(name: str) -> None:
    path = CASES / "bad" / f"{name}.yaml"
    text = path.read_text(encoding="utf-8")
    assert not fits(yaml.load(text, PlainLoader))  # noqa: S506  # a SafeLoader underneath
    with pytest.raises(UsageError):
        load_config(path)
