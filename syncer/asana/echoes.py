"""What a server repeats of our request, in any spelling, so that it can be taken out of its words.

A refusal is quoted in log, journal and report. What we sent is people's data and the token, and
is known here: that, rather than a guess at what an echo looks like, is what is left out.
"""

import base64
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final
from urllib.parse import unquote

LEFT_OUT: Final = "(left out)"

_FLAGS: Final = re.IGNORECASE | re.DOTALL
_CODE: Final = re.compile(
    r"""[\[{]\s*\\*["'{\[].*|<\s*[!?/a-z].*|%7b.*|[a-z0-9+/_-]{40,}={0,2}""",
    _FLAGS,
)
"""Where a text stops being words: JSON, quoted or not, mark-up, what was quoted for a URL; and a
run of letters that no word is long enough for."""

_QUOTED: Final = re.compile(r'"([^"]+)"')
_VOCABULARY: Final = frozenset({"schemas", "op", "path", "type", "userType"})
"""Keys whose values are Asana's words or SCIM's, not people's data."""

_LONG: Final = 80
"""What begins with so many letters of a value is that value, however it goes on."""

_SURELY_A_VALUE: Final = 6
"""So many letters are ours wherever they stand; fewer may be a part of another word."""


def in_words(text: str, sent: Iterable[str] = ()) -> str:
    """The text without these values, and up to where it stops being words."""
    values = sorted(set(sent), key=len, reverse=True)
    if values:
        text = re.sub("|".join(map(_standing, values)), LEFT_OUT, text, flags=_FLAGS)
    return _CODE.sub(LEFT_OUT, text)


def sent_values(body: Mapping[str, Any] | None, query: str) -> tuple[str, ...]:
    """The texts of a request that nobody may read in a log: attributes, names and addresses."""
    return (*_texts("", body), *_QUOTED.findall(unquote(query)))


def _texts(key: str, value: Any) -> Iterator[str]:
    if key in _VOCABULARY:
        return
    if isinstance(value, Mapping):
        for name, part in value.items():
            yield from _texts(name, part)
    elif isinstance(value, list | tuple):
        for part in value:
            yield from _texts(key, part)
    # An id says nothing about anybody, and is what Asana's support asks for.
    elif isinstance(value, str) and value.strip() and not (key == "value" and value.isdigit()):
        yield value


def token_pattern(token: str) -> re.Pattern[str]:
    """Finds a token in any spelling, in base64 too, wherever in an encoded text it begins."""
    content, encoded = token.encode(), []
    for lead in range(3):
        whole = base64.b64encode(b" " * lead + content).decode()
        # Letters at the edges also hold bits of what stands beside the token.
        inner = whole[-(-lead * 4 // 3) : (lead + len(content)) * 4 // 3]
        if len(inner) >= 2 * _SURELY_A_VALUE:
            encoded += [re.escape(inner), re.escape(inner.translate(_FOR_URLS))]
    return re.compile("|".join([f"(?i:{_spelled(token)})", *encoded]))


_FOR_URLS: Final = str.maketrans("+/", "-_")


def _standing(value: str) -> str:
    if len(value) > _LONG:
        return f"{_spelled(value[:_LONG])}.*"
    spelled = _spelled(value)
    return spelled if len(value) >= _SURELY_A_VALUE else rf"(?<!\w){spelled}(?!\w)"


def _spelled(text: str) -> str:
    return _BLANK.join("".join(map(_letter, _SLASHES.findall(word))) for word in text.split())


def _letter(letter: str) -> str:
    """One letter as itself or escaped by JSON, a URL or HTML, once or several times over.

    No spelling begins where another one of the same text could go on: a pattern that may be
    read in two ways takes for ever on a text made for it.
    """
    percent = "".join(
        f"%(?:25){{0,4}}{byte:02x}" for byte in letter[:1].encode("utf-8", "replace")
    )
    if letter[0] == "\\":
        return _run(rf"(?:\\|{percent}|&(?:amp;){{0,4}}#(?:0*92|x0*5c);)")
    units = letter.encode("utf-16-be", "surrogatepass").hex()
    unicode = "".join(rf"\\{{1,8}}u{units[at : at + 4]}" for at in range(0, len(units), 4))
    named = f"|{_NAMED[letter]}" if letter in _NAMED else ""
    html = f"&(?:amp;){{0,4}}(?:#0*{ord(letter)};|#x0*{ord(letter):x};{named})"
    # The escaped forms first: some of them begin with what they stand for.
    return rf"(?:{percent}|{unicode}|{html}|\\{{0,8}}{re.escape(letter)})"


def _run(one: str) -> str:
    """As many of these as stand there, at most 16, and never fewer: nothing to try again.

    In other words what a possessive quantifier means, which Python has got right since 3.11.5
    only (CPython issue 106052): before, one around what can itself be tried again finds nothing.
    """
    return rf"(?:{one}{{16}}|{one}{{1,15}}(?!{one}))"


_BLANKS: Final = r"(?:\s|%(?:25){0,4}20|\\{1,8}[nrt]|&(?:amp;){0,4}#(?:0*32|x0*20);)"
_BLANK: Final = f"(?:{_run(_BLANKS)}|{_run('[+]')})"
_SLASHES: Final = re.compile(r"\\+|[^\\]")
_NAMED: Final = {"&": "amp;", "<": "lt;", ">": "gt;", '"': "quot;", "'": "apos;"}
