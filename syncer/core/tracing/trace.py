"""What is known of one person: frozen data for a view to show.

Nothing here decides anything; every verdict was the plan's before it came to stand here.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from syncer.model.actions import Action, FieldChange
from syncer.model.directory import Value
from syncer.model.drift import Drift
from syncer.model.origin import Origin, Problem
from syncer.model.plan import InGrace, ManualWork, Notice, UnknownSubject, Violation
from syncer.model.state import TeamMode


class Verdict(StrEnum):
    """What becomes of the person in the next run; the first that fits, in this order."""

    UNKNOWN = "unknown"
    PROTECTED = "protected"
    DEACTIVATE = "deactivate"
    CREATE = "create"
    CHANGE = "change"
    HELD = "held"
    MANUAL = "manual"
    IN_GRACE = "in_grace"
    REPORTED = "reported"
    UNMANAGED = "unmanaged"
    NOTHING = "nothing"


@dataclass(frozen=True, slots=True, kw_only=True)
class LostValue:
    """What a further source says of an attribute whose value another source gave."""

    value: Value
    origin: Origin


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceValue:
    """One attribute of the directory; `others` are values of further sources that lost."""

    name: str
    value: Value
    origin: Origin
    others: tuple[LostValue, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Activity:
    """Whether the directory calls the account active: None where it cannot be told.

    `indicators` are what was looked at, `rule` the place of `directory.active` where set.
    """

    active: bool | None
    why: str
    indicators: tuple[SourceValue, ...] = ()
    rule: Origin | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FormerAddress:
    """A further address of the person. `counts` is false where it may be somebody else's."""

    address: str
    counts: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class DirectorySide:
    """What the sources say. `doubt` is what is wrong with it, None when nothing is."""

    records: tuple[Origin, ...]
    values: tuple[SourceValue, ...] = ()
    activity: Activity | None = None
    directory_key: str | None = None
    former: tuple[FormerAddress, ...] = ()
    doubt: Problem | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleTried:
    """One rule of a list. `holds` is None where it could not be worked out."""

    rule: str
    origin: Origin
    holds: bool | None
    because: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """The rules in the order they were tried; the last one decided when it holds."""

    in_scope: bool | None
    why: str
    tried: tuple[RuleTried, ...] = ()
    untried: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Asking:
    """A rule that asks for a group, as it is spelled in the config."""

    rule: str
    origin: Origin


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupSeen:
    """A group of the person that a rule looks at. `chain` leads from it inwards to the person.

    `member` is false where the person may be in it or not. `asked` are the rules.
    """

    name: str
    origin: Origin
    member: bool
    chain: tuple[str, ...] = ()
    asked: tuple[Asking, ...] = ()
    doubt: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class AttributeSeen:
    """One managed attribute: where it comes from, what it becomes, what Asana has.

    `value` is what the mapping gives: "" clears, None leaves alone. `how` says in which way
    it came about and `outcome` what becomes of it. `change` is set where the plan changes it.
    """

    attribute: str
    rule: Origin
    source: str
    values: tuple[SourceValue, ...]
    value: str | None
    how: str
    outcome: str
    current: str | None = None
    change: FieldChange | None = None
    on_create: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ManagerSeen:
    """The manager as the directory wrote it, who that is, and whom Asana shows.

    `why` says what is against setting it, "" where nothing is.
    """

    rule: Origin
    source: str
    reference: str | None
    outcome: str
    manager: str | None = None
    origin: Origin | None = None
    why: str = ""
    current: str | None = None
    change: FieldChange | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Seats:
    """The seats of a licence that has a budget: in use now, and how many there may be."""

    license: str
    used: int
    budget: int


@dataclass(frozen=True, slots=True, kw_only=True)
class LicenseSeen:
    """The licence that is wanted and why, what Asana has, and the seats."""

    wanted: str | None
    why: str
    tried: tuple[RuleTried, ...] = ()
    current: str | None = None
    seats: tuple[Seats, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class TeamSeen:
    """One team that wants the person or has the person; `outcome` says what becomes of it."""

    team: str
    origin: Origin
    mode: TeamMode
    wanted: bool
    why: str
    member: bool | None
    outcome: str
    frozen: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class UserSeen:
    """One user of Asana, as it was listed."""

    scim_id: str
    user_name: str
    active: bool
    license: str | None
    attributes: Mapping[str, str] = field(default_factory=dict)
    manager: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """Who the person is in Asana. `by` says what tied the two together.

    `candidates` are users who could be the person where that is in doubt.
    """

    user: UserSeen | None
    by: str
    candidates: tuple[UserSeen, ...] = ()
    doubt: str = ""
    hint: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    """What the plan says of the person.

    `actions` change the person, `members` are changes of teams, narrowed to the person.
    `violations` concern them; `refused_by` are the guards that refuse the whole run. `drift` is
    what somebody changed in Asana about the person since our last runs.
    """

    actions: tuple[Action, ...] = ()
    members: tuple[Action, ...] = ()
    manual: tuple[ManualWork, ...] = ()
    unknown: tuple[UnknownSubject, ...] = ()
    notices: tuple[Notice, ...] = ()
    violations: tuple[Violation, ...] = ()
    refused_by: tuple[str, ...] = ()
    drift: tuple[Drift, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Remembered:
    """What the ledger and the lifecycle say: since when absent, in how many runs, due when."""

    ledger: bool
    seen: bool = False
    scim_id: str | None = None
    absent_since: str | None = None
    absent_runs: int = 0
    grace: InGrace | None = None
    protected_by: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trace:
    """Everything about one person. A part that does not apply is None or empty.

    `other_teams` are, of somebody wanted in Asana, the managed teams that neither want nor have
    that person.
    """

    name: str
    verdict: Verdict
    sentence: str
    irreversible: bool = False
    directory: DirectorySide | None = None
    scope: Scope | None = None
    groups: tuple[GroupSeen, ...] = ()
    attributes: tuple[AttributeSeen, ...] = ()
    manager: ManagerSeen | None = None
    license: LicenseSeen | None = None
    teams: tuple[TeamSeen, ...] = ()
    other_teams: tuple[str, ...] = ()
    match: Match = field(default_factory=lambda: Match(user=None, by=""))
    plan: Planned = field(default_factory=Planned)
    memory: Remembered = field(default_factory=lambda: Remembered(ledger=False))


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """Everybody whom the question could mean, and who it may have meant where that is nobody."""

    asked: str
    people: tuple[Trace, ...]
    near: tuple[str, ...] = ()
