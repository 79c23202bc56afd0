"""The plan as a document: exact, deterministic, and an edit shows."""

import hashlib
import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from types import MappingProxyType
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from syncer.core.plan_document import (
    AlteredError,
    PlanDocument,
    document_json,
    make_document,
    plan_digest,
    plan_schema,
    read_document,
)
from syncer.core.plan_fields import OF_ALL, OF_ONE
from syncer.model.actions import (
    Action,
    ChangeMembers,
    CreateTeam,
    CreateUser,
    DeactivateUser,
    FieldChange,
    Member,
    UpdateUser,
)
from syncer.model.origin import Origin
from syncer.model.plan import Plan, TouchedAbsence, TouchedTeam

NOW = datetime(2026, 11, 22, 12, 0, 30, tzinfo=UTC)

TEXTS = st.text(max_size=8)
ACTIONS = st.lists(st.from_type(Action), max_size=4, unique_by=lambda one: one.ref)  # type: ignore[arg-type] # a union of classes
PLANS: st.SearchStrategy[Plan] = st.from_type(Plan).flatmap(
    lambda plan: ACTIONS.map(lambda actions: replace(plan, actions=tuple(actions)))
)
LAW = settings(deadline=None, derandomize=True, max_examples=60)


def a_plan() -> Plan:
    return Plan(
        actions=(
            CreateUser(
                ref="create_user:ann@example.com",
                reason="in the directory, not in Asana",
                origin=Origin("people.csv", 2),
                user_name="ann@example.com",
                attributes=(FieldChange("title", None, "Boss"),),
            ),
            UpdateUser(
                ref="update_user:bob@example.com",
                reason="title differs",
                depends_on=("create_user:ann@example.com",),
                user_name="bob@example.com",
                scim_id="7",
                changes=(FieldChange("title", "A", "B"),),
            ),
            ChangeMembers(
                ref="change_members:eng",
                reason="",
                team="Eng",
                scim_id="9",
                add=(Member("bob@example.com", "7", "in group eng"),),
                members_before=3,
            ),
            DeactivateUser(ref="deactivate_user:old", reason="left", user_name="o", scim_id="1"),
        ),
        tenant="https://example.com/scim",
    )


def document(plan: Plan | None = None) -> PlanDocument:
    return make_document(plan or a_plan(), created_at=NOW, version="1.2")


@given(plan=PLANS)
@LAW
def test_a_plan_survives_its_document_exactly(plan: Plan) -> None:
    text = document_json(document(plan))
    again = read_document(text)
    assert again == document(plan)
    assert document_json(again) == text
    assert plan_digest(again.plan) == document(plan).digest


@given(plan=PLANS, half=st.sampled_from(["", "\ud800"]))
@LAW
def test_the_text_is_plain_indented_json_even_with_half_a_letter(plan: Plan, half: str) -> None:
    plan = replace(plan, tenant=plan.tenant + half)
    text = document_json(make_document(plan, created_at=NOW, version="1.0"))
    assert text == json.dumps(json.loads(text), ensure_ascii=False, indent=2) + "\n"


def test_the_document_says_what_it_is() -> None:
    raw = json.loads(document_json(document()))
    assert list(raw)[:3] == ["format_version", "program_version", "created_at"]
    assert raw["created_at"] == "2026-11-22T12:00:30Z"
    first, *_, last = raw["plan"]["actions"]
    assert list(first)[:3] == ["kind", "ref", "reversible"]
    assert (first["reversible"], last["reversible"]) == (True, False)
    assert first["origin"] == {"path": "people.csv", "line": 2}
    assert document_json(document()).endswith("}\n")


def test_the_order_of_a_mapping_makes_no_difference() -> None:
    def touching(**members: bool) -> Plan:
        team = TouchedTeam(scim_id="9", name="Eng", members=MappingProxyType(members))
        return Plan(touched=(team, TouchedAbsence(name="x", kind="no_team")))

    one, other = touching(a=True, b=False), touching(b=False, a=True)
    assert document_json(document(one)) == document_json(document(other))
    assert read_document(document_json(document(one))).plan == one


def test_the_time_is_kept_in_utc_to_the_second() -> None:
    zone = timezone(timedelta(hours=2))
    local = datetime(2026, 11, 22, 14, 0, 30, 999, tzinfo=zone)
    assert make_document(a_plan(), created_at=local, version="1.2") == document()
    with pytest.raises(ValueError, match="needs a time zone"):
        make_document(a_plan(), created_at=datetime(2026, 11, 22), version="1")  # noqa: DTZ001 - the point


def changed(plan: Plan, number: int, **changes: Any) -> Plan:
    actions = list(plan.actions)
    actions[number] = replace(actions[number], **changes)
    return replace(plan, actions=tuple(actions))


@pytest.mark.parametrize(
    "reword",
    [
        lambda plan: changed(plan, 0, reason="another word", origin=Origin("people.csv", 99)),
        lambda plan: changed(plan, 0, consequences=("sends an invitation",)),
        lambda plan: changed(plan, 2, members_before=4),
        lambda plan: changed(plan, 2, add=(Member("bob@example.com", "7", "other words"),)),
        lambda plan: replace(plan, config_digest="c", sources_digest="s", guards_off=("update",)),
        lambda plan: changed(changed(plan, 3, held="guard"), 3, held=""),
    ],
    ids=["reason and line", "consequences", "facts", "member reason", "inputs", "held and back"],
)
def test_wording_and_line_numbers_keep_the_digest(reword: Callable[[Plan], Plan]) -> None:
    assert plan_digest(reword(a_plan())) == plan_digest(a_plan())


def test_the_reason_of_holding_keeps_the_digest() -> None:
    one, other = (changed(a_plan(), 3, held=why) for why in ("3 of 10", "4 of 10"))
    assert plan_digest(one) == plan_digest(other)


@pytest.mark.parametrize(
    "alter",
    [
        lambda plan: replace(plan, actions=plan.actions[:-1]),
        lambda plan: replace(plan, actions=plan.actions[::-1]),
        lambda plan: replace(plan, tenant="another"),
        lambda plan: changed(plan, 0, user_name="eve@example.com"),
        lambda plan: changed(plan, 0, attributes=(FieldChange("title", None, "Clerk"),)),
        lambda plan: changed(plan, 0, license="enterprise"),
        lambda plan: changed(plan, 1, scim_id="8"),
        lambda plan: changed(plan, 1, changes=(FieldChange("title", "Z", "B"),)),
        lambda plan: changed(plan, 1, depends_on=()),
        lambda plan: changed(plan, 2, add=(), remove=(Member("bob@example.com", "7"),)),
        lambda plan: changed(plan, 3, held="guard deactivate"),
        lambda plan: changed(plan, 3, ref="other"),
    ],
)
def test_whatever_changes_what_would_be_done_changes_the_digest(
    alter: Callable[[Plan], Plan],
) -> None:
    assert plan_digest(alter(a_plan())) != plan_digest(a_plan())


def test_actions_of_different_kinds_never_share_a_digest() -> None:
    one, other = (
        Plan(actions=(action,))
        for action in (
            CreateTeam(ref="x", reason="", team="T"),
            ChangeMembers(ref="x", reason="", team="T", scim_id=None),
        )
    )
    assert plan_digest(one) != plan_digest(other)


def places(node: Any) -> Iterator[tuple[Any, Any]]:
    """Every container with each of its keys, at any depth."""
    for key in list(node) if isinstance(node, dict) else range(len(node)):
        yield node, key
        if isinstance(node[key], dict | list):
            yield from places(node[key])


@given(data=st.data())
@LAW
def test_any_edit_of_any_value_is_noticed(data: st.DataObject) -> None:
    raw = json.loads(document_json(document()))
    node, key = data.draw(st.sampled_from(list(places(raw))))
    node[key] = data.draw(st.one_of(TEXTS, st.integers(2, 9), st.none()))
    if json.dumps(raw) == json.dumps(json.loads(document_json(document()))):
        return
    with pytest.raises(ValueError, match=r"altered|not a plan|format version"):
        read_document(json.dumps(raw))


def test_another_layout_of_the_same_content_is_no_edit() -> None:
    text = json.dumps(json.loads(document_json(document())), sort_keys=True)
    assert read_document(text) == document()


def test_an_altered_document_is_refused_and_can_be_shown() -> None:
    text = document_json(document()).replace("bob@example.com", "eve@example.com")
    with pytest.raises(AlteredError, match="was altered after it was written"):
        read_document(text)
    shown = read_document(text, even_altered=True)
    assert shown.digest != plan_digest(shown.plan)


def resealed(**changes: Any) -> str:
    """A document whose checksum is right and whose content is not."""
    raw = json.loads(document_json(document()))
    for path, value in changes.items():
        *way, last = path.split("__")
        node = raw
        for step in way:
            node = node[int(step) if step.isdigit() else step]
        node[last] = value
    raw.pop("checksum")
    canonical = json.dumps(raw, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    raw["checksum"] = "sha256:" + hashlib.sha256(canonical.encode()).hexdigest()
    return json.dumps(raw)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"extra": 1}, "extra: Unexpected keyword argument"),
        ({"plan__extra": 1}, "plan.extra: Unexpected keyword argument"),
        ({"plan__actions__0__extra": 1}, "plan.actions.0.create_user.extra: Unexpected"),
        ({"plan__actions__0__kind": "explode"}, "plan.actions.0: Input tag 'explode'"),
        ({"plan__actions__0__user_name": 7}, "should be a valid string"),
        ({"plan__actions": 7}, "plan.actions: Input should be a valid"),
        ({"plan__actions": [7]}, "plan.actions.0: Input should be"),
        (
            {"plan__actions__1__ref": "create_user:ann@example.com"},
            "two actions have the same ref",
        ),
        ({"plan": 7}, "plan: Input should be"),
        ({"created_at": "yesterday"}, "created_at is not a date and time"),
        ({"created_at": "2026-11-22T12:00:00"}, "created_at has no time zone"),
        ({"digest": "sha256:0"}, "does not have the digest it names"),
        (
            {"a": 1, "b": 1, "c": 1, "d": 1},
            "c: Unexpected keyword argument; and 1 more",
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else None,
)
def test_what_fits_no_plan_is_named_by_its_place(changes: dict[str, Any], said: str) -> None:
    with pytest.raises(ValueError) as caught:  # noqa: PT011 - the message is compared below
        read_document(resealed(**changes))
    assert said in str(caught.value)
    assert "ann@example.com" not in str(caught.value).replace("create_user:ann@example.com", "")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "this is not JSON: Expecting value at line 1, column 1"),
        ("{", "this is not JSON"),
        ("[]", "not a plan"),
        ('{"plan": {}}', "not a plan: it has no 'plan' and 'format_version'"),
        ('{"plan": {}, "plan": {}}', "the key 'plan' stands twice"),
        ('{"plan": NaN, "format_version": 1}', "NaN is no JSON number"),
        ("[" * 100_000, "nested too deeply"),
        (
            '{"plan": {}, "format_version": 2, "program_version": "9.9"}',
            "this plan has format version 2, written by syncer 9.9; this program reads version 1",
        ),
        ('{"plan": {}, "format_version": true}', "format version True"),
        ('{"plan": {}, "format_version": 1}', "altered"),
        ('{"plan": "\\ud800", "format_version": 1}', "altered"),
    ],
    ids=range(11),
)
def test_what_is_no_document_gets_a_sentence(text: str, said: str) -> None:
    with pytest.raises(ValueError) as caught:  # noqa: PT011 - the message is compared below
        read_document(text)
    assert said in str(caught.value)


@given(text=st.one_of(st.text(), st.recursive(
    st.none() | st.booleans() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(
        st.sampled_from(["plan", "format_version", "checksum", "actions", "kind", "x"]), inner),
    max_leaves=12,
).map(json.dumps)))  # fmt: skip
@settings(deadline=None, derandomize=True, max_examples=200)
def test_no_text_at_all_makes_anything_but_a_sentence(text: str) -> None:
    for even_altered in (False, True):
        with pytest.raises(ValueError, match=r"\w+ \w+"):
            read_document(text, even_altered=even_altered)


def test_the_schema_knows_every_kind_of_action() -> None:
    schema = plan_schema()
    json.dumps(schema)
    for kind in ("CreateUser", "UpdateUser", "SetLicense", "DeactivateUser", "ReactivateUser",
                 "CreateTeam", "RenameTeam", "ChangeMembers"):  # fmt: skip
        assert schema["$defs"][kind]["properties"]["reversible"]["type"] == "boolean"


def test_every_key_of_a_plan_is_described_and_nothing_else_is() -> None:
    schema = plan_schema()
    owners = {"Document": schema, **schema["$defs"]}
    keys = {
        (owner, key): found
        for owner, one in owners.items()
        for key, found in one.get("properties", {}).items()
    }
    assert all(found["description"].endswith(".") for found in keys.values())
    described = {(owner, key) for owner, known in OF_ONE.items() for key in known}
    assert described <= keys.keys()
    assert {key for _, key in keys} >= OF_ALL.keys()
