"""From method, path and body to a resource: which call of the API this is."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import unquote

from syncer.sandbox import discovery
from syncer.sandbox.documents import Settings
from syncer.sandbox.filters import read_filter
from syncer.sandbox.groups import Groups
from syncer.sandbox.listing import View, list_response, read_query, select
from syncer.sandbox.resources import group_resource, user_resource, wire_id
from syncer.sandbox.switches import Switches
from syncer.sandbox.tenant import Group, Tenant, User, id_order
from syncer.sandbox.users import Users
from syncer.sandbox.wire import Answer, Refusal, json_answer, read_object

WRITES: Final = frozenset({"POST", "PUT", "PATCH", "DELETE"})
_ALLOWED: Final[Mapping[tuple[str, bool], tuple[str, ...]]] = {
    ("Users", False): ("GET", "POST"),
    ("Users", True): ("GET", "PUT", "PATCH", "DELETE"),
    ("Groups", False): ("GET", "POST"),
    ("Groups", True): ("GET", "PUT", "PATCH"),
}


@dataclass(frozen=True, slots=True)
class Call:
    """One call: the collection, the id where there is one, the query and the body."""

    method: str
    collection: str
    scim_id: str | None
    query: str
    headers: Mapping[str, str]
    body: bytes


def find_call(
    method: str, path: str, query: str, headers: Mapping[str, str], body: bytes, settings: Settings
) -> Call:
    """The call that a request makes. Raises 404, 405, 413 or 415."""
    parts = [unquote(part) for part in path.split("/")]
    known = (*discovery.PATHS, "Users", "Groups")
    if not 1 <= len(parts) <= 2 or parts[0] not in known or not all(parts):
        raise Refusal(404, "Not Found: no such path")
    collection, scim_id = parts[0], parts[1] if len(parts) == 2 else None
    if collection in discovery.PATHS and scim_id is not None:
        raise Refusal(404, "Not Found: no such path")
    allowed = _ALLOWED.get((collection, scim_id is not None), ("GET",))
    if method not in allowed:
        gone = collection == "Groups" and scim_id is not None and method == "DELETE"
        if gone and settings.switches.delete_group == "404":
            raise Refusal(404, "Not Found: teams cannot be deleted over SCIM")
        raise Refusal(405, f"{method} is not allowed here", {"Allow": ", ".join(allowed)})
    if method in {"POST", "PUT", "PATCH"}:
        _check_body(headers, body, settings.switches)
    return Call(method, collection, scim_id, query, headers, body)


def _check_body(headers: Mapping[str, str], body: bytes, switches: Switches) -> None:
    if switches.largest_body and len(body) > switches.largest_body:
        raise Refusal(413, f"The request body is longer than {switches.largest_body} bytes")
    media, _, parameters = headers.get("content-type", "").lower().partition(";")
    taken = {
        "json": {"application/json"},
        "scim": {"application/scim+json"},
        "both": {"application/json", "application/scim+json"},
    }[switches.media_types]
    charset = parameters.strip().removeprefix("charset=").strip('"')
    if media.strip() not in taken or charset not in {"", "utf-8"}:
        raise Refusal(415, f"Content-Type must be one of {', '.join(sorted(taken))}")


@dataclass(frozen=True, slots=True)
class Router:
    """Answers calls on one tenant: what is seen for reads, a copy to be changed for writes."""

    tenant: Tenant
    settings: Settings
    view: View

    @property
    def switches(self) -> Switches:
        """The switches of the tenant."""
        return self.settings.switches

    def answer(self, call: Call) -> Answer:
        """The answer to the call. Raises Refusal."""
        if call.collection in discovery.PATHS:
            return json_answer(200, discovery.document(call.collection, self.switches))
        query = read_query(call.query, self.switches)
        body = read_object(call.body) if call.method in {"POST", "PUT", "PATCH"} else {}
        self._check_version(call)
        if call.collection == "Users":
            return self._users(call, query, body)
        return self._groups(call, query, body)

    def _check_version(self, call: Call) -> None:
        """RFC 7644, section 3.14: a write on another version than the named one is refused."""
        wanted = call.headers.get("if-match", "*").strip()
        if self.switches.etags != "honoured" or call.method not in WRITES or wanted == "*":
            return
        if call.scim_id is None:
            return
        if call.collection == "Users":
            now = self._whole_user(Users(self.tenant, self.settings).find(call.scim_id))
        else:
            now = self._whole_group(Groups(self.tenant, self.settings).find(call.scim_id))
        if version_of(now) not in {given.strip() for given in wanted.split(",")}:
            raise Refusal(412, "the resource was changed in the meantime")

    def _users(self, call: Call, query: Mapping[str, str], body: dict[str, Any]) -> Answer:
        users = Users(self.tenant, self.settings)
        status = 200
        match call.method, call.scim_id:
            case "GET", None:
                return json_answer(200, self._user_list(query))
            case "POST", _:
                status, user = users.create(body)
            case "PUT", str(scim_id):
                user = users.replace(scim_id, body)
            case "PATCH", str(scim_id):
                user = users.patch(scim_id, body)
            case "DELETE", str(scim_id):
                users.deprovision(users.find(scim_id))
                return (
                    Answer(204) if self.switches.delete_status == "204" else json_answer(200, {})
                )
            case _:
                user = users.find(str(call.scim_id))
        return json_answer(status, self._user(user), self._etag(self._whole_user(user)))

    def _groups(self, call: Call, query: Mapping[str, str], body: dict[str, Any]) -> Answer:
        groups = Groups(self.tenant, self.settings)
        match call.method, call.scim_id:
            case "GET", None:
                return json_answer(200, self._group_list(query))
            case "POST", _:
                created = groups.create(body)
                resource = self._group(created, {}, alone=True)
                number = self.switches.group_id_on_create == "number"
                resource["id"] = wire_id(created.id, number=number)
                return json_answer(201, resource, self._etag(self._whole_group(created)))
            case "PATCH", str(scim_id):
                group = groups.patch(scim_id, body)
                if self.switches.group_patch == "204":
                    return Answer(204)
            case "PUT", str(scim_id):
                group = groups.replace(scim_id, body)
            case _:
                group = groups.find(str(call.scim_id))
        resource = self._group(group, query, alone=True)
        return json_answer(200, resource, self._etag(self._whole_group(group)))

    def _etag(self, resource: Mapping[str, Any]) -> dict[str, str]:
        return {} if self.switches.etags == "absent" else {"ETag": version_of(resource)}

    def _user_list(self, query: Mapping[str, str]) -> dict[str, Any]:
        known = frozenset({"id", "name.formatted", "active"})
        wanted = (
            read_filter(query["filter"], "userName", known, self.switches)
            if "filter" in query
            else None
        )
        users = sorted(filter(self._listed, self.tenant.users.values()), key=_by_id)
        texts = {
            "userName": lambda user: user.user_name,
            "id": lambda user: user.id,
            "name.formatted": lambda user: user.full_name,
            "active": lambda user: str(user.active),
        }
        found = select(users, wanted, texts)
        return list_response(found, query, self.switches, self.view, self._user)

    def _listed(self, user: User) -> bool:
        if user.guest or (user.service_account and self.switches.service_accounts == "hidden"):
            return False
        if user.status == "invited" and self.switches.invitations == "hidden":
            return False
        return user.active or self.switches.zombies == "listed"

    def _whole_user(self, user: User) -> dict[str, Any]:
        return user_resource(user, self.tenant, self.switches)

    def _user(self, user: User) -> dict[str, Any]:
        resource = self._whole_user(user)
        if "missing_user_type" in self.view.troubles:
            resource.pop("userType", None)
        return resource

    def _group_list(self, query: Mapping[str, str]) -> dict[str, Any]:
        wanted = (
            read_filter(query["filter"], "displayName", frozenset({"id"}), self.switches)
            if "filter" in query
            else None
        )
        groups = sorted(self.tenant.groups.values(), key=_by_id)
        texts = {"displayName": lambda group: group.display_name, "id": lambda group: group.id}
        return list_response(
            select(groups, wanted, texts),
            query,
            self.switches,
            self.view,
            lambda group: self._group(group, query, alone=False),
        )

    def _whole_group(self, group: Group) -> dict[str, Any]:
        return group_resource(group, self.tenant, self.switches, members=True)

    def _group(self, group: Group, query: Mapping[str, str], *, alone: bool) -> dict[str, Any]:
        excluded = query.get("excludedAttributes", "").replace(" ", "").split(",")
        honoured = self.switches.excluded_attributes == "honoured"
        shown = self.switches.group_members
        members = shown == "everywhere" or (alone and shown == "single")
        if (honoured and "members" in excluded) or "missing_members" in self.view.troubles:
            members = False
        return group_resource(group, self.tenant, self.switches, members=members)


def version_of(resource: Mapping[str, Any]) -> str:
    """The entity tag of a resource: weak, as RFC 7644 shows them."""
    digest = hashlib.sha256(json.dumps(resource, sort_keys=True).encode())
    return f'W/"{digest.hexdigest()[:16]}"'


def _by_id(row: User | Group) -> tuple[int, str]:
    return id_order(row.id)
