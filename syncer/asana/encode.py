"""From changes to SCIM bodies: what is sent, and nothing that was not asked for."""

import json
from collections.abc import Iterator, Mapping, Sequence
from copy import deepcopy
from typing import Any, Final

from syncer.asana.records import ADDRESS, EXTENSION, FaultError, work_entry
from syncer.asana.wire import CORE_GROUP, CORE_USER, ENTERPRISE_USER, PATCH_OP, Resource, canonical
from syncer.core.names import user_key
from syncer.model.errors import UnreadableError
from syncer.model.state import FORMATTED_NAME, MANAGER, USER_NAME

USER_TYPE: Final = "userType"

SHARED_LISTS: Final = frozenset({*ADDRESS, "phone"})
"""Attributes that live in a list beside entries that are not ours (a home address)."""

# RFC 7643, sections 3.1 and 4.1.2: read-only, so they have no place in a PUT.
_READ_ONLY: Final = ("meta", "groups")


def new_user(user_name: str, attributes: Mapping[str, str], license_name: str | None) -> Resource:
    """The body of `POST /Users`, in the form of Asana's own example."""
    resource: Resource = {
        "schemas": [CORE_USER, ENTERPRISE_USER],
        "userName": user_name,
        "emails": [{"value": user_name, "primary": True}],
        "active": True,
    }
    for name, value in attributes.items():
        if value:
            set_attribute(resource, name, value)
    if license_name is not None:
        resource[USER_TYPE] = license_name
    return resource


def new_team(name: str, members: Sequence[str] = ()) -> Resource:
    """The body of `POST /Groups`, in the form of Asana's own example."""
    return {"schemas": [CORE_GROUP], "displayName": name, "members": _values(members)}


def changed_part(changes: Mapping[str, str], current: Resource | None) -> Resource:
    """The part of a user that a PATCH replaces.

    A list is replaced as a whole (RFC 7644, section 3.5.2.3), so `current` is needed where
    the change is to an entry of a shared one: its other entries are sent along.
    """
    part: Resource = {}
    for name, value in changes.items():
        for shared in _shared_list(name):
            if current is not None and shared in current and shared not in part:
                part[shared] = deepcopy(current[shared])
        set_attribute(part, name, value)
    return part


def replacement(current: Resource, changes: Mapping[str, str | None]) -> Resource:
    """The body of a PUT: the user as it is, with the changes made and the rest kept.

    Raises UnreadableError when the user has no `active` or `userName`: what a PUT without
    them does is not known.
    """
    resource = deepcopy(current)
    for name in _READ_ONLY:
        resource.pop(name, None)
    if resource.get("active") is None or not resource.get(USER_NAME):
        raise UnreadableError("a user without 'active' or 'userName' cannot be replaced safely")
    if isinstance(resource["active"], str):
        resource["active"] = resource["active"].strip().casefold() == "true"
    before = resource[USER_NAME]
    for name, value in changes.items():
        if value:
            set_attribute(resource, name, value)
        else:
            _clear_attribute(resource, name)
    if FORMATTED_NAME in changes:
        # The parts of the old name would contradict the new one, and bring an emptied one back.
        resource["name"].pop("givenName", None)
        resource["name"].pop("familyName", None)
    if changes.get(USER_NAME):
        _readdress(resource, before, resource[USER_NAME])
    _declare_extension(resource)
    return resource


def _declare_extension(resource: Resource) -> None:
    """RFC 7643, section 3: `schemas` names the extensions that are used, and no other key is
    one."""
    if not resource.get(ENTERPRISE_USER):
        resource.pop(ENTERPRISE_USER, None)
        return
    schemas = resource.get("schemas")
    schemas = schemas if isinstance(schemas, list) else [CORE_USER]
    if ENTERPRISE_USER.casefold() not in {str(schema).casefold() for schema in schemas}:
        schemas = [*schemas, ENTERPRISE_USER]
    resource["schemas"] = schemas


def _readdress(resource: Resource, before: object, after: str) -> None:
    emails = resource.get("emails")
    for email in emails if isinstance(emails, list) else ():
        if isinstance(email, dict) and _same_address(email.get("value"), before):
            email["value"] = after


def _same_address(one: object, other: object) -> bool:
    return isinstance(one, str) and isinstance(other, str) and user_key(one) == user_key(other)


def set_attribute(resource: Resource, name: str, value: str) -> None:
    """Put one attribute of ours where SCIM keeps it. Raises UnreadableError when it cannot."""
    if name in EXTENSION:
        _object(resource, ENTERPRISE_USER)[name] = value
    elif name == MANAGER:
        _object(resource, ENTERPRISE_USER)[name] = {"value": value}
    elif name == FORMATTED_NAME:
        _object(resource, "name")["formatted"] = value
    elif name == "roles":
        resource[name] = [{"value": value, "primary": True}]
    elif shared := _shared_list(name):
        entry = _work_entry(resource, shared[0])
        if entry is None:
            entry = {"type": "work"}
            resource[shared[0]] = [*(resource.get(shared[0]) or ()), entry]
        entry["value" if name == "phone" else name] = value
    else:
        resource[name] = value


def _clear_attribute(resource: Resource, name: str) -> None:
    if name in EXTENSION or name == MANAGER:
        _object(resource, ENTERPRISE_USER).pop(name, None)
    elif name == FORMATTED_NAME:
        _object(resource, "name").pop("formatted", None)
    elif name == "phone":
        entry = _work_entry(resource, "phoneNumbers")
        kept = [other for other in resource.get("phoneNumbers") or () if other is not entry]
        resource["phoneNumbers"] = kept
    elif name in ADDRESS:
        (_work_entry(resource, "addresses") or {}).pop(name, None)
    else:
        resource.pop(name, None)


def _shared_list(name: str) -> tuple[str, ...]:
    if name in ADDRESS:
        return ("addresses",)
    return ("phoneNumbers",) if name == "phone" else ()


def _work_entry(resource: Resource, name: str) -> Resource | None:
    try:
        return work_entry(resource, name)
    except FaultError as fault:
        raise UnreadableError(f"the user's '{name}' {fault.what}") from None


def _object(resource: Resource, name: str) -> Resource:
    found = resource.get(name)
    if found is not None and not isinstance(found, dict):
        raise UnreadableError(f"the user's '{name}' is no object")
    resource[name] = canonical(found or {}, name)
    return resource[name]  # type: ignore[no-any-return]  # the line above has put it there


def patch_without_path(part: Mapping[str, Any]) -> Resource:
    """One operation whose value is a part of the resource: Asana's documented form."""
    return patch([{"op": "replace", "value": dict(part)}])


def patch_with_paths(part: Mapping[str, Any]) -> Resource:
    """One operation per attribute, named by its path: the form of other clients."""
    return patch([_replace(path, value) for path, value in _paths(part)])


def _paths(part: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    for name, content in part.items():
        if isinstance(content, dict):
            # RFC 7644, section 3.10: a colon after a schema URI, a dot after an attribute.
            separator = ":" if name == ENTERPRISE_USER else "."
            yield from ((f"{name}{separator}{key}", value) for key, value in content.items())
        else:
            yield name, content


def _replace(path: str, value: object) -> Resource:
    return {"op": "replace", "path": path, "value": value}


def patch(operations: Sequence[Resource]) -> Resource:
    """The body of a PATCH (RFC 7644, section 3.5.2)."""
    return {"schemas": [PATCH_OP], "Operations": list(operations)}


def renaming(name: str) -> list[Resource]:
    """The operation that renames a team, to stand beside others."""
    return [_replace("displayName", name)] if name else []


def adding(scim_ids: Sequence[str]) -> list[Resource]:
    """The operations that add members: Asana's documented form."""
    if not scim_ids:
        return []
    return [{"op": "add", "path": "members", "value": _values(scim_ids)}]


def removing_by_filter(scim_ids: Sequence[str]) -> list[Resource]:
    """The operations that remove members, one path with a filter each."""
    return [
        {"op": "remove", "path": f"members[value eq {json.dumps(scim_id)}]"}
        for scim_id in scim_ids
    ]


def removing_by_list(scim_ids: Sequence[str]) -> list[Resource]:
    """The operation that removes members by a list of values.

    RFC 7644 gives `remove` no value: a server that goes by its section 3.5.2.2 alone removes
    every member.
    """
    return [{"op": "remove", "path": "members", "value": _values(scim_ids)}]


def _values(scim_ids: Sequence[str]) -> list[Resource]:
    return [{"value": scim_id} for scim_id in scim_ids]


def equality(attribute: str, value: str) -> str:
    """The filter `attribute eq "value"`, the value as a JSON string (RFC 7644, 3.4.2.2)."""
    return f"{attribute} eq {json.dumps(value, ensure_ascii=False)}"
