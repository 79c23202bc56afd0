"""Whether an LDIF export is all of what was asked for, by what surrounds its entries.

`ldapsearch` tells in comments and result lines how the search ended. A search that stopped
early must never look like people who left.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from syncer.model.origin import Problem, Size
from syncer.sources.files import SourceFile
from syncer.sources.ldap_results import LIMITS, RESULTS, misses_people

_PAGED: Final = re.compile(rb"^(?:# )?pagedresults:.*?\bcookie=(\S*)")
_ENTRIES: Final = re.compile(rb"^# numEntries:\s*(\d+)\s*$")
_REFERRAL: Final = re.compile(rb"^(?:# ref|ref: ?)(ldap[si]?://\S+)", re.IGNORECASE)
# What ldapsearch and its relatives write to stderr, found in files made with `2>&1`.
_FAILURE: Final = re.compile(
    rb"^(?P<what>ldap\w*: .*?|[^\s:]+ [^:]*?) \((?P<code>-?\d{1,9})\)\s*$", re.IGNORECASE
)
# ldapsearch starts and ends with these, unless told -LL or -LLL.
_HEADING: Final = b"# LDAPv3"
_ENDING: Final = b"# numResponses:"
# Lines around a search that say nothing about how it ended.
_SILENT: Final = frozenset({b"search", b"control", b"matcheddn", b"matched dn", b"text"})
_CHATTER: Final = (b"SASL", b"Press [size]", b"Enter LDAP Password")
# Where servers stop unless told otherwise: OpenLDAP 500, Active Directory 1000, 389 DS 2000.
_USUAL_LIMITS: Final = frozenset({500, 1000, 2000})


@dataclass(slots=True)
class Completeness:
    """Counts entries and listens to everything between them."""

    file: SourceFile
    problems: list[Problem]
    entries: int = 0
    failed: bool = False
    _proven: bool = False
    _counted: int = 0
    _cookie: bytes = b""
    _cookie_line: int = 0
    _announced: int = 0
    _referrals: list[tuple[int, bytes]] = field(default_factory=list)

    def comment(self, line: int, text: bytes) -> None:
        """Listen to a line that starts with `#`."""
        if text == _HEADING:
            self._announced = line
        elif text.startswith(_ENDING):
            self._announced = 0
        elif found := _ENTRIES.match(text):
            self._count(line, int(found[1]))
        elif found := _PAGED.match(text):
            self._page(line, found[1])
        elif found := _REFERRAL.match(text):
            self._refer(line, found[1])

    def told(self, line: int, text: bytes) -> bool:
        """Listen to a line outside any entry. True when it is no part of the data."""
        name = text.partition(b":")[0].lower()
        if name == b"result":
            self._result(line, text)
        elif found := _PAGED.match(text):
            self._page(line, found[1])
        elif found := _REFERRAL.match(text):
            self._refer(line, found[1])
        elif found := _FAILURE.match(text):
            self._fail(line, int(found["code"]), found["what"].decode("utf-8", "replace"))
        elif name.startswith(b"ldap_"):
            self._fail(line, None, text.decode("utf-8", "replace"))
        else:
            return self.failed or name in _SILENT or text.startswith(_CHATTER)
        return True

    def finish(self) -> None:
        """Add what only the end of the file can tell."""
        if self._cookie:
            self._stop(
                self._cookie_line,
                "more pages follow this one, and they are not in the file",
                "let ldapsearch fetch every page: -E pr=1000/noprompt",
            )
        if self._announced and not self.failed:
            self._stop(
                self._announced,
                "cut short: the search that starts here has no end in this file",
                "ldapsearch ends with the number of entries: export anew, and keep the last lines",
            )

    def missing(self) -> Iterator[Problem]:
        """What may be missing from a file that was read to its end."""
        if self._referrals:
            yield self._missed()
        if self.entries in _USUAL_LIMITS and not self._proven and not self.failed:
            summary = f"exactly {self.entries} entries, the number at which servers often stop"
            hint = "export in pages (ldapsearch -E pr=1000/noprompt) to be sure"
            yield Problem(self.file.origin(), summary, hint, size=Size.NOTICE)

    def _count(self, line: int, told: int) -> None:
        # ldapsearch counts each page by itself; joined files bring several counts too.
        if told not in {self.entries, self.entries - self._counted}:
            self._stop(
                line,
                f"the server sent {told} entries, the file has {self.entries - self._counted}",
                "entries were cut from the file or added: export it anew",
            )
        self._counted = self.entries
        self._proven = True

    def _page(self, line: int, cookie: bytes) -> None:
        self._cookie, self._cookie_line = cookie, line
        self._proven = not cookie

    def _refer(self, line: int, url: bytes) -> None:
        if misses_people(url.decode("utf-8", "replace")):
            self._referrals.append((line, url))

    def _missed(self) -> Problem:
        line, url = self._referrals[0]
        more = f", and {len(self._referrals) - 1} more" if len(self._referrals) > 1 else ""
        return Problem(
            self.file.origin(line),
            "a part of the tree is on another server and not in this export: "
            f"{url.decode('utf-8', 'replace')}{more}",
            "export that server as well, or set referrals: ignore where nobody of yours is there",
            size=Size.RECORD,
        )

    def _result(self, line: int, text: bytes) -> None:
        words = text.partition(b":")[2].split(None, 1)
        code = int(words[0]) if words and words[0].isdigit() else None
        if code == 0:
            self._proven = True
            return
        said = words[1] if len(words) > 1 else b"".join(words)
        self._fail(line, code, said.decode("utf-8", "replace").strip())

    def _fail(self, line: int, code: int | None, said: str) -> None:
        if code == 0:
            return
        self.failed = True
        known = RESULTS.get(code) if code is not None else None
        what = known or said
        number = "" if code is None else f" ({code})"
        hint = "the export failed or is not all there: repeat it"
        if code in LIMITS:
            hint = "export in pages (ldapsearch -E pr=1000/noprompt) or ask for a higher limit"
        self._stop(line, f"the server stopped the search: {what}{number}", hint)

    def _stop(self, line: int, summary: str, hint: str) -> None:
        self.problems.append(self.file.problem(line, summary, hint))
