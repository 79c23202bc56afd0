"""The top of a plan: totals in words, what the guards say, and who is left alone."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Final

from syncer.core.guards import NEVER
from syncer.core.policing.vocabulary import WEEKDAYS
from syncer.model.actions import ChangeMembers
from syncer.model.plan import Counts, Facts, Plan, Violation
from syncer.render.characters import harmless, width
from syncer.render.doubts import doubted
from syncer.render.drift_text import total
from syncer.render.guard_text import broken, concerning
from syncer.render.layout import Sheet, Style
from syncer.render.sections import REMOVALS, Kind, Section, irreversible, sections
from syncer.render.wording import agree, counted, listed, short_digest

LABELS = 12
"""The column at which the totals stand."""

ADDITIONS = frozenset({Kind.CREATE, Kind.CREATE_TEAM})

_ROWS: Final = {
    "remove": (Kind.DEACTIVATE, Kind.DOWNGRADE, Kind.REMOVE_MEMBERS),
    "create": (Kind.CREATE, Kind.CREATE_TEAM),
    "change": (Kind.UPDATE, Kind.RENAME, Kind.LICENSE, Kind.REACTIVATE, Kind.RENAME_TEAM),
    "add": (Kind.ADD_MEMBERS,),
}
_NOUNS: Final = {
    Kind.DEACTIVATE: "deactivation",
    Kind.DOWNGRADE: "downgrade",
    Kind.RENAME: "address",
    Kind.LICENSE: "licence",
    Kind.REACTIVATE: "reactivation",
    Kind.RENAME_TEAM: "team name",
}


def put_summary(sheet: Sheet, plan: Plan, digest: str, unresolved: Sequence[Violation]) -> None:
    """Headline, verdict with every violation and its remedy, and the totals."""
    verdict(sheet, plan, digest, unresolved)
    put_violations(sheet, plan, digest, unresolved)
    sheet.blank()
    for label, parts in totals(plan):
        sheet.listed(label, parts, indent=2, column=LABELS)


def verdict(sheet: Sheet, plan: Plan, digest: str, unresolved: Sequence[Violation]) -> None:
    """Headline and verdict: what a person reads who reads nothing else."""
    line = f"Plan {short_digest(digest)}: {headline(plan)}"
    final = irreversible(plan)
    undone = f"{final:,} cannot be undone."
    if not final:
        sheet.put(f"{line}.", hang=2, style=Style.STRONG)
    elif width(harmless(f"{line}; {undone}")) <= sheet.columns:
        sheet.put(f"{line}; {undone}", style=Style.STRONG)
    else:  # a warning is not broken in the middle
        sheet.put(f"{line};", hang=2, style=Style.STRONG)
        sheet.put(undone, indent=2, style=Style.STRONG)
    text, style = judgement(plan, unresolved)
    sheet.put(text, hang=2, style=style)
    if plan.guards_off:
        classes = listed(plan.guards_off)
        word = agree(len(plan.guards_off), "This guard is", "These guards are")
        sheet.put(f"{word} switched off in the config: {classes}.", hang=2, style=Style.WARNING)


def headline(plan: Plan) -> str:
    """All actions in a line: `5 removals, 7 creates, 12 updates`."""
    found = sections(plan.runnable)
    if not found:
        return f"nothing to do{_idle(plan)}"
    removed = _sum(found, REMOVALS)
    created = _sum(found, ADDITIONS)
    added = _sum(found, {Kind.ADD_MEMBERS})
    updated = _sum(found, set(Kind) - REMOVALS - ADDITIONS - {Kind.ADD_MEMBERS})
    parts = [
        counted(number, noun)
        for number, noun in ((removed, "removal"), (created, "create"), (updated, "update"))
        if number
    ]
    if added:
        parts.append(f"{counted(added, 'member')} added")
    if not parts:
        parts.append("no visible change")
    return ", ".join(parts)


def _idle(plan: Plan) -> str:
    """What a plan without actions leaves open: to say that all is well would hide it."""
    unknown = doubted(plan)
    parts = (
        (plan.held, f"{counted(len(plan.held), 'action')} held"),
        (unknown, f"{unknown:,} unknown"),
        (plan.in_grace, f"{len(plan.in_grace):,} in grace"),
        (plan.manual, f"{len(plan.manual):,} by hand"),
    )
    told = [text for there, text in parts if there]
    if not told:
        return ": Asana is as the directory asks"
    return f"{' for those we know' if unknown else ''}; {', '.join(told)}"


def judgement(plan: Plan, unresolved: Sequence[Violation]) -> tuple[str, Style]:
    """What the guards say, in one sentence."""
    if refusing := [violation for violation in unresolved if not waits(plan, violation)]:
        text = f"REFUSED by {broken(refusing)}: apply would change nothing (exit 3)."
        return text, Style.WARNING
    if unresolved:
        refs = {ref for violation in unresolved for ref in violation.refs}
        number = len(plan.held) or sum(action.ref in refs for action in plan.actions)
        waiting, wait = counted(number, "action"), agree(number, "waits", "wait")
        text = f"HELD by {broken(unresolved)}: {waiting} {wait}, the rest may proceed (exit 6)."
        return text, Style.WARNING
    if plan.violations:
        by = broken(plan.violations, named=False)
        return f"Guards pass: what {by} would refuse was accepted.", Style.STRONG
    return "Guards pass.", Style.GOOD


def waits(plan: Plan, violation: Violation) -> bool:
    """Whether this violation holds its own actions back instead of refusing the plan."""
    refs = set(violation.refs)
    going = (
        action
        for action in plan.runnable
        # Of a held change of members the additions go on under the same ref.
        if action.ref in refs
        and (
            not isinstance(action, ChangeMembers) or action.remove or action.ref in violation.whole
        )
    )
    by_rule = (violation.on_violation or plan.on_violation) == "hold"
    return by_rule or (bool(refs) and next(going, None) is None)


def put_violations(sheet: Sheet, plan: Plan, digest: str, unresolved: Sequence[Violation]) -> None:
    """Each violation with its numbers, and for an open one what a person can do about it."""
    if not plan.violations:
        return
    sheet.blank()
    for violation in plan.violations:
        still = violation in unresolved
        name = violation.guard
        if violation.subject and violation.subject not in violation.message:
            name = f"{name}, {violation.subject}"
        accepted = "" if still else " (accepted)"
        style = Style.WARNING if still else Style.PLAIN
        sheet.put(f"{name}: {violation.message}{accepted}", indent=2, hang=4, style=style)
        if concerned := concerning(plan, violation):
            sheet.put(concerned, indent=4, hang=6)
        if still:
            sheet.put(violation.remedy, indent=4)
    if unresolved and NEVER.isdisjoint(violation.guard for violation in unresolved):
        sheet.put(
            f"To accept exactly this plan and no other: --approve {short_digest(digest)}", indent=2
        )


def totals(plan: Plan) -> Iterator[tuple[str, tuple[str, ...]]]:
    """The labelled lines under the verdict; only those that have something to say."""
    found = {section.kind: section for section in sections(plan.runnable)}
    final = irreversible(plan)
    rows: dict[str, Iterable[str]] = {
        "tenant": (plan.tenant,),
        **{label: (text,) for label, text in policed(plan)},
        **{label: _phrases(found, kinds) for label, kinds in _ROWS.items()},
        "(!)": (f"{final:,} cannot be undone over SCIM",) if final else (),
        "held": (f"{counted(len(plan.held), 'action')}, see Held",) if plan.held else (),
        "by hand": (f"{counted(len(plan.manual), 'task')} in Asana's admin console",)
        if plan.manual
        else (),
        "drift": total(plan),
        "untouched": untouched(plan.counts, doubted(plan)),
        "people": population(plan.facts),
    }
    for label, parts in rows.items():
        if told := tuple(part for part in parts if part):
            yield label, told


def policed(plan: Plan) -> Iterator[tuple[str, str]]:
    """Which policies were asked when, and with which labels."""
    if plan.policed is None:
        return
    if plan.policed.policies:
        moment = _moment(plan.policed.at)
        number = counted(len(plan.policed.policies), "policy")
        yield "policy", f"{number} asked on {moment} ({plan.policed.timezone})"
    if plan.policed.labels:
        yield "labels", ", ".join(plan.policed.labels)


def _moment(text: str) -> str:
    """The moment with its weekday; as it stands where somebody made something else of it."""
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        return text
    return f"{WEEKDAYS[at.weekday()]}, {at:%Y-%m-%d %H:%M}"


def _phrases(found: Mapping[Kind, Section], kinds: Sequence[Kind]) -> Iterator[str]:
    return (phrase(found[kind]) for kind in kinds if kind in found)


def phrase(section: Section) -> str:
    """The size of a section in words: `2 deactivations (!)`, `9 members to 3 teams`."""
    text = counted(section.size, _NOUNS.get(section.kind, section.kind.noun))
    teams = counted(len(section.actions), "team")
    if section.kind is Kind.REMOVE_MEMBERS:
        return f"{text} from {teams}"
    if section.kind is Kind.ADD_MEMBERS:
        return f"{text} to {teams}"
    return f"{text} (!)" if section.irreversible else text


def untouched(counts: Counts, unknown: int) -> Iterator[str]:
    """Who needs nothing, and why."""
    named = (
        (counts.unchanged, "unchanged"),
        (counts.excluded, "excluded by scope"),
        (counts.inactive, "inactive"),
        (counts.unmanaged, "not managed"),
        (counts.protected, "protected"),
        (unknown, "unknown"),
        (counts.in_grace, "in grace"),
        (counts.invited, "invited"),
    )
    yield from (f"{number:,} {word}" for number, word in named if number)
    if counts.teams_unchanged:
        yield f"{counted(counts.teams_unchanged, 'team')} unchanged"


def population(facts: Facts) -> Iterator[str]:
    """The sizes that tell a plausible plan from a mistaken one."""
    if not (facts.current_users or facts.desired_users):
        return
    yield f"{facts.current_users:,} active in Asana"
    yield f"{facts.managed_users:,} of them managed"
    yield f"{facts.desired_users:,} wanted by the directory"
    if facts.recent_deactivations and facts.window_days:
        days = counted(facts.window_days, "day")
        yield f"{facts.recent_deactivations:,} deactivated in the last {days}"


def _sum(found: Sequence[Section], kinds: frozenset[Kind] | set[Kind]) -> int:
    return sum(section.size for section in found if section.kind in kinds)
