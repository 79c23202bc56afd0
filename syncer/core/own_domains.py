"""Guess from the addresses of a directory which e-mail domains are the organization's own."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from syncer.core.language.filters import as_list, as_text
from syncer.core.names import attribute_key, domain_of, is_address
from syncer.model.directory import Record

_MOST_SURE: Final = 3
_MOST_SHOWN: Final = 6

_PUBLIC: Final = frozenset(
    {
        "126.com",
        "163.com",
        "aol.com",
        "fastmail.com",
        "free.fr",
        "gmail.com",
        "googlemail.com",
        "icloud.com",
        "laposte.net",
        "libero.it",
        "mac.com",
        "mail.com",
        "mail.ru",
        "me.com",
        "msn.com",
        "naver.com",
        "orange.fr",
        "posteo.de",
        "proton.me",
        "protonmail.com",
        "qq.com",
        "rediffmail.com",
        "rocketmail.com",
        "t-online.de",
        "web.de",
        "ymail.com",
        "zoho.com",
    }
)
_OF_MICROSOFT: Final = ".onmicrosoft.com"
"""Every Entra tenant has a domain there: of its administrators, and of all its guests."""

# These have a domain for nearly every country.
_PUBLIC_NAMES: Final = frozenset({"gmx", "hotmail", "live", "outlook", "yahoo", "yandex"})


@dataclass(frozen=True, slots=True)
class Domains:
    """Domains seen, the most common first. `own` may be taken; `others` a person should judge."""

    own: tuple[str, ...] = ()
    others: tuple[str, ...] = ()


def own_domains(records: Iterable[Record], attribute: str) -> Domains:
    """The domains of the addresses in this attribute.

    A domain is taken for the organization's own when two people have it, or everybody: a
    single one may be a typing error. Where there are many, none is.
    """
    key = attribute_key(attribute)
    counts: Counter[str] = Counter()
    for record in records:
        counts.update(_domains(record, key))
    common = sorted(counts, key=lambda domain: (-counts[domain], domain))
    own = [name for name in common if not _is_public(name)]
    own = [name for name in own if counts[name] > 1 or len(common) == 1]
    if len(own) > _MOST_SURE:
        own = []
    return Domains(tuple(own), tuple(name for name in common if name not in own)[:_MOST_SHOWN])


def _domains(record: Record, key: str) -> set[str]:
    addresses = (as_text(value) for value in as_list(record.attributes.get(key, "")))
    return {domain_of(address) for address in addresses if is_address(address)}


def _is_public(domain: str) -> bool:
    """Whether anybody can have an address there, or only Microsoft's bookkeeping has."""
    if domain.endswith(_OF_MICROSOFT):
        return True
    return domain in _PUBLIC or domain.partition(".")[0] in _PUBLIC_NAMES
