"""People and groups from a directory server, read over LDAP in every run.

What entries mean is decided by the same code that reads exports, so that a server and an
export of it lead to the same plan.
"""

import hashlib
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from syncer.model.origin import Origin, Problem, Size
from syncer.model.policy.directory import LdapSource
from syncer.sources.files import SourceError
from syncer.sources.findings import NAMES, GroupsFound, PeopleFound, Wanted
from syncer.sources.ldap_choice import LIVE, Choice, parsed_select
from syncer.sources.ldap_entry import Entry, Meaning, meaning_of, never_read
from syncer.sources.ldap_groups import GroupsOfEntries
from syncer.sources.ldap_people import PeopleOfEntries
from syncer.sources.ldap_question import Answer, LdapError, LiveDirectory, Question, Sent
from syncer.sources.ldap_search import STAMP
from syncer.sources.ldif_schema import GROUP_CLASSES, MEMBER_ATTRIBUTES, PERSON_CLASSES, Kind
from syncer.sources.values import BINARY, binary_text

# What a server can be asked for (RFC 4512, section 2.5); other names are none of LDAP's.
_ASKABLE: Final = re.compile(r"[a-z][a-z0-9-]*(?:;[a-z0-9-]+)*|[0-9]+(?:\.[0-9]+)+")
_ALL: Final = ("*", "memberOf")


def read_people(
    source: LdapSource, asked: Origin, found: PeopleFound, live: LiveDirectory | None
) -> bytes:
    """Add every person of the server, and come back with a digest of what was read.

    With no `live` directory the source is checked and not asked. Raises SourceError.
    """
    choice = _choice(source, Kind.PERSON, asked)
    if live is None:
        return b""
    found.problems.extend(never_read(asked, name) for name in _unread(found.wanted))
    entries = _Entries(choice, found.wanted, found.names)
    people = PeopleOfEntries(choice, asked, found)
    people.take(entries.of(_answer(source, asked, choice, found.wanted, live, found.problems)))
    people.finish()
    return entries.digest()


def read_groups(
    source: LdapSource, asked: Origin, found: GroupsFound, live: LiveDirectory | None
) -> bytes:
    """Add every group of the server, and come back with a digest of what was read.

    With no `live` directory the source is checked and not asked. Raises SourceError.
    """
    choice = _choice(source, Kind.GROUP, asked)
    if live is None:
        return b""
    wanted = Wanted(frozenset(MEMBER_ATTRIBUTES))
    entries = _Entries(choice, wanted, {})
    groups = GroupsOfEntries(choice, asked, found)
    groups.take(entries.of(_answer(source, asked, choice, wanted, live, found.problems)))
    groups.finish()
    return entries.digest()


def _choice(source: LdapSource, kind: Kind, asked: Origin) -> Choice:
    """Raises SourceError when the filter cannot be understood."""
    if source.select is None:
        return Choice(kind, LIVE, by_schema=True)
    return Choice(kind, LIVE, parsed_select(source.select, asked, by_server=True), by_server=True)


def _answer(
    source: LdapSource,
    asked: Origin,
    choice: Choice,
    wanted: Wanted,
    live: LiveDirectory,
    problems: list[Problem],
) -> Answer:
    """All that the server holds. Raises SourceError when that cannot be had, or not all of it."""
    question = Question(_filter(source, choice.kind), _attributes(choice, wanted))
    try:
        answer = live.ask(source, question)
    except LdapError as error:
        raise SourceError(Problem(asked, f"{source.url}: {error.message}", error.hint)) from error
    if answer.unfollowed:
        problem = _missed(source, asked, answer.unfollowed)
        if problem.size is Size.STRUCTURAL:
            raise SourceError(problem)
        problems.append(problem)
    if not answer.entries:
        summary = f"{source.url}: no entry was found below '{source.base}'"
        hint = "do `base` and `select` fit, and may this login see the entries?"
        raise SourceError(Problem(asked, summary, hint))
    return answer


def _missed(source: LdapSource, asked: Origin, unfollowed: Sequence[str]) -> Problem:
    more = f", and {len(unfollowed) - 1} more" if len(unfollowed) > 1 else ""
    summary = f"{source.url}: a part of the tree is on another server: {unfollowed[0]}{more}"
    if source.referrals == "ignore":
        hint = "it is left out, as referrals: ignore says"
        return Problem(asked, summary, hint, size=Size.NOTICE)
    hint = "set referrals: follow, or referrals: ignore where nobody of yours is there"
    return Problem(asked, summary, hint)


def _filter(source: LdapSource, kind: Kind) -> str:
    """What the server chooses by: `select`, else all that may be of this kind.

    It is wider than what is taken in the end, for that is decided here.
    """
    if source.select is not None:
        select = source.select.strip()
        return select if select.startswith("(") else f"({select})"
    classes = PERSON_CLASSES if kind is Kind.PERSON else GROUP_CLASSES
    items = [f"(objectClass={name})" for name in sorted(classes)]
    if kind is Kind.GROUP:
        items += [f"({name}=*)" for name in MEMBER_ATTRIBUTES]
    return f"(|{''.join(items)})"


def _attributes(choice: Choice, wanted: Wanted) -> tuple[str, ...]:
    """What the server is asked for: nothing that nobody looks at."""
    if wanted.keys is None:
        return _ALL
    names = {*wanted.keys, *choice.looked_at, *NAMES, *filter(None, [wanted.key])}
    return tuple(sorted(filter(_ASKABLE.fullmatch, names.difference(_unread(wanted)))))


def _unread(wanted: Wanted) -> list[str]:
    """What the config wants and nobody gets: pictures, passwords and the like."""
    return sorted(name for name in wanted.keys or () if name.partition(";")[0] in BINARY)


class _Entries:
    """Turns what a server sent into entries, and counts it into a digest.

    `names` fills with every attribute name that is seen.
    """

    def __init__(self, choice: Choice, wanted: Wanted, names: dict[str, str]) -> None:
        self._choice = choice
        self._wanted = wanted
        self._names = names
        self._known: dict[str, Meaning] = {}
        self._digests: list[bytes] = []

    def of(self, answer: Answer) -> Iterator[Entry]:
        """Every entry of the answer."""
        for url, sent in answer.entries:
            entry = Entry(Origin(f"{url}/{sent.dn}"), sent.dn.strip())
            self._digests.append(_digest(sent))
            for spelling, values in sent.attributes.items():
                if spelling != STAMP:
                    self._add(entry, self._meaning(spelling), values)
            yield entry

    def digest(self) -> bytes:
        """SHA-256 of all entries so far, whichever order they came in."""
        return hashlib.sha256(b"".join(sorted(self._digests))).digest()

    def _meaning(self, spelling: str) -> Meaning:
        if (known := self._known.get(spelling)) is not None:
            return known
        meaning = meaning_of(spelling, self._wanted, self._choice.looked_at)
        self._known[spelling] = meaning
        shown = spelling.partition(";")[0] if meaning.ranged else spelling
        self._names.setdefault(meaning.name, shown)
        return meaning

    def _add(self, entry: Entry, meaning: Meaning, values: Sequence[bytes]) -> None:
        if not meaning.kept:
            return
        home = entry.ranges if meaning.ranged else entry.values
        texts = home.setdefault(meaning.key, [])
        for raw in values:
            text = _text(meaning.key, raw)
            if text is None:
                if meaning.explicit:
                    entry.unreadable.append(meaning.key)
            elif text:
                texts.append(text)


def _text(key: str, raw: bytes) -> str | None:
    """The trimmed text of a value, None when it is binary."""
    if (special := binary_text(key, raw)) is not None:
        return special
    try:
        value = raw.decode("utf-8")
    except UnicodeDecodeError:
        return None
    return None if "\0" in value else value.strip()


def _digest(sent: Sent) -> bytes:
    """SHA-256 of one entry, its attributes and their values in an order of their own.

    The stamp is left out: it changes when nothing does that we look at.
    """
    digest = hashlib.sha256(_counted(sent.dn.encode("utf-8", "surrogateescape")))
    for part in sorted(_parts(sent.attributes)):
        digest.update(part)
    return digest.digest()


def _parts(attributes: Mapping[str, Sequence[bytes]]) -> Iterator[bytes]:
    for name, values in attributes.items():
        if name != STAMP:
            yield _counted(name.encode()) + b"".join(sorted(map(_counted, values)))


def _counted(raw: bytes) -> bytes:
    """The bytes behind their number, so that two texts never read as one."""
    return b"%d:%b" % (len(raw), raw)
