"""The department of everybody whom a plan is about, so that a reviewer finds his own people."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from syncer.model.actions import (
    Action,
    ChangeMembers,
    CreateUser,
    FieldChange,
    TeamAction,
    UpdateUser,
)
from syncer.model.state import CurrentUser

DEPARTMENT: Final = "department"


def departments_of(actions: Iterable[Action], users: Mapping[str, CurrentUser]) -> dict[str, str]:
    """The department as these actions leave it, by the address that stands in them.

    `users` are those of Asana by id. Who has none is not among them.
    """
    found: dict[str, str] = {}
    for action in actions:
        for name, scim_id in _people(action):
            user = users.get(scim_id or "")
            if user is not None and DEPARTMENT in user.attributes:
                found.setdefault(name, user.attributes[DEPARTMENT])
        if isinstance(action, CreateUser):
            _note(found, action.user_name, action.attributes)
        elif isinstance(action, UpdateUser):
            _note(found, action.user_name, action.changes)
    return {name: text for name, text in sorted(found.items()) if text.strip()}


def _people(action: Action) -> Iterator[tuple[str, str | None]]:
    if isinstance(action, ChangeMembers):
        for member in (*action.add, *action.remove):
            yield member.user, member.scim_id
    elif not isinstance(action, TeamAction | CreateUser):
        yield action.user_name, action.scim_id


def _note(found: dict[str, str], name: str, changes: Iterable[FieldChange]) -> None:
    for change in changes:
        if change.field == DEPARTMENT:
            found[name] = change.after or ""
