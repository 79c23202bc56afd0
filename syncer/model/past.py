"""What an earlier run changed, as its journal tells it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Literal

from syncer.model.actions import Member
from syncer.model.origin import Origin

USER_TYPE: Final = "userType"
"""By this name a journal tells a licence among the attributes."""

DISPLAY_NAME: Final = "displayName"
"""Likewise the name of a team."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PastChange:
    """One request of an earlier run that Asana did not refuse.

    `kind` is that of the action, `subject` an address or the name of a team, `scim_id` None where
    the journal does not know it. `before` and `after` are attributes by name, None for empty; a
    manager is an address. Members have an id each. `adopted` tells of a create that it found
    somebody who was there already. Whether the change is in effect today is not for a journal to
    say.
    """

    kind: str
    subject: str
    scim_id: str | None
    origin: Origin
    before: Mapping[str, str | None] = field(default_factory=dict)
    after: Mapping[str, str | None] = field(default_factory=dict)
    add: tuple[Member, ...] = ()
    remove: tuple[Member, ...] = ()
    adopted: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class PastRun:
    """An earlier run and its changes, in the order in which they were asked for.

    `ended` tells whether its journal has an end. `resumed` are the earlier runs whose plan it
    carried on with, oldest first; their changes are among these. `resumed_by` are the later ones
    that carried on with its own plan; theirs are not.
    """

    run_id: str
    tenant: str
    changes: tuple[PastChange, ...]
    ended: bool = True
    resumed: tuple[str, ...] = ()
    resumed_by: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """What a run left one thing at, as far as its journal tells.

    `what` is as in `model.drift.Drift`; of a member `member_id` and `member` say who it is.
    `before` is what the run had found. `reference` is the SCIM id of a manager, empty where the
    journal does not say it. `sure` is "done" for what was asked of Asana and is in effect, "found"
    for what was in effect without being asked for, and "doubtful" where nobody knows.
    """

    kind: Literal["person", "team"]
    id: str
    what: str
    subject: str
    left_at: str | None
    before: str | None
    sure: Literal["done", "found", "doubtful"] = "done"
    reference: str = ""
    member: str = ""
    member_id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class MarkedRun:
    """An earlier run and its marks, in the order in which it left them.

    `at` is when it began, ISO 8601 in UTC. `ended` tells that it came to its read-back.
    """

    run_id: str
    at: str
    ended: bool
    marks: tuple[Mark, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """The earlier runs on one tenant, oldest first, as far as their journals can be believed.

    `since` is the ISO date before which no run was looked at, empty when all of them were.
    `doubts` say, by journal, why it is not believed. `stamp` has the newest journal,
    the number of all and their size, to tell whether anybody has written since.
    """

    runs: tuple[MarkedRun, ...] = ()
    since: str = ""
    doubts: tuple[tuple[str, str], ...] = ()
    stamp: tuple[str, int] = ("", 0)
