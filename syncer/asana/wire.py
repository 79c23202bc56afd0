"""From bytes to checked JSON documents: nothing is guessed from an answer that is not clear."""

import json
import re
from dataclasses import dataclass
from typing import Any, Final

from pydantic_core import from_json

from syncer.asana.errors import is_html, raw_words, shortened
from syncer.model.errors import UnreadableError

CORE_USER: Final = "urn:ietf:params:scim:schemas:core:2.0:User"
ENTERPRISE_USER: Final = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
CORE_GROUP: Final = "urn:ietf:params:scim:schemas:core:2.0:Group"
PATCH_OP: Final = "urn:ietf:params:scim:api:messages:2.0:PatchOp"

Resource = dict[str, Any]

_NAMES: Final = (
    *("schemas", "id", "externalId", "meta", "userName", "name", "displayName", "nickName"),
    *("profileUrl", "title", "userType", "preferredLanguage", "locale", "timezone", "active"),
    *("emails", "phoneNumbers", "ims", "photos", "addresses", "groups", "entitlements", "roles"),
    *("rbacRoles", "x509Certificates", "licensingDivisionId", "members", ENTERPRISE_USER),
    *("formatted", "familyName", "givenName", "middleName", "honorificPrefix", "honorificSuffix"),
    *("employeeNumber", "costCenter", "organization", "division", "department", "manager"),
    *("value", "display", "type", "primary", "$ref", "country", "region", "locality"),
    *("streetAddress", "postalCode", "totalResults", "itemsPerPage", "startIndex", "Resources"),
)
_KNOWN: Final = frozenset(_NAMES)
_SPELLING: Final = {name.casefold(): name for name in _NAMES}
_KEY_END: Final = b'":'
_KEY_END_AND_BLANKS: Final = re.compile(rb'"\s+:')
_CONTAINERS: Final = frozenset({dict, list})


@dataclass(frozen=True, slots=True)
class RawListing:
    """One page as it came: its entries unread, and the total the server states, if any."""

    entries: list[object]
    total: int | None


class DoubledKeyError(ValueError):
    """One JSON object with the same key twice: which one counts is anybody's guess."""


def parse_json(content: bytes, what: str) -> object:
    """The document in an answer.

    Raises UnreadableError for anything but one whole JSON document whose keys are distinct.
    """
    content = content.removeprefix(b"\xef\xbb\xbf")
    if not content.strip():
        raise UnreadableError(f"{what}: an empty answer instead of JSON")
    try:
        document = from_json(content, allow_inf_nan=False)
        # The parser keeps the last of two equal keys. A raw count that agrees proves that
        # there are none; text that looks like a key only costs a second, slower reading.
        ends = content.count(_KEY_END) + len(_KEY_END_AND_BLANKS.findall(content))
        if ends != _count_keys(document):
            json.loads(content, object_pairs_hook=_distinct)
    except DoubledKeyError as error:
        raise UnreadableError(f"{what}: {error}") from error
    except ValueError as error:
        found = raw_words(content) if is_html(content) else f"no JSON: {shortened(str(error))}"
        raise UnreadableError(f"{what}: {found}") from error
    return document


def _count_keys(document: object) -> int:
    """The keys of all objects, level by level: one by one they would take twice the time."""
    level, total = [document], 0
    while level:
        objects = [part for part in level if isinstance(part, dict)]
        lists = [part for part in level if isinstance(part, list)]
        total += sum(map(len, objects))
        level = [
            *(part for one in objects for part in one.values() if type(part) in _CONTAINERS),
            *(part for one in lists for part in one if type(part) in _CONTAINERS),
        ]
    return total


def _distinct(pairs: list[tuple[str, object]]) -> dict[str, object]:
    document = dict(pairs)
    if len(document) != len(pairs):
        names = [name for name, _ in pairs]
        doubled = next(name for name in names if names.count(name) > 1)
        raise DoubledKeyError(f"the key {shortened(doubled)!r} stands twice in one object")
    return document


def parse_resource(content: bytes, what: str) -> Resource:
    """The single resource in an answer. Raises UnreadableError for anything else."""
    document = parse_json(content, what)
    if not isinstance(document, dict):
        raise UnreadableError(f"{what}: {kind_of(document)} instead of one resource")
    return canonical(document, what)


def parse_listing(content: bytes, what: str) -> RawListing:
    """One page of a listing (RFC 7644, section 3.4.2).

    `Resources` may be absent only when the total is 0. Raises UnreadableError for any other
    shape.
    """
    document = parse_resource(content, what)
    total = _total(document.get("totalResults"), what)
    entries = document.get("Resources")
    if entries is None and total == 0:
        entries = []
    if not isinstance(entries, list):
        raise UnreadableError(
            f"{what}: no list of Resources in the answer",
            "is asana.base_url that of a SCIM service?",
        )
    return RawListing(entries, total)


def _total(value: object, what: str) -> int | None:
    if value is None:
        return None
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 10:
        value = int(value)
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise UnreadableError(f"{what}: totalResults is no count")
    return value


def canonical(resource: Resource, what: str) -> Resource:
    """The object with SCIM's own spelling of its keys; itself where it has that already.

    RFC 7643, section 2.1: attribute names and schema URIs have no letter case. Raises
    UnreadableError when two spellings of one name stand side by side.
    """
    if _KNOWN.issuperset(resource):
        return resource
    spelt = {_SPELLING.get(name.casefold(), name): value for name, value in resource.items()}
    if len(spelt) != len(resource):
        raise UnreadableError(f"{what}: one attribute in two spellings")
    return spelt


def kind_of(value: object) -> str:
    """What a JSON value is, as messages call it."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "a boolean"
    if isinstance(value, int | float):
        return "a number"
    return (
        "text" if isinstance(value, str) else "a list" if isinstance(value, list) else "an object"
    )
