"""Same input, same bytes: neither the order of rows nor that of Asana's answers counts."""

import json
import random
from typing import Any

import pytest

from tests.story.harness import PEOPLE, House


def bare(value: Any) -> Any:
    """A plan without what tells when and from which line it was made."""
    if isinstance(value, dict):
        moving = {"origin", "created_at", "checksum", "sources_digest"}
        return {key: bare(part) for key, part in value.items() if key not in moving}
    return [bare(part) for part in value] if isinstance(value, list) else value


@pytest.mark.parametrize("seed", range(5))
def test_shuffled_rows_give_the_same_plan(house: House, seed: int) -> None:
    header, *rows = PEOPLE.splitlines()
    first = house.plan("--format", "json").json
    random.Random(seed).shuffle(rows)
    house.write("people.csv", "\n".join([header, *rows, ""]))
    second = house.plan("--format", "json").json
    assert second["digest"] == first["digest"]
    assert bare(second) == bare(first)


@pytest.mark.parametrize("seed", range(5))
def test_a_shuffled_tenant_gives_the_same_bytes(house: House, seed: int) -> None:
    assert house.apply().code == 0
    house.edit("people.csv", "Engineer", "Inventor")
    first = house.plan("--format", "json").json
    tenant = house.tenant()
    chance = random.Random(seed)
    for part in ("users", "groups"):
        chance.shuffle(tenant[part])
    for team in tenant["groups"]:
        chance.shuffle(team["members"])
    house.write("tenant.json", json.dumps(tenant))
    second = house.plan("--format", "json").json
    moving = {"created_at", "checksum"}
    assert {key: part for key, part in second.items() if key not in moving} == {
        key: part for key, part in first.items() if key not in moving
    }
    assert json.dumps(second["plan"]) == json.dumps(first["plan"])
