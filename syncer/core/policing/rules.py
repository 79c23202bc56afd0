"""The policies of a config, compiled; and every problem in them, with its place."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from syncer.core.directory.rules import Where
from syncer.core.language.sandboxed import EvaluationError
from syncer.core.locations import spelled
from syncer.core.policing.facts import Circumstances, Telling
from syncer.core.policing.vocabulary import Condition, faults
from syncer.model.actions import (
    ChangeMembers,
    CreateTeam,
    CreateUser,
    DeactivateUser,
    FieldChange,
    Member,
    ReactivateUser,
    RenameTeam,
    SetLicense,
    UpdateUser,
)
from syncer.model.origin import Problem
from syncer.model.plan import Plan
from syncer.model.policy.plan_rules import PlanRule
from syncer.model.state import ENTERPRISE, USER_NAME, VIEW_ONLY


@dataclass(frozen=True, slots=True)
class Policy:
    """One policy, ready to be asked."""

    rule: PlanRule
    condition: Condition


def compile_policies(rules: Iterable[PlanRule]) -> tuple[Policy, ...]:
    """The policies of these rules. Raises ExpressionError; `check_policies` finds it first."""
    return tuple(Policy(rule, Condition(rule.forbid)) for rule in rules)


def check_policies(rules: Iterable[PlanRule], where: Where) -> Iterator[Problem]:
    """Every problem of the policies: what does not compile, and what fails on sample actions."""
    for number, rule in enumerate(rules):
        location = ("policy", number, "forbid")
        found = [(str(fault), fault.hint) for fault in faults(rule.forbid)]
        if not found and (told := _tried(Condition(rule.forbid))):
            found.append((told, "it must be true or false of every action"))
        for summary, hint in found:
            yield Problem(where(*location), f"{spelled(location)}: {summary}", hint)


def _tried(condition: Condition) -> str:
    """What goes wrong when the condition is tried on every kind of action; empty when nothing."""
    for day in range(7):
        at = datetime(2026, 3, 2 + day, 9, tzinfo=UTC)
        telling = Telling(SAMPLE, Circumstances(at, labels=("sample",)))
        for action in SAMPLE.actions:
            try:
                for facts in telling.variants(action):
                    condition.holds(facts)
            except EvaluationError as error:
                return f"it cannot be worked out for {action.kind}: {error}"
    return ""


def _people(count: int) -> tuple[Member, ...]:
    return tuple(Member(f"member{number}@example.com", str(number)) for number in range(count))


SAMPLE: Final = Plan(
    actions=(
        DeactivateUser(ref="1", reason="", user_name="leaver@example.com", scim_id="1"),
        SetLicense(
            ref="2",
            reason="",
            user_name="reader@example.com",
            scim_id="2",
            before=ENTERPRISE,
            after=VIEW_ONLY,
        ),
        CreateUser(
            ref="3",
            reason="",
            user_name="joiner@example.com",
            attributes=(FieldChange("title", None, "Engineer"),),
            license=ENTERPRISE,
        ),
        SetLicense(
            ref="4",
            reason="",
            user_name="editor@example.com",
            scim_id="4",
            before=VIEW_ONLY,
            after=ENTERPRISE,
        ),
        UpdateUser(
            ref="5",
            reason="",
            user_name="mover@example.com",
            scim_id="5",
            changes=(
                FieldChange(USER_NAME, "mover@example.com", "moved@example.com"),
                FieldChange("department", "Sales", "Finance"),
                FieldChange("title", "Clerk", None),
            ),
        ),
        ReactivateUser(ref="6", reason="", user_name="back@example.com", scim_id="6"),
        CreateTeam(ref="7", reason="", team="Marketing"),
        RenameTeam(ref="8", reason="", team="Money", scim_id="8", before="Finance"),
        ChangeMembers(
            ref="9",
            reason="",
            team="Engineering",
            scim_id="9",
            add=_people(2),
            remove=_people(3)[2:],
            members_before=9,
        ),
    )
)
"""An action of every kind, on which a policy is tried before there is a plan."""
