"""Carry out what the policy says about leavers whose time has come."""

from collections.abc import Iterable
from dataclasses import dataclass

from syncer.core.names import license_key
from syncer.core.planning.leavers import Leaver
from syncer.core.planning.organization import Hidden
from syncer.core.planning.roster import Roster
from syncer.core.planning.suspicion import Suspect
from syncer.model.actions import DeactivateUser, SetLicense
from syncer.model.plan import Notice
from syncer.model.state import ENTERPRISE, VIEW_ONLY, UserKey

LeavingAction = DeactivateUser | SetLicense


@dataclass(frozen=True, slots=True)
class Leaving:
    """The actions that take leavers out, and what is only told."""

    actions: tuple[LeavingAction, ...] = ()
    notices: tuple[Notice, ...] = ()


@dataclass(frozen=True, slots=True)
class Doubt:
    """Why removals of people wait: every one, those of people without any record, and those of
    whoever may be the person of a record in doubt."""

    every: str = ""
    unrecorded: str = ""
    suspects: tuple[Suspect, ...] = ()

    def about(self, leaver: Leaver, roster: Roster) -> str:
        """Why this leaver waits; empty when nothing is in doubt."""
        if self.every or leaver.recorded:
            return self.every
        if self.unrecorded:
            return self.unrecorded
        found = (one.why for one in self.suspects if one.may_be(leaver.user, roster))
        return next(found, "")

    def spared(self, leavers: Iterable[Leaver], roster: Roster, hidden: Hidden) -> frozenset[str]:
        """The SCIM ids of leavers who stay in their teams, since somebody in doubt may be one.

        Nobody where every removal waits: then those from teams wait as they are planned.
        """
        if self.every:
            return frozenset()
        return frozenset(
            one.user.id
            for one in leavers
            if hidden.may_administer(one.user.id) or self.about(one, roster)
        )


def plan_leaving(
    due: Iterable[Leaver],
    policy: str,
    roster: Roster,
    asked_for: frozenset[UserKey],
    *,
    licensed: bool,
    held: Doubt,
) -> Leaving:
    """What `lifecycle.leavers` (deactivate, view only, report) does with each of them.

    `licensed` says whether Asana shows licences at all, `held` why removals wait.
    """
    leavers = tuple(due)
    if policy == "view only" and leavers and not licensed:
        text = "view only is inactive: Asana returned no userType for anybody"
        return Leaving(notices=(Notice(subject="lifecycle.leavers", text=text),))
    if policy == "report":
        return Leaving(
            notices=tuple(_told(one, f"reported only: {one.reason}") for one in leavers)
        )
    if policy == "deactivate":
        names = ((one, _name(one, roster, asked_for)) for one in leavers)
        return Leaving(
            tuple(_deactivate(one, name, held.about(one, roster)) for one, name in names)
        )
    return Leaving(
        tuple(
            _lower(one, _name(one, roster, asked_for), held.about(one, roster))
            for one in leavers
            if license_key(one.user.license) == ENTERPRISE
        ),
        tuple(
            _told(one, f"{one.reason}; userType {one.user.license!r} is left alone")
            for one in leavers
            if license_key(one.user.license) not in {ENTERPRISE, VIEW_ONLY}
        ),
    )


def _name(leaver: Leaver, roster: Roster, asked_for: frozenset[UserKey]) -> str:
    # Two users may show one address, and a person of the directory may be coming to it.
    user = leaver.user
    alone = user.key not in asked_for and len(roster.by_key[user.key]) == 1
    return user.key if alone else f"{user.key}#{user.id}"


def _deactivate(leaver: Leaver, name: str, held: str) -> DeactivateUser:
    return DeactivateUser(
        ref=f"deactivate_user:{name}",
        reason=leaver.reason,
        origin=leaver.origin,
        held=held,
        user_name=leaver.user.user_name,
        scim_id=leaver.user.id,
    )


def _lower(leaver: Leaver, name: str, held: str) -> SetLicense:
    return SetLicense(
        ref=f"set_license:{name}",
        reason=leaver.reason,
        origin=leaver.origin,
        held=held,
        user_name=leaver.user.user_name,
        scim_id=leaver.user.id,
        before=leaver.user.license,
        after=VIEW_ONLY,
    )


def _told(leaver: Leaver, text: str) -> Notice:
    return Notice(subject=leaver.user.user_name, text=text, origin=leaver.origin)
