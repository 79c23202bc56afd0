"""What Asana and the plan say of one person, as text: teams, match, actions, guards, grace."""

from collections.abc import Sequence

from syncer.core.guards import called
from syncer.core.planning.holding import spoken
from syncer.core.tracing.trace import Match, Planned, Remembered, TeamSeen, UserSeen
from syncer.model.actions import Action, ChangeMembers
from syncer.model.drift import Drift
from syncer.model.plan import Plan
from syncer.model.state import MANAGER
from syncer.render.action_text import context_of, put_entries
from syncer.render.characters import value
from syncer.render.drift_text import put_by_verdict
from syncer.render.layout import Sheet, Style
from syncer.render.remainder_text import due, put_notice
from syncer.render.sections import Kind, Section, second_steps, sections
from syncer.render.why_directory import FACTS, SHOWN
from syncer.render.wording import counted


def put_teams(sheet: Sheet, teams: Sequence[TeamSeen], others: Sequence[str]) -> None:
    """The managed teams that want the person or have the person, and what becomes of it."""
    if not teams and not others:
        return
    sheet.heading("Teams")
    for team in teams:
        joins, leaves = team.outcome.startswith("joins"), team.outcome.startswith("leaves")
        symbol = "+" if joins else "-" if leaves else "="
        style = Style.CREATION if joins else Style.REMOVAL if leaves else Style.PLAIN
        head = f"{value(team.team)}: {team.outcome}"
        sheet.entry(symbol, head, str(team.origin), indent=2, style=style)
        wanted = "wanted" if team.wanted else "not wanted"
        sheet.put(f"{wanted}: {team.why}" if team.why else wanted, indent=6, hang=8)
        if team.frozen:
            sheet.put(f"frozen: {team.frozen}", indent=6, hang=8, style=Style.WARNING)
    if others:
        names = [value(name) for name in others[:SHOWN]]
        if len(others) > SHOWN:
            names.append(f"and {len(others) - SHOWN:,} more")
        sheet.put("neither wanted nor a member:", indent=2)
        sheet.listed(".", names, indent=4, column=6)


def put_match(sheet: Sheet, match: Match, *, in_directory: bool) -> None:
    """Who the person is in Asana, by what, and who else could be."""
    sheet.heading("Asana")
    if match.user is not None:
        if match.by:
            sheet.labelled("matched by", match.by, indent=2, column=FACTS)
        put_user(sheet, match.user)
    elif not match.candidates and not match.doubt:
        sheet.put("no user of Asana has this directory key or address", indent=2, hang=4)
    if match.doubt:
        sheet.put(f"in doubt: {match.doubt}", indent=2, hang=4, style=Style.WARNING)
        if match.hint:
            sheet.put(f"hint: {match.hint}", indent=4, hang=10)
    if match.candidates:
        count = counted(len(match.candidates), "user")
        sheet.put(f"{count} could be meant, and none is touched:", indent=2, hang=4)
        for user in match.candidates:
            put_user(sheet, user)
    elif match.user is None and in_directory and match.doubt:
        sheet.put("no user of Asana is touched", indent=2)


def put_user(sheet: Sheet, user: UserSeen) -> None:
    """One user as Asana listed it."""
    state = "active" if user.active else "deprovisioned"
    sheet.entry("*", value(user.user_name), f"id {user.scim_id}", indent=2, style=Style.PLAIN)
    sheet.labelled("state", state, indent=6, column=4 + FACTS)
    if user.license is not None:
        sheet.labelled("userType", value(user.license), indent=6, column=4 + FACTS)
    for name, text in user.attributes.items():
        shown = value(text)
        if name == MANAGER and user.manager and user.manager != text:
            shown = f"{shown} ({value(user.manager)})"
        sheet.labelled(name, shown, indent=6, column=4 + FACTS)


def put_plan(sheet: Sheet, planned: Planned) -> None:
    """The actions about the person as the plan shows them, and what else it says."""
    sheet.heading("Plan")
    actions = (*planned.actions, *planned.members)
    if not actions:
        sheet.put("no action is about this person", indent=2)
    put_actions(sheet, [action for action in actions if not action.held])
    put_actions(sheet, [action for action in actions if action.held])
    for unknown in planned.unknown:
        sheet.put(f"unknown: {unknown.reason}", indent=2, hang=4, style=Style.WARNING)
        if unknown.hint:
            sheet.put(f"hint: {unknown.hint}", indent=4, hang=10)
    for work in planned.manual:
        sheet.put(f"by hand: {work.what}", indent=2, hang=4)
        sheet.put(f"why: {work.reason}", indent=4, hang=9)
    for notice in planned.notices:
        put_notice(sheet, [notice])
    put_guards(sheet, planned)


def put_actions(sheet: Sheet, actions: Sequence[Action]) -> None:
    """Actions that all run, or all wait, by their kind."""
    held = any(action.held for action in actions)
    context = context_of(Plan(actions=tuple(actions)), held=held)
    for section in sections(actions):
        if section.kind in {Kind.ADD_MEMBERS, Kind.REMOVE_MEMBERS}:
            put_memberships(sheet, section)
            continue
        remark = " (cannot be undone)" if section.irreversible else ""
        sheet.put(f"{section.kind.verb.removesuffix(' of')}{remark}", indent=2, style=Style.STRONG)
        put_entries(sheet, section, context, indent=4)
        for action in section.actions:
            put_waiting(sheet, action)
    for step in second_steps(actions).values():
        put_waiting(sheet, step)


def put_memberships(sheet: Sheet, section: Section) -> None:
    """The teams that the person joins, or those that the person leaves."""
    joins = section.kind is Kind.ADD_MEMBERS
    sheet.put("Add to teams" if joins else "Remove from teams", indent=2, style=Style.STRONG)
    for action in section.actions:
        if isinstance(action, ChangeMembers):
            place = str(action.origin) if action.origin else ""
            symbol, style = section.kind.symbol, section.kind.style
            sheet.entry(symbol, value(action.team), place, indent=4, style=style)
            for member in action.add if joins else action.remove:
                if member.reason:
                    sheet.put(f"why: {member.reason}", indent=8, hang=13)
            put_waiting(sheet, action)


def put_waiting(sheet: Sheet, action: Action) -> None:
    """What an action waits for, and what holds it."""
    if action.held:
        sheet.put(f"held: {action.held}", indent=8, hang=14, style=Style.WARNING)
    for ref in action.depends_on:
        sheet.put(f"after: {spoken(ref)}", indent=8, hang=15)


def put_guards(sheet: Sheet, planned: Planned) -> None:
    """The guards that what is planned for the person breaks."""
    for violation in planned.violations:
        text = f"{called(violation.guard)}: {violation.message}"
        sheet.put(text, indent=2, hang=4, style=Style.WARNING)
        sheet.put(violation.remedy, indent=4)
    own = {violation.guard for violation in planned.violations}
    for guard in planned.refused_by:
        if guard not in own:
            text = f"{called(guard)}, about other people, refuses the whole run"
            sheet.put(text, indent=2, hang=4, style=Style.WARNING)


def put_drifted(sheet: Sheet, drift: Sequence[Drift]) -> None:
    """What somebody changed in Asana about the person, when there is anything."""
    if drift:
        since = min(one.at for one in drift)[:10]
        sheet.heading(f"Drift: {counted(len(drift), 'change')}", f"made in Asana since {since}")
        put_by_verdict(sheet, drift)


def put_ledger(sheet: Sheet, memory: Remembered) -> None:
    """Since when the person has been absent, and when the time has come."""
    sheet.heading("Ledger")
    if not memory.ledger:
        sheet.put("there is no ledger: no earlier run is remembered", indent=2, hang=4)
    else:
        seen = "the directory had this person before" if memory.seen else "nothing"
        sheet.labelled("remembers", seen, indent=2, column=FACTS)
    if memory.scim_id is not None:
        sheet.labelled("id in Asana", value(memory.scim_id), indent=2, column=FACTS)
    if memory.absent_since is not None:
        runs = counted(memory.absent_runs, "run")
        text = f"since {memory.absent_since}, in {runs}"
        sheet.labelled("absent", text, indent=2, column=FACTS)
    if memory.grace is not None:
        grace = memory.grace
        text = due(grace.absent_since, grace.due_on, grace.runs_left)
        sheet.labelled("in grace", text, indent=2, column=FACTS)
    if memory.protected_by:
        sheet.labelled("protected", memory.protected_by, indent=2, column=FACTS)
