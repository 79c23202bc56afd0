"""The names that a policy may use, what each can be, and what can never be true of one."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from enum import StrEnum
from typing import Final

from syncer.core.language.expressions import truth
from syncer.core.language.sandboxed import (
    Compared,
    Compiled,
    ExpressionError,
    compiled_expression,
)
from syncer.core.names import attribute_key, folded, plain
from syncer.model.actions import REVERSIBLE
from syncer.model.state import ATTRIBUTES, ENTERPRISE, VIEW_ONLY

LICENSE: Final = "license"
FIELDS: Final = (*ATTRIBUTES, LICENSE)
"""What stands in `fields`, and in brackets after `before` and `after`."""

WEEKDAYS: Final = (
    "Monday",
    "Tuesday",
    "Wednesday",
    "Thursday",
    "Friday",
    "Saturday",
    "Sunday",
)

_DATE: Final = re.compile(r"[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])")
_MOST_REMEMBERED: Final = 10_000


class Sort(StrEnum):
    """What sort of value a name has, as a person calls it."""

    TEXT = "a text"
    LIST = "a list"
    FLAG = "true or false"
    NUMBER = "a number"
    TABLE = "a table of attributes"


@dataclass(frozen=True, slots=True)
class Word:
    """A name and its sort. `values` are all texts that it, or an entry of it, can be."""

    sort: Sort
    values: tuple[str, ...] = ()


TOTALS: Final = (
    "creates",
    "updates",
    "renames",
    "deactivations",
    "reactivations",
    "upgrades",
    "downgrades",
    "members_added",
    "members_removed",
    "teams_created",
    "teams_renamed",
)
"""Names of the totals of a plan."""

VOCABULARY: Final[Mapping[str, Word]] = {
    "kind": Word(Sort.TEXT, tuple(REVERSIBLE)),
    "user": Word(Sort.TEXT),
    "team": Word(Sort.TEXT),
    LICENSE: Word(Sort.TEXT, (ENTERPRISE, VIEW_ONLY, "")),
    "before_license": Word(Sort.TEXT),
    "fields": Word(Sort.LIST, FIELDS),
    "before": Word(Sort.TABLE, FIELDS),
    "after": Word(Sort.TABLE, FIELDS),
    "added": Word(Sort.LIST),
    "removed": Word(Sort.LIST),
    "removal": Word(Sort.FLAG),
    "irreversible": Word(Sort.FLAG),
    "rename": Word(Sort.FLAG),
    "weekday": Word(Sort.TEXT, WEEKDAYS),
    "date": Word(Sort.TEXT),
    "hour": Word(Sort.NUMBER),
    "labels": Word(Sort.LIST),
    **{name: Word(Sort.NUMBER) for name in TOTALS},
}


class Condition:
    """The `forbid` of a policy. Raises ExpressionError for what cannot be compiled, for a name
    that is not there, and for a comparison that can never be true: such a policy would only look
    as if it forbade something."""

    def __init__(self, source: str) -> None:
        for fault in faults(source):
            raise fault
        self._compiled = compiled_expression(plain(source))
        self._memory: dict[tuple[object, ...], bool] = {}

    def holds(self, facts: Mapping[str, object]) -> bool:
        """Whether it is true of these facts, a value for each name. Raises EvaluationError."""
        values = tuple(facts[name] for name in self._compiled.names)
        # An address is equal to itself in other letters, and yet another text to a filter.
        key = tuple(map(_exactly, values))
        known = self._memory.get(key)
        if known is not None:
            return known
        result = truth(self._compiled.value(values))
        if len(self._memory) < _MOST_REMEMBERED:
            self._memory[key] = result
        return result


def faults(source: str) -> tuple[ExpressionError, ...]:
    """Everything that is wrong with the source of a condition."""
    try:
        compiled = compiled_expression(plain(source))
    except ExpressionError as error:
        return (error,)
    return (*_unknown_names(compiled, source), *_never_true(compiled))


def _exactly(value: object) -> object:
    if isinstance(value, str):
        return str(value)
    return tuple(map(_exactly, value)) if isinstance(value, tuple) else value


def _unknown_names(compiled: Compiled, source: str) -> Iterator[ExpressionError]:
    for key, spelling in zip(compiled.names, compiled.spellings, strict=True):
        if key not in VOCABULARY:
            yield ExpressionError(f"unknown name '{spelling}' in {source!r}", _meant(key))


def _meant(key: str) -> str:
    """What may have been meant by a name that is not there, and which there are."""
    listed = f"the names there are: {', '.join(VOCABULARY)}"
    if key == "reason":
        return f"reasons are for people, and nothing may depend on them; {listed}"
    attribute = next((name for name in FIELDS if attribute_key(name) == key), None)
    if attribute is not None:
        return f"an action has before['{attribute}'] and after['{attribute}']; {listed}"
    near = get_close_matches(key, VOCABULARY, n=1)
    return f"did you mean '{near[0]}'? {listed}" if near else listed


def _never_true(compiled: Compiled) -> Iterator[ExpressionError]:
    for one in compiled.compared:
        yield from _odd_comparison(one)
    for key, item in compiled.items:
        word = VOCABULARY.get(key)
        if word is not None and word.sort is Sort.TABLE and item not in word.values:
            yield ExpressionError(f"{key}[{item!r}]: {_one_of('attribute', item, word.values)}")


def _odd_comparison(one: Compared) -> Iterator[ExpressionError]:
    word, shown = VOCABULARY.get(one.key), repr(one.constant)
    if word is None:
        return
    if one.inside:
        if not isinstance(one.constant, str) or word.sort in {Sort.FLAG, Sort.NUMBER}:
            yield ExpressionError(f"{shown} in {one.key}: {one.key} is {word.sort}")
        elif word.values and word.sort is not Sort.TEXT and one.constant not in word.values:
            told = _one_of("entry", one.constant, word.values)
            yield ExpressionError(f"{shown} in {one.key}: {told}")
        return
    if sort_of(one.constant) is not word.sort:
        hint = f"write {shown} in {one.key}" if word.sort is Sort.LIST else ""
        yield ExpressionError(
            f"{one.key} is {word.sort}, and {shown} is {sort_of(one.constant)}", hint
        )
    elif word.values and folded(str(one.constant)) not in map(folded, word.values):
        told = _one_of("value", one.constant, word.values)
        yield ExpressionError(f"{one.key} is never {shown}: {told}")
    elif one.key == "date" and not _DATE.fullmatch(str(one.constant)):
        yield ExpressionError(f"date is never {shown}", "write it as 2026-12-24")


def sort_of(value: object) -> Sort:
    """The sort of a constant in an expression."""
    if isinstance(value, bool):
        return Sort.FLAG
    if isinstance(value, int | float):
        return Sort.NUMBER
    return Sort.TEXT if isinstance(value, str) else Sort.LIST


def _one_of(what: str, given: object, known: tuple[str, ...]) -> str:
    near = get_close_matches(str(given), known, n=1)
    asked = f"did you mean '{near[0]}'? " if near else ""
    return f"there is no such {what}; {asked}there are {', '.join(filter(None, known))}"
