"""A small validator for the words of JSON Schema that our schemas use."""

from collections.abc import Iterator, Mapping
from typing import Any

TYPES: Mapping[str, tuple[type, ...]] = {
    "string": (str,),
    "number": (int, float),
    "integer": (int,),
    "boolean": (bool,),
    "array": (list,),
    "object": (dict,),
    "null": (type(None),),
}


def misfits(value: Any, schema: Any, root: Any, at: str = "$") -> Iterator[str]:
    """Yield each place where the value does not fit, and why. `root` holds the `$defs`.

    A key that the schema does not name is a misfit unless it allows others outright.
    """
    if "$ref" in schema:
        yield from misfits(value, root["$defs"][schema["$ref"].removeprefix("#/$defs/")], root, at)
    if "const" in schema and value != schema["const"]:
        yield f"{at}: {value!r} is not {schema['const']!r}"
    if "enum" in schema and value not in schema["enum"]:
        yield f"{at}: {value!r} is none of {schema['enum']}"
    for word in ("anyOf", "oneOf"):
        if word in schema:
            tried = [list(misfits(value, option, root, at)) for option in schema[word]]
            yield from min(tried, key=len)
    yield from _of_type(value, schema, at)
    yield from _within(value, schema, at)
    if isinstance(value, list) and "items" in schema:
        for number, item in enumerate(value):
            yield from misfits(item, schema["items"], root, f"{at}[{number}]")
    if isinstance(value, dict):
        yield from _of_keys(value, schema, root, at)


def _of_type(value: Any, schema: Any, at: str) -> Iterator[str]:
    wanted = schema.get("type", list(TYPES))
    names = [wanted] if isinstance(wanted, str) else wanted
    fits = any(isinstance(value, TYPES[name]) for name in names)
    if isinstance(value, bool):
        fits = "boolean" in names
    if not fits:
        yield f"{at}: {value!r} is no {' or '.join(names)}"


def _within(value: Any, schema: Any, at: str) -> Iterator[str]:
    if isinstance(value, str) and len(value) < schema.get("minLength", 0):
        yield f"{at}: too short"
    if isinstance(value, list) and len(value) < schema.get("minItems", 0):
        yield f"{at}: too few"
    if isinstance(value, int | float):
        low, high = schema.get("minimum", value), schema.get("maximum", value)
        if not (low <= value <= high and value > schema.get("exclusiveMinimum", value - 1)):
            yield f"{at}: {value!r} is out of range"


def _of_keys(value: dict[str, Any], schema: Any, root: Any, at: str) -> Iterator[str]:
    properties = schema.get("properties", {})
    others = schema.get("additionalProperties", not properties)
    for key in schema.get("required", ()):
        if key not in value:
            yield f"{at}: {key} is missing"
    for key, inner in value.items():
        if key in properties:
            yield from misfits(inner, properties[key], root, f"{at}.{key}")
        elif others is False:
            yield f"{at}: {key} is not known"
        elif others is not True:
            yield from misfits(inner, others, root, f"{at}.{key}")
