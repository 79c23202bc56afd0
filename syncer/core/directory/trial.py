"""Try the rules of a list in their order: the first whose condition holds decides.

What a rule then means is its reader's affair; nothing here knows scope from licences.
"""

from collections.abc import Iterator, Sequence
from typing import Protocol, TypeVar

from syncer.core.language.expressions import Attributes, Expression, GroupNames


class Test(Protocol):
    """A rule with a condition."""

    @property
    def condition(self) -> Expression:
        """What must hold of a person for the rule to decide."""


AnyTest = TypeVar("AnyTest", bound=Test)


def trial(
    tests: Sequence[AnyTest], attributes: Attributes, groups: GroupNames
) -> Iterator[tuple[AnyTest, bool]]:
    """Each rule that is tried, and whether it holds; the last one decides when it does.

    Raises EvaluationError when a rule before the deciding one cannot be worked out.
    """
    for test in tests:
        holds = test.condition.holds(attributes, groups)
        yield test, holds
        if holds:
            return
