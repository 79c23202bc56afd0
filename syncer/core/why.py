"""Answer why: everything about one person, put together from the very workings of the plan.

It computes no verdict of its own, so that it cannot tell another story than the plan.
"""

from dataclasses import replace

from syncer.core.tracing.asana_side import license_seen, match, remembered, teams_seen
from syncer.core.tracing.directory_side import directory_side, scope, unreadable_side
from syncer.core.tracing.evidence import Evidence
from syncer.core.tracing.finding import Subject, near_misses, subjects
from syncer.core.tracing.groups_seen import groups_seen
from syncer.core.tracing.mapping_seen import attributes_seen, changes_of, manager_seen
from syncer.core.tracing.planned import Names, planned
from syncer.core.tracing.trace import Answer, Planned, Remembered, TeamSeen, Trace, Verdict
from syncer.core.tracing.verdicts import irreversible, judged, with_left_alone
from syncer.model.state import UserKey

__all__ = ["Answer", "Evidence", "Trace", "Verdict", "why"]


def why(evidence: Evidence, reference: str) -> Answer:
    """Everything about everybody whom the reference could mean; near misses where nobody is."""
    found = subjects(evidence, reference) if reference.strip() else ()
    return Answer(
        asked=reference,
        people=tuple(trace(evidence, subject) for subject in found),
        near=() if found else near_misses(evidence, reference),
    )


def trace(evidence: Evidence, subject: Subject) -> Trace:
    """Everything about one subject."""
    plan = planned(evidence, _names(evidence, subject))
    key = _key(evidence, subject)
    number = subject.person
    directory_key = None if number is None else evidence.persons[number].directory_key
    memory = remembered(evidence, subject.user, key, directory_key)
    matched = match(evidence, subject)
    verdict, sentence = judged(evidence, subject, matched, plan, memory)
    wanted = number is not None and number in evidence.wanted
    teams = teams_seen(evidence, key if wanted else None, subject.user)
    base = Trace(
        name=_called(evidence, subject),
        verdict=verdict,
        sentence=sentence,
        irreversible=irreversible(plan.actions),
        directory=unreadable_side(subject.problem) if subject.problem else None,
        teams=teams,
        other_teams=_others(evidence, teams) if wanted else (),
        match=matched,
        plan=plan,
        memory=memory,
    )
    return base if number is None else _with_rules(base, evidence, subject, number)


def _with_rules(base: Trace, evidence: Evidence, subject: Subject, number: int) -> Trace:
    """The trace of a person of the directory, with what the rules make of that person."""
    user = subject.user
    looked_at = number not in evidence.directory.standing.excluded
    changes = changes_of(base.plan.actions)
    spared = _spared(base.verdict, base.plan, base.memory)
    told = replace(
        base,
        directory=directory_side(evidence, number),
        scope=scope(evidence, number),
        groups=groups_seen(evidence, number),
        attributes=attributes_seen(evidence, number, user, changes, spared) if looked_at else (),
        manager=manager_seen(evidence, number, user, changes, spared) if looked_at else None,
        license=license_seen(evidence, number, user) if looked_at else None,
    )
    return with_left_alone(told) if looked_at else told


def _others(evidence: Evidence, teams: tuple[TeamSeen, ...]) -> tuple[str, ...]:
    seen = {one.team for one in teams}
    return tuple(one.name for one in evidence.desired.teams if one.name not in seen)


def _spared(verdict: Verdict, plan: Planned, memory: Remembered) -> str:
    """Why a difference of this person is left alone; empty where it is not."""
    if memory.protected_by:
        return "the person is protected"
    if verdict is Verdict.UNKNOWN:
        return "nobody in doubt is changed"
    return "a person has to act first" if plan.manual else ""


def _key(evidence: Evidence, subject: Subject) -> UserKey | None:
    if subject.person is None:
        return None
    return evidence.persons[subject.person].key or None


def _names(evidence: Evidence, subject: Subject) -> Names:
    """What the plan may call the subject."""
    number, user = subject.person, subject.user
    key = _key(evidence, subject)
    origins = {subject.problem.origin} if subject.problem else set()
    if number is not None:
        origins |= {record.origin for record in evidence.records(number)}
    addresses = {one for one in (key, user.key if user else None) if one is not None}
    return Names(
        scim_ids=frozenset({user.id} if user else ()),
        key=key if number is not None and number in evidence.wanted else None,
        addresses=frozenset(addresses),
        origins=frozenset(origin for origin in origins if origin is not None),
    )


def _called(evidence: Evidence, subject: Subject) -> str:
    """What to call the subject in a headline."""
    names: tuple[str | None, ...] = ("a user of Asana",)
    if subject.person is not None:
        person = evidence.persons[subject.person]
        names = (person.address, person.directory_key, str(person.origin))
    elif subject.problem is not None:
        named = sorted(subject.problem.identity, key=lambda one: "@" not in one)
        names = (next(iter(named), ""), str(subject.problem.origin))
    elif subject.user is not None:
        names = (subject.user.user_name, subject.user.id)
    elif subject.unread_user is not None:
        names = (subject.unread_user.key, subject.unread_user.id, *names)
    elif subject.unlisted is not None:
        names = (subject.unlisted.address, subject.unlisted.gid)
    return next(name for name in names if name)
