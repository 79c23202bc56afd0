"""Guards and policies in words: which are broken, and by what."""

from collections.abc import Iterable, Sequence
from typing import Final

from syncer.core import enumeration
from syncer.core.guards import POLICY
from syncer.core.planning.holding import spoken, spoken_of
from syncer.model.plan import Plan, Violation
from syncer.render.wording import counted, listed

NAMED: Final = 3
"""So many of the actions that a policy forbids are named beside it."""


def broken(violations: Iterable[Violation], *, named: bool = True) -> str:
    """How many, and which: `2 guards (create and update) and 1 policy (quiet-friday)`."""
    return listed(
        f"{counted(len(found), noun)} ({listed(dict.fromkeys(found))})"
        if named
        else counted(len(found), noun)
        for noun, found in _sorted(violation.guard for violation in violations)
    )


def refusers(guards: Iterable[str]) -> str:
    """Those of these names, for a sentence: `guards create and update and policy quiet-friday`."""
    return listed(
        f"{counted(len(found), noun).partition(' ')[2]} {listed(found)}"
        for noun, found in _sorted(guards)
    )


def concerning(plan: Plan, violation: Violation) -> str:
    """The first actions that a policy forbids; of a guard the headings of the actions say it."""
    if not violation.guard.startswith(POLICY):
        return ""
    told = {action.ref: spoken_of(action) for action in plan.actions}
    names = [told.get(ref) or spoken(ref) for ref in violation.refs]
    return f"concerns {enumeration.listed(names, NAMED)}"


def _sorted(guards: Iterable[str]) -> Sequence[tuple[str, list[str]]]:
    """Guards apart from policies, and no group that is empty."""
    names = list(guards)
    limits = [name for name in names if not name.startswith(POLICY)]
    policies = [name.removeprefix(POLICY) for name in names if name.startswith(POLICY)]
    return [(noun, found) for noun, found in (("guard", limits), ("policy", policies)) if found]
