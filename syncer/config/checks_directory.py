"""What must hold in the `directory:` section beyond the types: encodings, delimiters, columns."""

import codecs
import re
from collections.abc import Iterator
from typing import Final

from syncer.config.checks_ldap import server_findings
from syncer.config.finding import Finding, Plain, items, shown
from syncer.core.locations import Location
from syncer.core.names import attribute_key

_URL: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://")


def directory_findings(directory: dict[str, Plain]) -> Iterator[Finding]:
    """Yield everything wrong with the texts of the section; opens no source."""
    for kind in ("people", "groups"):
        for index, source in enumerate(items(directory.get(kind))):
            if isinstance(source, dict):
                yield from _source(source, ("directory", kind, index))
    key = directory.get("key")
    if isinstance(key, str) and "{{" in key:
        summary = "names one attribute, not a template"
        yield Finding(("directory", "key"), summary, "for example key: employeeNumber")


def _source(source: dict[str, Plain], at: Location) -> Iterator[Finding]:
    if source.get("format") == "ldap":
        yield from server_findings(source, at)
        return
    path = source.get("path")
    if isinstance(path, str) and _URL.match(path):
        summary = "must be the path of a file, not an address"
        hint = "export to a file first, and name that file"
        if path.lower().startswith(("ldap://", "ldaps://")):
            hint = "a server is asked with `format: ldap`, `url` and `base`"
        yield Finding((*at, "path"), summary, hint)
    encoding = source.get("encoding")
    if isinstance(encoding, str) and encoding not in {"", "auto"} and not _decodes(encoding):
        summary = f"no encoding is called {shown(encoding)}"
        yield Finding((*at, "encoding"), summary, "for example auto, utf-8, cp1252, latin-1")
    delimiter = source.get("delimiter")
    if isinstance(delimiter, str) and not _delimits(delimiter):
        summary = f"must be one character, tab or auto, not {shown(delimiter)}"
        yield Finding((*at, "delimiter"), summary, 'for example ";"')
    columns = source.get("columns")
    if isinstance(columns, dict):
        yield from _columns(columns, (*at, "columns"))


def _decodes(name: str) -> bool:
    """Whether Python knows an encoding of this name that turns bytes into text."""
    try:
        codecs.lookup(name)
        b"aa".decode(name)  # refuses codecs between other things, such as rot13 and zip
    except LookupError:
        return False
    except UnicodeError:
        return True
    return True


def _delimits(text: str) -> bool:
    if text in {"auto", "tab"}:
        return True
    return len(text) == 1 and not text.isalnum() and text not in "\"'\r\n"


def _columns(columns: dict[str, Plain], at: Location) -> Iterator[Finding]:
    seen: dict[str, str] = {}
    for name, header in columns.items():
        if header == "":
            yield Finding((*at, name), "must not be empty", "name a header of the file")
        earlier = seen.setdefault(attribute_key(name), name)
        if earlier != name:
            summary = f"'{name}' and '{earlier}' are one attribute: case and blanks do not count"
            yield Finding((*at, name), summary, "keep one of the two", earlier=(*at, earlier))
