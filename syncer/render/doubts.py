"""Whom a plan leaves in doubt: people and teams by name, and records that name nobody."""

from syncer.model.origin import Problem, Size
from syncer.model.plan import Plan


def nameless(plan: Plan) -> tuple[Problem, ...]:
    """The record-level problems that no unknown person or team of the plan stands for."""
    known = {unknown.origin for unknown in plan.unknown if unknown.origin}
    return tuple(
        problem
        for problem in plan.problems
        if problem.size is Size.RECORD and problem.origin not in known
    )


def doubted(plan: Plan) -> int:
    """How many people, teams and records are in doubt: nobody may call this plan complete."""
    return len(plan.unknown) + len(nameless(plan))


def untold(plan: Plan) -> tuple[Problem, ...]:
    """The other problems that a reviewer should know, but for what a notice of the plan says."""
    told = {(notice.origin, notice.text) for notice in plan.notices}
    return tuple(
        problem
        for problem in plan.problems
        if problem.size is not Size.RECORD and (problem.origin, problem.summary) not in told
    )
