"""Makes the acquaintance of a tenant with a handful of requests, none of which can write.

Whether a token may write is asked with a PATCH of nobody that changes nothing: Asana's ids are
positive numbers, so 0 is nobody's, and the request names no operation. A server that looks at
the scopes first refuses with 403; one that lets the request in finds nobody, or nothing to do.
"""

from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Final, TypeVar

from syncer.asana.client import AsanaClient
from syncer.asana.organization import find_organization
from syncer.asana.settings import PAGE_SIZE
from syncer.core.names import domain_of
from syncer.model.errors import (
    AsanaError,
    AuthenticationError,
    ForbiddenError,
    RejectedError,
    UnreachableError,
)
from syncer.model.probe import Access, Answered, Probe
from syncer.model.state import CurrentUser

Item = TypeVar("Item")

NOBODY: Final = "0"


async def probe(
    client: AsanaClient, workspace: str | None, domains: frozenset[str], *, writing: bool
) -> Probe:
    """What this tenant answers. Raises nothing of the AsanaError tree.

    `workspace` and `domains` are as for `read_organization`. `writing` asks for the scopes of
    writing too, which takes a client that is not read-only.
    """
    found = await _users(client)
    if found.connection.access is not Access.GRANTED:
        return found
    if found.authenticated.access is Access.REFUSED:
        return found
    teams, _ = await _asked(lambda: client.list_groups_page(1, 1))
    found = replace(found, teams=teams)
    if workspace is not None:
        rest = client.rest(anywhere=workspace != "auto")
        read = await find_organization(rest, workspace, domains)
        organization = read.organization
        found = replace(
            found,
            organization=organization.name if organization else "",
            own_domains=organization.domains if organization else (),
            organization_unread=read.unread or read.doubt,
        )
    if not writing:
        return found
    return replace(
        found,
        writes_users=await _may_write(client, "Users"),
        writes_teams=await _may_write(client, "Groups"),
    )


async def _users(client: AsanaClient) -> Probe:
    answer, page = await _asked(lambda: client.list_users_page(1, PAGE_SIZE))
    reached = client.greeting is not None
    connection = Answered(access=Access.GRANTED) if reached else answer
    if page is None:
        refused = answer.access is Access.REFUSED and _is_token(answer)
        return Probe(
            greeting=client.greeting,
            connection=connection,
            authenticated=answer if refused else Answered(access=Access.UNKNOWN),
            users=answer,
        )
    users = [one for _, one in page.entries if isinstance(one, CurrentUser)]
    known = Counter(domain_of(one.key) for one in users if one.active)
    return Probe(
        greeting=client.greeting,
        connection=connection,
        authenticated=Answered(access=Access.GRANTED),
        users=answer,
        total=page.total,
        sampled=len(page.entries),
        licensed=sum(one.license is not None for one in users),
        domains=dict(sorted(known.items())),
    )


_TOKEN: Final = "401"  # noqa: S105 - a status, not a secret


def _is_token(answer: Answered) -> bool:
    return f" {_TOKEN} " in f"{answer.why} "


async def _asked(
    question: Callable[[], Awaitable[Item]],
) -> tuple[Answered, Item | None]:
    try:
        return Answered(access=Access.GRANTED), await question()
    except (AuthenticationError, ForbiddenError) as error:
        return Answered(access=Access.REFUSED, why=error.message, hint=error.hint), None
    except AsanaError as error:
        return Answered(access=Access.UNKNOWN, why=error.message, hint=error.hint), None


async def _may_write(client: AsanaClient, collection: str) -> Answered:
    try:
        await client.change_nothing(collection, NOBODY)
    except (AuthenticationError, ForbiddenError) as error:
        return Answered(access=Access.REFUSED, why=error.message, hint=error.hint)
    except UnreachableError as error:
        return Answered(access=Access.UNKNOWN, why=error.message, hint=error.hint)
    except RejectedError as error:
        # Let in, and there was nobody to change or nothing to do.
        let_in = error.status in {400, 404, 422}
        access = Access.GRANTED if let_in else Access.UNKNOWN
        return Answered(access=access, why=error.message, hint=error.hint)
    except AsanaError as error:
        return Answered(access=Access.UNKNOWN, why=error.message, hint=error.hint)
    return Answered(access=Access.GRANTED)
