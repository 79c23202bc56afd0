"""The labels that the policies of a config may ask for: what a person or a CI says of this run."""

import os
from collections.abc import Iterable
from typing import Final

from syncer.model.errors import UsageError

VARIABLE: Final = "SYNCER_LABELS"
LONGEST: Final = 255
"""Of a label, as in GitLab; GitHub's are shorter."""


def read_labels(given: Iterable[str]) -> tuple[str, ...]:
    """The labels in order, each once: those of `--label`, else of the environment.

    Raises UsageError for a label that could not be told from another by whoever reads the plan.
    """
    options = tuple(given)
    listed = options or os.environ.get(VARIABLE, "").split(",")
    source = "--label" if options else VARIABLE
    labels = {label.strip() for label in listed}
    if options and "" in labels:
        raise UsageError("--label: a label has a name", "for example --label finance-approved")
    for label in sorted(labels):
        if not label.isprintable() or len(label) > LONGEST:
            summary = f"{source} {label[:60]!r}: a label is at most {LONGEST} characters to read"
            raise UsageError(summary, "leave it out")
    return tuple(sorted(labels - {""}))
