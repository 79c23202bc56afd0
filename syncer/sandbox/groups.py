"""What happens to teams: create, rename, change members. There is no way to delete one."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from syncer.sandbox.attributes import EXTRA, check_text
from syncer.sandbox.documents import Settings
from syncer.sandbox.patch import Operation, entries_of_list, members_of_path, read_operations
from syncer.sandbox.switches import Switches
from syncer.sandbox.tenant import Group, Tenant
from syncer.sandbox.users import check_schema
from syncer.sandbox.wire import GROUP_SCHEMA, Refusal

_KNOWN: Final = frozenset({"schemas", "id", "meta", "displayName", "members", *EXTRA})


@dataclass(frozen=True, slots=True)
class Groups:
    """Writes on the teams of one tenant: a copy, which a refusal may leave half done."""

    tenant: Tenant
    settings: Settings

    @property
    def switches(self) -> Switches:
        """The switches of the tenant."""
        return self.settings.switches

    def find(self, scim_id: str) -> Group:
        """The team of `/Groups/:id`. Raises a 404."""
        group = self.tenant.groups.get(scim_id)
        if group is None:
            raise Refusal(404, f"team: Unknown object: {scim_id}")
        return group

    def create(self, body: Mapping[str, Any]) -> Group:
        """`POST /Groups`."""
        check_schema(body, GROUP_SCHEMA, self.switches)
        self._check_known(body)
        name = self._name(body.get("displayName"), None)
        group = Group(id=self.tenant.new_id(), display_name=name)
        self.tenant.put_group(group)
        if body.get("members") is not None:
            members = tuple(entries_of_list(body["members"]))
            self._check_size(len(members))
            group = self._add(group, dict.fromkeys(members))
        return group

    def replace(self, scim_id: str, body: Mapping[str, Any]) -> Group:
        """`PUT /Groups/:id`."""
        group = self.find(scim_id)
        check_schema(body, GROUP_SCHEMA, self.switches)
        self._check_known(body)
        if str(body.get("id", scim_id)) != scim_id:
            raise Refusal(400, "id: differs from the id of the path")
        group = self._kept(
            replace(group, display_name=self._name(body.get("displayName"), scim_id))
        )
        members = body.get("members")
        if members is None:
            return self._remove_all(group) if self.switches.put_members == "clear" else group
        wanted = tuple(entries_of_list(members))
        self._check_size(len(wanted))
        return self._replace(group, wanted)

    def patch(self, scim_id: str, body: Mapping[str, Any]) -> Group:
        """`PATCH /Groups/:id`, operation by operation."""
        group = self.find(scim_id)
        operations = read_operations(body, self.switches)
        self._check_size(sum(map(_members_named, operations)))
        for operation in operations:
            group = self._operate(group, operation)
        return group

    def _operate(self, group: Group, operation: Operation) -> Group:
        verb, path = operation.verb, operation.path
        if not path:
            if not isinstance(operation.value, dict):
                raise Refusal(400, "value: without a path it must be an object")
            self._check_known(operation.value)
            for key in ("displayName", "members"):
                if key in operation.value:
                    group = self._set(group, verb, key, operation.value[key])
            return group
        if verb == "remove":
            return self._remove_by_path(group, operation)
        if path not in {"displayName", "members"}:
            raise Refusal(400, f"path {path}: no such attribute")
        return self._set(group, verb, path, operation.value)

    def _set(self, group: Group, verb: str, key: str, value: object) -> Group:
        if key == "displayName":
            return self._kept(replace(group, display_name=self._name(value, group.id)))
        ids = tuple(dict.fromkeys(entries_of_list(value)))
        return self._add(group, ids) if verb == "add" else self._replace(group, ids)

    def _remove_by_path(self, group: Group, operation: Operation) -> Group:
        selected = members_of_path(operation.path, self.switches)
        if selected is not None:
            if self.switches.filter_removal == "reject":
                raise Refusal(400, f"path {operation.path}: filters are not supported")
            return self._remove(group, selected)
        if operation.path != "members":
            raise Refusal(400, f"path {operation.path}: cannot be removed")
        # RFC 7644, section 3.5.2.2: remove on a multi-valued attribute without a filter
        # removes all values; the value that Entra sends along has no meaning there.
        if not operation.given or self.switches.list_removal == "everything":
            return self._remove_all(group)
        if self.switches.list_removal == "reject":
            raise Refusal(400, "value: is not supported for remove")
        return self._remove(group, tuple(entries_of_list(operation.value)))

    def _add(self, group: Group, ids: Iterable[str]) -> Group:
        def joined(members: dict[str, None], scim_id: str) -> None:
            user = self.tenant.users.get(scim_id)
            if user is None or not user.active:
                if self.switches.unknown_member != "ignore":
                    status = int(self.switches.unknown_member)
                    raise Refusal(status, f"members: no user has the id {scim_id}")
                return
            if scim_id in members and self.switches.member_noop == "reject":
                raise Refusal(400, f"members: {scim_id} is a member already")
            members[scim_id] = None

        return self._changed(group, ids, joined)

    def _remove(self, group: Group, ids: Iterable[str]) -> Group:
        def left(members: dict[str, None], scim_id: str) -> None:
            if scim_id not in members:
                if self.switches.member_noop == "reject":
                    raise Refusal(400, f"members: {scim_id} is not a member")
                return
            self._check_billing_owner(group, scim_id)
            del members[scim_id]

        return self._changed(group, ids, left)

    def _changed(
        self, group: Group, ids: Iterable[str], change: Callable[[dict[str, None], str], None]
    ) -> Group:
        """The group after each change. After a refusal the earlier ones stand in the tenant,
        which counts only where a PATCH is not atomic."""
        members = dict.fromkeys(group.members)
        try:
            for scim_id in ids:
                change(members, scim_id)
        finally:
            group = self._kept(replace(group, members=tuple(members)))
        return group

    def _remove_all(self, group: Group) -> Group:
        return self._remove(group, group.members)

    def _replace(self, group: Group, ids: Iterable[str]) -> Group:
        if self.switches.replace_members == "reject":
            raise Refusal(400, "members: cannot be replaced; add and remove them")
        wanted = tuple(dict.fromkeys(ids))
        present = frozenset(group.members)
        if self.switches.replace_members == "replace":
            kept = frozenset(wanted)
            group = self._remove(group, (m for m in group.members if m not in kept))
        return self._add(group, (m for m in wanted if m not in present))

    def _check_billing_owner(self, group: Group, scim_id: str) -> None:
        """Asana: a billing owner cannot be removed from his only team."""
        if not self.tenant.users[scim_id].billing_owner:
            return
        if not any(other.id != group.id for other in self.tenant.groups_of(scim_id)):
            raise Refusal(403, f"members: {scim_id} is the billing owner and has no other team")

    def _check_known(self, body: Mapping[str, Any]) -> None:
        unknown = [key for key in body if key not in _KNOWN]
        if unknown and self.switches.unknown_attributes == "reject":
            raise Refusal(400, f"{unknown[0]}: unknown attribute")

    def _check_size(self, count: int) -> None:
        most = self.switches.members_per_request
        if most and count > most:
            raise Refusal(400, f"members: {count} in one request; the most is {most}")

    def _name(self, value: object, scim_id: str | None) -> str:
        if not isinstance(value, str) or not value.strip():
            raise Refusal(400, "displayName: is required")
        check_text("displayName", value, self.switches)
        cased = self.switches.unique_case == "sensitive"
        others = [g for g in self.tenant.groups_named(value, cased=cased) if g.id != scim_id]
        if others and self.switches.duplicate_teams == "reject":
            raise Refusal(409, f"displayName: {value} already exists")
        return value

    def _kept(self, group: Group) -> Group:
        self.tenant.put_group(group)
        return group


def _members_named(operation: Operation) -> int:
    value = operation.value
    if isinstance(value, dict):
        value = value.get("members")
    return len(value) if isinstance(value, list) else int(operation.path.startswith("members["))
