"""Teams: find, rename, create, and change their members by delta."""

from collections.abc import Mapping
from dataclasses import dataclass

from syncer.core.enumeration import listed
from syncer.core.names import clean, covering
from syncer.core.planning.membership import Membership
from syncer.model.actions import ChangeMembers, CreateTeam, Member, RenameTeam, TeamAction
from syncer.model.plan import Notice, UnknownSubject
from syncer.model.state import CurrentTeam, DesiredState, DesiredTeam, TeamKey, TeamMode


@dataclass(frozen=True, slots=True)
class TeamPlan:
    """What becomes of the teams the config names. `unchanged` counts those left as they are."""

    actions: tuple[TeamAction, ...]
    unknown: tuple[UnknownSubject, ...]
    notices: tuple[Notice, ...]
    unchanged: int
    protected: int


def plan_teams(
    desired: DesiredState,
    teams: tuple[CurrentTeam, ...],
    membership: Membership,
    protected: tuple[str, ...],
) -> TeamPlan:
    """The team actions in key order. A team that no rule names is not looked at."""
    planner = _Teams(desired, teams, membership, protected)
    if desired.teams_managed:
        for team in sorted(desired.teams, key=lambda team: team.key):
            planner.plan(team)
    return TeamPlan(
        actions=tuple(planner.actions),
        unknown=tuple(planner.unknown),
        notices=tuple(planner.notices),
        unchanged=planner.unchanged,
        protected=planner.protected_count,
    )


class _Teams:
    """The state of one pass over the teams."""

    def __init__(
        self,
        desired: DesiredState,
        teams: tuple[CurrentTeam, ...],
        membership: Membership,
        protected: tuple[str, ...],
    ) -> None:
        self.membership = membership
        self.is_protected = covering(protected)
        self.wanted = frozenset(team.key for team in desired.teams)
        self.heirs = _heirs(desired)
        self.by_key: dict[TeamKey, list[CurrentTeam]] = {}
        for team in sorted(teams, key=lambda team: (team.key, team.id)):
            self.by_key.setdefault(team.key, []).append(team)
        self.actions: list[TeamAction] = []
        self.unknown: list[UnknownSubject] = []
        self.notices: list[Notice] = []
        self.unchanged = 0
        self.protected_count = 0

    def plan(self, team: DesiredTeam) -> None:
        """Decide on one team."""
        found = self.by_key.get(team.key, [])
        previous = dict.fromkeys(team.previously)
        shared = [key for key in previous if key in self.wanted and key in self.by_key]
        former = [
            old for key in previous if key not in self.wanted for old in self.by_key.get(key, [])
        ]
        names = (team.name, *(old.name for old in (found or former)))
        if any(map(self.is_protected, names)):
            self._spare(team, found)
        elif len(found) > 1 or (not found and len(former) > 1):
            self._ambiguous(team, found or former)
        elif found:
            self._keep(team, found[0], former)
        elif former:
            self._inherit(team, former[0])
        elif shared:
            # To create it here could be a mistake for ever: a team cannot be deleted over SCIM.
            reason = f"its previous name {shared[0]} is the name of another team of the config"
            self._doubt(team, reason, "rename the team in Asana, or drop it from 'previously'")
        else:
            self._create(team)

    def _spare(self, team: DesiredTeam, found: list[CurrentTeam]) -> None:
        self.protected_count += 1
        differs = team.mode is not TeamMode.REPORT and any(
            _respelled(team, current) or self._differs(team, current.members)
            for current in found
            if current.members is not None
        )
        if differs or not found:
            text = "protected: left as it is, though the config asks for a change"
            self._tell(team, text)

    def _differs(self, team: DesiredTeam, present: frozenset[str]) -> bool:
        change = self.membership.changes(team, present)
        return bool(change.add or change.remove)

    def _ambiguous(self, team: DesiredTeam, found: list[CurrentTeam]) -> None:
        told = ", ".join(f"{current.name} (id {current.id})" for current in found)
        self._doubt(
            team,
            f"{len(found)} teams in Asana could be meant: {told}",
            "rename the others in Asana",
        )

    def _keep(self, team: DesiredTeam, current: CurrentTeam, former: list[CurrentTeam]) -> None:
        if former and team.mode is not TeamMode.REPORT:
            told = ", ".join(f"{old.name} (id {old.id})" for old in former)
            self._tell(team, f"is there already, so {told} is not renamed")
        if _respelled(team, current):
            self._rename(team, current, f"{current.name} differs in letter case alone")
        else:
            self._members(team, current, renamed=False)

    def _inherit(self, team: DesiredTeam, current: CurrentTeam) -> None:
        if self.heirs[current.key] > 1:
            reason = f"{current.name} is the previous name of {self.heirs[current.key]} teams"
            self._doubt(team, reason, "name it under 'previously' of one team only")
        else:
            self._rename(team, current, f"previously {current.name}")

    def _rename(self, team: DesiredTeam, current: CurrentTeam, reason: str) -> None:
        if current.members is None:
            self._unreadable(team)
            return
        if team.mode is TeamMode.REPORT:
            self._tell(team, f"report only: would be renamed from {current.name}")
        else:
            self.actions.append(
                RenameTeam(
                    ref=f"rename_team:{team.key}",
                    reason=reason,
                    origin=team.origin,
                    team=team.name,
                    scim_id=current.id,
                    before=current.name,
                )
            )
        self._members(team, current, renamed=True)

    def _create(self, team: DesiredTeam) -> None:
        additions = self.membership.changes(team, frozenset()).add
        if not team.create:
            reason, hint = "not in Asana, and create is false", "create it in Asana"
            self._doubt(team, reason, hint)
        elif team.frozen and not additions:
            # It cannot be deleted again over SCIM, and nobody is known who should be in it.
            self._doubt(team, f"not created yet: {team.frozen}", "correct the source")
        elif team.mode is TeamMode.REPORT:
            self._tell(team, f"report only: would be created with {_people(len(additions))}")
        else:
            create = CreateTeam(
                ref=f"create_team:{team.key}",
                reason="named in the config, not in Asana",
                origin=team.origin,
                consequences=("Asana decides on its privacy",),
                team=team.name,
            )
            self.actions.append(create)
            if team.frozen:
                self._frozen(team)
            if additions:
                self._change(team, None, (create.ref,), additions, (), 0)

    def _members(self, team: DesiredTeam, current: CurrentTeam, *, renamed: bool) -> None:
        if current.members is None:
            self._unreadable(team)
            return
        additions, removals, surplus = self.membership.changes(team, current.members)
        if team.frozen:
            self._frozen(team)
        if team.mode is TeamMode.REPORT:
            if additions or removals:
                counts = f"would add {len(additions)} and remove {len(removals)}"
                self._tell(team, f"report only: {counts} of {len(current.members)} members")
            self.unchanged += 1
            return
        if team.mode is TeamMode.EXACT:
            self._tell_kept(team, surplus)
        if additions or removals:
            self._change(team, current.id, (), additions, removals, len(current.members))
        elif not renamed:
            self.unchanged += 1

    def _change(
        self,
        team: DesiredTeam,
        scim_id: str | None,
        after: tuple[str, ...],
        add: tuple[Member, ...],
        remove: tuple[Member, ...],
        members_before: int,
    ) -> None:
        fresh = self.membership.fresh
        awaited = {ref for member in add if (ref := fresh.get((member.user, member.scim_id)))}
        self.actions.append(
            ChangeMembers(
                ref=f"change_members:{team.key}",
                reason=f"members differ from the rule ({team.mode})",
                origin=team.origin,
                depends_on=(*after, *sorted(awaited)),
                team=team.name,
                scim_id=scim_id,
                add=add,
                remove=remove,
                members_before=members_before,
            )
        )

    def _frozen(self, team: DesiredTeam) -> None:
        if team.mode is TeamMode.EXACT:
            self._doubt(team, f"nobody is removed: {team.frozen}", "correct the source")

    def _unreadable(self, team: DesiredTeam) -> None:
        self._doubt(
            team,
            "Asana did not show its members, and an unread list is not an empty one",
            "check that the token may read teams",
        )

    def _tell_kept(self, team: DesiredTeam, surplus: frozenset[str]) -> None:
        if kept := self.membership.kept_in(team, surplus):
            told = "; ".join(f"{why} ({listed(who)})" for why, who in kept.items())
            self._tell(team, f"keeps members whom no rule names: {told}")

    def _doubt(self, team: DesiredTeam, reason: str, hint: str) -> None:
        self.unknown.append(
            UnknownSubject(
                subject=team.name, what="team", reason=reason, origin=team.origin, hint=hint
            )
        )

    def _tell(self, team: DesiredTeam, text: str) -> None:
        self.notices.append(Notice(subject=team.name, text=text, origin=team.origin))


def _respelled(team: DesiredTeam, current: CurrentTeam) -> bool:
    """Whether a team is to be renamed for the letter case of its name alone."""
    return team.exact_case and clean(current.name) != clean(team.name)


def _heirs(desired: DesiredState) -> Mapping[TeamKey, int]:
    heirs: dict[TeamKey, int] = {}
    for team in desired.teams:
        for key in dict.fromkeys(team.previously):
            heirs[key] = heirs.get(key, 0) + 1
    return heirs


def _people(count: int) -> str:
    return "1 person" if count == 1 else f"{count} people"
