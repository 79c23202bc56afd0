"""The three read-only documents about the service. Asana names them and never shows a body."""

from typing import Any, Final

from syncer.sandbox.switches import Switches
from syncer.sandbox.wire import (
    ENTERPRISE_SCHEMA,
    GROUP_SCHEMA,
    LIST_SCHEMA,
    USER_SCHEMA,
    Refusal,
)

PATHS: Final = ("ServiceProviderConfig", "ResourceTypes", "Schemas")

_CONFIG: Final = "urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig"
_SCHEMAS: Final = (
    (USER_SCHEMA, "User", ("userName", "name", "emails", "active", "title", "preferredLanguage")),
    (
        ENTERPRISE_SCHEMA,
        "EnterpriseUser",
        ("department", "manager", "employeeNumber", "costCenter", "organization", "division"),
    ),
    (GROUP_SCHEMA, "Group", ("displayName", "members")),
)


def document(name: str, switches: Switches) -> dict[str, Any] | list[dict[str, Any]]:
    """The document at `/<name>`. Raises a 404 where discovery is switched off."""
    if switches.discovery == "absent":
        raise Refusal(404, f"{name}: Not Found")
    if name == "ServiceProviderConfig":
        return _provider(switches)
    entries = _resource_types() if name == "ResourceTypes" else _schemas()
    if switches.discovery == "array":
        return entries
    return {"schemas": [LIST_SCHEMA], "totalResults": len(entries), "Resources": entries}


def _provider(switches: Switches) -> dict[str, Any]:
    return {
        "schemas": [_CONFIG],
        "patch": {"supported": True},
        "bulk": {"supported": False, "maxOperations": 0, "maxPayloadSize": 0},
        "filter": {"supported": True, "maxResults": 100},
        "changePassword": {"supported": False},
        "sort": {"supported": False},
        "etag": {"supported": switches.etags == "honoured"},
        "authenticationSchemes": [
            {"type": "oauthbearertoken", "name": "Bearer", "description": "Service account token"}
        ],
    }


def _resource_types() -> list[dict[str, Any]]:
    schema = "urn:ietf:params:scim:schemas:core:2.0:ResourceType"
    extensions = [{"schema": ENTERPRISE_SCHEMA, "required": False}]
    return [
        {
            "schemas": [schema],
            "id": "User",
            "name": "User",
            "endpoint": "/Users",
            "schema": USER_SCHEMA,
            "schemaExtensions": extensions,
        },
        {
            "schemas": [schema],
            "id": "Group",
            "name": "Group",
            "endpoint": "/Groups",
            "schema": GROUP_SCHEMA,
        },
    ]


def _schemas() -> list[dict[str, Any]]:
    return [
        {"id": schema, "name": name, "attributes": [{"name": key} for key in attributes]}
        for schema, name, attributes in _SCHEMAS
    ]
