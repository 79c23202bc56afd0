"""The keys that each level of the config knows, and what to say about any other."""

import difflib
from collections.abc import Iterator, Mapping
from functools import cache
from types import UnionType
from typing import Annotated, Any, Final, Union, get_args, get_origin

from syncer.config.finding import Finding, Plain
from syncer.core.locations import Location, spelled
from syncer.model.policy.base import Section
from syncer.model.policy.config import Config

_NEAR: Final = 0.7


def stray_keys(
    data: Plain, annotation: Any = Config, at: Location = ()
) -> Iterator[tuple[Location, type[Section]]]:
    """Yield each key that its section does not know, with that section.

    What is of the wrong kind altogether is passed over: the model says so.
    """
    if isinstance(data, dict):
        section = _section(annotation, data)
        if section is None:
            return
        fields = known_keys(section)
        for key, value in data.items():
            if key not in fields:
                yield (*at, key), section
            else:
                yield from stray_keys(value, fields[key], (*at, key))
    elif isinstance(data, list):
        for index, item in enumerate(data):
            yield from stray_keys(item, _item(annotation), (*at, index))


def stray_finding(location: Location, section: type[Section]) -> Finding:
    """What to say about a key that its section does not know."""
    key = str(location[-1])
    known = tuple(known_keys(section))
    near = nearest(key, known)
    homes = _homes().get(_folded(key), ())
    if near:
        hint = f"did you mean '{near}'?"
    elif len(homes) == 1:
        hint = f"it belongs in {homes[0]}"
    else:
        hint = f"known here: {', '.join(known)}"
    return Finding(location, f"unknown key '{spelled(location)}'", hint, names_key=True)


def known_keys(section: type[Section]) -> Mapping[str, Any]:
    """The keys of a section as they are written in the file, with the types of their values."""
    return {field.alias or name: field.annotation for name, field in section.model_fields.items()}


def nearest(word: str, known: tuple[str, ...]) -> str:
    """The known word that was probably meant; empty when none is near."""
    folded = {_folded(name): name for name in known}
    close = difflib.get_close_matches(_folded(word), folded, n=1, cutoff=_NEAR)
    return folded[close[0]] if close else ""


def _folded(word: str) -> str:
    return word.casefold().replace("-", "").replace("_", "").replace(" ", "")


def _sections(annotation: Any) -> Iterator[type[Section]]:
    """The sections that may stand where this type is wanted."""
    origin = get_origin(annotation)
    if origin is Annotated:
        yield from _sections(get_args(annotation)[0])
    elif origin in (Union, UnionType):
        for option in get_args(annotation):
            yield from _sections(option)
    elif isinstance(annotation, type) and issubclass(annotation, Section):
        yield annotation


def _section(annotation: Any, data: Mapping[str, Plain]) -> type[Section] | None:
    """The one section that is meant; among sources the `format` decides."""
    sections = tuple(_sections(annotation))
    if len(sections) == 1:
        return sections[0]
    for section in sections:
        if data.get("format") in get_args(known_keys(section).get("format")):
            return section
    return None


def _item(annotation: Any) -> Any:
    """The type of the entries of a list; None where no list is wanted."""
    if get_origin(annotation) is tuple:
        return get_args(annotation)[0]
    inner = get_args(annotation)
    return next((_item(option) for option in inner if get_origin(option) is tuple), None)


@cache
def _homes() -> Mapping[str, tuple[str, ...]]:
    """In which sections each key is known, for keys that stand one level too high or low."""
    homes: dict[str, tuple[str, ...]] = {}
    for place, section in _places(Config, ""):
        for name in known_keys(section):
            homes[_folded(name)] = (*homes.get(_folded(name), ()), place)
    return homes


def _places(section: type[Section], place: str) -> Iterator[tuple[str, type[Section]]]:
    yield place or "the top level", section
    for name, annotation in known_keys(section).items():
        inner = f"{place}.{name}" if place else name
        item = _item(annotation)
        for found in _sections(annotation if item is None else item):
            yield from _places(found, inner)
