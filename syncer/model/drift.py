"""Drift: a difference made in Asana since our last apply, and what a plan does about it."""

from dataclasses import dataclass
from typing import Final, Literal

LICENSE: Final = "license"
ACTIVE: Final = "active"
NAME: Final = "name"
MEMBER: Final = "member"
"""What drifts beside the attributes of a person, which have the names of the mapping."""

YES: Final = "yes"
NO: Final = "no"

Verdict = Literal[
    "puts_back",
    "changes",
    "creates_anew",
    "held",
    "by_hand",
    "agrees",
    "asked_for",
    "grace",
    "unknown",
    "unmanaged",
    "left",
]

UNDOING: Final = frozenset({"puts_back", "changes"})
"""The verdicts by which a change made in Asana is lost."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Drift:
    """One thing that is no longer as our last run left it.

    `what` is an attribute by its name in the mapping, or `license`, `active`, of a team its `name`
    or a `member`. `subject` and `id` are those of the person or team; of a member `member` and
    `member_id` say who it is. `left_at` is what the run `run` left it at, which began `at`, and
    `found` what Asana shows now; null is empty, and of `active` and the name of a team it is no
    longer listed. Truths are `yes` and `no`, managers addresses.

    `verdict` is what this plan does about it. It is lost with `puts_back`, and with `changes`,
    where the directory asks for a third value by now. A plan `creates_anew` a person or team of
    that name and leaves this one. `held` waits, `by_hand` is manual work. All others are left:
    it `agrees` with the directory now, or that is what is `asked_for`; in `grace`; `unknown`;
    `unmanaged` (no longer, or the config no longer names it); `left` by a rule of the config.
    """

    subject: str
    id: str
    kind: Literal["person", "team"]
    what: str
    left_at: str | None
    found: str | None
    run: str
    at: str
    verdict: Verdict
    member: str = ""
    member_id: str = ""
