"""From bytes to checked JSON documents: nothing is guessed from an answer that is not clear."""

from dataclasses import dataclass
from typing import Any, Final

import jiter

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


@dataclass(frozen=True, slots=True)
class RawListing:
    """One page as it came: its entries unread, and the total the server states, if any."""

    entries: list[object]
    total: int | None


def parse_json(content: bytes, what: str, *, repeats: bool = True) -> object:
    """The document in an answer; where a text `repeats`, as titles do, it is one in memory.

    Raises UnreadableError for anything but one whole JSON document whose keys are distinct.
    """
    content = content.removeprefix(b"\xef\xbb\xbf")
    if not content or content.isspace():
        raise UnreadableError(f"{what}: an empty answer instead of JSON")
    try:
        # One object with the same key twice: which one counts is anybody's guess.
        document: object = jiter.from_json(
            content,
            allow_inf_nan=False,
            catch_duplicate_keys=True,
            cache_mode="all" if repeats else "keys",
        )
    except ValueError as error:
        found = raw_words(content) if is_html(content) else _fault(error)
        raise UnreadableError(f"{what}: {found}") from error
    return document


def _fault(error: ValueError) -> str:
    return f"no clear JSON: {shortened(str(error))}"


def parse_resource(content: bytes, what: str, *, repeats: bool = True) -> Resource:
    """The single resource in an answer. Raises UnreadableError for anything else."""
    document = parse_json(content, what, repeats=repeats)
    if not isinstance(document, dict):
        raise UnreadableError(f"{what}: {kind_of(document)} instead of one resource")
    return canonical(document, what)


def parse_listing(content: bytes, what: str, *, repeats: bool = True) -> RawListing:
    """One page of a listing (RFC 7644, section 3.4.2).

    `Resources` may be absent only when the total is 0. Raises UnreadableError for any other
    shape.
    """
    document = parse_resource(content, what, repeats=repeats)
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
