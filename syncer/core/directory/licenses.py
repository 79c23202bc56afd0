"""Which licence a person should have: the first rule that matches decides."""

from collections.abc import Sequence

from syncer.core.directory.rules import LicenseTest
from syncer.core.directory.trial import trial
from syncer.core.language.expressions import Attributes, GroupNames


def license_of(
    tests: Sequence[LicenseTest], attributes: Attributes, groups: GroupNames
) -> tuple[str | None, str]:
    """The licence and why; (None, "") when no rule speaks of the person.

    Raises EvaluationError when a rule before the deciding one cannot be worked out.
    """
    if not tests:
        return None, ""
    for test, holds in trial(tests, attributes, groups):
        if holds:
            condition = " ".join(test.condition.source.split())
            return test.license, f"licence rule: {test.license} when {condition}"
    return None, ""
