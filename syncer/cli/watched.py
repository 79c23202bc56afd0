"""One run of `plan` or `apply`, and what is told of it when it ends, however it ends."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final

import click

from syncer.cli.exits import exit_code, internal_error
from syncer.cli.logs import EventLog
from syncer.cli.options import Settings
from syncer.cli.telling import name_of, tell
from syncer.cli.wiring import Inputs
from syncer.config.loader import LoadedConfig, load_config
from syncer.core.news import held_removals, name_of_actions, name_of_violations
from syncer.model.errors import LockedError, SyncerError, UsageError
from syncer.model.exits import Exit
from syncer.model.outcome import Report
from syncer.model.plan import Plan, Violation
from syncer.model.state import CurrentState
from syncer.model.watching import NOT_STARTED, PLANNED, RunFacts
from syncer.render.conclusion import Conclusion, conclude
from syncer.watch.measures import OUTCOMES

_PROBLEMS = 3
"""So many of a config's or directory's problems are told from afar."""


_LAST: Final[list[object]] = []
"""The last run, so that what it read is freed with the process and not before."""


@dataclass(slots=True)
class Watched:
    """What is known of a run so far; the run itself fills it in.

    `plan` is the plan with what waits held back, and `violations` those that nobody accepted.
    `whole` is false for a run about some people alone, or about another run: it says nothing of
    how the directory and Asana stand. `attended` runs have somebody who sees how they end.
    `current` is what Asana showed, kept to the end.
    """

    log: EventLog
    inputs: Inputs | None = None
    digest: str = ""
    plan: Plan | None = None
    violations: tuple[Violation, ...] = ()
    report: Report | None = None
    whole: bool = True
    attended: bool = False
    current: CurrentState | None = None
    started: datetime = field(default_factory=lambda: datetime.now(UTC))


@dataclass(frozen=True, slots=True)
class Ending:
    """How a run ended: its exit code, and in words what ended it early."""

    code: Exit
    why: str = ""
    locked: bool = False


def watched(settings: Settings, command: str, body: Callable[[Watched], Exit]) -> Exit:
    """What `body` comes to, told to those who watch. Raises what it raises, once that is told."""
    run = Watched(EventLog(settings, command=command))
    _LAST[:] = [run]
    try:
        code = body(run)
    except BaseException as error:
        finish(settings, command, run, ending_of(error))
        raise
    finish(settings, command, run, Ending(code, run.report.stopped if run.report else ""))
    return code


def ending_of(error: BaseException) -> Ending:
    """How a run ends that ends with this error."""
    match error:
        case KeyboardInterrupt() | click.Abort():
            return Ending(Exit.INTERRUPTED, "interrupted before any change")
        case UsageError() if error.problems:
            shown = [str(problem).partition("\n")[0] for problem in error.problems[:_PROBLEMS]]
            rest = len(error.problems) - len(shown)
            shown += [f"and {rest} more"] if rest else []
            return Ending(exit_code(error), "; ".join(shown))
        case SyncerError():
            return Ending(exit_code(error), error.message, isinstance(error, LockedError))
        case OSError():
            return Ending(Exit.FAILED, f"{error.filename or 'system'}: {error.strerror}")
        case Exception():
            return Ending(Exit.FAILED, internal_error(error).message)
        case _:
            return Ending(Exit.FAILED)


def finish(settings: Settings, command: str, run: Watched, ending: Ending) -> None:
    """Write the one line that says what the run was, and tell those who watch.

    Raises nothing: how the run ended is settled.
    """
    try:
        loaded = run.inputs.loaded if run.inputs else config_of(settings)
        facts = facts_of(command, run, ending, loaded)
        log_finished(run.log, facts)
        if loaded is not None and run.whole:
            done = concluded(run)
            failed = done.failed if done else ()
            held = held_removals(run.plan.actions) if run.plan else ()
            tell(run.log, loaded, facts, run.violations, failed, held, attended=run.attended)
    except KeyboardInterrupt:
        pass
    except Exception as error:  # noqa: BLE001  # telling is no part of the run
        run.log.event("warning", "watchers.not_told", why=internal_error(error).message)


def config_of(settings: Settings) -> LoadedConfig | None:
    """The config of a run that ended before it had one; None where it cannot be used."""
    try:
        return load_config(settings.config_path)
    except (SyncerError, OSError):
        return None


def concluded(run: Watched) -> Conclusion | None:
    """The report sorted out, None where there is none."""
    return conclude(run.report) if run.report else None


def facts_of(command: str, run: Watched, ending: Ending, loaded: LoadedConfig | None) -> RunFacts:
    """The run in numbers."""
    plan, traffic = run.plan, run.log.traffic
    held = held_removals(plan.actions) if plan else ()
    granted = loaded.config.asana.requests_per_minute if loaded else 1
    refused = run.violations if ending.code is Exit.GUARD_REFUSED else ()
    return RunFacts(
        command=command,
        tenant=name_of(loaded) if loaded else "",
        code=ending.code,
        started=run.started,
        finished=datetime.now(UTC),
        run_id=run.inputs.run_id if run.inputs else "",
        digest=run.digest,
        locked=ending.locked,
        why=ending.why,
        seconds=dict(run.log.seconds),
        planned=plan is not None,
        actions=actions_by_outcome(run),
        unknown=len(plan.unknown) if plan else 0,
        in_grace=len(plan.in_grace) if plan else 0,
        violations=Counter(one.guard for one in run.violations),
        requests=dict(traffic.methods),
        statuses=dict(traffic.statuses),
        quota_used=round(traffic.busiest_minute / granted, 4),
        refused=name_of_violations(refused),
        held=name_of_actions(held),
        held_removals=len(held),
    )


def actions_by_outcome(run: Watched) -> Counter[tuple[str, str]]:
    """How many actions of each kind came to each outcome."""
    done = concluded(run)
    if done is None:
        actions = run.plan.actions if run.plan else ()
        return Counter((one.kind, "held" if one.held else PLANNED) for one in actions)
    found = Counter[tuple[str, str]](
        (one.action.kind, str(one.outcome.result))
        for one in (*done.applied, *done.failed, *done.skipped, *done.held)
        if one.action
    )
    found.update((action.kind, NOT_STARTED) for action in done.not_started)
    return found


def log_finished(log: EventLog, facts: RunFacts) -> None:
    """The canonical line: what this run was, in one event."""
    kinds, outcomes = Counter[str](), Counter[str]()
    for (kind, outcome), number in facts.actions.items():
        kinds[kind] += number
        outcomes[outcome] += number
    known = {
        "digest": facts.digest,
        "actions": dict(sorted(kinds.items())),
        "outcomes": {str(name): outcomes[name] for name in OUTCOMES[facts.command]},
        "unknown": facts.unknown,
        "in_grace": facts.in_grace,
        "violations": dict(facts.violations),
    }
    log.event(
        "info",
        "run.finished",
        run=facts.run_id,
        tenant=facts.tenant,
        exit=int(facts.code),
        **({"why": facts.why} if facts.why else {}),
        **(known if facts.planned else {}),
        requests=dict(facts.requests),
        statuses=dict(facts.statuses),
        quota_used=facts.quota_used,
        seconds=dict(facts.seconds),
        total_seconds=round((facts.finished - facts.started).total_seconds(), 3),
    )
