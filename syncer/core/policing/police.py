"""Judge a plan by the policies of the config, with the guards and by the same actions.

A policy only ever forbids: it accepts nothing that a guard refuses. What cannot be worked out
is forbidden, for doubt is no permission.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from syncer.core.guards import POLICY
from syncer.core.language.sandboxed import EvaluationError
from syncer.core.planning.holding import spoken_of
from syncer.core.policing.facts import Circumstances, Telling
from syncer.core.policing.rules import Policy
from syncer.model.actions import Action, ChangeMembers
from syncer.model.plan import Plan, Policed, Violation


def police(plan: Plan, policies: Iterable[Policy], circumstances: Circumstances) -> Plan:
    """The plan with a violation more for each policy that it breaks, and who was asked when.

    As with guards, actions that are held already are not looked at, for they do not happen.
    """
    asked = tuple(policies)
    if not asked and not circumstances.labels:
        return plan
    telling = Telling(plan, circumstances)
    found = (_violation(plan, policy, telling) for policy in asked)
    return replace(
        plan,
        violations=(*plan.violations, *(one for one in found if one is not None)),
        policed=Policed(
            policies=tuple(policy.rule.name for policy in asked),
            at=circumstances.at.isoformat(timespec="minutes"),
            timezone=circumstances.timezone,
            labels=circumstances.labels,
        ),
    )


def new_violations(then: Plan, now: Plan) -> tuple[Violation, ...]:
    """The policies that the plan breaks now and did not break, or with fewer actions, then."""
    known = {one.guard: set(one.refs) for one in then.violations}
    return tuple(
        one
        for one in now.violations
        if one.guard.startswith(POLICY) and not set(one.refs) <= known.get(one.guard, set())
    )


@dataclass(frozen=True, slots=True)
class _Finding:
    """An action that may not go. `error` says why that could not be worked out, if it could not.

    `whole` says that a change of members may not go without its removals either.
    """

    action: Action
    error: str = ""
    whole: bool = False


def _violation(plan: Plan, policy: Policy, telling: Telling) -> Violation | None:
    found = tuple(_findings(plan, policy, telling))
    if not found:
        return None
    name = f"{POLICY}{policy.rule.name}"
    return Violation(
        guard=name,
        message=_message(policy, found),
        remedy=f"if they may go all the same, --allow {name}={len(found)}",
        counted=len(found),
        refs=tuple(one.action.ref for one in found),
        whole=tuple(one.action.ref for one in found if one.whole),
        on_violation=policy.rule.on_violation,
    )


def _findings(plan: Plan, policy: Policy, telling: Telling) -> Iterator[_Finding]:
    for action in plan.runnable:
        forbidden, error = _asked(policy, telling, action)
        if not forbidden:
            continue
        whole = False
        if isinstance(action, ChangeMembers) and action.add:
            # Where the removals alone are at fault the additions need not wait with them.
            whole = not action.remove or _asked(policy, telling, replace(action, remove=()))[0]
        yield _Finding(action, error, whole)


def _asked(policy: Policy, telling: Telling, action: Action) -> tuple[bool, str]:
    """Whether the policy forbids the action, and the error where it cannot tell."""
    error = ""
    for facts in telling.variants(action):
        try:
            if policy.condition.holds(facts):
                return True, ""
        except EvaluationError as failure:
            error = error or str(failure)
    return bool(error), error


def _message(policy: Policy, found: tuple[_Finding, ...]) -> str:
    failed = [one for one in found if one.error]
    parts = [policy.rule.message] if len(failed) < len(found) else []
    if failed:
        more = f" and {len(failed) - 1} more" if len(failed) > 1 else ""
        where = spoken_of(failed[0].action)
        parts.append(f"it cannot be worked out for {where}{more}: {failed[0].error}")
    return "; ".join(parts)
