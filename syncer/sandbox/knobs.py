"""How a switch is described: its meaning, the open questions it answers, its value per profile."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from difflib import get_close_matches
from typing import (
    TYPE_CHECKING,
    Annotated,
    Any,
    Final,
    Literal,
    get_args,
    get_origin,
    get_type_hints,
)

from syncer.sandbox.errors import SandboxError

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

Profile = Literal["strict", "lenient", "hostile"]
PROFILES: Final[tuple[str, ...]] = get_args(Profile)


@dataclass(frozen=True, slots=True)
class Knob:
    """What a switch stands for.

    `unknown` are the parts of the open questions about Asana's API, as `open_questions` has
    them, that the switch answers one way or the other; empty for any other switch. `lenient`
    None means as in strict. `hostile` are the candidates among which the seed of the profile
    chooses; empty means as in strict.
    """

    about: str
    unknown: tuple[str, ...] = ()
    lenient: object = None
    hostile: tuple[object, ...] = ()


@dataclass(frozen=True, slots=True)
class Switch:
    """One switch as a table row. `values` are the allowed ones; empty for any whole number."""

    name: str
    values: tuple[object, ...]
    strict: object
    knob: Knob

    def read(self, text: str) -> object:
        """The value that somebody typed; the text itself where it is no value of the switch."""
        for value in self.values:
            if str(value).lower() == text.lower():
                return value
        return int(text) if not self.values and text.isascii() and text.isdigit() else text

    def problem_with(self, value: object) -> str:
        """Why the value does not fit, or an empty text."""
        if not self.values:
            whole = isinstance(value, int) and not isinstance(value, bool)
            return "" if whole and int(str(value)) >= 0 else "is not a whole number from 0 on"
        same = [known for known in self.values if known == value and type(known) is type(value)]
        return "" if same else f"is none of {', '.join(map(repr, self.values))}"


def table_of(owner: "type[DataclassInstance]") -> Mapping[str, Switch]:
    """The switches of an annotated dataclass, by name, in the order of their declaration."""
    defaults = {field.name: field.default for field in fields(owner)}
    rows = {}
    for name, hint in get_type_hints(owner, include_extras=True).items():
        if get_origin(hint) is not Annotated:
            continue
        kind, knob = get_args(hint)
        values: tuple[object, ...] = get_args(kind)
        if kind is bool:
            values = (False, True)
        rows[name] = Switch(name, values, defaults[name], knob)
    return rows


def typed(table: Mapping[str, Switch], assignments: Iterable[str]) -> dict[str, Any]:
    """The values of texts such as `paging=capped`; the last one of a name counts.

    Raises SandboxError as `checked` does, and for a text that assigns nothing.
    """
    pairs = [assignment.partition("=") for assignment in assignments]
    if unassigned := [name for name, equals, _ in pairs if not equals]:
        raise SandboxError(
            f"{', '.join(map(repr, unassigned))}: no value given", "write NAME=VALUE"
        )
    texts = {name.strip(): text.strip() for name, _, text in pairs}
    read = {name: table[name].read(text) for name, text in texts.items() if name in table}
    return checked(table, {**texts, **read})


def checked(table: Mapping[str, Switch], values: Mapping[str, Any]) -> dict[str, Any]:
    """The values as they are.

    Raises SandboxError with every unknown name and every value that does not fit.
    """
    problems = []
    for name, value in values.items():
        switch = table.get(name)
        if switch is None:
            near = get_close_matches(name, table, n=1)
            problems.append(
                f"no switch {name!r}" + (f", did you mean {near[0]!r}?" if near else "")
            )
        elif problem := switch.problem_with(value):
            problems.append(f"switch {name}: {value!r} {problem}")
    if problems:
        raise SandboxError("; ".join(problems), f"the switches are {', '.join(table)}")
    return dict(values)
