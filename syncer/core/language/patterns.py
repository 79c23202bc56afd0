"""Regular expressions from a config, held to those that cannot run for ever.

Python's matcher backtracks and has no time limit, so two things are bounded: the shape of
the pattern here, and the length of what it is matched against.
"""

import re
from functools import lru_cache
from typing import Final

LONGEST_SUBJECT: Final = 320
"""Longer texts are refused. The longest address has 254 characters."""

_MOST_REPEATS: Final = 4
"""Of unbounded repeats: the worst case grows with the length to this power."""

_MOST_WAYS: Final = 10_000_000
"""Of everything else that lets the matcher choose: each multiplies what it may try."""

_LARGEST_COUNT: Final = 1000
_TOKEN: Final = re.compile(
    r"""(?xs)
    (?P<escape> \\. )
  | (?P<set> \[ \^? \]? (?: \\. | [^\]\\] )* \] )
  | (?P<open> \( (?: \?P<\w+> | \?: | \?[=!] | \?<[=!] | \?> )? )
  | (?P<close> \) )
  | (?P<either> \| )
  | (?P<repeat> [*+] [?+]? | \{ \d* ,? \d* \} [?+]? )
  | (?P<maybe> \? [?+]? )
  | (?P<other> . )
    """
)


@lru_cache(maxsize=1024)
def compile_pattern(text: str, *, ignore_case: bool = False) -> re.Pattern[str]:
    """The compiled pattern. Raises ValueError with a sentence when it is wrong or unbounded."""
    try:
        pattern = re.compile(text, re.IGNORECASE if ignore_case else 0)
    except (re.error, OverflowError, RecursionError) as error:
        raise ValueError(f"{text!r} is no regular expression: {error}") from None
    fault = _fault(text)
    if fault:
        raise ValueError(f"{text!r} could run for ever: {fault}")
    return pattern


def bounded(text: str) -> str:
    """The text, when it is short enough to be matched. Raises ValueError."""
    if len(text) > LONGEST_SUBJECT:
        raise ValueError(
            f"a text of {len(text)} characters is too long for a regular expression "
            f"(the limit is {LONGEST_SUBJECT})"
        )
    return text


def _fault(text: str) -> str:
    """Why the pattern is refused, empty when it is not."""
    open_groups = [False]  # whether the group holds a repeat, an option or an alternative
    closed_complex = False  # whether the token before this one was such a group
    repeats, ways = 0, 1
    for token in _TOKEN.finditer(text):
        kind = token.lastgroup
        if kind == "repeat" and _repeats(token.group()):
            if closed_complex:
                return "a repeated group holds a repeat, an option or an alternative"
            repeats += _unbounded(token.group())
        if kind == "open":
            open_groups.append(False)
        closed_complex = False
        if kind == "close" and len(open_groups) > 1:
            closed_complex = open_groups.pop()
            open_groups[-1] = open_groups[-1] or closed_complex
        if any(int(digits) > _LARGEST_COUNT for digits in _counts(token.group(), kind)):
            return f"a repeat counts further than {_LARGEST_COUNT}"
        choices = _choices(token.group(), kind)
        open_groups[-1] = open_groups[-1] or choices != 1
        ways *= max(1, choices)
    if repeats > _MOST_REPEATS:
        return f"it has {repeats} unbounded repeats, {_MOST_REPEATS} are allowed"
    if ways > _MOST_WAYS:
        return f"its options, alternatives and counted repeats can be met in {ways:,} ways"
    return ""


def _choices(token: str, kind: str | None) -> int:
    """Among how many lengths or branches a token lets the matcher choose; 0 for any number."""
    if kind in {"maybe", "either"}:
        return 2
    if kind != "repeat":
        return 1
    counts = [int(digits) for digits in re.findall(r"\d+", token)]
    if _unbounded(token) or not counts:
        return 0 if _repeats(token) else 1
    least = 0 if "{," in token else counts[0]
    return min(counts[-1] - least + 1, LONGEST_SUBJECT)


def _counts(token: str, kind: str | None) -> list[str]:
    return re.findall(r"\d+", token) if kind == "repeat" else []


def _repeats(token: str) -> bool:
    """Whether the quantifier allows more than one: `{1}` and `{0,1}` do not."""
    if not token.startswith("{"):
        return True
    counts = re.findall(r"\d+", token)
    return _unbounded(token) or (bool(counts) and int(counts[-1]) > 1)


def _unbounded(token: str) -> bool:
    return not token.startswith("{") or ",}" in token
