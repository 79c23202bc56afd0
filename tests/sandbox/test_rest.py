"""The REST API beside SCIM: pages that lose nobody, the same limits and troubles, real sockets."""

import http.client
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from syncer.sandbox import Answer, Fault, Sandbox, Switches
from syncer.sandbox.faults import BEFORE, KINDS, Kind
from syncer.sandbox.rest import chosen, compact
from syncer.sandbox.workspaces import FURTHER, OWN
from tests.sandbox.talking import REST_PATH, Talk, tenant, tenant_document
from tests.sandbox.test_laws import LAW, check_answer, check_tenant, switches
from tests.sandbox.test_limits import Clock, limited
from tests.sandbox.test_server import AUTHORIZED, running

MEMBERSHIPS = f"/workspaces/{OWN.gid}/workspace_memberships"
EVERYBODY = ["1001", "1002", "1003", "1004", "1005", "1006", "1008"]
READ = f"GET REST {MEMBERSHIPS}?limit=2&opt_fields=user.email,is_admin"


def troubled(*faults: Fault, **changed: object) -> Talk:
    chosen_switches = Switches.profile("strict", 0, **changed)
    document = tenant_document()
    return Talk(Sandbox.in_memory(document, switches=chosen_switches, faults=faults))


def crowd(number: int, **overrides: Any) -> Talk:
    """A tenant of so many people, whose ids are from 1 on."""
    users = [{"id": str(n + 1), "userName": f"u{n}@example.com"} for n in range(number)]
    return Talk(tenant(users=users, groups=[], **overrides))


def walk(talk: Talk, limit: int = 100) -> list[list[str]]:
    """The gids of each page of all memberships, along the offsets."""
    pages, offset = [], ""
    while True:
        page = talk.ok(f"GET REST {MEMBERSHIPS}?limit={limit}{offset}")
        pages.append([row["user"]["gid"] for row in page["data"]])
        if page["next_page"] is None:
            return pages
        offset = f"&offset={page['next_page']['offset']}"


@LAW
@given(number=st.integers(0, 12), limit=st.integers(1, 14), cap=st.integers(0, 14))
def test_pages_have_everybody_once_and_never_more_than_the_limit_and_the_cap(
    number: int, limit: int, cap: int
) -> None:
    pages = walk(crowd(number, switches={"rest_page_cap": cap}), limit)
    assert [gid for page in pages for gid in page] == [str(n + 1) for n in range(number)]
    most = min(limit, max(cap, 1))
    assert all(len(page) == most for page in pages[:-1])
    assert len(pages[-1]) <= most
    assert len(pages[-1]) > 0 or number == 0


def test_without_a_limit_there_is_one_page_of_everybody_and_no_word_of_a_next() -> None:
    answer = crowd(150).ok(f"GET REST {MEMBERSHIPS}")
    assert len(answer["data"]) == 150
    assert "next_page" not in answer


def test_the_next_page_is_where_its_links_say() -> None:
    talk = Talk(tenant())
    page = talk.ok(f"{READ}&opt_pretty=true")["next_page"]
    assert page.keys() == {"offset", "path", "uri"}
    assert page["path"].startswith(f"{MEMBERSHIPS}?limit=2&")
    assert page["uri"] == f"https://app.asana.com/api/1.0{page['path']}"
    second = talk.ok(f"GET REST {page['path']}")
    assert second["data"][0].keys() == {"gid", "user", "is_admin"}
    assert [row["user"]["email"] for row in second["data"]] == [
        "carl@example.com",
        "gina@partner.com",
    ]


def test_an_offset_is_good_for_its_list_alone_and_only_with_a_limit() -> None:
    talk = Talk(tenant(switches={"rest_workspaces": "several"}))
    offset = talk.ok("GET REST /workspaces?limit=1")["next_page"]["offset"]
    assert talk.send(f"GET REST /workspaces?limit=2&offset={offset}").status == 200
    assert talk.send(f"GET REST /workspaces?offset={offset}").status == 400
    assert talk.send(f"GET REST {MEMBERSHIPS}?limit=1&offset={offset}").status == 400
    altered = offset.replace("1-", "2-", 1)
    assert talk.send(f"GET REST /workspaces?limit=1&offset={altered}").status == 400


def test_further_workspaces_are_those_of_the_state_where_it_lists_any() -> None:
    further = [
        {"gid": "5", "name": "Mine"},
        {"gid": "2000000000000000", "name": "B", "organization": True, "domains": ["b.example"]},
    ]
    talk = Talk(tenant(furtherWorkspaces=further, switches={"rest_workspaces": "several"}))
    rows = talk.ok("GET REST /workspaces?opt_fields=name,is_organization,email_domains")["data"]
    told = [(row["name"], row["is_organization"], row["email_domains"]) for row in rows]
    assert told == [
        ("Mine", False, []),
        ("Sandbox", True, ["example.com"]),
        ("B", True, ["b.example"]),
    ]


def test_a_made_up_workspace_gives_way_to_the_tenants_own_of_its_gid() -> None:
    gid = FURTHER[0].gid
    talk = Talk(tenant(workspace={"gid": gid}, switches={"rest_workspaces": "several"}))
    rows = talk.ok("GET REST /workspaces")["data"]
    assert [row["name"] for row in rows] == ["Sandbox", FURTHER[1].name]


def test_memberships_have_gids_of_their_own() -> None:
    rows = Talk(tenant()).ok(f"GET REST {MEMBERSHIPS}")["data"]
    gids = {row["gid"] for row in rows}
    assert len(gids) == len(rows)
    assert not gids & set(EVERYBODY)
    assert all(gid.isdigit() for gid in gids)


def test_fields_are_chosen_at_any_depth_and_the_gid_always_comes() -> None:
    user = {"gid": "2", "resource_type": "user", "name": "Ann", "email": "a@b.de"}
    record = {"gid": "1", "resource_type": "x", "user": user, "is_admin": True}
    assert chosen(record, ["is_admin"]) == {"gid": "1", "is_admin": True}
    assert chosen(record, ["user.email", "user.name"])["user"] == {
        "gid": "2",
        "name": "Ann",
        "email": "a@b.de",
    }
    assert chosen(record, ["user", "user.email"])["user"] == user
    assert chosen(record, ["user.nothing"])["user"] == {"gid": "2"}
    assert chosen(record, ["is_admin.more", "nothing"]) == {"gid": "1"}
    del user["email"]
    assert compact(record) == {"gid": "1", "resource_type": "x", "user": user}


# The limits and troubles of SCIM are those of the token, so that REST shares them.


def test_the_quota_is_shared_with_scim_and_its_refusal_is_that_of_rest() -> None:
    talk = limited(Clock(), requests_per_minute=2, throttle_envelope="scim")
    assert talk.send("GET /Users").status == 200
    assert talk.send(READ).status == 200
    refused = talk.send(READ)
    assert (refused.status, refused.headers["Retry-After"]) == (429, "60")
    assert "too many requests" in json.loads(refused.body)["errors"][0]["message"]
    assert "detail" in json.loads(talk.send("GET /Users").body)


def test_reads_in_flight_are_counted_with_those_of_scim() -> None:
    slow = Fault(kind="slow", times=0, seconds=5)
    talk = limited(Clock(), slow, concurrent_reads=2)
    assert [talk.send(line).status for line in ("GET /Users", READ, READ)] == [200, 200, 429]


def trouble(kind: Kind) -> Answer:
    return troubled(Fault(kind=kind, path="/workspaces"), throttle_envelope="scim").send(READ)


def test_trouble_befalls_rest_too() -> None:
    throttled, failed, html = trouble("throttle"), trouble("server_error"), trouble("bad_gateway")
    assert (throttled.status, failed.status, html.status) == (429, 500, 502)
    assert "errors" in json.loads(throttled.body)
    assert json.loads(failed.body)["errors"][0]["phrase"]
    assert html.headers["Content-Type"] == "text/html"
    assert (trouble("cut_before").cut, trouble("cut_after").cut) == ("before", "after")
    assert trouble("not_json").body.startswith(b"<html>")
    assert trouble("slow").delay_seconds == 1
    truncated = trouble("truncated")
    assert int(truncated.headers["Content-Length"]) > len(truncated.body)


def test_a_script_names_paths_below_the_base_of_rest() -> None:
    talk = troubled(Fault(kind="status", path="/users/", times=0, status=503))
    lines = ["GET REST /users/1001/workspace_memberships", READ, "GET /Users/1001"]
    assert [talk.send(line).status for line in lines] == [503, 200, 200]


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_trouble_gives_a_well_formed_answer(kind: Kind) -> None:
    answer = troubled(Fault(kind=kind)).send(READ)
    assert answer.cut or 200 <= answer.status < 600
    assert (kind in BEFORE) <= (answer.status != 200)


def test_a_short_page_loses_nobody() -> None:
    talk = troubled(Fault(kind="short_page", times=0))
    pages = walk(talk, 4)
    assert [gid for page in pages for gid in page] == EVERYBODY
    assert max(map(len, pages)) == 2


@pytest.mark.parametrize("kind", ["ignore_start", "shuffled"])
def test_a_page_that_lies_shows_somebody_twice_wherever_it_loses_somebody(kind: Kind) -> None:
    talk = troubled(Fault(kind=kind, at=2))
    gids = [gid for page in walk(talk, 3) for gid in page]
    assert gids != EVERYBODY
    assert len(gids) > len(set(gids))


def test_a_stale_read_shows_the_membership_before_the_last_write() -> None:
    talk = troubled(Fault(kind="stale", at=2))
    line = "GET REST /users/1001/workspace_memberships?opt_fields=is_active"
    talk.send("DELETE /Users/1001")
    assert [talk.ok(line)["data"][0]["is_active"] for _ in range(2)] == [True, False]


def test_the_log_has_the_requests_of_both() -> None:
    talk = troubled(rest="forbidden")
    talk.send("GET REST /workspaces?limit=1")
    talk.send("GET /Schemas")
    assert list(talk.sandbox.requests) == [
        ("GET", "/api/1.0/workspaces?limit=1", 403),
        ("GET", "/api/1.0/scim/Schemas", 200),
    ]


def test_rest_is_beside_scim_wherever_that_is() -> None:
    for base, beside in (("/scim", ""), ("/a/b/", "/a")):
        sandbox = Sandbox.in_memory(tenant_document(), base_path=base)
        found = sandbox.respond("GET", f"{beside}/workspaces", AUTHORIZED, b"")
        assert found.status == 200
        assert sandbox.respond("GET", f"{base}/workspaces", AUTHORIZED, b"").status == 404
    whole = Sandbox.in_memory(tenant_document(), base_path="/")
    assert whole.respond("GET", "/Users", AUTHORIZED, b"").status == 200
    assert whole.respond("GET", "/workspaces", AUTHORIZED, b"").status == 404


def test_a_read_sees_what_was_edited_by_hand_and_leaves_the_file_alone(tmp_path: Path) -> None:
    path = tmp_path / "tenant.json"
    path.write_text(json.dumps(tenant_document()), encoding="utf-8")
    talk = Talk(Sandbox.open(path))
    line = "GET REST /users/1002/workspace_memberships?opt_fields=is_admin"
    assert talk.ok(line)["data"][0]["is_admin"] is False
    document = tenant_document()
    document["users"][1]["admin"] = True
    path.write_text(json.dumps(document), encoding="utf-8")
    before = path.stat()
    assert talk.ok(line)["data"][0]["is_admin"] is True
    assert talk.send("PUT REST /workspaces/1", {}).status == 405
    after = path.stat()
    assert (before.st_mtime_ns, before.st_ino) == (after.st_mtime_ns, after.st_ino)


def test_a_damaged_file_is_an_error_of_the_server(tmp_path: Path) -> None:
    path = tmp_path / "tenant.json"
    path.write_text(json.dumps(tenant_document()), encoding="utf-8")
    talk = Talk(Sandbox.open(path))
    path.write_text("{", encoding="utf-8")
    answer = talk.send("GET REST /workspaces")
    assert answer.status == 500
    assert json.loads(answer.body)["errors"][0]["phrase"]


# Whatever comes in.

rest_targets = st.one_of(
    st.text(),
    st.builds("/workspaces{}".format, st.text()),
    st.builds("/users/{}/workspace_memberships".format, st.text()),
    st.builds(
        (MEMBERSHIPS + "?limit={}&offset={}&opt_fields={}").format,
        st.integers() | st.text(),
        st.text() | st.integers(-2, 20),
        st.text(alphabet="user.name,email is_admin", max_size=30),
    ),
)


@LAW
@given(
    method=st.sampled_from(["GET", "HEAD", "POST", "PUT", "DELETE"]),
    target=rest_targets,
    chosen_switches=switches,
    body=st.binary(max_size=20),
    host=st.text(max_size=5),
)
def test_anything_at_all_gets_an_answer_and_changes_nothing(
    method: str, target: str, chosen_switches: Switches, body: bytes, host: str
) -> None:
    sandbox = Sandbox.in_memory(tenant_document(), switches=chosen_switches)
    before = sandbox.document()
    answer = sandbox.respond(method, REST_PATH + target, {**AUTHORIZED, "Host": host}, body)
    check_answer(answer)
    check_tenant(sandbox)
    assert sandbox.document() == before


def page_of(answer: Answer) -> Any:
    """What a client has in hand of a list; None where it has to ask again."""
    announced = answer.headers.get("Content-Length", str(len(answer.body)))
    if answer.cut or answer.status != 200 or str(len(answer.body)) != announced:
        return None
    return None if answer.body.startswith(b"<html>") else json.loads(answer.body)


@settings(LAW, max_examples=200)
@given(seed=st.integers(0, 400), limit=st.integers(1, 4))
def test_hostile_lists_are_never_shorter_than_the_people_there_are(seed: int, limit: int) -> None:
    """So that whoever is missing leaves somebody twice, which a client can notice."""
    hostile = Switches.profile("hostile", seed, rest="allowed", rest_former="listed")
    talk = Talk(Sandbox.in_memory(tenant_document(), switches=hostile))
    gids: list[str] = []
    more, offset = True, ""
    while more:
        page = page_of(talk.send(f"GET REST {MEMBERSHIPS}?limit={limit}{offset}"))
        if page is not None:
            gids += [row["user"]["gid"] for row in page["data"]]
            more = page["next_page"] is not None
            offset = f"&offset={page['next_page']['offset']}" if more else ""
    assert len(gids) >= (8 if hostile.rest_service_accounts == "listed" else 7)


# On a port.


def test_rest_is_served_on_the_port_and_its_links_lead_back_to_it() -> None:
    with running(tenant()) as connection:

        def get(path: str) -> tuple[int, Any]:
            connection.request("GET", path, headers=AUTHORIZED)
            response = connection.getresponse()
            assert response.headers["Content-Type"] == "application/json; charset=utf-8"
            return response.status, json.loads(response.read())

        gids, path = [], f"{REST_PATH}{MEMBERSHIPS}?limit=3&opt_fields=user.gid"
        here = f"http://{connection.host}:{connection.port}"
        while path:
            status, page = get(path)
            assert status == 200
            gids += [row["user"]["gid"] for row in page["data"]]
            path = page["next_page"]["uri"].removeprefix(here) if page["next_page"] else ""
        assert gids == EVERYBODY
        assert get(f"{REST_PATH}/nowhere")[0] == 404
        connection.request("HEAD", f"{REST_PATH}/workspaces", headers=AUTHORIZED)
        response = connection.getresponse()
        assert (response.status, response.read()) == (405, b"")


def test_a_cut_drops_the_connection_of_a_read_over_rest() -> None:
    cut = Fault(kind="cut_before", path="/workspaces")
    with running(Sandbox.in_memory(tenant_document(), faults=[cut])) as connection:
        connection.request("GET", f"{REST_PATH}/workspaces", headers=AUTHORIZED)
        with pytest.raises((ConnectionResetError, http.client.RemoteDisconnected)):
            connection.getresponse()
