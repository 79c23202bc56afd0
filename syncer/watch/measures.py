"""The numbers of a run by their names in Prometheus. Plain data; imports no library for it."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, get_args

from syncer.model.actions import REVERSIBLE
from syncer.model.outcome import Result
from syncer.model.policy.limits import GuardClass
from syncer.model.watching import NOT_STARTED, PLANNED, RunFacts

OUTCOMES: Final[Mapping[str, Sequence[str]]] = {
    "plan": (PLANNED, Result.HELD),
    "apply": (*Result, NOT_STARTED),
}

_STATUSES: Final = ("200", "429")
"""Shown at 0 too, so that the first of them is a rise that a rule can see."""

Values = Iterable[tuple[tuple[str, ...], float]]
"""The labels that tell values of a measure apart, and each value."""


@dataclass(frozen=True, slots=True)
class Measure:
    """One measure: its name, what it says, and its values, each with its labels."""

    name: str
    text: str
    values: tuple[tuple[Mapping[str, str], float], ...]


def measures(facts: RunFacts, version: str) -> tuple[Measure, ...]:
    """Every measure of this run, each value with the labels `tenant` and `command`.

    All are gauges: a batch job has a last run, and nothing that grows for ever. What a run knows
    nothing of is not among them, so that it stays what it was: when one last succeeded, and what
    the last plan held.
    """
    return (
        *_of_the_run(_Series(facts), facts, version),
        *(_of_the_plan(_Series(facts), facts) if facts.planned else ()),
    )


class _Series:
    """Makes measures that have the labels of this run."""

    def __init__(self, facts: RunFacts) -> None:
        self._labels = {"tenant": facts.tenant, "command": facts.command}

    def one(self, name: str, text: str, value: float, **labels: str) -> Measure:
        """A measure of one value."""
        return Measure(f"syncer_{name}", text, (({**self._labels, **labels}, value),))

    def by(self, name: str, text: str, values: Values, *keys: str) -> Measure:
        """A measure with a value for each of these labels."""
        labelled = (
            ({**self._labels, **dict(zip(keys, key, strict=True))}, value) for key, value in values
        )
        return Measure(f"syncer_{name}", text, tuple(labelled))


def _of_the_run(series: _Series, facts: RunFacts, version: str) -> Iterator[Measure]:
    finished = facts.finished.timestamp()
    lasted = (facts.finished - facts.started).total_seconds()
    yield series.one("build_info", "The version of syncer that ran last.", 1, version=version)
    yield series.one("last_run_timestamp_seconds", "When the last run ended.", finished)
    if facts.succeeded:
        text = "When a run last did what it should."
        yield series.one("last_success_timestamp_seconds", text, finished)
    yield series.one("last_run_exit_code", "The exit code of the last run.", int(facts.code))
    yield series.one("last_run_duration_seconds", "How long the last run took.", lasted)
    stages = {(stage,): spent for stage, spent in facts.seconds.items()}
    text = "How long each stage of the last run took."
    yield series.by("last_run_stage_duration_seconds", text, stages.items(), "stage")
    statuses = {(status,): 0.0 for status in _STATUSES}
    statuses |= {(status,): float(sent) for status, sent in sorted(facts.statuses.items())}
    text = "Requests of the last run to Asana by HTTP status; none is no answer."
    yield series.by("last_run_requests", text, statuses.items(), "status")
    text = "The part of a minute's quota that the last run took in its busiest minute."
    yield series.one("last_run_quota_used_ratio", text, facts.quota_used)


def _of_the_plan(series: _Series, facts: RunFacts) -> Iterator[Measure]:
    kinds = {(kind, what): 0.0 for kind in REVERSIBLE for what in OUTCOMES[facts.command]}
    kinds |= {key: float(number) for key, number in facts.actions.items()}
    finished = facts.finished.timestamp()
    yield series.one("last_plan_timestamp_seconds", "When there last was a plan.", finished)
    text = "Actions of the last plan by kind and by what became of them."
    yield series.by("last_plan_actions", text, kinds.items(), "kind", "outcome")
    text = "Actions of the last plan that wait for a person and take something away."
    yield series.one("last_plan_held_removals", text, facts.held_removals)
    text = "People and teams that the last plan left alone for doubt."
    yield series.one("last_plan_unknown", text, facts.unknown)
    text = "Leavers of the last plan who are not due yet."
    yield series.one("last_plan_in_grace", text, facts.in_grace)
    guards = {(guard,): 0.0 for guard in get_args(GuardClass)}
    guards |= {(guard,): float(number) for guard, number in facts.violations.items()}
    text = "Limits that the last plan broke and nobody accepted, by guard."
    yield series.by("last_plan_violations", text, guards.items(), "guard")
