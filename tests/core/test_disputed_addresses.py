"""Records that show one address between them: the account of the wrong one is nobody's leaver."""

from dataclasses import replace
from typing import Any

import pytest

from syncer.core.planner import build_plan
from syncer.core.planning.roster import make_roster
from syncer.core.planning.suspicion import suspect
from syncer.model.memory import Memory
from syncer.model.state import DesiredState, UnknownPerson
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


def test_without_a_key_the_account_of_a_wrong_address_waits_and_nobody_elses() -> None:
    assert actions([ANN, BOB], None) == ["deactivate_user 3"]
    assert actions([ANN_AS_BOB, BOB], None) == ["deactivate_user 1 held", "deactivate_user 3"]


def test_directory_keys_tell_accounts_apart_whatever_their_names() -> None:
    keyed = {"id1": "1", "id2": "2", "id3": "3"}
    named = {**ANN_AS_BOB, "name": "Ann Cid"}
    assert actions([named, BOB], "number", **keyed) == ["deactivate_user 3"]
    keyed.pop("id3")
    assert actions([named, BOB], "number", **keyed) == ["deactivate_user 3 held"]
    assert actions([ANN_AS_BOB, BOB], "number", **keyed) == ["deactivate_user 3"]


@pytest.mark.parametrize("key", [None, "number"])
def test_a_record_that_stands_twice_is_about_one_account(key: str | None) -> None:
    assert actions([ANN, BOB, BOB], key) == ["deactivate_user 3"]


@pytest.mark.parametrize("key", [None, "number"])
def test_records_that_differ_hold_only_those_who_are_like_them(key: str | None) -> None:
    assert actions([ANN, BOB, {**BOB, "name": "Robert"}], key) == ["deactivate_user 3"]
    assert actions([ANN, BOB, {**BOB, "name": "Robert Cid"}], None) == ["deactivate_user 3 held"]


def test_an_unreadable_record_with_a_readable_address_is_about_that_person() -> None:
    broken: dict[str, Any] = {"problem": "too many cells", "identity": ["bob@example.com"]}
    assert actions([ANN, broken], None) == ["deactivate_user 3"]
    nameless: dict[str, Any] = {"problem": "too many cells", "identity": ["17"]}
    assert actions([ANN, nameless], "number")[-1] == "deactivate_user 3 held"


@pytest.mark.parametrize(
    ("written", "user", "alike"),
    [
        pytest.param("zoe at example.com", "zoe@example.com", True, id="the-address-broken"),
        pytest.param("zoe.mueller@examplecom", "mueller@example.com", True, id="a-part-of-it"),
        pytest.param("z@", "zoe@example.com", False, id="too-short-to-say-anything"),
        pytest.param("none at example.com", "example@example.com", False, id="the-domain-alone"),
        pytest.param("Zoë Müller", "zmueller@example.com", False, id="another-spelling"),
        pytest.param("Zoë Müller", "zmuller@example.com", True, id="an-initial-and-a-name"),
        pytest.param("", "zoe@example.com", False, id="nothing"),
    ],
)
def test_what_is_like_a_record_is_told_by_words(written: str, user: str, alike: bool) -> None:  # noqa: FBT001
    person = UnknownPerson((), ("9",), None, "bad", texts=(written,))
    state = current_state({"asana": [{"id": "1", "is": user}]})
    roster = make_roster(
        DesiredState(users=(), managed=frozenset()), state, config_of({}), Memory()
    )
    assert suspect(person, ["example.com"], "waits").may_be(state.users[0], roster) is alike
