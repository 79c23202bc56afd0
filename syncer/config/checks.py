"""What the types of the model cannot say about a config. Needs no network, no source, no secret.

The checks look at the texts as written and not at the model, so that one mistake does not hide
another. What is of the wrong kind is passed over here: the model says so.
"""

import math
import re
from collections.abc import Iterator
from typing import Final

from syncer.config.checks_asana import asana_findings
from syncer.config.checks_directory import directory_findings
from syncer.config.checks_policy import policy_findings
from syncer.config.checks_teams import team_findings
from syncer.config.checks_watching import watching_findings
from syncer.config.finding import Finding, Plain, items, section
from syncer.core.locations import Location
from syncer.model.policy.base import MOST_HOURS
from syncer.model.policy.config import Config

_LONGEST_ANSWER: Final = 3600
"""Seconds; nothing waits longer for one answer, and a socket cannot count for ever."""

_REFERENCE: Final = re.compile(r"\$\{\w+\}")

# Two entries in one text, or a name beside the address: no address has any of these.
_SEPARATORS: Final = re.compile(r"[\s,;<>]")

# A dollar and braces mean something in a regular expression, and nothing in these.
_NEVER_A_REFERENCE: Final = frozenset(
    {
        "base",
        "base_url",
        "bind_dn",
        "ca_bundle",
        "domains",
        "file",
        "journal",
        "ledger",
        "path",
        "sandbox",
        "select",
        "textfile",
        "url",
    }
)


def text_findings(data: dict[str, Plain]) -> Iterator[Finding]:
    """Yield everything wrong with the texts of a config, section by section."""
    yield from asana_findings(section(data, "asana"))
    yield from directory_findings(section(data, "directory"))
    yield from team_findings(items(data.get("teams")))
    yield from policy_findings(items(data.get("policy")), data.get("policy_timezone"))
    yield from watching_findings(data)
    yield from _protected_users(items(section(data, "protected").get("users")))
    for index, pattern in enumerate(items(section(data, "protected").get("teams"))):
        if isinstance(pattern, str) and not pattern.strip():
            at = ("protected", "teams", index)
            yield Finding(at, "must not be empty", "a name, or a pattern such as Executive*")
    yield from _references(data, ())


def whole_findings(config: Config) -> Iterator[Finding]:
    """Yield what is wrong between the parts of a config whose parts are right."""
    yield from _boundless(config)
    if config.ledger is None:
        yield from _without_ledger(config)


def _boundless(config: Config) -> Iterator[Finding]:
    """Yield the spans that no clock of a computer can count."""
    seconds, hours = config.asana.timeout_seconds, config.directory.expect.max_age_hours
    where = ("asana", "timeout_seconds")
    if math.isinf(seconds):
        yield Finding(where, "must be a number of seconds")
    elif seconds > _LONGEST_ANSWER:
        yield Finding(where, f"must be at most {_LONGEST_ANSWER}, not '{seconds:g}'")
    at = ("directory", "expect", "max_age_hours")
    if hours is not None and math.isinf(hours):
        yield Finding(at, "must be a number, or null for any age")
    elif hours is not None and hours > MOST_HOURS:
        yield Finding(at, f"must be at most {MOST_HOURS}, not '{hours:g}', or null for any age")
    overdue = config.notifications.overdue_hours
    if overdue is not None and overdue > MOST_HOURS:
        summary = f"must be at most {MOST_HOURS}, or null for never"
        yield Finding(("notifications", "overdue_hours"), summary)


def _without_ledger(config: Config) -> Iterator[Finding]:
    hint = "name a file: ledger: syncer-ledger.sqlite"
    grace = config.lifecycle.grace
    if grace.days > 0 or grace.runs > 1:
        summary = "needs the ledger, which remembers since when somebody is absent"
        yield Finding(("lifecycle", "grace"), summary, hint)
    if config.lifecycle.authority == "known":
        summary = "needs the ledger, which remembers whom the directory ever had"
        yield Finding(("lifecycle", "authority"), summary, hint)


def _protected_users(patterns: list[Plain]) -> Iterator[Finding]:
    """A pattern that can match no address would protect nobody, and nobody would notice."""
    for index, pattern in enumerate(patterns):
        if not isinstance(pattern, str):
            continue
        at = ("protected", "users", index)
        name = pattern.strip()
        if not name:
            yield Finding(at, "must not be empty", "an address, or a pattern such as svc-*")
        elif _SEPARATORS.search(name):
            yield Finding(at, f"'{name}' matches no address", "one address or pattern an entry")
        elif name.startswith("@"):
            yield Finding(at, f"'{name}' matches no address", f"write '*{name}'")
        elif not any(sign in name for sign in "@*?["):
            yield Finding(at, f"'{name}' matches no address", f"write '{name}@*'")


def _references(value: Plain, at: Location) -> Iterator[Finding]:
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _references(inner, (*at, key))
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from _references(inner, (*at, index))
    elif isinstance(value, str) and "\0" in value:  # which no name of a file may have
        yield Finding(at, "has a zero byte in it", "write the text anew")
    elif isinstance(value, str) and _REFERENCE.search(value):
        key = next((part for part in reversed(at) if isinstance(part, str)), "")
        if key in _NEVER_A_REFERENCE:
            summary = "${...} is not replaced by anything in a config"
            yield Finding(at, summary, "write the value out; only secrets may be {env: NAME}")
