"""The actions of a plan in the order a reviewer needs them, removals first.

Every view groups by these sections; the order of execution is the plan's own affair.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Final

from syncer.core.names import folded
from syncer.core.planning.ordering import rank
from syncer.model.actions import (
    REVERSIBLE,
    Action,
    ChangeMembers,
    CreateTeam,
    CreateUser,
    FieldChange,
    RenameTeam,
    SetLicense,
    UpdateUser,
)
from syncer.model.plan import Plan
from syncer.render.layout import Style
from syncer.render.wording import counted

LICENSE: Final = "licence"


class Kind(Enum):
    """What a section does: its verb and noun, its symbol and its colour."""

    DEACTIVATE = ("Deactivate", "person", "-", Style.REMOVAL)
    DOWNGRADE = ("Downgrade", "person", "-", Style.REMOVAL)
    REMOVE_MEMBERS = ("Remove", "member", "-", Style.REMOVAL)
    CREATE_TEAM = ("Create", "team", "+", Style.CREATION)
    RENAME = ("Change the address of", "person", "~", Style.CHANGE)
    RENAME_TEAM = ("Rename", "team", "~", Style.CHANGE)
    CREATE = ("Create", "person", "+", Style.CREATION)
    LICENSE = ("Change the licence of", "person", "~", Style.CHANGE)
    REACTIVATE = ("Reactivate", "person", "~", Style.CHANGE)
    UPDATE = ("Update", "person", "~", Style.CHANGE)
    ADD_MEMBERS = ("Add", "member", "+", Style.CREATION)

    def __init__(self, verb: str, noun: str, symbol: str, style: Style) -> None:
        self.verb = verb
        self.noun = noun
        self.symbol = symbol
        self.style = style


REMOVALS: Final = frozenset({Kind.DEACTIVATE, Kind.DOWNGRADE, Kind.REMOVE_MEMBERS})
"""Listed in full at any length: nobody can approve a removal that is not shown."""


@dataclass(frozen=True, slots=True)
class Section:
    """The actions of one kind, by rank and person. A membership change may stand in two."""

    kind: Kind
    actions: tuple[Action, ...]

    @property
    def size(self) -> int:
        """People, teams or memberships concerned; somebody with two updates is one person."""
        users = {a.scim_id or a.ref for a in self.actions if isinstance(a, UpdateUser)}
        others = (a for a in self.actions if not isinstance(a, UpdateUser))
        return len(users) + sum(_size(self.kind, action) for action in others)

    @property
    def title(self) -> str:
        """`Deactivate 47 people`, `Remove 3 members from 2 teams`."""
        size = counted(self.size, self.kind.noun)
        if self.kind in {Kind.ADD_MEMBERS, Kind.REMOVE_MEMBERS}:
            word = "to" if self.kind is Kind.ADD_MEMBERS else "from"
            return f"{self.kind.verb} {size} {word} {counted(len(self.actions), 'team')}"
        return f"{self.kind.verb} {size}"

    @property
    def irreversible(self) -> bool:
        """Whether SCIM cannot put these back."""
        return any(not REVERSIBLE[action.kind] for action in self.actions)


@dataclass(frozen=True, slots=True)
class Line:
    """One labelled fact of an action; `before` is None where only the new value counts."""

    label: str
    change: FieldChange
    arrow: bool = True


_ONE_KIND: Final = {
    "deactivate_user": Kind.DEACTIVATE,
    "reactivate_user": Kind.REACTIVATE,
    "create_user": Kind.CREATE,
    "create_team": Kind.CREATE_TEAM,
    "rename_team": Kind.RENAME_TEAM,
}


def kinds(action: Action) -> tuple[Kind, ...]:
    """The sections an action belongs to: two for a membership change of both sorts."""
    match action:
        case ChangeMembers():
            removes = (Kind.REMOVE_MEMBERS,) if action.remove else ()
            adds = (Kind.ADD_MEMBERS,) if action.add or not action.remove else ()
            return (*removes, *adds)
        case UpdateUser():
            return (Kind.RENAME if action.rename else Kind.UPDATE,)
        case SetLicense():
            return (Kind.DOWNGRADE if action.downgrade else Kind.LICENSE,)
        case _:
            return (_ONE_KIND[action.kind],)


def sections(actions: Sequence[Action]) -> tuple[Section, ...]:
    """The sections that have anything in them, in the order of `Kind`.

    In each the actions stand by rank and then by person: one waiting for another is a matter
    of the execution and would only scatter the names. Changes of addresses stand in the order
    of execution, for else an address would be taken before it is given up. The second step that
    gives a new person a manager is part of the create.
    """
    later = second_steps(actions)
    found: dict[Kind, list[Action]] = {}
    for action in actions:
        if action.ref in later:
            continue
        for kind in kinds(action):
            found.setdefault(kind, []).append(action)
    for kind, listed in found.items():
        if kind is not Kind.RENAME:
            listed.sort(key=_place)
    return tuple(Section(kind, tuple(found[kind])) for kind in Kind if kind in found)


def _place(action: Action) -> tuple[int, str, str]:
    return rank(action), folded(subject(action)), action.ref


def second_steps(actions: Iterable[Action]) -> dict[str, UpdateUser]:
    """The updates, by ref, that only complete a create of the same plan."""
    actions = tuple(actions)
    new = {action.user_name for action in actions if isinstance(action, CreateUser)}
    return {
        action.ref: action
        for action in actions
        if isinstance(action, UpdateUser)
        and action.scim_id is None
        and not action.rename
        and action.user_name in new
    }


def subject(action: Action) -> str:
    """The person or team the action is about; for a rename, as it is called today."""
    match action:
        case CreateTeam() | ChangeMembers():
            return action.team
        case RenameTeam():
            return action.before
        case _:
            return action.user_name


def why(action: Action) -> str:
    """The reason that is worth a line; empty where each member has a better one."""
    if isinstance(action, ChangeMembers) and all(
        member.reason for member in (*action.add, *action.remove)
    ):
        return ""
    return action.reason


def lines(action: Action, completed: Sequence[UpdateUser] = ()) -> tuple[Line, ...]:
    """What changes, one line per field. `completed` are second steps of a create."""
    match action:
        case CreateUser():
            later = [change for update in completed for change in update.changes]
            fields = [Line(c.field, c, arrow=False) for c in (*action.attributes, *later)]
            if action.license is not None:
                change = FieldChange(LICENSE, None, action.license)
                fields.append(Line(LICENSE, change, arrow=False))
            return tuple(fields)
        case UpdateUser():
            return tuple(Line(change.field, change) for change in action.changes)
        case SetLicense():
            return (Line(LICENSE, FieldChange(LICENSE, action.before, action.after)),)
        case RenameTeam():
            return (Line("name", FieldChange("name", action.before, action.team)),)
        case _:
            return ()


def irreversible(plan: Plan) -> int:
    """How many actions would run that SCIM cannot undo."""
    return sum(not REVERSIBLE[action.kind] for action in plan.runnable)


def changed_fields(actions: Iterable[Action]) -> list[tuple[str, int]]:
    """How often each field changes, most frequent first."""
    counts = Counter(line.label for action in actions for line in lines(action))
    return sorted(counts.items(), key=lambda item: (-item[1], item[0]))


def _size(kind: Kind, action: Action) -> int:
    if isinstance(action, ChangeMembers):
        return len(action.remove if kind is Kind.REMOVE_MEMBERS else action.add)
    return 1
