"""Whether all is well with the runs of a schedule, and what to do when it is not."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Final

from syncer.model.health import (
    Fault,
    Health,
    HealthLimits,
    HealthVerdict,
    RunAtWork,
    RunEnd,
    RunHistory,
    Trouble,
)

CLOCK_SLACK: Final = timedelta(minutes=5)
"""Clocks of two machines may differ by so much without anybody being told."""

_HOUR: Final = timedelta(hours=1)
_LONG: Final = timedelta(hours=72)


def judge_health(
    history: RunHistory,
    at_work: RunAtWork | None,
    faults: Sequence[Fault],
    now: datetime,
    limits: HealthLimits,
) -> Health:
    """The verdict: well is only what a good run within `limits.age` proves, with nothing broken
    or left half done since. `faults` are why the next run could not write what it must."""
    age = max(now - history.good.at, timedelta()) if history.good else None
    troubles = (
        *_of_the_state((*history.faults, *faults)),
        *_of_the_lock(at_work, now, limits.run),
        *_of_a_run_cut_short(history, at_work, now),
        *_of_the_last_good(history, age, limits.age),
    )
    return Health(
        troubles=troubles,
        sentence=_when(history, age),
        notes=(*_of_the_last(history, at_work), *_of_a_run_at_work(at_work), *history.notes),
        age=age,
        limits=limits,
        history=history,
        at_work=at_work,
    )


def _of_the_state(faults: Sequence[Fault]) -> Iterator[Trouble]:
    for fault in dict.fromkeys(faults):
        sentence = f"the next run cannot begin: {fault.message}"
        yield Trouble(verdict=HealthVerdict.STATE, sentence=sentence, hint=fault.remedy)


def _of_the_lock(at_work: RunAtWork | None, now: datetime, most: timedelta) -> Iterator[Trouble]:
    if at_work is None or now - at_work.since <= most:
        return
    yield Trouble(
        verdict=HealthVerdict.STUCK,
        sentence=f"{at_work.name} has been at work for {_span(now - at_work.since)}; "
        f"{_span(most)} are allowed",
        hint="if its log stands still, end that process with SIGTERM: it finishes what is in "
        "flight, and the lock goes with it",
    )


def _of_a_run_cut_short(
    history: RunHistory, at_work: RunAtWork | None, now: datetime
) -> Iterator[Trouble]:
    last = history.last
    if last is None or not last.cut_short or at_work is not None:
        return
    if _is_past(last, history):
        return
    ended = "was interrupted" if last.status else "was killed"
    hint = "run 'syncer apply' again: it goes on from what is there"
    if last.at > now + CLOCK_SLACK:
        # Against the clock no run comes after it, whatever has been done since.
        hint = f"{hint}; then move that journal away, whose time has not come yet"
    yield Trouble(
        verdict=HealthVerdict.INTERRUPTED,
        sentence=f"run {last.run_id} {ended} ({_instant(last.at)}), and no run has gone on from "
        "there",
        hint=hint,
    )


def _of_the_last_good(
    history: RunHistory, age: timedelta | None, most: timedelta
) -> Iterator[Trouble]:
    if age is not None:
        if age > most:
            sentence = f"{_when(history, age)}; {_span(most)} are allowed"
            hint = _remedy(history)
            yield Trouble(verdict=HealthVerdict.OVERDUE, sentence=sentence, hint=hint)
        return
    if history.faults:
        return  # what cannot be read is no proof that there was none
    if ahead := history.ahead:
        yield Trouble(
            verdict=HealthVerdict.CLOCK,
            sentence=f"the only good run, {ahead.run_id}, began at {_instant(ahead.at)}: not come "
            "yet",
            hint="set the clock of this machine, or of the one that ran it, and run again",
        )
        return
    sentence, hint = _when(history, age), _remedy(history)
    yield Trouble(verdict=HealthVerdict.NEVER, sentence=sentence, hint=hint)


def _when(history: RunHistory, age: timedelta | None) -> str:
    good = history.good
    if good is None or age is None:
        return "there was no good run yet"
    return f"the last good run began {_span(age)} ago ({_instant(good.at)}, run {good.run_id})"


def _remedy(history: RunHistory) -> str:
    last = history.last
    if last is None or (history.good is not None and last.at <= history.good.at):
        return (
            "see in the log of the scheduler whether it starts 'syncer apply', and how that ends; "
            "'ledger' and 'journal' in the config must lead to the same files there and here"
        )
    return f"see what happened with 'syncer show' and the journal of run {last.run_id}"


def _of_the_last(history: RunHistory, at_work: RunAtWork | None) -> Iterator[str]:
    last = history.last
    if last is None or _is_past(last, history):
        return
    if not last.status and at_work is not None:
        return  # it is the run at work, or the run at work goes on from there
    if said := _ending(last):
        yield f"the last run, {last.run_id}, {said}"


def _of_a_run_at_work(at_work: RunAtWork | None) -> Iterator[str]:
    if at_work is not None:
        yield f"{at_work.name} is at work since {_instant(at_work.since)}"


def _is_past(last: RunEnd, history: RunHistory) -> bool:
    """Whether the ledger knows of a later run, whose journal somebody has moved away.

    The ledger notes parts of a second, the name of a journal does not.
    """
    good = history.good
    return (
        good is not None
        and last.run_id != good.run_id
        and last.at < good.at.replace(microsecond=0)
    )


def _ending(last: RunEnd) -> str:
    """How a run ended of which there is more to say than that all went well."""
    counts = {"failed": last.failed, "skipped": last.skipped, "held back": last.held}
    told = ", ".join(
        f"{number:,} {'action' if number == 1 else 'actions'} {what}"
        for what, number in counts.items()
        if number
    )
    if not last.status:
        return "has no end"
    if last.status == "complete":
        return f"ended with {told}" if told else ""
    early = f"ended early: {last.stopped or last.status}"
    return f"{early}; {told}" if told else early


def _span(span: timedelta) -> str:
    if span < _HOUR:
        minutes = int(span / timedelta(minutes=1))
        if not minutes:
            return "less than a minute"
        return "1 minute" if minutes == 1 else f"{minutes} minutes"
    if span < _LONG:
        hours = round(span / _HOUR, 1)
        return "1 hour" if hours == 1 else f"{hours:g} hours"
    return f"{span.days} days"


def _instant(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M} UTC"
