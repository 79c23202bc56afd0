"""The current state: complete, with every doubt kept as doubt, in the fewest requests."""

import asyncio
from typing import Any

import httpx
import pytest

from syncer.asana.reader import read_current
from syncer.core.names import team_key
from syncer.model.errors import (
    ForbiddenError,
    IncompleteError,
    RejectedError,
    UnreadableError,
)
from syncer.model.state import CurrentState, TeamKey
from tests.asana.build import a_team, a_user, answer, client, clock, listing, query, run

NOBODY: frozenset[TeamKey] = frozenset()


class Tenant:
    """Users and teams behind the documented calls; paging is ignored as documented."""

    def __init__(self, users: list[Any] | None = None, teams: list[Any] | None = None) -> None:
        self.users = users if users is not None else [a_user(1)]
        self.teams = teams or []
        self.single: dict[str, Any] = {}
        self.paths: list[str] = []
        self.pages: dict[int, list[Any]] = {}

    def __call__(self, request: httpx.Request) -> httpx.Response:
        path = request.url.path.removeprefix("/api/1.0/scim/")
        self.paths.append(path)
        if path == "Users":
            page = self.pages.get(int(query(request)["startIndex"]), self.users)
            return answer(listing(page, 3 if self.pages else None))
        if path == "Groups":
            return answer(listing(self.teams))
        found = self.single[path.removeprefix("Groups/")]
        return answer(None, found) if isinstance(found, int) else answer(found)


def state(tenant: Tenant, *managed: str, **options: Any) -> CurrentState:
    async def story() -> CurrentState:
        keys = frozenset(team_key(name) for name in managed)
        async with client(tenant, read_only=True) as asana:
            return await read_current(asana, keys, **options)

    return run(story())


def test_users_alone_take_one_request() -> None:
    tenant = Tenant([a_user(1), a_user(2, active="False", title="Lead")])
    found = state(tenant)
    assert [(user.id, user.active) for user in found.users] == [("1", True), ("2", False)]
    assert tenant.paths == ["Users"]
    assert found.teams == ()


@pytest.mark.parametrize(
    ("types", "support"),
    [([], True), ([None, None], False), ([None, "view only"], True), (["enterprise"], True)],
)
def test_licences_are_supported_unless_everybody_lacks_one(
    types: list[str | None],
    support: bool,  # noqa: FBT001 - a case
) -> None:
    users = [a_user(n, **({"userType": t} if t else {})) for n, t in enumerate(types)]
    assert state(Tenant(users)).license_support is support


def test_the_deprovisioned_are_no_evidence_that_licences_are_not_shown() -> None:
    gone = a_user(1, active=False)
    assert state(Tenant([gone])).license_support is True
    assert state(Tenant([gone, a_user(2)])).license_support is False


def test_members_are_read_for_managed_teams_only() -> None:
    tenant = Tenant(teams=[a_team(1, "Eng"), a_team(2, "Sales"), a_team(3, "ENG")])
    tenant.single = {n: a_team(n, "Eng", members=[{"value": n}]) for n in ("1", "3")}
    found = state(tenant, "eng")
    assert [team.members for team in found.teams] == [frozenset("1"), None, frozenset("3")]
    assert sorted(tenant.paths) == ["Groups", "Groups/1", "Groups/3", "Users"]


def test_members_that_the_listing_shows_are_not_asked_for_again() -> None:
    tenant = Tenant(teams=[a_team(1, "Eng", members=[{"value": 7}])])
    assert state(tenant, "Eng").teams[0].members == frozenset("7")
    assert tenant.paths == ["Users", "Groups"]


def test_an_empty_list_in_a_listing_may_only_mean_not_shown() -> None:
    tenant = Tenant(teams=[a_team(1, "Eng", members=[])])
    tenant.single = {"1": a_team(1, "Eng", members=[{"value": "7"}])}
    assert state(tenant, "Eng").teams[0].members == frozenset("7")


def test_members_that_are_not_shown_are_no_empty_list() -> None:
    tenant = Tenant(teams=[a_team(1, "Eng")])
    tenant.single = {"1": a_team(1, "Eng")}
    assert state(tenant, "Eng").teams[0].members is None


def test_a_team_that_is_gone_meanwhile_was_not_read() -> None:
    tenant = Tenant(teams=[a_team(1, "Eng")])
    tenant.single = {"1": 404}
    (team,) = state(tenant, "Eng").teams
    assert (team.name, team.members) == ("Eng", None)


def test_the_members_of_every_team_can_be_read() -> None:
    tenant = Tenant(teams=[a_team(n) for n in range(3)])
    tenant.single = {str(n): a_team(n, members=[]) for n in range(3)}
    assert [team.members for team in state(tenant, every_team=True).teams] == [frozenset()] * 3


def test_the_first_error_ends_the_reading_and_is_raised_as_it_is() -> None:
    tenant = Tenant(teams=[a_team(n, "Eng") for n in range(200)])
    tenant.single = {str(n): 403 for n in range(200)}
    with pytest.raises(ForbiddenError, match="GET /Groups/0: 403"):
        state(tenant, "Eng")


def test_an_error_cancels_the_reads_in_flight() -> None:
    cancelled: list[str] = []

    async def serve(request: httpx.Request) -> httpx.Response:
        path = request.url.path.rpartition("/")[2]
        if path == "Users":
            return answer(listing([]))
        if path == "Groups":
            return answer(listing([a_team(1, "Eng"), a_team(2, "Eng")]))
        if path == "1":
            await asyncio.sleep(1)
            return answer(None, 400)
        try:
            await asyncio.sleep(1000)
        except asyncio.CancelledError:
            cancelled.append(path)
            raise
        return answer(a_team(2, "Eng"))

    async def story() -> None:
        async with client(serve) as asana:
            await read_current(asana, frozenset({team_key("Eng")}))

    with pytest.raises(RejectedError):
        run(story())
    assert cancelled == ["2"]


@pytest.mark.parametrize(("users", "teams"), [(1, 2), (2, 1)])
def test_users_and_teams_are_read_together_and_the_error_of_users_is_told(
    users: int, teams: int
) -> None:
    took: list[float] = []

    async def serve(request: httpx.Request) -> httpx.Response:
        path = request.url.path.rpartition("/")[2]
        await asyncio.sleep(users if path == "Users" else teams)
        return answer(None, 400)

    async def story() -> None:
        async with client(serve) as asana:
            try:
                await read_current(asana, frozenset({team_key("Eng")}))
            finally:
                took.append(clock())

    with pytest.raises(RejectedError, match="GET /Users"):
        run(story())
    assert took == [users]


def test_users_and_teams_take_the_time_of_the_longer() -> None:
    async def serve(request: httpx.Request) -> httpx.Response:
        await asyncio.sleep(3 if request.url.path.endswith("Users") else 2)
        return answer(listing([]))

    async def story() -> float:
        async with client(serve) as asana:
            await read_current(asana, frozenset({team_key("Eng")}))
        return clock()

    assert run(story()) == 3


def test_users_who_cannot_be_read_are_kept_apart() -> None:
    tenant = Tenant([a_user(1), a_user(2, active=None), "odd", {"userName": "c@example.com"}])
    found = state(tenant)
    assert [user.id for user in found.users] == ["1"]
    assert [(user.id, user.key) for user in found.unreadable] == [
        ("2", "u2@example.com"),
        (None, None),
        (None, "c@example.com"),
    ]


def test_one_user_twice_in_the_same_words_is_one_user() -> None:
    tenant = Tenant()
    tenant.pages = {1: [a_user(1), a_user(2)], 3: [a_user(2), a_user(3)]}
    assert [user.id for user in state(tenant).users] == ["1", "2", "3"]


def test_one_user_in_two_versions_is_in_doubt() -> None:
    tenant = Tenant()
    tenant.pages = {1: [a_user(1), a_user(2)], 3: [a_user(2, active=False), a_user(3)]}
    found = state(tenant)
    assert [user.id for user in found.users] == ["1", "3"]
    assert [user.id for user in found.unreadable] == ["2", "2"]


def test_two_users_with_one_address_are_both_there() -> None:
    tenant = Tenant([a_user(1), a_user(2, userName="U1@example.com")])
    assert [user.key for user in state(tenant).users] == ["u1@example.com"] * 2


def test_one_team_under_two_names_stops_the_run() -> None:
    tenant = Tenant(teams=[a_team(1, "Eng"), a_team(1, "Sales")])
    tenant.teams.append(a_team(2))

    def serve(request: httpx.Request) -> httpx.Response:
        if request.url.path.endswith("Groups"):
            return answer(listing(tenant.teams, 2))
        return tenant(request)

    async def story() -> None:
        async with client(serve) as asana:
            await read_current(asana, frozenset({team_key("Eng")}))

    with pytest.raises(UnreadableError, match="'Eng' and 'Sales'"):
        run(story())


def test_a_page_short_of_its_total_stops_the_run() -> None:
    async def story() -> None:
        async with client(lambda _: answer(listing([a_user(1)], 2))) as asana:
            await read_current(asana, NOBODY)

    with pytest.raises(IncompleteError, match="GET /Users: Asana states 2 and lists 1"):
        run(story())


def test_progress_is_told_by_stage() -> None:
    told: list[tuple[str, int]] = []
    tenant = Tenant(teams=[a_team(1, "Eng"), a_team(2, "Sales")])
    tenant.single = {"1": a_team(1, "Eng", members=[])}
    state(tenant, "Eng", progress=lambda what, count: told.append((what, count)))
    assert told == [("users", 1), ("teams", 2), ("members", 1)]


def test_at_most_fifty_reads_are_in_flight() -> None:
    inside = peak = 0

    async def serve(request: httpx.Request) -> httpx.Response:
        nonlocal inside, peak
        path = request.url.path.rpartition("/")[2]
        if path in {"Users", "Groups"}:
            entries = [a_team(n, "Eng") for n in range(200)] if path == "Groups" else []
            return answer(listing(entries))
        inside += 1
        peak = max(peak, inside)
        await asyncio.sleep(1)
        inside -= 1
        return answer(a_team(path, "Eng", members=[]))

    async def story() -> None:
        async with client(serve) as asana:
            await read_current(asana, frozenset({team_key("Eng")}))

    run(story())
    assert peak == 50
