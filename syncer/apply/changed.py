"""Whom and what a run asked Asana to change: what a read-back is about."""

from collections.abc import Iterable, Mapping, Sequence

from syncer.apply.execution import Execution
from syncer.core.names import plain, user_key
from syncer.model.actions import Action, CreateTeam, CreateUser, TeamAction
from syncer.model.outcome import Outcome, Result
from syncer.model.state import UserKey

Named = tuple[str | None, str]
"""The id of a user or team, None while it is not known, and its name."""


def changed_users(execution: Execution) -> tuple[Named, ...]:
    """The users whom the run asked Asana to change, by id and address, each once."""
    found = [
        (action, id_of(action, outcome), action.user_name)
        for action, outcome in asked(execution)
        if not isinstance(action, TeamAction)
    ]
    return _each_once(found)


def changed_teams(execution: Execution) -> tuple[Named, ...]:
    """The teams that the run asked Asana to change, by id and name, each once."""
    found = [
        (action, id_of(action, outcome), action.team)
        for action, outcome in asked(execution)
        if isinstance(action, TeamAction)
    ]
    return _each_once(found)


def asked(execution: Execution) -> Iterable[tuple[Action, Outcome]]:
    """The actions that reached Asana, or may have, and are not settled; with their outcomes."""
    return (pair for pair in sent(execution) if pair[0].ref not in execution.settled)


def sent(execution: Execution) -> Iterable[tuple[Action, Outcome]]:
    """The actions that reached Asana, or may have, settled or not; with their outcomes.

    What was in effect before this run shows in the reading that the run began with.
    """
    pairs = zip(execution.plan.actions, execution.outcomes, strict=True)
    tried = {Result.APPLIED, Result.FAILED}
    return (
        (action, outcome)
        for action, outcome in pairs
        if outcome.result in tried and outcome.requests
    )


def learned(execution: Execution) -> Mapping[UserKey, str]:
    """The ids of the users whom the run created, or found there."""
    return {
        user_key(action.user_name): outcome.scim_id
        for action, outcome in zip(execution.plan.actions, execution.outcomes, strict=True)
        if isinstance(action, CreateUser) and outcome.scim_id is not None
    }


def id_of(action: Action, outcome: Outcome) -> str | None:
    """The id of whom or what the action is about, None while it is not known."""
    return outcome.scim_id or getattr(action, "scim_id", None)


def _each_once(found: Sequence[tuple[Action, str | None, str]]) -> tuple[Named, ...]:
    """Each subject once: a second step for a newcomer may not know the id that the first had.

    Somebody else may have had the same name before, and gave it up in this very run: only who
    was created by the name is meant by it.
    """
    created = {
        plain(name)
        for action, scim_id, name in found
        if isinstance(action, CreateUser | CreateTeam) and scim_id is not None
    }
    each: dict[tuple[str | None, str], Named] = {}
    for _, scim_id, name in found:
        if scim_id is not None:
            each.setdefault((scim_id, ""), (scim_id, name))
        elif plain(name) not in created:
            each.setdefault((None, plain(name)), (None, name))
    return tuple(each.values())
