"""Single reads of Asana's REST API, beside SCIM: its envelope and its pages. It never writes."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote, urlsplit

from syncer.asana.http import PLAIN_JSON, Request, query_of
from syncer.asana.retries import Sender
from syncer.asana.wire import parse_json
from syncer.model.errors import IncompleteError, UnreadableError

PAGE_SIZE: Final = 100
"""The most entries that a page of the REST API may have (Asana's OpenAPI, `limit`)."""

MOST_EMPTY: Final = 20
"""So many pages in a row may be without an entry and name a next one; more lead nowhere."""

_SCIM: Final = "/scim"
_ASANAS: Final = "/api/1.0/scim"


@dataclass(frozen=True, slots=True)
class Rest:
    """The REST API whose addresses begin with `base`, which ends with a slash."""

    sender: Sender
    base: str

    async def read(self, path: str, fields: str) -> object:
        """The `data` of one object. Raises the AsanaError tree."""
        document = await self._get(path, query_of(opt_fields=fields))
        return document["data"]

    async def pages(self, path: str, fields: str) -> AsyncIterator[list[object]]:
        """Every page of a list. Raises the AsanaError tree; IncompleteError for pages that come
        to no end, and for a full one that says nothing of a next."""
        offset = ""
        seen = {offset}
        empty = 0
        while True:
            query = query_of(limit=PAGE_SIZE, opt_fields=fields)
            if offset:
                query += f"&{query_of(offset=offset)}"
            document = await self._get(path, query)
            entries = document["data"]
            if not isinstance(entries, list):
                raise UnreadableError(f"GET /{path}: no list in the answer")
            yield entries
            if "next_page" not in document and len(entries) >= PAGE_SIZE:
                raise IncompleteError(
                    f"GET /{path}: a full page does not say whether it is the last"
                )
            offset = _next_offset(document.get("next_page"), path)
            if not offset:
                return
            empty = 0 if entries else empty + 1
            if offset in seen or empty > MOST_EMPTY:
                raise IncompleteError(f"GET /{path}: the pages lead round in a circle")
            seen.add(offset)

    async def _get(self, path: str, query: str) -> dict[str, object]:
        request = Request(
            method="GET",
            base=self.base,
            path=path,
            query=query,
            headers={"Accept": PLAIN_JSON},
        )
        reply = await self.sender.send(request)
        document = parse_json(reply.content, request.what)
        if not isinstance(document, dict) or "data" not in document:
            raise UnreadableError(f"{request.what}: the answer is not that of Asana's REST API")
        return document


def rest_path(*parts: str) -> str:
    """The path of these parts; no part can reach another place."""
    return "/".join(quote(part, safe="") for part in parts)


def rest_base(base_url: str, *, anywhere: bool) -> str | None:
    """The REST API that stands beside this SCIM API, None where there is none to be known.

    Asana's is documented at /api/1.0 with SCIM below it at /api/1.0/scim. `anywhere` takes any
    address that ends with /scim, for somebody who says that there is one.
    """
    trimmed = base_url.strip().rstrip("/")
    path = urlsplit(trimmed).path
    if path.endswith(_ASANAS) or (anywhere and path.endswith(_SCIM)):
        return trimmed.removesuffix(_SCIM) + "/"
    return None


def _next_offset(page: object, path: str) -> str:
    """Where the next page begins; empty after the last one, whose next_page is null."""
    if page is None:
        return ""
    offset = page.get("offset") if isinstance(page, dict) else None
    if not isinstance(offset, str) or not offset:
        raise UnreadableError(f"GET /{path}: the answer does not say where its next page begins")
    return offset
