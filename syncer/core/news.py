"""Which runs are news: what changed since people were told last, and nothing that did not."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from hashlib import sha256
from typing import get_args

from syncer.model.actions import Action, ChangeMembers, DeactivateUser, SetLicense
from syncer.model.exits import Exit
from syncer.model.plan import Violation
from syncer.model.policy.watching import NotificationPolicy, Topic
from syncer.model.watching import RunFacts, Standing


@dataclass(frozen=True, slots=True, kw_only=True)
class News:
    """What there is to tell of a run: `topics`, the gravest first; none where nothing changed.

    `told` is how things stand once it has arrived, `untold` how they stand until then: whoever
    has heard nothing of a failure is told of it by the next run.
    """

    topics: tuple[Topic, ...]
    told: Standing
    untold: Standing


def news_of(before: Standing, facts: RunFacts, policy: NotificationPolicy) -> News:
    """What this run is news of, to whoever knows how things stood before."""
    at = facts.finished.isoformat(timespec="seconds")
    untold = replace(before, since=before.since or at)
    if facts.succeeded:
        untold = replace(untold, last_success=at)
    topics, told = _trouble(untold, facts)
    if facts.planned and facts.held != before.held:
        topics = (*topics, "held") if facts.held else topics
        told = replace(told, held=facts.held)
    if _overdue(untold, facts, policy.overdue_hours):
        topics = (*topics, "overdue")
        told = replace(told, overdue=True)
    wanted = tuple(topic for topic in get_args(Topic) if topic in topics and topic in policy.about)
    return News(topics=wanted, told=told, untold=untold)


def _trouble(before: Standing, facts: RunFacts) -> tuple[tuple[Topic, ...], Standing]:
    """What is to be told of how the run ended, and how things stand then."""
    if facts.locked:
        # The other run will tell how it went; should it never end, this gets overdue.
        return (), before
    if facts.succeeded:
        told = replace(before, trouble="", overdue=False)
        return (("recovery",) if before.trouble else ()), told
    topic: Topic = "refused" if facts.code is Exit.GUARD_REFUSED else "failure"
    trouble = f"{topic} {facts.refused or int(facts.code)}"
    return ((topic,) if trouble != before.trouble else ()), replace(before, trouble=trouble)


def _overdue(before: Standing, facts: RunFacts, hours: float | None) -> bool:
    if hours is None or facts.succeeded or before.overdue:
        return False
    return facts.finished - last_well(before) >= timedelta(hours=hours)


def last_well(standing: Standing) -> datetime:
    """Since when nothing has succeeded: the last success, else the first run that was seen."""
    return datetime.fromisoformat(standing.last_success or standing.since)


def held_removals(actions: Iterable[Action]) -> tuple[Action, ...]:
    """Those of the actions that wait and would take something away."""
    return tuple(action for action in actions if action.held and takes_away(action))


def takes_away(action: Action) -> bool:
    """Whether somebody loses an account, a licence or a team by it."""
    match action:
        case DeactivateUser():
            return True
        case SetLicense():
            return action.downgrade
        case ChangeMembers():
            return bool(action.remove)
        case _:
            return False


def name_of_actions(actions: Collection[Action]) -> str:
    """A short name for just these actions, empty for none: others have another name."""
    return _name(sorted(action.ref for action in actions))


def name_of_violations(violations: Collection[Violation]) -> str:
    """A short name for just these violations by just these actions, empty for none."""
    return _name(sorted(f"{one.guard} {one.subject} {sorted(one.refs)}" for one in violations))


def _name(parts: list[str]) -> str:
    return sha256("\0".join(parts).encode()).hexdigest()[:16] if parts else ""
