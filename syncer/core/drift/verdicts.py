"""What a plan does about a drift: read off its actions and, where it has none, its workings."""

from collections.abc import Mapping
from dataclasses import dataclass

from syncer.core.drift.memory import Key
from syncer.core.drift.sight import Seen
from syncer.core.names import license_key, team_key, user_key
from syncer.core.planner import Workings
from syncer.core.verification import Lookup, attribute
from syncer.model.actions import (
    ChangeMembers,
    CreateTeam,
    CreateUser,
    DeactivateUser,
    FieldChange,
    ReactivateUser,
    RenameTeam,
    SetLicense,
    UpdateUser,
)
from syncer.model.drift import ACTIVE, LICENSE, MEMBER, NAME, NO, YES, Verdict
from syncer.model.plan import Plan
from syncer.model.state import (
    MANAGER,
    USER_NAME,
    DesiredState,
    DesiredTeam,
    DesiredUser,
    TeamKey,
    UserKey,
)


@dataclass(frozen=True, slots=True)
class Planned:
    """What a plan makes of one thing; `reference` is the id of a manager."""

    after: str | None
    held: bool
    reference: str | None = None


@dataclass(frozen=True, slots=True)
class Judge:
    """A plan, by what it changes, and who is who in it."""

    plan: Plan
    desired: DesiredState
    workings: Workings
    lookup: Lookup
    planned: Mapping[Key, Planned]
    created: Mapping[str, bool]
    people: Mapping[str, DesiredUser]
    returners: frozenset[str]
    wanted_teams: Mapping[TeamKey, DesiredTeam]

    @classmethod
    def of(cls, plan: Plan, desired: DesiredState, workings: Workings, lookup: Lookup) -> "Judge":
        """The judge of this plan."""
        returning = workings.matching.returners.values()
        teams = {key: team for team in desired.teams for key in team.previously}
        return cls(
            plan=plan,
            desired=desired,
            workings=workings,
            lookup=lookup,
            planned=changes_of(plan),
            created=creates_of(plan),
            people={pair.current.id: pair.desired for pair in workings.population.pairs.values()},
            returners=frozenset(pair.current.id for pair in returning),
            wanted_teams=teams | {team.key: team for team in desired.teams},
        )

    def verdict(self, seen: Seen) -> Verdict:
        """What the plan does about it."""
        mark = seen.word.mark
        if planned := self.planned.get((mark.id, mark.what, mark.member_id)):
            if planned.held:
                return "held"
            return "puts_back" if self._as_left(seen, planned) else "changes"
        if mark.kind == "team":
            return self._of_member(seen) if self._is_member(seen) else self._of_team(seen)
        anew = self._created_anew(seen)
        if anew is not None:
            return anew
        return self._of_activity(seen) if mark.what == ACTIVE else self._of_field(seen)

    def _as_left(self, seen: Seen, planned: Planned) -> bool:
        mark = seen.word.mark
        if not mark.left_at or not planned.after:
            return bool(mark.left_at) == bool(planned.after)
        if mark.what == MANAGER and mark.reference and planned.reference:
            return mark.reference == planned.reference
        if mark.what == NAME:
            return team_key(mark.left_at) == team_key(planned.after)
        if mark.what in {MANAGER, USER_NAME, LICENSE} or mark.what in self.plan.any_case:
            return user_key(mark.left_at) == user_key(planned.after)
        return mark.left_at == planned.after

    def _is_member(self, seen: Seen) -> bool:
        return seen.word.mark.what == MEMBER and seen.found is not None

    def _created_anew(self, seen: Seen) -> Verdict | None:
        """Where the plan creates somebody of the name that this one had, or has lost."""
        mark = seen.word.mark
        if mark.what not in {USER_NAME, ACTIVE} or seen.found == YES:
            return None
        return self._created(bearing("person", mark.what, mark.left_at, seen.subject))

    def _created(self, name: str) -> Verdict | None:
        held = self.created.get(name)
        return None if held is None else "held" if held else "creates_anew"

    def _of_activity(self, seen: Seen) -> Verdict:
        mark, key = seen.word.mark, user_key(seen.subject)
        if seen.found == YES:
            if mark.id in self.people:
                return "asked_for"
            if any(one.scim_id == mark.id for one in self.plan.in_grace):
                return "grace"
            return self._unmanaged(mark.id)
        by_hand = any(user_key(one.subject) == key for one in self.plan.manual)
        if by_hand or mark.id in self.returners:
            return "by_hand" if by_hand else "left"
        if mark.id in self.workings.matching.doubtful or self._in_doubt(key):
            return "unknown"
        wanted = any(person.key == key for person in self.desired.users)
        return "left" if wanted else "agrees"

    def _of_field(self, seen: Seen) -> Verdict:
        mark = seen.word.mark
        person = self.people.get(mark.id)
        if person is None:
            return self._unmanaged(mark.id)
        if mark.what in self.desired.create_only or not self._manages(person, mark.what):
            return "unmanaged"
        if self._agrees(seen, person):
            return "agrees"
        by_hand = any(user_key(one.subject) == user_key(seen.subject) for one in self.plan.manual)
        return "by_hand" if by_hand and mark.what == USER_NAME else "left"

    def _manages(self, person: DesiredUser, what: str) -> bool:
        if what == LICENSE:
            return person.license is not None
        return what == USER_NAME or what in person.attributes

    def _agrees(self, seen: Seen, person: DesiredUser) -> bool:
        mark = seen.word.mark
        if mark.what == LICENSE:
            return license_key(person.license) == license_key(seen.found)
        if mark.what == USER_NAME:
            return person.key == user_key(seen.found or "")
        wanted = person.attributes[mark.what]
        user = self.lookup.users[mark.id]
        if mark.what == MANAGER and wanted:
            target = self.workings.managers.target(UserKey(wanted))
            present = self.workings.managers.present(user)
            return bool(target and present and target.scim_id == present.id)
        asked = FieldChange(mark.what, None, wanted)
        return attribute(user, asked, self.lookup, value=wanted) == wanted

    def _of_team(self, seen: Seen) -> Verdict:
        mark = seen.word.mark
        # Of a team that is gone the last known name counts, as it is told.
        left = seen.subject if seen.found is None else mark.left_at
        anew = self._created(bearing("team", mark.what, left, seen.subject))
        if anew is not None:
            return anew
        if seen.found is None:
            return "left" if team_key(seen.subject) in self.wanted_teams else "unmanaged"
        return "agrees" if team_key(seen.found) in self.wanted_teams else "unmanaged"

    def _of_member(self, seen: Seen) -> Verdict:
        mark = seen.word.mark
        team = self.wanted_teams.get(team_key(seen.subject))
        if team is None:
            return "unmanaged"
        leaving = self.planned.get((mark.member_id, ACTIVE, ""))
        if seen.found == YES and leaving and leaving.after == NO:
            # Asana takes whom it deactivates out of the team.
            return "held" if leaving.held else "puts_back"
        user = self.lookup.users.get(mark.member_id)
        person = self.people.get(mark.member_id)
        wanted = person is not None and person.key in team.members
        if wanted == (seen.found == YES):
            return "asked_for" if wanted else self._of_stranger(mark.member_id)
        doubtful = user is not None and user.id in self.workings.matching.doubtful
        return "unknown" if team.frozen or doubtful else "left"

    def _of_stranger(self, scim_id: str) -> Verdict:
        doubtful = scim_id in self.workings.matching.doubtful
        return "unknown" if doubtful else "agrees"

    def _unmanaged(self, scim_id: str) -> Verdict:
        return "unknown" if scim_id in self.workings.matching.doubtful else "unmanaged"

    def _in_doubt(self, key: UserKey) -> bool:
        return any(
            one.what == "person" and user_key(one.subject) == key for one in self.plan.unknown
        )


def bearing(kind: str, what: str, left_at: str | None, subject: str) -> str:
    """The name of a person or team, by which `creates_of` has another one of that name.

    A name that drifted is the one that was left, for that is the one that is free now.
    """
    named = USER_NAME if kind == "person" else NAME
    name = left_at if what == named and left_at else subject
    return f"{kind} {user_key(name) if kind == 'person' else team_key(name)}"


def creates_of(plan: Plan) -> Mapping[str, bool]:
    """Whether each create of a plan is held, by the name of whom or what it makes."""
    found: dict[str, bool] = {}
    for action in plan.actions:
        match action:
            case CreateUser():
                found[bearing("person", "", None, action.user_name)] = bool(action.held)
            case CreateTeam():
                found[bearing("team", "", None, action.team)] = bool(action.held)
            case _:
                pass
    return found


def changes_of(plan: Plan) -> Mapping[Key, Planned]:
    """What a plan makes of each thing that it changes."""
    found: dict[Key, Planned] = {}
    for action in plan.actions:
        held = bool(action.held)
        match action:
            case UpdateUser(scim_id=str(one)):
                for change in action.changes:
                    found[one, change.field, ""] = Planned(change.after, held, change.reference)
            case SetLicense():
                found[action.scim_id, LICENSE, ""] = Planned(action.after, held)
            case DeactivateUser() | ReactivateUser():
                active = YES if isinstance(action, ReactivateUser) else NO
                found[action.scim_id, ACTIVE, ""] = Planned(active, held)
            case RenameTeam():
                found[action.scim_id, NAME, ""] = Planned(action.team, held)
            case ChangeMembers(scim_id=str(one)):
                joining = {(one, MEMBER, str(each.scim_id)) for each in action.add}
                leaving = {(one, MEMBER, str(each.scim_id)) for each in action.remove}
                found |= dict.fromkeys(joining, Planned(YES, held))
                found |= dict.fromkeys(leaving, Planned(NO, held))
            case _:
                pass
    return found
