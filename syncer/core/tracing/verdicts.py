"""The verdict about one person, as a kind and as one sentence.

It is read off the plan: whoever has an action in it has a verdict that tells of it.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Final

from syncer.core.names import domain_of, folded, license_key, our_domains
from syncer.core.planning.population import INVITED
from syncer.core.tracing.evidence import Evidence
from syncer.core.tracing.finding import Subject
from syncer.core.tracing.trace import ManagerSeen, Match, Planned, Remembered, Trace, Verdict
from syncer.model.actions import (
    REVERSIBLE,
    Action,
    ChangeMembers,
    SetLicense,
    UpdateUser,
)
from syncer.model.origin import Problem
from syncer.model.plan import InGrace
from syncer.model.state import USER_NAME, CurrentUser

_MOST_TEAMS: Final = 3

Judged = tuple[Verdict, str]


def judged(
    evidence: Evidence,
    subject: Subject,
    match: Match,
    plan: Planned,
    memory: Remembered,
) -> Judged:
    """What becomes of the subject, and why."""
    if doubt := _doubt(evidence, subject, match):
        return Verdict.UNKNOWN, f"unknown: not changed, not removed: {doubt}"
    actions = (*plan.actions, *plan.members)
    if actions:
        return _acted_on(actions)
    if memory.protected_by:
        return Verdict.PROTECTED, f"protected: left as it is ({memory.protected_by})"
    if plan.manual:
        return Verdict.MANUAL, f"manual work: {plan.manual[0].what}: {plan.manual[0].reason}"
    if memory.grace is not None:
        return Verdict.IN_GRACE, f"in grace: {due(memory.grace)}: {memory.grace.reason}"
    return _at_rest(evidence, subject)


def _doubt(evidence: Evidence, subject: Subject, match: Match) -> str:
    problem: Problem | None = subject.problem
    if subject.person is not None:
        problem = evidence.directory.standing.doubts.get(subject.person)
    if problem is not None:
        return f"{problem.column}: {problem.summary}" if problem.column else problem.summary
    return match.doubt


def _acted_on(actions: Sequence[Action]) -> Judged:
    """The verdict of actions: of those that run, where any of them does."""
    running = [action for action in actions if not action.held]
    waiting = [action for action in actions if action.held]
    told = "; ".join(_sentences(running))
    if waiting:
        held = f"held: {'; '.join(_sentences(waiting))}; it waits: {waiting[0].held}"
        if not running:
            return Verdict.HELD, held
        told = f"{told}; {held}"
    kinds = (_VERDICTS[one.kind] for one in running if one.kind in _VERDICTS)
    return next(kinds, Verdict.CHANGE), told


_VERDICTS: Final = {"deactivate_user": Verdict.DEACTIVATE, "create_user": Verdict.CREATE}
_SENTENCES: Final = {
    "deactivate_user": "will be deactivated",
    "create_user": "will be created",
    "reactivate_user": "will be reactivated",
}


def _sentences(actions: Sequence[Action]) -> Iterator[str]:
    """The actions as the rest of a sentence about the person, the teams told together."""
    fields: dict[str, None] = {}
    for action in actions:
        match action:
            case SetLicense():
                yield f"the licence becomes {action.after}: {action.reason}"
            case UpdateUser():
                fields |= dict.fromkeys(change.field for change in action.changes)
            case ChangeMembers():
                pass
            case _:
                yield f"{_SENTENCES.get(action.kind, action.kind)}: {action.reason}"
    if fields:
        names = ["the address" if name == USER_NAME else name for name in fields]
        yield f"{_listed(names)} will be updated"
    changes = [action for action in actions if isinstance(action, ChangeMembers)]
    for verb, teams in (
        ("joins", [action.team for action in changes if action.add]),
        ("leaves", [action.team for action in changes if action.remove]),
    ):
        if teams:
            yield f"{verb} {_teams(teams)}"


def _teams(names: Sequence[str]) -> str:
    if len(names) > _MOST_TEAMS:
        return f"{len(names)} teams"
    return f"team{'s' if len(names) > 1 else ''} {_listed(names)}"


def _listed(words: Sequence[str]) -> str:
    if len(words) < 2:
        return "".join(words)
    return f"{', '.join(words[:-1])} and {words[-1]}"


def due(grace: InGrace) -> str:
    """`due on 2026-12-02, 2 more runs`."""
    runs = grace.runs_left
    parts = [f"on {grace.due_on}"] if grace.due_on else []
    if runs:
        parts.append("1 more run" if runs == 1 else f"{runs} more runs")
    return f"due {', '.join(parts) or 'in the next run'}"


def _at_rest(evidence: Evidence, subject: Subject) -> Judged:
    """What to say of somebody whom the plan does not change."""
    leavers, user = evidence.planning.leavers, subject.user
    hidden = evidence.planning.population.hidden
    if subject.unlisted is not None and subject.unlisted.key is not None:
        holder = hidden.holder(subject.unlisted.key)
        return Verdict.UNMANAGED, f"not managed: {holder}, whom SCIM does not list"
    reason = _gone(evidence, subject)
    if user is not None and user.id in leavers.unmanaged:
        return Verdict.UNMANAGED, f"not managed: {_why_unmanaged(evidence, user)}"
    if user is not None and any(leaver.user.id == user.id for leaver in leavers.due):
        return _leaver_at_rest(evidence, user, reason)
    if not reason:
        invited = {person.origin for person in evidence.planning.population.invited}
        if subject.person is not None and evidence.persons[subject.person].origin in invited:
            return Verdict.NOTHING, f"nothing to do: {INVITED}"
        return Verdict.NOTHING, "nothing to do: Asana is as the directory asks"
    present = "not in Asana" if user is None else "deactivated in Asana already"
    return Verdict.NOTHING, f"nothing to do: {reason}, and {present}"


def with_left_alone(trace: Trace) -> Trace:
    """The trace of somebody wanted, whose verdict does not call right what is left alone."""
    left = [f"team {one.team}" for one in trace.teams if one.wanted and not one.member]
    if trace.manager is not None and trace.manager.why and _manager_differs(trace.manager):
        left.append("the manager")
    seen = trace.license
    if seen is not None and trace.match.user is not None and seen.wanted is not None:
        left += [] if license_key(seen.current) == seen.wanted else ["the licence"]
    # Without a user it is an invitation that is told of, and explains all that is left alone.
    if trace.verdict is not Verdict.NOTHING or trace.match.user is None or not left:
        return trace
    return replace(trace, sentence=f"nothing to do: what differs is left alone ({_listed(left)})")


def _manager_differs(seen: ManagerSeen) -> bool:
    """Whether the directory names a manager and Asana shows another, or none."""
    if not seen.reference:
        return False
    return seen.manager is None or folded(seen.current or "") != seen.manager


def _leaver_at_rest(evidence: Evidence, user: CurrentUser, reason: str) -> Judged:
    """What to say of a leaver whose time has come and whom the policy does not change."""
    if evidence.config.lifecycle.leavers == "report":
        return Verdict.REPORTED, f"reported only (lifecycle.leavers is report): {reason}"
    licensed = f"userType is {user.license!r}" if user.license else "no userType is shown"
    return Verdict.NOTHING, f"nothing to do: {reason}; {licensed}, which is left alone"


def _gone(evidence: Evidence, subject: Subject) -> str:
    """Why the subject should not be in Asana; empty for somebody who should."""
    if subject.person is None:
        return "not in the directory"
    exclusion = evidence.directory.standing.excluded.get(subject.person)
    if exclusion is None:
        return ""
    kind = "inactive" if exclusion.kind == "inactive" else "out of scope"
    return f"{kind}: {exclusion.reason}" if exclusion.reason else kind


def _why_unmanaged(evidence: Evidence, user: CurrentUser) -> str:
    domains = evidence.config.asana.domains
    if not domains:
        return "asana.domains is empty, so nobody counts as a leaver"
    if user.id in evidence.planning.population.hidden.guests:
        return "Asana calls this user a guest of the organization"
    if domain_of(user.key) not in our_domains(evidence.config):
        return f"outside asana.domains ({', '.join(sorted(domains))})"
    return "lifecycle.authority is known, and the directory never had this person"


def irreversible(actions: Iterable[Action]) -> bool:
    """Whether one of these actions would run and cannot be undone."""
    return any(not REVERSIBLE[action.kind] for action in actions if not action.held)
