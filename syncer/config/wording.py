"""What the model's refusals mean in plain words. Nothing of pydantic's own text gets out."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from pydantic_core import ErrorDetails

from syncer.config.finding import Finding, Plain, shown
from syncer.config.keys import nearest
from syncer.core.locations import Location, spelled

_NEEDED: Final[Mapping[Location, str]] = {
    ("asana",): "say where Asana is: asana: {sandbox: tenant.json}, or a base_url",
    ("directory",): "say where people are read from: directory: {people: [...]}",
    ("directory", "people"): "name a file: people: [{format: csv, path: people.csv}]",
}


_EMPTY: Final = "a key without a value: fill it in, or put # in front of it as well"


def finding(detail: ErrorDetails, data: Plain) -> Finding:
    """One refusal of the model in plain words, at the place where it stands in the file."""
    location = _place(detail["loc"], data)
    kind = detail["type"]
    if kind == "missing":
        summary = f"key '{spelled(location)}' is missing"
        return Finding(location, summary, _NEEDED.get(location, ""), names_key=True)
    value = None if kind == "value_error" else detail["input"]
    summary, hint = _plainly(kind, detail.get("ctx", {}), value)
    if kind.startswith("union_tag") and isinstance(value, Mapping) and "format" in value:
        location = (*location, "format")
    return Finding(location, summary or detail["msg"].lower(), hint)


def _place(loc: tuple[int | str, ...], data: Plain) -> Location:
    """The location as it stands in the file: pydantic adds the format of a source and `[key]`."""
    place: Location = ()
    here = data
    for index, part in enumerate(loc):
        if isinstance(here, dict):
            last = index == len(loc) - 1
            if str(part) not in here and here.get("format") == part and not last:
                continue
            here = here.get(str(part))
        elif isinstance(here, list) and isinstance(part, int):
            here = here[part]
        if part != "[key]":
            place = (*place, part)
    return place


def _plainly(kind: str, context: Mapping[str, Any], value: object) -> tuple[str, str]:
    """Summary and hint; an empty summary for a kind without words of its own."""
    return _WORDS.get(kind, _nothing)(context, value)


_Words = Callable[[Mapping[str, Any], object], tuple[str, str]]


def _nothing(_: Mapping[str, Any], __: object) -> tuple[str, str]:
    return "", ""


def _needs(what: str, hint: str = "") -> _Words:
    return lambda _, value: (
        f"must be {what}, not {shown(value)}",
        hint or (_EMPTY if value is None else ""),
    )


def _within(words: str, limit: str) -> _Words:
    return lambda context, value: (f"must be {words} {context[limit]:g}, not {shown(value)}", "")


def _text(_: Mapping[str, Any], value: object) -> tuple[str, str]:
    if value is None:
        return "must not be empty", 'a text that reads null or ~ is written in quotes: "null"'
    return f"must be a text, not {shown(value)}", ""


def _choice(context: Mapping[str, Any], value: object) -> tuple[str, str]:
    known = str(context.get("expected") or context.get("expected_tags")).split("'")[1::2]
    near = nearest(value, tuple(known)) if isinstance(value, str) else ""
    hint = f"did you mean '{near}'?" if near else _EMPTY if value is None else ""
    return f"must be {', '.join(known[:-1])} or {known[-1]}, not {shown(value)}", hint


def _tag(context: Mapping[str, Any], value: object) -> tuple[str, str]:
    given = value.get("format") if isinstance(value, Mapping) else value
    return _choice(context, given)


def _list(_: Mapping[str, Any], value: object) -> tuple[str, str]:
    hint = f"write [{value}]" if isinstance(value, str) else ""
    if isinstance(value, Mapping):
        hint = "put '- ' in front of each entry"
    if value is None:
        hint = _EMPTY
    return f"must be a list, not {shown(value)}", hint


def _section(context: Mapping[str, Any], value: object) -> tuple[str, str]:
    words = _SECTIONS.get(str(context.get("class_name")), _KEYS)
    return words(context, value)


_KEYS: Final = _needs("keys and values")
_SOURCE: Final = _needs("a source", "for example {format: csv, path: people.csv}")
_SECTIONS: Final = {
    "MappingRule": _needs("a directory attribute, or keys and values"),
    "GuardLimit": _needs("keys and values, or null", "for example {count: 10, percent: 5}"),
}

_WORDS: Final[Mapping[str, _Words]] = {
    "string_type": _text,
    "string_too_short": lambda _, __: ("must not be empty", ""),
    "string_too_long": lambda context, _: (
        f"must be at most {context['max_length']} characters long",
        "",
    ),
    # The name of a policy has the only pattern of the model.
    "string_pattern_mismatch": _needs("letters, digits and hyphens, such as quiet-friday"),
    "int_type": _needs("a whole number"),
    "int_parsing": _needs("a whole number"),
    "int_parsing_size": _needs("a smaller number"),
    "int_from_float": _needs("a whole number"),
    "float_type": _needs("a number"),
    "float_parsing": _needs("a number"),
    "finite_number": _needs("a number"),
    "bool_type": _needs("true or false"),
    "bool_parsing": _needs("true or false"),
    "literal_error": _choice,
    "enum": _choice,
    "union_tag_invalid": _tag,
    "union_tag_not_found": lambda _, __: ("key 'format' is missing", "csv, yaml, ldif or ldap"),
    "greater_than": _within("more than", "gt"),
    "greater_than_equal": _within("at least", "ge"),
    "less_than": _within("less than", "lt"),
    "less_than_equal": _within("at most", "le"),
    "tuple_type": _list,
    "too_short": lambda _, __: ("must have at least one entry", ""),
    "model_type": _section,
    "model_attributes_type": _SOURCE,
    "dict_type": _KEYS,
    "mapping_type": _KEYS,
    "value_error": lambda context, _: (str(context["error"]), ""),
}
