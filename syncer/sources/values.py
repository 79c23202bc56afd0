"""What a single value means, whichever format carried it."""

import re
import uuid
from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from syncer.core.names import is_address
from syncer.model.directory import Value

LISTS: Final = frozenset(
    {
        "aliases",
        "alternateemailaddress",
        "emailaliases",
        "groups",
        "mailalternateaddress",
        "member",
        "member_of",
        "memberof",
        "members",
        "memberuid",
        "objectclass",
        "otheremails",
        "othermailbox",
        "othermails",
        "previous_emails",
        "previousemails",
        "proxyaddresses",
        "serviceprincipalname",
        "uniquemember",
    }
)
"""Attributes that hold several values by their nature: the cells that `multi_value` splits."""

GUIDS: Final = frozenset({"objectguid", "ms-ds-consistencyguid", "msexchmailboxguid"})
SIDS: Final = frozenset({"objectsid"})
BINARY: Final = frozenset(
    {
        "audio",
        "authorityrevocationlist",
        "cacertificate",
        "certificaterevocationlist",
        "crosscertificatepair",
        "deltarevocationlist",
        "jpegphoto",
        "krbextradata",
        "krbprincipalkey",
        "logonhours",
        "msexchblockedsendershash",
        "msexchmailboxsecuritydescriptor",
        "msexchsafesendershash",
        "ntsecuritydescriptor",
        "photo",
        "sambantpassword",
        "supplementalcredentials",
        "terminalserver",
        "thumbnaillogo",
        "thumbnailphoto",
        "tokengroups",
        "unicodepwd",
        "usercertificate",
        "userparameters",
        "userpassword",
        "userpkcs12",
        "usersmimecertificate",
    }
)
"""Attributes that are no text, or that hold a password: never read, wanted or not."""

_BETWEEN_WORDS: Final = re.compile(r'[\s<>,;"()\[\]|:]+')
_NAMING: Final = ("mail", "user", "login", "principal", "upn", "address")
_OTHER_PEOPLE: Final = ("manager", "supervisor", "assistant", "secretary", "directreports")


def guid_text(raw: bytes) -> str:
    """The canonical text of a GUID as Active Directory stores it.

    Its first three fields are little-endian (MS-DTYP, section 2.3.4).
    """
    return str(uuid.UUID(bytes_le=raw))


def sid_text(raw: bytes) -> str:
    """`S-1-5-21-...` (MS-DTYP, section 2.4.2). Raises ValueError when the bytes are no SID."""
    if len(raw) < 8 or len(raw) != 8 + 4 * raw[1]:
        raise ValueError("not a security identifier")
    authority = int.from_bytes(raw[2:8], "big")
    parts = (int.from_bytes(raw[at : at + 4], "little") for at in range(8, len(raw), 4))
    return "-".join(("S", str(raw[0]), str(authority), *map(str, parts)))


def binary_text(key: str, raw: bytes) -> str | None:
    """The text form of a binary value that has one (GUID, SID), else None."""
    if key in GUIDS and len(raw) == 16:
        return guid_text(raw)
    if key in SIDS:
        try:
            return sid_text(raw)
        except ValueError:
            return None
    return None


def one_or_many(values: Iterable[str]) -> Value | None:
    """The values as an attribute holds them: trimmed, the empty ones left out."""
    kept = tuple(text for value in values if (text := value.strip()))
    return kept[0] if len(kept) == 1 else kept or None


def addresses_in(texts: Iterable[str]) -> tuple[str, ...]:
    """Every e-mail address that stands anywhere in the texts, each once, in order."""
    words = (word for text in texts for word in _BETWEEN_WORDS.split(text))
    return tuple(dict.fromkeys(word for word in words if is_address(word)))


def texts_of(attributes: Mapping[str, Value]) -> Iterator[str]:
    """All values of all attributes."""
    for value in attributes.values():
        if isinstance(value, str):
            yield value
        else:
            yield from value


def identity_of(attributes: Mapping[str, Value], key: str | None) -> tuple[str, ...]:
    """What names the person: the value of the directory key, and every address but those of
    somebody else, such as the manager."""
    own = attributes.get(key) if key else None
    keys = (own,) if isinstance(own, str) else own or ()
    named = {
        name: value
        for name, value in attributes.items()
        if not any(part in name for part in _OTHER_PEOPLE)
    }
    return tuple(dict.fromkeys((*keys, *addresses_in(texts_of(named)))))


def may_name_a_person(attribute: str, key: str | None) -> bool:
    """Whether the loss of this attribute could hide whom a record is about."""
    return attribute == key or any(part in attribute for part in _NAMING)
