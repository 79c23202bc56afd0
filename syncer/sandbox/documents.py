"""The state file as JSON: what people may write in it, and what is wrong with what they wrote."""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from typing import Any, Final, TypeVar, cast, get_args

from syncer.sandbox.addresses import address_problem
from syncer.sandbox.errors import SandboxError
from syncer.sandbox.knobs import PROFILES
from syncer.sandbox.switches import Switches
from syncer.sandbox.tenant import (
    ATTRIBUTES,
    ENTERPRISE,
    OTHER_TIER,
    USER_TYPES,
    Group,
    Status,
    Tenant,
    User,
    folded,
    id_order,
)
from syncer.sandbox.workspaces import FURTHER, OWN, Workspace

FORMAT: Final = 1

_Row = TypeVar("_Row")
DEFAULT_TOKEN: Final = "sandbox-token"  # noqa: S105 - guards nothing but a stand-in

_MARKS: Final = {
    "guest": "guest",
    "superAdmin": "super_admin",
    "admin": "admin",
    "billingOwner": "billing_owner",
    "serviceAccount": "service_account",
}
_USER_KEYS: Final = ("id", "userName", "status", "userType", *ATTRIBUTES, *_MARKS)
_GROUP_KEYS: Final = ("id", "displayName", "members")
_OWN_KEYS: Final = ("gid", "name")
_FURTHER_KEYS: Final = (*_OWN_KEYS, "organization", "domains")
_TOP_KEYS: Final = (
    "sandbox",
    "profile",
    "seed",
    "switches",
    "token",
    "readOnlyToken",
    "tokenOwner",
    "domains",
    "workspace",
    "furtherWorkspaces",
    "seats",
    "nextId",
    "users",
    "groups",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What a tenant has besides users and teams.

    `read_only_token` is a token with the two Read scopes only; empty when there is none.
    `token_owner` is the id of the service account that both belong to; empty when it is nobody.
    `domains` empty takes any address. `seats` counts paid seats; None is no limit. The domains
    of `workspace`, the tenant's own, are those of the tenant; a token sees the further ones
    where the switches say so.
    """

    switches: Switches = field(default_factory=Switches)
    token: str = DEFAULT_TOKEN
    read_only_token: str = ""
    token_owner: str = ""
    domains: tuple[str, ...] = ()
    workspace: Workspace = OWN
    further_workspaces: tuple[Workspace, ...] = ()
    seats: int | None = None

    def workspaces(self) -> tuple[Workspace, ...]:
        """Every workspace that a token sees, the tenant's with its domains, sorted by gid."""
        own = replace(self.workspace, domains=self.domains)
        further: tuple[Workspace, ...] = ()
        if self.switches.rest_workspaces == "several":
            further = self.further_workspaces or FURTHER
        seen = (own, *(workspace for workspace in further if workspace.gid != own.gid))
        return tuple(sorted(seen, key=lambda workspace: id_order(workspace.gid)))


def read_document(document: object) -> tuple[Settings, Tenant]:
    """The tenant that a state document describes.

    Raises SandboxError with every problem, each at its place, such as `users[3] (id 1004)`.
    """
    reading = _Reading()
    top = reading.table(document, "the state", _TOP_KEYS)
    if "sandbox" in top and top["sandbox"] != FORMAT:
        raise SandboxError(
            f"the state has format {top['sandbox']!r}; this program reads format {FORMAT}"
        )
    settings = reading.settings(top)
    users = tuple(reading.users(top, settings))
    groups = tuple(reading.groups(top, {user.id for user in users}))
    next_id = reading.number(top, "nextId", "the state") or 0
    if settings.token_owner not in {"", *(user.id for user in users)}:
        reading.problem("tokenOwner", f"{settings.token_owner} is the id of no user")
    if reading.problems:
        raise SandboxError("\n".join(reading.problems), "correct the file, or reset the sandbox")
    return settings, Tenant.of(users, groups, next_id)


class _Reading:
    """Collects what is wrong, so that one look at the file is enough to put it right."""

    def __init__(self) -> None:
        self.problems: list[str] = []

    def problem(self, where: str, what: str) -> None:
        self.problems.append(f"{where}: {what}")

    def table(self, value: object, where: str, known: tuple[str, ...]) -> dict[str, Any]:
        if not isinstance(value, dict):
            self.problem(where, "is not a JSON object")
            return {}
        for key in value:
            if known and key not in known:
                near = get_close_matches(key, known, n=1)
                meant = f", did you mean {near[0]!r}?" if near else ""
                self.problem(where, f"unknown key {key!r}{meant}")
        return value

    def entries(self, table: dict[str, Any], key: str, where: str = "") -> list[Any]:
        value = table.get(key, [])
        if isinstance(value, list):
            return value
        self.problem(where or key, "is not a list")
        return []

    def text(self, table: dict[str, Any], key: str, where: str, default: str = "") -> str:
        value = table.get(key, default)
        if isinstance(value, str) and _storable(value):
            return value
        self.problem(where, f"{key} is not a text")
        return default

    def number(self, table: dict[str, Any], key: str, where: str) -> int | None:
        value = table.get(key)
        if value is None or (
            isinstance(value, int) and not isinstance(value, bool) and value >= 0
        ):
            return value
        self.problem(where, f"{key} is not a whole number from 0 on")
        return None

    def choice(self, table: dict[str, Any], key: str, where: str, choices: tuple[str, ...]) -> str:
        value = table.get(key, choices[0])
        if isinstance(value, str) and value in choices:
            return value
        self.problem(where, f"{key} {value!r} is none of {', '.join(choices)}")
        return choices[0]

    def settings(self, top: dict[str, Any]) -> Settings:
        profile = self.choice(top, "profile", "the state", PROFILES)
        overrides = self.table(top.get("switches", {}), "switches", ())
        try:
            switches = Switches.profile(
                profile, self.number(top, "seed", "the state") or 0, **overrides
            )
        except SandboxError as error:
            self.problem("switches", f"{error.message} ({error.hint})")
            switches = Switches()
        token = self.text(top, "token", "the state", DEFAULT_TOKEN)
        if not token:
            self.problem("the state", "token is empty")
        gids: dict[str, str] = {}
        seats = self.table(top.get("seats", {}), "seats", (ENTERPRISE,))
        return Settings(
            switches=switches,
            token=token,
            read_only_token=self.text(top, "readOnlyToken", "the state"),
            token_owner=self.text(top, "tokenOwner", "the state"),
            domains=self.domains(top, "domains"),
            workspace=self.own_workspace(top.get("workspace", {}), gids),
            further_workspaces=tuple(self.further_workspaces(top, gids)),
            seats=self.number(seats, ENTERPRISE, "seats"),
        )

    def domains(self, table: dict[str, Any], where: str) -> tuple[str, ...]:
        domains = self.entries(table, "domains", where)
        if all(isinstance(domain, str) and domain and _storable(domain) for domain in domains):
            return tuple(domains)
        self.problem(where, "is not a list of texts")
        return ()

    def own_workspace(self, value: object, gids: dict[str, str]) -> Workspace:
        table = self.table(value, "workspace", _OWN_KEYS)
        gid = self.gid({"gid": OWN.gid, **table}, "workspace", gids)
        return replace(OWN, gid=gid, name=self.text(table, "name", "workspace", OWN.name))

    def further_workspaces(self, top: dict[str, Any], gids: dict[str, str]) -> Iterator[Workspace]:
        for index, value in enumerate(self.entries(top, "furtherWorkspaces")):
            where = f"furtherWorkspaces[{index}]"
            table = self.table(value, where, _FURTHER_KEYS)
            yield Workspace(
                gid=self.gid(table, where, gids),
                name=self.text(table, "name", where),
                organization=self.mark(table, "organization", where),
                domains=self.domains(table, f"{where}: domains"),
            )

    def gid(self, table: dict[str, Any], where: str, taken: dict[str, str]) -> str:
        value = table.get("gid")
        if not isinstance(value, str) or not (value.isascii() and value.isdigit()):
            self.problem(where, "gid is not a text of digits")
            return ""
        self.once(taken, value, where, f"gid {value}")
        return value

    def users(self, top: dict[str, Any], settings: Settings) -> Iterator[User]:
        cased = settings.switches.unique_case == "sensitive"
        ids: dict[str, str] = {}
        names: dict[str, str] = {}
        for index, value in enumerate(self.entries(top, "users")):
            where = f"users[{index}]"
            table = self.table(value, where, _USER_KEYS)
            scim_id = self.scim_id(table, where, ids)
            where = f"{where} (id {scim_id})"
            user_name = self.text(table, "userName", where)
            if problem := address_problem(user_name):
                self.problem(where, f"userName {user_name!r} {problem}")
            name = user_name if cased else folded(user_name)
            self.once(names, name, where, f"userName {user_name}")
            kept = {key: self.text(table, key, where) for key in ATTRIBUTES if key in table}
            yield User(
                id=scim_id,
                user_name=user_name,
                status=self.status(table, where),
                user_type=self.choice(table, "userType", where, (*USER_TYPES, OTHER_TIER)),
                attributes={key: text for key, text in kept.items() if text},
                **{word: self.mark(table, key, where) for key, word in _MARKS.items()},
            )

    def groups(self, top: dict[str, Any], people: set[str]) -> Iterator[Group]:
        ids = dict.fromkeys(people, "users")
        for index, value in enumerate(self.entries(top, "groups")):
            where = f"groups[{index}]"
            table = self.table(value, where, _GROUP_KEYS)
            scim_id = self.scim_id(table, where, ids)
            where = f"{where} (id {scim_id})"
            name = self.text(table, "displayName", where)
            if not name.strip():
                self.problem(where, "displayName is empty")
            members = tuple(map(str, self.entries(table, "members")))
            strangers = [member for member in members if member not in people]
            if strangers:
                self.problem(where, f"members {', '.join(strangers)} are no ids of users")
            yield Group(id=scim_id, display_name=name, members=tuple(dict.fromkeys(members)))

    def scim_id(self, table: dict[str, Any], where: str, taken: dict[str, str]) -> str:
        value = table.get("id")
        if isinstance(value, int) and not isinstance(value, bool):
            value = str(value)  # the kind of thing people write by hand
        if not isinstance(value, str) or not value or not _storable(value):
            self.problem(where, "id is not a text")
            return ""
        self.once(taken, value, where, f"id {value}")
        return value

    def once(self, taken: dict[str, str], key: str, where: str, what: str) -> None:
        if key in taken:
            self.problem(where, f"{what} appears twice (first at {taken[key]})")
        taken.setdefault(key, where)

    def status(self, table: dict[str, Any], where: str) -> Status:
        return cast("Status", self.choice(table, "status", where, get_args(Status)))

    def mark(self, table: dict[str, Any], key: str, where: str) -> bool:
        value = table.get(key, False)
        if not isinstance(value, bool):
            self.problem(where, f"{key} is not true or false")
        return value is True


def _storable(text: str) -> bool:
    return not any(0xD800 <= ord(character) <= 0xDFFF for character in text)


def user_document(user: User) -> dict[str, object]:
    """A user as the state file has it: what is the default is left out."""
    document: dict[str, object] = {"id": user.id, "userName": user.user_name}
    if user.status != "active":
        document["status"] = user.status
    document["userType"] = user.user_type
    document |= {key: user.attributes[key] for key in ATTRIBUTES if key in user.attributes}
    return document | {key: True for key, word in _MARKS.items() if getattr(user, word)}


def group_document(group: Group) -> dict[str, object]:
    """A team as the state file has it."""
    return {"id": group.id, "displayName": group.display_name, "members": list(group.members)}


def settings_document(settings: Settings) -> dict[str, object]:
    """The head of the state file."""
    switches = settings.switches
    head: dict[str, object] = {"sandbox": FORMAT, "profile": switches.name}
    if switches.seed:
        head["seed"] = switches.seed
    head |= {"switches": switches.overrides, "token": settings.token}
    if settings.read_only_token:
        head["readOnlyToken"] = settings.read_only_token
    if settings.token_owner:
        head["tokenOwner"] = settings.token_owner
    head["domains"] = list(settings.domains)
    if own := _own_document(settings.workspace):
        head["workspace"] = own
    if settings.further_workspaces:
        head["furtherWorkspaces"] = list(map(_further_document, settings.further_workspaces))
    head["seats"] = {} if settings.seats is None else {ENTERPRISE: settings.seats}
    return head


def _own_document(workspace: Workspace) -> dict[str, object]:
    pairs = {"gid": (workspace.gid, OWN.gid), "name": (workspace.name, OWN.name)}
    return {key: value for key, (value, usual) in pairs.items() if value != usual}


def _further_document(workspace: Workspace) -> dict[str, object]:
    document: dict[str, object] = {"gid": workspace.gid, "name": workspace.name}
    if workspace.organization:
        document["organization"] = True
    if workspace.domains:
        document["domains"] = list(workspace.domains)
    return document


class DocumentWriter:
    """Renders a tenant as the text of its state file, one user or team per line.

    Lines of users and teams that are the very same objects as last time are not made again:
    saving costs what changed, plus a join.
    """

    def __init__(self) -> None:
        self._lines: dict[tuple[str, str], tuple[object, str]] = {}

    def text(self, settings: Settings, tenant: Tenant) -> str:
        """The whole file, sorted by id, with a trailing newline."""
        head = {**settings_document(settings), "nextId": tenant.next_id}
        parts = [f"  {_json(key)}: {_json(value)}" for key, value in head.items()]
        parts.append(f'  "users": {self._block("user", tenant.users, user_document)}')
        parts.append(f'  "groups": {self._block("group", tenant.groups, group_document)}')
        return "{\n" + ",\n".join(parts) + "\n}\n"

    def _block(
        self, kind: str, rows: Mapping[str, _Row], document: Callable[[_Row], object]
    ) -> str:
        lines = []
        for scim_id in sorted(rows, key=id_order):
            row = rows[scim_id]
            kept = self._lines.get((kind, scim_id))
            if kept is None or kept[0] is not row:
                kept = self._lines[kind, scim_id] = (row, f"    {_json(document(row))}")
            lines.append(kept[1])
        return "[\n" + ",\n".join(lines) + "\n  ]" if lines else "[]"


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)
