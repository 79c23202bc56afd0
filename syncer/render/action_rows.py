"""Actions as rows of a page: what is read at once, and what opening one adds."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from syncer.core.guards import NEVER
from syncer.model.actions import REVERSIBLE, Action, ChangeMembers, Member, RenameTeam, UpdateUser
from syncer.model.plan import Plan
from syncer.render.action_text import Context
from syncer.render.blocks import grouped
from syncer.render.characters import value, values
from syncer.render.page import TONES, Change, Filter, Options, Roll, Row
from syncer.render.sections import Kind, Line, lines, subject, why
from syncer.render.wording import agree, counted

MOST: Final = 3
"""Changes that are told of a row before it is opened."""

NAMES: Final[Mapping[Kind, str]] = {
    Kind.DEACTIVATE: "Deactivate people",
    Kind.DOWNGRADE: "Downgrade people",
    Kind.REMOVE_MEMBERS: "Remove members",
    Kind.CREATE_TEAM: "Create teams",
    Kind.RENAME: "Change addresses",
    Kind.RENAME_TEAM: "Rename teams",
    Kind.CREATE: "Create people",
    Kind.LICENSE: "Change licences",
    Kind.REACTIVATE: "Reactivate people",
    Kind.UPDATE: "Update people",
    Kind.ADD_MEMBERS: "Add members",
}
"""What a section does, without its size."""


@dataclass(frozen=True, slots=True)
class Finder:
    """By what the rows of a plan are found: its filters as they fill, and what is known of whom.

    `teams` are, by address, the teams that somebody joins or leaves in the plan; `guards` the
    limits that an action runs into, by its ref, or by team and kind where members change.
    """

    action: Options
    team: Options
    department: Options
    guard: Options
    state: Options
    teams: Mapping[str, tuple[str, ...]]
    guards: Mapping[object, tuple[str, ...]]
    departments: Mapping[str, str]

    @classmethod
    def of(cls, plan: Plan) -> "Finder":
        """For this plan."""
        teams: dict[str, list[str]] = {}
        for action in plan.actions:
            if isinstance(action, ChangeMembers):
                for member in (*action.add, *action.remove):
                    teams.setdefault(member.user, []).append(action.team)
        return cls(
            action=Options("action", "Action", "All actions"),
            team=Options("team", "Team", "All teams"),
            department=Options("department", "Department", "All departments"),
            guard=Options("guard", "Guard", "Any or none"),
            state=Options("state", "State", "Held or not"),
            teams={name: tuple(found) for name, found in teams.items()},
            guards=_guards(plan),
            departments=plan.departments,
        )

    def filters(self) -> tuple[Filter, ...]:
        """The filters that tell rows apart, in the order in which they are shown."""
        # Of these every row has one; of a team or a guard not every row speaks.
        of_each = [one.filter() for one in (self.action, self.state)]
        of_some = [one.filter() for one in (self.team, self.department, self.guard)]
        action, state = (one if len(one.options) > 1 else None for one in of_each)
        some = (one if one.options else None for one in of_some)
        return tuple(one for one in (action, *some, state) if one is not None)

    def marks(self, action: Action, kind: Kind) -> dict[str, str]:
        """What the row of this action answers to."""
        people = _people(action, kind)
        teams = (
            (subject(action), action.team)
            if isinstance(action, ChangeMembers | RenameTeam)
            else (action.team,)
            if action.kind == "create_team"
            else self.teams.get(action.user_name, ())
        )
        found = {
            "action": self.action.mark((NAMES[kind],)),
            "team": self.team.mark(teams),
            "department": self.department.mark(self.departments.get(name, "") for name in people),
            "guard": self.guard.mark(self.guards.get(_side(action, kind), ())),
            "state": self.state.mark(("held" if action.held else "not held",)),
        }
        return {key: numbers for key, numbers in found.items() if numbers}


def _guards(plan: Plan) -> dict[object, tuple[str, ...]]:
    """The limits that actions run into. What is held of a team has a ref of its own."""
    acting = {action.ref: action for action in plan.actions}
    found: dict[object, list[str]] = {}
    for violation in plan.violations:
        for ref in violation.refs:
            action = acting.get(ref)
            if not isinstance(action, ChangeMembers):
                found.setdefault(ref, []).append(violation.guard)
                continue
            both = ref in violation.whole or violation.guard in NEVER
            for kind in (
                (Kind.REMOVE_MEMBERS, Kind.ADD_MEMBERS) if both else (Kind.REMOVE_MEMBERS,)
            ):
                found.setdefault(_side(action, kind), []).append(violation.guard)
    return {key: tuple(guards) for key, guards in found.items()}


def _side(action: Action, kind: Kind) -> object:
    return (action.team, kind) if isinstance(action, ChangeMembers) else action.ref


def action_row(
    action: Action, kind: Kind, context: Context, finder: Finder, *, over: Sequence[str] = ()
) -> Row:
    """One action. `over` is what its guards say of it."""
    changes = lines(action, context.steps.get(subject(action), ()))
    badges = [] if REVERSIBLE[action.kind] else ["cannot be undone"]
    badges += ["held"] if action.held else over
    return Row(
        sign=kind.symbol,
        tone=TONES[kind.style],
        name=value(subject(action)),
        brief=_brief(action, kind, changes),
        badges=tuple(badges),
        place=str(action.origin) if action.origin else "",
        changes=tuple(map(_change, changes)),
        rolls=rolls(action, kind),
        facts=tuple(_facts(action, kind, context)),
        marks=finder.marks(action, kind),
    )


def _people(action: Action, kind: Kind) -> Iterable[str]:
    if isinstance(action, ChangeMembers):
        return (member.user for member in _moved(action, kind))
    return (getattr(action, "user_name", ""),)


def _moved(action: ChangeMembers, kind: Kind) -> tuple[Member, ...]:
    return action.remove if kind is Kind.REMOVE_MEMBERS else action.add


def _change(line: Line) -> Change:
    if not line.arrow:
        return Change(line.label, None, value(line.change.after))
    before, after = values(line.change.before, line.change.after)
    return Change(line.label, before, after)


def _brief(action: Action, kind: Kind, changes: Sequence[Line]) -> str:
    """What changes, in a line."""
    if isinstance(action, ChangeMembers):
        moved = _moved(action, kind)
        verb = "leaves" if kind is Kind.REMOVE_MEMBERS else "joins"
        if len(moved) == 1:
            return f"{value(moved[0].user)} {verb}"
        return f"{counted(len(moved), 'member')} {agree(len(moved), verb, verb[:-1])}"
    told = []
    for line in changes[:MOST]:
        one = _change(line)
        arrow = "" if one.before is None else f"{one.before} \N{RIGHTWARDS ARROW} "
        told.append(f"{line.label} {arrow}{one.after}")
    if rest := len(changes) - len(told):
        told.append(f"{rest} more")
    return "; ".join(told) or action.reason


def rolls(action: Action, kind: Kind) -> tuple[Roll, ...]:
    """Who joins or leaves, by reason; nobody where the action is about no members."""
    if not isinstance(action, ChangeMembers):
        return ()
    groups = grouped(_moved(action, kind), lambda member: member.reason)
    return tuple(
        Roll(kind.symbol, group[0].reason, tuple(value(one.user) for one in group))
        for group in groups
    )


def _facts(action: Action, kind: Kind, context: Context) -> Iterable[tuple[str, tuple[str, ...]]]:
    if action.held:
        yield "Held", (action.held,)
    if reason := why(action):
        yield "Why", (reason,)
    if action.origin:
        yield "Asked for by", (str(action.origin),)
    if isinstance(action, ChangeMembers):
        yield "Members", (_size(action, context, kind),)
    if action.consequences:
        yield "Then", action.consequences
    if not REVERSIBLE[action.kind]:
        yield "Undo", ("cannot be undone over SCIM",)
    if isinstance(action, UpdateUser) and action.clears:
        yield "Note", ("emptying an attribute takes a PUT of the whole user",)
    if action.depends_on:
        yield "Only after", action.depends_on
    yield "Action", (action.ref,)
    if scim_id := getattr(action, "scim_id", None):
        yield "Id in Asana", (str(scim_id),)


def _size(action: ChangeMembers, context: Context, kind: Kind) -> str:
    gone = context.deactivated.get(action.scim_id or "", 0)
    before = action.members_before
    after = max(0, before - len(action.remove) - gone) + len(action.add)
    text = f"{before:,} before, {after:,} after"
    if gone:
        text += f" ({gone:,} by deactivation)"
    return f"{text}: the team will be empty" if not after and kind is Kind.REMOVE_MEMBERS else text
