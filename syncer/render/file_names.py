"""A file name for anything that people may call a team, on any file system."""

import hashlib
import re
from typing import Final

from syncer.core.language.filters import without_diacritics
from syncer.model.state import TeamKey

_LONGEST: Final = 60
_DIGITS: Final = 12
_OTHER: Final = re.compile(r"[^a-z0-9]+")
_DEVICES: Final = re.compile(r"con|prn|aux|nul|(?:com|lpt)[0-9]")
"""What Windows takes for a device, whatever ending it has."""


def file_stem(key: TeamKey) -> str:
    """The name, without ending, of the file about this team.

    It depends on this team alone, so that another one with a similar name moves no file. What
    is not told by small letters, digits and single blanks is told by a digest of the key.
    """
    words = _OTHER.sub("-", without_diacritics(key).casefold()).strip("-")
    short = words[:_LONGEST].rstrip("-")
    if short and short.replace("-", " ") == key and not _DEVICES.fullmatch(short):
        return short
    digest = hashlib.sha256(key.encode("utf-8", "replace")).hexdigest()[:_DIGITS]
    return f"{short or 'team'}-{digest}"
