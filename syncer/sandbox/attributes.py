"""Users on the wire: which attribute stands where in a resource, and back.

A request becomes a Draft, flat and checked for shape only: whether the values make sense is
for `users` to say.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final

from syncer.sandbox.addresses import address_problem
from syncer.sandbox.switches import Switches
from syncer.sandbox.tenant import DIVISION_ID, MANAGER, NAME
from syncer.sandbox.wire import ENTERPRISE_SCHEMA, Refusal

Draft = dict[str, Any]
"""Flat attribute -> text, or None for cleared; `active` -> bool. Keys beside the attributes of
a user: userName, userType, active, givenName, familyName."""

ENTERPRISE_TEXTS: Final = (
    "department",
    "employeeNumber",
    "costCenter",
    "organization",
    "division",
)
PLACE: Final = ("country", "region", "locality")
_LAST_BASIC: Final = 0xFFFF
_TOP_TEXTS: Final = ("userName", "userType", "title", "preferredLanguage", DIVISION_ID)
_READ_ONLY: Final = frozenset({"schemas", "id", "meta", "groups"})
"""RFC 7643, section 2.2: what a server makes itself is ignored in requests."""

EXTRA: Final = ("x-sandbox-note", "urn:example:params:scim:schemas:extension:sandbox:2.0:User")
"""Attributes that answers have under the switch `extra_attributes`; taken back in a PUT."""


class DraftReader:
    """Reads one resource, whole or in part. Refuses with 400 what does not have its shape.

    `empty` says what an empty text or null means: "clear", "skip" or "reject".
    """

    def __init__(self, switches: Switches, *, empty: str) -> None:
        self._switches = switches
        self._tolerant = switches.forms == "tolerant"
        self._empty = empty
        self._draft: Draft = {}

    def read(self, body: Mapping[str, Any]) -> Draft:
        """The draft of a resource, or of the value of a patch operation."""
        readers: dict[str, Callable[[Any], None]] = {
            "active": self._active,
            "name": self._name,
            "emails": self._emails,
            "addresses": self._addresses,
            "phoneNumbers": self._phones,
            "roles": self._roles,
            "rbacRoles": self._rbac_roles,
            ENTERPRISE_SCHEMA: self._enterprise,
        }
        for key, value in body.items():
            if key in _READ_ONLY or key in EXTRA:
                continue
            if key in _TOP_TEXTS:
                self._text(key, key, value)
            elif key in readers:
                readers[key](value)
            else:
                self._unknown(key)
        return self._draft

    def _unknown(self, key: str) -> None:
        if self._switches.unknown_attributes == "reject":
            raise Refusal(400, f"{key}: unknown attribute")

    def _text(self, key: str, where: str, value: object) -> None:
        if self._tolerant and isinstance(value, int | float) and not isinstance(value, bool):
            value = str(value)
        if value is None or value == "":
            if self._empty == "reject":
                raise Refusal(400, f"{where}: an attribute cannot be emptied by PATCH; use PUT")
            if self._empty == "clear":
                self._draft[key] = None
            return
        if not isinstance(value, str):
            raise Refusal(400, f"{where}: must be a string")
        check_text(where, value, self._switches)
        self._draft[key] = value

    def _object(self, where: str, value: object) -> Mapping[str, Any]:
        if value is None:
            return {}
        if not isinstance(value, dict):
            raise Refusal(400, f"{where}: must be an object")
        return value

    def _list(self, where: str, value: object) -> list[Mapping[str, Any]]:
        if value is None:
            return []
        if isinstance(value, dict) and self._tolerant:
            value = [value]
        if not isinstance(value, list) or not all(isinstance(entry, dict) for entry in value):
            raise Refusal(400, f"{where}: must be a list of objects")
        return value

    def _active(self, value: object) -> None:
        if self._tolerant and isinstance(value, str) and value.lower() in {"true", "false"}:
            value = value.lower() == "true"
        if not isinstance(value, bool):
            raise Refusal(400, "active: must be true or false")
        self._draft["active"] = value

    def _name(self, value: object) -> None:
        for key, text in self._object("name", value).items():
            if key == "formatted":
                self._text(NAME, NAME, text)
            elif key in {"givenName", "familyName"}:
                self._text(key, f"name.{key}", text)
            else:
                self._unknown(f"name.{key}")

    def _emails(self, value: object) -> None:
        """Addresses are checked and not kept: Asana's only address is the userName."""
        primaries = 0
        for entry in self._list("emails", value):
            address = entry.get("value")
            if not isinstance(address, str) or address_problem(address):
                raise Refusal(400, "emails.value: must be an e-mail address")
            primaries += self._flag("emails.primary", entry.get("primary", False))
        if primaries > 1:
            raise Refusal(400, "emails.primary: must be true at most once")

    def _flag(self, where: str, value: object) -> bool:
        # The documentation types emails.primary as a string in its table and shows a boolean
        # in every example, so both are taken.
        if isinstance(value, str) and value.lower() in {"true", "false"}:
            return value.lower() == "true"
        if not isinstance(value, bool):
            raise Refusal(400, f"{where}: must be true or false")
        return value

    def _addresses(self, value: object) -> None:
        for entry in self._list("addresses", value):
            if entry.get("type", "work") != "work":
                self._unknown(f"addresses[type eq {entry.get('type')!r}]")
                continue
            for key, text in entry.items():
                if key in PLACE:
                    self._text(key, f"addresses.{key}", text)
                elif key not in {"type", "primary"}:
                    self._unknown(f"addresses.{key}")

    def _phones(self, value: object) -> None:
        for entry in self._list("phoneNumbers", value):
            if entry.get("type", "work") != "work":
                self._unknown(f"phoneNumbers[type eq {entry.get('type')!r}]")
            else:
                self._text("phone", "phoneNumbers.value", entry.get("value"))

    def _roles(self, value: object) -> None:
        if isinstance(value, str) and self._tolerant:
            value = [{"value": value, "primary": True}]
        entries = self._list("roles", value)
        chosen = [e for e in entries if self._flag("roles.primary", e.get("primary", False))]
        if len(chosen) > 1:
            raise Refusal(400, "roles.primary: must be true at most once")
        for entry in (chosen or entries)[:1]:
            self._text("roles", "roles.value", entry.get("value"))

    def _rbac_roles(self, value: object) -> None:
        if not isinstance(value, str):
            raise Refusal(400, "rbacRoles: must be a string")
        # Highest priority first; a person has one role.
        self._text("roles", "rbacRoles", value.split(",")[0].strip())

    def _enterprise(self, value: object) -> None:
        for key, part in self._object(ENTERPRISE_SCHEMA, value).items():
            if key in ENTERPRISE_TEXTS:
                self._text(key, key, part)
            elif key == MANAGER:
                self._manager(part)
            else:
                self._unknown(f"{ENTERPRISE_SCHEMA}:{key}")

    def _manager(self, value: object) -> None:
        if isinstance(value, str) and self._tolerant:
            value = {"value": value}
        if value is not None and not isinstance(value, dict):
            raise Refusal(400, 'manager: must be an object such as {"value": "<id>"}')
        scim_id = None if value is None else value.get("value")
        if isinstance(scim_id, int) and not isinstance(scim_id, bool):
            scim_id = str(scim_id)  # ids come as numbers in some answers, so they may come back
        self._text(MANAGER, "manager.value", scim_id)


def check_text(where: str, value: str, switches: Switches) -> None:
    """Raises a 400 for a text that is too long or has a character that is not taken."""
    longest = switches.longest_text
    if longest and len(value) > longest:
        raise Refusal(400, f"{where}: longer than {longest} characters")
    if "\x00" in value:
        raise Refusal(400, f"{where}: has a NUL character")
    if switches.characters == "basic" and any(ord(c) > _LAST_BASIC for c in value):
        raise Refusal(400, f"{where}: has a character beyond U+FFFF")
