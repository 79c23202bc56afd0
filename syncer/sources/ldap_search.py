"""A search over LDAP from the first page to the last, with ranges and referrals.

Nothing but the result 0 behind the last page makes an answer: a search that was stopped must
never look like people who left.
"""

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from typing import Final, Protocol
from urllib.parse import SplitResult, unquote, urlsplit

from syncer.model.policy.directory import LdapSource
from syncer.sources.ldap_question import Answer, LdapError, Question, Sent
from syncer.sources.ldap_results import LIMITS, RESULTS, misses_people
from syncer.sources.ranges import range_of

# Changes with every change of an entry of Active Directory, and with no other.
STAMP: Final = "uSNChanged"

_NO_ATTRIBUTE: Final = "1.1"  # RFC 4511, section 4.5.1.8
_MOST_SERVERS: Final = 50
_MOST_BARREN: Final = 100
_TRIES: Final = 3
_LONGEST_SAID: Final = 200
_REFERRAL: Final = 10
_NO_SUCH_OBJECT: Final = 32
_HINTS: Final = {
    1: "Active Directory answers so before a login: set bind_dn and password",
    8: "use ldaps://, or start_tls: true",
    10: "the base is on another server: name that one in `url`",
    12: "the server cannot hand out results in pages (RFC 2696)",
    13: "use ldaps://, or start_tls: true",
    32: "is `base` right, and may this login see it?",
    34: "is `base` a distinguished name, for example DC=example,DC=com?",
    48: "may one ask anonymously here? else set bind_dn and password",
    49: "are bind_dn and the password right, and is the account neither locked nor expired?",
    50: "may this login search below `base`? else set bind_dn and password",
    51: "try again later",
    52: "try again later",
}
_LIMITED: Final = "ask for a higher limit for this login, or for less with `base` and `select`"


@dataclass(frozen=True, slots=True)
class Ask:
    """One search: below the entry `base`, or of that entry `alone`."""

    base: str
    filter: str
    attributes: tuple[str, ...]
    alone: bool = False


@dataclass(frozen=True, slots=True)
class Page:
    """One answer of the server. `cookie` is empty behind the last page.

    `references` name servers that hold parts of the tree, `referred` the one that holds all.
    """

    entries: Sequence[Sent]
    references: Sequence[tuple[str, ...]]
    code: int
    said: str = ""
    cookie: bytes = b""
    referred: tuple[str, ...] = ()


class Session(Protocol):
    """A connection on which a login succeeded. Its calls raise LdapError when it is lost."""

    def page(self, ask: Ask, cookie: bytes | None) -> Page:
        """The page behind `cookie`, None for the first; no page at all for what is `alone`."""


Connect = Callable[[str], AbstractContextManager[Session]]
"""Opens a session with the server at an address. Raises LdapError."""


def search(source: LdapSource, question: Question, connect: Connect) -> Answer:
    """The whole answer to a question, of other servers too where the source says follow.

    Raises LdapError when anything but a whole answer came.
    """
    answer = Answer()
    follow = source.referrals == "follow"
    places = [(source.url, Ask(source.base, question.filter, (*question.attributes, STAMP)))]
    seen: set[tuple[str, Ask]] = set()
    for url, ask in places:  # grows while it is gone through
        # At one base one referral may mean the entry alone, and another all that is below.
        place = (url, replace(ask, base=ask.base.casefold()))
        if place in seen:
            continue
        seen.add(place)
        if len(seen) > _MOST_SERVERS:
            raise LdapError("one referral leads to another without end", "set referrals: ignore")
        try:
            with connect(url) as session:
                going = _Search(session, ask, follow=follow)
                going.run()
        except LdapError as error:
            where = "" if url == source.url else f"{url}, to which a referral leads: "
            raise LdapError(f"{where}{error.message}", error.hint) from error
        answer.entries.extend((url, entry) for entry in going.entries)
        if going.elsewhere:
            places.append(_elsewhere(going.elsewhere, source, ask))
        for reference in filter(_matters, going.references):
            if follow:
                places.append(_elsewhere(reference, source, ask))
            else:
                answer.unfollowed.append(reference[0])
    return answer


def reach(source: LdapSource, connect: Connect) -> None:
    """Log in and look at the base alone. Raises LdapError when that does not succeed."""
    with connect(source.url) as session:
        page = session.page(
            Ask(source.base, "(objectClass=*)", (_NO_ATTRIBUTE,), alone=True), None
        )
    if page.code:
        raise stopped(page.code, page.said)
    if not page.entries:
        raise LdapError(f"'{source.base}' is not to be seen", _HINTS[_NO_SUCH_OBJECT])


def _matters(reference: Sequence[str]) -> bool:
    """Whether people may be missed where it is not followed; its addresses are alternatives."""
    return all(map(misses_people, reference))


def stopped(code: int, said: str, *, what: str = "stopped the search") -> LdapError:
    """The error for a result that is not 0."""
    known = RESULTS.get(code, "")
    result = f"{known} ({code})" if known else f"result {code}"
    # Active Directory ends its messages with a zero byte.
    text = " ".join(said.replace("\0", " ").split())[:_LONGEST_SAID]
    hint = _LIMITED if code in LIMITS else _HINTS.get(code, "try again later")
    return LdapError(f"the server {what}: {result}{f': {text}' if text else ''}", hint)


@dataclass(slots=True)
class _Search:
    """One search on one server: fills `entries` and `references`.

    Where another server has all of it, `elsewhere` says which, and nothing else is filled.
    """

    session: Session
    ask: Ask
    follow: bool
    entries: list[Sent] = field(default_factory=list)
    references: list[tuple[str, ...]] = field(default_factory=list)
    elsewhere: tuple[str, ...] = ()
    _seen: set[str] = field(default_factory=set)
    _barren: int = 0

    def run(self) -> None:
        """Go from the first page to the last. Raises LdapError when the last one never came."""
        cookie: bytes | None = None
        while cookie != b"":
            page = self.session.page(self.ask, cookie)
            if page.code == _REFERRAL and page.referred and self.follow and cookie is None:
                self.elsewhere = page.referred
                return
            if page.code:
                raise stopped(page.code, page.said)
            self.references += page.references
            self._take(page)
            cookie = page.cookie

    def _take(self, page: Page) -> None:
        """Add the entries of a page. Raises LdapError when the pages lead nowhere.

        Active Directory sends empty pages when it needs longer, so some are let pass. What was
        here before is let pass too, for an entry may move meanwhile, but not a whole page.
        """
        before = len(self._seen)
        self._seen.update(entry.dn.casefold() for entry in page.entries)
        self._barren = 0 if len(self._seen) > before else self._barren + 1
        again = bool(page.entries) and self._barren > 0
        if page.cookie and (again or self._barren > _MOST_BARREN):
            raise LdapError(
                "the server hands out pages without end, and nothing new in them",
                "does a proxy or load balancer stand before it? ask one server by its name",
            )
        self.entries += [self._whole(entry) for entry in page.entries]

    def _whole(self, entry: Sent) -> Sent:
        """The entry with every range of its long attributes, where the server has them all."""
        for spelling in entry.attributes:
            if ";range=" in spelling.lower() and not spelling.endswith("*"):
                ranges = _Ranges(self.session, entry, spelling.partition(";")[0])
                entry = replace(entry, attributes={**entry.attributes, **ranges.all()})
        return entry


@dataclass(slots=True)
class _Ranges:
    """The ranges of one attribute of one entry.

    A list that changes between two of its parts would lose somebody at the seam, so the
    entry's stamp must stay the same; else all is read anew.
    """

    session: Session
    entry: Sent
    attribute: str

    def all(self) -> Mapping[str, Sequence[bytes]]:
        """Every range by its name; none when they changed under every try. Raises LdapError."""
        for _ in range(_TRIES):
            ranges, stamps = self._once()
            if len(stamps) <= 1:
                return ranges
        return {}

    def _once(self) -> tuple[dict[str, Sequence[bytes]], set[bytes]]:
        ranges: dict[str, Sequence[bytes]] = {}
        stamps: set[bytes] = set()
        first: int | None = 0
        while first is not None:
            wanted = f"{self.attribute};range={first}-*"
            ask = Ask(self.entry.dn, "(objectClass=*)", (wanted, STAMP), alone=True)
            page = self.session.page(ask, None)
            if page.code and page.code != _NO_SUCH_OBJECT:  # that one went meanwhile
                raise stopped(page.code, page.said, what=f"stopped reading {wanted}")
            attributes = page.entries[0].attributes if page.entries else {}
            stamps.update(_values(attributes, STAMP))
            spelling = self._range_from(first, attributes)
            first = None
            if spelling:
                ranges[spelling] = attributes[spelling]
                _, part = range_of(spelling.casefold(), ())
                first = None if part.last is None else part.last + 1
        return ranges, stamps

    def _range_from(self, first: int, attributes: Mapping[str, Sequence[bytes]]) -> str:
        """The name of the range that starts there; empty when the server sent none.

        One that ends before it starts is none: the next would be asked for without end.
        """
        for spelling in attributes:
            base, part = range_of(spelling.casefold(), ())
            ends = part.last is None or part.last >= first
            ours = ";" in spelling and base == self.attribute.casefold()
            if ours and part.first == first and ends:
                return spelling
        return ""


def _values(attributes: Mapping[str, Sequence[bytes]], name: str) -> Sequence[bytes]:
    return next(
        (values for key, values in attributes.items() if key.casefold() == name.casefold()), ()
    )


def _elsewhere(reference: Sequence[str], source: LdapSource, ask: Ask) -> tuple[str, Ask]:
    """The server that a referral names, with the same protection as ours, and what to ask it.

    The addresses of one referral are alternatives (RFC 4511, section 4.1.10).
    """
    for text in reference:
        try:
            url = urlsplit(text)
            port = url.port
        except ValueError:
            continue
        if url.scheme.lower() in {"ldap", "ldaps"} and url.hostname:
            _, scope, chosen, *_ = (*url.query.split("?"), "", "", "")
            base = unquote(url.path.removeprefix("/")) or ask.base
            there = replace(
                ask,
                base=base,
                filter=unquote(chosen) or ask.filter,
                alone=scope.casefold() == "base",
            )
            return _protected(url, port, source), there
    raise LdapError(f"a referral that cannot be followed: {reference[0]}", "set referrals: ignore")


def _protected(url: SplitResult, port: int | None, source: LdapSource) -> str:
    """The address of the other server; never without TLS where ours has it."""
    host = url.hostname or ""
    host = f"[{host}]" if ":" in host else host
    if source.url.startswith("ldaps:") and url.scheme.lower() == "ldap":
        return f"ldaps://{host}"  # the port of a plain server is not the one for TLS
    return f"{url.scheme.lower()}://{host}{f':{port}' if port else ''}"
