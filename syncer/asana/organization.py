"""Reads over Asana's REST API what SCIM hides: guests, administrators, invitations, domains.

Never required, and it never writes. What the token may not see is said and done without; a
reading that was allowed and did not come to its end is doubt: an administrator may be missing.
"""

from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from syncer.asana.rest import Rest, rest_path
from syncer.core.names import domain_key, is_address, user_key
from syncer.model.errors import (
    AsanaError,
    IncompleteError,
    RejectedError,
    ThrottledError,
    UnreadableError,
)
from syncer.model.state import CurrentState, Organization, OrganizationMember

AUTO: Final = "auto"

_FOREIGN: Final = "asana.base_url is not an address of Asana's own API"
_WORKSPACES: Final = "workspaces"
_WORKSPACE_FIELDS: Final = "name,is_organization,email_domains"
_MEMBER_FIELDS: Final = "user.name,user.email,is_active,is_admin,is_guest,is_view_only"

Progress = Callable[[str, int], None]


@dataclass(frozen=True, slots=True)
class OrganizationReading:
    """What was read, why it was not, and why somebody may be missing in it."""

    organization: Organization | None = None
    unread: str = ""
    doubt: str = ""

    def beside(self, current: CurrentState) -> CurrentState:
        """The reading of SCIM with this one beside it."""
        return replace(
            current,
            organization=self.organization,
            organization_unread=self.unread,
            organization_doubt=self.doubt,
        )


class _HiddenError(Exception):
    """The token or the server does not show this, which is no fault of the run."""


async def read_organization(
    rest: Rest | None,
    workspace: str | None,
    domains: frozenset[str] = frozenset(),
    progress: Progress = lambda _what, _count: None,
) -> OrganizationReading:
    """The organization of this tenant. Raises nothing of the AsanaError tree.

    `workspace` is `auto`, a gid, or None for not at all. Where `auto` finds several, the one
    with an e-mail domain of `domains` is taken. `progress` hears "memberships" and how many.
    """
    if workspace is None:
        return OrganizationReading()
    reading = await find_organization(rest, workspace, domains)
    if rest is None or reading.organization is None:
        return reading
    return await _with_members(rest, reading.organization, progress)


async def find_organization(
    rest: Rest | None, workspace: str, domains: frozenset[str] = frozenset()
) -> OrganizationReading:
    """The organization without its members, as `read_organization` finds it."""
    if rest is None:
        return OrganizationReading(unread=_FOREIGN)
    try:
        return OrganizationReading(await _organization(rest, workspace, domains))
    except _HiddenError as error:
        return OrganizationReading(unread=str(error))
    except AsanaError as error:
        return _failed(error)


async def _with_members(
    rest: Rest, found: Organization, progress: Progress
) -> OrganizationReading:
    path = rest_path(_WORKSPACES, found.gid, "workspace_memberships")
    entries: list[object] = []
    try:
        async for page in _unrepeated(rest.pages(path, _MEMBER_FIELDS), "memberships"):
            entries += page
            progress("memberships", len(entries))
        members = _members(entries)
    except _HiddenError as error:
        return OrganizationReading(found, unread=str(error))
    except AsanaError as error:
        # What was allowed a moment ago and then broke off, or came garbled, is no refusal.
        failed = _failed(error)
        garbled = isinstance(error, UnreadableError)
        doubt = error.message if entries or garbled else failed.doubt
        return OrganizationReading(found, unread="" if doubt else failed.unread, doubt=doubt)
    return OrganizationReading(replace(found, members=members))


def _failed(error: AsanaError) -> OrganizationReading:
    """A refusal or a foreign answer hides the organization; what may pass leaves doubt."""
    refused = isinstance(error, RejectedError) and error.status < 500
    if isinstance(error, UnreadableError) or (refused and not isinstance(error, ThrottledError)):
        return OrganizationReading(unread=error.message)
    return OrganizationReading(doubt=error.message)


async def _organization(rest: Rest, workspace: str, domains: frozenset[str]) -> Organization:
    if workspace != AUTO:
        return _workspace(await rest.read(rest_path(_WORKSPACES, workspace), _WORKSPACE_FIELDS))
    pages = _unrepeated(rest.pages(_WORKSPACES, _WORKSPACE_FIELDS), _WORKSPACES)
    listed = [entry async for page in pages for entry in page]
    found = [_workspace(entry) for entry in listed if not _is_personal(entry)]
    ours = [one for one in found if not domains.isdisjoint(one.domains)]
    for candidates in (ours, found):
        if len(candidates) == 1:
            return candidates[0]
    if not found:
        raise _HiddenError("the token sees no organization")
    names = ", ".join(sorted(f"{one.name} ({one.gid})" for one in found))
    raise _HiddenError(f"the token sees {len(found)} organizations; name one by its id: {names}")


async def _unrepeated(
    pages: AsyncIterator[list[object]], what: str
) -> AsyncIterator[list[object]]:
    """The pages as they come. Raises IncompleteError after one that repeats an id.

    Pages that overlap have a gap elsewhere, and the list states no total to tell. A server that
    gives the same page again and again, each time with a new offset, has no end.
    """
    seen: set[str] = set()
    repeated = False
    async for page in pages:
        if repeated:
            break
        tables = (entry for entry in page if isinstance(entry, dict))
        known = [gid for table in tables if (gid := _text(table.get("gid")))]
        repeated = len(set(known)) < len(known) or not seen.isdisjoint(known)
        seen.update(known)
        yield page
    if repeated:
        raise IncompleteError(f"the list of {what} names somebody twice: it was cut or shifted")


def _is_personal(entry: object) -> bool:
    """Whether this is a workspace without an organization, which has no domains and no SCIM."""
    return isinstance(entry, dict) and entry.get("is_organization") is False


def _workspace(entry: object) -> Organization:
    gid = _text(entry.get("gid")) if isinstance(entry, dict) else ""
    if not isinstance(entry, dict) or not gid:
        raise _HiddenError("GET /workspaces: the answer is not that of Asana's REST API")
    listed = entry.get("email_domains")
    domains = listed if isinstance(listed, list) else []
    return Organization(
        gid=gid,
        name=_text(entry.get("name")),
        domains=tuple(sorted({domain_key(text) for text in domains if isinstance(text, str)})),
        members=(),
    )


def _members(entries: Iterable[object]) -> tuple[OrganizationMember, ...]:
    """Every membership.

    Raises _HiddenError when none of them has the marks that matter.
    """
    tables = [entry if isinstance(entry, dict) else {} for entry in entries]
    for mark in ("is_admin", "is_guest"):
        if tables and not any(isinstance(table.get(mark), bool) for table in tables):
            raise _HiddenError(f"the memberships do not show {mark}")
    return tuple(map(_member, tables))


def _member(table: Mapping[str, Any]) -> OrganizationMember:
    user = table.get("user")
    person: Mapping[str, Any] = user if isinstance(user, dict) else {}
    address = _text(person.get("email")).strip()
    view_only = table.get("is_view_only")
    return OrganizationMember(
        gid=_text(person.get("gid")),
        address=address,
        key=user_key(address) if is_address(address) else None,
        active=table.get("is_active") is not False,
        # Where the mark is missing in one record only, the side that protects is taken.
        admin=table.get("is_admin") is not False,
        guest=table.get("is_guest") is True,
        view_only=view_only if isinstance(view_only, bool) else None,
    )


def _text(value: object) -> str:
    """A text, or the digits of an id that a server writes as a number; else nothing."""
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    return value if isinstance(value, str) else ""
