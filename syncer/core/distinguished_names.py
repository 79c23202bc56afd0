"""Distinguished names (RFC 4514) as keys: two spellings of one entry compare equal."""

import re
from typing import Final

from syncer.core.names import folded, team_key

_PLAIN: Final = re.compile(r"""[^\\"+#,=]+=[^\\"+#=,]*(?:,[^\\"+#,=]+=[^\\"+#=,]*)*""")
"""A name without escapes, quotes, values in hex or RDNs of several values: nearly all."""

_VALUE = r"[^\s\\\"+#,=]+(?: [^\s\\\"+#,=]+)*"
_SHORT: Final = "(?:cn|ou|dc|uid|o|l|st|c)"
_CANONICAL: Final = re.compile(rf"{_SHORT}={_VALUE}(?:,{_SHORT}={_VALUE})*")
"""A plain name whose blanks are all single and inside values: only its case may differ."""

_SAME_TYPES: Final = {
    "commonname": "cn",
    "2.5.4.3": "cn",
    "surname": "sn",
    "2.5.4.4": "sn",
    "countryname": "c",
    "2.5.4.6": "c",
    "localityname": "l",
    "2.5.4.7": "l",
    "stateorprovincename": "st",
    "2.5.4.8": "st",
    "organizationname": "o",
    "2.5.4.10": "o",
    "organizationalunitname": "ou",
    "2.5.4.11": "ou",
    "userid": "uid",
    "0.9.2342.19200300.100.1.1": "uid",
    "domaincomponent": "dc",
    "0.9.2342.19200300.100.1.25": "dc",
}
"""Types by further names and by number (RFC 4519): some servers keep a name as it was written."""

_TYPE: Final = re.compile(r"\s*(?:[A-Za-z][A-Za-z0-9-]*|\d+(?:\.\d+)*)\s*")
_HEX: Final = re.compile(r"[0-9A-Fa-f]{2}")

_BETWEEN_RDNS: Final = "\x1f"
_BETWEEN_VALUES: Final = "\x1e"


def dn_key(text: str) -> str | None:
    """The key of a distinguished name, None when the text is none.

    Letter case, blanks around separators, the form of escapes, the order of values within one
    RDN and which name of an attribute is used do not count.
    """
    if "=" not in text:
        return None
    same = folded(text)
    if _CANONICAL.fullmatch(same):
        return same.replace(",", _BETWEEN_RDNS)
    if _PLAIN.fullmatch(text):
        parts = [part.split("=", 1) for part in text.split(",")]
        if not all(_TYPE.fullmatch(kind) for kind, _ in parts):
            return None
        return _BETWEEN_RDNS.join(f"{_type_key(kind)}={team_key(value)}" for kind, value in parts)
    rdns = _parse(text)
    if rdns is None:
        return None
    return _BETWEEN_RDNS.join(
        _BETWEEN_VALUES.join(sorted(f"{_type_key(kind)}={team_key(value)}" for kind, value in rdn))
        for rdn in rdns
    )


def parent_key(key: str) -> str:
    """The key of the entry above, for a key made by `dn_key`; empty at the top."""
    return key.partition(_BETWEEN_RDNS)[2]


def first_value(text: str) -> str:
    """The first value of a distinguished name, unescaped (`R&D, EMEA`); empty when it is none."""
    rdns = _parse(text)
    return rdns[0][0][1] if rdns else ""


def _type_key(kind: str) -> str:
    key = team_key(kind)
    return _SAME_TYPES.get(key, key)


def _parse(text: str) -> list[list[tuple[str, str]]] | None:
    """RDNs of (type, value) pairs, unescaped; None when the text is no distinguished name."""
    rdns: list[list[tuple[str, str]]] = [[]]
    position = 0
    while True:
        kind = _TYPE.match(text, position)
        if kind is None or text[kind.end() : kind.end() + 1] != "=":
            return None
        value, position = _value(text, kind.end() + 1)
        if value is None:
            return None
        rdns[-1].append((kind.group().strip(), value))
        if position == len(text):
            return rdns
        if text[position] == ",":
            rdns.append([])
        position += 1


def _value(text: str, position: int) -> tuple[str | None, int]:
    """One unescaped value and where it ended: at `,`, at `+` or at the end of the text."""
    value = bytearray()
    quoted = False
    while position < len(text):
        character = text[position]
        if character == '"':  # RFC 2253, section 4: older writers quote instead of escaping
            quoted = not quoted
        elif character == "\\":
            pair = _HEX.match(text, position + 1)
            if pair:
                value += bytes.fromhex(pair.group())
                position += 2
            elif position + 1 < len(text):
                value += text[position + 1].encode()
                position += 1
            else:
                return None, position
        elif character in ",+" and not quoted:
            break
        else:
            value += character.encode()
        position += 1
    if quoted:
        return None, position
    return value.decode(errors="replace"), position
