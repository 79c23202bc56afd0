"""Asana's REST API as far as the stand-in has it: workspaces, and who is a member of them.

It must not change anything: whatever would be a write is refused.
"""

import hashlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from random import Random
from typing import Any, Final
from urllib.parse import unquote, urlencode

from syncer.sandbox.documents import Settings
from syncer.sandbox.listing import View, read_query
from syncer.sandbox.switches import Switches
from syncer.sandbox.tenant import VIEW_ONLY, Tenant, User, id_order
from syncer.sandbox.wire import Answer, Refusal, json_answer
from syncer.sandbox.workspaces import Workspace

Record = dict[str, Any]

MEMBERSHIPS: Final = "workspace_memberships"
_LONGEST_PAGE: Final = 100
_ON_ONE: Final = frozenset({"opt_fields", "opt_pretty"})
_ON_LISTS: Final = _ON_ONE | {"limit", "offset"}
_COMPACT: Final = frozenset({"gid", "resource_type", "name", "user", "workspace"})
_ASANA: Final = "https://app.asana.com"


@dataclass(frozen=True, slots=True)
class RestCall:
    """One read: its path below the base, the parts of that, and the query.

    `base` is the URL of the base as the client sees it, for the links to next pages.
    """

    path: str
    parts: tuple[str, ...]
    query: str
    base: str


def find_rest_call(
    method: str, base: str, path: str, query: str, headers: Mapping[str, str], switches: Switches
) -> RestCall:
    """The call that a request below `base` makes. Raises 403, 404 or 405."""
    below = path.removeprefix(base)
    parts = tuple(unquote(part) for part in below.removeprefix("/").split("/"))
    if switches.rest == "absent" or not _is_known(parts):
        raise Refusal(404, "Not Found: no such path")
    if switches.rest == "forbidden":
        raise Refusal(403, "Forbidden: the token has no scope for this endpoint")
    if method != "GET":
        raise Refusal(405, f"{method}: the stand-in only reads over REST", {"Allow": "GET"})
    host = headers.get("host", "")
    return RestCall(below, parts, query, (f"http://{host}" if host else _ASANA) + base)


def _is_known(parts: tuple[str, ...]) -> bool:
    match parts:
        case ("workspaces",):
            return True
        case ("workspaces", gid):
            return bool(gid)
        case ("workspaces" | "users", gid, last):
            return bool(gid) and last == MEMBERSHIPS
        case _:
            return False


@dataclass(frozen=True, slots=True)
class Rest:
    """Answers reads over REST on one tenant."""

    tenant: Tenant
    settings: Settings
    view: View

    @property
    def switches(self) -> Switches:
        """The switches of the tenant."""
        return self.settings.switches

    def answer(self, call: RestCall) -> Answer:
        """The answer to the call. Raises Refusal."""
        match call.parts:
            case ("workspaces",):
                return self._list(call, list(self.settings.workspaces()), self._workspace)
            case ("workspaces", gid):
                query = read_query(call.query, self.switches, _ON_ONE)
                found = self._workspace(self._workspace_of(gid))
                fields = _fields(query)
                return json_answer(200, {"data": chosen(found, fields) if fields else found})
            case ("workspaces", gid, _):
                whole = self._workspace_of(gid)
                people = self._members() if whole.gid == self.settings.workspace.gid else []
            case _:
                people = list(filter(self._listed, [self._user_of(call.parts[1])]))
        return self._list(call, people, self._membership)

    def _list(self, call: RestCall, rows: list[Any], render: Callable[[Any], Record]) -> Answer:
        query = read_query(call.query, self.switches, _ON_LISTS)
        fields = _fields(query)
        start, limit = _start(call, query), _limit(query)
        if "shuffled" in self.view.troubles:
            order = Random(f"{self.switches.seed}:{self.view.number}:order")  # noqa: S311 - repeatable
            rows = order.sample(rows, len(rows))
        if "ignore_start" in self.view.troubles:
            start = 0
        page = min(limit, max(self.switches.rest_page_cap, 1)) if limit else len(rows)
        if limit and "short_page" in self.view.troubles:
            page = (page + 1) // 2  # the next offset goes on from its end: nobody is lost
        end = start + page
        records = map(render, rows[start:end])
        data = [chosen(record, fields) if fields else compact(record) for record in records]
        answer: Record = {"data": data}
        if limit:
            more = end < len(rows)
            answer["next_page"] = _next_page(call, query, end) if more else None
        return json_answer(200, answer)

    def _workspace_of(self, gid: str) -> Workspace:
        for workspace in self.settings.workspaces():
            if workspace.gid == gid:
                return workspace
        raise Refusal(404, f"workspace: Unknown object: {gid}")

    def _members(self) -> list[User]:
        people = (self.tenant.users[i] for i in sorted(self.tenant.users, key=id_order))
        return [user for user in people if self._listed(user)]

    def _listed(self, user: User) -> bool:
        if user.service_account and self.switches.rest_service_accounts == "hidden":
            return False
        return user.active or self.switches.rest_former == "listed"

    def _user_of(self, who: str) -> User:
        if "@" in who:
            found = self.tenant.user_named(who, cased=False)
        else:
            people = self.tenant.users.values()
            found = next((user for user in people if self._gid(user) == who), None)
        if found is None:
            raise Refusal(404, f"user: Unknown object: {who}")
        return found

    def _gid(self, user: User) -> str:
        if self.switches.rest_gid == "same":
            return user.id
        if user.id.isascii() and user.id.isdigit():
            return str(int(user.id) + 1)
        return _made_up(user.id)

    def _workspace(self, workspace: Workspace) -> Record:
        record: Record = {
            "gid": workspace.gid,
            "resource_type": "workspace",
            "name": workspace.name,
            "is_organization": workspace.organization,
        }
        if self.switches.rest_domains == "returned":
            record["email_domains"] = list(workspace.domains)
        return record

    def _membership(self, user: User) -> Record:
        record: Record = {
            "gid": _made_up(f"{self.settings.workspace.gid}:{user.id}"),
            "resource_type": "workspace_membership",
            "user": self._user(user),
            "workspace": self._workspace(self._workspace_of(self.settings.workspace.gid)),
            "is_active": user.active,
            "is_admin": user.active and (user.admin or user.super_admin),
            "is_guest": user.guest,
        }
        if self.switches.rest_view_only == "returned":
            licensed = self.switches.view_only_domain
            record["is_view_only"] = licensed and user.user_type == VIEW_ONLY
        return record

    def _user(self, user: User) -> Record:
        record: Record = {
            "gid": self._gid(user),
            "resource_type": "user",
            "name": user.full_name,
        }
        if self.switches.rest_email != "absent":
            shown = self.switches.rest_email == "shown"
            record["email"] = user.user_name if shown else None
        return record


def compact(record: Record) -> Record:
    """What a list has of a record when no fields are asked for."""
    return {
        key: compact(value) if isinstance(value, dict) else value
        for key, value in record.items()
        if key in _COMPACT
    }


def chosen(record: Record, fields: Iterable[str]) -> Record:
    """The fields of the record that are asked for, such as `user.name`, and always the gid.

    A field that holds a record is its compact form; one that the record lacks is left out.
    """
    parts: Record = {"gid": record["gid"]}
    for field in fields:
        key, _, rest = field.partition(".")
        value = record.get(key)
        if isinstance(value, dict):
            inner = chosen(value, [rest]) if rest else compact(value)
            parts[key] = {**parts.get(key, {}), **inner}
        elif key in record and not rest:
            parts[key] = value
    return parts


def _fields(query: Mapping[str, str]) -> list[str]:
    return [field for field in query.get("opt_fields", "").replace(" ", "").split(",") if field]


def _limit(query: Mapping[str, str]) -> int:
    """How many rows are asked for; 0 where a request does not page at all."""
    text = query.get("limit")
    if text is None:
        return 0
    if text.isascii() and text.isdigit() and 1 <= int(text[:9]) <= _LONGEST_PAGE:
        return int(text[:9])
    raise Refusal(400, f"limit: must be a whole number from 1 to {_LONGEST_PAGE}")


def _start(call: RestCall, query: Mapping[str, str]) -> int:
    text = query.get("offset")
    if text is None:
        return 0
    start, _, _ = text.partition("-")
    if not (start.isascii() and start.isdigit() and len(start) < 10):
        raise _no_offset()
    if text != _offset(call, int(start)) or "limit" not in query:
        raise _no_offset()
    return int(start)


def _no_offset() -> Refusal:
    return Refusal(400, "offset: no token that this list gave out")


def _offset(call: RestCall, start: int) -> str:
    """A token for the rows from `start` on, of this list and no other."""
    seal = hashlib.sha256(f"{'/'.join(call.parts)}:{start}".encode("utf-8", "replace"))
    return f"{start}-{seal.hexdigest()[:20]}"


def _next_page(call: RestCall, query: Mapping[str, str], start: int) -> Record:
    offset = _offset(call, start)
    path = f"{call.path}?{urlencode({**query, 'offset': offset}, errors='replace')}"
    return {"offset": offset, "path": path, "uri": f"{call.base}{path}"}


def _made_up(text: str) -> str:
    """A gid in the manner of Asana's: sixteen digits, always the same ones for a text."""
    digest = hashlib.sha256(text.encode("utf-8", "replace")).digest()
    return str(10**15 + int.from_bytes(digest[:6]))
