"""What the REST API adds to the reading of SCIM: who is an administrator, a guest or invited.

A membership belongs to the SCIM user of the same address, or of the same id where ids are proven
to be the same on both sides (nobody documents that they are). An administrator is taken to be the
user of the same id until something denies it: to spare somebody by mistake harms nobody.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from syncer.core.enumeration import listed
from syncer.core.names import domain_of, license_key, our_domains
from syncer.core.planning.roster import Roster
from syncer.model.memory import Memory
from syncer.model.plan import Notice
from syncer.model.policy.config import Config
from syncer.model.state import (
    VIEW_ONLY,
    CurrentState,
    CurrentUser,
    Organization,
    OrganizationMember,
    UserKey,
)

_SUBJECT: Final = "asana.workspace"
_DIFFERENCES: Final = {
    True: "paid by userType, view only over REST",
    False: "view only by userType, paid over REST",
}


@dataclass(frozen=True, slots=True)
class Hidden:
    """What SCIM does not show.

    `administrators` and `guests` are SCIM ids of listed users. `guest_addresses`, `invited` and
    `dormant` are addresses that SCIM does not list: of guests, of people who were invited or
    are members, and of deprovisioned ones. `domains` are the organization's own, empty where
    they are not known. `doubt` says why an administrator may have been missed, `read` that
    everybody's membership was read. `lost` names administrators for whom no user could be found;
    any of `unpaired`, the SCIM ids of users without a membership, may be one of them. `by_id` are
    the members by the SCIM id they would have, where ids are proven to be the same.
    """

    administrators: frozenset[str] = frozenset()
    guests: frozenset[str] = frozenset()
    guest_addresses: frozenset[UserKey] = frozenset()
    invited: frozenset[UserKey] = frozenset()
    dormant: frozenset[UserKey] = frozenset()
    domains: frozenset[str] = frozenset()
    doubt: str = ""
    read: bool = False
    unpaired: frozenset[str] = frozenset()
    lost: str = ""
    by_id: Mapping[str, OrganizationMember] = field(default_factory=dict)
    notices: tuple[Notice, ...] = ()

    def holder(self, key: UserKey) -> str:
        """Who has this address without being listed over SCIM; empty when nobody is known."""
        if key in self.guest_addresses:
            return "a guest of the organization"
        if key in self.invited:
            return "somebody who is invited"
        return "a deprovisioned user" if key in self.dormant else ""

    def may_administer(self, scim_id: str) -> bool:
        """Whether this user may be an administrator whom nobody could find."""
        return bool(self.doubt or (self.lost and scim_id in self.unpaired))

    def foreign(self, key: UserKey) -> bool:
        """Whether the organization does not have the e-mail domain of this address."""
        return bool(self.domains) and domain_of(key) not in self.domains


def look_behind_scim(
    current: CurrentState, roster: Roster, config: Config, memory: Memory
) -> Hidden:
    """What the reading of the organization says about the users of SCIM, and beyond them.

    Where it could not be read now, whoever was an administrator when it could stays one.
    """
    organization = current.organization
    remembered = memory.administrators if config.asana.workspace is not None else frozenset()
    notices = [*_unread(current, config, memory if remembered else None)]
    if organization is not None:
        notices += _domain_notices(organization, config)
    if organization is None or not organization.members:
        return Hidden(
            administrators=remembered & roster.by_id.keys(),
            domains=frozenset(organization.domains if organization else ()),
            doubt=_doubt(current, config),
            notices=tuple(notices),
        )
    found = _Found(organization, current, roster)
    return Hidden(
        administrators=found.ids(lambda member: member.admin and not member.guest),
        guests=found.ids(lambda member: member.guest),
        guest_addresses=found.unlisted(lambda member: member.guest),
        invited=found.unlisted(lambda member: member.active and not member.guest),
        dormant=found.unlisted(lambda member: not member.active and not member.guest),
        domains=frozenset(organization.domains),
        doubt=_doubt(current, config),
        read=True,
        by_id=found.by_id(),
        unpaired=found.unpaired(),
        lost=found.lost() if config.protected.administrators else "",
        notices=(*notices, *found.notices(config)),
    )


def _doubt(current: CurrentState, config: Config) -> str:
    if not current.organization_doubt or not config.protected.administrators:
        return ""
    return (
        f"administrators of Asana could not be read ({current.organization_doubt}): the "
        "leaver may be one of them"
    )


class _Found:
    """The memberships of an organization, each with the SCIM users it may be about."""

    def __init__(self, organization: Organization, current: CurrentState, roster: Roster) -> None:
        self._roster = roster
        self._same_ids = _ids_agree(organization.members, roster)
        # Who was listed in a form that could not be read is listed all the same.
        self._unreadable = frozenset(user.key for user in current.unreadable if user.key)
        self._pairs = [(member, self._users(member)) for member in organization.members]

    def _users(self, member: OrganizationMember) -> tuple[CurrentUser, ...]:
        named = self._roster.by_key.get(member.key, ()) if member.key is not None else ()
        if alike := tuple(user for user in named if user.active is member.active) or named:
            return alike
        trusted = self._same_ids or (self._same_ids is None and member.admin)
        known = self._roster.by_id.get(member.gid) if trusted else None
        return () if known is None else (known,)

    def ids(self, holds: Callable[[OrganizationMember], bool]) -> frozenset[str]:
        """The SCIM ids of members of whom this holds."""
        return frozenset(
            user.id for member, users in self._pairs if holds(member) for user in users
        )

    def unlisted(self, holds: Callable[[OrganizationMember], bool]) -> frozenset[UserKey]:
        """The addresses of members of whom this holds and whom SCIM does not list."""
        return frozenset(
            member.key
            for member, users in self._pairs
            if not users
            and member.key is not None
            and member.key not in self._unreadable
            and holds(member)
        )

    def unpaired(self) -> frozenset[str]:
        """The SCIM ids of users whom no membership is about."""
        found = {user.id for _, users in self._pairs for user in users}
        return frozenset(self._roster.by_id.keys() - found)

    def lost(self) -> str:
        """The administrators for whom no user could be found, as text."""
        lost = [member for member, users in self._pairs if not users and _administers(member)]
        return listed(sorted(member.address or f"id {member.gid}" for member in lost))

    def by_id(self) -> Mapping[str, OrganizationMember]:
        """The members by id; empty while nobody proves that ids are the same."""
        return {member.gid: member for member, _ in self._pairs} if self._same_ids else {}

    def notices(self, config: Config) -> Iterable[Notice]:
        """What the two readings say differently, and administrators nobody could find."""
        if (names := self.lost()) and config.protected.administrators:
            text = f"administrators who are not in the SCIM listing, so not protected: {names}"
            yield Notice(subject=_SUBJECT, text=text)
        for told, shown in _DIFFERENCES.items():
            odd = [
                user.user_name
                for member, users in self._pairs
                for user in users
                if _contradicts(user, member, told=told)
            ]
            if odd:
                text = f"{shown}: {listed(sorted(odd))}; userType decides"
                yield Notice(subject="licenses", text=text)


def _administers(member: OrganizationMember) -> bool:
    return member.admin and member.active and not member.guest


def _contradicts(user: CurrentUser, member: OrganizationMember, *, told: bool) -> bool:
    """Whether REST says `told` of the view-only licence and userType says the opposite."""
    if member.view_only is not told or user.license is None or not user.active:
        return False
    return (license_key(user.license) == VIEW_ONLY) is not told


def _ids_agree(members: Iterable[OrganizationMember], roster: Roster) -> bool | None:
    """Whether ids are the same on both sides; None when no person shows it one way or the other.

    It is denied where the address of a membership is that of a user with another id. An address
    that no user has denies nothing: that very person goes by another one here.
    """
    agreed = None
    for member in members:
        if member.key is None or not (named := roster.by_key.get(member.key, ())):
            continue
        if member.gid not in {user.id for user in named}:
            return False
        agreed = True
    return agreed


def _unread(current: CurrentState, config: Config, memory: Memory | None) -> Iterable[Notice]:
    """Why nothing was read, and what that means for the administrators."""
    why = current.organization_unread
    shown = current.organization is not None and not current.organization.members
    if not why and shown and not current.organization_doubt and _peopled(current):
        why = "no membership of the organization is shown"
    if not why:
        return
    alone = ""
    if config.protected.administrators and memory is not None and memory.administrators_at:
        day = memory.administrators_at.date().isoformat()
        alone = f"; those who were administrators on {day} stay protected"
    elif config.protected.administrators:
        alone = "; administrators are not protected by themselves: name them in protected.users"
    wrong = "" if config.asana.workspace == "auto" else "; is asana.workspace the right number?"
    yield Notice(subject=_SUBJECT, text=f"what SCIM hides was not read: {why}{wrong}{alone}")


def _peopled(current: CurrentState) -> bool:
    """Whether SCIM lists anybody: an organization of nobody has no members to show."""
    return any(user.active for user in current.users)


def _domain_notices(organization: Organization, config: Config) -> Iterable[Notice]:
    ours, theirs = our_domains(config), frozenset(organization.domains)
    if not theirs:
        return
    if strange := sorted(ours - theirs):
        text = (
            f"{', '.join(strange)} is no e-mail domain of {organization.name} "
            f"({', '.join(sorted(theirs))}): nobody is created there"
        )
        yield Notice(subject="asana.domains", text=text)
    if ours and (further := sorted(theirs - ours)):
        text = f"{organization.name} has {', '.join(further)} too: people there are not managed"
        yield Notice(subject="asana.domains", text=text)
