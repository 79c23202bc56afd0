"""Names and members of teams put back, where they are still as the run left them."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from syncer.core.names import covering, plain, team_key
from syncer.core.undoing.net import FieldNet, MemberNet, TeamNet
from syncer.core.verification import Lookup
from syncer.model.actions import ChangeMembers, Member, RenameTeam
from syncer.model.past import PastChange, PastRun
from syncer.model.plan import Notice, UnknownSubject
from syncer.model.state import CurrentTeam


@dataclass(slots=True)
class TeamsUndone:
    """What is put back, and what is told instead."""

    actions: list[RenameTeam | ChangeMembers] = field(default_factory=list)
    notices: list[Notice] = field(default_factory=list)
    unknown: list[UnknownSubject] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Untouched:
    """What is left as it is, whatever the run did: the teams by the patterns of the config, users
    by SCIM id, those in doubt with the reason."""

    teams: tuple[str, ...]
    users: frozenset[str]
    doubtful: Mapping[str, UnknownSubject]


def undo_teams(
    run_id: str, teams: Mapping[str, TeamNet], lookup: Lookup, untouched: Untouched
) -> TeamsUndone:
    """The actions that put teams back as they were before the run."""
    work = _Work(run_id, lookup, untouched)
    ours = {
        scim_id: (team, net)
        for scim_id, net in sorted(teams.items())
        if (team := work.ours(scim_id, net)) is not None
    }
    names = work.rename(ours)
    for scim_id, (team, net) in ours.items():
        if net.members:
            work.members(team, names.get(scim_id, team.name), net.members)
    return work.found


def with_found_teams(run: PastRun, lookup: Lookup) -> tuple[PastRun, tuple[Notice, ...]]:
    """The run with the ids of teams that it created and did not live to write down.

    A new team has members from its first request on, so that a killed run may have left both.
    """
    changes: list[PastChange] = []
    notices: list[Notice] = []
    for change in run.changes:
        if change.kind != "change_members" or change.scim_id is not None:
            changes.append(change)
            continue
        teams = lookup.teams_by_key.get(team_key(change.subject), ())
        changes += (replace(change, scim_id=team.id) for team in teams if len(teams) == 1)
        if len(teams) > 1:
            text = "the run did not live to say which team of this name it changed"
            text = f"{text}: its members are left as they are"
            notices.append(Notice(subject=change.subject, text=text, origin=change.origin))
    return replace(run, changes=tuple(changes)), tuple(notices)


@dataclass(slots=True)
class _Work:
    run_id: str
    lookup: Lookup
    untouched: Untouched
    found: TeamsUndone = field(default_factory=TeamsUndone)

    def ours(self, scim_id: str, net: TeamNet) -> CurrentTeam | None:
        """The team, None where nothing of it may be put back."""
        team = self.lookup.teams.get(scim_id)
        if team is None:
            self._tell(net.name, "is no longer in Asana's listing: nothing of it is put back")
            return None
        covered = covering(self.untouched.teams)
        if covered(team.name) or (net.renamed and covered(net.renamed.before or "")):
            self._tell(team.name, "is protected: left as it is")
            return None
        return team

    def rename(self, teams: Mapping[str, tuple[CurrentTeam, TeamNet]]) -> Mapping[str, str]:
        """The names that teams get back, by SCIM id; a name is released before it is claimed."""
        wanted = {
            scim_id: (team, net.renamed)
            for scim_id, (team, net) in teams.items()
            if net.renamed and self._wants(team, net.renamed)
        }
        names: dict[str, str] = {}
        refs: dict[str, str] = {}
        while free := [scim_id for scim_id in wanted if self._free(*wanted[scim_id], refs)]:
            # Two that were called alike before the run do not both get that name again.
            team, net = wanted.pop(free[0])
            names[team.id] = net.before or ""
            waits = (refs[other.id] for other in self._others(team, net))
            refs[team.id] = self._rename(team, net, tuple(waits))
        for team, net in wanted.values():
            self._tell(team.name, f"another team is called {net.before!r} now: the name stays")
        return names

    def _wants(self, team: CurrentTeam, net: FieldNet) -> bool:
        """Whether the team still has the name that the run gave it."""
        if plain(team.name) == plain(net.before or ""):
            return False
        if plain(team.name) != plain(net.after or ""):
            text = f"is no longer called {net.after!r}: its name is left as it is"
            self._tell(team.name, text)
            return False
        return True

    def _free(self, team: CurrentTeam, net: FieldNet, refs: Mapping[str, str]) -> bool:
        """Whether nobody else has the name, or whoever has it was given another one."""
        before = net.before or ""
        claimed = f"rename_team:{team_key(before)}" in refs.values()
        left = all(other.id in refs for other in self._others(team, net))
        return bool(before.strip()) and not claimed and left

    def _others(self, team: CurrentTeam, net: FieldNet) -> tuple[CurrentTeam, ...]:
        """The other teams that have the name which this one had."""
        alike = self.lookup.teams_by_key.get(team_key(net.before or ""), ())
        return tuple(other for other in alike if other.id != team.id)

    def _rename(self, team: CurrentTeam, net: FieldNet, waits: tuple[str, ...]) -> str:
        before = net.before or ""
        action = RenameTeam(
            ref=f"rename_team:{team_key(before)}",
            reason=f"undo of run {self.run_id}: the name was {before}",
            origin=net.origin,
            depends_on=waits,
            team=before,
            scim_id=team.id,
            before=team.name,
        )
        self.found.actions.append(action)
        return action.ref

    def members(self, team: CurrentTeam, name: str, nets: Mapping[str, MemberNet]) -> None:
        """Put the members of one team back.

        A membership is either as the run left it or as it was before: where somebody changed it
        since, nothing is left to do or to tell.
        """
        if team.members is None:
            self._tell(team.name, "its members could not be read: they are left as they are")
            return
        add: list[Member] = []
        remove: list[Member] = []
        for scim_id in sorted(nets):
            net = nets[scim_id]
            if net.added == (scim_id in team.members) and self._may(team, scim_id, net):
                (remove if net.added else add).append(self._member(scim_id, net))
        if add or remove:
            self.found.actions.append(
                ChangeMembers(
                    ref=self._ref(team, name),
                    reason=f"undo of run {self.run_id}: members as before",
                    origin=next(iter(nets.values())).origin,
                    team=name,
                    scim_id=team.id,
                    add=tuple(add),
                    remove=tuple(remove),
                    members_before=len(team.members),
                )
            )

    def _ref(self, team: CurrentTeam, name: str) -> str:
        """Teams may be called alike by now, and no two actions have one ref."""
        ref = f"change_members:{team_key(name)}"
        alike = any(one.ref == ref for one in self.found.actions)
        return f"{ref}:{team.id}" if alike else ref

    def _may(self, team: CurrentTeam, scim_id: str, net: MemberNet) -> bool:
        """Whether this member may be put back; where not, it is told."""
        user = self.lookup.users.get(scim_id)
        if scim_id in self.untouched.users:
            who = user.user_name if user else net.member.user
            self._tell(team.name, f"{who} is protected: the membership is left as it is")
            return False
        if scim_id in self.untouched.doubtful:
            self.found.unknown.append(self.untouched.doubtful[scim_id])
            return False
        if not net.added and (user is None or not user.active):
            self._tell(team.name, f"{net.member.user} is not active in Asana: not a member again")
            return False
        return True

    def _member(self, scim_id: str, net: MemberNet) -> Member:
        user = self.lookup.users.get(scim_id)
        name = user.user_name if user else net.member.user
        how = "added" if net.added else "removed"
        return Member(name, scim_id, f"{how} by run {self.run_id}")

    def _tell(self, subject: str, text: str) -> None:
        self.found.notices.append(Notice(subject=subject, text=text))
