"""Say what differs between two nested documents: one line per leaf, in a fixed order.

For the pair that is already known to differ. Comparing thousands of records is the work of
`==`; the library behind this is imported on first use, for it is slow to load.
"""

from collections.abc import Mapping
from dataclasses import dataclass

Leaf = str | bool | int | None
Document = Mapping[str, "Document | Leaf"]
"""Texts, numbers and truths under names, at any depth; None is empty."""


@dataclass(frozen=True, slots=True)
class Difference:
    """One leaf that is not as expected; `path` holds the names that lead to it."""

    path: tuple[str, ...]
    expected: Leaf
    found: Leaf

    def __str__(self) -> str:
        return f"{'.'.join(self.path)} is {shown(self.found)} instead of {shown(self.expected)}"


def differences(expected: Document, found: Document) -> tuple[Difference, ...]:
    """Every leaf that differs, by path. A name that one side lacks counts as empty there."""
    if expected == found:
        return ()
    from deepdiff import DeepDiff  # noqa: PLC0415 - 0.6 s to import, seldom needed

    # With the default threshold two documents that share few keys become one change of the
    # root which names no key at all; both sides therefore get the same keys as well.
    tree = DeepDiff(*_aligned(expected, found), threshold_to_diff_deeper=0, view="tree")
    found_ones = [
        Difference(tuple(map(str, level.path(output_format="list"))), level.t1, level.t2)
        for levels in tree.values()
        for level in levels
    ]
    return tuple(sorted(found_ones, key=lambda one: one.path))


def shown(value: Leaf) -> str:
    """A leaf as a person reads it: a text in quotes, truth as yes or no."""
    match value:
        case None | "":
            return "empty"
        case bool():
            return "yes" if value else "no"
        case _:
            return repr(value)


def _aligned(left: Document, right: Document) -> tuple[dict[str, object], dict[str, object]]:
    """Both documents with the keys of either."""
    ours: dict[str, object] = {}
    theirs: dict[str, object] = {}
    for key in sorted(left.keys() | right.keys()):
        here, there = left.get(key), right.get(key)
        one, other = _branch(here), _branch(there)
        nested = isinstance(here, Mapping) or isinstance(there, Mapping)
        if nested and one is not None and other is not None:
            ours[key], theirs[key] = _aligned(one, other)
        else:
            ours[key], theirs[key] = here, there
    return ours, theirs


def _branch(value: "Document | Leaf") -> Document | None:
    """The value as a branch; nothing at all is an empty one, a leaf is none."""
    if value is None:
        return {}
    return value if isinstance(value, Mapping) else None
