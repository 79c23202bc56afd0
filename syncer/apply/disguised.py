"""A journal under pseudonyms: what happened stays readable, to whom and with what does not.

What is not known to be harmless is disguised, so that a key of tomorrow leaks nothing.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from syncer.apply.journal_record import read_journal
from syncer.core.pseudonyms import Pseudonyms

_PLAIN: Final = frozenset({
    "accepted", "actions", "at", "attempt", "config_digest", "counts", "entry", "format_version",
    "follows", "in_doubt", "kind", "plan_checksum", "plan_digest", "previous", "requests",
    "result", "resumes", "run_id", "scim_id", "sources_digest", "status", "version",
})  # fmt: skip
"""Keys whose values are about the run: ids of Asana say nothing about anybody."""

_SENTENCES: Final = frozenset({"detail", "stopped"})
"""Keys with sentences of ours, in which values stand in quotes."""

_WORDS: Final = frozenset({"approvals", "labels"})
"""Keys with words of whoever ran it, which name policies and labels of the config."""

_REFS: Final = frozenset({"ref", "with", "depends_on"})
"""Names of actions: a kind, a colon, and whom it is about."""

_OPEN_VALUES: Final = frozenset({"active", "userType"})
"""Attributes whose values are Asana's own words."""


def disguised_journal(path: Path, names: Pseudonyms) -> str:
    """The journal as JSON lines without a person, a team or a value in it.

    Raises UsageError and StateError as `read_journal` does.
    """
    entries = (disguised(entry, names) for entry in read_journal(path).entries)
    return "".join(f"{json.dumps(entry, ensure_ascii=True)}\n" for entry in entries)


def disguised(entry: Mapping[str, Any], names: Pseudonyms) -> dict[str, Any]:
    """One line of a journal, as above."""
    return {key: _value(key, value, names) for key, value in entry.items()}


def _value(key: str, value: Any, names: Pseudonyms) -> Any:
    if value is None or isinstance(value, bool | int | float) or key in _PLAIN:
        return value
    if key in {"before", "after"} and isinstance(value, Mapping):
        return {
            name: one if name in _OPEN_VALUES else _value(name, one, names)
            for name, one in value.items()
        }
    if isinstance(value, str):
        return _text(key, value, names)
    if isinstance(value, Mapping):
        return disguised(value, names)
    # Nothing else is in JSON.
    return [_value(key, one, names) for one in value]


def _text(key: str, text: str, names: Pseudonyms) -> str:
    if key in _SENTENCES:
        return names.hide_all(text)
    if key in _WORDS:
        return names.hide(text)
    if key in _REFS:
        kind, colon, about = text.partition(":")
        return f"{kind}{colon}{_named(about, names)}"
    return _named(text, names)


def _named(text: str, names: Pseudonyms) -> str:
    if not text:
        return ""
    return names.address(text) if "@" in text else names.of(text)
