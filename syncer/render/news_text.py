"""A notification: a title of one line, and a short summary in Markdown for whoever was not there.

It is read in Slack, in Teams, in an e-mail and on a telephone. So it uses the little of Markdown
that all of them have, and what a directory or a server may have written stands as code, where
nobody is mentioned and nothing is obeyed.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, TypeVar

from syncer.model.actions import Action
from syncer.model.exits import Exit
from syncer.model.outcome import Result
from syncer.model.plan import Violation
from syncer.model.policy.watching import Topic
from syncer.model.watching import NOT_STARTED, PLANNED, RunFacts
from syncer.render.blocks import grouped
from syncer.render.characters import harmless
from syncer.render.conclusion import MEANINGS, NEXT, VERBS, Done, described
from syncer.render.markup import masked
from syncer.render.sections import subject
from syncer.render.wording import counted, short_digest

Entry = TypeVar("Entry")

SHOWN: Final = 10
"""Entries of a list; the whole of it is in the plan and in the report."""

LONGEST: Final = 300
"""Characters of one entry: a server may have put a page into its refusal."""

_BROKEN: Final = str.maketrans({"`": "'", "<": "\u2039", ">": "\u203a"})  # would end the code

_OUTCOMES: Final = (PLANNED, *Result, NOT_STARTED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """What there is to tell: of which `topics`, and the run that they are about.

    `quiet_since` is when a run last succeeded. `mask` hides the local part of every address.
    """

    topics: tuple[Topic, ...]
    facts: RunFacts
    quiet_since: datetime
    violations: Sequence[Violation] = ()
    failed: Sequence[Done] = ()
    held: Sequence[Action] = ()
    mask: bool = True

    @property
    def good(self) -> bool:
        """Whether it tells of nothing that somebody has to do."""
        return self.topics == ("recovery",)


def news_title(letter: Letter) -> str:
    """What happened where, in one line of plain text."""
    facts = letter.facts
    tenant = _plain(facts.tenant, letter)
    return f"syncer {facts.command}, {tenant}: {_topic(letter.topics[0], letter)}"


def news_markdown(letter: Letter) -> str:
    """The summary: what is new, why, what it is about, and what to do."""
    facts = letter.facts
    lines = [f"**{_topic(topic, letter)}** (exit {int(facts.code)})" for topic in letter.topics]
    if facts.why and facts.code is not Exit.GUARD_REFUSED:
        lines.append(f"Why: {_code(facts.why, letter)}")
    broken = counted(len(letter.violations), "broken limit")
    lines += _list(broken, letter.violations, _violation, letter)
    failed = counted(len(letter.failed), "failed action")
    lines += _list(failed, letter.failed, _failure, letter)
    if "held" in letter.topics or "refused" in letter.topics:
        for group in grouped(letter.held, lambda action: action.held):
            title = f"{counted(len(group), 'held removal')}, {_code(group[0].held, letter)}"
            lines += _list(title, group, _waiting, letter)
    lines += [text] if (text := "; ".join(_totals(facts))) else []
    lines += [f"Next: {NEXT[facts.code]}"] if not letter.good and facts.code in NEXT else []
    return "\n\n".join((*lines, _signed(facts))) + "\n"


def _topic(topic: Topic, letter: Letter) -> str:
    facts = letter.facts
    match topic:
        case "recovery":
            return "it works again"
        case "held":
            number = len(letter.held)
            return (
                f"{counted(number, 'removal')} {'waits' if number == 1 else 'wait'} for a person"
            )
        case "overdue":
            hours = (facts.finished - letter.quiet_since).total_seconds() // 3600
            return f"nothing has succeeded for {counted(int(hours), 'hour')}"
        case _:
            return MEANINGS[facts.code]


def _list(
    title: str, entries: Sequence[Entry], say: Callable[[Entry], str], letter: Letter
) -> Iterator[str]:
    if not entries:
        return
    lines = [f"- {_code(say(entry), letter)}" for entry in entries[:SHOWN]]
    if rest := len(entries) - len(lines):
        lines.append(f"- and {rest:,} more")
    yield f"{title}:"
    yield "\n".join(lines)


def _violation(violation: Violation) -> str:
    about = f" {violation.subject}" if violation.subject else ""
    return f"{violation.guard}{about}: {violation.message}; {violation.remedy}"


def _failure(done: Done) -> str:
    return f"{described(done)}: {done.outcome.detail}"


def _waiting(action: Action) -> str:
    return f"{VERBS[action.kind]} {subject(action)}"


def _totals(facts: RunFacts) -> Iterator[str]:
    for outcome in _OUTCOMES:
        number = sum(count for (_, what), count in facts.actions.items() if what == outcome)
        if number:
            yield f"{number:,} {outcome.replace('_', ' ')}"
    if facts.unknown:
        yield f"{facts.unknown:,} unknown"
    if facts.in_grace:
        yield f"{facts.in_grace:,} in grace"


def _signed(facts: RunFacts) -> str:
    run = f"run {facts.run_id}, " if facts.run_id else ""
    plan = f"plan {short_digest(facts.digest)}, " if facts.digest else ""
    return f"{run}{plan}{facts.finished:%Y-%m-%d %H:%M} UTC"


def _plain(text: str, letter: Letter) -> str:
    return harmless(masked(text) if letter.mask else text)


def _code(text: str, letter: Letter) -> str:
    shown = _plain(text, letter).translate(_BROKEN)
    cut = shown if len(shown) <= LONGEST else f"{shown[: LONGEST - 3]}..."
    return f"`{cut}`"
