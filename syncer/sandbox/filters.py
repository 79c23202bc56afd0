"""The filter parameter: the two documented forms, and what to do about any other."""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from syncer.sandbox.switches import Switches
from syncer.sandbox.tenant import folded
from syncer.sandbox.wire import Refusal

_EXACT: Final = re.compile(r'(?s)([A-Za-z]+) (eq) ("(?:[^"\\]|\\.)*")')
_TOLERANT: Final = re.compile(
    r'(?is)\s*([a-z][a-z0-9.$_:-]*)\s+(eq)\s+("(?:[^"\\]|\\.)*"|true|false)\s*'
)

Matches = Callable[[str], bool]


@dataclass(frozen=True, slots=True)
class Filter:
    """`attribute eq value`, and how to compare."""

    attribute: str
    value: str
    sensitive: bool

    def matches(self, text: str) -> bool:
        """Whether a stored text is what the filter asks for."""
        if self.sensitive:
            return text == self.value
        return folded(text) == folded(self.value)


def read_filter(
    text: str, documented: str, known: frozenset[str], switches: Switches
) -> Filter | None:
    """The filter of a listing; None when the switches say to ignore it.

    `documented` is the one attribute that Asana names for this listing, `known` are further
    ones a tolerant server could compare. Raises a 400 for what the switches refuse.
    """
    tolerant = switches.other_filters == "evaluate"
    found = (_TOLERANT if tolerant else _EXACT).fullmatch(text)
    if found:
        names = {name.casefold(): name for name in (documented, *known)} if tolerant else {}
        attribute = names.get(found[1].casefold(), found[1])
        if attribute == documented or (tolerant and attribute in known):
            return Filter(attribute, _value(found[3]), switches.filter_case == "sensitive")
    if switches.other_filters == "ignore":
        return None
    raise Refusal(400, f'filter: only {documented} eq "..." is supported')


def _value(quoted: str) -> str:
    if not quoted.startswith('"'):
        return quoted.casefold()
    try:
        return str(json.loads(quoted, strict=False))
    except ValueError:
        raise Refusal(400, "filter: the value is not a JSON string") from None
