"""What a policy is told of an action, of the whole plan and of the moment: values by name."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Self

from syncer.core.names import team_key, user_key
from syncer.core.policing.vocabulary import FIELDS, LICENSE, TOTALS, WEEKDAYS
from syncer.model.actions import (
    REVERSIBLE,
    Action,
    ChangeMembers,
    CreateTeam,
    CreateUser,
    DeactivateUser,
    Member,
    RenameTeam,
    SetLicense,
    UpdateUser,
    UserAction,
)
from syncer.model.plan import Plan
from syncer.model.state import MANAGER, USER_NAME

Facts = Mapping[str, object]

_NAMES: Final = frozenset({USER_NAME, MANAGER, LICENSE})
"""Attributes whose values are the same in any letter case."""


@dataclass(frozen=True, slots=True)
class Circumstances:
    """Under what a plan is judged: the local time, the name of its zone, and the labels given."""

    at: datetime
    timezone: str = "UTC"
    labels: tuple[str, ...] = ()

    def facts(self) -> Facts:
        """The moment and the labels, by name."""
        return {
            "weekday": Name(WEEKDAYS[self.at.weekday()]),
            "date": f"{self.at:%Y-%m-%d}",
            "hour": self.at.hour,
            "labels": self.labels,
        }


class Name(str):
    """An address, a name of a team or the like: letter case does not part it from its equal."""

    __slots__ = ("_key",)
    _key: str

    def __new__(cls, text: str, key: str | None = None) -> Self:
        """The text as it stands; `key` is what it is compared by, else its letters folded."""
        made = super().__new__(cls, text)
        made._key = str(user_key(text)) if key is None else key
        return made

    def __eq__(self, other: object) -> bool:
        if isinstance(other, Name):
            return self._key == other._key
        return isinstance(other, str) and self._key in {str(user_key(other)), str(team_key(other))}

    def __ne__(self, other: object) -> bool:
        return not self == other

    def __hash__(self) -> int:
        return hash(self._key)


class Table:
    """Values by attribute; "" for one that does not change. Raises ValueError for a name that no
    attribute has."""

    __slots__ = ("_exact", "_values")

    def __init__(self, values: Iterable[tuple[str, str | None]]) -> None:
        self._exact = tuple((name, value or "") for name, value in values)
        self._values: dict[object, str] = {
            name: Name(value) if name in _NAMES else value for name, value in self._exact
        }

    def __getitem__(self, name: object) -> str:
        if name not in FIELDS:
            raise ValueError(f"there is no attribute {name!r}; there are {', '.join(FIELDS)}")
        return self._values.get(name, "")

    def __contains__(self, name: object) -> bool:
        return name in self._values

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Table) and self._exact == other._exact

    def __hash__(self) -> int:
        return hash(self._exact)


_TOTAL_OF: Final[Mapping[str, str]] = {
    "create_user": "creates",
    "deactivate_user": "deactivations",
    "reactivate_user": "reactivations",
    "create_team": "teams_created",
    "rename_team": "teams_renamed",
}

NOTHING: Final[dict[str, object]] = {
    "user": "",
    "team": "",
    LICENSE: "",
    "before_license": "",
    "fields": (),
    "before": Table(()),
    "after": Table(()),
    "added": (),
    "removed": (),
    "removal": False,
    "rename": False,
}


class Telling:
    """What there is to tell of the actions of one plan under these circumstances."""

    def __init__(self, plan: Plan, circumstances: Circumstances) -> None:
        self._shared = {**totals(plan.runnable), **circumstances.facts()}
        self._addresses: dict[str, tuple[str, ...]] = {}
        self._teams: dict[str, tuple[str, ...]] = {}
        for action in plan.actions:
            match action:
                case UpdateUser(scim_id=str() as scim_id) if action.rename:
                    known = self._addresses.get(scim_id, ())
                    self._addresses[scim_id] = (*known, *_addresses(action))
                case RenameTeam():
                    self._teams[action.scim_id] = (action.team, action.before)

    def variants(self, action: Action) -> Iterator[Facts]:
        """The facts of an action: once for each name that its person or team goes by.

        Somebody whose address changes in this plan goes by both, and so does a team with a new
        name: nobody leaves a policy behind by a change of name.
        """
        facts = {**self._shared, **NOTHING, **self._own(action)}
        facts["kind"] = Name(action.kind)
        facts["irreversible"] = not REVERSIBLE[action.kind]
        if isinstance(action, UserAction):
            scim_id = None if isinstance(action, CreateUser) else action.scim_id
            names = (action.user_name, *self._addresses.get(scim_id or "", ()))
            yield from ({**facts, "user": name} for name in _users(names))
        else:
            scim_id = None if isinstance(action, CreateTeam) else action.scim_id
            names = (action.team, *self._teams.get(scim_id or "", ()))
            for name in dict.fromkeys(names):
                yield {**facts, "team": Name(name, team_key(name))}

    def _own(self, action: Action) -> dict[str, object]:
        match action:
            case CreateUser():
                given = [(one.field, one.before, one.after) for one in action.attributes]
                if action.license is not None:
                    given.append((LICENSE, None, action.license))
                return {**_changes(given), LICENSE: Name(action.license or "")}
            case UpdateUser():
                changed = _changes((one.field, one.before, one.after) for one in action.changes)
                return {**changed, "rename": action.rename}
            case SetLicense():
                return {
                    **_changes([(LICENSE, action.before, action.after)]),
                    LICENSE: Name(action.after),
                    "before_license": Name(action.before or ""),
                    "removal": action.downgrade,
                }
            case DeactivateUser():
                return {"removal": True}
            case ChangeMembers():
                return {
                    "added": self._people(action.add),
                    "removed": self._people(action.remove),
                    "removal": bool(action.remove),
                }
            case _:
                return {}

    def _people(self, members: Iterable[Member]) -> tuple[Name, ...]:
        return tuple(
            name
            for one in members
            for name in _users((one.user, *self._addresses.get(one.scim_id or "", ())))
        )


def totals(actions: Iterable[Action]) -> dict[str, object]:
    """How much of everything the actions do, by the names of `TOTALS`.

    They count as the guards do: somebody with two updates is one, members count in each team,
    and what completes a person who is created is no update.
    """
    counted: dict[str, int] = dict.fromkeys(TOTALS, 0)
    updated: set[str] = set()
    renamed: set[str] = set()
    for action in actions:
        match action:
            case UpdateUser(scim_id=str() as scim_id):
                updated.add(scim_id)
                renamed |= {scim_id} if action.rename else set()
            case ChangeMembers():
                counted["members_added"] += len(action.add)
                counted["members_removed"] += len(action.remove)
            case _ if name := _total_of(action):
                counted[name] += 1
    return {**counted, "updates": len(updated), "renames": len(renamed)}


def _total_of(action: Action) -> str:
    if isinstance(action, SetLicense):
        return "downgrades" if action.downgrade else "upgrades"
    return _TOTAL_OF.get(action.kind, "")


def _changes(changes: Iterable[tuple[str, Any, Any]]) -> dict[str, object]:
    listed = tuple(changes)
    return {
        "fields": tuple(field for field, _, _ in listed),
        "before": Table((field, before) for field, before, _ in listed),
        "after": Table((field, after) for field, _, after in listed),
    }


def _addresses(action: UpdateUser) -> Iterator[str]:
    for change in action.changes:
        if change.field == USER_NAME:
            yield from (text for text in (change.before, change.after) if text)


def _users(names: Iterable[str]) -> tuple[Name, ...]:
    return tuple(dict.fromkeys(Name(name) for name in names))
