"""A page in one file for a browser: what stands on it, as data, and the HTML of that.

Every text passes one gate (`_shown`), which makes it harmless and, where asked, hides addresses;
then Jinja2 escapes it. The page asks no network for anything, and its policy (Content Security
Policy, level 3) forbids whatever is not this very style and script.
"""

import base64
import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Final

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from syncer.render.characters import harmless
from syncer.render.layout import Style
from syncer.render.markup import masked

TONES: Final[Mapping[Style, str]] = {
    Style.REMOVAL: "removal",
    Style.CREATION: "creation",
    Style.CHANGE: "change",
    Style.WARNING: "warning",
    Style.GOOD: "good",
}
"""What a piece is, as a class of the style sheet; the words beside it say the same."""

LONG: Final = 500
"""Rows from which on a page takes a moment to lay out."""


@dataclass(frozen=True, slots=True)
class Change:
    """One attribute; `before` is None where only the new value counts."""

    label: str
    before: str | None
    after: str


@dataclass(frozen=True, slots=True)
class Roll:
    """People under one reason, with the sign of what happens to them."""

    sign: str
    reason: str
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One entry. `brief` is what is read without opening it, `facts` what opening it adds.

    `marks` are, by filter, the numbers of the options that the entry answers to.
    """

    sign: str
    name: str
    tone: str = ""
    brief: str = ""
    badges: tuple[str, ...] = ()
    place: str = ""
    changes: tuple[Change, ...] = ()
    rolls: tuple[Roll, ...] = ()
    facts: tuple[tuple[str, tuple[str, ...]], ...] = ()
    marks: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Rows under one heading. `bar` is its size where it has a bar at the top of the page."""

    title: str
    rows: Sequence[Row]
    remark: str = ""
    tone: str = ""
    lead: str = ""
    label: str = ""
    bar: int = 0


@dataclass(frozen=True, slots=True)
class Filter:
    """One thing to choose rows by; options in the order of their numbers."""

    key: str
    label: str
    everything: str
    options: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Problem:
    """Something that stands in the way, and what a person can do about it."""

    name: str
    text: str
    remedy: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """All of it. `tone` colours the verdict, `totals` are labelled lines."""

    title: str
    mode: str
    headline: str
    verdict: str
    tone: str = ""
    stamps: tuple[tuple[str, str], ...] = ()
    warnings: tuple[str, ...] = ()
    problems: tuple[Problem, ...] = ()
    accept: str = ""
    totals: tuple[tuple[str, tuple[str, ...]], ...] = ()
    groups: tuple[Group, ...] = ()
    filters: tuple[Filter, ...] = ()
    foot: tuple[str, ...] = ()

    @property
    def long(self) -> bool:
        """Whether there are so many rows that a browser should lay out only what is seen."""
        return sum(len(group.rows) for group in self.groups) > LONG

    @property
    def bars(self) -> tuple[Group, ...]:
        """The groups that have a bar."""
        return tuple(group for group in self.groups if group.bar)

    @property
    def longest(self) -> int:
        """What the longest bar stands for."""
        return max((group.bar for group in self.groups), default=1) or 1


class Options:
    """The options of one filter as they are met, each with its number."""

    def __init__(self, key: str, label: str, everything: str) -> None:
        self._words = (key, label, everything)
        self._numbers: dict[str, int] = {}

    def mark(self, texts: Iterable[str]) -> str:
        """The numbers of these options, ready for `Row.marks`."""
        numbers = {self._numbers.setdefault(text, len(self._numbers)) for text in texts if text}
        return " ".join(map(str, sorted(numbers)))

    def filter(self) -> Filter:
        """The filter with the options that were met."""
        return Filter(*self._words, tuple(self._numbers))


def render_page(page: Page, *, mask: bool = False) -> str:
    """The page as one HTML document that needs nothing else. `mask` hides addresses."""
    environment = _environment(mask=mask)
    style, script = _source("page.css"), _source("page.js")
    policy = "; ".join(
        (
            "default-src 'none'",
            f"style-src {_allowed(style)}",
            f"script-src {_allowed(script)}",
            "base-uri 'none'",
            "form-action 'none'",
        )
    )
    return environment.get_template("page.html").render(
        page=page, policy=policy, style=style, script=script
    )


def _allowed(source: str) -> str:
    """What allows just this source and no other (CSP 3, section 6.7.3.3)."""
    digest = hashlib.sha256(source.encode()).digest()
    return f"'sha256-{base64.b64encode(digest).decode()}'"


@cache
def _source(name: str) -> str:
    environment = _environment(mask=False)
    loader = environment.loader
    if loader is None:
        raise LookupError(name)
    return loader.get_source(environment, name)[0]


@cache
def _environment(*, mask: bool) -> Environment:
    return Environment(
        loader=PackageLoader("syncer.render", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_shown_masked if mask else _shown,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )


def _shown(thing: Any) -> Any:
    """The one gate to the page; what is mark-up is ours, and numbers can do no harm."""
    return harmless(thing) if isinstance(thing, str) and not isinstance(thing, Markup) else thing


def _shown_masked(thing: Any) -> Any:
    hidden = isinstance(thing, str) and not isinstance(thing, Markup)
    return _shown(masked(thing) if hidden else thing)
