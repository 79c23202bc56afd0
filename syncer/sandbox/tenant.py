"""The tenant as data: users and teams by id, and the laws that hold between them.

Users and groups are frozen and replaced on change, so that a copy of a tenant is two dicts and
a refused request leaves no trace.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Final, Literal
from unicodedata import normalize

Status = Literal["active", "invited", "deactivated"]

ENTERPRISE: Final = "enterprise"
VIEW_ONLY: Final = "view only"
USER_TYPES: Final = (ENTERPRISE, VIEW_ONLY)
OTHER_TIER: Final = "business"
"""A tier that no page names; a tenant may have it, a request cannot ask for it."""

NAME: Final = "name.formatted"
MANAGER: Final = "manager"
DIVISION_ID: Final = "licensingDivisionId"
ATTRIBUTES: Final = (
    NAME,
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
    DIVISION_ID,
    "roles",
)
"""What a user has besides userName, userType and active, flat, in the order of the state file."""

FIRST_ID: Final = 1001


def folded(text: str) -> str:
    """The form in which names are compared: composed, without letter case and outer blanks."""
    return normalize("NFC", text.strip().casefold())


def same_name(one: str, other: str, *, cased: bool) -> bool:
    """Whether two names are one; `cased` tells them apart by letter case too."""
    if cased:
        return normalize("NFC", one.strip()) == normalize("NFC", other.strip())
    return folded(one) == folded(other)


@dataclass(frozen=True, slots=True, kw_only=True)
class User:
    """One account. `status` tells an invitation from an account in use; SCIM does not.

    A guest is there and collides, yet no user resource ever shows one. The other marks are
    what an admin console knows and SCIM does not say; `admin` is a plain administrator.
    """

    id: str
    user_name: str
    status: Status = "active"
    user_type: str = ENTERPRISE
    attributes: Mapping[str, str] = field(default_factory=dict)
    guest: bool = False
    super_admin: bool = False
    admin: bool = False
    billing_owner: bool = False
    service_account: bool = False

    @property
    def active(self) -> bool:
        """Whether the account was not deprovisioned; an invited one counts as active."""
        return self.status != "deactivated"

    @property
    def full_name(self) -> str:
        """The display name; Asana shows the address until there is one."""
        return self.attributes.get(NAME) or self.user_name.partition("@")[0]

    @property
    def seated(self) -> bool:
        """Whether the account takes a paid seat."""
        return self.active and not self.guest and self.user_type == ENTERPRISE


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """One team, with the ids of its members in the order in which they joined."""

    id: str
    display_name: str
    members: tuple[str, ...] = ()


@dataclass(slots=True)
class Tenant:
    """Users and teams by id. Copied before every write, so that a refused one leaves no trace."""

    users: dict[str, User] = field(default_factory=dict)
    groups: dict[str, Group] = field(default_factory=dict)
    next_id: int = FIRST_ID
    ids_by_name: dict[str, tuple[str, ...]] = field(default_factory=dict)

    @classmethod
    def of(cls, users: Iterable[User], groups: Iterable[Group], next_id: int = 0) -> "Tenant":
        """A tenant of these; the next id is above every id that is a number."""
        tenant = cls()
        for user in users:
            tenant.put_user(user)
        for group in groups:
            tenant.put_group(group)
        taken = (int(i) for i in (*tenant.users, *tenant.groups) if i.isascii() and i.isdigit())
        tenant.next_id = max(next_id, FIRST_ID, max(taken, default=0) + 1)
        return tenant

    def copy(self) -> "Tenant":
        """The same users and groups, to be changed apart."""
        return Tenant(dict(self.users), dict(self.groups), self.next_id, dict(self.ids_by_name))

    def new_id(self) -> str:
        """An id that no user and no team ever had."""
        self.next_id += 1
        return str(self.next_id - 1)

    def put_user(self, user: User) -> None:
        """Add the user, or put it in the place of the one with its id."""
        earlier = self.users.get(user.id)
        self.users[user.id] = user
        key = folded(user.user_name)
        if earlier is not None:
            before = folded(earlier.user_name)
            if before == key:
                return
            self.ids_by_name[before] = tuple(i for i in self.ids_by_name[before] if i != user.id)
        self.ids_by_name[key] = (*self.ids_by_name.get(key, ()), user.id)

    def put_group(self, group: Group) -> None:
        """Add the group, or put it in the place of the one with its id."""
        self.groups[group.id] = group

    def user_named(self, user_name: str, *, cased: bool) -> User | None:
        """Whoever has the address, guests included; the one of longest standing."""
        people = (self.users[scim_id] for scim_id in self.ids_by_name.get(folded(user_name), ()))
        found = (user for user in people if same_name(user.user_name, user_name, cased=cased))
        return next(found, None)

    def groups_named(self, display_name: str, *, cased: bool) -> tuple[Group, ...]:
        """Every team of that name."""
        groups = self.groups.values()
        return tuple(g for g in groups if same_name(g.display_name, display_name, cased=cased))

    def groups_of(self, user_id: str) -> Iterator[Group]:
        """The teams that the person is a member of."""
        return (group for group in self.groups.values() if user_id in group.members)

    def leave_groups(self, user_id: str) -> None:
        """Take the person out of every team."""
        for group in tuple(self.groups_of(user_id)):
            rest = tuple(member for member in group.members if member != user_id)
            self.put_group(replace(group, members=rest))

    def seats_taken(self) -> int:
        """How many accounts take a paid seat."""
        return sum(user.seated for user in self.users.values())


def id_order(scim_id: str) -> tuple[int, str]:
    """Sorts ids that are numbers by their number, the others after them by their text."""
    if scim_id.isascii() and scim_id.isdigit():
        return int(scim_id), ""
    return 1 << 256, scim_id
