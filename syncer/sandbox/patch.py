"""PATCH bodies, RFC 7644, section 3.5.2: operations with and without a path."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from syncer.sandbox.switches import Switches
from syncer.sandbox.wire import ENTERPRISE_SCHEMA, PATCH_SCHEMA, USER_SCHEMA, Refusal

_VERBS: Final = ("add", "replace", "remove")
_QUOTED: Final = r'"(?:[^"\\]|\\.)*"'
_SELECTED: Final = re.compile(
    rf"(?P<list>\w+)\[(?P<key>type|primary) eq (?P<value>{_QUOTED}|true)\](?:\.(?P<part>\w+))?"
)
_MEMBER: Final = re.compile(rf"(?s)members\[value eq ({_QUOTED})\]")
_MEMBERS_OR: Final = re.compile(
    rf"(?is)members\[\s*(value\s+eq\s+{_QUOTED}(?:\s+or\s+value\s+eq\s+{_QUOTED})*)\s*\]"
)


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation. `path` is empty for the form without a path; `given` says that there was
    a value at all, which for remove is the difference between these and all."""

    verb: str
    path: str
    value: Any
    given: bool


def read_operations(body: Mapping[str, Any], switches: Switches) -> tuple[Operation, ...]:
    """The operations of a PatchOp message, in order. Raises a 400 for another message."""
    tolerant = switches.forms == "tolerant"
    schemas = body.get("schemas")
    if not tolerant and (not isinstance(schemas, list) or PATCH_SCHEMA not in schemas):
        raise Refusal(400, f"schemas: must hold {PATCH_SCHEMA}")
    operations = body.get("Operations")
    if operations is None and tolerant:
        operations = body.get("operations")
    if not isinstance(operations, list) or not operations:
        raise Refusal(400, "Operations: must be a list with at least one operation")
    if len(operations) > 1 and switches.several_operations == "reject":
        raise Refusal(400, "Operations: only one operation in a request is supported")
    return tuple(_operation(entry, tolerant=tolerant) for entry in operations)


def _operation(entry: object, *, tolerant: bool) -> Operation:
    if not isinstance(entry, dict):
        raise Refusal(400, "Operations: each must be an object")
    verb, path = entry.get("op"), entry.get("path")
    if isinstance(verb, str) and tolerant:
        verb = verb.lower()
    if verb not in _VERBS:
        raise Refusal(400, f"op: must be one of {', '.join(_VERBS)}")
    if path is not None and (not isinstance(path, str) or not path):
        raise Refusal(400, "path: must be a string that is not empty")
    if path is None and verb == "remove":
        raise Refusal(400, "path: is required for remove")  # RFC 7644, section 3.5.2.2
    if verb != "remove" and "value" not in entry:
        raise Refusal(400, f"value: is required for {verb}")
    return Operation(str(verb), path or "", entry.get("value"), "value" in entry)


def as_resource(operation: Operation, switches: Switches) -> Mapping[str, Any]:
    """The part of a user resource that the operation speaks of, nested as in a resource.

    Raises a 400 for a path that no user has.
    """
    if operation.path:
        return _nested(operation.path, operation.value)
    if not isinstance(operation.value, dict):
        raise Refusal(400, "value: without a path it must be an object")
    if switches.forms != "tolerant":
        return operation.value
    merged: dict[str, Any] = {}
    for key, value in operation.value.items():
        dotted = "." in key.removeprefix(ENTERPRISE_SCHEMA) or "[" in key
        extended = key.startswith(f"{ENTERPRISE_SCHEMA}:")
        for part, inner in (_nested(key, value) if dotted or extended else {key: value}).items():
            earlier = merged.get(part)
            both = isinstance(earlier, dict) and isinstance(inner, dict)
            merged[part] = {**earlier, **inner} if both else inner  # type: ignore[dict-item] # both
    return merged


def _nested(path: str, value: object) -> Mapping[str, Any]:
    path = path.removeprefix(f"{USER_SCHEMA}:")
    if path.startswith(f"{ENTERPRISE_SCHEMA}:"):
        key = path.removeprefix(f"{ENTERPRISE_SCHEMA}:")
        inner = {"manager": {"value": value}} if key == "manager.value" else {key: value}
        return {ENTERPRISE_SCHEMA: inner}
    if found := _SELECTED.fullmatch(path):
        chosen: object = found["value"] == "true" or json_text(found["value"])
        part = {found["part"]: value} if found["part"] else value
        if not isinstance(part, dict):
            raise Refusal(400, f"path {path}: the value must be an object")
        return {found["list"]: [{found["key"]: chosen, **part}]}
    first, dot, rest = path.partition(".")
    if dot and first == "name" and rest.isalpha():
        return {"name": {rest: value}}
    if not path.isalnum() and path != ENTERPRISE_SCHEMA:
        raise Refusal(400, f"path {path}: no such attribute")
    return {path: value}


def members_of_path(path: str, switches: Switches) -> tuple[str, ...] | None:
    """The ids that `members[value eq "..."]` selects; None for any other path."""
    if found := _MEMBER.fullmatch(path):
        return (json_text(found[1]),)
    if switches.forms == "tolerant" and (several := _MEMBERS_OR.fullmatch(path)):
        return tuple(map(json_text, re.findall(_QUOTED, several[1])))
    return None


def entries_of_list(value: object) -> Iterator[str]:
    """The ids in a list of members.

    Raises a 400 unless it is a list of objects with a `value` each, as in every example.
    """
    if not isinstance(value, list):
        raise Refusal(400, "members: must be a list")
    for entry in value:
        scim_id = entry.get("value") if isinstance(entry, dict) else None
        if isinstance(scim_id, int) and not isinstance(scim_id, bool):
            scim_id = str(scim_id)  # the answer to POST /Groups shows ids as numbers
        if not isinstance(scim_id, str) or not scim_id:
            raise Refusal(400, 'members: each must be an object such as {"value": "<id>"}')
        yield scim_id


def json_text(quoted: str) -> str:
    """The text of a quoted string in a path. Raises a 400 when it is not one."""
    try:
        return str(json.loads(quoted, strict=False))
    except ValueError:
        raise Refusal(400, f"{quoted}: not a JSON string") from None
