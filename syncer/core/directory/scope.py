"""Who is ours to manage: the first rule that matches decides, and without one a person is in."""

from collections.abc import Sequence

from syncer.core.directory.rules import ScopeTest
from syncer.core.language.expressions import Attributes, GroupNames


def excluded_by(
    tests: Sequence[ScopeTest], attributes: Attributes, groups: GroupNames
) -> ScopeTest | None:
    """The rule that keeps this person out, None when the person is in scope.

    Raises EvaluationError when a rule before the deciding one cannot be worked out.
    """
    for test in tests:
        if test.condition.holds(attributes, groups):
            return None if test.include else test
    return None


def exclusion_reason(test: ScopeTest) -> str:
    """Why a person is out, in the administrator's words where there are any."""
    return test.because or f"excluded by {' '.join(test.condition.source.split())}"
