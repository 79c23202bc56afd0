"""Hold actions back: they, and whatever depends on them, wait while the rest proceeds."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Final

from syncer.model.actions import Action, ChangeMembers, CreateUser, Member, ReactivateUser

_SPOKEN: Final[Mapping[str, str]] = {
    "create_user": "the account of",
    "update_user": "the change of",
    "temporary_address": "the temporary address of",
    "set_license": "the licence of",
    "deactivate_user": "the deactivation of",
    "reactivate_user": "the reactivation of",
    "create_team": "the new team",
    "rename_team": "the new name of team",
    "change_members": "the members of team",
}


def spoken(ref: str) -> str:
    """The action of this ref for people: `the account of ann@example.com`."""
    kind, colon, subject = ref.partition(":")
    return f"{_SPOKEN[kind]} {subject}" if colon and kind in _SPOKEN else ref


def spoken_of(action: Action) -> str:
    """The same with a team as it is written: a ref has its name in small letters."""
    kind, team = action.ref.partition(":")[0], getattr(action, "team", "")
    return f"{_SPOKEN[kind]} {team}" if team and kind in _SPOKEN else spoken(action.ref)


def hold_actions(
    actions: Iterable[Action],
    waiting: Mapping[str, str],
    removals: Mapping[str, str] | None = None,
) -> tuple[Action, ...]:
    """The same actions in the same order, some of them held.

    `waiting` gives the reason by ref. `removals` does so for changes of members of which only
    the removals wait: these are split. A change of members is split likewise when only some
    of the people to be added wait for an action that is held. Actions must stand after those
    they depend on.
    """
    ordered = tuple(actions)
    if not waiting and not removals and not any(action.held for action in ordered):
        return ordered
    told = {action.ref: spoken_of(action) for action in ordered}
    holder = _Holder(waiting, removals or {}, told, set(told))
    return tuple(piece for action in ordered for piece in holder.judge(action))


@dataclass
class _Holder:
    """What is held so far, in one walk over a plan."""

    waiting: Mapping[str, str]
    removals: Mapping[str, str]
    told: Mapping[str, str]
    refs: set[str]
    held: set[str] = field(default_factory=set)
    fresh: dict[tuple[str, str | None], str] = field(default_factory=dict)

    def judge(self, action: Action) -> Iterable[Action]:
        """The action as it stands now, in up to three pieces."""
        match action:
            case CreateUser():
                self.fresh[action.user_name, None] = action.ref
            case ReactivateUser():
                self.fresh[action.user_name, action.scim_id] = action.ref
        if action.held:
            self.held.add(action.ref)
            return (action,)
        if action.ref in self.waiting:
            return (self._hold(action, self.waiting[action.ref]),)
        if isinstance(action, ChangeMembers):
            return self._split(action)
        blocker = next((ref for ref in action.depends_on if ref in self.held), "")
        return (self._hold(action, self._after(blocker)),) if blocker else (action,)

    def _hold(self, action: Action, reason: str) -> Action:
        self.held.add(action.ref)
        return replace(action, held=reason)

    def _after(self, ref: str) -> str:
        return f"waits for {self.told.get(ref) or spoken(ref)}"

    def _split(self, action: ChangeMembers) -> Iterable[Action]:
        makers = {member: self.fresh.get((member.user, member.scim_id)) for member in action.add}
        own = tuple(ref for ref in action.depends_on if ref not in set(makers.values()))
        if blocker := next((ref for ref in own if ref in self.held), ""):
            return (self._hold(action, self._after(blocker)),)
        late = tuple(member for member in action.add if makers[member] in self.held)
        held_removals = action.remove if action.ref in self.removals else ()
        if not late and not held_removals:
            return (action,)
        ready = tuple(member for member in action.add if makers[member] not in self.held)
        going = replace(
            action,
            add=ready,
            remove=() if held_removals else action.remove,
            depends_on=(*own, *_makers(ready, makers)),
        )
        pieces: tuple[ChangeMembers, ...] = (going,) if going.add or going.remove else ()
        if held_removals:
            part = replace(action, add=(), remove=held_removals, depends_on=())
            pieces += (self._piece(part, "removals", self.removals[action.ref], pieces),)
        if late:
            waits = _makers(late, makers)
            part = replace(action, add=late, remove=(), depends_on=(*own, *waits))
            pieces += (self._piece(part, "additions", self._after(waits[0]), pieces),)
        return pieces

    def _piece(
        self,
        action: ChangeMembers,
        name: str,
        reason: str,
        before: tuple[ChangeMembers, ...],
    ) -> ChangeMembers:
        ref, number = action.ref, 1
        while before and ref in self.refs:
            ref = f"{action.ref}:{name}" + (f"-{number}" if number > 1 else "")
            number += 1
        self.refs.add(ref)
        self.held.add(ref)
        return replace(action, ref=ref, held=reason)


def _makers(members: tuple[Member, ...], makers: Mapping[Member, str | None]) -> tuple[str, ...]:
    return tuple(sorted({ref for member in members if (ref := makers[member])}))
