"""From SCIM resources to our records of users and teams, and never less than was listed.

A user who cannot be read becomes an `UnreadableUser`: somebody is there, so nobody may be
created in that place or counted as gone.
"""

from collections.abc import Iterable, Mapping, Sequence
from operator import itemgetter
from typing import Any, Final

from syncer.asana.errors import shortened
from syncer.asana.wire import ENTERPRISE_USER, Resource, canonical, kind_of
from syncer.core.names import plain, team_key, user_key
from syncer.model.errors import UnreadableError
from syncer.model.origin import Problem, Size
from syncer.model.state import (
    EMPLOYEE_NUMBER,
    ENTERPRISE,
    VIEW_ONLY,
    CurrentTeam,
    CurrentUser,
    UnreadableUser,
)

TOP_LEVEL: Final = ("title", "preferredLanguage", "licensingDivisionId")
EXTENSION: Final = ("department", "employeeNumber", "costCenter", "organization", "division")
ADDRESS: Final = ("country", "region", "locality")

# Texts that are often nothing but digits; a server may send them as JSON numbers.
_MAY_BE_NUMBERS: Final = frozenset({"licensingDivisionId", "employeeNumber", "costCenter"})
_AS_WRITTEN: Final = (ENTERPRISE, VIEW_ONLY)
_LICENSES: Final = {name.casefold(): name for name in _AS_WRITTEN}
_TYPES_AT_WORK: Final = (None, "", "work")
_DOT_SEGMENTS: Final = frozenset({".", ".."})
_VALUE: Final = itemgetter("value")
_LISTED_TWICE: Final = "listed twice with different content"


class FaultError(Exception):
    """One attribute that is not what SCIM promises."""

    def __init__(self, column: str, what: str) -> None:
        super().__init__(what)
        self.column = column
        self.what = what


def read_user(raw: object) -> CurrentUser | UnreadableUser:
    """The user in a resource; unreadable when any attribute that we look at is in doubt.

    `active` must be there: Asana shows it in every user, and a record without it could be a
    leaver who is deactivated already as well as somebody at work.
    """
    if not isinstance(raw, dict):
        return _unreadable({}, FaultError("", f"{kind_of(raw)} instead of a user"))
    try:
        resource = canonical(raw, "user")
    except UnreadableError:
        return _unreadable(raw, FaultError("", "one attribute in two spellings"))
    try:
        return _user(resource)
    except FaultError as fault:
        return _unreadable(resource, fault)


def doubtful(user: CurrentUser | UnreadableUser) -> UnreadableUser:
    """The user as somebody whom a listing showed in two versions."""
    if isinstance(user, UnreadableUser):
        return user
    name = f"{user.user_name} (id {user.id})"
    return UnreadableUser(
        id=user.id,
        key=user.key,
        problem=Problem(
            origin=None,
            summary=f"Asana's user {name}: {_LISTED_TWICE}",
            hint="run again; the user may have been changed during the reading",
            size=Size.RECORD,
            identity=(user.user_name,),
        ),
        employee_number=user.attributes.get(EMPLOYEE_NUMBER, ""),
    )


def _user(resource: Resource) -> CurrentUser:
    scim_id = identifier(resource.get("id"), "id")
    user_name = _text(resource, "userName")
    if not user_name:
        raise FaultError("userName", "is missing")
    return CurrentUser(
        id=scim_id,
        user_name=user_name,
        key=user_key(user_name),
        active=_active(resource.get("active")),
        attributes=_attributes(resource),
        license=_license(_text(resource, "userType")),
    )


def _attributes(resource: Resource) -> dict[str, str]:
    extension = _object_of(resource.get(ENTERPRISE_USER), ENTERPRISE_USER)
    found: dict[str, str] = {}
    if "name" in resource:
        name = _object_of(resource["name"], "name")
        if formatted := _text(name, "formatted"):
            found["name.formatted"] = formatted
    _take(resource, TOP_LEVEL, found)
    _take(extension, EXTENSION, found)
    if "addresses" in resource:
        _take(_object_of(work_entry(resource, "addresses"), "addresses"), ADDRESS, found)
    if "manager" in extension and (manager := _manager(extension["manager"])):
        found["manager"] = manager
    if "phoneNumbers" in resource:
        phone = _object_of(work_entry(resource, "phoneNumbers"), "phoneNumbers")
        if number := _text(phone, "value"):
            found["phone"] = number
    if "roles" in resource and (role := _role(resource["roles"])):
        found["roles"] = role
    return found


def _take(part: Resource, names: Iterable[str], found: dict[str, str]) -> None:
    for name in names:
        value = part.get(name)
        if value is None:
            continue
        text = value if isinstance(value, str) else _text(part, name)
        if text and not text.isspace():
            found[name] = text


def identifier(value: object, column: str) -> str:
    """An id as text: Asana shows ids as texts and, in one example, as a number."""
    if not isinstance(value, str):
        if isinstance(value, int) and not isinstance(value, bool):
            return str(value)
        raise FaultError(column, "is missing" if value is None else f"is {kind_of(value)}")
    # A dot segment would make the URL of this resource that of another one.
    if not value or value.isspace() or value in _DOT_SEGMENTS:
        raise FaultError(column, "is no id")
    return value


def _text(resource: Mapping[str, Any], name: str) -> str:
    # RFC 7643, section 2.5: null, absent and empty are the same state.
    value = resource.get(name)
    if isinstance(value, str):
        return "" if value.isspace() else value
    if value is None:
        return ""
    if name in _MAY_BE_NUMBERS and isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    raise FaultError(name, f"is {kind_of(value)} instead of text")


def _active(value: object) -> bool:
    if isinstance(value, bool):
        return value
    if isinstance(value, str) and value.strip().casefold() in {"true", "false"}:
        return value.strip().casefold() == "true"
    raise FaultError("active", "is missing" if value is None else "is neither true nor false")


def _license(text: str) -> str | None:
    if text in _AS_WRITTEN:
        return text
    words = " ".join(text.split())
    return _LICENSES.get(words.casefold(), words) or None


def _object_of(value: object, name: str) -> Resource:
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise FaultError(name, f"is {kind_of(value)} instead of an object")
    try:
        return canonical(value, name)
    except UnreadableError:
        raise FaultError(name, "has one attribute in two spellings") from None


def _manager(value: object) -> str:
    """Asana says no more than "reference": an object, an id or an address, as other clients
    have seen or sent it."""
    if isinstance(value, str):
        return value.strip()
    if value is None or (isinstance(value, int) and not isinstance(value, bool)):
        return "" if value is None else str(value)
    reference = _object_of(value, "manager")
    if reference.get("value") not in (None, ""):
        return identifier(reference["value"], "manager")
    link = _text(reference, "$ref")
    return link.rstrip("/").rpartition("/")[2] or _text(reference, "displayName")


def work_entry(resource: Mapping[str, Any], name: str) -> Resource | None:
    """The entry of a multi-valued attribute that is the one at work, the primary one first.

    A single entry without a type counts as such. Raises FaultError for entries that are no list of
    objects.
    """
    entries = resource.get(name)
    if entries is None:
        return None
    if not isinstance(entries, list) or {*map(type, entries)} - {dict}:
        raise FaultError(name, "is no list of objects")
    if len(entries) == 1:
        entry: Resource = entries[0]
        kind = entry.get("type")
        return entry if kind in _TYPES_AT_WORK or str(kind).casefold() == "work" else None
    at_work = [entry for entry in entries if str(entry.get("type")).casefold() == "work"]
    return _first([*filter(_is_primary, at_work), *at_work])


def _first(entries: Sequence[Resource]) -> Resource | None:
    return entries[0] if entries else None


def _is_primary(entry: Mapping[str, Any]) -> bool:
    # Asana's table calls `primary` a string, its examples show a boolean.
    return str(entry.get("primary")).casefold() == "true"


def _role(value: object) -> str:
    if value is None:
        return ""
    roles = value if isinstance(value, list) else [value]
    entries = [role if isinstance(role, dict) else {"value": role} for role in roles]
    chosen = _first([*filter(_is_primary, entries), *entries])
    if chosen is None or chosen.get("value") in (None, ""):
        return ""
    return identifier(chosen["value"], "roles")


def _unreadable(resource: Mapping[str, Any], fault: FaultError) -> UnreadableUser:
    scim_id = _spare_id(resource.get("id"))
    address, number = _spare_address(resource), _spare_number(resource)
    name = address or (f"id {scim_id}" if scim_id else "without id and address")
    column = f"'{fault.column}' " if fault.column else ""
    return UnreadableUser(
        id=scim_id,
        key=user_key(address) if address else None,
        problem=Problem(
            origin=None,
            summary=shortened(f"Asana's user {name}: {column}{fault.what}"),
            hint="left alone in this run; look at the user in Asana's admin console",
            column=fault.column,
            size=Size.RECORD,
            identity=tuple(filter(None, (address, scim_id))),
        ),
        # Of whom nothing at all is shown, a number that is not shown says nothing either.
        employee_number=number if number or address or scim_id else None,
    )


def _spare_id(value: object) -> str | None:
    try:
        return identifier(value, "id")
    except FaultError:
        return None


def _spare_number(resource: Mapping[str, Any]) -> str | None:
    """The number, "" where there is none; None where nobody can say which it is.

    An object in two spellings is looked through as it came: it may hold another one's part.
    """
    extensions = [
        value for name, value in resource.items() if name.casefold() == ENTERPRISE_USER.casefold()
    ]
    try:
        numbers = {
            _text(_object_of(value, ENTERPRISE_USER), EMPLOYEE_NUMBER) for value in extensions
        }
    except FaultError:
        return None
    return None if len(numbers) > 1 else "".join(numbers)


def _spare_address(resource: Mapping[str, Any]) -> str:
    """Whatever still names the person: the user name, else the primary or first address."""
    candidates: list[object] = [resource.get("userName")]
    emails = resource.get("emails")
    if isinstance(emails, list):
        entries = [entry for entry in emails if isinstance(entry, dict)]
        candidates += [entry.get("value") for entry in filter(_is_primary, entries)]
        candidates += [entry.get("value") for entry in entries]
    texts = (plain(value) for value in candidates if isinstance(value, str))
    return next(filter(None, texts), "")


def read_team(raw: object, what: str) -> CurrentTeam:
    """The team in a resource. `members` is None when the key is absent, null or unreadable.

    A team without a name is kept under an empty one, which nothing ever asks for. Raises
    UnreadableError for a resource without an id or with a name that is no text: it could be
    the very team that the config names.
    """
    if not isinstance(raw, dict):
        raise UnreadableError(f"{what}: {kind_of(raw)} instead of a team")
    resource = canonical(raw, what)
    try:
        scim_id = identifier(resource.get("id"), "id")
        name = _team_name(resource.get("displayName"))
    except FaultError as fault:
        raise UnreadableError(f"{what}: a team whose '{fault.column}' {fault.what}") from None
    return CurrentTeam(scim_id, name, team_key(name), _members(resource.get("members")))


def _team_name(value: object) -> str:
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    if not isinstance(value, str | None):
        raise FaultError("displayName", f"is {kind_of(value)} instead of text")
    return value or ""


def _members(value: object) -> frozenset[str] | None:
    if not isinstance(value, list):
        return None
    try:
        return _as_documented(value) or frozenset(map(_member, value))
    except FaultError:
        # One member that cannot be read may be anybody, so the whole list is not read.
        return None


def _as_documented(entries: list[Any]) -> frozenset[str] | None:
    """The ids of entries that hold a text as `value` and nothing else; None for any others.

    There are half a million of them in a large tenant, so that the interpreter walks none.
    """
    try:
        if {*map(len, entries)} != {1}:  # what has no length raises
            return None
        values = [*map(_VALUE, entries)]
    except (TypeError, KeyError):
        return None
    if {*map(type, values)} != {str} or any(map(str.isspace, values)):
        return None
    members = frozenset(values)
    return None if "" in members or not members.isdisjoint(_DOT_SEGMENTS) else members


def _member(entry: object) -> str:
    if not isinstance(entry, dict):
        return identifier(entry, "members")
    reference = _object_of(entry, "members")
    value = reference.get("value")
    if value in (None, "") and isinstance(reference.get("$ref"), str):
        return identifier(reference["$ref"].rstrip("/").rpartition("/")[2], "members")
    return identifier(value, "members")
