"""One look at what a run changed: what it is about, and whom to ask."""

from dataclasses import dataclass

from syncer.apply.execution import Execution
from syncer.apply.ports import AsanaPort, Listings
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
