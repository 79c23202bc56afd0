"""The two forms of a PATCH that replaces, and which of them this server takes.

Asana documents an operation without a path for users, and shows paths for teams; other clients
send either. So each kind starts with the documented form and tries the other one once, when
the server answers that it did not understand.
"""

from collections.abc import Mapping
from typing import Any, Final, Literal

from syncer.asana.encode import patch_with_paths, patch_without_path
from syncer.asana.http import Request, path_of
from syncer.asana.retries import Sender
from syncer.asana.settings import PatchForm
from syncer.model.errors import RejectedError

Collection = Literal["Users", "Groups"]

NOT_UNDERSTOOD: Final = frozenset({400, 501})
"""Statuses with which a server says that it does not know a form (RFC 7644, table 8)."""

_DOCUMENTED: Final[Mapping[Collection, bool]] = {"Users": False, "Groups": True}


class Patching:
    """Sends replacements of attributes, and remembers for the run what works."""

    def __init__(self, sender: Sender, form: PatchForm) -> None:
        self._sender = sender
        self._with_path = dict(_DOCUMENTED)
        self._settled: set[Collection] = set()
        if form != "auto":
            self._with_path = dict.fromkeys(_DOCUMENTED, form == "with_path")
            self._settled = set(_DOCUMENTED)

    async def replace(self, collection: Collection, scim_id: str, part: Mapping[str, Any]) -> None:
        """Replace a part of one resource. Raises as `Sender.send` does."""
        with_path = self._with_path[collection]
        try:
            await self._send(collection, scim_id, part, with_path=with_path)
        except RejectedError as error:
            if collection in self._settled or error.status not in NOT_UNDERSTOOD:
                raise
            # Once a run: a value that is refused would otherwise cost two requests each time.
            self._settled.add(collection)
            try:
                await self._send(collection, scim_id, part, with_path=not with_path)
            except RejectedError:
                raise error from None
            self._with_path[collection] = not with_path
        else:
            self._settled.add(collection)

    async def _send(
        self, collection: Collection, scim_id: str, part: Mapping[str, Any], *, with_path: bool
    ) -> None:
        body = patch_with_paths(part) if with_path else patch_without_path(part)
        await self._sender.send(
            Request(method="PATCH", path=path_of(collection, scim_id), body=body)
        )
