"""What SCIM hides is read over REST where the token may, and a cut reading is doubt."""

from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from syncer.asana.organization import AUTO, OrganizationReading, read_organization
from syncer.asana.rest import rest_base, rest_path
from syncer.asana.settings import RetryPolicy
from syncer.model.state import Organization, OrganizationMember, UserKey
from tests.asana.build import BASE, TOKEN, client, run

MARKS = ("is_active", "is_admin", "is_guest", "is_view_only", "next_page", "offset")
FIELDS = "user.name,user.email,is_active,is_admin,is_guest,is_view_only"
ONCE = RetryPolicy(attempts=1)
ACME = {"gid": "77", "name": "Acme", "is_organization": True, "email_domains": ["Example.com"]}
PERSONAL = {"gid": "5", "name": "My own", "is_organization": False, "email_domains": []}

Handler = Callable[[httpx.Request], httpx.Response]


def membership(address: str | None, gid: str = "1", **marks: Any) -> dict[str, Any]:
    user = {"gid": gid, "name": "Somebody", "email": address}
    marks = {"is_active": True, "is_admin": False, "is_guest": False, **marks}
    return {"gid": f"m{gid}", "user": user, **marks}


class Rest:
    """Workspaces and memberships behind the documented calls, `size` entries a page."""

    def __init__(
        self, workspaces: list[Any] | None = None, members: list[Any] | None = None, size: int = 2
    ) -> None:
        self.workspaces = [ACME] if workspaces is None else workspaces
        self.members = [membership("ann@example.com")] if members is None else members
        self.size = size
        self.requests: list[httpx.Request] = []
        self.answers: dict[int, httpx.Response] = {}

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        if scripted := self.answers.get(len(self.requests)):
            return scripted
        match request.url.path.removeprefix("/api/1.0/").split("/"):
            case ["workspaces"]:
                return self._page(request, self.workspaces)
            case ["workspaces", gid]:
                found = [one for one in self.workspaces if one["gid"] == gid]
                return httpx.Response(200, json={"data": found[0]}) if found else refusal(404)
            case ["workspaces", _, "workspace_memberships"]:
                return self._page(request, self.members)
        return refusal(404)

    def _page(self, request: httpx.Request, entries: list[Any]) -> httpx.Response:
        offset = parse_qs(request.url.query.decode()).get("offset", ["at-0"])[0]
        start = int(offset.removeprefix("at-"))
        end = start + self.size
        more = {"offset": f"at-{end}", "path": "/x", "uri": "https://elsewhere.test/x"}
        page = more if end < len(entries) else None
        return httpx.Response(200, json={"data": entries[start:end], "next_page": page})

    @property
    def paths(self) -> list[str]:
        return [request.url.path for request in self.requests]


def refusal(status: int, message: str = "Not for you") -> httpx.Response:
    return httpx.Response(status, json={"errors": [{"message": message}]})


def reading(
    handler: Handler,
    workspace: str | None = AUTO,
    domains: frozenset[str] = frozenset(),
    base_url: str = BASE,
) -> OrganizationReading:
    async def story() -> OrganizationReading:
        async with client(handler, read_only=True, base_url=base_url, policy=ONCE) as asana:
            rest = asana.rest(anywhere=workspace != AUTO)
            return await read_organization(rest, workspace, domains)

    return run(story())


def test_the_organization_takes_one_request_and_one_for_each_page_of_members() -> None:
    rest = Rest(
        members=[
            membership("Ann@Example.com", "1", is_view_only=False),
            membership("root@example.com", "2", is_admin=True, is_view_only=True),
            membership("gast@example.net", "3", is_guest=True),
            membership(None, "4", is_active=False),
            membership("bob@example.com", "5"),
        ]
    )
    found = reading(rest)
    assert found.organization == Organization(
        gid="77",
        name="Acme",
        domains=("example.com",),
        members=(
            member("1", "Ann@Example.com", view_only=False),
            member("2", "root@example.com", admin=True, view_only=True),
            member("3", "gast@example.net", guest=True),
            member("4", "", active=False),
            member("5", "bob@example.com"),
        ),
    )
    assert (found.unread, found.doubt) == ("", "")
    path = "/api/1.0/workspaces/77/workspace_memberships"
    assert rest.paths == ["/api/1.0/workspaces", path, path, path]
    first = parse_qs(rest.requests[1].url.query.decode())
    assert first == {"limit": ["100"], "opt_fields": [FIELDS]}
    assert {request.method for request in rest.requests} == {"GET"}
    assert {request.url.host for request in rest.requests} == {"asana.test"}
    assert {r.headers["Authorization"] for r in rest.requests} == {f"Bearer {TOKEN}"}
    assert {request.headers["Accept"] for request in rest.requests} == {"application/json"}


def member(gid: str, address: str, **marks: Any) -> OrganizationMember:
    plain: dict[str, Any] = {"active": True, "admin": False, "guest": False}
    key = UserKey(address.lower()) if address else None
    return OrganizationMember(gid=gid, address=address, key=key, **{**plain, **marks})


def test_nothing_is_asked_where_the_config_says_null() -> None:
    rest = Rest()
    assert reading(rest, workspace=None) == OrganizationReading()
    assert rest.paths == []


def test_a_workspace_that_is_named_is_read_without_a_list() -> None:
    rest = Rest(workspaces=[PERSONAL, ACME])
    found = reading(rest, workspace="77")
    assert found.organization is not None
    assert rest.paths[0] == "/api/1.0/workspaces/77"
    assert reading(Rest(), workspace="78").unread == "GET /workspaces/78: 404 Not for you"


def test_of_several_organizations_the_one_with_a_domain_of_ours_is_taken() -> None:
    other = {**ACME, "gid": "78", "name": "Other", "email_domains": ["example.org"]}
    several = [PERSONAL, other, ACME]
    found = reading(Rest(workspaces=several), domains=frozenset({"example.com"}))
    assert found.organization is not None
    assert found.organization.gid == "77"
    for domains in (frozenset[str](), frozenset({"example.com", "example.org"})):
        found = reading(Rest(workspaces=several), domains=domains)
        assert found == OrganizationReading(
            unread="the token sees 2 organizations; name one by its id: Acme (77), Other (78)"
        )


def test_a_token_that_sees_no_organization_is_no_fault() -> None:
    assert reading(Rest(workspaces=[PERSONAL])).unread == "the token sees no organization"


@pytest.mark.parametrize("status", [400, 401, 402, 403, 404, 405, 451, 302])
def test_a_refusal_is_said_and_the_run_goes_on(status: int) -> None:
    found = reading(lambda _: refusal(status))
    assert found.organization is None
    assert found.unread.startswith(f"GET /workspaces: {status}")
    assert not found.doubt


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(httpx.Response(200, html="<html>hello</html>"), id="a-page"),
        pytest.param(httpx.Response(200, json=[]), id="a-list"),
        pytest.param(httpx.Response(200, json={"data": {}}), id="an-object"),
        pytest.param(httpx.Response(200, json={"data": [7]}), id="numbers"),
        pytest.param(httpx.Response(200, json={"data": [{"name": "x"}]}), id="no-gid"),
        pytest.param(httpx.Response(200, json={"data": [], "next_page": {}}), id="no-offset"),
        pytest.param(httpx.Response(204), id="nothing"),
    ],
)
def test_what_is_not_asanas_api_is_done_without(answer: httpx.Response) -> None:
    found = reading(lambda _: answer)
    assert found.organization is None
    assert found.unread
    assert not found.doubt


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504])
def test_a_failure_that_may_pass_leaves_doubt(status: int) -> None:
    found = reading(lambda _: refusal(status, "come back"))
    assert found.organization is None
    assert found.doubt.startswith(f"GET /workspaces: {status}")
    assert not found.unread


def test_a_lost_connection_leaves_doubt() -> None:
    def lost(request: httpx.Request) -> httpx.Response:
        raise httpx.ReadError("gone", request=request)

    assert reading(lost).doubt == "GET /workspaces: gone"


def test_members_that_the_token_may_not_see_leave_the_domains_known() -> None:
    rest = Rest()
    rest.answers[2] = refusal(403)
    found = reading(rest)
    assert found.organization is not None
    assert (found.organization.domains, found.organization.members) == (("example.com",), ())
    assert found.unread == "GET /workspaces/77/workspace_memberships: 403 Not for you"


@pytest.mark.parametrize("status", [400, 403, 404, 500])
def test_members_that_break_off_after_a_page_leave_doubt(status: int) -> None:
    rest = Rest(members=[membership(f"p{n}@example.com", str(n)) for n in range(3)])
    rest.answers[3] = refusal(status)
    found = reading(rest)
    assert found.organization is not None
    assert found.organization.members == ()
    assert found.doubt.startswith(f"GET /workspaces/77/workspace_memberships: {status}")
    assert not found.unread


def test_pages_that_lead_round_in_a_circle_end_in_doubt() -> None:
    rest = Rest()
    again = {"data": [membership("ann@example.com")], "next_page": {"offset": "same"}}
    rest.answers = {n: httpx.Response(200, json=again) for n in (2, 3)}
    found = reading(rest)
    assert found.doubt.endswith("the pages lead round in a circle")
    assert len(rest.requests) == 3


@pytest.mark.parametrize("data", [[], [membership("ann@example.com")]], ids=["empty", "the-same"])
def test_pages_that_never_end_leave_doubt(data: list[Any]) -> None:
    rest = Rest()
    rest.answers = {
        n: httpx.Response(200, json={"data": data, "next_page": {"offset": f"never-{n}"}})
        for n in range(2, 200)
    }
    assert reading(rest).doubt
    assert len(rest.requests) < 50


def test_workspaces_whose_pages_never_end_leave_doubt() -> None:
    rest = Rest()
    rest.answers = {
        n: httpx.Response(200, json={"data": [ACME], "next_page": {"offset": f"never-{n}"}})
        for n in range(1, 200)
    }
    assert reading(rest).doubt
    assert len(rest.requests) < 5


def test_a_first_page_that_does_not_say_where_the_next_begins_leaves_doubt() -> None:
    rest = Rest()
    odd = {"data": [membership("ann@example.com")], "next_page": {}}
    rest.answers = {2: httpx.Response(200, json=odd)}
    assert reading(rest).doubt.endswith("does not say where its next page begins")


def test_a_full_page_that_names_no_next_one_may_be_cut() -> None:
    people = [membership(f"p{n}@example.com", str(n)) for n in range(100)]
    rest = Rest()
    rest.answers = {2: httpx.Response(200, json={"data": people})}
    assert reading(rest).doubt.endswith("a full page does not say whether it is the last")
    rest.answers = {4: httpx.Response(200, json={"data": people[1:]})}
    assert not reading(rest).doubt


def test_a_membership_that_comes_twice_leaves_doubt() -> None:
    same = membership("ann@example.com")
    found = reading(Rest(members=[same, membership("bob@example.com", "2"), same]))
    assert found.doubt == "the list of memberships names somebody twice: it was cut or shifted"


@pytest.mark.parametrize("mark", ["is_admin", "is_guest"])
def test_memberships_without_the_marks_that_matter_are_done_without(mark: str) -> None:
    bare = membership("ann@example.com")
    del bare[mark]
    found = reading(Rest(members=[bare]))
    assert found.unread == f"the memberships do not show {mark}"


def test_an_organization_without_anybody_is_read_as_that() -> None:
    found = reading(Rest(members=[]))
    assert found.organization is not None
    assert (found.organization.members, found.unread, found.doubt) == ((), "", "")


@pytest.mark.parametrize("answer", [httpx.Response(200, html="<p>login</p>"), httpx.Response(204)])
def test_members_that_come_garbled_leave_doubt(answer: httpx.Response) -> None:
    rest = Rest()
    rest.answers[2] = answer
    found = reading(rest)
    assert found.organization is not None
    assert found.doubt.startswith("GET /workspaces/77/workspace_memberships: ")
    assert not found.unread


def test_where_one_mark_is_missing_the_side_that_protects_is_taken() -> None:
    odd = membership("odd@example.com", "2", is_admin=None, is_active=None)
    odd["user"]["gid"] = 2
    found = reading(Rest(members=[membership("ann@example.com"), odd, 7, {"user": None}]))
    assert found.organization is not None
    _, second, third, fourth = found.organization.members
    assert (second.gid, second.admin, second.active) == ("2", True, True)
    for nobody in (third, fourth):
        assert (nobody.key, nobody.address, nobody.admin) == (None, "", True)


def test_rest_stands_beside_scim_at_asanas_own_addresses_only() -> None:
    assert rest_base("https://app.asana.com/api/1.0/scim/", anywhere=False) == (
        "https://app.asana.com/api/1.0/"
    )
    assert rest_base("https://idp.test/scim", anywhere=False) is None
    assert rest_base("https://idp.test/scim", anywhere=True) == "https://idp.test/"
    assert rest_base("https://idp.test/scim/v2", anywhere=True) is None
    rest = Rest()
    found = reading(rest, base_url="https://asana.test/scim/v2")
    assert found.unread == "asana.base_url is not an address of Asana's own API"
    assert rest.paths == []


def test_no_id_reaches_another_place() -> None:
    assert rest_path("workspaces", "../users/me?x#y") == "workspaces/..%2Fusers%2Fme%3Fx%23y"


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5) | st.just("77"),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["gid", "user", "email", *MARKS]), inner, max_size=4)
    ),
    max_leaves=8,
)


@settings(deadline=None, derandomize=True, max_examples=100)
@given(workspace=JSON, members=st.lists(JSON, max_size=3), page=JSON)
def test_whatever_comes_there_is_a_reading_and_never_an_error(
    workspace: Any, members: list[Any], page: Any
) -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        last = "offset=" in str(request.url)
        data = members if "memberships" in request.url.path else [workspace]
        return httpx.Response(200, json={"data": data, "next_page": None if last else page})

    found = reading(answer)
    if found.organization is None:
        assert found.unread or found.doubt
    else:
        assert found.organization.members or found.unread or found.doubt or not members
