"""Records that show one address between them: the account of the wrong one is nobody's leaver."""

from dataclasses import replace
from typing import Any

import pytest

from syncer.core.planner import build_plan
from syncer.model.memory import Memory
from tests.core.directory_input import config_of, desired_of
from tests.core.plan_input import NOW, current_state, told

ANN = {"number": "1", "mail": "ann@example.com", "name": "Ann"}
BOB = {"number": "2", "mail": "bob@example.com", "name": "Bob"}
ANN_AS_BOB = {**ANN, "mail": "bob@example.com"}
ACCOUNTS = [
    {"id": "1", "is": "ann@example.com"},
    {"id": "2", "is": "bob@example.com"},
    {"id": "3", "is": "cid@example.com"},
]


def actions(people: list[dict[str, Any]], key: str | None, **numbers: str) -> list[str]:
    """The plan for these rows, where the accounts of `numbers` hold an employeeNumber."""
    config: dict[str, Any] = {"asana": {"domains": ["example.com"]}}
    if key:
        config |= {"directory": {"key": key}, "mapping": {"employeeNumber": key}}
    users = [
        {**user, "employeeNumber": numbers[name]} if (name := f"id{user['id']}") in numbers
        else user
        for user in ACCOUNTS
    ]  # fmt: skip
    state = desired_of({"people": people, "config": config}).state
    current = replace(current_state({"asana": users}), license_support=False)
    plan = build_plan(state, current, config_of(config), Memory(), NOW)
    return [told(action) for action in plan.actions if action.kind == "deactivate_user"]


def test_without_a_key_the_account_of_a_wrong_address_waits() -> None:
    assert actions([ANN, BOB], None) == ["deactivate_user 3"]
    assert actions([ANN_AS_BOB, BOB], None) == ["deactivate_user 1 held", "deactivate_user 3 held"]


def test_with_a_key_only_accounts_without_a_number_wait() -> None:
    keyed = {"id1": "1", "id2": "2", "id3": "3"}
    assert actions([ANN_AS_BOB, BOB], "number", **keyed) == ["deactivate_user 3"]
    keyed.pop("id3")
    assert actions([ANN_AS_BOB, BOB], "number", **keyed) == ["deactivate_user 3 held"]


@pytest.mark.parametrize("key", [None, "number"])
def test_a_record_that_stands_twice_is_about_one_account(key: str | None) -> None:
    assert actions([ANN, BOB, BOB], key) == ["deactivate_user 3"]


def test_records_with_one_key_are_about_one_account() -> None:
    assert actions([ANN, BOB, {**BOB, "name": "Robert"}], "number") == ["deactivate_user 3"]
    assert actions([ANN, BOB, {**BOB, "name": "Robert"}], None) == ["deactivate_user 3 held"]


def test_an_unreadable_record_with_a_readable_address_holds_the_rest() -> None:
    broken: dict[str, Any] = {"problem": "too many cells", "identity": ["bob@example.com"]}
    assert actions([ANN, broken], None) == ["deactivate_user 3 held"]
