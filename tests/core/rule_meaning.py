"""What generated rules mean, in plain Python.

`Condition.holds`, `Mapped.expected` and the methods of `World` are an account of the config's
rules that shares nothing with the code under test.
"""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final

DOMAIN: Final = "example.com"

Row = dict[str, Any]


@dataclass(frozen=True)
class Condition:
    """An expression of the config, and whether it holds of a row and its groups."""

    text: str
    holds: Callable[[Row, frozenset[str]], bool] = field(repr=False)


Crowd = tuple[Condition | None, tuple[str, ...], tuple[str, ...]]
"""Whom a team's rule names: by an expression, by groups, and one by one."""


@dataclass(frozen=True)
class Mapped:
    """One rule of the mapping: what it gives for a row, before defaults and clearing."""

    rule: Any
    value: Callable[[Row, frozenset[str]], str] = field(repr=False)
    default: str | None = None
    clear: bool = False
    create_only: bool = False

    def expected(self, row: Row, groups: frozenset[str]) -> str | None:
        """What Asana should have; None leaves it as it is."""
        text = self.value(row, groups)
        if not text and self.default is not None:
            text = self.default
        return text if text or self.clear else None


@dataclass(frozen=True)
class World:
    """Everything a run is made from. `groups` lists members by address or group name."""

    people: list[Row]
    groups: dict[str, list[str]]
    config: dict[str, Any]
    users: list[dict[str, Any]]
    teams: list[dict[str, Any]]
    scope: list[tuple[bool, Condition]]
    mapping: dict[str, Mapped]
    licenses: list[tuple[str, Condition]]
    crowds: dict[str, Crowd]
    active: Condition | None = None
    seen: frozenset[str] = frozenset()

    def __repr__(self) -> str:
        parts = ("config", "people", "groups", "users", "teams")
        return "\n".join(f"{part}: {getattr(self, part)!r}" for part in parts)

    def addresses_of(self, row: Row) -> set[str]:
        """By which addresses others may name the person: the present one, and former ones
        that are nobody's by now."""
        taken = {other["mail"].lower() for other in self.people}
        return {row["mail"].lower(), *(set(row["previous_emails"]) - taken)}

    def groups_of(self, row: Row) -> frozenset[str]:
        """The groups of a person, nested ones followed."""
        names = self.addresses_of(row)
        own = {name for name, members in self.groups.items() if names & set(members)}
        own |= set(row["groups"])
        while (
            further := {name for name, members in self.groups.items() if own & set(members)} - own
        ):
            own |= further
        return frozenset(own)

    def in_scope(self, row: Row) -> bool:
        """What the first scope rule says."""
        groups = self.groups_of(row)
        return next((yes for yes, one in self.scope if one.holds(row, groups)), True)

    def wants(self, row: Row) -> bool:
        """Whether scope and status ask for this person, if the record is sound."""
        if self.active is not None:
            works = self.active.holds(row, self.groups_of(row))
        else:
            works = bool(row["status"] != "left")
        return works and self.in_scope(row)

    def names_of(self, row: Row) -> set[str]:
        """What tells the person of the row from others."""
        keyed = self.config["directory"]["key"] is not None
        number = row["employeeNumber"] if keyed else ""
        return {row["mail"].lower() if "@" in row["mail"] else "", number} - {""}

    def in_doubt(self) -> list[Row]:
        """Rows without an address that is one, doubles, and whoever shares a name with those."""
        ours = [row for row in self.people if self.in_scope(row)]
        counts = Counter(name for row in ours for name in self.names_of(row))
        doubtful = [
            row
            for row in ours
            if (self.wants(row) and "@" not in row["mail"])
            or any(counts[name] > 1 for name in self.names_of(row))
        ]
        while further := [
            row
            for row in self.people
            if row not in doubtful
            and any(self.names_of(row) & self.names_of(other) for other in doubtful)
        ]:
            doubtful += further
        return doubtful

    def license_of(self, row: Row) -> str | None:
        """What the first licence rule says."""
        groups = self.groups_of(row)
        held = (name for name, condition in self.licenses if condition.holds(row, groups))
        return next(held, None)

    def in_crowd(self, team: str, row: Row) -> bool:
        """Whether the team's rule names this person."""
        condition, groups, members = self.crowds[team]
        own = self.groups_of(row)
        return (
            bool(condition is not None and condition.holds(row, own))
            or not own.isdisjoint(groups)
            or not self.addresses_of(row).isdisjoint(members)
        )


def address(name: str) -> str:
    return f"{name}@{DOMAIN}"
