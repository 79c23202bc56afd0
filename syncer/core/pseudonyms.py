"""Names in place of people, so that a log or a bundle may be shown to others.

The same person has the same name wherever the key is the same, and nobody without the key can
find out whose it is: a bare hash of an address is found by trying all addresses.
"""

import hashlib
import hmac
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from syncer.core.names import plain

ADDRESS: Final = re.compile(r"[^\s@<>\"'(),;:=/\[\]]+@[^\s@<>\"'(),;:=/\[\]]+")
_QUOTED: Final = re.compile(r"'[^']*'|\"[^\"]*\"")
_LETTERS: Final = 10


@dataclass(frozen=True, slots=True)
class Pseudonyms:
    """Makes the names; `key` is what they hang on, and is in no repr."""

    key: bytes = field(repr=False)

    def of(self, text: str) -> str:
        """The name of this text, letter case and blanks around it aside."""
        folded = plain(text).casefold().encode("utf-8", "surrogatepass")
        return "~" + hmac.new(self.key, folded, hashlib.sha256).hexdigest()[:_LETTERS]

    def address(self, text: str) -> str:
        """The name of an address; its domain stays, for it is no person."""
        return f"{self.of(text)}@{text.rpartition('@')[2]}"

    def hide(self, text: str) -> str:
        """The text with every address under its name."""
        return ADDRESS.sub(lambda found: self.address(found[0]), text)

    def hide_all(self, text: str) -> str:
        """The same, and whatever stands in quotes too: that is a value of somebody's."""
        return _QUOTED.sub(lambda found: f"'{self.of(found[0][1:-1])}'", self.hide(text))

    def within(self, value: Any) -> Any:
        """A value of JSON's types with every address in it under its name."""
        match value:
            case str():
                return self.hide(value)
            case Mapping():
                return {self.hide(str(key)): self.within(one) for key, one in value.items()}
            case list() | tuple():
                return [self.within(one) for one in value]
        return value
