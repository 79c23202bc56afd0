"""Check the rules of a config: alone, and against the names that the directory has."""

from collections.abc import Iterator
from difflib import get_close_matches
from typing import Final

from syncer.core.directory.known_attributes import KNOWN_ATTRIBUTES
from syncer.core.directory.rules import Rules, Use, Where, compile_rules, doubled_teams
from syncer.core.language.sandboxed import GROUPS
from syncer.core.names import clean
from syncer.core.policing.rules import check_policies
from syncer.model.directory import PeopleReading
from syncer.model.origin import Problem
from syncer.model.policy.config import Config

LONGEST_VALUE: Final = 1024
"""Of an attribute's text. Asana names no limit; a longer title is a mistake in the export."""

_MOST_LISTED: Final = 60


def check_rules(config: Config, where: Where) -> tuple[Problem, ...]:
    """Every problem of expressions, templates, patterns, team rules and policies, without data."""
    rules, problems = compile_rules(config, where)
    policies = check_policies(config.policy, where)
    return (*problems, *doubled_teams(rules), *_long_texts(config, where), *policies)


def _long_texts(config: Config, where: Where) -> Iterator[Problem]:
    for attribute, rule in config.mapping.rules().items():
        for kind, text in (("constant", rule.constant), ("default", rule.default)):
            if text is not None and len(clean(text)) > LONGEST_VALUE:
                summary = f"mapping.{attribute}.{kind}: longer than {LONGEST_VALUE} characters"
                yield Problem(where("mapping", attribute, kind), summary)


def check_names(
    rules: Rules, readings: tuple[PeopleReading, ...]
) -> Iterator[tuple[Use, Problem]]:
    """A problem for each attribute that a rule names and the directory cannot have.

    An LDAP export shows only attributes that somebody has: there, well-known names that
    nobody has are empty and not wrong.
    """
    known = {key: name for reading in readings for key, name in reading.names.items()}
    accepted = known.keys() | {GROUPS}
    if not all(reading.closed for reading in readings):
        accepted = accepted | KNOWN_ATTRIBUTES
    for use in rules.uses:
        for key, spelling in use.names.items():
            if key not in accepted:
                summary = f"{use.place}: the directory has no attribute '{spelling}'"
                yield use, Problem(use.origin, summary, _suggestion(key, known))


def _suggestion(key: str, known: dict[str, str]) -> str:
    near = [known[found] for found in get_close_matches(key, known, n=3, cutoff=0.6)]
    listed = sorted(known.values(), key=str.casefold)
    rest = len(listed) - _MOST_LISTED
    names = ", ".join(listed[:_MOST_LISTED]) + (f" and {rest} more" if rest > 0 else "")
    asked = f"did you mean {' or '.join(repr(name) for name in near)}? " if near else ""
    return f"{asked}The attributes are: {names or 'none'}"
