"""What an LDAP entry is, when the config has no `select`: a person, a group or neither.

Knows the schemas of OpenLDAP, 389 DS and Active Directory, and exports without objectClass.
"""

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from enum import Enum
from functools import lru_cache
from typing import Final

from syncer.core.distinguished_names import first_value

Values = Mapping[str, Sequence[str]]


class Kind(Enum):
    """What an entry is. DOUBTFUL shows neither a class nor an attribute that would tell,
    UNFAMILIAR only classes that are not known here."""

    PERSON = "person"
    GROUP = "group"
    OTHER = "other"
    DOUBTFUL = "doubtful"
    UNFAMILIAR = "unfamiliar"


PERSON_CLASSES: Final = frozenset(
    {"inetorgperson", "organizationalperson", "person", "posixaccount", "user"}
)
GROUP_CLASSES: Final = frozenset(
    {
        "group",
        "groupofentries",
        "groupofmembers",
        "groupofnames",
        "groupofuniquenames",
        "groupofurls",
        "posixgroup",
    }
)
# An entry is of the classes above its own too (RFC 4512, section 3.3), and OpenLDAP shows only
# those that were stored. RFC 4519, section 3; RFC 2798; RFC 4524 and its forerunner RFC 1274.
_ORGANIZATIONAL: Final = ("organizationalperson", "person")
_SUPERCLASSES: Final[Mapping[str, tuple[str, ...]]] = {
    "computer": ("user", *_ORGANIZATIONAL),
    "contact": _ORGANIZATIONAL,
    "inetorgperson": _ORGANIZATIONAL,
    "openldapperson": ("pilotperson", "inetorgperson", *_ORGANIZATIONAL),
    "organizationalperson": ("person",),
    "pilotperson": ("person",),
    "residentialperson": ("person",),
    "user": _ORGANIZATIONAL,
}
_TOP: Final = "top"
_ADDED: Final = "posixaccount"
STRUCTURAL_PERSONS: Final = PERSON_CLASSES - {_ADDED}
"""The classes of people that others can be below."""
# These have a member, or are none (RFC 4519, section 3.5). 389 Directory Server lets them be
# empty, and marks the groups of FreeIPA by a class of its own.
_NEVER_EMPTY: Final = frozenset({"groupofnames", "groupofuniquenames"})
_MAYBE_EMPTY: Final = frozenset({"nestedgroup"})
# In Active Directory a computer is a user too, and a contact is a person.
_NEITHER: Final = frozenset(
    {
        "computer",
        "contact",
        "foreignsecurityprincipal",
        "msds-groupmanagedserviceaccount",
        "msds-managedserviceaccount",
        "msexchdynamicdistributionlist",
        "msexchsystemmailbox",
        "publicfolder",
        "trusteddomain",
    }
)
# RFC 4519, section 3; RFC 4524, section 3. Below none of them is a class of people; an `account`
# may be one by what is added to it.
_THINGS: Final = frozenset(
    {
        "account",
        "applicationprocess",
        "container",
        "country",
        "device",
        "document",
        "documentseries",
        "domain",
        "locality",
        "organization",
        "organizationalrole",
        "organizationalunit",
        "room",
    }
)
MEMBER_ATTRIBUTES: Final = ("member", "uniquemember", "memberuid")
_MEMBERS: Final = frozenset(MEMBER_ATTRIBUTES)
_PERSONAL: Final = frozenset(
    {
        "employeeid",
        "employeenumber",
        "givenname",
        "mail",
        "samaccountname",
        "sn",
        "uid",
        "useraccountcontrol",
        "userprincipalname",
    }
)
_CONTAINER: Final = re.compile(r"\s*(?:ou|o|c|dc|l|st)\s*=", re.IGNORECASE)
# Membership of a primary group stands in each user's primaryGroupID and in no `member`
# (MS-ADTS, section 3.1.1.1.5); these are the groups that are primary by default.
_PRIMARY_RIDS: Final = ("-513", "-514", "-515", "-516", "-521")
_PRIMARY_NAMES: Final = re.compile(
    r"cn=domain (?:users|guests|computers|controllers),cn=users,dc=.*", re.IGNORECASE
)

LOOKED_AT: Final = frozenset(
    {"objectclass", "grouptype", "objectsid", "cn", "displayname", "name"} | _PERSONAL | _MEMBERS
)
"""The attributes by which the functions of this module decide."""


def kind_of(dn: str, values: Values, ranges: Collection[str] = ()) -> Kind:
    """What the entry is, by its classes, else by its attributes.

    `ranges` are the attributes that came in ranges, as the members of a big group do. So does the
    `memberOf` of a person, who is told by what else there is.
    """
    classes = values.get("objectclass")
    members = not _MEMBERS.isdisjoint(values)
    if classes:
        kind = _kind_by_class(tuple(classes), members=members)
        person = kind is Kind.PERSON or kind is Kind.UNFAMILIAR
        return Kind.OTHER if person and _no_person(values) else kind
    if members or lists_members(ranges) or "grouptype" in values:
        return Kind.GROUP
    if _no_person(values):
        return Kind.OTHER
    if _PERSONAL & values.keys():
        return Kind.PERSON
    if ranges:  # the further values of an entry that was told before
        return Kind.GROUP
    return Kind.OTHER if not dn or _CONTAINER.match(dn) else Kind.DOUBTFUL


def is_unfamiliar(values: Values) -> bool:
    """Whether no class is known that an entry has for itself: `posixAccount` is added to others
    (RFC 2307, section 4), whatever they are."""
    own = [name for name in values.get("objectclass", ()) if name.casefold() != _ADDED]
    members = not _MEMBERS.isdisjoint(values)
    return bool(own) and _kind_by_class(tuple(own), members=members) is Kind.UNFAMILIAR


def looks_personal(values: Values) -> bool:
    """Whether an entry of unfamiliar classes has what people have; a `uid` hosts have too."""
    return bool(_PERSONAL & values.keys() - {"uid"})


def is_of_class(name: str, wanted: str) -> bool:
    """Whether a class is `wanted` or below it, as far as the schema is known; case-folded."""
    return wanted in {name, _TOP} or wanted in _SUPERCLASSES.get(name, ())


def lists_members(ranges: Iterable[str]) -> bool:
    """Whether members are among what came in ranges."""
    return any(name.partition(";")[0] in _MEMBERS for name in ranges)


def group_name(dn: str, values: Values) -> str:
    """What people call the group: cn, else a display name, else the first part of its DN."""
    for attribute in ("cn", "displayname", "name"):
        for value in values.get(attribute, ()):
            return value
    return first_value(dn) or dn


def hides_members(dn: str, values: Values) -> bool:
    """Whether Active Directory lists nobody here who has this as primary group."""
    return any(sid.endswith(_PRIMARY_RIDS) for sid in values.get("objectsid", ())) or bool(
        _PRIMARY_NAMES.fullmatch(dn)
    )


def must_have_members(values: Values) -> bool:
    """Whether a group of these classes has a member, shown or not."""
    classes = {name.casefold() for name in values.get("objectclass", ())}
    return bool(classes & _NEVER_EMPTY) and not classes & _MAYBE_EMPTY


@lru_cache(maxsize=1024)
def _kind_by_class(names: tuple[str, ...], *, members: bool) -> Kind:
    """What an entry of these classes is, its name aside: few combinations make up a directory."""
    shown = {name.casefold() for name in names}
    classes = shown.union(*(_SUPERCLASSES.get(name, ()) for name in shown))
    if classes & _NEITHER:
        return Kind.OTHER
    if classes & GROUP_CLASSES or (members and not classes & PERSON_CLASSES):
        return Kind.GROUP
    if classes & PERSON_CLASSES:
        return Kind.PERSON
    return Kind.OTHER if classes & _THINGS else Kind.UNFAMILIAR


def _no_person(values: Values) -> bool:
    """Machines and trusts end in `$`; krbtgt holds the keys of the domain, one per RODC."""
    accounts = values.get("samaccountname")
    if not accounts:
        return False
    names = [name.casefold() for name in accounts]
    return any(name.endswith("$") or name.partition("_")[0] == "krbtgt" for name in names)
