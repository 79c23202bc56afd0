"""What a run changed from its first step to its last, by user and by team."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from syncer.model.actions import Member
from syncer.model.origin import Origin
from syncer.model.past import DISPLAY_NAME, PastChange, PastRun

_OF_USERS: Final = frozenset({"update_user", "set_license"})
OF_TEAMS: Final = frozenset({"rename_team", "change_members"})


@dataclass(frozen=True, slots=True)
class FieldNet:
    """One attribute: what it was before the run, and what the run left it at."""

    before: str | None
    after: str | None
    origin: Origin


@dataclass(frozen=True, slots=True)
class MemberNet:
    """One member who was not there before the run (`added`), or not after it."""

    member: Member
    added: bool
    origin: Origin


@dataclass(slots=True)
class UserNet:
    """One user as the run knew him last."""

    name: str
    fields: dict[str, FieldNet] = field(default_factory=dict)


@dataclass(slots=True)
class TeamNet:
    """One team as the run knew it last."""

    name: str
    renamed: FieldNet | None = None
    members: dict[str, MemberNet] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Net:
    """A whole run. Users and teams by SCIM id; `others` is what no request can take back."""

    users: Mapping[str, UserNet]
    teams: Mapping[str, TeamNet]
    others: tuple[PastChange, ...]


def net_of(run: PastRun) -> Net:
    """What the run came to. Users whom it created are among the others, and nowhere else."""
    created = {one.scim_id for one in run.changes if one.kind == "create_user"}
    users: dict[str, UserNet] = {}
    teams: dict[str, TeamNet] = {}
    first_steps: dict[str, dict[str, bool]] = defaultdict(dict)
    for change in run.changes:
        scim_id = change.scim_id
        if scim_id is None:
            continue
        if change.kind in _OF_USERS and scim_id not in created:
            _follow_user(users.setdefault(scim_id, UserNet(change.subject)), change)
        elif change.kind in OF_TEAMS:
            team = teams.setdefault(scim_id, TeamNet(change.subject))
            _follow_team(team, change, first_steps[scim_id])
    return Net(
        users={scim_id: user for scim_id, user in users.items() if user.fields},
        teams={scim_id: team for scim_id, team in teams.items() if team.renamed or team.members},
        others=tuple(_others(run)),
    )


def _others(run: PastRun) -> tuple[PastChange, ...]:
    """Each of them once, however often it was tried."""
    left = (one for one in run.changes if one.kind not in _OF_USERS | OF_TEAMS)
    return tuple({(one.kind, one.subject): one for one in left}.values())


def _follow_user(user: UserNet, change: PastChange) -> None:
    for name, after in change.after.items():
        known = user.fields.get(name)
        before = known.before if known else change.before.get(name)
        user.fields[name] = FieldNet(before, after, change.origin)
        if before == after:
            del user.fields[name]


def _follow_team(team: TeamNet, change: PastChange, first_steps: dict[str, bool]) -> None:
    team.name = change.subject
    if DISPLAY_NAME in change.after:
        before = team.renamed.before if team.renamed else change.before.get(DISPLAY_NAME)
        team.renamed = FieldNet(before, change.after[DISPLAY_NAME], change.origin)
    steps = [(True, one) for one in change.add] + [(False, one) for one in change.remove]
    for added, member in steps:
        scim_id = member.scim_id or ""
        if first_steps.setdefault(scim_id, added) == added:
            team.members[scim_id] = MemberNet(member, added, change.origin)
        else:
            team.members.pop(scim_id, None)
