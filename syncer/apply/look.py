"""One look at what a run changed: what it is about, and whom to ask."""

from collections.abc import Iterable
from dataclasses import dataclass

from syncer.apply.attempts import final
from syncer.apply.execution import Execution
from syncer.apply.ports import AsanaPort, Listings
from syncer.model.errors import AsanaError
from syncer.model.state import CurrentState


@dataclass(frozen=True, slots=True)
class Look:
    """`before` is the reading that the run began with, `latest` what an earlier look found; in
    the first look both are one."""

    execution: Execution
    before: CurrentState
    latest: CurrentState
    asana: AsanaPort
    listings: Listings


def ensure_some_were_read(answers: Iterable[object]) -> None:
    """Raise the first error where there is nothing but errors."""
    found = list(answers)
    errors = [one for one in found if isinstance(one, AsanaError)]
    if len(errors) == len(found):
        raise errors[0]


def may_be_listed(answers: Iterable[object]) -> bool:
    """Whether a listing may show what could not be read alone: no error is the end of it all."""
    errors = [one for one in answers if isinstance(one, AsanaError)]
    return bool(errors) and not any(map(final, errors))
