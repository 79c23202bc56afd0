"""Users and teams as the JSON that answers carry."""

from collections.abc import Mapping
from typing import Any

from syncer.sandbox.attributes import ENTERPRISE_TEXTS, EXTRA, PLACE
from syncer.sandbox.switches import Switches
from syncer.sandbox.tenant import DIVISION_ID, ENTERPRISE, MANAGER, OTHER_TIER, Group, Tenant, User
from syncer.sandbox.wire import ENTERPRISE_SCHEMA, GROUP_SCHEMA, USER_SCHEMA

Resource = dict[str, Any]


def user_resource(user: User, tenant: Tenant, switches: Switches) -> Resource:
    """One user, with the keys in the order of the documented example."""
    attributes = user.attributes
    resource: Resource = {
        "id": wire_id(user.id, number=switches.ids == "number"),
        "userName": user.user_name,
        "name": _name(user, switches),
        "emails": [{"value": user.user_name, "primary": True, "type": "work"}],
        "active": user.active if switches.active_form == "boolean" else str(user.active),
    }
    for key in ("title", "preferredLanguage"):
        if key in attributes:
            resource[key] = attributes[key]
    if user_type := _user_type(user, switches):
        resource["userType"] = user_type
    resource |= _multi_valued(attributes, switches)
    resource["schemas"] = [USER_SCHEMA, ENTERPRISE_SCHEMA]
    if extension := _extension(attributes, tenant, switches):
        resource[ENTERPRISE_SCHEMA] = extension
    if switches.extra_attributes:
        resource |= {EXTRA[0]: None, EXTRA[1]: {"badges": [1, {"two": 2}]}}
    return resource


def _user_type(user: User, switches: Switches) -> str:
    if not switches.view_only_domain:
        return ""
    if user.user_type != OTHER_TIER:
        return user.user_type
    looks = {"shown": OTHER_TIER, "hidden": "", "as_enterprise": ENTERPRISE}
    return looks[switches.other_tier]


def _multi_valued(attributes: Mapping[str, str], switches: Switches) -> Resource:
    parts: Resource = {}
    if place := {key: attributes[key] for key in PLACE if key in attributes}:
        parts["addresses"] = [{"type": "work", **place}]
    if "phone" in attributes:
        parts["phoneNumbers"] = [{"type": "work", "value": attributes["phone"]}]
    if switches.admin_attributes == "returned":
        if "roles" in attributes:
            parts["roles"] = [{"value": attributes["roles"], "primary": True}]
        if DIVISION_ID in attributes:
            parts[DIVISION_ID] = attributes[DIVISION_ID]
    return parts


def _name(user: User, switches: Switches) -> Resource:
    given, _, family = user.full_name.partition(" ")
    if switches.given_family == "swapped":
        given, family = family, given
    return {"givenName": given, "familyName": family, "formatted": user.full_name}


def _extension(attributes: Mapping[str, str], tenant: Tenant, switches: Switches) -> Resource:
    extension: Resource = {key: attributes[key] for key in ENTERPRISE_TEXTS if key in attributes}
    if MANAGER not in attributes or switches.manager_returned == "never":
        return extension
    scim_id = attributes[MANAGER]
    manager = tenant.users.get(scim_id)
    shown = wire_id(scim_id, number=switches.ids == "number")
    if manager is not None and switches.manager_returned == "address":
        shown = manager.user_name
    elif manager is not None and switches.manager_returned == "name":
        shown = manager.full_name
    return {**extension, MANAGER: {"value": shown}}


def group_resource(group: Group, tenant: Tenant, switches: Switches, *, members: bool) -> Resource:
    """One team; without the key `members` when they are not to be shown."""
    number = switches.ids == "number"
    resource: Resource = {
        "id": wire_id(group.id, number=number),
        "displayName": group.display_name,
    }
    if members:
        shown = [
            scim_id
            for scim_id in group.members
            if switches.guest_members == "shown" or not tenant.users[scim_id].guest
        ]
        most = switches.members_shown or len(shown)
        resource["members"] = [{"value": wire_id(i, number=number)} for i in shown[:most]]
    return resource | {"schemas": [GROUP_SCHEMA], "meta": {"resourceType": "Group"}}


def wire_id(scim_id: str, *, number: bool) -> str | int:
    """The id as text or, where it is one and is asked for, as a number."""
    return int(scim_id) if number and scim_id.isascii() and scim_id.isdigit() else scim_id
