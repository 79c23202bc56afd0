"""The entries of an LDIF content file (RFC 2849), one at a time.

Opens no URL and applies no change record: both are refused.
"""

import base64
import binascii
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Final

from syncer.model.origin import Problem
from syncer.sources.files import SourceError, Stream
from syncer.sources.findings import MOST_PROBLEMS, Interest
from syncer.sources.ldap_entry import Entry, Meaning, meaning_of, never_read
from syncer.sources.ldif_completeness import Completeness
from syncer.sources.ldif_lines import line_blocks
from syncer.sources.ldif_schema import MEMBER_ATTRIBUTES
from syncer.sources.values import BINARY, binary_text

_NAME: Final = re.compile(rb"[A-Za-z0-9][A-Za-z0-9._-]*(?:;[A-Za-z0-9._=*-]+)*")
_POOL: Final = 4096
_MEMBERS_POOL: Final = 1 << 17
"""People stand in many groups: each in one text, and decoded once."""


@dataclass(frozen=True, slots=True)
class _Attribute(Meaning):
    """What an attribute description of the file means to us.

    `pool` holds what values mean that came before, by their bytes behind the colon.
    """

    reserved: bool
    pool: dict[bytes, str]
    most: int


class LdifFile:
    """One LDIF file on its way in, read once whoever is interested in it.

    `names` fills with every attribute name it shows, `problems` with what is wrong with it.
    """

    def __init__(
        self, stream: Stream, interests: Sequence[Interest], problems: list[Problem]
    ) -> None:
        self.names: dict[str, str] = {}
        self._file = stream.file
        self._interests = interests
        self._problems = problems
        self._completeness = Completeness(stream.file, problems)
        self._stream = stream
        self._refused = 0
        self._skipping = False
        self._known: dict[bytes, _Attribute] = {}
        codec = stream.encoding.codec
        self._codec = codec if stream.encoding.keeps_ascii and codec != "utf-8-sig" else "utf-8"

    def entries(self) -> Iterator[Entry]:
        """Every entry that can be read. Raises SourceError when the file cannot be read on."""
        entry: Entry | None = None
        known_attribute = self._known.get
        blocks = line_blocks(self._stream, self._cut)
        for line, text in chain.from_iterable(zip(*block, strict=True) for block in blocks):
            if entry is None:
                entry = self._outside(line, text)
                continue
            # Nearly every line ends here: a known attribute, often with a known value.
            head, colon, rest = text.partition(b":")
            known = known_attribute(head)
            if known is not None and colon:
                if known.kept or rest[:1] == b"<":
                    value = known.pool.get(rest)
                    values = entry.values.get(known.key)
                    if value is None or values is None or known.ranged:
                        self._add(entry, line, known, rest, value)
                    elif value:
                        values.append(value)
            elif not text:
                self._completeness.entries += 1
                yield entry
                entry = None
            elif text[:1] == b"#":
                self._completeness.comment(line, text)
            else:
                self._add_first(entry, line, text)
        if entry is not None:
            self._completeness.entries += 1
            yield entry
        self._completeness.finish()

    def missing(self) -> Iterator[Problem]:
        """What may be missing from a file that was read to its end, whoever is interested."""
        return self._completeness.missing()

    def _outside(self, line: int, text: bytes) -> Entry | None:
        """Take a line outside any entry: an entry when one starts here."""
        if not text:
            self._skipping = False
        elif text[:1] == b"#":
            self._completeness.comment(line, text)
        elif not self._skipping:
            entry = self._start(line, text)
            self._skipping = entry is None and not self._between(line, text)
            return entry
        return None

    def _start(self, line: int, text: bytes) -> Entry | None:
        head, colon, rest = text.partition(b":")
        if not colon or head.lower() != b"dn":
            return None
        raw = self._raw(line, "dn", rest)
        dn = "" if raw is None else self._text(line, raw)
        return Entry(self._file.origin(line), dn)

    def _between(self, line: int, text: bytes) -> bool:
        """Take a line outside any entry. False when the lines up to the next blank are lost."""
        name, colon, rest = text.partition(b":")
        if name.lower() == b"version" and rest.strip() == b"1":
            return True
        if self._completeness.told(line, text):
            return True
        shown = name[:40].decode("utf-8", "replace")
        if not colon or not _NAME.fullmatch(name):
            self._refuse(line, f"this is no LDIF: '{shown}'", "name an LDIF export, as text")
        elif name.lower() == b"version":
            self._refuse(line, "only version 1 of LDIF is known", "export it as version 1")
        else:
            self._refuse(
                line,
                f"an entry starts with 'dn:', this one with '{shown}:'",
                "is there a blank line within an entry, or was its first part cut off?",
            )
        return False

    def _add(
        self, entry: Entry, line: int, known: _Attribute, rest: bytes, value: str | None
    ) -> None:
        """Add a value, which is None where its like was not met before."""
        if value is None:
            value = self._value(entry, line, known, rest)
            if value is None:
                return
            if len(known.pool) < known.most:
                known.pool[rest] = value
        home = entry.ranges if known.ranged else entry.values
        values = home.get(known.key)
        if values is None:
            # An attribute without a value is there all the same: `member:` makes a group.
            home[known.key] = [value] if value else []
        elif value:
            values.append(value)

    def _add_first(self, entry: Entry, line: int, text: bytes) -> None:
        """Take a line whose attribute has not been seen in this file before."""
        head, colon, rest = text.partition(b":")
        if not colon or not _NAME.fullmatch(head):
            shown = head[:40].decode("utf-8", "replace")
            self._refuse(
                line,
                f"'{shown}' is no attribute with a value",
                "is a line broken without the blank that marks a continuation, or cut off?",
            )
            return
        known = self._known[head] = self._learn(line, head.decode("ascii"))
        if known.kept or rest[:1] == b"<":
            self._add(entry, line, known, rest, None)

    def _learn(self, line: int, spelling: str) -> _Attribute:
        meanings = [meaning_of(spelling, one.wanted, one.also) for one in self._interests]
        meaning = meanings[0]
        name, base = meaning.name, meaning.base
        explicit = any(one.explicit for one in meanings)
        reserved = base in {"dn", "changetype", "control"}
        if not reserved:
            ranged = meaning.ranged
            self.names.setdefault(name, spelling.partition(";")[0] if ranged else spelling)
            if base in BINARY and explicit:
                self._problems.append(never_read(self._file.origin(line), spelling))
        kept = reserved or any(one.kept for one in meanings)
        most = _MEMBERS_POOL if base in MEMBER_ATTRIBUTES else _POOL
        return _Attribute(meaning.key, kept, explicit, meaning.ranged, reserved, {}, most)

    def _value(self, entry: Entry, line: int, known: _Attribute, rest: bytes) -> str | None:
        """The trimmed text of a value; None when there is none, which has been said already."""
        if rest[:1] == b"<":
            spelled = self._spelled(known.key)
            summary = f"the value of '{spelled}' is a URL (':<'), and URLs are never opened"
            hint = "export with the values themselves, for example without ldapsearch's -t"
            raise SourceError(self._file.problem(line, summary, hint))
        if known.reserved:
            self._reserved(line, known.key, rest)
            return None
        if rest[:1] != b":":
            return self._text(line, rest)
        raw = self._raw(line, self._spelled(known.key), rest)
        if raw is None:
            return None
        value = self._decoded(known.key, raw)
        if value is None and known.explicit:
            entry.unreadable.append(known.key)
        return value

    def _decoded(self, key: str, raw: bytes) -> str | None:
        """The text of a base64 value, None when it is binary."""
        if (special := binary_text(key, raw)) is not None:
            return special
        for codec in dict.fromkeys(("utf-8", self._codec)):
            try:
                value = raw.decode(codec)
            except UnicodeError:
                continue
            return None if "\0" in value else value.strip()
        return None

    def _reserved(self, line: int, key: str, rest: bytes) -> None:
        if key == "dn":
            self._refuse(
                line,
                "a second 'dn:' within one entry",
                "the empty line between two entries is missing",
            )
            return
        kind = rest.strip().decode("utf-8", "replace")[:20]
        hint = "export the entries themselves, for example with ldapsearch -LLL"
        if kind == "add":
            hint += "; ldifde writes 'changetype: add' lines, which can be removed"
        raise SourceError(
            self._file.problem(
                line, f"a change record ('{key}: {kind}'): this is no export of entries", hint
            )
        )

    def _raw(self, line: int, key: str, rest: bytes) -> bytes | None:
        if rest[:1] != b":":
            return rest
        try:
            return base64.b64decode(rest[1:].strip(), validate=True)
        except (binascii.Error, ValueError):
            self._refuse(
                line,
                f"the value of '{key}' is no valid base64",
                "the file is damaged: export it anew",
            )
            return None

    def _text(self, line: int, raw: bytes) -> str:
        try:
            text = raw.decode(self._codec)
        except UnicodeDecodeError as error:
            name, hint = self._stream.encoding.name, self._stream.encoding.hint
            fault = f"not valid {name}: byte 0x{raw[error.start]:02X}"
            raise SourceError(self._file.problem(line, fault, hint)) from error
        if "\0" in text:
            self._refuse(line, "a zero byte: the file is damaged, or no text", "export it anew")
        return text.strip()

    def _spelled(self, key: str) -> str:
        return self.names.get(key, key)

    def _cut(self, line: int) -> None:
        self._refuse(
            line,
            "cut short: the file ends in the middle of a line",
            "export it anew; if the last entry is whole, end its last line with a newline",
        )

    def _refuse(self, line: int, summary: str, hint: str) -> None:
        problem = self._file.problem(line, summary, hint)
        self._refused += 1
        if self._refused >= MOST_PROBLEMS:
            raise SourceError(problem)
        self._problems.append(problem)
