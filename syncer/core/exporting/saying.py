"""What a directory can say of a value, an address or a name, so that a plan reads it unchanged."""

from typing import Final

from syncer.core.distinguished_names import dn_key
from syncer.core.language.expressions import is_template
from syncer.core.names import clean, is_address, plain, team_key, user_key
from syncer.core.rules_check import LONGEST_VALUE

_BLANK: Final = "it has line breaks, control characters or runs of blanks"
_UNWRITABLE: Final = "it has characters that no file can hold"
_SEPARATORS: Final = frozenset(",;<>")
_WILD: Final = frozenset("*?[")


def value_fault(value: str) -> str:
    """Why a directory cannot say this value of an attribute; empty when it can.

    A mapped value is one line of text: what would come out of the mapping as another text would
    be planned as a change.
    """
    if not _is_writable(value):
        return _UNWRITABLE
    said = clean(value)
    if len(said) > LONGEST_VALUE:
        return f"it is longer than {LONGEST_VALUE:,} characters"
    return "" if said and plain(said) == plain(value) else _BLANK


def address_fault(address: str) -> str:
    """Why nobody can be found by this address in a directory; empty when a person can."""
    if not is_address(address):
        return "the address is none that a directory can hold"
    if dn_key(address) is not None:
        return "the address reads like a distinguished name"
    return ""


def name_fault(name: str) -> str:
    """Why a config cannot name a team so; empty when it can."""
    if not _is_writable(name) or "\0" in name:
        return _UNWRITABLE
    said = clean(name)
    if not any(sign.isprintable() and not sign.isspace() for sign in said):
        return "nobody can see its name"
    if is_template(name):
        return "its name reads like a template"
    return "" if team_key(said) == team_key(name) else "its name has control characters"


def protecting_pattern(address: str) -> str:
    """The pattern for `protected.users` that covers this address and as few others as can be.

    Empty for what has no domain: nobody there is ever a leaver.
    """
    key = team_key(user_key(address))
    if "@" not in key:
        return ""
    pattern = "".join(map(_literal, key))
    return f"[@]{pattern[1:]}" if pattern.startswith("@") else pattern


def _literal(sign: str) -> str:
    if sign in _WILD:
        return f"[{sign}]"
    return "?" if sign.isspace() or sign in _SEPARATORS or not sign.isprintable() else sign


def _is_writable(text: str) -> bool:
    return not any("\ud800" <= sign <= "\udfff" for sign in text)
