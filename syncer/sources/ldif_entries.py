"""The entries of an LDIF content file (RFC 2849), one at a time.

Opens no URL and applies no change record: both are refused.
"""

import base64
import binascii
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from syncer.core.names import attribute_key
from syncer.model.origin import Problem, Size
from syncer.sources.files import SourceError, SourceFile, Stream
from syncer.sources.findings import MOST_PROBLEMS, Wanted
from syncer.sources.ldif_completeness import Completeness
from syncer.sources.ldif_lines import byte_lines, logical_lines
from syncer.sources.values import BINARY, binary_text

_NAME: Final = re.compile(rb"[A-Za-z0-9][A-Za-z0-9._-]*(?:;[A-Za-z0-9._=*-]+)*")


@dataclass(slots=True)
class Entry:
    """One entry: its line, its name, and the values of the attributes that were asked for.

    `unreadable` names attributes of which a value is no text though somebody wants it.
    """

    line: int
    dn: str
    values: dict[str, list[str]] = field(default_factory=dict)
    unreadable: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Attribute:
    key: str
    kept: bool
    explicit: bool
    reserved: bool


class LdifFile:
    """One LDIF file on its way in. `names` fills with every attribute name it shows."""

    def __init__(
        self, stream: Stream, wanted: Wanted, also: frozenset[str], problems: list[Problem]
    ) -> None:
        self.file: SourceFile = stream.file
        self.names: dict[str, str] = {}
        self.completeness = Completeness(stream.file, problems)
        self._stream = stream
        self._wanted = wanted
        self._also = also
        self._problems = problems
        self._structural = 0
        self._known: dict[bytes, _Attribute | None] = {}
        codec = stream.encoding.codec
        self._codec = codec if stream.encoding.keeps_ascii and codec != "utf-8-sig" else "utf-8"

    def entries(self) -> Iterator[Entry]:
        """Every entry that can be read. Raises SourceError when the file cannot be read on."""
        entry: Entry | None = None
        skipping = False
        for line, text in logical_lines(self._watched()):
            if text[:1] == b"#":
                self.completeness.comment(line, text)
            elif not text:
                if entry is not None:
                    self.completeness.entries += 1
                    yield entry
                entry, skipping = None, False
            elif entry is not None:
                self._add(entry, line, text)
            elif not skipping:
                entry = self._start(line, text)
                skipping = entry is None and not self._between(line, text)
        if entry is not None:
            self.completeness.entries += 1
            yield entry
        self.completeness.finish()

    def _watched(self) -> Iterator[bytes]:
        """The physical lines; the last one must have its end (RFC 2849, `SEP`)."""
        number, line = 0, b"\n"
        for line in byte_lines(self._stream):
            number += 1
            yield line
        if not line.endswith((b"\n", b"\r")):
            self._refuse(
                number,
                "cut short: the file ends in the middle of a line",
                "export it anew; if the last entry is whole, end its last line with a newline",
            )

    def _start(self, line: int, text: bytes) -> Entry | None:
        head, colon, rest = text.partition(b":")
        if not colon or head.lower() != b"dn":
            return None
        raw = self._raw(line, "dn", rest)
        return Entry(line, "" if raw is None else self._text(line, raw).strip())

    def _between(self, line: int, text: bytes) -> bool:
        """Take a line outside any entry. False when the lines up to the next blank are lost."""
        name, _, rest = text.partition(b":")
        if name.lower() == b"version" and rest.strip() == b"1":
            return True
        if self.completeness.told(line, text):
            return True
        shown = name[:40].decode("utf-8", "replace")
        if not _NAME.fullmatch(name) or name == text:
            self._refuse(line, f"this is no LDIF: '{shown}'", "name an LDIF export, as text")
        elif name.lower() == b"version":
            self._refuse(line, "only version 1 of LDIF is known")
        else:
            self._refuse(
                line,
                f"an entry starts with 'dn:', this one with '{shown}:'",
                "is there a blank line within an entry, or was its first part cut off?",
            )
        return False

    def _add(self, entry: Entry, line: int, text: bytes) -> None:
        head, colon, rest = text.partition(b":")
        known = self._known.get(head)
        if known is None:
            known = self._learn(line, head, colon)
            if known is None:
                return
        if rest[:1] == b"<":
            raise SourceError(self._url(line, known.key))
        if known.reserved:
            self._reserved(line, known.key, rest)
        elif known.kept:
            raw = self._raw(line, known.key, rest)
            if raw is not None:
                self._keep(entry, line, known, raw, encoded=rest[:1] == b":")

    def _keep(
        self, entry: Entry, line: int, known: _Attribute, raw: bytes, *, encoded: bool
    ) -> None:
        values = entry.values.setdefault(known.key, [])
        if not encoded:
            values.append(self._text(line, raw))
            return
        value = self._decoded(known.key, raw)
        if value is not None:
            values.append(value)
        elif known.explicit:
            entry.unreadable.append(known.key)

    def _decoded(self, key: str, raw: bytes) -> str | None:
        """The text of a base64 value, None when it is binary."""
        if (special := binary_text(key, raw)) is not None:
            return special
        for codec in dict.fromkeys(("utf-8", self._codec)):
            try:
                value = raw.decode(codec)
            except UnicodeDecodeError:
                continue
            return None if "\0" in value else value
        return None

    def _learn(self, line: int, head: bytes, colon: bytes) -> _Attribute | None:
        if not colon or not _NAME.fullmatch(head):
            shown = head[:40].decode("utf-8", "replace")
            self._refuse(
                line,
                f"'{shown}' is no attribute with a value",
                "is a line broken without the blank that marks a continuation, or cut off?",
            )
            return None
        spelling = head.decode("ascii")
        key = attribute_key(spelling)
        base = key.partition(";")[0]
        ranged = ";range=" in key
        reserved = base in {"dn", "changetype", "control"}
        name = base if ranged else key
        explicit = self._wanted.keys is not None and self._wanted.keeps(name)
        kept = base not in BINARY and (self._wanted.keeps(name) or name in self._also)
        if base in BINARY and explicit:
            summary = "binary data or a password, which is never read"
            origin = self.file.origin(line)
            self._problems.append(Problem(origin, summary, column=spelling, size=Size.NOTICE))
        if not reserved:
            self.names.setdefault(name, spelling.partition(";")[0] if ranged else spelling)
        self._known[head] = found = _Attribute(key, kept, explicit, reserved)
        return found

    def _reserved(self, line: int, key: str, rest: bytes) -> None:
        if key == "dn":
            self._refuse(
                line,
                "a second 'dn:' within one entry",
                "the blank line between two entries is missing",
            )
            return
        kind = rest.strip().decode("utf-8", "replace")[:20]
        hint = "export the entries themselves, for example with ldapsearch -LLL"
        if kind == "add":
            hint += "; ldifde writes 'changetype: add' lines, which can be removed"
        raise SourceError(
            self.file.problem(
                line, f"a change record ('{key}: {kind}'): this is no export of entries", hint
            )
        )

    def _raw(self, line: int, key: str, rest: bytes) -> bytes | None:
        if rest[:1] != b":":
            return rest.lstrip(b" ")
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
            raise SourceError(self.file.problem(line, fault, hint)) from error
        if "\0" in text:
            self._refuse(line, "a zero byte: the file is damaged or is no text")
        return text

    def _url(self, line: int, key: str) -> Problem:
        return self.file.problem(
            line,
            f"the value of '{key}' is a URL (':<'), and URLs are never opened",
            "export with the values themselves, for example without ldapsearch's -t",
        )

    def _refuse(self, line: int, summary: str, hint: str = "") -> None:
        problem = self.file.problem(line, summary, hint)
        self._structural += 1
        if self._structural >= MOST_PROBLEMS:
            raise SourceError(problem)
        self._problems.append(problem)
