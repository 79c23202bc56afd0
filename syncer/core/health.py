"""Whether the last good run is recent enough, and what to do when it is not."""

from datetime import datetime, timedelta
from typing import Final

from syncer.model.health import Health, HealthVerdict, RunEnd, RunHistory

CLOCK_SLACK: Final = timedelta(minutes=5)
"""Clocks of two machines may differ by so much without anybody being told."""

_HOUR: Final = timedelta(hours=1)
_LONG: Final = timedelta(hours=72)


def judge_health(history: RunHistory, now: datetime, max_age: timedelta) -> Health:
    """The verdict on these runs: well is only what a good run within `max_age` proves."""
    age = max(now - history.good.at, timedelta()) if history.good else None
    verdict, sentence, hint = _judged(history, age, max_age)
    return Health(
        verdict=verdict,
        sentence=sentence,
        hint=hint,
        notes=(*_of_the_last(history), *history.notes),
        age=age,
        max_age=max_age,
        history=history,
    )


def _judged(
    history: RunHistory, age: timedelta | None, max_age: timedelta
) -> tuple[HealthVerdict, str, str]:
    good, ahead = history.good, history.ahead
    if history.fault:
        return HealthVerdict.STATE, f"the next run cannot begin: {history.fault}", history.remedy
    if good is not None and age is not None:
        when = f"began {_span(age)} ago ({_instant(good.at)}, run {good.run_id})"
        if age <= max_age:
            return HealthVerdict.HEALTHY, f"the last good run {when}", ""
        sentence = f"the last good run {when}; {_span(max_age)} are allowed"
        return HealthVerdict.OVERDUE, sentence, _remedy(history)
    if ahead is not None:
        return (
            HealthVerdict.CLOCK,
            f"the only good run, {ahead.run_id}, began at {_instant(ahead.at)}: not come yet",
            "set the clock of this machine, or of the one that ran it, and run again",
        )
    return HealthVerdict.NEVER, "there was no good run yet", _remedy(history)


def _remedy(history: RunHistory) -> str:
    last = history.last
    if last is None or (history.good is not None and last.at <= history.good.at):
        return (
            "see in the log of the scheduler whether it starts 'syncer apply', and how that ends; "
            "'ledger' and 'journal' in the config must lead to the same files there and here"
        )
    if not last.status:
        return "if it is not at work, run 'syncer apply' again: it goes on from what is there"
    return f"see what happened with 'syncer show' and the journal of run {last.run_id}"


def _of_the_last(history: RunHistory) -> tuple[str, ...]:
    last, good = history.last, history.good
    if last is None or (good is not None and last.at < good.at and last.run_id != good.run_id):
        return ()
    said = _ending(last)
    return (f"the last run, {last.run_id}, {said}",) if said else ()


def _ending(last: RunEnd) -> str:
    """How a run ended of which there is more to say than that all went well."""
    counts = {"failed": last.failed, "skipped": last.skipped, "held back": last.held}
    told = ", ".join(
        f"{number:,} {'action' if number == 1 else 'actions'} {what}"
        for what, number in counts.items()
        if number
    )
    if not last.status:
        return "has no end: it is at work, or it was killed"
    if last.status == "complete":
        return f"ended with {told}" if told else ""
    early = f"ended early: {last.stopped or last.status}"
    return f"{early}; {told}" if told else early


def _span(span: timedelta) -> str:
    if span < _HOUR:
        minutes = int(span / timedelta(minutes=1))
        return "1 minute" if minutes == 1 else f"{minutes} minutes"
    if span < _LONG:
        hours = round(span / _HOUR, 1)
        return "1 hour" if hours == 1 else f"{hours:g} hours"
    return f"{span.days} days"


def _instant(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M} UTC"
