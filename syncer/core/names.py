"""The one place where texts become keys: what counts as the same person, team or attribute.

Keys are for comparing. What is sent to Asana is always the stored form.
"""

import re
import unicodedata
from collections.abc import Callable, Iterable
from fnmatch import translate
from typing import Final

from syncer.model.policy.config import Config
from syncer.model.state import TeamKey, UserKey

# RFC 5321, section 4.1.2, narrowed to what a directory holds: a dot-string or quoted local
# part, one @, and a domain of at least two labels. Letters outside ASCII are allowed in the
# local part (RFC 6531).
_ADDRESS: Final = re.compile(
    r"""(?x)
    [^\s@"(),:;<>\[\]\\.]+ (?: \. [^\s@"(),:;<>\[\]\\.]+ )*
    @
    (?: (?!-)[^\W_](?:[\w-]*[^\W_])? \. )+ (?!-)[^\W_][\w-]*[^\W_]
    """
)
_LONGEST_ADDRESS: Final = 254  # RFC 5321, section 4.5.3.1.3, less the angle brackets


def attribute_key(name: str) -> str:
    """The key of a directory attribute: case and blanks do not count."""
    return "".join(name.split()).casefold()


def plain(text: str) -> str:
    """The text as it is stored: composed (NFC), without surrounding white space."""
    return text.strip() if text.isascii() else unicodedata.normalize("NFC", text).strip()


def folded(text: str) -> str:
    """The text for comparing: composed, trimmed, without letter case, blanks kept."""
    if text.isascii():
        key = text.strip().lower()
        # One text in memory rather than two equal ones: most addresses are written as keys.
        return text if key == text else key
    return unicodedata.normalize("NFC", plain(text).casefold())


def same_text(one: str, other: str, *, any_case: bool = False) -> bool:
    """Whether two texts are one: composed alike, trimmed, and with `any_case` folded."""
    return folded(one) == folded(other) if any_case else plain(one) == plain(other)


def user_key(address: str) -> UserKey:
    """The key of an address: composed, trimmed, without letter case, its domain in letters."""
    key = folded(address)
    if "xn--" in key and ("@xn--" in key or ".xn--" in key):
        local, at, domain = key.rpartition("@")
        key = f"{local}{at}{domain_key(domain)}"
    return UserKey(key)


def domain_key(domain: str) -> str:
    """The key of an e-mail domain; its two spellings (RFC 5890, U-label and A-label) are one."""
    key = folded(domain).lstrip("@")
    if "xn--" not in key:
        return key
    try:
        return folded(key.encode("ascii").decode("idna"))
    except UnicodeError:
        return key


def our_domains(config: Config) -> frozenset[str]:
    """The e-mail domains that are ours, as keys."""
    return frozenset(map(domain_key, config.asana.domains))


def team_key(name: str) -> TeamKey:
    """The key of a team or group name: without letter case, runs of blanks count as one.

    Letters that nobody sees (a zero-width space from a web page) make no other name.
    """
    if not name.isascii():
        name = "".join(c for c in name if unicodedata.category(c) != "Cf")
    return TeamKey(folded(" ".join(name.split())))


def part_key(text: str) -> str:
    """The key of a part of an address or name, to be looked for in the whole: blanks at its ends
    count, letters that nobody sees do not."""
    if text.isascii():
        return text.lower()
    seen = "".join(c for c in text if unicodedata.category(c) != "Cf")
    return unicodedata.normalize("NFC", seen.casefold())


def license_key(text: str | None) -> str | None:
    """The licence as we write it, whatever its letter case; None when Asana showed none."""
    return None if text is None else folded(text)


def clean(text: str) -> str:
    """The text as it is sent: composed, trimmed, every run of white space one blank.

    A line break within a title or a department comes from a form, not from intent.
    """
    composed = text if text.isascii() else unicodedata.normalize("NFC", text)
    # Of all white space and control characters the blank alone is printable.
    if composed.isprintable() and "  " not in composed:
        return composed.strip()
    # Cc are control characters: none of them belongs into a name, a title or an address.
    return " ".join(
        "".join(c if unicodedata.category(c) != "Cc" else " " for c in composed).split()
    )


def is_address(text: str) -> bool:
    """Whether Asana could take the text as a userName: one e-mail address and nothing else.

    What only looks like another address is none: letters that nobody sees (a zero-width space
    from a web page) and full-width or other compatibility forms would part a person from the
    user who has the address as it looks.
    """
    address = plain(text)
    return (
        len(address) <= _LONGEST_ADDRESS
        and _ADDRESS.fullmatch(address) is not None
        and address.isprintable()
        and (address.isascii() or unicodedata.is_normalized("NFKC", address))
    )


def names_nobody(name: str, address: str) -> bool:
    """Whether a full name is only the address again, or its local part.

    Asana shows that for want of a name, so it is how a name looks that was emptied.
    """
    key = user_key(address)
    return folded(name) in {key, key.rpartition("@")[0]}


def domain_of(address: str) -> str:
    """The domain of an address, without letter case; empty when there is none."""
    return key_domain(user_key(address))


def key_domain(key: UserKey) -> str:
    """The domain of an address that is a key already."""
    _, at, domain = key.rpartition("@")
    return domain if at else ""


def covering(patterns: Iterable[str]) -> Callable[[str], bool]:
    """Whether one of these shell patterns (`svc-*@example.com`) covers a name or an address.

    A pattern covers its own text too: who protects the team `Board [EMEA]` by its name does not
    mean the names that end with one of four letters. Both sides are folded as by `team_key`. The
    patterns are compiled once, for a hundred thousand addresses.
    """
    keys = frozenset(map(team_key, patterns))
    if not keys:
        return lambda _: False
    match = re.compile("|".join(translate(key) for key in sorted(keys))).match
    return lambda text: (key := team_key(text)) in keys or match(key) is not None
