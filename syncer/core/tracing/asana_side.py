"""What Asana has of one person: the match, the seats, the teams, and the time that passed.

Every reason stands in the plan or in its workings; here they are only brought together.
"""

from collections import Counter
from collections.abc import Iterator, Sequence

from syncer.core.names import covering, folded, license_key
from syncer.core.planning.pairs import BY_KEY
from syncer.core.tracing.directory_side import licenses_tried
from syncer.core.tracing.evidence import Evidence
from syncer.core.tracing.finding import Subject
from syncer.core.tracing.trace import LicenseSeen, Match, Remembered, Seats, TeamSeen, UserSeen
from syncer.model.actions import ChangeMembers, CreateTeam, DeactivateUser
from syncer.model.origin import Origin
from syncer.model.plan import InGrace
from syncer.model.state import (
    ATTRIBUTES,
    USER_NAME,
    CurrentTeam,
    CurrentUser,
    DesiredTeam,
    TeamMode,
    UserKey,
)


def match(evidence: Evidence, subject: Subject) -> Match:
    """Who the subject is in Asana, and what ties the two together."""
    doubt, hint = _doubt(evidence, subject)
    suspects: Sequence[CurrentUser] = ()
    place = _place(evidence, subject)
    if subject.user is None and place is not None:
        suspects = evidence.suspects_at.get(place, ())
    return Match(
        user=_user_seen(evidence, subject.user) if subject.user else None,
        by=_tie(evidence, subject),
        candidates=tuple(_user_seen(evidence, user) for user in suspects),
        doubt=doubt,
        hint=hint,
    )


def _place(evidence: Evidence, subject: Subject) -> Origin | None:
    if subject.person is not None:
        return evidence.persons[subject.person].origin
    return subject.problem.origin if subject.problem else None


def _doubt(evidence: Evidence, subject: Subject) -> tuple[str, str]:
    """Why this user is in doubt though the record, if there is one, is not."""
    if subject.unread_user is not None:
        problem = subject.unread_user.problem
        return problem.summary, problem.hint
    wanted = evidence.wanted.get(subject.person) if subject.person is not None else None
    for unknown in evidence.plan.unknown:
        if wanted is not None and unknown.what == "person" and unknown.origin == wanted.origin:
            return unknown.reason, unknown.hint
    if subject.user is not None and subject.user.id in evidence.planning.matching.doubtful:
        return _doubted_by(evidence, subject.user), "correct the record in doubt"
    return "", ""


def _doubted_by(evidence: Evidence, user: CurrentUser) -> str:
    """Which records in doubt may be about a user whom another record explains."""
    people, problems = evidence.concerned
    doubts = evidence.directory.standing.doubts
    places = [
        *(str(evidence.persons[n].origin) for n in people.get(user.id, ()) if n in doubts),
        *(str(problem.origin) for problem in problems.get(user.id, ())),
    ]
    which = f" ({', '.join(places)})" if places else ""
    return f"another record, which is in doubt{which}, may be about the same user"


def _tie(evidence: Evidence, subject: Subject) -> str:
    if subject.person is None or subject.user is None:
        return ""
    person, user = evidence.persons[subject.person], subject.user
    wanted = evidence.wanted.get(subject.person)
    if wanted is not None:
        tier = evidence.planning.matching.tiers.get(wanted.key, BY_KEY)
    elif person.directory_key is not None and _numbered(evidence, person.directory_key, user):
        tier = "directory key"
    else:
        tier = "address" if user.key == person.key else "previous address"
    if tier != "directory key":
        return tier
    roster = evidence.planning.roster
    in_asana = user in roster.by_number.get(folded(person.directory_key or ""), ())
    where = "employeeNumber in Asana" if in_asana else "the ledger"
    return f"{tier} {person.directory_key}, which {where} holds"


def _numbered(evidence: Evidence, directory_key: str, user: CurrentUser) -> bool:
    found = evidence.planning.roster.by_number.get(folded(directory_key), ())
    return user in found or evidence.memory.ids.get(directory_key) == user.id


def _user_seen(evidence: Evidence, user: CurrentUser) -> UserSeen:
    manager = evidence.planning.managers.present(user)
    known = {name: text for name, text in user.attributes.items() if text}
    order = {name: place for place, name in enumerate(ATTRIBUTES)}
    return UserSeen(
        scim_id=user.id,
        user_name=user.user_name,
        active=user.active,
        license=user.license,
        attributes={
            name: known[name]
            for name in sorted(known, key=lambda name: (order.get(name, len(order)), name))
            if name != USER_NAME
        },
        manager=manager.user_name if manager else None,
    )


def license_seen(evidence: Evidence, number: int, user: CurrentUser | None) -> LicenseSeen | None:
    """The licence of a person; None where licences are not managed."""
    policy = evidence.config.licenses
    if policy is None:
        return None
    wanted = evidence.wanted.get(number)
    tried = licenses_tried(evidence, number)
    name, why = None, "the person is in doubt"
    if wanted is not None:
        name, why = wanted.license, wanted.license_reason
    if wanted is not None and name is None:
        why = "no rule speaks of this person"
        if user is None:
            name, why = wanted.license_if_new, f"{why}: licenses.default, for new people"
        else:
            why = f"{why}: left as it is in Asana"
    used = Counter(license_key(one.license) for one in evidence.current.users if one.active)
    return LicenseSeen(
        wanted=name,
        why=why if evidence.current.license_support else "Asana shows no licences (userType)",
        tried=tried,
        current=user.license if user else None,
        seats=tuple(
            Seats(license=one, used=used[one], budget=budget)
            for one, budget in sorted(policy.seats.items())
        ),
    )


def remembered(
    evidence: Evidence, user: CurrentUser | None, key: UserKey | None, directory_key: str | None
) -> Remembered:
    """What earlier runs saw of a person, and what protection and grace say."""
    memory = evidence.memory
    absence = memory.absences.get(user.id) if user else None
    return Remembered(
        ledger=memory.exists,
        seen=any(one in memory.seen for one in (key, user.key if user else None) if one),
        scim_id=memory.ids.get(directory_key or ""),
        absent_since=absence.since.date().isoformat() if absence else None,
        absent_runs=absence.runs if absence else 0,
        grace=_in_grace(evidence, user),
        protected_by=_protection(evidence, user, key),
    )


def _in_grace(evidence: Evidence, user: CurrentUser | None) -> InGrace | None:
    waiting = (one for one in evidence.plan.in_grace if user and one.scim_id == user.id)
    return next(waiting, None)


def _protection(evidence: Evidence, user: CurrentUser | None, key: UserKey | None) -> str:
    """What protects a person; empty where nothing does."""
    population = evidence.planning.population
    for place, pattern in enumerate(evidence.config.protected.users):
        covers = covering((pattern,))
        if (user is not None and covers(user.key)) or (key and covers(key)):
            return f"protected.users: {pattern} ({evidence.where('protected', 'users', place)})"
    if user is not None and user.id in population.protected:
        return "an administrator of Asana; protected.administrators"
    return ""


def teams_seen(
    evidence: Evidence, key: UserKey | None, user: CurrentUser | None
) -> tuple[TeamSeen, ...]:
    """The managed teams that want a person or have that person."""
    if not evidence.desired.teams_managed:
        return ()
    teams = _Teams(evidence, key, user)
    return tuple(
        seen
        for team in sorted(evidence.desired.teams, key=lambda team: team.key)
        for seen in teams.seen(team)
    )


class _Teams:
    """The teams as they stand around one person."""

    def __init__(self, evidence: Evidence, key: UserKey | None, user: CurrentUser | None) -> None:
        self.evidence = evidence
        self.key = key
        self.user = user
        self.is_protected = covering(evidence.config.protected.teams)
        # Of several teams with one name the one with the lowest id is shown.
        teams = sorted(evidence.current.teams, key=lambda team: team.id, reverse=True)
        self.current = {team.key: team for team in teams}
        actions = evidence.shown_plan.actions
        self.deactivation = next(
            (
                one
                for one in actions
                if isinstance(one, DeactivateUser) and user and one.scim_id == user.id
            ),
            None,
        )
        self.changes = [one for one in actions if isinstance(one, ChangeMembers)]
        self.created = {one.team for one in actions if isinstance(one, CreateTeam)}
        self.doubts = {one.subject: one for one in evidence.plan.unknown if one.what == "team"}

    def seen(self, team: DesiredTeam) -> Iterator[TeamSeen]:
        """The team when it wants the person or has the person."""
        wanted = self.key is not None and self.key in team.members
        current = self._current(team)
        member: bool | None = False
        if current is not None and self.user is not None:
            member = None if current.members is None else self.user.id in current.members
        if not wanted and not member:
            return
        why = team.member_reasons.get(self.key, "") if wanted and self.key else ""
        yield TeamSeen(
            team=team.name,
            origin=team.origin,
            mode=team.mode,
            wanted=wanted,
            why=why or ("" if wanted else "no rule puts this person in the team"),
            member=member,
            outcome=self._outcome(team, wanted=wanted, member=member),
            frozen=team.frozen,
        )

    def _current(self, team: DesiredTeam) -> CurrentTeam | None:
        names = (team.key, *team.previously)
        return next((self.current[key] for key in names if key in self.current), None)

    def _outcome(self, team: DesiredTeam, *, wanted: bool, member: bool | None) -> str:
        if change := self._change(team):
            verb = "joins" if wanted else "leaves"
            waits = f", held: {change.held}" if change.held else ""
            return f"{verb}{waits}"
        if wanted and member:
            return "stays"
        if self.is_protected(team.name):
            return "left as it is: the team is protected"
        if team.mode is TeamMode.REPORT:
            return "left as it is: the team is reported only"
        doubt = self.doubts.get(team.name)
        if doubt and not team.frozen:
            return f"left as it is: {doubt.reason}"
        return self._kept_out() if wanted else self._kept_in(team)

    def _change(self, team: DesiredTeam) -> ChangeMembers | None:
        def mine(action: ChangeMembers) -> bool:
            return any(
                member.scim_id == self.user.id
                if self.user is not None
                else member.scim_id is None and folded(member.user) == self.key
                for member in (*action.add, *action.remove)
            )

        found = (one for one in self.changes if one.team == team.name and mine(one))
        return next(found, None)

    def _kept_out(self) -> str:
        why = self._standing() or "not listed by Asana, so nobody could be added"
        return f"does not join: {why}"

    def _kept_in(self, team: DesiredTeam) -> str:
        if self.deactivation is not None:
            held = "stays: the deactivation is held"
            return held if self.deactivation.held else "leaves by the deactivation"
        if team.mode is TeamMode.ADD_ONLY:
            return "stays: the team only gains (mode add_only)"
        if team.frozen:
            return "stays: nobody is removed from it"
        return f"stays: {self._standing() or 'nobody is to be removed'}"

    def _standing(self) -> str:
        """Why no team changes for this person."""
        if self.user is None:
            return ""
        if not self.user.active:
            return "deprovisioned in Asana"
        return self.evidence.planning.membership.kept.get(self.user.id, "")
