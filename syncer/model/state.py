"""Desired and current state: what should be in Asana, and what is."""

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final, NewType

from syncer.model.bulk import bulk_record
from syncer.model.origin import Origin, Problem

UserKey = NewType("UserKey", str)
"""An address after `core.names.user_key`: trimmed, NFC, case-folded, never empty."""

TeamKey = NewType("TeamKey", str)
"""A team name after `core.names.team_key`."""

USER_NAME: Final = "userName"
FORMATTED_NAME: Final = "name.formatted"
MANAGER: Final = "manager"
EMPLOYEE_NUMBER: Final = "employeeNumber"

ATTRIBUTES: Final = (
    USER_NAME,
    FORMATTED_NAME,
    "title",
    "preferredLanguage",
    "department",
    MANAGER,
    "employeeNumber",
    "costCenter",
    "organization",
    "division",
    "country",
    "region",
    "locality",
    "phone",
    "licensingDivisionId",
    "roles",
)
"""The closed set of attributes that Asana's SCIM user table names, in the order shown."""

ENTERPRISE: Final = "enterprise"
VIEW_ONLY: Final = "view only"


@bulk_record
class DesiredUser:
    """One person who should be in Asana.

    `attributes` holds what is managed for this person, without userName: a text to set, or
    "" to clear. An attribute that is not in it is left alone. `manager` is held as the
    UserKey of the manager. `license` is None where no licence rule speaks of the person;
    `license_if_new` applies to a create only.
    """

    key: UserKey
    user_name: str
    origin: Origin
    attributes: Mapping[str, str] = field(default_factory=dict)
    directory_key: str | None = None
    previous: tuple[UserKey, ...] = ()
    license: str | None = None
    license_reason: str = ""
    license_if_new: str | None = None


class TeamMode(StrEnum):
    """How far a team's members are ours."""

    EXACT = "exact"
    ADD_ONLY = "add_only"
    REPORT = "report"


@dataclass(frozen=True, slots=True)
class DesiredTeam:
    """One team that the config names, with the people who should be in it.

    `frozen` says why nobody may be removed (an unknown group, a group read in part); empty
    means free to change. `absent_groups` alone never empties a team. `exact_case` says that a
    name in Asana that differs in letter case alone is changed.
    """

    key: TeamKey
    name: str
    members: AbstractSet[UserKey]
    origin: Origin
    mode: TeamMode = TeamMode.EXACT
    create: bool = True
    previously: tuple[TeamKey, ...] = ()
    frozen: str = ""
    exact_case: bool = False
    member_reasons: Mapping[UserKey, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class NotDesired:
    """A person whom the directory has and who should not be in Asana, and why.

    `kind` tells a scope rule from an account that the directory calls inactive.
    """

    keys: tuple[UserKey, ...]
    directory_key: str | None
    origin: Origin
    kind: str  # "out_of_scope" | "inactive"
    reason: str
    rule: str = ""


@dataclass(frozen=True, slots=True)
class UnknownPerson:
    """A person about whom the directory left doubt: never changed, never removed.

    `keys` are all addresses that may be theirs. `address` is the present one, None where the
    record does not show one that can be trusted: a former address says nothing of who is there.
    `shown` tells that there is a present address, which another record shows too or which
    stands in a row that could not be read. `texts` are what else the record has by way of names.
    """

    keys: tuple[UserKey, ...]
    directory_keys: tuple[str, ...]
    origin: Origin | None
    reason: str
    hint: str = ""
    address: UserKey | None = None
    shown: bool = False
    texts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class DesiredState:
    """What the directory and the config ask for, with every doubt kept as doubt.

    `managed` are the attributes the mapping names. `unidentified` are records that could be
    anybody: while there is one, no person is removed. `any_case` are the attributes whose letter
    case alone is no difference. `people_read` counts the records.
    """

    users: tuple[DesiredUser, ...]
    managed: frozenset[str]
    teams: tuple[DesiredTeam, ...] = ()
    teams_managed: bool = False
    licenses_managed: bool = False
    not_desired: tuple[NotDesired, ...] = ()
    unknown: tuple[UnknownPerson, ...] = ()
    unidentified: tuple[Problem, ...] = ()
    create_only: frozenset[str] = frozenset()
    any_case: frozenset[str] = frozenset({USER_NAME})
    people_read: int = 0
    notices: tuple[Problem, ...] = ()


@bulk_record
class CurrentUser:
    """One user as Asana listed it.

    `attributes` holds what Asana returned and is not empty; `manager` as Asana returned it
    (an id, an address or a name). `license` is None when `userType` was absent.
    """

    id: str
    user_name: str
    key: UserKey
    active: bool
    attributes: Mapping[str, str] = field(default_factory=dict)
    license: str | None = None


@dataclass(frozen=True, slots=True)
class CurrentTeam:
    """One team as Asana listed it. `members` None means not read: not an empty list."""

    id: str
    name: str
    key: TeamKey
    members: frozenset[str] | None = None


@dataclass(frozen=True, slots=True)
class UnreadableUser:
    """A listed user that could not be read. It exists, so it is nobody's leaver or joiner.

    `employee_number` is "" where it shows none, and None where that could not be read either.
    """

    id: str | None
    key: UserKey | None
    problem: Problem
    employee_number: str | None = None


@dataclass(frozen=True, slots=True)
class UnreadTeam:
    """A team that a read-back could not read, and `why`. `id` is None where only its name is
    known."""

    id: str | None
    key: TeamKey
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OrganizationMember:
    """One membership of the organization.

    `active` is true for whoever joined or was invited. `address` is "" and `key` None where the
    token may not see it. `view_only` is None where the server does not say.
    """

    gid: str
    address: str
    key: UserKey | None
    active: bool
    admin: bool
    guest: bool
    view_only: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Organization:
    """What the REST API shows and SCIM hides: guests, administrators, invitations, domains.

    `domains` is empty where the server does not tell the organization's e-mail domains.
    """

    gid: str
    name: str
    domains: tuple[str, ...]
    members: tuple[OrganizationMember, ...]


@dataclass(frozen=True, slots=True)
class CurrentState:
    """What Asana has, proven complete against its own totals.

    `license_support` is false when there are active users and nobody carried a `userType`.
    `organization` is None where it was not read; `organization_unread` then says why the token
    may not see it, empty where nobody asked. `organization_doubt` says why a reading that the
    token is allowed did not come to its end: administrators may be missing, so nobody is removed.
    `unread_teams` are for a read-back alone: before a plan such a team ends the reading.
    """

    users: tuple[CurrentUser, ...]
    teams: tuple[CurrentTeam, ...] = ()
    license_support: bool = False
    unreadable: tuple[UnreadableUser, ...] = ()
    organization: Organization | None = None
    organization_unread: str = ""
    organization_doubt: str = ""
    unread_teams: tuple[UnreadTeam, ...] = ()
