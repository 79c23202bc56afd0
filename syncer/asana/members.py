"""Changes the members of a team by delta, in the form of removal that this server takes.

Asana does not document the removal of members. Two forms are in use: a path with a filter per
member, and a list of values. By RFC 7644, section 3.5.2.2, a server may read the list form as
"remove every member"; no server can misread the filter form so. Hence the order: the filter
first, and the list only after the server refused the filter alone for somebody who is a member,
with the team read before and after. Nor is it documented whether a PATCH may have several
operations, so that a refusal of several says nothing about the form of any.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Final

from syncer.asana.encode import (
    adding,
    patch,
    removing_by_filter,
    removing_by_list,
    renaming,
)
from syncer.asana.http import Request, path_of
from syncer.asana.patching import NOT_UNDERSTOOD
from syncer.asana.retries import Sender
from syncer.asana.settings import RemovalForm, Timing
from syncer.model.errors import RejectedError, UnreadableError
from syncer.model.state import CurrentTeam

_READ_BACK_WAITS: Final = (0.5, 1.0, 2.0)

GetTeam = Callable[[str], Awaitable[CurrentTeam]]


class Membership:
    """Adds and removes members. `form` is what removals are sent in, "auto" until known."""

    def __init__(
        self, sender: Sender, get_team: GetTeam, form: RemovalForm, timing: Timing
    ) -> None:
        self._sender = sender
        self._timing = timing
        self._get_team = get_team
        self.form: RemovalForm = form
        self._list_proven = False
        self._one_each: bool | None = None
        self._finding_out = asyncio.Lock()

    async def change(
        self, scim_id: str, add: Sequence[str], remove: Sequence[str], name: str = ""
    ) -> None:
        """One PATCH that adds, removes and renames, once the form of removal is known.

        Raises as `Sender.send` does, and UnreadableError when the server took a removal for
        the removal of everybody; the others are put back then.
        """
        first = renaming(name) + adding(add)
        if not remove:
            await self._patch(scim_id, first)
            return
        if not self._known:
            # The first removals of a run go one after the other, until the form is known.
            async with self._finding_out:
                if not self._known:
                    # A refusal must be about the removal, and nothing else.
                    await self._patch(scim_id, renaming(name))
                    await self._first_removal(scim_id, add, remove)
                    return
        await self._patch(scim_id, first + self._removing(remove))

    @property
    def _known(self) -> bool:
        return self.form == "filter" or self._list_proven

    async def _first_removal(
        self, scim_id: str, add: Sequence[str], remove: Sequence[str]
    ) -> None:
        if self.form == "auto":
            await self._find_out(scim_id, add, remove)
        else:
            await self._remove_by_list(scim_id, remove)
            await self._patch(scim_id, adding(add))

    def _removing(self, remove: Sequence[str]) -> list[dict[str, Any]]:
        by_filter = self.form == "filter"
        return removing_by_filter(remove) if by_filter else removing_by_list(remove)

    async def _find_out(self, scim_id: str, add: Sequence[str], remove: Sequence[str]) -> None:
        operations = adding(add) + removing_by_filter(remove)
        try:
            await self._send(scim_id, operations)
        except RejectedError as error:
            if not _about_form(error):
                raise
            await self._second_try(scim_id, add, remove, error)
        else:
            self.form = "filter"
            self._took(operations)

    async def _second_try(
        self, scim_id: str, add: Sequence[str], remove: Sequence[str], error: RejectedError
    ) -> None:
        """Tell a form that is not understood from a change that is not possible."""
        members = (await self._get_team(scim_id)).members
        if members is None:
            error.hint = "if the server wants the other form, set asana.member_removal: list"
            raise error
        # Removing somebody who is no member may be refused too (noTarget), and so may adding.
        there = [member for member in remove if member in members]
        if not there:
            await self._patch(scim_id, adding(add))
            return
        if add or len(remove) > 1:
            try:
                await self._send(scim_id, removing_by_filter(there[:1]))
            except RejectedError as again:
                if not _about_form(again):
                    raise
            else:
                self.form = "filter"
                await self._patch(scim_id, removing_by_filter(there[1:]))
                await self._patch(scim_id, adding(add))
                return
        try:
            await self._remove_by_list(scim_id, there)
        except RejectedError:
            raise error from None
        self.form = "list"
        await self._patch(scim_id, adding(add))

    async def _remove_by_list(self, scim_id: str, remove: Sequence[str]) -> None:
        """The first removal by list of a run, watched: nobody else may go with it."""
        before = (await self._get_team(scim_id)).members
        if before is not None and not before & set(remove):
            return
        await self._patch(scim_id, removing_by_list(remove))
        if before is None:
            # Nothing to compare with: only the config asks for this form then.
            self._list_proven = True
            return
        after = await self._members_after(scim_id, remove)
        lost = sorted(before - after - set(remove))
        if lost:
            await self._patch(scim_id, adding(lost))
            raise UnreadableError(
                f"PATCH /{path_of('Groups', scim_id)}: the server took the removal of "
                f"{len(remove)} for the removal of {len(remove) + len(lost)} members; the other "
                f"{len(lost)} were put back",
                "set asana.member_removal: filter",
            )
        self._list_proven = not after & set(remove)

    async def _members_after(self, scim_id: str, remove: Sequence[str]) -> frozenset[str]:
        """The members once the removal shows: an answer from before it would prove nothing."""
        waits = iter(_READ_BACK_WAITS)
        while True:
            members = (await self._get_team(scim_id)).members or frozenset()
            wait = next(waits, None)
            if wait is None or not members & set(remove):
                return members
            await self._timing.sleep(wait)

    async def _patch(self, scim_id: str, operations: list[dict[str, Any]]) -> None:
        """Send the operations together, or each alone where the server wants that.

        None of ours loses its sense by being sent again, so that a refusal of several can be
        looked into.
        """
        if self._one_each and len(operations) > 1:
            await self._send_each(scim_id, operations)
            return
        try:
            await self._send(scim_id, operations)
        except RejectedError as error:
            settled = len(operations) < 2 or self._one_each is not None
            if settled or not _about_form(error):
                raise
            await self._send_each(scim_id, operations)
            self._one_each = True
        else:
            self._took(operations)

    def _took(self, operations: list[dict[str, Any]]) -> None:
        if len(operations) > 1:
            self._one_each = False

    async def _send_each(self, scim_id: str, operations: list[dict[str, Any]]) -> None:
        for operation in operations:
            await self._send(scim_id, [operation])

    async def _send(self, scim_id: str, operations: list[dict[str, Any]]) -> None:
        if operations:
            path = path_of("Groups", scim_id)
            await self._sender.send(Request(method="PATCH", path=path, body=patch(operations)))


def _about_form(error: RejectedError) -> bool:
    """Whether the server may have refused what it did not understand.

    After an attempt whose answer was lost the refusal may be of a member who is gone already.
    """
    return error.status in NOT_UNDERSTOOD and not error.in_doubt
