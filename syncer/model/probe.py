"""What a first acquaintance with a tenant tells, and what a self-test makes of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class Access(StrEnum):
    """What came of asking for something."""

    GRANTED = "granted"
    REFUSED = "refused"
    UNKNOWN = "unknown"
    NOT_ASKED = "not asked"


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """The end of one question; `why` and `hint` are the error's words where there was one."""

    access: Access = Access.NOT_ASKED
    why: str = ""
    hint: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Greeting:
    """What the first answer of a server tells of the way to it.

    `clock_ahead` is how many seconds the clock here is ahead of the server's, None where the
    server tells no date. `tls` names the protocol, and `certificate_ends` is an ISO date; both
    are empty without TLS.
    """

    seconds: float
    clock_ahead: float | None = None
    tls: str = ""
    certificate_ends: str = ""
    issuer: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Probe:
    """All that was learnt without writing.

    `sampled` users were looked at of `total` (None where the server states none): `licensed` of
    them show a licence, `domains` counts theirs. `authenticated` is about the token itself.
    `own_domains` are those of the organization, read over REST where the token may.
    """

    greeting: Greeting | None = None
    connection: Answered = Answered()
    authenticated: Answered = Answered()
    users: Answered = Answered()
    teams: Answered = Answered()
    total: int | None = None
    sampled: int = 0
    licensed: int = 0
    domains: Mapping[str, int] = field(default_factory=dict)
    organization: str = ""
    own_domains: tuple[str, ...] = ()
    organization_unread: str = ""
    writes_users: Answered = Answered()
    writes_teams: Answered = Answered()


class Verdict(StrEnum):
    """How one line of a self-test ends."""

    GOOD = "ok"
    WARNING = "warning"
    FAILED = "failed"
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True)
class Check:
    """One line of a self-test. `remedy` says what to do where it is not good."""

    name: str
    verdict: Verdict
    detail: str
    remedy: str = ""
