"""JSON Schema of the config file, for editors that complete and check while one writes."""

from collections.abc import Callable
from typing import Any, Final

from syncer.model.policy.config import Config
from syncer.model.policy.limits import GUARD_DEFAULTS

_DRAFT: Final = "https://json-schema.org/draft/2020-12/schema"

# An unquoted number or `true` where a text is wanted keeps the text that was written, and an
# editor must not call wrong what the loader takes.
_WRITTEN_TEXT: Final = ["string", "number", "boolean"]


def config_schema() -> dict[str, object]:
    """The JSON Schema (draft 2020-12) of `syncer.yaml`, each key with a description.

    It knows names, types and ranges. What needs two keys at once, such as exactly one of
    `base_url` and `sandbox`, only the loader can say.
    """
    schema = Config.model_json_schema(by_alias=True)
    definitions: dict[str, dict[str, Any]] = schema.pop("$defs")
    definitions["MappingRule"] = _with_short_form(definitions["MappingRule"])
    _with_guard_defaults(definitions)
    definitions["MappingPolicy"]["properties"]["userName"]["default"] = "mail"
    body = _each(schema, _for_editors)
    return {
        "$schema": _DRAFT,
        **body,
        "title": "syncer configuration",
        "description": "Who should be in Asana, and how far syncer may go to make it so.",
        "$defs": {name: _each(definitions[name], _for_editors) for name in sorted(definitions)},
    }


def _with_short_form(rule: dict[str, Any]) -> dict[str, Any]:
    """A mapping rule, or just what would stand in its `from`."""
    source = rule["properties"]["from"]["description"]
    return {
        "title": "MappingRule",
        "description": rule.pop("description"),
        "anyOf": [{"type": "string", "minLength": 1, "description": source}, rule],
    }


def _with_guard_defaults(definitions: dict[str, dict[str, Any]]) -> None:
    """A guard that names only its count keeps the other defaults of its own class."""
    guards = definitions["GuardPolicy"]
    guards.pop("required")
    for name, limits in GUARD_DEFAULTS.items():
        guards["properties"][name]["default"] = dict(limits)
    for limit in definitions["GuardLimit"]["properties"].values():
        limit.pop("default")


def _each(node: Any, change: Callable[[dict[str, Any]], dict[str, Any]]) -> Any:
    """The same schema with `change` made to every object in it, innermost first."""
    if isinstance(node, dict):
        return change({key: _each(value, change) for key, value in node.items()})
    if isinstance(node, list):
        return [_each(value, change) for value in node]
    return node


def _for_editors(node: dict[str, Any]) -> dict[str, Any]:
    """One object of the schema, with the words of the file and without those of Python."""
    if node.get("type") == "string" and not node.keys() & {"enum", "const"}:
        return {**node, "type": _WRITTEN_TEXT}
    if isinstance(properties := node.get("properties"), dict):
        return {**node, "properties": {key: _titled(key, properties[key]) for key in properties}}
    # A word of OpenAPI; the `format` of each source says the same in JSON Schema.
    return {key: value for key, value in node.items() if key != "discriminator"}


def _titled(key: str, value: dict[str, Any]) -> dict[str, Any]:
    # The defaults of a section stand in its own keys; an editor would paste them all.
    whole_section = "$ref" in value and isinstance(value.get("default"), dict)
    kept = {k: v for k, v in value.items() if not (whole_section and k == "default")}
    return {**kept, "title": key}
