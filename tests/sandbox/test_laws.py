"""Whatever comes in, an answer goes out, and the tenant stays one that could be."""

import json
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from syncer.sandbox import BASE_PATH, Answer, Sandbox, SandboxError, Switches
from syncer.sandbox.documents import read_document
from syncer.sandbox.tenant import folded
from tests.sandbox.talking import GROUP, PATCH_OP, USER, tenant_document

AUTHORIZED = {"Authorization": "Bearer full-token", "Content-Type": "application/json"}
ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"

LAW = settings(deadline=None, derandomize=True, max_examples=60)

switches = st.builds(
    Switches.profile, st.sampled_from(["strict", "lenient", "hostile"]), st.integers(0, 50)
)
ids = st.sampled_from(["1001", "1002", "1003", "1004", "1005", "1006", "2001", "2002", "9", "ü"])
addresses = st.sampled_from(
    ["ann@example.com", "BOB@example.com", "carl@example.com", "new@example.com", "x", ""]
)
scalars = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text()
junk = st.recursive(
    scalars, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=6
)
members = st.lists(st.fixed_dictionaries({"value": ids | st.integers() | junk}), max_size=4)
parts = st.fixed_dictionaries(
    {},
    optional={
        "userName": addresses | junk,
        "userType": st.sampled_from(["enterprise", "view only", "gold"]) | junk,
        "active": st.booleans() | st.sampled_from(["True", "False"]) | junk,
        "title": st.text() | junk,
        "name": st.fixed_dictionaries({"formatted": st.text() | junk}) | junk,
        "emails": st.lists(st.fixed_dictionaries({"value": addresses, "primary": scalars})) | junk,
        "addresses": st.lists(st.fixed_dictionaries({"country": st.text()}), max_size=2) | junk,
        "roles": st.lists(st.fixed_dictionaries({"value": st.text()}), max_size=2) | junk,
        "rbacRoles": st.text() | junk,
        "licensingDivisionId": st.text() | junk,
        "displayName": st.sampled_from(["Marketing", "Design", " "]) | junk,
        "members": members | junk,
        "id": ids | junk,
        ENTERPRISE: st.fixed_dictionaries({"manager": st.fixed_dictionaries({"value": ids})})
        | junk,
    },
)
paths = st.sampled_from(
    [
        "members",
        'members[value eq "1001"]',
        'members[value eq "1002" or value eq "1001"]',
        "displayName",
        "active",
        "userName",
        "userType",
        "title",
        "name.formatted",
        'addresses[type eq "work"].country',
        f"{ENTERPRISE}:manager",
    ]
)
operations = st.fixed_dictionaries(
    {"op": st.sampled_from(["add", "replace", "remove", "Replace", "move"]) | junk},
    optional={"path": paths | junk, "value": parts | members | addresses | junk},
)
bodies = st.one_of(
    parts.map(lambda part: {"schemas": [USER, GROUP], **part}),
    st.lists(operations, max_size=3).map(
        lambda entries: {"schemas": [PATCH_OP], "Operations": entries}
    ),
    junk,
)
targets = st.one_of(
    st.builds("/Users/{}".format, ids),
    st.builds("/Groups/{}".format, ids),
    st.sampled_from(
        [
            "/Users",
            "/Groups",
            '/Users?filter=userName%20eq%20"ann@example.com"',
            "/Users?startIndex=2&count=2",
            "/Schemas",
        ]
    ),
)
requests = st.tuples(st.sampled_from(["GET", "POST", "PUT", "PATCH", "DELETE"]), targets, bodies)


def check_answer(answer: Answer) -> None:
    assert answer.cut in {"", "before", "after"}
    assert answer.delay_seconds >= 0
    if answer.cut == "before":
        return
    assert 200 <= answer.status < 600
    whole = answer.headers.get("Content-Length", str(len(answer.body))) == str(len(answer.body))
    if answer.body and whole and "json" in answer.headers["Content-Type"]:
        json.loads(answer.body)


def check_tenant(sandbox: Sandbox) -> None:
    document: dict[str, Any] = sandbox.document()
    cased = sandbox.switches.unique_case == "sensitive"
    names = [user["userName"] for user in document["users"]]
    names = names if cased else [folded(name) for name in names]
    assert len(names) == len(set(names))
    people = {user["id"] for user in document["users"]}
    for group in document["groups"]:
        assert set(group["members"]) <= people
        assert len(group["members"]) == len(set(group["members"]))
        assert group["displayName"].strip()
    taken = people | {group["id"] for group in document["groups"]}
    assert str(document["nextId"]) not in taken
    assert Sandbox.in_memory(document).document() == document


@LAW
@given(
    method=st.sampled_from(["GET", "POST", "PATCH", "", "ü"]) | st.text(),
    target=st.text() | st.builds((BASE_PATH + "/Users{}").format, st.text()),
    headers=st.dictionaries(st.text(), st.text(), max_size=2),
    body=st.binary(),
    chosen=switches,
)
def test_anything_at_all_gets_an_answer(
    method: str, target: str, headers: dict[str, str], body: bytes, chosen: Switches
) -> None:
    sandbox = Sandbox.in_memory(tenant_document(), switches=chosen)
    check_answer(sandbox.respond(method, target, headers, body))
    check_answer(sandbox.respond(method, target, AUTHORIZED, body))
    check_tenant(sandbox)


@LAW
@given(sequence=st.lists(requests, max_size=6), chosen=switches)
def test_any_requests_in_any_order_leave_a_tenant_that_could_be(
    sequence: list[tuple[str, str, object]], chosen: Switches
) -> None:
    sandbox = Sandbox.in_memory(tenant_document(), switches=chosen)
    for method, target, body in sequence:
        answer = sandbox.respond(method, BASE_PATH + target, AUTHORIZED, json.dumps(body).encode())
        check_answer(answer)
        check_tenant(sandbox)
    assert len(sandbox.requests) == len(sequence)


@LAW
@given(requests, switches)
def test_the_same_request_to_the_same_tenant_gets_the_same_answer(
    request: tuple[str, str, object], chosen: Switches
) -> None:
    method, target, body = request
    content = json.dumps(body).encode()

    def answer() -> Answer:
        sandbox = Sandbox.in_memory(tenant_document(), switches=chosen)
        return sandbox.respond(method, BASE_PATH + target, AUTHORIZED, content)

    assert answer() == answer()


@LAW
@given(requests)
def test_a_refused_request_changes_nothing_in_strict(request: tuple[str, str, object]) -> None:
    sandbox = Sandbox.in_memory(tenant_document())
    before = sandbox.document()
    method, target, body = request
    answer = sandbox.respond(method, BASE_PATH + target, AUTHORIZED, json.dumps(body).encode())
    if answer.status >= 400 or method == "GET":
        assert sandbox.document() == before


@LAW
@given(st.binary(max_size=300))
def test_any_state_file_is_read_or_refused_with_a_reason(content: bytes) -> None:
    try:
        document = json.loads(content)
    except ValueError:
        document = content.decode("latin-1")
    try:
        _, tenant = read_document(document)
    except SandboxError as refused:
        reason = refused.message
    else:
        reason = "an empty tenant" if not tenant.users else "a tenant"
    assert reason
