"""What must hold among the teams: one rule a name, and no claim on the name of another."""

import re
from collections.abc import Iterator

from syncer.config.finding import Finding, Plain, items
from syncer.core.locations import Location
from syncer.core.names import team_key
from syncer.model.state import TeamKey


def team_findings(teams: list[Plain]) -> Iterator[Finding]:
    """Yield doubled names, claims on a taken name, and expressions that do not compile."""
    rules = {index: team for index, team in enumerate(teams) if isinstance(team, dict)}
    names: dict[TeamKey, Location] = {}
    for index, team in rules.items():
        name, pattern = team.get("name"), team.get("for_each_group")
        if isinstance(pattern, str):
            yield from _pattern(pattern, ("teams", index, "for_each_group"))
        elif isinstance(name, str):
            at: Location = ("teams", index, "name")
            earlier = names.setdefault(team_key(name), at)
            if earlier != at:
                yield Finding(at, f"team '{name}' stands twice", "keep one of the two", earlier)
    yield from _previous_names(rules, names)


def _previous_names(
    rules: dict[int, dict[str, Plain]], names: dict[TeamKey, Location]
) -> Iterator[Finding]:
    claims: dict[TeamKey, Location] = {}
    for index, team in rules.items():
        for position, old in enumerate(items(team.get("previously"))):
            if not isinstance(old, str):
                continue
            at: Location = ("teams", index, "previously", position)
            key = team_key(old)
            holder = names.get(key)
            if holder == ("teams", index, "name"):
                # A rename to the same letters in another case needs no old name.
                yield Finding(at, f"'{old}' is the team's own name", "leave it out")
            elif holder is not None:
                summary = f"'{old}' is the name of another team, so it cannot be an old one"
                yield Finding(at, summary, "remove one of the two", holder)
            elif claims.setdefault(key, at) != at:
                summary = f"'{old}' is an old name already claimed"
                yield Finding(at, summary, "only one team can have been renamed", claims[key])


def _pattern(pattern: str, at: Location) -> Iterator[Finding]:
    try:
        re.compile(pattern)
    except (re.error, OverflowError, RecursionError) as error:
        summary = f"is not a regular expression: {error}"
        yield Finding(at, summary, "for example asana-team-(?P<name>.+)")
