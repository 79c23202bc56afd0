"""A tenant in a few lines, for `sandbox show`."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from syncer.sandbox.documents import Settings
from syncer.sandbox.switches import TABLE, Switches
from syncer.sandbox.tenant import Tenant, User


@dataclass(frozen=True, slots=True, kw_only=True)
class TeamLine:
    """One team of a description."""

    id: str
    name: str
    members: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SwitchLine:
    """One switch of a description: its value here and in the profile, and what it is about.

    `values` are the allowed ones, empty for any whole number; `unknown` are the parts of the
    open questions that it answers.
    """

    name: str
    value: object
    usual: object
    values: tuple[object, ...]
    about: str
    unknown: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Description:
    """What `sandbox show` tells. Counts are by name, in the order in which to show them.

    `admins` counts who is an administrator now. `further_workspaces` are the names of those
    that a token sees besides the tenant's own.
    `switches` are all of them, in the order of their table.
    """

    path: str
    profile: str
    seed: int
    token: str
    domains: tuple[str, ...]
    workspace: str
    workspace_gid: str
    further_workspaces: tuple[str, ...]
    seats: int | None
    seats_taken: int
    users: tuple[tuple[str, int], ...]
    admins: tuple[tuple[str, int], ...]
    licenses: tuple[tuple[str, int], ...]
    teams: tuple[TeamLine, ...]
    switches: tuple[SwitchLine, ...]


def described(path: str, settings: Settings, tenant: Tenant) -> Description:
    """The description of a tenant; `path` is empty for one in memory."""
    switches = settings.switches
    plain = Switches.profile(switches.name, switches.seed)
    own = settings.workspace
    people = tenant.users.values()
    statuses = Counter("guest" if user.guest else user.status for user in people)
    licenses = Counter(u.user_type for u in people if u.active and not u.guest)
    groups = sorted(tenant.groups.values(), key=lambda group: group.display_name.casefold())
    return Description(
        path=path,
        profile=switches.name,
        seed=switches.seed,
        token=settings.token,
        domains=settings.domains,
        workspace=own.name,
        workspace_gid=own.gid,
        further_workspaces=tuple(w.name for w in settings.workspaces() if w.gid != own.gid),
        seats=settings.seats,
        seats_taken=tenant.seats_taken(),
        users=tuple(sorted(statuses.items())),
        admins=tuple(sorted(Counter(_administration(people)).items())),
        licenses=tuple(sorted(licenses.items())),
        teams=tuple(
            TeamLine(id=g.id, name=g.display_name, members=len(g.members)) for g in groups
        ),
        switches=tuple(
            SwitchLine(
                name=name,
                value=getattr(switches, name),
                usual=getattr(plain, name),
                values=row.values,
                about=row.knob.about,
                unknown=row.knob.unknown,
            )
            for name, row in TABLE.items()
        ),
    )


def _administration(people: Iterable[User]) -> Iterator[str]:
    for user in people:
        if user.active and user.super_admin:
            yield "super"
        elif user.active and user.admin:
            yield "plain"
