"""The plan: an immutable, ordered list of actions and the facts to judge and apply them.

A plan is data and nothing else. `core.planner` builds it, `core.guards` judges it, `render`
shows it and `apply.executor` carries it out. Apply does what the actions say; how the plan
was made may be shown and never consulted.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from syncer.model.actions import Action
from syncer.model.drift import Drift
from syncer.model.origin import Origin, Problem
from syncer.model.state import USER_NAME


@dataclass(frozen=True, slots=True, kw_only=True)
class TouchedUser:
    """A user as the plan saw it: apply refuses when any of this has moved.

    `attributes` holds only what the plan changes or relies on.
    """

    scim_id: str
    user_name: str
    active: bool
    license: str | None
    attributes: Mapping[str, str]
    kind: Literal["user"] = "user"


@dataclass(frozen=True, slots=True, kw_only=True)
class TouchedTeam:
    """A team as the plan saw it. `members` maps the ids the plan adds or removes to whether
    they were members; other people may come and go without making the plan stale."""

    scim_id: str
    name: str
    members: Mapping[str, bool]
    kind: Literal["team"] = "team"


@dataclass(frozen=True, slots=True, kw_only=True)
class TouchedAbsence:
    """A user or team that the plan creates, so it must still not be there."""

    name: str
    kind: Literal["no_user", "no_team"]


Touched = TouchedUser | TouchedTeam | TouchedAbsence


@dataclass(frozen=True, slots=True, kw_only=True)
class ManualWork:
    """Something only a person can do in Asana's admin console."""

    subject: str
    what: str
    reason: str
    origin: Origin | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class UnknownSubject:
    """A person or team about whom there is doubt: shown, never changed, never removed."""

    subject: str
    what: Literal["person", "team"]
    reason: str
    origin: Origin | None = None
    hint: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class InGrace:
    """A leaver who is not due yet. `due_on` is an ISO date, `runs_left` further runs."""

    user_name: str
    scim_id: str
    reason: str
    absent_since: str
    due_on: str | None
    runs_left: int
    origin: Origin | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """Something a reviewer should know that is not an action."""

    subject: str
    text: str
    origin: Origin | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Violation:
    """A broken limit: what was counted, against what, and the number that would accept it.

    `guard` is a guard class of the config (`deactivate`, `downgrade`, `update`, `rename`,
    `create`, `remove_members`), `approval:CLASS` or `policy:NAME`. `subject` names the team of a
    per-team guard. `refs` are the actions concerned; `whole` are those changes of members among
    them of which the additions are concerned too. `on_violation` is set by a policy that says
    for itself whether it refuses or holds.
    """

    guard: str
    message: str
    remedy: str
    counted: int
    refs: tuple[str, ...]
    subject: str = ""
    whole: tuple[str, ...] = ()
    on_violation: Literal["refuse", "hold"] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Policed:
    """Under what the policies of the config judged a plan.

    `policies` are their names. `at` is the local time, ISO 8601 to the minute, in `timezone`;
    `labels` are those that were given with the plan.
    """

    policies: tuple[str, ...] = ()
    at: str = ""
    timezone: str = ""
    labels: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What the guards measure shares against, taken when the plan was made.

    `protected_users` and `protected_teams` are the patterns of the config, `administrators` the
    SCIM ids of the active administrators that are known, `administrators_read` whether they were
    read for this plan or are remembered.
    """

    managed_users: int = 0
    current_users: int = 0
    desired_users: int = 0
    recent_deactivations: int = 0
    window_days: int = 0
    protected_users: tuple[str, ...] = ()
    protected_teams: tuple[str, ...] = ()
    administrators: tuple[str, ...] = ()
    administrators_protected: bool = True
    administrators_read: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """How many records needed nothing, and why.

    `excluded` are people whom a scope rule keeps out, `inactive` those whom the directory
    calls inactive; neither counts anybody whom another number or an action speaks of.
    `invited` are people who are in Asana though SCIM does not list them.
    """

    unchanged: int = 0
    excluded: int = 0
    inactive: int = 0
    unmanaged: int = 0
    protected: int = 0
    unknown: int = 0
    in_grace: int = 0
    invited: int = 0
    teams_unchanged: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """Everything needed to review a change and, later, to apply exactly that change.

    `actions` stand in the order of execution; held ones are among them. `touched` is what
    apply compares with the live tenant before the first write. `guards_off` names the guard
    classes that the config switched off, so that a reviewer sees it. `deactivated_members`
    gives, by the SCIM id of a team whose members change, the refs of the deactivations that
    take further members out of it: Asana drops them without a request of ours. `any_case` names
    the attributes whose letter case alone is no difference, for whoever compares what Asana shows
    with this plan. `departments` are those of the people whom an action is about, as it leaves
    them, by the address that stands in it: a reviewer asks for his own people. `undoes` is the run
    that this plan takes back, empty for any other plan. `policed` is None where there was
    neither a policy nor a label. `drift` is what changed in
    Asana since our last runs; `drift_since` is the day before which no run was looked at for
    it, empty when all of them were.
    """

    actions: tuple[Action, ...] = ()
    manual: tuple[ManualWork, ...] = ()
    unknown: tuple[UnknownSubject, ...] = ()
    in_grace: tuple[InGrace, ...] = ()
    notices: tuple[Notice, ...] = ()
    violations: tuple[Violation, ...] = ()
    guards_off: tuple[str, ...] = ()
    on_violation: Literal["refuse", "hold"] = "refuse"
    facts: Facts = field(default_factory=Facts)
    counts: Counts = field(default_factory=Counts)
    deactivated_members: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    any_case: tuple[str, ...] = (USER_NAME,)
    departments: Mapping[str, str] = field(default_factory=dict)
    touched: tuple[Touched, ...] = ()
    problems: tuple[Problem, ...] = ()
    config_digest: str = ""
    sources_digest: str = ""
    tenant: str = ""
    undoes: str = ""
    policed: Policed | None = None
    drift: tuple[Drift, ...] = ()
    drift_since: str = ""

    @property
    def runnable(self) -> tuple[Action, ...]:
        """The actions that nothing holds back."""
        return tuple(action for action in self.actions if not action.held)

    @property
    def held(self) -> tuple[Action, ...]:
        """The actions that wait."""
        return tuple(action for action in self.actions if action.held)
