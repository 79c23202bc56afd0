"""The calls of Asana's SCIM API that the program makes: verb, path, body, answer.

Implements `apply.ports.AsanaPort` by shape. Every method raises the `AsanaError` tree and
nothing else; policy (what to do about an error) is not here.
"""

import json
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, Sequence
from types import TracebackType
from typing import Self, TypeVar

from syncer.asana.encode import (
    SHARED_LISTS,
    changed_part,
    equality,
    new_team,
    new_user,
    replacement,
)
from syncer.asana.http import Http, Reply, Request, Transport, path_of, query_of
from syncer.asana.members import Membership
from syncer.asana.pacing import Pacer
from syncer.asana.paging import Page, read_listing
from syncer.asana.patching import Patching
from syncer.asana.records import read_team, read_user
from syncer.asana.rest import Rest, rest_base
from syncer.asana.retries import Sender
from syncer.asana.settings import (
    PAGE_SIZE,
    ClientSettings,
    Events,
    RemovalForm,
    RetryPolicy,
    Timing,
    no_events,
)
from syncer.asana.traffic import Traffic
from syncer.asana.wire import PATCH_OP, RawListing, Resource, parse_listing, parse_resource
from syncer.core.names import team_key, user_key
from syncer.model.errors import RejectedError, UnreachableError, UnreadableError
from syncer.model.probe import Greeting
from syncer.model.state import CurrentTeam, CurrentUser, UnreadableUser, UserKey

__all__ = ["AsanaClient", "ClientSettings"]

ListedUser = CurrentUser | UnreadableUser
Ready = Callable[[], Awaitable[object]]
"""Returns when an answer that has come may be looked into."""

Item = TypeVar("Item")
_PRECONDITION_FAILED = 412


class AsanaClient:
    """One tenant, over one connection pool, at one pace.

    Use it as an asynchronous context. Raises UsageError at once for a base URL, token or
    certificate file that cannot be used.
    """

    def __init__(
        self,
        settings: ClientSettings,
        transport: Transport | None = None,
        *,
        timing: Timing | None = None,
        policy: RetryPolicy | None = None,
        event: Events = no_events,
    ) -> None:
        timing = timing or Timing()
        self._base_url = settings.base_url
        self._listed: Counter[str] = Counter()
        self._http = Http(settings, transport)
        pacer = Pacer(settings.requests_per_minute, timing, settings.share)
        self._sender = Sender(self._http, pacer, policy or RetryPolicy(), timing, event)
        self._patching = Patching(self._sender, settings.patch_form)
        self._membership = Membership(self._sender, self.get_team, settings.member_removal, timing)

    async def __aenter__(self) -> Self:
        await self._http.__aenter__()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._http.__aexit__(kind, error, trace)

    @property
    def requests(self) -> Counter[str]:
        """What was sent so far, by HTTP method, repetitions included."""
        return self._http.traffic.methods

    @property
    def traffic(self) -> Traffic:
        """The same by status, and how much of it in a minute."""
        return self._http.traffic

    @property
    def deprecations(self) -> tuple[str, ...]:
        """The distinct `Asana-Change` headers of this run, in order of appearance."""
        return tuple(self._http.deprecations)

    @property
    def greeting(self) -> Greeting | None:
        """What the first answer told of the way to the server, None before there was one."""
        return self._http.greeting

    @property
    def listed(self) -> Counter[str]:
        """How many pages of "Users" and of "Groups" were asked for so far, and how many teams
        came on them with "members"."""
        return self._listed

    @property
    def removal_form(self) -> RemovalForm:
        """The form in which members are removed: "auto" until a removal has shown it."""
        return self._membership.form

    def rest(self, *, anywhere: bool) -> Rest | None:
        """Asana's REST API beside SCIM, at the same pace; None where none is known.

        `anywhere` takes an address for one that is not of Asana's form.
        """
        base = rest_base(self._base_url, anywhere=anywhere)
        return None if base is None else Rest(self._sender, base)

    async def list_users_page(self, start_index: int, count: int) -> Page[ListedUser]:
        """`GET /Users`, one page; every entry of it, readable or not."""
        self._listed["Users"] += 1
        listing = await self._list("Users", startIndex=start_index, count=count)
        return _page(listing, read_user)

    async def list_groups_page(
        self, start_index: int, count: int, ready: Ready | None = None
    ) -> Page[CurrentTeam]:
        """`GET /Groups`, one page, which is not looked into before the caller is `ready`.

        Raises UnreadableError when one team cannot be read.
        """
        self._listed["Groups"] += 1
        listing = await self._list("Groups", ready, startIndex=start_index, count=count)
        page = _page(listing, lambda raw: read_team(raw, "GET /Groups"))
        self._listed["members"] += sum(bool(team.members) for _, team in page.entries)
        return page

    async def find_user(self, user_name: str) -> CurrentUser | None:
        """The user with this address, by filter; None when there is none.

        A second request follows when letter case may have hidden somebody, and the whole
        listing when the server does not filter. Raises UnreadableError when several users, or
        one that cannot be read, answer to the address.
        """
        key = user_key(user_name)
        for name in dict.fromkeys((user_name, str(key))):
            listing = await self._list("Users", filter=equality("userName", name))
            page = _page(listing, read_user)
            if not _filtered(page, lambda user: user.key == key):
                page = await self._everybody()
            found = _answering(page, key)
            if found:
                return _only(found, user_name)
        return None

    async def find_teams(self, name: str) -> tuple[CurrentTeam, ...]:
        """Every team of this display name, letter case and runs of blanks aside."""
        key = team_key(name)
        listing = await self._list("Groups", filter=equality("displayName", name))
        page = _page(listing, lambda raw: read_team(raw, "GET /Groups"))
        if not _filtered(page, lambda team: team.key == key):
            every = await read_listing(
                self.list_groups_page, what="GET /Groups", page_size=PAGE_SIZE
            )
            page = Page(tuple((i, versions[-1]) for i, versions in every.items()), None)
        return tuple({team.id: team for _, team in page.entries if team.key == key}.values())

    async def get_user(self, scim_id: str) -> CurrentUser:
        """`GET /Users/:id`. Raises UnreadableError when the user cannot be read."""
        _, resource = await self._get_raw_user(scim_id)
        return _readable(read_user(resource))

    async def get_team(self, scim_id: str) -> CurrentTeam:
        """`GET /Groups/:id`, with members where Asana returns them."""
        request = Request(method="GET", path=path_of("Groups", scim_id))
        reply = await self._sender.send(request)
        resource = parse_resource(reply.content, request.what)
        team = read_team(resource, request.what)
        _same_id(team.id, scim_id, request.what)
        return team

    async def create_user(
        self, user_name: str, attributes: Mapping[str, str], license_name: str | None
    ) -> CurrentUser:
        """`POST /Users`; an answer of 200 may show somebody who was there already.

        Raises UnreachableError with `sent` when it is open whether the user was created.
        """
        body = new_user(user_name, attributes, license_name)
        return await self._create("Users", body, lambda raw, _: _readable(read_user(raw)))

    async def create_team(self, name: str, members: Sequence[str] = ()) -> CurrentTeam:
        """`POST /Groups` with a displayName and members. Raises as `create_user` does."""
        return await self._create("Groups", new_team(name, members), read_team)

    async def update_user(self, scim_id: str, changes: Mapping[str, str | None]) -> None:
        """`PATCH /Users/:id`; GET-modify-PUT (two requests) when a value is None.

        A change to a work address or phone reads the user first: the list is sent whole, with
        the entries that are not ours.
        """
        to_set = {name: value for name, value in changes.items() if value}
        if len(to_set) < len(changes):
            await self._replace_user(scim_id, changes)
            return
        current = None
        if SHARED_LISTS & to_set.keys():
            current = (await self._get_raw_user(scim_id))[1]
        if to_set:
            await self._patching.replace("Users", scim_id, changed_part(to_set, current))

    async def set_active(self, scim_id: str, *, active: bool) -> None:
        """`PATCH /Users/:id` with `active`. Safe to repeat."""
        await self._patching.replace("Users", scim_id, {"active": active})

    async def rename_team(self, scim_id: str, name: str) -> None:
        """`PATCH /Groups/:id` with displayName. Safe to repeat."""
        await self._patching.replace("Groups", scim_id, {"displayName": name})

    async def change_members(
        self, scim_id: str, add: Sequence[str], remove: Sequence[str], name: str = ""
    ) -> None:
        """One `PATCH /Groups/:id` that adds and removes these ids, and renames where `name` is.

        The first removal of a run may take more requests, until `removal_form` is known.
        """
        await self._membership.change(scim_id, add, remove, name)

    async def change_nothing(self, collection: str, scim_id: str) -> None:
        """`PATCH` without an operation: it changes nothing, and is refused where writing is."""
        body = {"schemas": [PATCH_OP], "Operations": []}
        request = Request(method="PATCH", path=path_of(collection, scim_id), body=body)
        await self._sender.send(request)

    async def _list(
        self, collection: str, ready: Ready | None = None, **parameters: str | int
    ) -> RawListing:
        request = Request(method="GET", path=collection, query=query_of(**parameters))
        reply = await self._sender.send(request)
        if ready is not None:
            await ready()
        # Users share titles and countries; of a team's members each is somebody else.
        return parse_listing(reply.content, request.what, repeats=collection == "Users")

    async def _everybody(self) -> Page[ListedUser]:
        every = await read_listing(self.list_users_page, what="GET /Users", page_size=PAGE_SIZE)
        return Page(tuple((i, versions[-1]) for i, versions in every.items()), None)

    async def _get_raw_user(self, scim_id: str) -> tuple[Reply, Resource]:
        request = Request(method="GET", path=path_of("Users", scim_id))
        reply = await self._sender.send(request)
        resource = parse_resource(reply.content, request.what)
        _same_id(str(resource.get("id")), scim_id, request.what)
        return reply, resource

    async def _replace_user(self, scim_id: str, changes: Mapping[str, str | None]) -> None:
        try:
            await self._get_modify_put(scim_id, changes)
        except RejectedError as error:
            # Somebody changed the user between our GET and PUT: once more, on top of it.
            if error.status != _PRECONDITION_FAILED:
                raise
            await self._get_modify_put(scim_id, changes)

    async def _get_modify_put(self, scim_id: str, changes: Mapping[str, str | None]) -> None:
        reply, current = await self._get_raw_user(scim_id)
        version = reply.headers.get("etag")
        request = Request(
            method="PUT",
            path=path_of("Users", scim_id),
            body=replacement(current, changes),
            headers={"If-Match": version} if version else {},
        )
        await self._sender.send(request)

    async def _create(
        self, collection: str, body: Resource, read: Callable[[Resource, str], Item]
    ) -> Item:
        request = Request(method="POST", path=collection, body=body, repeatable=False)
        reply = await self._sender.send(request)
        try:
            return read(parse_resource(reply.content, request.what), request.what)
        except UnreadableError as error:
            raise UnreachableError(
                f"{error.message}; status {reply.status} says that it was carried out", sent=True
            ) from error


def _page(listing: RawListing, read: Callable[[object], Item]) -> Page[Item]:
    entries: list[tuple[str, Item]] = []
    raws = listing.entries
    raws.reverse()
    while raws:
        # What has been read is let go: a whole tenant as it came is more than all the rest.
        raw = raws.pop()
        entries.append((_identity(raw), read(raw)))
    return Page(tuple(entries), listing.total)


def _identity(raw: object) -> str:
    """What tells an entry of a listing from the others: its id, else all of it."""
    scim_id = raw.get("id") if isinstance(raw, dict) else None
    if isinstance(scim_id, str):
        return scim_id
    if isinstance(scim_id, int):
        return str(scim_id)
    return f"no id: {json.dumps(raw, sort_keys=True)}"


def _filtered(page: Page[Item], matches: Callable[[Item], bool]) -> bool:
    """Whether the page is the answer to a filter: all of it matches, and nothing is missing."""
    everything = page.total is None or page.total <= len(page.entries)
    return everything and all(matches(item) for _, item in page.entries)


def _answering(page: Page[ListedUser], key: UserKey) -> list[ListedUser]:
    """Who has the key; without anybody, those of whom nothing is known and who could be it."""
    users = [user for _, user in page.entries]
    return [user for user in users if user.key == key] or [u for u in users if u.key is None]


def _only(found: Sequence[ListedUser], user_name: str) -> CurrentUser:
    by_id = {user.id: user for user in found}
    if len(by_id) > 1:
        raise UnreadableError(
            f"GET /Users: {len(by_id)} users answer to {user_name}",
            "merge or rename them in Asana's admin console",
        )
    return _readable(found[0])


def _readable(user: ListedUser) -> CurrentUser:
    if isinstance(user, UnreadableUser):
        raise UnreadableError(user.problem.summary, user.problem.hint)
    return user


def _same_id(found: str, asked: str, what: str) -> None:
    if found != asked:
        raise UnreadableError(f"{what}: the answer is about another id")
