"""What passes for an e-mail address. Written apart from the client's own idea of it, on purpose:
two readings of RFC 5321 that agree are worth more than one."""

from typing import Final

_LONGEST: Final = 254  # RFC 5321, section 4.5.3.1.3, less the angle brackets
_NOT_IN_LOCAL: Final = frozenset('"(),:;<>@[\\]')


def address_problem(text: str) -> str:
    """Why the text is no e-mail address, or an empty text."""
    local, at, domain = text.rpartition("@")
    if not at or not local:
        return "is not an e-mail address"
    if len(text) > _LONGEST:
        return f"is longer than {_LONGEST} characters"
    if any(c.isspace() or not c.isprintable() or c in _NOT_IN_LOCAL for c in local):
        return "has a character that no address has"
    if local.startswith(".") or local.endswith(".") or ".." in local:
        return "has a misplaced dot"
    labels = domain.split(".")
    if len(labels) < 2 or not all(map(_is_label, labels)):
        return "has no valid domain"
    return ""


def domain_of(address: str) -> str:
    """The domain, without letter case."""
    return address.rpartition("@")[2].casefold()


def _is_label(label: str) -> bool:
    plain = label.replace("-", "a")
    return bool(label) and plain.isalnum() and not (label.startswith("-") or label.endswith("-"))
