"""What a policy is told of an action, of the whole plan and of the moment: values by name."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Self

from syncer.core.language.filters import AnyCase
from syncer.core.names import part_key, plain, team_key, user_key
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

_ALONE: Final[Mapping[str, tuple[str, ...]]] = {}


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


class Name(AnyCase):
    """An address, a name of a team or the like: letter case does not part it from its equal, nor
    a part of it from the same part of another."""

    __slots__ = ("_keys",)
    _keys: tuple[str, ...]

    def __new__(cls, text: str, *keys: str) -> Self:
        """The text as it stands; `keys` are what it is compared by, else its letters folded."""
        made = super().__new__(cls, text)
        made._keys = keys or (str(user_key(text)),)
        return made

    def __eq__(self, other: object) -> bool:
        if isinstance(other, Name):
            return not set(self._keys).isdisjoint(other._keys)
        return isinstance(other, str) and not {
            str(user_key(other)),
            str(team_key(other)),
        }.isdisjoint(self._keys)

    def __ne__(self, other: object) -> bool:
        return not self == other

    def __hash__(self) -> int:
        return hash(self._keys[0])

    def __contains__(self, part: object) -> bool:
        return isinstance(part, str) and any(part_key(part) in form for form in self._forms())

    def startswith(self, part: object, *_: object) -> bool:
        """Whether it begins so, in any letter case."""
        return isinstance(part, str) and any(
            form.startswith(part_key(part)) for form in self._forms()
        )

    def endswith(self, part: object, *_: object) -> bool:
        """Whether it ends so, in any letter case."""
        return isinstance(part, str) and any(
            form.endswith(part_key(part)) for form in self._forms()
        )

    def _forms(self) -> tuple[str, ...]:
        return (*self._keys, part_key(self))


class Table:
    """Values by attribute; "" for one that does not change. Raises ValueError for a name that no
    attribute has."""

    __slots__ = ("_exact", "_values")

    def __init__(
        self,
        values: Iterable[tuple[str, str | None]],
        also: Mapping[str, tuple[str, ...]] = _ALONE,
    ) -> None:
        """`also` gives, by key of an address, the keys of every address of that person."""
        self._exact = tuple((name, plain(value or "")) for name, value in values)
        self._values: dict[object, str] = {
            name: Name(value, *also.get(user_key(value), ()) if name == MANAGER else ())
            if name in _NAMES
            else value
            for name, value in self._exact
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
        self._also: dict[str, tuple[str, ...]] = {}
        for addresses in self._addresses.values():
            keys = tuple(dict.fromkeys(str(user_key(address)) for address in addresses))
            self._also |= dict.fromkeys(keys, keys)

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
                return {**self._changes(given), LICENSE: Name(action.license or "")}
            case UpdateUser():
                changed = self._changes(
                    (one.field, one.before, one.after) for one in action.changes
                )
                return {**changed, "rename": action.rename}
            case SetLicense():
                return {
                    **self._changes([(LICENSE, action.before, action.after)]),
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

    def _changes(self, changes: Iterable[tuple[str, Any, Any]]) -> dict[str, object]:
        listed = tuple(changes)
        return {
            "fields": tuple(field for field, _, _ in listed),
            "before": Table(((field, before) for field, before, _ in listed), self._also),
            "after": Table(((field, after) for field, _, after in listed), self._also),
        }

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


def _addresses(action: UpdateUser) -> Iterator[str]:
    for change in action.changes:
        if change.field == USER_NAME:
            yield from (text for text in (change.before, change.after) if text)


def _users(names: Iterable[str]) -> tuple[Name, ...]:
    return tuple(dict.fromkeys(Name(name) for name in names))
