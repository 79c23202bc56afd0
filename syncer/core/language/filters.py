"""The filters of expressions and templates: small, total, bounded and without a clock.

A text filter given a list works on each of its values. An empty value goes through every
filter without an error, so that an attribute some people lack needs no special case.
"""

import re
import unicodedata
from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any, Final

from syncer.core.language.dates import date, date_add, date_diff, part
from syncer.core.language.patterns import bounded, compile_pattern
from syncer.core.names import team_key

LONGEST_TEXT: Final = 65_536
"""No filter returns a longer text."""

_WORD_START: Final = re.compile(r"(^|[\s\-(/{\[<])(\w)")
_LETTERS_WITHOUT_MARKS: Final = str.maketrans(
    # Letters that have no decomposition in Unicode, in their usual Latin spelling.
    {"ß": "ss", "ẞ": "SS", "æ": "ae", "Æ": "AE", "œ": "oe", "Œ": "OE", "ø": "o", "Ø": "O"}
    | {"đ": "d", "Đ": "D", "ð": "d", "Ð": "D", "þ": "th", "Þ": "Th", "ł": "l", "Ł": "L"}
    | {"ħ": "h", "Ħ": "H", "\u0131": "i", "ŧ": "t", "Ŧ": "T", "ŋ": "n", "Ŋ": "N"}
)

YES_WORDS: Final = frozenset({"true", "yes", "y", "1", "on", "t"})
NO_WORDS: Final = frozenset({"false", "no", "n", "0", "off", "f"})
"""What people write in a directory for true and for false, without letter case."""


class AnyCase(str):
    """A text whose letter case tells nothing apart: patterns too look past it."""

    __slots__ = ()


def _limited(text: str) -> str:
    if len(text) > LONGEST_TEXT:
        raise ValueError(f"the result is longer than {LONGEST_TEXT} characters")
    return text


def as_text(value: object) -> str:
    """The value as it stands in a text: the first of several values, `true` and `false`."""
    if isinstance(value, str):
        return value
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, tuple | list):
        return as_text(value[0]) if value else ""
    if isinstance(value, int | float):
        return str(value)
    raise ValueError(f"a {type(value).__name__} is no text")


def as_list(value: object) -> tuple[Any, ...]:
    """The value as a list: empty for an empty value, else of one or more values."""
    if isinstance(value, tuple | list):
        return tuple(value)
    return () if value is None or value == "" else (value,)


def _each(function: Callable[..., Any]) -> Callable[..., Any]:
    """A filter over one text, made to work on every value of a list."""

    @wraps(function)
    def over(value: object, *args: Any, **options: Any) -> Any:
        if isinstance(value, tuple | list):
            return tuple(function(as_text(one), *args, **options) for one in value)
        return function(as_text(value), *args, **options)

    return over


def _replace(text: str, old: str, new: str) -> str:
    old, new = as_text(old), as_text(new)
    if not old:
        raise ValueError("replace needs a text to look for")
    if len(text) + text.count(old) * len(new) > LONGEST_TEXT:
        raise ValueError(f"the result is longer than {LONGEST_TEXT} characters")
    return text.replace(old, new)


def _title(text: str) -> str:
    """The text with every word begun by a capital: `o'brien-smith` gives `O'brien-Smith`."""
    return _WORD_START.sub(lambda found: found[1] + found[2].upper(), text.lower())


def _split(value: object, separator: str | None = None) -> tuple[str, ...]:
    return tuple(as_text(value).split(as_text(separator) or None))


def _join(value: object, separator: str = "") -> str:
    separator = as_text(separator)
    parts = [as_text(part) for part in as_list(value)]
    if sum(map(len, parts)) + len(separator) * len(parts) > LONGEST_TEXT:
        raise ValueError(f"the result is longer than {LONGEST_TEXT} characters")
    return separator.join(parts)


def _regex_replace(text: str, pattern: str, replacement: str = "") -> str:
    try:
        return _limited(compile_pattern(pattern).sub(replacement, bounded(text)))
    except (re.error, IndexError) as error:
        raise ValueError(f"{replacement!r} does not fit {pattern!r}: {error}") from None


def _regex_search(text: str, pattern: str, group: int | str | None = None) -> str:
    """What the pattern finds: its first group, or the whole when it has none; or nothing."""
    compiled = _pattern(pattern, text)
    found = compiled.search(bounded(text))
    if found is None:
        return ""
    try:
        return found[group if group is not None else min(compiled.groups, 1)] or ""
    except IndexError:
        raise ValueError(f"{pattern!r} has no group {group!r}") from None


def regex_match(value: object, pattern: str) -> bool:
    """Whether any value begins with what the pattern describes."""
    return any(_pattern(pattern, one).match(bounded(as_text(one))) for one in as_list(value))


def regex_found(value: object, pattern: str) -> bool:
    """Whether the pattern occurs anywhere in any value."""
    return any(_pattern(pattern, one).search(bounded(as_text(one))) for one in as_list(value))


def _pattern(pattern: str, value: object) -> re.Pattern[str]:
    return compile_pattern(pattern, ignore_case=isinstance(value, AnyCase))


def without_diacritics(text: str) -> str:
    """The text in letters without marks, in their usual Latin spelling."""
    apart = unicodedata.normalize("NFD", text.translate(_LETTERS_WITHOUT_MARKS))
    return unicodedata.normalize("NFC", "".join(c for c in apart if not unicodedata.combining(c)))


def _count(number: object) -> int:
    if isinstance(number, bool) or not isinstance(number, int) or number < 0:
        raise ValueError(f"{number!r} is no number of characters")
    return number


def _first_chars(text: str, count: int) -> str:
    return text[: _count(count)]


def _last_chars(text: str, count: int) -> str:
    return text[max(0, len(text) - _count(count)) :]


def _mid(text: str, start: int, count: int) -> str:
    """`count` characters from the `start`-th on, counted from 1 as in Entra."""
    first = max(0, _count(start) - 1)
    return text[first : first + _count(count)]


def _position(text: str, wanted: str) -> int:
    """Where the wanted text begins, counted from 1 as in Entra; 0 when it does not occur."""
    return text.find(as_text(wanted)) + 1


def _word(text: str, number: int, separators: str = " ") -> str:
    """The `number`-th word, counted from 1 as in Entra; nothing when there are fewer."""
    separators = as_text(separators) or " "
    words = re.split(f"[{re.escape(separators)}]+", text.strip(separators))
    return words[number - 1] if 0 < _count(number) <= len(words) else ""


def _switch(value: object, table: Mapping[str, object], default: object = "") -> object:
    """The value that the table holds for this text, compared without letter case."""
    if not isinstance(table, Mapping):
        raise TypeError("needs a table: {'HR': 'People', 'IT': 'Technology'}")
    wanted = team_key(as_text(value))
    found = (result for key, result in table.items() if team_key(as_text(key)) == wanted)
    return next(found, default)


def _default(value: object, fallback: object = "") -> object:
    """The fallback for an empty value. Unlike in Jinja an empty text counts as empty."""
    return fallback if value is None or value in ("", ()) else value


def _coalesce(value: object, *others: object) -> object:
    """The first of the values that is not empty; empty when all are."""
    return next((one for one in (value, *others) if not _is_empty(one)), "")


def to_integer(value: object) -> int:
    """The value as a whole number, 0 when it is empty. Raises ValueError."""
    if isinstance(value, int):
        return int(value)
    text = as_text(value).strip()
    if not text:
        return 0
    if not re.fullmatch(r"[+-]?\d{1,20}", text):
        raise ValueError(f"{text!r} is no whole number")
    return int(text)


def _bool(value: object) -> bool:
    """What a word or number says: false when empty, `no` or 0. Raises ValueError for others."""
    word = as_text(value).strip().lower()
    if word in YES_WORDS or word in NO_WORDS or not word:
        return word in YES_WORDS
    return to_integer(word) != 0


def _bit(value: object, mask: int) -> bool:
    """Whether all bits of the mask are set: `userAccountControl | bit(2)` when disabled."""
    return mask != 0 and to_integer(value) & mask == mask


def _date_diff(text: str, other: object, read: str | None = None) -> int | str:
    return date_diff(text, as_text(other), read)


def _unique(value: object) -> tuple[Any, ...]:
    return tuple(dict.fromkeys(as_list(value)))


def _starts(value: object, prefix: str) -> bool:
    return any(as_text(one).startswith(prefix) for one in as_list(value))


def _ends(value: object, suffix: str) -> bool:
    return any(as_text(one).endswith(suffix) for one in as_list(value))


def _append(text: str, suffix: object) -> str:
    """The text with the suffix; an empty text stays empty."""
    return _limited(text + as_text(suffix)) if text else ""


def _first(value: object) -> object:
    return as_list(value)[0] if as_list(value) else ""


def _last(value: object) -> object:
    return as_list(value)[-1] if as_list(value) else ""


def _length(value: object) -> int:
    return len(value) if isinstance(value, str | tuple | list) else 0


def _upper(text: str) -> str:
    return text.upper()


def _lower(text: str) -> str:
    return text.lower()


def _trim(text: str) -> str:
    return text.strip()


def _capitalize(text: str) -> str:
    return text[:1].upper() + text[1:].lower()


def _strip_spaces(text: str) -> str:
    return "".join(text.split())


def _sorted(value: object) -> tuple[str, ...]:
    return tuple(sorted(as_text(one) for one in as_list(value)))


def _is_empty(value: object) -> bool:
    return value is None or value in ("", ())


def _is_present(value: object) -> bool:
    return not _is_empty(value)


def _is_string(value: object) -> bool:
    return isinstance(value, str) and not _is_empty(value)


def _contains(container: object, value: object) -> bool:
    return value in container if isinstance(container, str | tuple | list) else False


def _is_in(value: object, container: object) -> bool:
    return _contains(container, value)


FILTERS: Final[Mapping[str, Callable[..., Any]]] = {
    "append": _each(_append),
    "bit": _bit,
    "bool": _bool,
    "capitalize": _each(_capitalize),
    "coalesce": _coalesce,
    "count": _length,
    "date": _each(date),
    "date_add": _each(date_add),
    "date_diff": _each(_date_diff),
    "day": _each(part("%d")),
    "default": _default,
    "endswith": _ends,
    "first": _first,
    "first_chars": _each(_first_chars),
    "int": to_integer,
    "join": _join,
    "last": _last,
    "last_chars": _each(_last_chars),
    "left": _each(_first_chars),
    "length": _length,
    "list": as_list,
    "lookup": _switch,
    "lower": _each(_lower),
    "mid": _each(_mid),
    "month": _each(part("%m")),
    "position": _each(_position),
    "regex_match": regex_match,
    "regex_replace": _each(_regex_replace),
    "regex_search": _each(_regex_search),
    "replace": _each(_replace),
    "right": _each(_last_chars),
    "sort": _sorted,
    "split": _split,
    "startswith": _starts,
    "string": as_text,
    "strip_spaces": _each(_strip_spaces),
    "switch": _switch,
    "title": _each(_title),
    "trim": _each(_trim),
    "unique": _unique,
    "upper": _each(_upper),
    "without_diacritics": _each(without_diacritics),
    "word": _each(_word),
    "year": _each(part("%Y")),
}

TESTS: Final[Mapping[str, Callable[..., bool]]] = {
    "containing": _contains,
    "defined": _is_present,
    "empty": _is_empty,
    "endingwith": _ends,
    "in": _is_in,
    "match": regex_match,
    "search": regex_found,
    "startingwith": _starts,
    "string": _is_string,
}

METHODS: Final[Mapping[str, str]] = {
    "endswith": "endswith",
    "lower": "lower",
    "replace": "replace",
    "split": "split",
    "startswith": "startswith",
    "strip": "trim",
    "title": "title",
    "upper": "upper",
}
"""Methods that people know from Python, as the filters that stand behind them."""
