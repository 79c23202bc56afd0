"""What a run of apply came to: its exit code, its counts and its names, for every view."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from syncer.model.actions import REVERSIBLE, Action
from syncer.model.exits import Exit
from syncer.model.outcome import Outcome, Report, Result
from syncer.render.characters import value
from syncer.render.sections import kinds, subject
from syncer.render.wording import counted

MEANINGS: Final[Mapping[Exit, str]] = {
    Exit.DONE: "done, or nothing to do",
    Exit.FAILED: "failed before any change",
    Exit.CHANGES_PENDING: "changes are pending",
    Exit.GUARD_REFUSED: "a guard refused, nothing was changed",
    Exit.SOME_FAILED: "applied, but some actions failed",
    Exit.STALE_OR_LOCKED: "the plan is stale, or another run holds the lock",
    Exit.REMOVALS_HELD: "applied, and some actions are held back",
    Exit.USAGE: "wrong usage, or a config or source that cannot be used",
    Exit.INTERRUPTED: "interrupted; what was under way was finished and recorded",
}

NEXT: Final[Mapping[Exit, str]] = {
    Exit.FAILED: "put right what the error says, then run again; nothing was changed",
    Exit.GUARD_REFUSED: (
        "look at the plan; where it is right apply with --allow or --approve, where it is not "
        "put the directory right"
    ),
    Exit.STALE_OR_LOCKED: "make the plan again, or wait for the other run",
    Exit.USAGE: "put right what the error says; 'syncer validate' shows the rest",
    Exit.DONE: "'syncer plan' should now find nothing to do",
    Exit.SOME_FAILED: (
        "put right what failed, then 'syncer plan': it shows what is still to do, "
        "and nothing is done twice"
    ),
    Exit.REMOVALS_HELD: (
        "'syncer plan' shows the held actions again; after a look at them "
        "apply with --allow or --approve"
    ),
    Exit.INTERRUPTED: "'syncer plan' shows what is left to do; nothing is done twice",
}

_UNDONE: Final = (
    "put the directory or the config right: the next ordinary plan asks for the same changes again"
)


def next_step(report: Report, code: Exit) -> str:
    """What to do now, "" where nothing is."""
    if code is Exit.DONE and report.plan.undoes:
        return _UNDONE
    return NEXT.get(code, "")


VERBS: Final[Mapping[str, str]] = {
    "create_user": "create",
    "update_user": "update",
    "set_license": "change the licence of",
    "deactivate_user": "deactivate",
    "reactivate_user": "reactivate",
    "create_team": "create team",
    "rename_team": "rename team",
    "change_members": "change the members of",
}

_NOUNS: Final[Mapping[str, str]] = {
    "deactivate_user": "deactivation",
    "set_license": "licence change",
    "create_team": "new team",
    "rename_team": "renamed team",
    "create_user": "create",
    "reactivate_user": "reactivation",
    "update_user": "update",
    "change_members": "membership change",
}


@dataclass(frozen=True, slots=True)
class Done:
    """One outcome with the action it belongs to; None when the plan has no such action."""

    outcome: Outcome
    action: Action | None

    @property
    def symbol(self) -> str:
        """The sign the action had in the plan."""
        if self.action is None:
            return "?"
        sign = kinds(self.action)[0].symbol
        return sign if REVERSIBLE[self.action.kind] else f"{sign}!"


@dataclass(frozen=True, slots=True)
class Conclusion:
    """A report sorted out. Every list is in the order of the plan.

    `not_started` are the actions that the run did not come to.
    """

    applied: tuple[Done, ...]
    failed: tuple[Done, ...]
    skipped: tuple[Done, ...]
    held: tuple[Done, ...]
    not_started: tuple[Action, ...]
    total: int

    @property
    def counts(self) -> dict[str, int]:
        """How many actions came to each end; they add up to all actions of the plan."""
        return {
            "applied": len(self.applied),
            "failed": len(self.failed),
            "skipped": len(self.skipped),
            "held": len(self.held),
            "not_started": len(self.not_started),
        }

    @property
    def applied_kinds(self) -> tuple[str, ...]:
        """What was applied, in words: `2 deactivations`, `5 creates`."""
        return by_kind(done.action for done in self.applied if done.action)


def by_kind(actions: Iterable[Action]) -> tuple[str, ...]:
    """How many of each kind, in words: `2 deactivations`, `5 creates`."""
    found = Counter[str](action.kind for action in actions)
    return tuple(counted(found[kind], noun) for kind, noun in _NOUNS.items() if found[kind])


def conclude(report: Report) -> Conclusion:
    """The outcomes by result. An action held by the plan counts as held without an outcome."""
    told = {outcome.ref: outcome for outcome in report.outcomes}
    known = {action.ref for action in report.plan.actions}
    pairs: list[Done] = []
    missing: list[Action] = []
    for action in report.plan.actions:
        if action.ref in told:
            pairs.append(Done(told[action.ref], action))
        elif action.held:
            outcome = Outcome(ref=action.ref, result=Result.HELD, detail=action.held)
            pairs.append(Done(outcome, action))
        else:
            missing.append(action)
    pairs.extend(Done(outcome, None) for ref, outcome in told.items() if ref not in known)
    by_result = {
        result: tuple(done for done in pairs if done.outcome.result is result) for result in Result
    }
    return Conclusion(
        applied=by_result[Result.APPLIED],
        failed=by_result[Result.FAILED],
        skipped=by_result[Result.SKIPPED],
        held=by_result[Result.HELD],
        not_started=tuple(missing),
        total=len(pairs) + len(missing),
    )


def report_exit(report: Report) -> Exit:
    """The exit code of a run: interrupted before failed, failed before held.

    An action that was skipped or never started counts as failed: somebody waits for it.
    """
    conclusion = conclude(report)
    if report.interrupted:
        return Exit.INTERRUPTED
    if report.stopped or conclusion.failed or conclusion.skipped or conclusion.not_started:
        return Exit.SOME_FAILED
    return Exit.REMOVALS_HELD if conclusion.held else Exit.DONE


def described(done: Done) -> str:
    """`deactivate bob@example.com`, or the bare ref of an action that the plan lacks."""
    if done.action is None:
        return done.outcome.ref
    return f"{VERBS[done.action.kind]} {value(subject(done.action))}"
